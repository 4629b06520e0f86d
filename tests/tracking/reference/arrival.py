"""Arrived at a stop, left it: two radii, a dwell time and a gate on accuracy, so that passing by is no visit."""

import math
from collections.abc import Mapping

import msgspec

from tests.tracking.reference.sight import Sight
from tests.tracking.reference.standing import crossing_s
from tracking.arrival import distance_to_visit_m, is_at_stop, is_passed, is_pending
from tracking.courier_state import Still, VisitProgress
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules

_SAME_DOOR_M = 30.0
_PARKED_FURTHER_S = 60.0
_STANDS_S = 30.0
_CLEARLY_NEARER_M = 15.0
_NOT_YET_M = 0.001
_ASTRAY_M = 150.0


def follow_visits(
    visits: tuple[VisitProgress, ...],
    done: Mapping[str, float],
    sight: Sight,
    halt: Still,
    line: RouteLine,
    rules: TrackingRules,
    *,
    lost: bool = False,
) -> tuple[VisitProgress, ...]:
    """
    The visits' progress after one fix; `done` holds those that the phone has reported finished by then.

    `lost` means that the courier is off the route, where driving past a stop cannot be told.
    """
    here_m = (sight.x_m, sight.y_m)
    next_is = next_visits(visits, done, rules)
    away_m = [distance_to_visit_m(here_m, xy) for xy in line.visits_xy_m]
    staying = [i for i, v in enumerate(visits) if is_at_stop(v)]
    busy = any(visits[i].visit_id not in done for i in staying)
    nearest_m = min((away_m[i] for i in staying), default=math.inf)
    after: list[VisitProgress] = []
    for i, visit in enumerate(visits):
        if visit.left_ts is not None or (visit.arrived_ts is None and visit.visit_id in done):
            after.append(visit)
        elif visit.arrived_ts is not None:
            after.append(_staying(visit, away_m[i], sight, rules))
        elif i in next_is:
            # Whoever stands at one stop arrives at the next one only when clearly nearer to it.
            clear_m = max(_CLEARLY_NEARER_M, sight.accuracy_m) if busy else 0.0
            elsewhere = bool(staying) and away_m[i] + clear_m >= nearest_m
            passed = _passed_m(visit, line, i, away_m[i], sight, rules, lost=lost)
            if is_astray(line.visits[i], sight.along_m, on_line=sight.on_line and not lost):
                # Near as the crow flies, yet with a good way to drive: a halt behind the next block is no arrival.
                after.append(_by_standing(visit, passed, line, i, sight, halt, rules, apart=not elsewhere))
            else:
                after.append(_coming(visit, away_m[i], passed, sight, halt, rules, elsewhere=elsewhere))
        else:
            apart = not busy and _explained_by_none(i, visits, done, next_is, away_m, rules)
            passed = _passed_m(visit, line, i, away_m[i], sight, rules, lost=lost)
            after.append(_by_standing(visit, passed, line, i, sight, halt, rules, apart=apart))
    return _left_for_another(visits, _same_door(visits, tuple(after), line, done))


def next_visits(visits: tuple[VisitProgress, ...], done: Mapping[str, float], rules: TrackingRules) -> tuple[int, ...]:
    """
    Which visits may be made next: the first one pending, and the first one after the last stop reached or driven past.

    They are the same one unless stops were left out.
    """
    first: int | None = None
    after_last: int | None = None
    for i, visit in enumerate(visits):
        if visit.arrived_ts is not None or is_passed(visit, done, rules):
            after_last = None
            if visit.arrived_ts is not None:
                continue
        if not is_pending(visit, done):
            continue
        first = i if first is None else first
        if after_last is None and not is_passed(visit, done, rules):
            after_last = i
    return tuple(i for i in dict.fromkeys((first, after_last)) if i is not None)


def is_astray(planned: PlannedVisit, along_m: float, *, on_line: bool) -> bool:
    """Whether a courier on the line has still a good way to drive to the stop, however near it is."""
    return on_line and planned.along_m - along_m > _ASTRAY_M


def _passed_m(
    visit: VisitProgress, line: RouteLine, i: int, away_m: float, sight: Sight, rules: TrackingRules, *, lost: bool
) -> float:
    """Metres driven along the line beyond the stop; going away from it decides whether they suffice."""
    if away_m <= rules.leave_radius_m or lost or not sight.on_line:
        return visit.passed_m
    stop_m, needed_m = line.visits[i].along_m, rules.skipped_after_m
    if sight.along_m <= stop_m or not sight.departed:
        return 0.0
    if visit.passed_m >= needed_m:
        return visit.passed_m
    if sight.jumped:
        return -needed_m
    passed_m = visit.passed_m + max(0.0, sight.along_m - max(sight.last_along_m, stop_m))
    _, _, road_x_m, road_y_m = line.visits_xy_m[i]
    heading_x_m, heading_y_m = sight.heading_m
    goes_away = heading_x_m * (sight.x_m - road_x_m) + heading_y_m * (sight.y_m - road_y_m) > 0.0
    return passed_m if goes_away else min(passed_m, needed_m - _NOT_YET_M)


