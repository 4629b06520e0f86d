"""A route of a plan in progress judged exactly, in a problem of its own that holds nothing but it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from routing.added_stop import NewStop, grown
from routing.eligibility import trip_fits
from routing.fleet import Shift
from routing.plan import HaltKind, Route, Visit
from routing.problem import RoutingProblem
from routing.route_building import depot_by_id, route_cost, route_of
from routing.route_timing import time_route
from routing.stop import Stop
from routing.travel_matrix import TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonds:
    """
    What routes owe each other: `not_before` says when a brought parcel can be loaded, `leave_by` when the visit that
    brings one has to be left; both by visit id.
    """

    not_before: Mapping[str, datetime]
    leave_by: Mapping[str, datetime]


def bonds_of(problem: RoutingProblem, routes: Sequence[Route]) -> Bonds:
    """The bonds between these routes as they are timed; those within one route are its own matter."""
    waiting = [stop for stop in problem.stops if stop.loads_after is not None]
    if not waiting:
        return Bonds(not_before={}, leave_by={})
    left_at = {visit.visit_id: visit.leaves_at for route in routes for visit in route.visits}
    shift_of = {visit.visit_id: route.shift_id for route in routes for visit in route.visits}
    loaded_at = {visit_id: at for route in routes for visit_id, at in _loaded_at(route)}
    not_before: dict[str, datetime] = {}
    leave_by: dict[str, datetime] = {}
    for stop in waiting:
        after = stop.loads_after
        if after is None or after.visit_id not in left_at:
            continue
        if shift_of.get(stop.visit_id) == shift_of[after.visit_id]:
            continue
        gap = timedelta(seconds=after.gap_s)
        not_before[stop.visit_id] = left_at[after.visit_id] + gap
        if stop.visit_id in loaded_at:
            due_at = loaded_at[stop.visit_id] - gap
            leave_by[after.visit_id] = min(due_at, leave_by.get(after.visit_id, due_at))
    return Bonds(not_before=not_before, leave_by=leave_by)


def _loaded_at(route: Route) -> list[tuple[str, datetime]]:
    found, at = [], route.departs_at
    for visit, leg in zip(route.visits, route.legs, strict=False):
        for halt in leg.halts:
            if halt.kind is HaltKind.RELOAD:
                at = halt.starts_at + timedelta(seconds=halt.duration_s)
        found.append((visit.visit_id, at))
    return found


def route_problem(
    problem: RoutingProblem, shift: Shift, indices: Sequence[int], bonds: Bonds, new: NewStop | None = None
) -> RoutingProblem:
    """
    The part of `problem` that one route is about: its stops in the order of `indices`, then the new one.

    Parcels that other routes bring are ready when these bring them.
    """
    stops = [problem.stops[index] for index in indices] + ([] if new is None else [new.stop])
    ids = {stop.visit_id for stop in stops}
    rows = [*range(len(problem.depots)), *(problem.stop_node(index) for index in indices)]
    place = len(rows)
    if shift.start_point is not None or shift.home_point is not None:
        rows.append(problem.start_node(shift))
    if shift.end_point is not None:
        rows.append(_end_row(problem, shift))
    matrix, own = problem.matrix_of(shift), np.array(rows, dtype=np.int64)
    part = np.ix_(own, own)
    small = TravelMatrix(matrix.durations_s[part], matrix.distances_m[part], matrix.source)
    if new is not None:
        small = grown(small, place, new.travel_of(shift.vehicle_profile).of_rows(own))
    if shift.ordered_visit_ids:
        shift = replace(shift, ordered_visit_ids=tuple(one for one in shift.ordered_visit_ids if one in ids))
    return replace(
        problem,
        stops=tuple(_alone(stop, ids, bonds) for stop in stops),
        shifts=(shift,),
        matrix=small,
        matrices={},
    )


def _end_row(problem: RoutingProblem, shift: Shift) -> int:
    # Who ends anywhere may still have an end point in the matrix, which nobody drives to.
    end = problem.end_node(replace(shift, ends_anywhere=False))
    assert end is not None  # noqa: S101 - narrows the type: only who ends anywhere has none
    return end


def _alone(stop: Stop, ids: set[str], bonds: Bonds) -> Stop:
    """The stop without what it owes other routes."""
    if stop.loads_after is None or stop.loads_after.visit_id in ids:
        return stop
    brought_at = bonds.not_before.get(stop.visit_id)
    ready = [at for at in (stop.ready_at, brought_at) if at is not None]
    return replace(stop, loads_after=None, ready_at=max(ready, default=None))


def costed(
    problem: RoutingProblem,
    sequence: Sequence[int],
    reloads: Sequence[int],
    *,
    locked: Sequence[Visit],
    bonds: Bonds,
    mind_capacity: bool = True,
) -> tuple[float, Route] | None:
    """
    Cost and route of the only shift of `problem` through these stops; None when that breaks a rule.

    The route begins with the `locked` visits, at the times that these have.
    """
    (shift,) = problem.shifts
    if shift.max_stops is not None and len(sequence) > shift.max_stops:
        return None
    stops = [problem.stops[index] for index in sequence]
    if mind_capacity and not all(
        trip_fits(stops[a:b], shift.capacity) for a, b in pairwise([0, *reloads, len(sequence)])
    ):
        return None
    if not _in_order(shift, stops):
        return None
    timed = time_route(problem, shift, sequence, reloads)
    if timed is None or not timed.keeps_times_of(shift):
        return None
    if shift.max_distance_m is not None and sum(leg.distance_m for leg in timed.legs) > shift.max_distance_m:
        return None
    if timed.visits[: len(locked)] != tuple(locked):
        return None
    if bonds.leave_by and any(
        visit.leaves_at > bonds.leave_by.get(visit.visit_id, visit.leaves_at) for visit in timed.visits
    ):
        return None
    route = route_of(shift, timed)
    by_id = {stop.visit_id: stop for stop in stops}
    return route_cost(route, shift, problem.weights, by_id, depot_by_id(problem.depots)), route


def _in_order(shift: Shift, stops: Sequence[Stop]) -> bool:
    """Whether the visits whose order is locked are in it, and each pair is."""
    place_of = {stop.visit_id: number for number, stop in enumerate(stops)}
    held = [place_of[visit_id] for visit_id in shift.ordered_visit_ids if visit_id in place_of]
    pairs = [(place_of.get(one.pickup_visit_id or ""), n) for n, one in enumerate(stops) if one.pickup_visit_id]
    return held == sorted(held) and all(pickup is not None and pickup < n for pickup, n in pairs)
