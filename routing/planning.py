"""
The steps of a day's plan as pure functions: plan, change one route, plan the rest again, compare.

This is the front door of the package; what it names lives in `day_inputs`, `courier_now`, `route_edit`, `replanning`.
"""

from collections.abc import Mapping
from dataclasses import replace

from routing.courier_now import CourierNow, RouteChange, RouteContext
from routing.day_inputs import DayInputs, PlanLimits
from routing.errors import InfeasiblePlanError, ProblemError
from routing.explain import explain
from routing.fleet import Depot, Shift
from routing.plan import Plan, Provenance, Route, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.problem import RoutingProblem, node_points
from routing.replanning import diff, replan_inputs, with_done_visits
from routing.roads import RoadNetwork
from routing.route_building import build_routes, depot_by_id, routes_cost, with_paths
from routing.route_edit import drop_visits, insert_visit, retime
from routing.snapping import reachable_points
from routing.solver.search import ENGINE, OnProgress, Progress, ShouldStop, solve
from routing.stop import Stop

__all__ = [
    "CourierNow",
    "DayInputs",
    "OnProgress",
    "PlanLimits",
    "Progress",
    "RouteChange",
    "RouteContext",
    "ShouldStop",
    "diff",
    "drop_visits",
    "insert_visit",
    "make_problem",
    "plan_day",
    "replan_inputs",
    "retime",
    "with_done_visits",
]


def plan_day(
    inputs: DayInputs,
    roads: RoadNetwork,
    limits: PlanLimits,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plan:
    """
    Plan a day: every order is in a route or comes back with the reason why not.

    Raises
    ------
    ProblemError
        When there is no shift, or ids contradict each other.
    InfeasiblePlanError
        When the independent check finds a violation; that is a fault of ours, and no such plan may be stored.
    """
    problem, set_aside = make_problem(inputs, roads)
    solution = solve(
        problem,
        time_limit_s=limits.time_limit_s,
        seed=limits.seed,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    shift_by_id = {shift.shift_id: shift for shift in problem.shifts}
    routes = build_routes(problem, solution.sequences)
    unassigned = explain(problem, solution.sequences)
    left_out_ids = {one.visit_id for one in (*unassigned, *set_aside)}
    provenance = Provenance(
        engine=ENGINE,
        time_limit_s=limits.time_limit_s,
        seed=limits.seed,
        matrix_source=problem.matrix.source,
        zone_version=inputs.zone_version,
        network_build=roads.build or None,
        cost=routes_cost(problem, routes, (stop for stop in inputs.stops if stop.visit_id in left_out_ids)),
        elapsed_s=round(solution.elapsed_s, 3),
    )
    plan = Plan(routes=routes, unassigned=unassigned, provenance=provenance)
    violations = check(problem, plan)
    if violations:
        raise InfeasiblePlanError(tuple(f"{one.where}: {one.message}" for one in violations))
    depots = depot_by_id(problem.depots)
    drawn = tuple(_drawn(route, shift_by_id[route.shift_id], depots, roads) for route in routes)
    return replace(plan, routes=drawn, unassigned=(*set_aside, *unassigned))


def make_problem(inputs: DayInputs, roads: RoadNetwork) -> tuple[RoutingProblem, tuple[Unassigned, ...]]:
    """
    The problem to solve, and the stops set aside because no street joins them to a depot.

    A stop in a yard that no street joins is moved to the nearest street that is, within `max_snap_m`. A visit that a
    courier is driving to already is never set aside.
    """
    if not inputs.shifts:
        raise ProblemError("expected at least one shift, got none; add couriers with shifts on that day")
    anchors = [depot.point for depot in inputs.depots]
    anchors += [shift.start_point for shift in inputs.shifts if shift.start_point is not None]
    frozen_ids = {visit_id for shift in inputs.shifts for visit_id in shift.frozen_visit_ids}
    places = reachable_points(roads, [stop.point for stop in inputs.stops], anchors, inputs.max_snap_m)
    stops: list[Stop] = []
    set_aside: list[Unassigned] = []
    for stop, place in zip(inputs.stops, places, strict=True):
        if place is not None:
            stops.append(stop if place == stop.point else replace(stop, point=place))
        elif stop.visit_id in frozen_ids:
            stops.append(stop)
        else:
            set_aside.append(_unreachable(stop, inputs.max_snap_m))
    points = node_points(inputs.depots, tuple(stops), inputs.shifts)
    problem = RoutingProblem(
        horizon_start=inputs.horizon_start,
        depots=inputs.depots,
        stops=tuple(stops),
        shifts=inputs.shifts,
        matrix=roads.matrix(points),
        weights=inputs.weights,
    )
    return problem, tuple(set_aside)


def _drawn(route: Route, shift: Shift, depots: Mapping[str, Depot], roads: RoadNetwork) -> Route:
    start = shift.start_point or depots[shift.start_depot_id].point
    return with_paths(route, start, depots[shift.end_depot_id].point, roads)


def _unreachable(stop: Stop, max_snap_m: float) -> Unassigned:
    return Unassigned(
        order_id=stop.order_id,
        visit_id=stop.visit_id,
        code=UnassignedCode.UNREACHABLE,
        message=(
            f"no street within {max_snap_m:.0f} m of ({stop.point.lon:.5f}, {stop.point.lat:.5f}) leads to a depot and "
            "back; check the address or move its point"
        ),
    )
