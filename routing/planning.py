"""
The steps of a day's plan as pure functions: plan, change one route, plan the rest again, compare.

This is the front door of the package; what it names lives in `day_inputs`, `courier_now`, `route_edit`, `replanning`.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from routing.courier_now import CourierNow, RouteChange, RouteContext
from routing.day_inputs import DayInputs, PlanLimits
from routing.errors import ProblemError
from routing.judged_plan import judged_plan
from routing.plan import Plan, Unassigned, UnassignedCode
from routing.problem import RoutingProblem, node_points
from routing.replanning import diff, replan_inputs, with_done_visits
from routing.roads import RoadNetwork
from routing.route_edit import drop_visits, insert_visit, retime
from routing.snapping import reachable_points
from routing.solver.search import OnProgress, Progress, ShouldStop, solve
from routing.stop import Stop, StopKind
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat

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
        processes=limits.processes,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return judged_plan(problem, solution, inputs, roads, limits, set_aside=set_aside, should_stop=should_stop)


def make_problem(inputs: DayInputs, roads: RoadNetwork) -> tuple[RoutingProblem, tuple[Unassigned, ...]]:
    """
    The problem to solve, and the stops set aside because no street joins them to a depot.

    A stop in a yard that no street joins is moved to the nearest street that is, within `max_snap_m`. A visit that a
    courier is driving to already is never set aside; what cannot be without a stop that is, goes with it. With a matrix
    of its own nothing is moved or set aside here.
    """
    if not inputs.shifts:
        raise ProblemError("expected at least one shift, got none; add couriers with shifts on that day")
    places = _reachable_places(inputs, roads)
    set_aside = {
        stop.visit_id: _unreachable(stop, inputs.max_snap_m)
        for stop, place in zip(inputs.stops, places, strict=True)
        if place is None
    }
    set_partners_aside(inputs.stops, set_aside)
    kept = [number for number, stop in enumerate(inputs.stops) if stop.visit_id not in set_aside]
    stops = tuple(
        stop if place in (None, stop.point) else replace(stop, point=place)
        for stop, place in ((inputs.stops[number], places[number]) for number in kept)
    )
    points = node_points(inputs.depots, stops, inputs.shifts)
    problem = RoutingProblem(
        horizon_start=inputs.horizon_start,
        depots=inputs.depots,
        stops=stops,
        shifts=inputs.shifts,
        matrix=roads.matrix(points) if inputs.matrix is None else _rows_kept(inputs.matrix, inputs, kept),
        weights=inputs.weights,
        matrices={profile: _rows_kept(matrix, inputs, kept) for profile, matrix in inputs.matrices.items()},
        lockers=inputs.lockers,
        hour_factors=inputs.hour_factors,
    )
    return problem, tuple(set_aside.values())


def _reachable_places(inputs: DayInputs, roads: RoadNetwork) -> list[LonLat | None]:
    """For each stop the place where it is served; None when it has to be set aside."""
    if inputs.matrix is not None:
        return [stop.point for stop in inputs.stops]
    anchors = [depot.point for depot in inputs.depots]
    anchors += [point for shift in inputs.shifts if (point := shift.start_point or shift.home_point) is not None]
    frozen_ids = {visit_id for shift in inputs.shifts for visit_id in shift.frozen_visit_ids}
    places = reachable_points(roads, [stop.point for stop in inputs.stops], anchors, inputs.max_snap_m)
    return [
        stop.point if place is None and stop.visit_id in frozen_ids else place
        for stop, place in zip(inputs.stops, places, strict=True)
    ]


def set_partners_aside(stops: tuple[Stop, ...], set_aside: dict[str, Unassigned]) -> None:
    """Add to `set_aside` the other halves of pairs, and what would have been brought by a visit that is set aside."""
    while True:
        torn = [stop for stop in stops if stop.visit_id not in set_aside and _missing_partner(stop, stops, set_aside)]
        for stop in torn:
            missing = _missing_partner(stop, stops, set_aside)
            set_aside[stop.visit_id] = Unassigned(
                order_id=stop.order_id,
                visit_id=stop.visit_id,
                code=UnassignedCode.NOT_BROUGHT if stop.loads_after is not None else UnassignedCode.UNREACHABLE,
                message=f"visit {missing}, without which it cannot be, is at a place that no street joins",
            )
        if not torn:
            return


def _missing_partner(stop: Stop, stops: tuple[Stop, ...], set_aside: Mapping[str, Unassigned]) -> str | None:
    needed = [stop.pickup_visit_id, stop.loads_after.visit_id if stop.loads_after is not None else None]
    if stop.kind is StopKind.PICKUP:
        needed += [one.visit_id for one in stops if one.pickup_visit_id == stop.visit_id]
    return next((visit_id for visit_id in needed if visit_id in set_aside), None)


def _rows_kept(matrix: TravelMatrix, inputs: DayInputs, kept: list[int]) -> TravelMatrix:
    """The part of a matrix that is left without the stops set aside."""
    first, size = len(inputs.depots), len(matrix.durations_s)
    if len(kept) == len(inputs.stops):
        return matrix
    rows = [*range(first), *(first + number for number in kept), *range(first + len(inputs.stops), size)]
    part = np.ix_(rows, rows)
    return TravelMatrix(matrix.durations_s[part], matrix.distances_m[part], matrix.source)


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