def _coming(
    visit: VisitProgress,
    away_m: float,
    passed: float,
    sight: Sight,
    halt: Still,
    rules: TrackingRules,
    *,
    elsewhere: bool,
) -> VisitProgress:
    """The next stop: reached after the dwell time near it, standing."""
    if away_m > rules.leave_radius_m or elsewhere:
        if visit.near_since_ts is None and passed == visit.passed_m:
            return visit
        return VisitProgress(visit.visit_id, passed_m=passed)
    if away_m > rules.quiet_near_stop_m or sight.accuracy_m > rules.arrive_accuracy_m or not sight.departed:
        return visit
    if visit.near_since_ts is None:
        return msgspec.structs.replace(visit, near_since_ts=sight.at_ts)
    needed_s = rules.arrive_dwell_s if away_m <= rules.arrive_radius_m else _PARKED_FURTHER_S
    if sight.at_ts - visit.near_since_ts < needed_s or not _stands(sight, halt, rules):
        return visit
    return msgspec.structs.replace(visit, arrived_ts=max(visit.near_since_ts, halt.since_ts), passed_m=0.0)


def _stands(sight: Sight, halt: Still, rules: TrackingRules) -> bool:
    """Whether the courier has been in one spot, and for longer than crossing it takes one who only moves slowly."""
    needed_s = _STANDS_S if sight.stands else max(_STANDS_S, crossing_s(sight, rules))
    return halt.last_ts - halt.since_ts >= needed_s


def _explained_by_none(
    i: int,
    visits: tuple[VisitProgress, ...],
    done: Mapping[str, float],
    next_is: tuple[int, ...],
    away_m: list[float],
    rules: TrackingRules,
) -> bool:
    """Whether no stop that was to be made now, or was just made, is near enough to explain standing here."""
    made = [j for j, v in enumerate(visits) if v.arrived_ts is not None or v.visit_id in done]
    others = (*next_is, *made[-1:])
    return all(away_m[j] > rules.leave_radius_m for j in others if j != i)


def _by_standing(
    visit: VisitProgress,
    passed: float,
    line: RouteLine,
    i: int,
    sight: Sight,
    halt: Still,
    rules: TrackingRules,
    *,
    apart: bool,
) -> VisitProgress:
    """A stop not due here: only standing right at it for long is an arrival, passing or a jam beside it is not."""
    if passed != visit.passed_m:
        visit = msgspec.structs.replace(visit, passed_m=passed)
    if not apart or not sight.departed or sight.accuracy_m > rules.arrive_accuracy_m:
        return visit
    if sight.at_ts - halt.since_ts < rules.out_of_turn_dwell_s or halt.moved_pings:
        return visit
    stands_m = line.geometry.xy_m(halt.lon, halt.lat)
    if distance_to_visit_m(stands_m, line.visits_xy_m[i]) > rules.out_of_turn_radius_m:
        return visit
    return msgspec.structs.replace(visit, near_since_ts=halt.since_ts, arrived_ts=halt.since_ts, passed_m=0.0)


def _left_for_another(before: tuple[VisitProgress, ...], after: tuple[VisitProgress, ...]) -> tuple[VisitProgress, ...]:
    """Who arrives at another stop has left the one before, however near."""
    since = [a.arrived_ts for b, a in zip(before, after, strict=True) if b.arrived_ts is None and a.arrived_ts]
    if not since:
        return after
    return tuple(
        msgspec.structs.replace(a, left_ts=max(a.arrived_ts, min(since)), away_pings=0, away_since_ts=None)
        if a.arrived_ts is not None and a.left_ts is None and b.arrived_ts is not None
        else a
        for b, a in zip(before, after, strict=True)
    )


def _staying(visit: VisitProgress, away_m: float, sight: Sight, rules: TrackingRules) -> VisitProgress:
    """At the stop: left after two fixes outside the wider radius, or one far outside."""
    if away_m <= rules.leave_radius_m or sight.accuracy_m > rules.leave_radius_m:
        if visit.away_pings:
            return msgspec.structs.replace(visit, away_pings=0, away_since_ts=None)
        return visit
    since_ts = visit.away_since_ts if visit.away_since_ts is not None else sight.at_ts
    if visit.away_pings >= 1 or away_m > 2.0 * rules.leave_radius_m:
        return msgspec.structs.replace(visit, away_pings=0, away_since_ts=None, left_ts=since_ts)
    return msgspec.structs.replace(visit, away_pings=1, away_since_ts=since_ts)


def _same_door(
    before: tuple[VisitProgress, ...], after: tuple[VisitProgress, ...], line: RouteLine, done: Mapping[str, float]
) -> tuple[VisitProgress, ...]:
    """Several orders for one house that follow one another are reached together."""
    new = [i for i, (b, a) in enumerate(zip(before, after, strict=True)) if b.arrived_ts is None and a.arrived_ts]
    if not new:
        return after
    changed = list(after)
    for i in new:
        x, y = line.visits_xy_m[i][:2]
        for j in range(i + 1, len(after)):
            other_x, other_y = line.visits_xy_m[j][:2]
            if math.hypot(other_x - x, other_y - y) > _SAME_DOOR_M:
                break
            if after[j].arrived_ts is None and is_pending(after[j], done):
                changed[j] = msgspec.structs.replace(after[j], arrived_ts=after[i].arrived_ts, passed_m=0.0)
    return tuple(changed)
