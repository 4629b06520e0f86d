from dataclasses import replace
from datetime import timedelta

import pytest

from routing.courier_now import CourierNow, RouteContext
from routing.order import LOAD_DIMENSIONS, Load
from routing.plan_check import check, check_route
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


def codes(problem, plan):
    return [violation.code for violation in check(problem, plan)]


def two_visits():
    stops = [make_stop("a", place(600)), make_stop("b", place(1200))]
    problem = make_problem(stops)
    return problem, make_plan(problem, {"s1": ("a", "b")})


def changed_visit(plan, number, **changes):
    route = plan.routes[0]
    visits = list(route.visits)
    visits[number] = replace(visits[number], **changes)
    return replace(plan, routes=(replace(route, visits=tuple(visits)),))


def changed_route(plan, **changes):
    return replace(plan, routes=(replace(plan.routes[0], **changes),))


def test_a_plan_that_keeps_every_rule_has_no_violation():
    problem, plan = two_visits()

    assert check(problem, plan) == []


def test_an_empty_plan_names_every_stop_that_is_missing():
    problem, plan = two_visits()

    found = check(problem, replace(plan, routes=()))

    assert [violation.code for violation in found] == ["visit_missing", "visit_missing"]
    assert [violation.where for violation in found] == ["a", "b"]


def test_a_stop_in_a_route_and_among_the_unassigned_is_found():
    problem, plan = two_visits()
    left_out = make_plan(problem, {"s1": ("a",)}).unassigned

    assert codes(problem, replace(plan, unassigned=left_out)) == ["visit_both"]


def test_a_stop_visited_twice_is_found():
    problem = make_problem([make_stop("a")])

    assert codes(problem, make_plan(problem, {"s1": ("a", "a")})) == ["visit_twice"]


def test_an_unassigned_stop_listed_twice_is_found():
    problem = make_problem([make_stop("a")])
    plan = make_plan(problem, {})

    assert codes(problem, replace(plan, unassigned=plan.unassigned * 2)) == ["unassigned_twice"]


def test_two_routes_of_one_shift_are_found():
    problem = make_problem([make_stop("a"), make_stop("b")])
    routes = make_plan(problem, {"s1": ("a",)}).routes + make_plan(problem, {"s1": ("b",)}).routes
    plan = replace(make_plan(problem, {"s1": ("a", "b")}), routes=routes)

    assert codes(problem, plan) == ["shift_twice"]


def test_wrong_identities_are_found():
    problem, plan = two_visits()

    assert codes(problem, changed_route(plan, courier_id="else")) == ["courier_mismatch"]
    assert "shift_unknown" in codes(problem, changed_route(plan, shift_id="else"))
    assert codes(problem, changed_visit(plan, 0, order_id="else")) == ["order_mismatch"]
    assert codes(problem, changed_visit(plan, 0, point=place(601))) == ["point_mismatch"]
    assert "visit_unknown" in codes(problem, changed_visit(plan, 0, visit_id="else"))


def test_a_missing_leg_and_an_empty_route_are_found():
    problem, plan = two_visits()

    assert codes(problem, changed_route(plan, legs=plan.routes[0].legs[:2])) == ["leg_count"]
    assert "route_empty" in codes(problem, changed_route(plan, visits=(), legs=plan.routes[0].legs[:1]))


@pytest.mark.parametrize("change", [{"duration_s": 599}, {"duration_s": 601}, {"distance_m": 5_999}])
def test_a_leg_that_differs_from_the_matrix_is_found(change):
    problem, plan = two_visits()
    legs = plan.routes[0].legs

    assert "leg_matrix" in codes(problem, changed_route(plan, legs=(replace(legs[0], **change), *legs[1:])))


def test_a_leg_that_no_street_joins_is_found():
    stops = [make_stop("a", place(600)), make_stop("b", place(1200))]
    plan = make_plan(make_problem(stops), {"s1": ("a", "b")})

    found = codes(make_problem(stops, cut_off=frozenset({place(1200)})), plan)

    assert found == ["no_street", "no_street"]


