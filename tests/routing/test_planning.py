import pickle
from dataclasses import replace

import pytest

from routing.errors import ProblemError
from routing.fleet import Locker, Shift
from routing.order import Load
from routing.plan import UnassignedCode
from routing.plan_check import check
from routing.planning import (
    CourierNow,
    PlanLimits,
    diff,
    make_problem,
    plan_day,
    replan_inputs,
    with_done_visits,
)
from routing.stop import LoadsAfter, StopKind
from routing.travel_matrix import HourFactors
from tests.routing.builders import GridRoads, at, grid_matrix, make_inputs, make_shift, make_stop, place, window

QUICK = PlanLimits(time_limit_s=0.1, seed=1)


def codes(plan):
    return {one.visit_id: one.code for one in plan.unassigned}


def test_a_plan_has_times_legs_with_streets_and_where_it_came_from():
    plan = plan_day(make_inputs([make_stop("a", place(600, 300))], zone_version=7), GridRoads(), QUICK)

    route = plan.routes[0]
    assert [leg.duration_s for leg in route.legs] == [900, 900]
    assert route.legs[0].path == (place(0), place(600), place(600, 300))
    assert (plan.provenance.matrix_source, plan.provenance.network_build) == ("grid", "grid-1")
    assert plan.provenance.zone_version == 7
    assert plan.provenance.cost == 1200 + 1800 + 18 * 60


def test_inputs_and_plan_go_through_a_pickle():
    inputs = make_inputs([make_stop("a")])

    plan = plan_day(pickle.loads(pickle.dumps(inputs)), GridRoads(), QUICK)

    assert pickle.loads(pickle.dumps(plan)) == plan


def test_no_couriers_is_an_error_that_says_what_to_do():
    with pytest.raises(ProblemError, match="add couriers with shifts"):
        plan_day(make_inputs([make_stop("a")], []), GridRoads(), QUICK)


def test_a_stop_that_no_street_joins_is_set_aside_and_the_rest_is_planned():
    stops = [make_stop("island", place(500)), make_stop("a")]

    plan = plan_day(make_inputs(stops), GridRoads(cut_off=[place(500)]), QUICK)

    assert codes(plan) == {"island": UnassignedCode.UNREACHABLE}
    assert [visit.visit_id for visit in plan.routes[0].visits] == ["a"]


def test_a_stop_off_the_streets_is_served_from_the_nearest_street():
    roads = GridRoads(cut_off=[place(500)], snaps_to=place(504))

    plan = plan_day(make_inputs([make_stop("yard", place(500))]), roads, QUICK)

    assert plan.unassigned == ()
    assert plan.routes[0].visits[0].point == place(504)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"required_skills": frozenset({"cold_box"})}, UnassignedCode.NO_COURIER_WITH_SKILL),
        ({"zone_id": "z9"}, UnassignedCode.NO_COURIER_FOR_ZONE),
        ({"depot_id": "elsewhere"}, UnassignedCode.NO_COURIER_AT_DEPOT),
        ({"load": Load(items=11)}, UnassignedCode.TOO_LARGE),
        ({"windows": (window(at(19), at(20)),)}, UnassignedCode.WINDOW_OUTSIDE_SHIFTS),
        ({"windows": (window(at(6), at(8)),)}, UnassignedCode.WINDOW_OUTSIDE_SHIFTS),
        ({"windows": (window(at(9), at(9, 9)),)}, UnassignedCode.WINDOW_UNREACHABLE),
        ({"windows": (window(at(17, 55), at(18)),)}, UnassignedCode.WINDOW_UNREACHABLE),
        ({"service_s": 9 * 3600}, UnassignedCode.NO_TIME_LEFT),
        ({"only_shift_id": "gone"}, UnassignedCode.COURIERS_HAVE_LEFT),
    ],
)
def test_an_order_that_does_not_fit_comes_back_with_its_reason_and_the_rest_is_planned(changes, code):
    stops = [make_stop("odd", **changes), make_stop("a")]
    shift = make_shift(allowed_zone_ids=frozenset({"z1"}))

    plan = plan_day(make_inputs(stops, [shift]), GridRoads(), QUICK)

    assert codes(plan) == {"odd": code}
    assert len(plan.unassigned[0].message) > 20
    assert [visit.visit_id for visit in plan.routes[0].visits] == ["a"]


