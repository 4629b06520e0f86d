"""From what a search found to a plan that may be stored: timed, explained, judged by the second opinion, drawn."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic

from routing.counterfactual import with_remedies
from routing.day_inputs import DayInputs, PlanLimits
from routing.errors import InfeasiblePlanError
from routing.explain import explain
from routing.fleet import Depot, Shift
from routing.plan import Plan, Provenance, Route, Unassigned
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.roads import RoadNetwork
from routing.route_building import build_routes, depot_by_id, routes_cost, with_paths
from routing.solver.search import Solution


def judged_plan(
    problem: RoutingProblem,
    solution: Solution,
    inputs: DayInputs,
    roads: RoadNetwork,
    limits: PlanLimits,
    *,
    set_aside: tuple[Unassigned, ...] = (),
    priced_by: RoutingProblem | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """
    The plan of a solution; `set_aside` are orders that never reached the problem.

    Its cost is that of `priced_by` (with the same stops and shifts) when given. What would have served the orders left
    out is looked for as long as `limits` say, or until `should_stop`.

    Raises
    ------
    InfeasiblePlanError
        When the independent check finds a violation; that is a fault of ours, and no such plan may be stored.
    """
    routes = build_routes(problem, solution.sequences, solution.reloads)
    unassigned = explain(problem, solution.sequences, solution.reloads)
    left_out_ids = {one.visit_id for one in (*unassigned, *set_aside)}
    provenance = Provenance(
        engine=solution.engine.name,
        time_limit_s=limits.time_limit_s,
        seed=limits.seed,
        matrix_source=problem.matrix.source,
        zone_version=inputs.zone_version,
        network_build=roads.build or None,
        cost=routes_cost(
            priced_by or problem, routes, (stop for stop in inputs.stops if stop.visit_id in left_out_ids)
        ),
        elapsed_s=round(solution.elapsed_s, 3),
    )
    plan = Plan(routes=routes, unassigned=unassigned, provenance=provenance)
    violations = check(problem, plan)
    if violations:
        raise InfeasiblePlanError(tuple(f"{one.where}: {one.message}" for one in violations))
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    depots = depot_by_id(problem.depots)
    ends_at = monotonic() + limits.explaining_s
    explained = with_remedies(
        problem,
        solution.sequences,
        unassigned,
        reloads=solution.reloads,
        is_over=lambda: monotonic() >= ends_at or (should_stop is not None and should_stop()),
    )
    drawn = tuple(_drawn(route, shifts[route.shift_id], depots, roads) for route in routes)
    return replace(plan, routes=drawn, unassigned=(*set_aside, *explained))


def _drawn(route: Route, shift: Shift, depots: Mapping[str, Depot], roads: RoadNetwork) -> Route:
    depot = depots[shift.start_depot_id].point
    end = None if shift.ends_anywhere else shift.end_point or depots[shift.end_depot_id].point
    return with_paths(route, shift.start_point or shift.home_point or depot, end, roads, reload_at=depot)
