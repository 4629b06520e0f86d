"""Arrived at a stop, left it: two radii, a dwell time and a gate on accuracy, so that passing by is no visit."""

import math

from tracking.kernel.along_line import Array
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    ARRIVE_ACCURACY_M,
    ARRIVE_DWELL_S,
    ARRIVE_RADIUS_M,
    ARRIVED,
    AWAY_M,
    AWAY_PINGS,
    AWAY_SINCE,
    DONE,
    DOOR_X,
    DOOR_Y,
    HALT,
    HEADING_X,
    HEADING_Y,
    IS_CHANGED,
    IS_NEW,
    LEAVE_RADIUS_M,
    LEFT,
    M_PER_DEG_LAT,
    M_PER_DEG_LON,
    NEAR,
    ORIGIN_LAT,
    ORIGIN_LON,
    OUT_OF_TURN_DWELL_S,
    OUT_OF_TURN_RADIUS_M,
    PASSED_M,
    QUIET_NEAR_STOP_M,
    ROAD_X,
    ROAD_Y,
    S_ACCURACY,
    S_ALONG,
    S_AT,
    S_DEPARTED,
    S_JUMPED,
    S_LAST_ALONG,
    S_LIMIT,
    S_OFFSET,
    S_STANDS,
    S_X,
    S_Y,
    SKIPPED_AFTER_M,
    STILL_LAST,
    STILL_LAT,
    STILL_LON,
    STILL_MOVED,
    STILL_SINCE,
    VISIT_ALONG,
)
from tracking.kernel.standing import crossing_s

_SAME_DOOR_M = 30.0
_PARKED_FURTHER_S = 60.0
_STANDS_S = 30.0
_CLEARLY_NEARER_M = 15.0
_NOT_YET_M = 0.001
ASTRAY_M = 150.0
"""A courier on the line who has further than this to drive to a stop is not at it, however near it is."""


@compiled_inside
def is_pending(visit: Array, at_ts: float) -> bool:
    """Whether the visit was still to be made or going on then: not left, and not finished by the phone."""
    return math.isnan(visit[LEFT]) and not visit[DONE] <= at_ts


@compiled_inside
def is_at_stop(visit: Array) -> bool:
    """Whether the courier has arrived there and not left."""
    return not math.isnan(visit[ARRIVED]) and math.isnan(visit[LEFT])


@compiled_inside
def next_visits(visits: Array, at_ts: float, rules: Array) -> tuple[int, int]:
    """
    Which visits may be made next: the first one pending, and the first one after the last stop reached or driven past.

    They are the same one unless stops were left out; -1 where there is none.
    """
    first, after_last = -1, -1
    for i in range(len(visits)):
        visit = visits[i]
        arrived = not math.isnan(visit[ARRIVED])
        passed = not arrived and not visit[DONE] <= at_ts and visit[PASSED_M] >= rules[SKIPPED_AFTER_M]
        if arrived or passed:
            after_last = -1
            if arrived:
                continue
        if not is_pending(visit, at_ts):
            continue
        if first < 0:
            first = i
        if after_last < 0 and not passed:
            after_last = i
    return first, after_last


@compiled_inside
def distance_m(x: float, y: float, planned: Array) -> float:
    """Metres to the stop, or to its place on the line where that is nearer (parked in the street, walked in)."""
    return min(
        math.hypot(x - planned[DOOR_X], y - planned[DOOR_Y]), math.hypot(x - planned[ROAD_X], y - planned[ROAD_Y])
    )