def test_a_full_vehicle_leaves_the_last_orders_out_for_capacity():
    stops = [make_stop(f"v{n}", load=Load(items=4)) for n in range(3)]

    plan = plan_day(make_inputs(stops), GridRoads(), QUICK)

    assert list(codes(plan).values()) == [UnassignedCode.CAPACITY_FULL]


def test_two_orders_for_the_same_minute_leave_one_out_for_time():
    minute = (window(at(10), at(10, 1)),)
    stops = [make_stop("a", place(600), windows=minute), make_stop("b", place(-600), windows=minute)]

    plan = plan_day(make_inputs(stops), GridRoads(), QUICK)

    assert list(codes(plan).values()) == [UnassignedCode.NO_TIME_LEFT]


def test_an_order_that_costs_more_than_leaving_it_out_says_so():
    inputs = make_inputs([make_stop("a")])
    inputs = replace(inputs, weights=replace(inputs.weights, unassigned=100))

    assert codes(plan_day(inputs, GridRoads(), QUICK)) == {"a": UnassignedCode.TOO_COSTLY}


def test_an_order_that_comes_when_all_have_left_says_so():
    on_the_road = make_shift(start_point=place(300), available_at=at(10))

    plan = plan_day(make_inputs([make_stop("a")], [on_the_road]), GridRoads(), QUICK)

    assert codes(plan) == {"a": UnassignedCode.COURIERS_HAVE_LEFT}


def morning():
    stops = [make_stop(f"v{n}", place(600 * n)) for n in range(1, 4)] + [make_stop("w", place(-900))]
    shifts: list[Shift] = [make_shift("s1", allowed_zone_ids=None), make_shift("s2")]
    stops = [replace(one, only_shift_id="s2" if one.visit_id == "w" else "s1") for one in stops]
    inputs = make_inputs(stops, shifts)
    return replace(inputs, stops=tuple(replace(one, only_shift_id=None) for one in stops)), plan_day(
        inputs, GridRoads(), QUICK
    )


def test_planning_the_rest_of_a_day_keeps_what_is_done_on_board_and_under_way():
    inputs, plan = morning()
    route = next(route for route in plan.routes if route.shift_id == "s1")
    first, second, third = (visit.visit_id for visit in route.visits)
    couriers = {
        "s1": CourierNow(now=at(9, 40), position=place(700), done_visit_ids=frozenset({first})),
        "s2": CourierNow(now=at(9, 40)),
    }
    added = make_stop("new", place(700, 10))

    rest = replan_inputs(replace(inputs, stops=(*inputs.stops, added)), plan, couriers)
    new = with_done_visits(plan_day(rest, GridRoads(), QUICK), plan, couriers)

    by_shift = {one.shift_id: [visit.visit_id for visit in one.visits] for one in new.routes}
    assert by_shift["s1"] == [first, second, third]
    assert set(by_shift["s2"]) == {"w", "new"}
    assert next(one for one in new.routes if one.shift_id == "s1").visits[0] == route.visits[0]
    assert all(one.departs_at >= at(9, 40) for one in new.routes if one.shift_id == "s2")


