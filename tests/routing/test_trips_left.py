from dataclasses import replace
from datetime import timedelta

import pytest

from routing.courier_now import CourierNow, RouteContext
from routing.fleet import Break
from routing.order import Load
from routing.plan import HaltKind, UnassignedCode
from routing.plan_check import check_route
from routing.refitting import refit_visit
from routing.route_edit import drop_visits, insert_visit, retime
from routing.stop import SoftWindow
from tests.routing.builders import (
    GridRoads,
    at,
    make_depot,
    make_plan,
    make_problem,
    make_shift,
    make_stop,
    place,
    window,
)

STOPS = tuple(make_stop(name, place(600 * number)) for number, name in enumerate("abcd", start=1))


def two_trips(courier, stops=STOPS, **shift):
    """Stops a and b, a reload, then c and d; the vehicle holds two."""
    shift = make_shift(capacity=Load(items=2), max_trips=2, **shift)
    depots = (make_depot(service_s=120),)
    names = tuple(stop.visit_id for stop in stops)
    route = make_plan(make_problem(stops, [shift], depots), {"s1": names}, {"s1": (2,)}).routes[0]
    context = RouteContext(shift=shift, stops=stops, depots=depots, roads=GridRoads(), courier=courier)
    return route, context


def reloads(route):
    return [n for n, leg in enumerate(route.legs) for halt in leg.halts if halt.kind is HaltKind.RELOAD]


def names(change):
    return "".join(visit.visit_id for visit in change.route.visits)


BEFORE = CourierNow(now=at(8))
ON_FIRST_TRIP = CourierNow(now=at(9, 20), position=place(900), done_visit_ids=frozenset("a"))


def test_a_route_timed_anew_before_it_begins_is_what_was_planned():
    route, context = two_trips(BEFORE)

    change = retime(route, context)

    legs = tuple(replace(leg, path=()) for leg in change.route.legs)
    assert replace(change.route, legs=legs) == route


@pytest.mark.parametrize("courier", [BEFORE, ON_FIRST_TRIP])
def test_a_cancelled_order_leaves_the_reload_where_it_was(courier):
    route, context = two_trips(courier)

    change = drop_visits(route, ["c"], context)

    assert (names(change), reloads(change.route)) == ("abd", [2])
    assert check_route(change.route, context) == []


def test_without_visits_in_the_first_trip_the_courier_begins_with_the_second():
    route, context = two_trips(BEFORE)

    change = drop_visits(route, ["a", "b"], context)

    assert (names(change), reloads(change.route)) == ("cd", [])


def test_who_is_on_the_road_goes_back_for_the_second_trip_even_if_the_first_is_cancelled():
    route, context = two_trips(CourierNow(now=at(9, 5), position=place(60)))

    change = drop_visits(route, ["a", "b"], context)

    assert (names(change), reloads(change.route)) == ("cd", [0])
    assert check_route(change.route, context) == []


def test_who_has_reloaded_does_not_do_it_again():
    route, context = two_trips(BEFORE)
    reload = route.legs[2].halts[0]
    under_way = CourierNow(
        now=reload.starts_at + timedelta(seconds=300), position=place(90), done_visit_ids=frozenset("ab")
    )

    change = retime(route, replace(context, courier=under_way))

    assert reloads(change.route) == [2]
    assert change.route.visits[2].arrives_at == under_way.now + timedelta(seconds=change.route.legs[2].duration_s)
    assert check_route(change.route, replace(context, courier=under_way)) == []


def test_a_new_order_goes_into_the_trip_that_has_room():
    route, context = two_trips(BEFORE, STOPS[:3])

    change = insert_visit(route, make_stop("new", place(600)), context)

    assert not change.unassigned
    assert reloads(change.route) == [2]
    assert names(change) in ("abnewc", "abcnew")
    assert check_route(change.route, replace(context, stops=(*STOPS[:3], make_stop("new", place(600))))) == []


