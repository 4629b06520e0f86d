"""Which trips a courier still drives today: where he reloads, from when, and whether the vehicle has room."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from routing.courier_now import RouteContext
from routing.eligibility import trip_fits
from routing.order import Load
from routing.plan import HaltKind, Route
from routing.stop import Stop, StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TripsLeft:
    """
    The trips of a route that is under way, counted from 0.

    `trip_of` says by visit id which trip a visit goes with, `left_at` when each trip left its depot by plan; `current`
    is the one the courier is on, or about to begin when not `under_way`. `done` are its stops that are done.
    """

    trip_of: Mapping[str, int]
    left_at: tuple[datetime, ...]
    current: int
    done: tuple[Stop, ...]
    under_way: bool

    def reloads(self, sequence: Sequence[Stop], moved_ids: Collection[str] = ()) -> list[int]:
        """
        Positions in `sequence` before which the courier reloads.

        A stop that is new to the route, or moved, goes with the trip of the one before it.
        """
        positions: list[int] = []
        trip = self.current
        for position, stop in enumerate(sequence):
            own = trip if stop.visit_id in moved_ids else self.trip_of.get(stop.visit_id, trip)
            # Who is still at the depot and has lost all visits of his first trip begins with the second one.
            if own > trip and (position > 0 or self.under_way):
                positions.append(position)
            trip = max(trip, own)
        return positions

    def released_at(self, trip: Sequence[Stop]) -> datetime | None:
        """Before when these stops' parcels cannot be loaded; what others bring is there when it was planned to be."""
        loaded = [stop for stop in trip if stop.kind is StopKind.DELIVERY]
        instants = [stop.ready_at for stop in loaded if stop.ready_at is not None]
        brought = [stop.visit_id for stop in loaded if stop.loads_after is not None and stop.visit_id in self.trip_of]
        return max([*instants, *(self.left_at[self.trip_of[visit_id]] for visit_id in brought)], default=None)

    def have_room(self, sequence: Sequence[Stop], reloads: Sequence[int], capacity: Load) -> bool:
        """Whether the vehicle has room for every trip; what is done of the current one was on board too."""
        return all(trip_fits(list(trip), capacity) for trip in self.split(sequence, reloads))

    def split(self, sequence: Sequence[Stop], reloads: Sequence[int]) -> list[tuple[Stop, ...]]:
        """The stops of each trip that is left, those done of the current one first."""
        bounds = [0, *reloads, len(sequence)]
        trips = [tuple(sequence[a:b]) for a, b in pairwise(bounds)]
        return [(*self.done, *trips[0]), *trips[1:]]


def trips_left(route: Route | None, context: RouteContext) -> TripsLeft:
    """The trips of `route` as they are now; a shift without a route has one to come."""
    courier, stops = context.courier, {stop.visit_id: stop for stop in context.stops}
    if route is None:
        return TripsLeft(trip_of={}, left_at=(courier.now,), current=0, done=(), under_way=courier.has_left)
    trip_of: dict[str, int] = {}
    left_at, begun = [route.departs_at], 0
    for visit, leg in zip(route.visits, route.legs, strict=False):
        for halt in leg.halts:
            if halt.kind is HaltKind.RELOAD:
                left_at.append(halt.starts_at + timedelta(seconds=halt.duration_s))
                begun = len(left_at) - 1 if courier.has_left and halt.starts_at <= courier.now else begun
        trip_of[visit.visit_id] = len(left_at) - 1
    current = max([begun, *(trip_of[visit_id] for visit_id in courier.done_visit_ids if visit_id in trip_of)])
    done = [
        stops[visit_id]
        for visit_id, trip in trip_of.items()
        if trip == current and visit_id in courier.done_visit_ids and visit_id in stops
    ]
    return TripsLeft(
        trip_of=trip_of, left_at=tuple(left_at), current=current, done=tuple(done), under_way=courier.has_left
    )
