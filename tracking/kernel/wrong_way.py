"""Going back along the planned line: evidence gathered fix by fix."""

from tracking.kernel.along_line import Array
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    AHEAD_PINGS,
    BACK_PINGS,
    CLOSES,
    CORRIDOR_M,
    FURTHEST,
    FURTHEST_AT,
    HALT,
    LOWEST,
    NO_TURN,
    OPENS,
    S_ALONG,
    S_AT,
    S_DEPARTED,
    S_DT,
    S_JUMPED,
    S_LAST_ALONG,
    S_LIMIT,
    S_NEAR_ENDS,
    S_NEAR_STOP,
    S_OFFSET,
    S_STANDS,
    STILL_LAST,
    STILL_SINCE,
    WRONG_WAY_M,
    WRONG_WAY_PINGS,
)

_MOVED_M = 5.0
_ASIDE_MORE_M = 30.0
_APART_S = 10.0
_LEAST_PINGS = 2.0
_SAME_SPOT_M = 15.0
_STANDS_S = 30.0


@compiled_inside
def wrong_way(sight: Array, quiet: bool, is_open: bool, rules: Array, motion: Array) -> tuple[float, float, float]:
    """Add one fix to the evidence of driving back along the line; the measure is metres gone back."""
    along_m = sight[S_ALONG]
    if sight[S_JUMPED] < 0.0 and not quiet:
        # Found again far behind, after a good way back along the line.
        gone_back_m = sight[S_LAST_ALONG] - along_m
        _put_way(sight[S_LAST_ALONG], sight[S_AT], along_m, rules[WRONG_WAY_PINGS], 0.0, motion)
        return NO_TURN if is_open else OPENS, sight[S_AT], gone_back_m
    if not is_open and not quiet and sight[S_JUMPED] == 0.0 and 0.0 < sight[S_OFFSET] - sight[S_LIMIT] <= _ASIDE_MORE_M:
        # A little aside for a moment is the noise of one fix: it proves nothing, and what was seen before stays.
        return NO_TURN, 0.0, 0.0
    step_m = along_m - sight[S_LAST_ALONG]
    if not is_open and _drives_back_past_a_stop(sight, step_m, motion):
        _put_way(motion[FURTHEST], motion[FURTHEST_AT], min(motion[LOWEST], along_m), motion[BACK_PINGS], 0.0, motion)
        return NO_TURN, 0.0, 0.0
    if sight[S_JUMPED] != 0.0 or quiet or not sight[S_OFFSET] <= sight[S_LIMIT]:
        _put_way(along_m, sight[S_AT], along_m, 0.0, 0.0, motion)
        return CLOSES if is_open else NO_TURN, 0.0, 0.0
    if sight[S_STANDS] > 0.0 and abs(step_m) <= _SAME_SPOT_M:
        # By the phone's own speed that was no step.
        step_m = 0.0
    back, ahead = motion[BACK_PINGS], motion[AHEAD_PINGS]
    if step_m < -_MOVED_M:
        back, ahead = back + 1.0, 0.0
    elif step_m > _MOVED_M:
        back, ahead = 0.0, ahead + 1.0
    lowest_m = min(motion[LOWEST], along_m)
    furthest_m, furthest_ts = motion[FURTHEST], motion[FURTHEST_AT]
    if is_open:
        if ahead >= 2.0 and along_m > lowest_m + 4.0 * _MOVED_M:
            _put_way(along_m, sight[S_AT], along_m, 0.0, 0.0, motion)
            return CLOSES, 0.0, 0.0
        _put_way(furthest_m, furthest_ts, lowest_m, back, ahead, motion)
        return NO_TURN, 0.0, furthest_m - along_m
    if along_m >= furthest_m:
        _put_way(along_m, sight[S_AT], along_m, back, ahead, motion)
        return NO_TURN, 0.0, 0.0
    _put_way(furthest_m, furthest_ts, lowest_m, back, ahead, motion)
    # Noise of the fixes moves the furthest place forward: a wide corridor asks for more metres.
    needed_m = rules[WRONG_WAY_M] + 2.0 * (sight[S_LIMIT] - rules[CORRIDOR_M])
    # Fixes far apart in time do not err together: one less of them says as much.
    needed_pings = max(_LEAST_PINGS, rules[WRONG_WAY_PINGS] - (1.0 if sight[S_DT] >= _APART_S else 0.0))
    if furthest_m - along_m >= needed_m and back >= needed_pings:
        return OPENS, furthest_ts, furthest_m - along_m
    return NO_TURN, 0.0, 0.0


@compiled_inside
def _drives_back_past_a_stop(sight: Array, step_m: float, motion: Array) -> bool:
    """
    Whether one who was going back along the line already is now beside a stop, and neither stands there nor turns.

    Who turns round beside a stop does what is usual there: nothing is known of him yet (no fix that went back).
    """
    beside = sight[S_NEAR_STOP] > 0.0 and sight[S_NEAR_ENDS] == 0.0 and sight[S_DEPARTED] > 0.0
    if not beside or sight[S_JUMPED] != 0.0 or not sight[S_OFFSET] <= sight[S_LIMIT]:
        return False
    stood_s = motion[HALT + STILL_LAST] - motion[HALT + STILL_SINCE]
    return bool(motion[BACK_PINGS] >= 1.0 and step_m <= _MOVED_M and not stood_s >= _STANDS_S)


@compiled_inside
def _put_way(furthest_m: float, at_ts: float, lowest_m: float, back: float, ahead: float, motion: Array) -> None:
    motion[FURTHEST], motion[FURTHEST_AT], motion[LOWEST] = furthest_m, at_ts, lowest_m
    motion[BACK_PINGS], motion[AHEAD_PINGS] = back, ahead