def test_an_arrival_that_does_not_follow_from_the_departure_is_found():
    problem, plan = two_visits()
    early = plan.routes[0].visits[1].arrives_at - timedelta(seconds=1)

    assert codes(problem, changed_visit(plan, 1, arrives_at=early)) == ["travel_time"]
    assert codes(problem, changed_route(plan, returns_at=plan.routes[0].returns_at - timedelta(seconds=1))) == [
        "travel_time"
    ]


def test_service_before_arriving_or_of_another_length_is_found():
    problem, plan = two_visits()
    visit = plan.routes[0].visits[1]
    second = timedelta(seconds=1)

    early = changed_visit(plan, 1, starts_at=visit.starts_at - second, leaves_at=visit.leaves_at - second)
    short = changed_visit(plan, 1, leaves_at=visit.leaves_at - second)

    assert "time_order" in codes(problem, early)
    assert "service_time" in codes(problem, short)


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        (at(9), at(10), []),
        (at(9, 10), at(9, 10), []),
        (at(9), at(9, 9, 59), ["window"]),
        (at(9, 10, 1), at(10), ["window"]),
    ],
)
def test_service_starts_inside_a_window_ends_included(opens, closes, expected):
    stop = make_stop("a", place(600))
    plan = make_plan(make_problem([stop]), {"s1": ("a",)})

    assert codes(make_problem([replace(stop, windows=(window(opens, closes),))]), plan) == expected


def test_service_between_two_windows_is_found():
    stop = make_stop("a", place(600))
    plan = make_plan(make_problem([stop]), {"s1": ("a",)})
    windows = (window(at(9), at(9, 5)), window(at(9, 15), at(9, 30)))

    assert codes(make_problem([replace(stop, windows=windows)]), plan) == ["window"]


@pytest.mark.parametrize(("ends_at", "expected"), [(at(9, 23, 1), []), (at(9, 23), []), (at(9, 22, 59), ["shift_end"])])
def test_the_courier_is_back_by_the_end_of_the_shift(ends_at, expected):
    problem = make_problem([make_stop("a")], [make_shift(ends_at=ends_at)])

    assert codes(problem, make_plan(problem, {"s1": ("a",)})) == expected


@pytest.mark.parametrize(("service_s", "expected"), [(0, []), (60, ["shift_start"])])
def test_the_courier_leaves_not_before_the_shift_and_loading(service_s, expected):
    plan = make_plan(make_problem([make_stop("a")]), {"s1": ("a",)})

    assert codes(make_problem([make_stop("a")], depots=[make_depot(service_s=service_s)]), plan) == expected


@pytest.mark.parametrize("name", LOAD_DIMENSIONS)
@pytest.mark.parametrize(("room", "expected"), [(21, []), (20, []), (19, ["capacity"])])
def test_every_kind_of_load_fits_the_vehicle(name, room, expected):
    stops = [make_stop(visit, load=Load(**{name: 10})) for visit in ("a", "b")]
    problem = make_problem(stops, [make_shift(capacity=replace(make_shift().capacity, **{name: room}))])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == expected


@pytest.mark.parametrize(
    ("stop_change", "shift_change", "expected"),
    [
        ({"required_skills": frozenset({"cold_box"})}, {"skills": frozenset({"cold_box", "card_terminal"})}, []),
        ({"required_skills": frozenset({"cold_box"})}, {"skills": frozenset({"card_terminal"})}, ["skill"]),
        ({"zone_id": "z1"}, {"allowed_zone_ids": frozenset({"z1"})}, []),
        ({"zone_id": "z1"}, {"allowed_zone_ids": frozenset({"z2"})}, ["zone"]),
        ({"zone_id": "z1"}, {"allowed_zone_ids": frozenset()}, ["zone"]),
        ({"zone_id": None}, {"allowed_zone_ids": frozenset()}, []),
        ({"depot_id": "main"}, {}, []),
        ({"depot_id": "other"}, {}, ["depot"]),
        ({"ready_at": at(9)}, {}, []),
        ({"ready_at": at(9, 0, 1)}, {}, ["ready_at"]),
        ({"only_shift_id": "s1"}, {}, []),
        ({"only_shift_id": "s2"}, {}, ["only_shift"]),
    ],
)
def test_permissions_of_courier_and_order_are_kept(stop_change, shift_change, expected):
    shifts = [make_shift(**shift_change), make_shift("s2")]
    plan = make_plan(make_problem([make_stop("a")], shifts), {"s1": ("a",)})

    assert codes(make_problem([make_stop("a", **stop_change)], shifts), plan) == expected