def test_a_diff_names_what_moved_changed_time_came_and_went():
    early = (window(at(9), at(9, 20)),)
    old_inputs = make_inputs(
        [make_stop("moves", windows=early), make_stop("stays", place(900)), make_stop("goes", windows=early)],
        [make_shift("s1"), make_shift("s2")],
    )
    bind = {"moves": "s1", "stays": "s1", "goes": "s1"}
    old = plan_bound(old_inputs, bind)
    later = replace(old_inputs, stops=(*old_inputs.stops[:2], make_stop("comes", place(-300))))
    new = plan_bound(later, {"moves": "s2", "stays": "s1", "comes": "s2"})

    found = diff(old, new)

    assert [one.visit_id for one in found.moved] == ["moves"]
    assert [one.visit_id for one in found.retimed] == ["stays"]
    assert found.retimed[0].later_s != 0
    assert (found.added, found.dropped) == (("comes",), ("goes",))
    assert diff(old, old).is_empty


def plan_bound(inputs, shift_of):
    stops = tuple(replace(one, only_shift_id=shift_of[one.visit_id]) for one in inputs.stops)
    return plan_day(replace(inputs, stops=stops), GridRoads(), QUICK)


def test_a_stored_plan_of_real_streets_keeps_every_rule(helsinki_roads):
    base = make_shift(ends_at=at(20))
    depot = replace(make_inputs([]).depots[0], point=helsinki_roads.nearest(HELSINKI)[0].point)
    stops = [make_stop(f"v{n}", replace(HELSINKI, lon=HELSINKI.lon + n * 0.002)) for n in range(5)]
    inputs = replace(make_inputs(stops, [base]), depots=(depot,))

    plan = plan_day(inputs, helsinki_roads, QUICK)

    problem, set_aside = make_problem(inputs, helsinki_roads)
    judged = replace(plan, unassigned=tuple(one for one in plan.unassigned if one not in set_aside))
    assert check(problem, judged) == []
    assert all(leg.source == "osrm" and leg.path for route in plan.routes for leg in route.legs)


HELSINKI = replace(place(0), lon=24.9400, lat=60.1690)


def test_a_day_is_planned_with_a_matrix_of_its_own():
    inputs = make_inputs([make_stop("a")])
    matrix = grid_matrix([place(0), place(50)])

    plan = plan_day(replace(inputs, matrix=matrix), GridRoads(cut_off=[place(600)]), QUICK)

    assert [leg.duration_s for leg in plan.routes[0].legs] == [50, 50]


def test_a_profile_matrix_loses_the_rows_of_stops_that_are_set_aside():
    stops = [make_stop("island", place(500)), make_stop("a", place(600))]
    slow = grid_matrix([place(0), place(7), place(1000)])
    inputs = make_inputs(stops, [make_shift(vehicle_profile="bike")], matrices={"bike": slow})

    problem, set_aside = make_problem(inputs, GridRoads(cut_off=[place(500)]))

    assert [one.visit_id for one in set_aside] == ["island"]
    assert problem.matrix_of(problem.shifts[0]).durations_s.tolist() == [[0, 1000], [1000, 0]]


def test_what_cannot_be_without_a_stop_that_no_street_joins_is_set_aside_with_it():
    stops = [
        make_stop("from", place(500), kind=StopKind.PICKUP),
        make_stop("to", kind=StopKind.DROPOFF, pickup_visit_id="from"),
        make_stop("back", loads_after=LoadsAfter(visit_id="to")),
        make_stop("a"),
    ]

    problem, set_aside = make_problem(make_inputs(stops), GridRoads(cut_off=[place(500)]))

    assert [stop.visit_id for stop in problem.stops] == ["a"]
    assert {one.visit_id: one.code for one in set_aside} == {
        "from": UnassignedCode.UNREACHABLE,
        "to": UnassignedCode.UNREACHABLE,
        "back": UnassignedCode.NOT_BROUGHT,
    }


def test_lockers_and_hour_factors_reach_the_problem():
    factors = HourFactors((at(0),), (2.0,))
    locker = Locker(locker_id="box", free_cells=(1,))

    problem, _ = make_problem(make_inputs([make_stop("a")], lockers=(locker,), hour_factors=factors), GridRoads())

    assert (problem.lockers, problem.hour_factors) == ((locker,), factors)
