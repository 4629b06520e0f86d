"""The cheapest feasible place for one more stop in sequences that are already there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from routing.eligibility import FreeStart, refusal, trip_fits
from routing.problem import RoutingProblem
from routing.route_building import depot_by_id, route_cost, route_of
from routing.route_slack import RouteSlack
from routing.route_timing import time_route
from routing.stop import Stop, StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stop fits: the shift, its new sequence of stop indices, its reloads, and what that adds to the cost."""

    shift_id: str
    sequence: tuple[int, ...]
    added_cost: int
    reloads: tuple[int, ...] = ()


def cheapest_place(
    problem: RoutingProblem,
    starts: Iterable[FreeStart],
    sequences: Mapping[str, tuple[int, ...]],
    stop_index: int,
    *,
    reloads: Mapping[str, tuple[int, ...]] | None = None,
    mind_capacity: bool = True,
) -> Place | None:
    """The cheapest place for one stop; for many stops in the same routes make one `Places` and ask it."""
    return Places(problem, sequences, reloads).cheapest(starts, stop_index, mind_capacity=mind_capacity)


class Places:
    """
    The places in routes as they are: sequences of stop indices, and positions of reloads in them, by shift id.

    Balance between couriers is not priced, free cells of lockers are not counted, and what other routes bring is not
    waited for.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        sequences: Mapping[str, tuple[int, ...]],
        reloads: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self._problem = problem
        self._sequences = sequences
        self._reloads = reloads or {}
        self._tried = _Tried(problem)
        self._slack: dict[str, RouteSlack] = {}
        self._cost: dict[str, float | None] = {}
        self._index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
        self._dropoff_of = {
            stop.pickup_visit_id: index for index, stop in enumerate(problem.stops) if stop.kind is StopKind.DROPOFF
        }

    def cheapest(self, starts: Iterable[FreeStart], stop_index: int, *, mind_capacity: bool = True) -> Place | None:
        """
        The cheapest place for a stop, frozen visits first and every time kept; None when there is none.

        Half of a pair is put in with the other half, which must not be in a route yet.
        """
        together = self._together(stop_index)
        if any(index in sequence for index in together for sequence in self._sequences.values()):
            return None
        best: Place | None = None
        for start in starts:
            shift_id = start.shift.shift_id
            old_cost = self._old_cost(start)
            if old_cost is None or any(refusal(self._problem, index, start) is not None for index in together):
                continue
            for sequence, reloads in self._candidates(start, *together):
                if mind_capacity and not _fits(self._problem, start, sequence, reloads):
                    continue
                cost = self._tried.cost(start, sequence, reloads)
                if cost is not None and (best is None or round(cost - old_cost) < best.added_cost):
                    added = round(cost - old_cost)
                    best = Place(shift_id=shift_id, sequence=sequence, added_cost=added, reloads=reloads)
        return best

    def _together(self, stop_index: int) -> tuple[int, ...]:
        """The stop alone, or both halves of its pair, the pickup first."""
        stop = self._problem.stops[stop_index]
        if stop.kind is StopKind.DROPOFF:
            return self._index_of[stop.pickup_visit_id or ""], stop_index
        if stop.kind is StopKind.PICKUP:
            return stop_index, self._dropoff_of[stop.visit_id]
        return (stop_index,)

    def _old_cost(self, start: FreeStart) -> float | None:
        shift_id = start.shift.shift_id
        if shift_id not in self._cost:
            old = self._sequences.get(shift_id, ())
            cost = self._tried.cost(start, old, self._reloads.get(shift_id, ())) if old else 0.0
            self._cost[shift_id] = cost
        return self._cost[shift_id]

    def _candidates(
        self, start: FreeStart, stop_index: int, dropoff: int | None = None
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Sequences and reloads with the stop put in wherever there may be time, and its dropoff in the same trip."""
        shift_id = start.shift.shift_id
        old, reloads = self._sequences.get(shift_id, ()), self._reloads.get(shift_id, ())
        for position in self._positions(start, stop_index):
            for sequence, moved in _put_in(old, reloads, stop_index, position):
                if dropoff is None:
                    yield sequence, moved
                    continue
                trip_end = next((reload for reload in moved if reload > position), len(sequence))
                for later in self._positions(start, dropoff):
                    # Positions are those of the sequence without the pickup; where both meet the dropoff comes second.
                    if position <= later < trip_end:
                        both = (*sequence[: later + 1], dropoff, *sequence[later + 1 :])
                        yield both, tuple(reload + (reload > position) for reload in moved)

    def _positions(self, start: FreeStart, stop_index: int) -> list[int]:
        """Where the stop may fit into the shift's sequence, after what is frozen."""
        shift_id = start.shift.shift_id
        old = self._sequences.get(shift_id, ())
        if self._reloads.get(shift_id):
            return list(range(len(start.frozen), len(old) + 1))
        if shift_id not in self._slack:
            self._slack[shift_id] = RouteSlack(self._problem, start, old)
        return [position for position in self._slack[shift_id].positions(stop_index) if position >= len(start.frozen)]


def _put_in(
    old: tuple[int, ...], reloads: tuple[int, ...], stop_index: int, position: int
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The sequence with a stop put in, and its reloads: beside a reload the stop goes before it, then after it."""
    sequence = (*old[:position], stop_index, *old[position:])
    yield sequence, tuple(one + (one >= position) for one in reloads)
    if position in reloads:
        yield sequence, tuple(one + (one > position) for one in reloads)


def _fits(problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...], reloads: tuple[int, ...]) -> bool:
    bounds = [0, *reloads, len(sequence)]
    trips = [sequence[a:b] for a, b in pairwise(bounds)]
    return all(trip_fits([problem.stops[index] for index in trip], start.shift.capacity) for trip in trips)


class _Tried:
    """Costs of sequences of one problem; None when a window, the shift's limits or the streets forbid one."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self.stops: dict[str, Stop] = {stop.visit_id: stop for stop in problem.stops}
        self.depots = depot_by_id(problem.depots)
        self.frozen_departs_at: dict[str, datetime | None] = {}

    def cost(self, start: FreeStart, sequence: tuple[int, ...], reloads: tuple[int, ...]) -> float | None:
        """What the shift's route through `sequence` costs."""
        shift = start.shift
        if shift.max_stops is not None and len(sequence) > shift.max_stops:
            return None
        rank = {visit_id: number for number, visit_id in enumerate(shift.ordered_visit_ids)}
        order = [rank[one] for index in sequence if (one := self.problem.stops[index].visit_id) in rank]
        timed = None if order != sorted(order) else time_route(self.problem, shift, sequence, reloads)
        if timed is None or not timed.keeps_times_of(shift):
            return None
        if shift.max_distance_m is not None and sum(leg.distance_m for leg in timed.legs) > shift.max_distance_m:
            return None
        if start.frozen and shift.shift_id not in self.frozen_departs_at:
            frozen_alone = time_route(self.problem, shift, start.frozen)
            self.frozen_departs_at[shift.shift_id] = None if frozen_alone is None else frozen_alone.departs_at
        if start.frozen:
            latest_at = self.frozen_departs_at[shift.shift_id]
            if latest_at is None or timed.departs_at > latest_at:
                return None
        return route_cost(route_of(shift, timed), shift, self.problem.weights, self.stops, self.depots)