@compiled_inside
def follow_visits(
    sight: Array, lost: bool, head: Array, planned: Array, rules: Array, motion: Array, visits: Array
) -> bool:
    """
    Move the visits' progress on by one fix, AWAY_M filled before; whether one was reached.

    `lost` means that the courier is off the route, where driving past a stop cannot be told.
    """
    at_ts = sight[S_AT]
    first, after_last = next_visits(visits, at_ts, rules)
    staying, busy, nearest_m, last_made = False, False, math.inf, -1
    for i in range(len(visits)):
        visit = visits[i]
        visit[IS_NEW] = 0.0
        if is_at_stop(visit):
            staying = True
            busy = busy or not visit[DONE] <= at_ts
            nearest_m = min(nearest_m, visit[AWAY_M])
        if not math.isnan(visit[ARRIVED]) or visit[DONE] <= at_ts:
            last_made = i
    on_line = sight[S_OFFSET] <= sight[S_LIMIT]
    any_new = False
    for i in range(len(visits)):
        visit, place = visits[i], planned[i]
        arrived = not math.isnan(visit[ARRIVED])
        if not math.isnan(visit[LEFT]) or (not arrived and visit[DONE] <= at_ts):
            continue
        if arrived:
            _stays(visit, sight, rules)
            continue
        passed = _passed_m(visit, place, sight, rules, lost, motion)
        if i in (first, after_last):
            # Whoever stands at one stop arrives at the next one only when clearly nearer to it.
            clear_m = max(_CLEARLY_NEARER_M, sight[S_ACCURACY]) if busy else 0.0
            elsewhere = staying and visit[AWAY_M] + clear_m >= nearest_m
            if on_line and not lost and place[VISIT_ALONG] - sight[S_ALONG] > ASTRAY_M:
                # Near as the crow flies, yet with a good way to drive: a halt behind the next block is no arrival.
                _by_standing(visit, passed, place, not elsewhere, sight, head, rules, motion)
            else:
                _comes(visit, passed, elsewhere, sight, rules, motion)
        else:
            apart = not busy
            for other in (first, after_last, last_made):
                if other >= 0 and other != i and visits[other, AWAY_M] <= rules[LEAVE_RADIUS_M]:
                    # A stop that was to be made now, or was just made, explains standing here.
                    apart = False
            _by_standing(visit, passed, place, apart, sight, head, rules, motion)
        any_new = any_new or visit[IS_NEW] > 0.0
    if any_new:
        _share_door(visits, planned, at_ts)
        _leave_for_another(visits)
    return any_new


@compiled_inside
def _passed_m(visit: Array, place: Array, sight: Array, rules: Array, lost: bool, motion: Array) -> float:
    """
    Metres driven along the line beyond the stop; off the line nothing is counted.

    A place that leaps to another part of the line has driven none of the way between, and detours use later legs'
    streets: the count begins that far below zero.
    Who comes nearer to the stop again, as the crow flies, may be on the way to it by other streets: not yet past it.
    """
    passed_m = visit[PASSED_M]
    if visit[AWAY_M] <= rules[LEAVE_RADIUS_M] or lost or not sight[S_OFFSET] <= sight[S_LIMIT]:
        return float(passed_m)
    if sight[S_ALONG] <= place[VISIT_ALONG] or sight[S_DEPARTED] == 0.0:
        return 0.0
    needed_m = rules[SKIPPED_AFTER_M]
    if passed_m >= needed_m:
        return float(passed_m)
    if sight[S_JUMPED] != 0.0:
        return float(-needed_m)
    passed_m += max(0.0, sight[S_ALONG] - max(sight[S_LAST_ALONG], place[VISIT_ALONG]))
    away_x, away_y = sight[S_X] - place[ROAD_X], sight[S_Y] - place[ROAD_Y]
    goes_away = motion[HEADING_X] * away_x + motion[HEADING_Y] * away_y > 0.0
    return float(passed_m if goes_away else min(passed_m, needed_m - _NOT_YET_M))


@compiled_inside
def _arrive(visit: Array, near_ts: float, arrived_ts: float) -> None:
    visit[NEAR], visit[ARRIVED], visit[PASSED_M] = near_ts, arrived_ts, 0.0
    visit[IS_NEW] = visit[IS_CHANGED] = 1.0


@compiled_inside
def _comes(visit: Array, passed: float, elsewhere: bool, sight: Array, rules: Array, motion: Array) -> None:
    """The next stop: reached after the dwell time near it, standing."""
    away_m = visit[AWAY_M]
    if away_m > rules[LEAVE_RADIUS_M] or elsewhere:
        if not math.isnan(visit[NEAR]) or passed != visit[PASSED_M]:
            visit[NEAR] = visit[AWAY_SINCE] = math.nan
            visit[AWAY_PINGS], visit[PASSED_M], visit[IS_CHANGED] = 0.0, passed, 1.0
        return
    inaccurate = sight[S_ACCURACY] > rules[ARRIVE_ACCURACY_M]
    if away_m > rules[QUIET_NEAR_STOP_M] or inaccurate or sight[S_DEPARTED] == 0.0:
        return
    if math.isnan(visit[NEAR]):
        visit[NEAR], visit[IS_CHANGED] = sight[S_AT], 1.0
        return
    needed_s = rules[ARRIVE_DWELL_S] if away_m <= rules[ARRIVE_RADIUS_M] else _PARKED_FURTHER_S
    stands_since_ts = motion[HALT + STILL_SINCE]
    if sight[S_AT] - visit[NEAR] < needed_s or not _stands(sight, rules, motion):
        return
    _arrive(visit, visit[NEAR], max(visit[NEAR], stands_since_ts))


