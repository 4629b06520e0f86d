"""Where one more stop fits into a plan in progress: all places bounded at once, the best ones judged exactly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.added_stop import NewStop, PointTravel
from routing.eligibility import static_refusal
from routing.order import LOAD_DIMENSIONS
from routing.plan import Route
from routing.problem import RoutingProblem, node_points
from routing.roads import StraightLineRoads
from routing.solver.live_exact import costed, route_problem
from routing.solver.live_plan import LivePlan
from routing.solver.live_route import (
    AFTER,
    BEFORE,
    DEPART,
    LATER,
    LATEST,
    NEVER,
    POSITION,
    READY,
    SECOND_US,
    SETUP,
    START,
    UNPAID,
    VISIT,
    WAIT,
    LiveRoute,
    whole_windows,
)
from routing.stop import Stop, StopKind

_FAR: Final = 2**60
_FASTER: Final = 0.6
_CROW: Final = StraightLineRoads()
_SAME: Final = 1e-6
"""Costs that differ by less came from other orders of adding up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlace:
    """
    One place for a stop: the route's number, the position in its sequence, its reloads then, what it adds to the cost,
    the route with it, and when service could start there at the latest by the bounds (None where they say nothing).
    """

    number: int
    position: int
    reloads: tuple[int, ...]
    added: float
    route: Route
    cost: float
    late_us: int | None

    @property
    def added_cost(self) -> int:
        """The added cost, whole."""
        return round(self.added)

    def rank(self) -> tuple[int, int, int, tuple[int, ...]]:
        """Cheaper first; at equal cost the earlier shift and position."""
        return self.added_cost, self.number, self.position, self.reloads


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """By row of the plan's table: at most what a place costs less, earliest and latest start there; `may` where any."""

    cost: NDArray[np.float64]
    start: NDArray[np.int64]
    last: NDArray[np.int64]
    may: NDArray[np.bool_]


def best_place(plan: LivePlan, new: NewStop, *, mind_capacity: bool = True) -> LivePlace | None:
    """
    The cheapest feasible place of all, exactly; None when there is none.

    Balance between couriers is not priced, free cells of lockers are not counted. Half of a pair has no place alone.
    """
    if new.stop.kind in (StopKind.PICKUP, StopKind.DROPOFF):
        return None
    open_routes = [may_take(one, new.stop, mind_capacity=mind_capacity) for one in plan.routes]
    bounds = place_bounds(plan, new, np.array(open_routes, dtype=np.bool_))
    best: LivePlace | None = None
    for number, route in enumerate(plan.routes):
        if open_routes[number] and not route.is_bounded:
            for position, reloads in _with_reloads(route):
                best = _better(best, _judged(plan, new, number, position, reloads, None, mind_capacity))
    candidates = np.flatnonzero(bounds.may)
    for row in candidates[np.argsort(bounds.cost[candidates], kind="stable")]:
        if best is not None and bounds.cost[row] > best.added_cost + 0.5 + _SAME:
            break
        position = int(plan.table[row, POSITION])
        late_us = int(bounds.last[row])
        best = _better(best, _judged(plan, new, int(plan.owner[row]), position, (), late_us, mind_capacity))
    return best


def promising_rows(plan: LivePlan, stops: Sequence[Stop], each: int = 30) -> list[int]:
    """
    Rows of the matrix beside the `each` most promising places of each of these stops, judged as the crow flies.

    The stops are one stop with different windows. Drives are taken a good deal faster than straight lines say, so that
    few places are missed; in routes that have no bounds all rows are named, and depots and ends always.
    """
    problem = plan.problem
    nodes = node_points(problem.depots, problem.stops, problem.shifts)
    point = [stops[0].point]
    there, back = _CROW.rows(nodes, point), _CROW.rows(point, nodes)
    guess = PointTravel(
        np.rint(there.durations_s[:, 0] * _FASTER).astype(np.int32),
        there.distances_m[:, 0],
        np.rint(back.durations_s[0] * _FASTER).astype(np.int32),
        back.distances_m[0],
    )
    ends = range(len(problem.depots) + len(problem.stops), len(nodes))
    rows = {*range(len(problem.depots)), *ends}
    for stop in stops:
        open_routes = [may_take(one, stop) for one in plan.routes]
        bounds = place_bounds(plan, NewStop(stop, guess), np.array(open_routes, dtype=np.bool_))
        candidates = np.flatnonzero(bounds.may)
        best = candidates[np.argsort(bounds.cost[candidates], kind="stable")[:each]]
        rows |= {int(row) for row in plan.table[best][:, [BEFORE, AFTER]].ravel() if row >= 0}
        for number, route in enumerate(plan.routes):
            if open_routes[number] and not route.is_bounded:
                rows |= {problem.stop_node(index) for index in route.sequence}
    return sorted(rows)


