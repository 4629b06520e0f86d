"""When each place of a given sequence is reached and left: the arithmetic that plans, edits and searches share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.fleet import Break
from routing.order import TimeWindow
from routing.stop import Stop
from routing.travel_matrix import HourFactors

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    One place of a route after its start: a visit, a reload at a depot, or (with neither) the end.

    `drive_s` is what the matrix says from the place before; `service_s` the service of the visit or the loading time of
    the depot. `setup_s` is paid before service at a visit. A reload is over not before `released_at`, and not before
    the places of this route numbered in `waits_for` have been left for as many seconds as stand beside them.
    """

    drive_s: int
    stop: Stop | None = None
    reload_depot_id: str | None = None
    setup_s: int = 0
    service_s: int = 0
    released_at: datetime | None = None
    waits_for: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A break taken on the drive to a place: it begins at `starts_at`; waiting for it to open counts as its time."""

    rest: Break
    starts_at: datetime
    duration_s: int


@dataclass(slots=True, kw_only=True)
class Schedule:
    """
    The times of a sequence of places, entry by place; the last place is the end.

    `drives_s` are the drives as they take by the hour, `starts_at` and `leaves_at` of the end are its arrival. `late`
    numbers the visits that start after their last window; `missed_breaks` had to be taken and could not be.
    """

    departs_at: datetime
    drives_s: list[int] = field(default_factory=list)
    rests: list[list[Rest]] = field(default_factory=list)
    arrives_at: list[datetime] = field(default_factory=list)
    starts_at: list[datetime] = field(default_factory=list)
    leaves_at: list[datetime] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    missed_breaks: tuple[Break, ...] = ()

    @property
    def returns_at(self) -> datetime:
        """When the end is reached."""
        return self.arrives_at[-1]

    @property
    def duration_s(self) -> float:
        """Seconds from leaving to returning."""
        return (self.arrives_at[-1] - self.departs_at).total_seconds()


def service_start(ready_at: datetime, windows: Sequence[TimeWindow]) -> datetime | None:
    """The first instant at or after `ready_at` that lies in a window; None when the last one has closed."""
    if not windows:
        return ready_at
    if len(windows) == 1:
        only = windows[0]
        return None if ready_at > only.closes_at else max(ready_at, only.opens_at)
    starts = [max(ready_at, window.opens_at) for window in windows if ready_at <= window.closes_at]
    return min(starts, default=None)


def drive_s(place: Place, leaves_at: datetime, factors: HourFactors | None) -> int:
    """Seconds of the drive to `place` when it begins at this instant."""
    return place.drive_s if factors is None else factors.drive_s(place.drive_s, leaves_at)


def reach(
    place: Place, leaves_at: datetime, breaks: Sequence[Break], factors: HourFactors | None
) -> tuple[datetime, int, list[Rest]] | None:
    """
    Arrival, seconds driven, and the breaks as taken on the drive to `place`; None when a break would begin too late.

    A break is taken before the drive when it may begin by then, else after it, waiting for it to open if need be, else
    on the way. Where drives depend on the hour nobody halts on the way: he waits for the break before he leaves.
    """
    left_s, at, driven_s = place.drive_s, leaves_at, 0
    rests: list[Rest] = []
    for rest in breaks:
        if rest.opens_at > at:
            whole_s = left_s if factors is None else (factors.drive_s(left_s, at) if left_s else 0)
            there_at = at + timedelta(seconds=whole_s)
            if there_at <= rest.closes_at:
                at, left_s, driven_s = there_at, 0, driven_s + whole_s
            elif factors is None:
                # Up to the next whole second, so that drives stay whole.
                part_s = -int((at - rest.opens_at).total_seconds() // 1)
                at, left_s, driven_s = at + timedelta(seconds=part_s), left_s - part_s, driven_s + part_s
        begins_at = max(at, rest.opens_at)
        if begins_at > rest.closes_at:
            return None
        over_at = begins_at + timedelta(seconds=rest.duration_s)
        length_s = -int((at - over_at).total_seconds() // 1)
        rests.append(Rest(rest=rest, starts_at=at, duration_s=length_s))
        at += timedelta(seconds=length_s)
    if left_s:
        last_s = left_s if factors is None else factors.drive_s(left_s, at)
        at, driven_s = at + timedelta(seconds=last_s), driven_s + last_s
    return at, driven_s, rests


def serve(place: Place, arrives_at: datetime, left_at: Sequence[datetime]) -> tuple[datetime, datetime, bool]:
    """
    When service starts and when the place is left, and whether that is after the last window.

    `left_at` says by number when earlier places were left, for reloads that wait for them. A visit after its last
    window starts as soon as the courier is there.
    """
    if place.stop is not None:
        ready_at = arrives_at + timedelta(seconds=place.setup_s) if place.setup_s else arrives_at
        starts_at = service_start(ready_at, place.stop.windows)
        begins_at = ready_at if starts_at is None else starts_at
        return begins_at, begins_at + timedelta(seconds=place.service_s), starts_at is None
    if place.reload_depot_id is None:
        return arrives_at, arrives_at, False
    leaves_at = arrives_at + timedelta(seconds=place.service_s)
    if place.released_at is not None:
        leaves_at = max(leaves_at, place.released_at)
    for number, gap_s in place.waits_for:
        leaves_at = max(leaves_at, left_at[number] + timedelta(seconds=gap_s))
    # A halt lasts whole seconds.
    whole_s = -int((arrives_at - leaves_at).total_seconds() // 1)
    return arrives_at, arrives_at + timedelta(seconds=whole_s), False


def run(
    places: Sequence[Place],
    departs_at: datetime,
    factors: HourFactors | None = None,
    taken: Sequence[Sequence[Break]] | None = None,
) -> Schedule | None:
    """
    The earliest times of `places` for a courier who leaves at `departs_at`; None when a break would begin too late.

    `taken` says which breaks are taken on the drive to each place.
    """
    schedule = Schedule(departs_at=departs_at)
    at = departs_at
    for number, place in enumerate(places):
        if taken is not None and taken[number]:
            reached = reach(place, at, taken[number], factors)
            if reached is None:
                return None
            arrives_at, driven_s, rests = reached
        else:
            driven_s, rests = drive_s(place, at, factors), []
            arrives_at = at + timedelta(seconds=driven_s)
        starts_at, at, is_late = serve(place, arrives_at, schedule.leaves_at)
        if is_late:
            schedule.late.add(number)
        schedule.drives_s.append(driven_s)
        schedule.rests.append(rests)
        schedule.arrives_at.append(arrives_at)
        schedule.starts_at.append(starts_at)
        schedule.leaves_at.append(at)
    return schedule