@compiled_inside
def _stands(sight: Array, rules: Array, motion: Array) -> bool:
    """Whether the courier has been in one spot, and for longer than crossing it takes one who only moves slowly."""
    needed_s = _STANDS_S
    if sight[S_STANDS] == 0.0:
        # Nor does the phone's own speed say that he stands.
        needed_s = max(needed_s, crossing_s(sight, rules))
    return bool(motion[HALT + STILL_LAST] - motion[HALT + STILL_SINCE] >= needed_s)


@compiled_inside
def _by_standing(
    visit: Array, passed: float, place: Array, apart: bool, sight: Array, head: Array, rules: Array, motion: Array
) -> None:
    """A stop not due here: only standing right at it for long is an arrival, passing or a jam beside it is not."""
    if passed != visit[PASSED_M]:
        visit[PASSED_M], visit[IS_CHANGED] = passed, 1.0
    if not apart or sight[S_DEPARTED] == 0.0 or sight[S_ACCURACY] > rules[ARRIVE_ACCURACY_M]:
        return
    since_ts = motion[HALT + STILL_SINCE]
    if sight[S_AT] - since_ts < rules[OUT_OF_TURN_DWELL_S] or motion[HALT + STILL_MOVED] > 0.0:
        return
    x = (motion[HALT + STILL_LON] - head[ORIGIN_LON]) * head[M_PER_DEG_LON]
    y = (motion[HALT + STILL_LAT] - head[ORIGIN_LAT]) * head[M_PER_DEG_LAT]
    if distance_m(x, y, place) <= rules[OUT_OF_TURN_RADIUS_M]:
        _arrive(visit, since_ts, since_ts)


@compiled_inside
def _stays(visit: Array, sight: Array, rules: Array) -> None:
    """At the stop: left after two fixes outside the wider radius, or one far outside."""
    if visit[AWAY_M] <= rules[LEAVE_RADIUS_M] or sight[S_ACCURACY] > rules[LEAVE_RADIUS_M]:
        if visit[AWAY_PINGS] > 0.0:
            visit[AWAY_PINGS], visit[AWAY_SINCE], visit[IS_CHANGED] = 0.0, math.nan, 1.0
        return
    since_ts = sight[S_AT] if math.isnan(visit[AWAY_SINCE]) else visit[AWAY_SINCE]
    visit[IS_CHANGED] = 1.0
    if visit[AWAY_PINGS] >= 1.0 or visit[AWAY_M] > 2.0 * rules[LEAVE_RADIUS_M]:
        visit[AWAY_PINGS], visit[AWAY_SINCE], visit[LEFT] = 0.0, math.nan, since_ts
    else:
        visit[AWAY_PINGS], visit[AWAY_SINCE] = 1.0, since_ts


@compiled_inside
def _share_door(visits: Array, planned: Array, at_ts: float) -> None:
    """Several orders for one house that follow one another are reached together."""
    for i in range(len(visits)):
        if visits[i, IS_NEW] != 1.0:
            continue
        for j in range(i + 1, len(visits)):
            apart_m = math.hypot(planned[j, DOOR_X] - planned[i, DOOR_X], planned[j, DOOR_Y] - planned[i, DOOR_Y])
            if apart_m > _SAME_DOOR_M:
                break
            visit = visits[j]
            if visit[IS_NEW] == 2.0 or (math.isnan(visit[ARRIVED]) and is_pending(visit, at_ts)):
                visit[ARRIVED], visit[PASSED_M] = visits[i, ARRIVED], 0.0
                # Reached through another: it shares its own door with nobody further.
                visit[IS_NEW], visit[IS_CHANGED] = 2.0, 1.0


@compiled_inside
def _leave_for_another(visits: Array) -> None:
    """Who arrives at another stop has left the one before, however near."""
    since_ts = math.inf
    for i in range(len(visits)):
        if visits[i, IS_NEW] > 0.0:
            since_ts = min(since_ts, visits[i, ARRIVED])
    for i in range(len(visits)):
        visit = visits[i]
        if visit[IS_NEW] == 0.0 and is_at_stop(visit):
            visit[LEFT], visit[IS_CHANGED] = max(visit[ARRIVED], since_ts), 1.0
            visit[AWAY_PINGS], visit[AWAY_SINCE] = 0.0, math.nan
