from random import Random

import pytest

from routing.plan import Plan, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.route_building import build_routes, routes_cost
from routing.solver.live_plan import LivePlan, live_plan
from routing.solver.live_search import improve_near
from tests.routing.builders import at, make_problem, make_shift, make_stop, place, window
from tests.routing.live_days import random_day
from tests.routing.test_live_insertion import insert


def whole(problem: RoutingProblem, plan: LivePlan) -> Plan:
    routes = build_routes(problem, plan.sequences(), plan.reloads())
    placed = plan.placed_ids()
    left_out = [stop for stop in problem.stops if stop.visit_id not in placed]
    return Plan(
        routes=routes,
        unassigned=tuple(
            Unassigned(order_id=one.order_id, visit_id=one.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="out")
            for one in left_out
        ),
        provenance=None,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(25))
def test_a_search_makes_the_plan_cheaper_by_what_it_says_and_keeps_every_rule(seed):
    problem, sequences, reloads = random_day(Random(seed), stops=14)
    plan = live_plan(problem, sequences, reloads)
    stop_index = next(index for one in plan.sequences().values() for index in one)

    improved = improve_near(plan, stop_index)

    before, after = whole(problem, plan), whole(problem, improved.plan)
    assert check(problem, after) == []
    assert improved.plan.placed_ids() == plan.placed_ids()
    saved = routes_cost(problem, before.routes, ()) - routes_cost(problem, after.routes, ())
    assert abs(saved - improved.gain) <= 1
    assert set(improved.plan.timed_routes()) == set(after.routes)
    for shift in problem.shifts:
        locked = len(shift.frozen_visit_ids)
        times = [
            next((route.visits[:locked] for route in one.routes if route.shift_id == shift.shift_id), ())
            for one in (before, after)
        ]
        assert times[0] == times[1]


def test_a_stop_goes_to_the_courier_who_passes_its_door():
    stops = [make_stop("a", place(600)), make_stop("b", place(-600)), make_stop("c", place(-610))]
    problem = make_problem(stops, [make_shift("s1"), make_shift("s2")])
    plan = live_plan(problem, {"s1": (0, 2), "s2": (1,)})

    improved = improve_near(plan, 0)

    assert sorted(sorted(one) for one in improved.plan.sequences().values()) in ([[0], [1, 2]], [[0, 1, 2]])
    assert improved.gain > 0
    assert improved.changed == (0, 1)


def test_two_routes_that_cross_exchange_their_tails():
    early, late = (window(at(9), at(11)),), (window(at(13), at(15)),)
    stops = [
        make_stop("e1", place(900, 900), windows=early),
        make_stop("w1", place(-900, 900), windows=early),
        make_stop("e2", place(950, 950), windows=late),
        make_stop("w2", place(-950, 950), windows=late),
    ]
    problem = make_problem(stops, [make_shift("s1"), make_shift("s2")])
    plan = live_plan(problem, {"s1": (0, 3), "s2": (1, 2)})

    improved = improve_near(plan, 0)

    assert improved.gain > 0


def test_a_search_stops_when_it_is_told_to():
    stops = [make_stop("a", place(600)), make_stop("b", place(-600)), make_stop("c", place(-610))]
    problem = make_problem(stops, [make_shift("s1"), make_shift("s2")])
    plan = live_plan(problem, {"s1": (0, 2), "s2": (1,)})

    improved = improve_near(plan, 0, should_stop=lambda: True)

    assert improved.changed == ()
    assert improved.plan.sequences() == plan.sequences()


def test_an_order_is_followed_by_a_search_around_it():
    problem = make_problem([make_stop("a"), make_stop("b", place(-600))], [make_shift("s1"), make_shift("s2")])
    plan = insert(live_plan(problem, {"s1": (0,), "s2": (1,)}), make_stop("x", place(-590))).plan

    improved = improve_near(plan, 2)

    assert improved.gain >= 0
    assert improved.plan.placed_ids() == {"a", "b", "x"}
