"""When to leave and when to start where there is time to spare: as late as makes nobody's visit later."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from routing.break_placing import rests_outside, run_with_breaks
from routing.fleet import Break
from routing.timing import Place, Schedule, drive_s, reach
from routing.travel_matrix import HourFactors

SECOND = timedelta(seconds=1)
SECONDS_A_MINUTE = 60

DEPARTURE_STEP_S = 300
"""Steps in which later departures are tried for a route that is too long by the hour it is driven at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRules:
    """
    What bounds the times of one route beside its places.

    With `may_leave_later` the departure is free, else it is now. `max_route_s` counts from leaving to returning;
    `ends_at` bounds how far the last service may be put off for a soft window.
    """

    may_leave_later: bool
    breaks: tuple[Break, ...] = ()
    factors: HourFactors | None = None
    max_route_s: int | None = None
    ends_at: datetime | None = None
    per_wait_s: float = 0.0


def best_times(places: Sequence[Place], earliest_at: datetime, rules: TimingRules) -> Schedule:
    """
    The times of a sequence: every service as early as the sequence allows, then what is spare used at home.

    The courier leaves just late enough not to wait at the first door, which makes no visit later: waiting there would
    be pure loss, waiting further on keeps a reserve against traffic. A service before its soft window is put off as far
    as delays no later one. A route that would take longer than `max_route_s` is begun as late as keeps its return.
    """
    schedule = run_with_breaks(places, earliest_at, rules.breaks, rules.factors)
    if rules.may_leave_later and rules.max_route_s is not None and _lasts_s(schedule) > rules.max_route_s:
        schedule = _within(places, schedule, rules.max_route_s, rules)
    if any(place.stop is not None and place.stop.soft_window is not None for place in places):
        _put_off(places, schedule, rules)
    if rules.may_leave_later:
        _leave_later(places, schedule, rules)
    return schedule


def _lasts_s(schedule: Schedule) -> float:
    """Seconds from leaving to returning, for who takes a break at the very beginning before he leaves."""
    left_at = schedule.departs_at
    for rest in schedule.rests[0]:
        if rest.starts_at == left_at:
            left_at = rest.starts_at + timedelta(seconds=rest.duration_s)
    return (schedule.returns_at - left_at).total_seconds()


def _within(places: Sequence[Place], earliest: Schedule, max_route_s: int, rules: TimingRules) -> Schedule:
    """
    The first schedule, by return, that lasts no longer than it may; the shortest there is when none does.

    Returning does not become earlier by leaving later, so for each return the latest departure is the best one. A later
    return is worth while only where leaving still later lets a visit move on to its next window, or a break to another
    drive or out of the route.
    """

    def timed(departs_at: datetime) -> Schedule:
        return run_with_breaks(places, departs_at, rules.breaks, rules.factors)

    best = earliest
    for departs_at in _departures(places, earliest, timed, rules):
        first = timed(departs_at)
        if rules.ends_at is not None and first.returns_at > max(rules.ends_at, earliest.returns_at):
            break
        if not _no_worse(first, earliest, first.returns_at):
            continue
        latest = first
        if rules.factors is None or departs_at == earliest.departs_at:
            latest = timed(_latest(departs_at, first.returns_at, partial(_holds_return, timed, first)))
        if _lasts_s(latest) < _lasts_s(best):
            best = latest
        if _lasts_s(best) <= max_route_s:
            break
    return best


def _departures(
    places: Sequence[Place], earliest: Schedule, timed: Callable[[datetime], Schedule], rules: TimingRules
) -> Iterator[datetime]:
    """The earliest departure, and all after which some visit or break has to move on."""
    yield earliest.departs_at
    passed: set[datetime] = set()
    for rest in rules.breaks:
        passed.add(rest.opens_at + timedelta(seconds=rest.duration_s))
        for number in range(len(places)):
            if earliest.arrives_at[number] <= rest.closes_at:
                holds = partial(_arrives_by, timed, number, rest.closes_at)
                passed.add(_latest(earliest.departs_at, rest.closes_at, holds) + SECOND)
    for number, place in enumerate(places):
        for window in () if place.stop is None else place.stop.windows[:-1]:
            if earliest.starts_at[number] <= window.closes_at:
                holds = partial(_starts_by, timed, number, window.closes_at)
                passed.add(_latest(earliest.departs_at, window.closes_at, holds) + SECOND)
    if rules.factors is not None and rules.ends_at is not None:
        # Leaving later can shorten the drives themselves; how much has no corners to look at, so it is tried in steps.
        spare_s = int((rules.ends_at - earliest.departs_at).total_seconds())
        passed.update(earliest.departs_at + timedelta(seconds=s) for s in range(0, spare_s, DEPARTURE_STEP_S))
    yield from sorted(departs_at for departs_at in passed if departs_at > earliest.departs_at)


def _starts_by(timed: Callable[[datetime], Schedule], number: int, by: datetime, departs_at: datetime) -> bool:
    return timed(departs_at).starts_at[number] <= by


def _arrives_by(timed: Callable[[datetime], Schedule], number: int, by: datetime, departs_at: datetime) -> bool:
    return timed(departs_at).arrives_at[number] <= by


def _holds_return(timed: Callable[[datetime], Schedule], first: Schedule, departs_at: datetime) -> bool:
    return _no_worse(timed(departs_at), first, first.returns_at)


