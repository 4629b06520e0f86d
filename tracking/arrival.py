"""Visits reached and left, as what is known of them says; how fixes move them on is `tracking.kernel.visits`."""

import math
from collections.abc import Mapping

import msgspec

from tracking.courier_state import CourierState, VisitProgress
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules

_ASTRAY_M = 150.0


def is_pending(visit: VisitProgress, done: Mapping[str, float]) -> bool:
    """Whether the visit is still to be made or going on: not left, and not finished by the phone."""
    return visit.left_ts is None and visit.visit_id not in done


def is_at_stop(visit: VisitProgress) -> bool:
    """Whether the courier has arrived there and not left."""
    return visit.arrived_ts is not None and visit.left_ts is None


def is_passed(visit: VisitProgress, done: Mapping[str, float], rules: TrackingRules) -> bool:
    """Whether the courier has driven past without stopping."""
    return visit.arrived_ts is None and visit.visit_id not in done and visit.passed_m >= rules.skipped_after_m


def distance_to_visit_m(here_m: tuple[float, float], xy_m: tuple[float, float, float, float]) -> float:
    """Metres to the stop, or to its place on the line where that is nearer (parked in the street, walked in)."""
    x, y, line_x, line_y = xy_m
    here_x, here_y = here_m
    return min(math.hypot(here_x - x, here_y - y), math.hypot(here_x - line_x, here_y - line_y))


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
        reached = msgspec.structs.replace(visit, arrived_ts=arrived_ts, passed_m=0.0)
        visits = (*state.motion.visits[:i], reached, *state.motion.visits[i + 1 :])
        visits = _left_for_another(state.motion.visits, visits)
        along_m = line.visits[i].along_m
        if abs(along_m - place.along_m) > _ASTRAY_M:
            place = msgspec.structs.replace(place, along_m=along_m, on_ts=place.at_ts, rejoin_m=None)
        motion = msgspec.structs.replace(state.motion, visits=visits, place=place)
        return msgspec.structs.replace(state, motion=motion)
    return state
