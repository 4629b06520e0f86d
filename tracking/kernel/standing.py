"""Standing still between stops, and slow driving: only what fixes show, never what silence leaves open."""

import math

from tracking.kernel.along_line import Array
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    CLOSES,
    GAP_S,
    HALT,
    HALT_RADIUS_M,
    MOVES_ON_MPS,
    NO_TURN,
    OPENS,
    S_ACCURACY,
    S_AT,
    S_DT,
    S_LAT,
    S_LIMIT,
    S_LON,
    S_NEAR_STOP,
    S_STOP,
    STALL_RADIUS_M,
    STILL,
    STILL_LAST,
    STILL_LAT,
    STILL_LON,
    STILL_MOVED,
    STILL_PINGS,
    STILL_SINCE,
)

_M_PER_DEG = 111_194.9
_WIDEST_RADIUS_M = 100.0
_OPEN_WIDER = 1.5
_AVERAGED_PINGS = 10
_AT_STOP_M = 40.0
_HALTED_SHARE = 0.6
_LIMIT_SHARE = 0.67


@compiled_inside
def halted(sight: Array, rules: Array, motion: Array) -> None:
    """Follow how long the courier has been in one spot; one fix aside is noise, two are a move."""
    if math.isnan(motion[HALT + STILL_SINCE]) or sight[S_DT] > rules[GAP_S]:
        _begin(sight, motion, HALT)
        return
    apart_m = _apart_m(sight, motion, HALT)
    if apart_m <= halt_radius_m(sight, rules):
        _stay(sight, motion, HALT)
    elif motion[HALT + STILL_MOVED] >= 1.0 or apart_m > rules[STALL_RADIUS_M] + sight[S_ACCURACY]:
        _begin(sight, motion, HALT)
    else:
        motion[HALT + STILL_MOVED] += 1.0


@compiled_inside
def halt_radius_m(sight: Array, rules: Array) -> float:
    """How far apart fixes of one spot may be, as inaccurate as they are now."""
    return float(max(rules[HALT_RADIUS_M], 2.0 * sight[S_ACCURACY], _LIMIT_SHARE * sight[S_LIMIT]))


@compiled_inside
def crossing_s(sight: Array, rules: Array) -> float:
    """
    For how long one who moves on slowly seems to be in one spot.

    Its middle is the mean of the first fixes: half of their way he has behind him, and no more than the radius.
    """
    alone_s = halt_radius_m(sight, rules) / rules[MOVES_ON_MPS]
    return float(alone_s + min(alone_s, 0.5 * _AVERAGED_PINGS * sight[S_DT]))


@compiled_inside
def stall(
    sight: Array, quiet: bool, is_open: bool, visits_left: bool, needed_s: float, rules: Array, motion: Array
) -> tuple[float, float, float]:
    """
    Follow how long the courier has not moved; opens after `needed_s` away from stops and the ends of the line.

    Between two fixes further apart than a gap nobody knows what happened: the clock starts anew. Call `halted` first.
    """
    closes = CLOSES if is_open else NO_TURN
    if not is_open and sight[S_NEAR_STOP] > 0.0 and sight[S_STOP] <= _AT_STOP_M:
        # Time spent at a stop is no standing between stops, however near the next one is.
        _begin(sight, motion, STILL)
        return NO_TURN, 0.0, 0.0
    since_ts = motion[STILL + STILL_SINCE]
    unknown = math.isnan(since_ts)
    if unknown or sight[S_DT] > rules[GAP_S]:
        # An open stall stays open when the first fix after the silence is at the same place.
        if unknown or not is_open or _apart_m(sight, motion, STILL) > rules[STALL_RADIUS_M]:
            _begin(sight, motion, STILL)
            return closes, 0.0, 0.0
        _stay(sight, motion, STILL)
        return NO_TURN, 0.0, sight[S_AT] - since_ts
    radius_m = min(_WIDEST_RADIUS_M, max(rules[STALL_RADIUS_M], 2.5 * sight[S_ACCURACY]))
    if is_open:
        radius_m *= _OPEN_WIDER
    apart_m = _apart_m(sight, motion, STILL)
    if apart_m > radius_m:
        if apart_m > 2.0 * radius_m or motion[STILL + STILL_MOVED] >= 1.0:
            _begin(sight, motion, STILL)
            return closes, 0.0, 0.0
        motion[STILL + STILL_MOVED] += 1.0
        return NO_TURN, 0.0, 0.0
    _stay(sight, motion, STILL)
    stood_for_s = sight[S_AT] - since_ts
    # An open stall beside a stop does not flicker with the noise of the fixes: it ends right at the stop only.
    if (quiet and (not is_open or sight[S_NEAR_STOP] == 0.0 or sight[S_STOP] <= _AT_STOP_M)) or not visits_left:
        return closes, 0.0, 0.0
    if is_open:
        return NO_TURN, 0.0, stood_for_s
    if stood_for_s >= needed_s and sight[S_AT] - motion[HALT + STILL_SINCE] >= _HALTED_SHARE * needed_s:
        return OPENS, since_ts, stood_for_s
    return NO_TURN, 0.0, 0.0


@compiled_inside
def stood_s(motion: Array) -> float:
    """Seconds for which the fixes have shown no movement."""
    return float(motion[STILL + STILL_LAST] - motion[STILL + STILL_SINCE])


@compiled_inside
def _begin(sight: Array, motion: Array, at: int) -> None:
    motion[at + STILL_SINCE] = motion[at + STILL_LAST] = sight[S_AT]
    motion[at + STILL_LON], motion[at + STILL_LAT] = sight[S_LON], sight[S_LAT]
    motion[at + STILL_PINGS], motion[at + STILL_MOVED] = 1.0, 0.0


@compiled_inside
def _stay(sight: Array, motion: Array, at: int) -> None:
    """One more fix at the same place; the first few are averaged, as the first alone may still have been moving."""
    if motion[at + STILL_PINGS] < _AVERAGED_PINGS:
        pings = motion[at + STILL_PINGS] + 1.0
        motion[at + STILL_LON] += (sight[S_LON] - motion[at + STILL_LON]) / pings
        motion[at + STILL_LAT] += (sight[S_LAT] - motion[at + STILL_LAT]) / pings
        motion[at + STILL_PINGS] = pings
    motion[at + STILL_LAST], motion[at + STILL_MOVED] = sight[S_AT], 0.0


@compiled_inside
def _apart_m(sight: Array, motion: Array, at: int) -> float:
    dy = (sight[S_LAT] - motion[at + STILL_LAT]) * _M_PER_DEG
    dx = (sight[S_LON] - motion[at + STILL_LON]) * _M_PER_DEG * math.cos(math.radians(sight[S_LAT]))
    return math.hypot(dx, dy)
