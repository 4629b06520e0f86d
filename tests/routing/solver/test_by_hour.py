import pytest

from routing.plan_check import check
from routing.route_building import build_routes
from routing.solver.outline import outline
from routing.solver.search import solve
from routing.travel_matrix import NO_STARTS, HourFactors, LegStarts
from tests.routing.builders import at, make_problem, make_shift, make_stop, place, window

MORNING = window(at(9), at(10))


def problem_with(factors: HourFactors | None):
    """Six stops in a row, two minutes of driving apart, all to be reached within one hour of the morning."""
    stops = [make_stop(f"v{n}", place(120.0 * (n + 1)), windows=(MORNING,), service_s=300) for n in range(6)]
    return make_problem(
        stops, [make_shift("s1", starts_at=at(8)), make_shift("s2", starts_at=at(8))], hour_factors=factors
    )


def solved(factors: HourFactors | None):
    problem = problem_with(factors)
    found = solve(problem, time_limit_s=0.4, seed=1)
    return problem, outline(problem, found.sequences, found.reloads)


@pytest.mark.parametrize("starts", [NO_STARTS, LegStarts(120.0, 1.3)])
def test_plan_on_slow_hours_keeps_every_rule_at_those_hours(starts: LegStarts):
    problem, plan = solved(HourFactors((at(8), at(9, 30)), (1.2, 1.8), starts))

    assert check(problem, plan) == []
    assert plan.unassigned == ()


def test_what_each_leg_costs_besides_leads_to_more_routes():
    _, free = solved(None)
    _, slow = solved(HourFactors((at(8),), (1.0,), LegStarts(600.0, 1.0)))

    assert (len(free.routes), len(slow.routes)) == (1, 2)


def test_legs_keep_the_seconds_of_their_streets_beside_the_planned_ones():
    problem = problem_with(HourFactors((at(8),), (1.5,), LegStarts(60.0, 1.2)))

    (route,) = build_routes(problem, {"s1": (0, 1)}, None)

    assert [(leg.free_flow_s, leg.duration_s) for leg in route.legs[:2]] == [(120, 225), (120, 225)]
