from dataclasses import replace
from datetime import timedelta

import pytest

from routing.order import Load
from routing.plan_check import check
from routing.problem import CostWeights, node_points
from routing.solver.read_back import read_back
from routing.travel_matrix import HourFactors
from tests.routing.builders import at, grid_matrix, make_depot, make_shift, make_stop, place, window
from tests.routing.solver.small_days import cost_of, day, plan_of, random_places, searched, two_shifts


def two_stops(**changes):
    return [make_stop("a", place(600)), make_stop("b", place(700), **changes)]


def test_a_plan_is_read_back_at_its_cost():
    problem = day(two_stops(), weights=CostWeights())
    plan = plan_of(problem, {"s1": (1, 0)})

    assert read_back(problem, plan) == cost_of(problem, plan)


def test_a_plan_without_routes_costs_what_is_left_out():
    problem = day(two_stops())

    assert read_back(problem, plan_of(problem, {})) == 200_000


def test_stops_that_no_shift_could_have_are_counted_too():
    problem = day(two_stops(load=Load(items=99)))
    plan = plan_of(problem, {"s1": (0,)})

    assert read_back(problem, plan) == cost_of(problem, plan)


def test_frozen_visits_are_part_of_the_cost():
    stops = [*random_places(3, 3), make_stop("w", windows=(window(at(11), at(12)),), zone_id="z")]
    shift = make_shift(
        "s1",
        frozen_visit_ids=("v1", "w"),
        start_point=place(200, 100),
        available_at=at(9, 30),
        home_zone_ids=frozenset(),
    )
    bound = [replace(stop, only_shift_id="s1") for stop in stops]
    matrix = grid_matrix(node_points((make_depot(),), tuple(bound), (shift,)))
    problem = day(bound, [shift], CostWeights(per_foreign_stop=77), matrix=matrix)
    plan = searched(problem)

    assert read_back(problem, plan) == pytest.approx(cost_of(problem, plan), abs=2)
    assert [visit.visit_id for visit in plan.routes[0].visits[:2]] == ["v1", "w"]


def test_a_visit_that_is_put_off_costs_its_waiting():
    problem = day(two_stops(), weights=CostWeights(per_wait_s=2.0))
    plan = plan_of(problem, {"s1": (0, 1)})
    route = plan.routes[0]
    last = replace(
        route.visits[1],
        starts_at=route.visits[1].starts_at + timedelta(minutes=5),
        leaves_at=route.visits[1].leaves_at + timedelta(minutes=5),
    )
    later = replace(route, visits=(route.visits[0], last), returns_at=route.returns_at + timedelta(minutes=5))
    put_off = replace(plan, routes=(later,))

    assert check(problem, put_off) == []
    assert read_back(problem, put_off) == cost_of(problem, put_off) == cost_of(problem, plan) + 600


def test_a_time_outside_the_window_is_named():
    problem = day(two_stops(windows=(window(at(9), at(9, 5)),)))
    reasons = read_back(problem, plan_of(problem, {"s1": (1, 0)}))

    assert isinstance(reasons, list)
    assert "visit b" in reasons[0]


def test_a_route_that_is_too_fast_is_named():
    problem = day(two_stops())
    plan = plan_of(problem, {"s1": (0, 1)})
    route = plan.routes[0]
    early = replace(route.visits[0], starts_at=at(9, 1), leaves_at=at(9, 4))
    reasons = read_back(problem, replace(plan, routes=(replace(route, visits=(early, route.visits[1])),)))

    assert reasons == ["the route of shift s1 is not feasible in the model at its times"]


def test_an_overfull_vehicle_and_a_visit_with_the_wrong_shift_are_named():
    problem = day([*two_stops(), make_stop("c", only_shift_id="s2")], two_shifts(capacity=Load(items=1)))

    assert isinstance(read_back(problem, plan_of(problem, {"s1": (0, 1)})), list)
    assert isinstance(read_back(problem, plan_of(problem, {"s1": (2,)})), list)


def test_unknown_visits_are_named():
    problem = day(two_stops())
    plan = plan_of(problem, {"s1": (0, 1)})

    assert read_back(day([make_stop("a")]), plan) == ["visit b is not in the problem"]


def test_a_plan_timed_with_hour_factors_is_read_back_with_its_own_drives():
    factors = HourFactors(starts_at=(at(0), at(9, 15), at(9, 40)), factors=(1.5, 2.3, 0.9))
    stops = random_places(5, 4)
    problem = day(
        stops, [make_shift("s1", capacity=Load(items=6), max_trips=2), make_shift("s2")], hour_factors=factors
    )
    plan = plan_of(problem, {"s1": (0, 1, 2), "s2": (3,)}, {"s1": (2,)})

    assert check(problem, plan) == []
    assert read_back(problem, plan) == pytest.approx(cost_of(problem, plan), abs=2)