def place_keeps(plan: LivePlan, new: NewStop, place: LivePlace) -> bool:
    """Whether a stop (the one that was asked about, with other windows) can be at this place."""
    return _judged(plan, new, place.number, place.position, place.reloads, None, mind_capacity=True) is not None


def may_take(route: LiveRoute, stop: Stop, *, mind_capacity: bool = True) -> bool:
    """Whether the shift may have the stop at all: it is not bound elsewhere, skills, zones, depot, room."""
    start, shift = route.start, route.start.shift
    bound = stop.only_shift_id == shift.shift_id
    if route.cost is None or start.closed or (stop.only_shift_id is not None and not bound):
        return False
    if stop.visit_id in start.held_elsewhere or static_refusal(stop, shift) is not None:
        return False
    if shift.on_the_road and stop.kind is StopKind.DELIVERY and not bound:
        return False
    if shift.max_stops is not None and len(route.sequence) >= shift.max_stops:
        return False
    return not mind_capacity or _has_room(route, stop)


def _has_room(route: LiveRoute, stop: Stop) -> bool:
    """False where a route of one trip is surely too full; what is handed out and taken in may still be too much."""
    shift = route.start.shift
    if not stop.load.fits_in(shift.capacity):
        return False
    if route.reloads or not route.kinds <= {stop.kind}:
        return True
    return all(
        sum_of + getattr(stop.load, name) <= getattr(shift.capacity, name)
        for name, sum_of in zip(LOAD_DIMENSIONS, route.loads, strict=True)
    )


def place_bounds(plan: LivePlan, new: NewStop, open_routes: NDArray[np.bool_]) -> Bounds:
    """What each place of the open routes costs at least, and when service there can start."""
    table, stop, problem = plan.table, new.stop, plan.problem
    into_s, into_m, out_s, out_m = _drives(plan, new)
    ready = table[:, DEPART] + into_s * SECOND_US
    after = table[:, SETUP]
    if stop.setup_s:
        ready += stop.setup_s * SECOND_US * (plan.points[:, :2] != (stop.point.lon, stop.point.lat)).any(axis=1)
    if after.any():
        after = after * (plan.points[:, 2:] != (stop.point.lon, stop.point.lat)).any(axis=1)
    windows = whole_windows(problem, stop.windows)
    starts, on_us = _first_starts(ready, windows), out_s * SECOND_US + after
    last = _last_starts(table[:, LATEST] - on_us - stop.service_s * SECOND_US, windows)
    may = open_routes[plan.owner] & (starts <= last)
    old_s, old_m = _old_drives(plan)
    prices = plan.prices[plan.owner]
    cost = (into_s + out_s - old_s) * prices[:, 0] + (into_m + out_m - old_m) * prices[:, 1]
    ready_after = starts + stop.service_s * SECOND_US + on_us
    waits = _waits(table, starts - ready, ready_after)
    loose = np.array([-one.idle_us for one in plan.routes])[plan.owner]
    known = np.array([_waits_known(one, stop) for one in plan.routes])[plan.owner]
    waits = np.where(known & (ready_after >= table[:, READY]), waits, loose)
    fixed = np.array([_fixed_cost(problem, one, stop) for one in plan.routes])
    return Bounds(cost + waits * (problem.weights.per_wait_s / SECOND_US) + fixed[plan.owner], starts, last, may)


def _waits(table: NDArray[np.int64], here: NDArray[np.int64], ready_after: NDArray[np.int64]) -> NDArray[np.int64]:
    """What the stop adds to the waiting of a route: at its own door, at the next, and what later waits take up."""
    paid = here * (1 - table[:, UNPAID])
    late_by = np.maximum(ready_after - table[:, START], 0)
    next_wait = np.maximum(table[:, START] - ready_after, 0) * table[:, VISIT]
    waits: NDArray[np.int64] = paid + next_wait - table[:, WAIT] - np.minimum(late_by, table[:, LATER])
    return waits


