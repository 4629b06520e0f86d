"""When a shift is where, for a given sequence of stops and reloads: the one place that turns a sequence into times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.departure import TimingRules, best_times
from routing.fleet import Shift
from routing.plan import Halt, HaltKind, Leg, Visit
from routing.problem import RoutingProblem, earliest_departure
from routing.stop import Stop, StopKind
from routing.timing import Place, Schedule
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRoute:
    """
    A sequence with its times and legs (of the matrix, without paths).

    `late_visit_ids` start after their last window, `missed_break_ids` are breaks for which the route has no room.
    """

    departs_at: datetime
    returns_at: datetime
    visits: tuple[Visit, ...]
    legs: tuple[Leg, ...]
    late_visit_ids: frozenset[str]
    missed_break_ids: frozenset[str]

    def keeps_times_of(self, shift: Shift) -> bool:
        """Whether windows, breaks, the end of the shift and `max_route_s` are kept; frozen visits may be late."""
        longest_s = shift.max_route_s
        return (
            self.returns_at <= shift.ends_at
            and self.late_visit_ids <= set(shift.frozen_visit_ids)
            and not self.missed_break_ids
            and (longest_s is None or self.returns_at - self.departs_at <= timedelta(seconds=longest_s))
        )


def time_route(
    problem: RoutingProblem,
    shift: Shift,
    stop_indices: Sequence[int],
    reloads: Sequence[int] = (),
    not_before: Mapping[str, datetime] | None = None,
) -> TimedRoute | None:
    """
    Time these stops in this order; None when it cannot be driven at all.

    That is when a pair on the way is not joined by streets, or a parcel would be loaded before a visit of the same
    route brings it. Whoever comes after a window, or misses a break, is named in the answer.

    Parameters
    ----------
    stop_indices
        Positions in `problem.stops`; at least one.
    reloads
        Positions in `stop_indices`, rising and above 0, before which the courier reloads at his start depot.
    not_before
        By visit id, when its parcel can be loaded at the earliest (see `LoadsAfter`): the trip with it leaves not
        before. Visits of this same route count by themselves.
    """
    drives = _Drives(problem, shift, stop_indices, reloads)
    if not drives.are_joined:
        return None
    places = _places(problem, shift, stop_indices, reloads, drives, not_before or {})
    if places is None:
        return None
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    leaves_from = earliest_departure(shift, depot)
    if not shift.on_the_road:
        first_trip = [problem.stops[index] for index in stop_indices[: reloads[0] if reloads else None]]
        leaves_from = max([leaves_from, *_releases(first_trip, not_before or {})])
    rules = TimingRules(
        may_leave_later=not shift.on_the_road,
        breaks=shift.breaks,
        factors=problem.hour_factors,
        max_route_s=shift.max_route_s,
        ends_at=shift.ends_at,
        per_wait_s=problem.weights.per_wait_s,
    )
    return _timed(places, best_times(places, leaves_from, rules), drives)


class _Drives:
    """The matrix rows that a route leads by, and the drives between them."""

    def __init__(
        self, problem: RoutingProblem, shift: Shift, stop_indices: Sequence[int], reloads: Sequence[int]
    ) -> None:
        matrix: TravelMatrix = problem.matrix_of(shift)
        rows = [problem.start_node(shift)]
        reload_set = set(reloads)
        for position, index in enumerate(stop_indices):
            if position in reload_set:
                rows.append(problem.depot_node(shift.start_depot_id))
            rows.append(problem.stop_node(index))
        end = problem.end_node(shift)
        rows.append(rows[-1] if end is None else end)
        from_rows, to_rows = rows[:-1], rows[1:]
        self.durations_s: list[int] = matrix.durations_s[from_rows, to_rows].tolist()
        self.distances_m: list[int] = matrix.distances_m[from_rows, to_rows].tolist()
        if end is None:
            self.durations_s[-1] = self.distances_m[-1] = 0
        self.source = matrix.source
        self.are_joined = max(self.durations_s) < UNREACHABLE_S


def _places(
    problem: RoutingProblem,
    shift: Shift,
    stop_indices: Sequence[int],
    reloads: Sequence[int],
    drives: _Drives,
    not_before: Mapping[str, datetime],
) -> list[Place] | None:
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    trip_ends = [*reloads[1:], len(stop_indices)]
    number_of: dict[str, int] = {}
    brought: dict[str, int] = {}
    places: list[Place] = []
    point = shift.start_point or shift.home_point or depot.point
    for position, index in enumerate(stop_indices):
        stop = problem.stops[index]
        if position in reloads:
            end = trip_ends[reloads.index(position)]
            trip = [problem.stops[one] for one in stop_indices[position:end]]
            brought = dict(number_of)
            places.append(
                Place(
                    drive_s=drives.durations_s[len(places)],
                    reload_depot_id=depot.depot_id,
                    service_s=depot.service_s,
                    released_at=max(_releases(trip, not_before), default=None),
                    waits_for=tuple(
                        (number_of[one.loads_after.visit_id], one.loads_after.gap_s)
                        for one in trip
                        if _loads(one) and one.loads_after is not None and one.loads_after.visit_id in number_of
                    ),
                )
            )
            point = depot.point
        setup_s = stop.setup_s if stop.point != point else 0
        number_of[stop.visit_id] = len(places)
        places.append(
            Place(drive_s=drives.durations_s[len(places)], stop=stop, setup_s=setup_s, service_s=stop.service_s)
        )
        point = stop.point
        after = stop.loads_after
        if after is not None and _loads(stop) and not shift.on_the_road and after.visit_id not in brought:
            own = {problem.stops[one].visit_id for one in stop_indices}
            if after.visit_id in own:
                return None
    places.append(Place(drive_s=drives.durations_s[len(places)]))
    return places


def _loads(stop: Stop) -> bool:
    """Whether the parcel of this stop is loaded at the depot."""
    return stop.kind is StopKind.DELIVERY


def _releases(trip: Sequence[Stop], not_before: Mapping[str, datetime]) -> list[datetime]:
    """When the parcels of a trip can be loaded, as far as that is bounded."""
    loaded = [stop for stop in trip if _loads(stop)]
    ready = [stop.ready_at for stop in loaded if stop.ready_at is not None]
    return ready + [not_before[stop.visit_id] for stop in loaded if stop.visit_id in not_before]


def visits_of(places: Sequence[Place], schedule: Schedule) -> tuple[Visit, ...]:
    """The visits among these places, as timed."""
    return tuple(
        Visit(
            visit_id=place.stop.visit_id,
            order_id=place.stop.order_id,
            point=place.stop.point,
            arrives_at=schedule.arrives_at[number],
            starts_at=schedule.starts_at[number],
            leaves_at=schedule.leaves_at[number],
            setup_s=place.setup_s,
        )
        for number, place in enumerate(places)
        if place.stop is not None
    )


def legs_of(places: Sequence[Place], schedule: Schedule, drives: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs between visits: `drives` lead to each place, and those by a reload become one leg with it."""
    legs: list[Leg] = []
    halts: list[Halt] = []
    before: list[Leg] = []
    for number, (place, drive) in enumerate(zip(places, drives, strict=True)):
        halts += [
            Halt(kind=HaltKind.BREAK, name=one.rest.break_id, starts_at=one.starts_at, duration_s=one.duration_s)
            for one in schedule.rests[number]
        ]
        if drive.duration_s != schedule.drives_s[number]:
            drive = replace(drive, duration_s=schedule.drives_s[number])
        if drive.duration_s != place.drive_s:
            drive = replace(drive, free_flow_s=place.drive_s)
        before.append(drive)
        if place.reload_depot_id is not None:
            arrives_at = schedule.arrives_at[number]
            lasts_s = round((schedule.leaves_at[number] - arrives_at).total_seconds())
            halts.append(
                Halt(kind=HaltKind.RELOAD, name=place.reload_depot_id, starts_at=arrives_at, duration_s=lasts_s)
            )
            continue
        legs.append(_one_leg(before, tuple(halts)))
        halts, before = [], []
    return tuple(legs)


def _one_leg(parts: Sequence[Leg], halts: tuple[Halt, ...]) -> Leg:
    if len(parts) == 1:
        return replace(parts[0], halts=halts) if halts else parts[0]
    return replace(
        parts[0],
        distance_m=sum(part.distance_m for part in parts),
        duration_s=sum(part.duration_s for part in parts),
        free_flow_s=None
        if all(part.free_flow_s is None for part in parts)
        else sum(part.unfactored_s for part in parts),
        path=tuple(point for part in parts for point in part.path),
        halts=halts,
    )


def _timed(places: Sequence[Place], schedule: Schedule, drives: _Drives) -> TimedRoute:
    pairs = zip(drives.distances_m, schedule.drives_s, strict=True)
    parts = [Leg(distance_m=metres, duration_s=seconds, source=drives.source) for metres, seconds in pairs]
    late = {stop.visit_id for number in schedule.late if (stop := places[number].stop) is not None}
    return TimedRoute(
        departs_at=schedule.departs_at,
        returns_at=schedule.returns_at,
        visits=visits_of(places, schedule),
        legs=legs_of(places, schedule, parts),
        late_visit_ids=frozenset(late),
        missed_break_ids=frozenset(rest.break_id for rest in schedule.missed_breaks),
    )
