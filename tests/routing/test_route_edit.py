from dataclasses import replace

import pytest

from routing.courier_now import CourierNow, RouteContext
from routing.order import Load
from routing.plan import UnassignedCode
from routing.plan_check import check_route
from routing.route_edit import drop_visits, insert_visit, retime
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
BEFORE = CourierNow(now=at(8))
UNDER_WAY = CourierNow(now=at(9, 20), position=place(900), done_visit_ids=frozenset({"a"}))


def start(courier, stops=STOPS, shift=None, roads=None):
    shift = shift or make_shift()
    problem = make_problem(stops, [shift])
    route = make_plan(problem, {"s1": tuple(stop.visit_id for stop in stops)}).routes[0]
    context = RouteContext(
        shift=shift, stops=stops, depots=(make_depot(),), roads=roads or GridRoads(), courier=courier
    )
    return route, context


def with_stop(context, stop):
    others = tuple(stop if one.visit_id == stop.visit_id else one for one in context.stops)
    return replace(context, stops=others)


def names(change):
    return "".join(visit.visit_id for visit in change.route.visits)


def test_a_cancelled_order_leaves_the_route_and_the_others_keep_their_sequence():
    route, context = start(BEFORE)

    change = drop_visits(route, ["b"], context)

    assert names(change) == "acd"
    assert change.route.visits[1].arrives_at == route.visits[2].arrives_at - (at(9, 3) - at(9))
    assert check_route(change.route, context) == []


def test_done_visits_stay_as_they_were_and_the_rest_starts_from_the_courier():
    route, context = start(UNDER_WAY)

    change = drop_visits(route, ["a", "b"], context)

    assert names(change) == "acd"
    assert change.route.visits[0] == route.visits[0]
    assert change.route.legs[0] == route.legs[0]
    assert change.route.departs_at == route.departs_at
    assert change.route.visits[1].arrives_at == at(9, 35)
    assert check_route(change.route, context) == []


def test_dropping_all_that_is_left_leads_home_and_dropping_all_leaves_no_route():
    route, context = start(UNDER_WAY)
    fresh, at_depot = start(BEFORE)

    assert names(drop_visits(route, "bcd", context)) == "a"
    assert drop_visits(route, "bcd", context).route.returns_at == at(9, 35)
    assert drop_visits(fresh, "abcd", at_depot).route is None


def test_a_day_that_runs_late_does_not_throw_anybody_out():
    late = tuple(replace(stop, windows=(window(at(9), at(9, 15)),)) for stop in STOPS)
    route, context = start(UNDER_WAY, late)

    change = drop_visits(route, ["b"], context)

    assert names(change) == "acd"
    assert change.late_ids == {"c", "d"}
    assert check_route(change.route, context, change.late_ids) == []


def test_a_new_window_that_the_sequence_keeps_only_changes_times():
    route, context = start(UNDER_WAY)
    context = with_stop(context, replace(STOPS[2], windows=(window(at(10), at(11)),)))

    change = retime(route, context, ["c"])

    assert names(change) == "abcd"
    assert change.route.visits[2].starts_at == at(10)
    assert change.unassigned == ()
    assert check_route(change.route, context) == []


def test_a_new_window_that_the_sequence_breaks_moves_only_that_visit():
    route, context = start(UNDER_WAY)
    context = with_stop(context, replace(STOPS[3], windows=(window(at(9), at(9, 46)),)))

    change = retime(route, context, ["d"])

    assert names(change) == "adbc"
    assert check_route(change.route, context) == []


@pytest.mark.parametrize(
    ("closes", "code"), [(at(9, 30), UnassignedCode.WINDOW_UNREACHABLE), (at(9, 46), UnassignedCode.NO_TIME_LEFT)]
)
def test_a_new_window_that_fits_nowhere_comes_back_unassigned(closes, code):
    # b can only be met on the way, so d cannot be the first.
    stops = (STOPS[0], replace(STOPS[1], windows=(window(at(9), at(9, 26)),)), *STOPS[2:])
    route, context = start(UNDER_WAY, stops)
    context = with_stop(context, replace(STOPS[3], windows=(window(at(9), closes),)))

    change = retime(route, context, ["d"])

    assert [one.code for one in change.unassigned] == [code]
    assert names(change) == "abc"
    assert check_route(change.route, context) == []


def test_a_new_address_is_driven_to_and_one_without_streets_is_refused():
    route, context = start(UNDER_WAY)
    moved = with_stop(context, replace(STOPS[2], point=place(1200, 300)))
    lost = replace(moved, roads=GridRoads(cut_off=[place(1200, 300)]))

    assert retime(route, moved, ["c"]).route.visits[2].point == place(1200, 300)
    assert [one.code for one in retime(route, lost, ["c"]).unassigned] == [UnassignedCode.UNREACHABLE]


def test_timing_anew_without_edits_moves_nothing():
    route, context = start(BEFORE)

    assert retime(route, context).route.visits == route.visits


def test_a_new_order_goes_to_its_cheapest_place_before_the_courier_leaves():
    route, context = start(BEFORE)
    stop = make_stop("x", place(1500))

    change = insert_visit(route, stop, context)

    assert names(change) in ("abxcd", "abcxd", "abcdx", "axbcd", "xabcd")
    assert change.route.returns_at - change.route.departs_at == (
        route.returns_at - route.departs_at + (at(9, 3) - at(9))
    )
    assert check_route(change.route, replace(context, stops=(*STOPS, stop))) == []


def test_a_first_order_opens_the_route_of_an_idle_courier():
    _, context = start(BEFORE)

    change = insert_visit(None, make_stop("x"), context)

    assert names(change) == "x"


@pytest.mark.parametrize(
    ("courier", "changes", "code"),
    [
        (UNDER_WAY, {}, UnassignedCode.COURIERS_HAVE_LEFT),
        (BEFORE, {"load": Load(items=7)}, UnassignedCode.CAPACITY_FULL),
        (BEFORE, {"load": Load(items=11)}, UnassignedCode.TOO_LARGE),
        (BEFORE, {"required_skills": frozenset({"cold_box"})}, UnassignedCode.NO_COURIER_WITH_SKILL),
        (BEFORE, {"depot_id": "elsewhere"}, UnassignedCode.NO_COURIER_AT_DEPOT),
    ],
)
def test_an_order_that_the_courier_cannot_take_leaves_the_route_as_it_was(courier, changes, code):
    route, context = start(courier)

    change = insert_visit(route, make_stop("x", **changes), context)

    assert [one.code for one in change.unassigned] == [code]
    assert names(change) == "abcd"


def test_a_frozen_visit_stays_first_when_another_is_put_in():
    route, context = start(BEFORE, shift=make_shift(frozen_visit_ids=("a",)))

    change = insert_visit(route, make_stop("x", place(-60)), context)

    assert names(change)[0] == "a"