def test_a_new_order_stays_out_when_every_trip_is_full():
    route, context = two_trips(BEFORE)

    change = insert_visit(route, make_stop("new", place(600)), context)

    assert [one.code for one in change.unassigned] == [UnassignedCode.CAPACITY_FULL]


def test_a_visit_moved_to_the_other_trip_goes_with_its_load():
    stops = (*STOPS[:2], replace(STOPS[2], service_s=10))
    route, context = two_trips(BEFORE, stops)
    late = replace(stops[0], windows=(window(at(11, 30), at(12)),))
    context = replace(context, stops=(late, *stops[1:]))

    change = refit_visit(route, context, "a")

    assert names(change).index("a") > 0
    assert check_route(change.route, context) == []


def with_lunch(courier):
    rest = Break(break_id="lunch", opens_at=at(9, 15), closes_at=at(9, 30), duration_s=900)
    shift = make_shift(breaks=(rest,), ends_anywhere=True)
    route = make_plan(make_problem(STOPS, [shift]), {"s1": ("a", "b", "c", "d")}).routes[0]
    return route, RouteContext(shift=shift, stops=STOPS, depots=(make_depot(),), roads=GridRoads(), courier=courier)


def rests(route):
    return [halt.name for leg in route.legs for halt in leg.halts if halt.kind is HaltKind.BREAK]


@pytest.mark.parametrize(
    "courier", [BEFORE, CourierNow(now=at(9, 14), position=place(660), done_visit_ids=frozenset("a"))]
)
def test_a_break_that_is_to_come_is_kept_when_the_route_is_timed_anew(courier):
    route, context = with_lunch(courier)

    change = drop_visits(route, ["d"], context)

    assert rests(change.route) == ["lunch"]
    assert change.route.legs[-1].duration_s == 0
    assert check_route(change.route, context) == []


def test_a_break_that_was_taken_is_not_taken_again():
    route, context = with_lunch(BEFORE)
    begun = next(halt for leg in route.legs for halt in leg.halts)
    number = next(n for n, leg in enumerate(route.legs) if leg.halts)
    done = frozenset(visit.visit_id for visit in route.visits[:number])
    courier = CourierNow(now=begun.starts_at + timedelta(minutes=20), position=place(900), done_visit_ids=done)

    change = retime(route, replace(context, courier=courier))

    assert rests(change.route) == ["lunch"]
    assert check_route(change.route, replace(context, courier=courier)) == []


@pytest.mark.parametrize(
    ("limit", "fits"),
    [
        ({"max_stops": 5}, True),
        ({"max_stops": 4}, False),
        ({"max_distance_m": 54_000}, True),
        ({"max_distance_m": 53_999}, False),
        ({"max_route_s": 6_300}, True),
        ({"max_route_s": 6_299}, False),
    ],
)
def test_a_new_order_keeps_the_limits_of_the_shift(limit, fits):
    shift = make_shift(**limit)
    route = make_plan(make_problem(STOPS, [shift]), {"s1": ("a", "b", "c", "d")}).routes[0]
    context = RouteContext(shift=shift, stops=STOPS, depots=(make_depot(),), roads=GridRoads(), courier=BEFORE)

    change = insert_visit(route, make_stop("new", place(300, 300)), context)

    assert (not change.unassigned) == fits


def test_a_new_order_goes_where_its_soft_window_costs_least():
    shift = make_shift()
    route = make_plan(make_problem(STOPS, [shift]), {"s1": ("a", "b", "c", "d")}).routes[0]
    context = RouteContext(shift=shift, stops=STOPS, depots=(make_depot(),), roads=GridRoads(), courier=BEFORE)
    late = SoftWindow(opens_at=at(10, 30), closes_at=at(12), per_early_min=1_000)

    on_the_way_out = insert_visit(route, make_stop("new", place(300)), context)
    on_the_way_back = insert_visit(route, make_stop("new", place(300), soft_window=late), context)

    assert names(on_the_way_out) == "newabcd"
    assert names(on_the_way_back) == "abcdnew"
