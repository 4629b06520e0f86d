"""
Ordinary pings: new, plausible, in order, of a courier about whom nothing odd is known.

Most pings are. They need no judgement of their own, so that several can be taken in one go; any other one is left to
`admission`, and what `ordinary_points` calls ordinary, `admission` would take without a word.
"""

from collections.abc import Sequence

from tracking.courier_state import CourierState, TrackPoint, Watch
from tracking.events import DeviationKind
from tracking.ground_speed import certain_mps
from tracking.intake import SAME_ID_S
from tracking.ping import Fix, Ping, PingFlag
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules
from tracking.wrong_clock import on_time

_MOST_M_PER_DEG = 111_700.0
"""A degree is nowhere longer, along a meridian or a parallel."""
_EDGE_S = 0.01
"""What is this near to a limit in time is judged with care instead."""


def is_calm(state: CourierState, line: RouteLine) -> bool:
    """Whether nothing about the courier asks for a closer look at his next ping."""
    watch, clock = state.watch, state.clock
    return (
        state.plan_id == line.plan_id
        and len(state.motion.visits) == len(line.visits)
        and clock.ahead_s == 0.0
        and not (watch.open or watch.over_pings or watch.flags or watch.outside_pings)
        and len(state.track) > 0
        and all(e.kind is not DeviationKind.GAP for e in state.timed)
    )


def ordinary_points(
    state: CourierState, pings: Sequence[Ping], line: RouteLine, now_ts: float, rules: TrackingRules
) -> tuple[CourierState, list[TrackPoint]]:
    """
    The fixes of the first of `pings` (by their own time) for which `admission` would find no word; may be empty.

    The state is the one given, with what these pings tell of the phone's clock.
    """
    track = list(state.track)
    before = track[-1]
    # A fix from within a silence that has ended narrows it.
    from_ts = max([before.at_ts, *(e.closed_ts or 0.0 for e in state.closed if e.kind is DeviationKind.GAP)])
    from_ts = max(from_ts, now_ts - rules.oldest_s + _EDGE_S)
    to_ts = now_ts + rules.future_s - _EDGE_S
    behind_s, limit_mps = rules.skew_behind_s, rules.speed_limit_mps
    fastest_deg_s = rules.fastest_mps / _MOST_M_PER_DEG
    free = line.permitted is None
    first = len(track)
    for ping in pings:
        point = _believable(ping, rules)
        if point is None or not from_ts < point.at_ts < to_ts:
            break
        # Even the longest way to measure the step is no impossible speed.
        step_deg = abs(point.lon - before.lon) + abs(point.lat - before.lat)
        if step_deg > fastest_deg_s * (point.at_ts - before.at_ts):
            break
        after = state
        at_least_s = rules.skew_ahead_s if state.clock.receipt_ts is not None else 0.0
        if not at_least_s < point.received_ts - point.at_ts < behind_s:
            after, corrected = on_time(state, ping, rules)
            if corrected is not ping:
                break
        if point.ping_id is not None and point.at_ts - before.at_ts < SAME_ID_S:
            break
        track.append(point)
        slow = point.speed_mps is not None and point.speed_mps <= limit_mps
        if not (slow or certain_mps(track, len(track) - 1, limit_mps) <= limit_mps) or not (
            free or _is_inside(state.watch, point)
        ):
            track.pop()
            break
        state, before, from_ts = after, point, point.at_ts
    return state, track[first:]


def ordinary_fix(ping: Ping, point: TrackPoint) -> Fix:
    """The accepted position of an ordinary ping."""
    return Fix(
        fix_at=ping.fix_at,
        received_at=ping.received_at,
        point=ping.point,  # type: ignore[arg-type] # an ordinary ping has one
        accuracy_m=point.accuracy_m,
        speed_mps=point.speed_mps,
        bearing_deg=point.bearing_deg,
    )


def _believable(ping: Ping, rules: TrackingRules) -> TrackPoint | None:
    """The fix of a ping whose values are beyond doubt on their own; None asks for a closer look."""
    place, accuracy_m, speed_mps, bearing_deg = ping.point, ping.accuracy_m, ping.speed_mps, ping.bearing_deg
    if (
        place is None
        or ping.is_mock
        or PingFlag.TIME_ASSUMED_NOW in ping.flags
        or ping.fix_at.tzinfo is None
        or ping.received_at.tzinfo is None
    ):
        return None
    if abs(place.lon) < rules.null_island_deg and abs(place.lat) < rules.null_island_deg:
        return None
    if accuracy_m is not None and not 0.0 < accuracy_m <= rules.worst_accuracy_m:
        return None
    if speed_mps is not None and not 0.0 <= speed_mps <= rules.fastest_mps:
        return None
    if bearing_deg is not None and not 0.0 <= bearing_deg <= 360.0:
        return None
    return TrackPoint(
        ping.fix_at.timestamp(),
        ping.received_at.timestamp(),
        place.lon,
        place.lat,
        accuracy_m,
        speed_mps,
        bearing_deg,
        ping.ping_id,
    )


def _is_inside(watch: Watch, point: TrackPoint) -> bool:
    """Whether the courier is certainly where he may be."""
    away_m = (abs(point.lon - watch.clear_lon) + abs(point.lat - watch.clear_lat)) * _MOST_M_PER_DEG
    return away_m < watch.clear_m