def test_a_courier_on_the_road_takes_only_what_is_on_board():
    shift = make_shift(start_point=place(300), available_at=at(10))
    loaded = make_problem([make_stop("a", only_shift_id="s1", ready_at=at(12))], [shift])
    new = make_problem([make_stop("a")], [shift])

    assert codes(loaded, make_plan(loaded, {"s1": ("a",)})) == []
    assert codes(new, make_plan(new, {"s1": ("a",)})) == ["courier_has_left"]


def test_a_courier_on_the_road_continues_not_before_he_is_available():
    stop = make_stop("a", only_shift_id="s1")
    shift = make_shift(start_point=place(300), available_at=at(10))
    plan = make_plan(make_problem([stop], [shift]), {"s1": ("a",)})

    later = make_problem([stop], [replace(shift, available_at=at(10, 0, 1))])

    assert codes(later, plan) == ["available_at"]


def test_frozen_visits_stay_first_in_their_order():
    stops = [make_stop(name) for name in "abc"]
    problem = make_problem(stops, [make_shift(frozen_visit_ids=("b", "a"))])

    assert codes(problem, make_plan(problem, {"s1": ("b", "a", "c")})) == []
    assert codes(problem, make_plan(problem, {"s1": ("a", "b", "c")})) == ["frozen_prefix"]
    assert codes(problem, make_plan(problem, {"s1": ("b", "c")})) == ["frozen_prefix", "frozen_prefix"]


def test_a_frozen_visit_may_be_late_and_alone_may_end_after_the_shift():
    late = make_stop("a", windows=(window(at(8), at(9)),))
    problem = make_problem([late], [make_shift(ends_at=at(9, 10), frozen_visit_ids=("a",))])

    assert codes(problem, make_plan(problem, {"s1": ("a",)})) == []


def test_what_follows_frozen_visits_keeps_the_rules():
    late = make_stop("a", windows=(window(at(8), at(9)),))
    problem = make_problem([late, make_stop("b")], [make_shift(ends_at=at(9, 10), frozen_visit_ids=("a",))])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == ["shift_end"]


def edited(stops, **courier):
    problem = make_problem(stops)
    route = make_plan(problem, {"s1": tuple(stop.visit_id for stop in stops)}).routes[0]
    context = RouteContext(
        shift=make_shift(), stops=tuple(stops), depots=(make_depot(),), roads=GridRoads(), courier=CourierNow(**courier)
    )
    return route, context


def test_an_edited_route_is_judged_from_where_the_courier_is():
    route, context = edited([make_stop("a"), make_stop("b", place(1200))], now=at(8))

    assert check_route(route, context) == []
    assert [one.code for one in check_route(route, replace(context, courier=CourierNow(now=at(9, 1))))] == [
        "departure_in_the_past"
    ]
    on_the_road = replace(context, courier=CourierNow(now=at(9, 30), position=place(300)))
    assert [one.code for one in check_route(route, on_the_road)] == ["travel_time"]


def test_lateness_from_before_the_edit_is_forgiven_and_no_other():
    route, context = edited([make_stop("a", windows=(window(at(8), at(9)),))], now=at(8))

    assert [one.code for one in check_route(route, context)] == ["window"]
    assert check_route(route, context, frozenset({"a"})) == []
