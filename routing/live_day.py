"""A stored plan taken up for insertions: its own legs are all the drives it needs; no table is asked of the streets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routing.added_stop import NewStop, PointTravel, point_travel
from routing.day_inputs import DayInputs
from routing.fleet import Shift
from routing.order import TimeWindow
from routing.plan import Plan, Route
from routing.problem import RoutingProblem, node_points
from routing.roads import RoadNetwork
from routing.snapping import reachable_points
from routing.solver.live_places import promising_rows
from routing.solver.live_plan import LivePlan, live_plan_of
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix


def live_day(inputs: DayInputs, plan: Plan, roads: RoadNetwork) -> LivePlan | None:
    """
    The part of a day's plan that can take another parcel: shifts that have not left, with their routes.

    The drives are those of the plan's legs; between places that are not neighbours in a route there are none. None
    when nobody can take anything: no shift is left, or all have left.

    Parameters
    ----------
    inputs
        What is to be planned now, as `routing.replanning.replan_inputs` gives it.
    plan
        The plan in force; its visits are served where it has them.
    roads
        Asked only for legs that lead by a depot.
    """
    stops = {stop.visit_id: stop for stop in inputs.stops}
    free = [shift for shift in inputs.shifts if not shift.on_the_road]
    routes = {route.shift_id: route for route in plan.routes}
    shifts = [shift for shift in free if _is_known(routes.get(shift.shift_id), stops)]
    if not shifts:
        return None
    kept = [routes[shift.shift_id] for shift in shifts if shift.shift_id in routes]
    placed = [replace(stops[visit.visit_id], point=visit.point) for route in kept for visit in route.visits]
    problem = RoutingProblem(
        horizon_start=inputs.horizon_start,
        depots=inputs.depots,
        stops=tuple(placed),
        shifts=tuple(shifts),
        matrix=_unknown(inputs, placed, shifts, plan.provenance.matrix_source),
        weights=inputs.weights,
        lockers=inputs.lockers,
        hour_factors=inputs.hour_factors,
    )
    return live_plan_of(_with_legs(problem, kept, roads), replace(plan, routes=tuple(kept)))


def new_stop(plan: LivePlan, stop: Stop, roads: RoadNetwork, windows: tuple[TimeWindow, ...] = ()) -> NewStop | None:
    """
    A stop with its drives beside the most promising places of the plan; None when no street near it leads to a depot.

    `windows` are those it will be tried with, one at a time; without any its own count together.
    """
    (point,) = reachable_points(roads, [stop.point], [depot.point for depot in plan.problem.depots])
    if point is None:
        return None
    stop = replace(stop, point=point)
    tried = [replace(stop, windows=(window,)) for window in windows] or [stop]
    return NewStop(stop, point_travel(plan.problem, point, roads, promising_rows(plan, tried)))


def no_travel(plan: LivePlan, stop: Stop) -> NewStop:
    """A stop that no street leads to."""
    size = len(plan.problem.matrix.durations_s)
    nowhere = np.full((4, size), UNREACHABLE_S, dtype=np.int32)
    return NewStop(stop, PointTravel(*nowhere))


def _is_known(route: Route | None, stops: dict[str, Stop]) -> bool:
    """Whether all visits of a route are still to be planned; one with others is not to be touched."""
    return route is None or all(visit.visit_id in stops for visit in route.visits)


def _unknown(inputs: DayInputs, stops: list[Stop], shifts: list[Shift], source: str) -> TravelMatrix:
    size = len(node_points(inputs.depots, tuple(stops), tuple(shifts)))
    table: NDArray[np.int32] = np.full((size, size), UNREACHABLE_S, dtype=np.int32)
    np.fill_diagonal(table, 0)
    return TravelMatrix(table, table.copy(), source)


def _with_legs(problem: RoutingProblem, routes: list[Route], roads: RoadNetwork) -> RoutingProblem:
    """The problem with the drives of these routes in its matrix, without the factors of the hours."""
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    row_of = {stop.visit_id: problem.stop_node(index) for index, stop in enumerate(problem.stops)}
    durations_s, distances_m = problem.matrix.durations_s, problem.matrix.distances_m
    points = node_points(problem.depots, problem.stops, problem.shifts)
    for route in routes:
        shift = shifts[route.shift_id]
        end = problem.end_node(shift)
        rows = [problem.start_node(shift), *(row_of[visit.visit_id] for visit in route.visits)]
        rows += [] if end is None else [end]
        if any(leg.halts for leg in route.legs):
            own = list(dict.fromkeys([*rows, problem.depot_node(shift.start_depot_id)]))
            found = roads.rows([points[row] for row in own], [points[row] for row in own])
            part = np.ix_(own, own)
            durations_s[part], distances_m[part] = found.durations_s, found.distances_m
            continue
        for (a, b), leg in zip(pairwise(rows), route.legs, strict=False):
            durations_s[a, b], distances_m[a, b] = leg.unfactored_s, leg.distance_m
    return problem
