"""Arrived at a stop, left it: two radii, a dwell time and a gate on accuracy, so that passing by is no visit."""

import math
from collections.abc import Mapping

import msgspec

from tracking.courier_state import CourierState, VisitProgress
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.sight import Sight

_SAME_DOOR_M = 30.0
_PARKED_FURTHER_S = 60.0


def follow_visits(
    visits: tuple[VisitProgress, ...], done: Mapping[str, float], sight: Sight, line: RouteLine, rules: TrackingRules
) -> tuple[VisitProgress, ...]:
    """The visits' progress after one fix; `done` holds those that the phone has reported finished."""
    next_i = next((i for i, v in enumerate(visits) if is_pending(v, done) and v.arrived_ts is None), None)
    at_a_stop = any(is_at_stop(v) for v in visits)
    after = tuple(
        # Whoever stands at one stop does not arrive at another next to it that is planned for later.
        v
        if at_a_stop and i != next_i and v.arrived_ts is None and v.near_since_ts is None and v.passed_pings == 0
        else _follow(v, planned, xy, i == next_i, v.visit_id in done, at_a_stop, sight, rules)
        for i, (v, planned, xy) in enumerate(zip(visits, line.visits, line.visits_xy_m, strict=True))
    )
    return _same_door(visits, after, line, done)


def is_pending(visit: VisitProgress, done: Mapping[str, float]) -> bool:
    """Whether the visit is still to be made or going on: not left, and not finished by the phone."""
    return visit.left_ts is None and visit.visit_id not in done


def is_at_stop(visit: VisitProgress) -> bool:
    """Whether the courier has arrived there and not left."""
    return visit.arrived_ts is not None and visit.left_ts is None


def is_passed(visit: VisitProgress, done: Mapping[str, float], rules: TrackingRules) -> bool:
    """Whether the courier has driven past without stopping."""
    return visit.arrived_ts is None and visit.visit_id not in done and visit.passed_pings >= rules.skipped_pings


def distance_to_visit_m(here_m: tuple[float, float], xy_m: tuple[float, float, float, float]) -> float:
    """Metres to the stop, or to its place on the line where that is nearer (parked in the street, walked in)."""
    x, y, line_x, line_y = xy_m
    here_x, here_y = here_m
    return min(math.hypot(here_x - x, here_y - y), math.hypot(here_x - line_x, here_y - line_y))


def _follow(
    visit: VisitProgress,
    planned: PlannedVisit,
    xy_m: tuple[float, float, float, float],
    is_next: bool,
    is_done: bool,
    at_a_stop: bool,
    sight: Sight,
    rules: TrackingRules,
) -> VisitProgress:
    if visit.left_ts is not None or (is_done and visit.arrived_ts is None):
        return visit
    away_m = distance_to_visit_m((sight.x_m, sight.y_m), xy_m)
    if visit.arrived_ts is not None:
        return _staying(visit, away_m, sight, rules)
    if away_m > rules.leave_radius_m:
        passed = 0
        if sight.on_line and sight.departed and sight.along_m > planned.along_m + rules.skipped_after_m:
            passed = visit.passed_pings + 1
        if visit.near_since_ts is None and passed == visit.passed_pings:
            return visit
        return VisitProgress(visit.visit_id, passed_pings=passed)
    if not is_next and at_a_stop:
        return VisitProgress(visit.visit_id, passed_pings=visit.passed_pings)
    if away_m > rules.quiet_near_stop_m or sight.accuracy_m > rules.arrive_accuracy_m or not sight.departed:
        return visit
    return _approaching(visit, away_m, is_next, sight, rules)


def _approaching(
    visit: VisitProgress, away_m: float, is_next: bool, sight: Sight, rules: TrackingRules
) -> VisitProgress:
    """Near enough to be arriving: it counts after the dwell time, from the first fix near."""
    if visit.near_since_ts is None:
        return msgspec.structs.replace(visit, near_since_ts=sight.at_ts)
    needed_s = rules.arrive_dwell_s if is_next else rules.out_of_turn_dwell_s
    if away_m > rules.arrive_radius_m:
        needed_s = max(needed_s, _PARKED_FURTHER_S)
    if sight.at_ts - visit.near_since_ts < needed_s:
        return visit
    return msgspec.structs.replace(visit, arrived_ts=visit.near_since_ts, passed_pings=0)


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
                changed[j] = msgspec.structs.replace(after[j], arrived_ts=after[i].arrived_ts, passed_pings=0)
    return tuple(changed)


def arrived_by_outcome(state: CourierState, line: RouteLine, visit_id: str, rules: TrackingRules) -> CourierState:
    """
    The state after the phone reported a visit finished: a courier last seen at its door has arrived there.

    A report from far away finishes the visit all the same, but says nothing of where the courier is.
    """
    place = state.motion.place
    for i, visit in enumerate(state.motion.visits):
        if visit.visit_id != visit_id or visit.arrived_ts is not None or place is None:
            continue
        away_m = distance_to_visit_m(line.geometry.xy_m(place.lon, place.lat), line.visits_xy_m[i])
        if away_m > rules.leave_radius_m:
            return state
        arrived_ts = min(visit.near_since_ts or place.at_ts, state.done[visit_id])
        reached = msgspec.structs.replace(visit, arrived_ts=arrived_ts, passed_pings=0)
        visits = (*state.motion.visits[:i], reached, *state.motion.visits[i + 1 :])
        return msgspec.structs.replace(state, motion=msgspec.structs.replace(state.motion, visits=visits))
    return state