def _waits_known(route: LiveRoute, stop: Stop) -> bool:
    return route.waits_known and stop.soft_window is None and stop.ready_at is None


def _fixed_cost(problem: RoutingProblem, route: LiveRoute, stop: Stop) -> float:
    """What the stop costs anywhere in this route: opening it, a foreign zone, another courier than was told."""
    weights, shift = problem.weights, route.start.shift
    cost = 0.0 if route.sequence else weights.of_shift(shift).per_route
    if shift.home_zone_ids is not None and stop.zone_id is not None and stop.zone_id not in shift.home_zone_ids:
        cost += weights.per_foreign_stop
    if stop.preferred_shift_id not in (None, shift.shift_id):
        cost += stop.other_shift_cost
    return cost - route.soft_cost


def _drives(plan: LivePlan, new: NewStop) -> tuple[NDArray[np.int64], ...]:
    """Seconds and metres to the stop from what is before each place, and on from it to what is after."""
    before, after = plan.table[:, BEFORE], plan.table[:, AFTER]
    profiles = [one.start.shift.vehicle_profile for one in plan.routes]
    found = np.zeros((4, len(before)), dtype=np.int64)
    for profile in dict.fromkeys(profiles) if new.profile_travel else ("",):
        own = np.array([not new.profile_travel or one == profile for one in profiles])[plan.owner]
        travel = new.travel_of(profile)
        found[0, own], found[1, own] = travel.to_s[before[own]], travel.to_m[before[own]]
        found[2, own], found[3, own] = travel.from_s[after[own]], travel.from_m[after[own]]
    found[2:, after < 0] = 0
    return tuple(found)


def _old_drives(plan: LivePlan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Seconds and metres driven now between what is before and after each place; nothing in routes without visits."""
    before, after, problem = plan.table[:, BEFORE], plan.table[:, AFTER], plan.problem
    found = np.zeros((2, len(before)), dtype=np.int64)
    profiles = [one.start.shift.vehicle_profile for one in plan.routes]
    for profile in dict.fromkeys(profiles):
        matrix = problem.matrices.get(profile, problem.matrix)
        own = np.array([one == profile for one in profiles])[plan.owner]
        found[0, own] = matrix.durations_s[before[own], after[own]]
        found[1, own] = matrix.distances_m[before[own], after[own]]
    driven = np.array([bool(one.sequence) for one in plan.routes])[plan.owner] & (after >= 0)
    found[:, ~driven] = 0
    return found[0], found[1]


def _first_starts(ready: NDArray[np.int64], windows: list[tuple[int, int]]) -> NDArray[np.int64]:
    if not windows:
        return ready
    starts = np.full_like(ready, _FAR)
    for opens, closes in windows:
        starts = np.where(ready <= closes, np.minimum(starts, np.maximum(ready, opens)), starts)
    return starts


def _last_starts(latest: NDArray[np.int64], windows: list[tuple[int, int]]) -> NDArray[np.int64]:
    if not windows:
        return latest
    last = np.full_like(latest, NEVER)
    for opens, closes in windows:
        last = np.where(opens <= latest, np.maximum(last, np.minimum(latest, closes)), last)
    return last


def _with_reloads(route: LiveRoute) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Every position for one more stop, and the reloads then; beside a reload the stop goes before and after it."""
    for position in range(len(route.start.frozen), len(route.sequence) + 1):
        yield position, tuple(one + (one >= position) for one in route.reloads)
        if position in route.reloads:
            yield position, tuple(one + (one > position) for one in route.reloads)


def _better(best: LivePlace | None, place: LivePlace | None) -> LivePlace | None:
    return best if place is None or (best is not None and best.rank() <= place.rank()) else place


def _judged(
    plan: LivePlan,
    new: NewStop,
    number: int,
    position: int,
    reloads: tuple[int, ...],
    late_us: int | None,
    mind_capacity: bool,
) -> LivePlace | None:
    route = plan.routes[number]
    count = len(route.sequence)
    own = route_problem(plan.problem, route.start.shift, route.sequence, plan.bonds, new)
    judged = costed(
        own,
        [*range(position), count, *range(position, count)],
        reloads,
        locked=route.locked,
        bonds=plan.bonds,
        mind_capacity=mind_capacity,
    )
    if judged is None:
        return None
    cost, timed = judged
    added = cost - (route.cost or 0.0)
    return LivePlace(
        number=number, position=position, reloads=reloads, added=added, route=timed, cost=cost, late_us=late_us
    )