def _no_worse(new: Schedule, old: Schedule, returns_by: datetime) -> bool:
    return (
        new.returns_at <= returns_by
        and len(new.late) <= len(old.late)
        and len(new.missed_breaks) <= len(old.missed_breaks)
    )


def _latest(from_at: datetime, to_at: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The last instant, in whole seconds after `from_at`, at which `holds`, which holds up to some time from there."""
    low, high = 0, max(0, int((to_at - from_at).total_seconds()))
    while low < high:
        middle = (low + high + 1) // 2
        if holds(from_at + timedelta(seconds=middle)):
            low = middle
        else:
            high = middle - 1
    return from_at + timedelta(seconds=low)


def _put_off(places: Sequence[Place], schedule: Schedule, rules: TimingRules) -> None:
    """Start services before their soft window later, the last first, as far as it delays no later one."""
    waited_for = {number for place in places for number, _ in place.waits_for}
    for number in range(len(places) - 2, -1, -1):
        stop = places[number].stop
        soft = None if stop is None else stop.soft_window
        if stop is None or soft is None or soft.per_early_min <= 0 or schedule.starts_at[number] >= soft.opens_at:
            continue
        following = number + 1
        if number in waited_for or schedule.rests[following]:
            continue
        if following == len(places) - 1 and soft.per_early_min / SECONDS_A_MINUTE <= rules.per_wait_s:
            continue
        service = timedelta(seconds=places[number].service_s)
        latest_at = _latest_leaving(places, schedule, following, rules)
        wanted_at = min(soft.opens_at, latest_at - service)
        if stop.windows:
            wanted_at = max(
                (min(wanted_at, window.closes_at) for window in stop.windows if window.opens_at <= wanted_at),
                default=wanted_at,
            )
        if wanted_at <= schedule.starts_at[number] or number in schedule.late:
            continue
        schedule.starts_at[number] = wanted_at
        schedule.leaves_at[number] = wanted_at + service
        _arrive_from(places, schedule, following, rules.factors)


def _arrive_from(places: Sequence[Place], schedule: Schedule, number: int, factors: HourFactors | None) -> None:
    """Set the drive to a place anew; it begins as soon as the place before is left."""
    left_at = schedule.departs_at if number == 0 else schedule.leaves_at[number - 1]
    driven_s = drive_s(places[number], left_at, factors)
    schedule.drives_s[number] = driven_s
    schedule.arrives_at[number] = left_at + timedelta(seconds=driven_s)
    if number == len(places) - 1:
        schedule.starts_at[number] = schedule.leaves_at[number] = schedule.arrives_at[number]


def _latest_leaving(places: Sequence[Place], schedule: Schedule, following: int, rules: TimingRules) -> datetime:
    """Until when the place before `following` may be left without delaying what starts there."""
    place, left_at = places[following], schedule.leaves_at[following - 1]
    if place.stop is not None:
        due_at = schedule.starts_at[following] - timedelta(seconds=place.setup_s)
    elif place.reload_depot_id is not None:
        due_at = schedule.leaves_at[following] - timedelta(seconds=place.service_s)
    else:
        due_at = schedule.returns_at if rules.ends_at is None else max(rules.ends_at, schedule.returns_at)
        if rules.max_route_s is not None:
            due_at = min(due_at, schedule.departs_at + timedelta(seconds=rules.max_route_s))
        taken = {one.rest.break_id for rests in schedule.rests for one in rests}
        for rest in rules.breaks:
            free_anyway = rests_outside(rest, schedule.departs_at, rest.closes_at + SECOND)
            if rest.break_id not in taken and not free_anyway:
                due_at = min(due_at, rest.closes_at)
    if due_at <= schedule.arrives_at[following]:
        return left_at
    return _last_start(place, left_at, due_at, rules.factors)


def _last_start(place: Place, from_at: datetime, due_at: datetime, factors: HourFactors | None) -> datetime:
    """The last instant from `from_at` on at which a drive to `place` may begin to be there at `due_at`."""
    if factors is None:
        return due_at - timedelta(seconds=place.drive_s)
    return _latest(from_at, due_at, lambda at: at + timedelta(seconds=drive_s(place, at, factors)) <= due_at)


def _leave_later(places: Sequence[Place], schedule: Schedule, rules: TimingRules) -> None:
    """Take breaks at the very beginning before leaving, and leave so that there is no wait at the first door."""
    rests = schedule.rests[0]
    while rests and rests[0].starts_at == schedule.departs_at:
        schedule.departs_at += timedelta(seconds=rests.pop(0).duration_s)
    due_at = schedule.starts_at[0] - timedelta(seconds=places[0].setup_s)
    spare = due_at - schedule.arrives_at[0]
    if 0 in schedule.late or places[0].stop is None:
        return
    if not rests:
        if spare > timedelta(0):
            schedule.departs_at = _last_start(places[0], schedule.departs_at, due_at, rules.factors)
            _arrive_from(places, schedule, 0, rules.factors)
        return
    idle = sum((timedelta(seconds=one.duration_s - one.rest.duration_s) for one in rests), timedelta(0))
    for later in (spare + idle, spare):
        reached = reach(places[0], schedule.departs_at + later, [one.rest for one in rests], rules.factors)
        if later > timedelta(0) and reached is not None and reached[0] <= due_at:
            schedule.departs_at += later
            schedule.arrives_at[0], schedule.drives_s[0], schedule.rests[0] = reached
            return
