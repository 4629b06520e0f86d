"""Off the planned corridor: evidence gathered fix by fix."""

import math

from tracking.kernel.along_line import Array
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    ARRIVE_RADIUS_M,
    CLOSES,
    CORRIDOR_ALARM,
    CORRIDOR_CLEAR_M,
    CORRIDOR_CLEAR_PINGS,
    CORRIDOR_CLEAR_S,
    CORRIDOR_M,
    CORRIDOR_SCALE_M,
    FAR_OFF_M,
    INSIDE_FROM,
    INSIDE_PINGS,
    INSIDE_SINCE,
    LAST_SPEED,
    LATERAL_COUNT,
    LATERALS,
    LATERALS_KEPT,
    LEAPT,
    NO_TURN,
    OPENS,
    OUTSIDE_SINCE,
    S_ACCURACY,
    S_ALONG,
    S_AT,
    S_BESIDE,
    S_DT,
    S_FROM_LINE,
    S_GOES,
    S_JUMPED,
    S_LAST_OFFSET,
    S_LATERAL,
    S_LIMIT,
    S_MOVED,
    S_NEXT_STOP,
    S_OFFSET,
    S_SPEED,
    S_STANDS,
    SCORE,
)

_NOISE_MOST_M = 35.0
_NOISE_SDS = 3.0
_USUAL_NOISE_M = 10.0
_LEAST_NOISE_M = 4.0
_EXPECTED_COUNTS = 4.0
_LATERALS_LEAST = 3
_MOVED_M = 5.0
_ERRS_TOGETHER_S = 5.0
_BESIDE_S = 20.0
_BESIDE_COSINE = 0.9
_TURNED_OFF_COSINE = 0.7
_SURE_STEP = 1.2
_LEAP_FACTOR = 1.2
_LEAP_MORE_M = 15.0
_LEAP_FADES_MPS = 1.0
_SEES_TURNS_S = 10.0
_SAME_SPOT_M = 15.0
_BEGUN_SHARE = 0.5
_STAYS_AWAY_S = 30.0
_FURTHER_THAN_NOISE = 2.0
_DROPPED_SHARE = 0.18
_MEAN_TO_SD = 1.0 / (0.576 * 6.0**0.5)


@compiled_inside
def limit_m(accuracy_m: float, rules: Array, motion: Array, bends: Array) -> float:
    """
    How far aside still counts as on the corridor: max(30 m, 2 x accuracy), wider when the fixes themselves scatter.

    Phones often give no accuracy, or a better one than they have. The scatter is judged by second differences of the
    signed offsets (noise makes them large, steady driving aside does not). Without the largest 18 %, which may be the
    departure itself, their mean is 0.576 sqrt(6) standard deviations of independent normal noise. What the phone says,
    or 10 m where it says nothing, counts as four of them: the few offsets of a route's beginning prove little.
    """
    known = not math.isnan(accuracy_m) and accuracy_m != 0.0
    limit = max(rules[CORRIDOR_M], 2.0 * accuracy_m if known else 0.0)
    count = int(motion[LATERAL_COUNT])
    if count < _LATERALS_LEAST:
        return float(limit)
    for i in range(count - 2):
        bend = abs(motion[LATERALS + i] - 2.0 * motion[LATERALS + i + 1] + motion[LATERALS + i + 2])
        j = i
        while j > 0 and bends[j - 1] > bend:
            bends[j] = bends[j - 1]
            j -= 1
        bends[j] = bend
    kept = max(1, round((count - 2) * (1.0 - _DROPPED_SHARE)))
    total = 0.0
    for i in range(kept):
        total += bends[i]
    expected_m = max(_LEAST_NOISE_M, accuracy_m) if known else _USUAL_NOISE_M
    seen_m = (_EXPECTED_COUNTS * expected_m + _MEAN_TO_SD * total) / (_EXPECTED_COUNTS + kept)
    noise_m = min(_NOISE_MOST_M, seen_m)
    return float(max(limit, _NOISE_SDS * noise_m))


@compiled_inside
def keep_lateral(sight: Array, far_m: float, motion: Array) -> bool:
    """
    Remember the signed metres aside; whether they are on the other side than those before.

    Beyond `far_m` they are those of a courier somewhere else, and say nothing of how much the fixes scatter.
    """
    count = int(motion[LATERAL_COUNT])
    swaps = count > 0 and motion[LATERALS + count - 1] * sight[S_LATERAL] < 0.0
    if sight[S_JUMPED] != 0.0 or sight[S_OFFSET] > far_m:
        return swaps
    if count == LATERALS_KEPT:
        for i in range(count - 1):
            motion[LATERALS + i] = motion[LATERALS + i + 1]
        count -= 1
    motion[LATERALS + count] = sight[S_LATERAL]
    motion[LATERAL_COUNT] = count + 1
    return swaps


@compiled_inside
def off_corridor(sight: Array, quiet: bool, is_open: bool, rules: Array, motion: Array) -> tuple[float, float, float]:
    """
    Add one fix to the evidence of being off the corridor; the turn, since when, and the measure.

    score = max(0, score + clip((offset - limit) / 40, -1, 1)); opens at 1.2, closes when the courier is back for good.
    The offset is that from the whole line: another part of it may be driven out of turn, but it is planned, which says
    neither yes nor no. Who is beside that part too, and far from the leg driven now, is off by the distance to the leg.
    Who was seen beside all parts, and then goes along another one, further from his own leg than reflections show, was
    no noise.
    How much one fix may add says `_fresh_share`; what came by a leap that nobody drives does not count, see `_leap`.
    """
    far_m = max(rules[FAR_OFF_M], sight[S_LIMIT])
    swaps = keep_lateral(sight, far_m, motion)
    sure = _leap(sight, motion)
    off_m = sight[S_FROM_LINE]
    if off_m > sight[S_LIMIT] and sight[S_OFFSET] > far_m:
        off_m = sight[S_OFFSET]
    most = _SURE_STEP if sure else 1.0
    step = max(-1.0, min(most, (off_m - motion[LEAPT] - sight[S_LIMIT]) / rules[CORRIDOR_SCALE_M]))
    inside = sight[S_OFFSET] <= sight[S_LIMIT] or quiet
    if inside:
        step = min(0.0, step)
    else:
        # Fixes that follow one another closely err together: five of them say what one says each five seconds.
        step = min(max(0.0, step) * min(1.0, sight[S_DT] / _ERRS_TOGETHER_S), _fresh_share(sight, most))
        begun = motion[SCORE] >= _BEGUN_SHARE * rules[CORRIDOR_ALARM]
        if begun and off_m <= sight[S_LIMIT] and sight[S_OFFSET] > _FURTHER_THAN_NOISE * far_m:
            step, swaps = min(1.0, sight[S_DT] / _STAYS_AWAY_S), False
    # Far to the left, then far to the right: that is more like noise than like another street.
    before = 0.5 * motion[SCORE] if swaps else motion[SCORE]
    score = max(0.0, before + step)
    since = motion[OUTSIDE_SINCE]
    if score == 0.0:
        since = math.nan
    elif math.isnan(since):
        since = sight[S_AT]
    if is_open:
        return _while_off(sight, score, since, rules, motion)
    pings = motion[INSIDE_PINGS] + 1.0 if inside else 0.0
    _put(score, since, pings, math.nan, math.nan, motion)
    if score >= rules[CORRIDOR_ALARM] and not inside:
        return OPENS, since, sight[S_OFFSET]
    return NO_TURN, 0.0, 0.0


@compiled_inside
def _leap(sight: Array, motion: Array) -> bool:
    """
    Keep how many of the metres aside came by a leap longer than the phone's own speed allows; whether one fix may do.

    The speed is measured by other means than the place (Doppler), which reflections disturb less. The doubt fades, for
    who stays aside is aside, and ends with the leap back. One fix far aside is enough where the way there was possible
    and the phone itself goes another way than the line beside which it is seen.
    """
    speed_mps, last_mps = sight[S_SPEED], motion[LAST_SPEED]
    motion[LAST_SPEED] = speed_mps
    motion[LEAPT] = max(0.0, motion[LEAPT] - _LEAP_FADES_MPS * sight[S_DT])
    if math.isnan(speed_mps) or math.isnan(last_mps) or sight[S_JUMPED] != 0.0:
        return False
    possible_m = _LEAP_FACTOR * max(speed_mps, last_mps) * sight[S_DT] + _LEAP_MORE_M + sight[S_ACCURACY]
    if sight[S_MOVED] > possible_m:
        aside_m = sight[S_OFFSET] - sight[S_LAST_OFFSET]
        motion[LEAPT] = max(motion[LEAPT], min(sight[S_MOVED], aside_m)) if aside_m > 0.0 else 0.0
        return False
    turned_off = not math.isnan(sight[S_GOES]) and not sight[S_BESIDE] >= _TURNED_OFF_COSINE
    return bool(turned_off and motion[LEAPT] < _MOVED_M)


@compiled_inside
def _fresh_share(sight: Array, most: float) -> float:
    """
    The most that one fix may add, by the time since the last one.

    Who goes beside the line, as the phone's own direction says, without having turned off, is more likely seen through
    reflections than on the next street. So is who leaps aside and stands, as the phone's own speed says; the fixes of
    the same stand after it say the same once more, which is nothing new.
    """
    if sight[S_DT] >= _SEES_TURNS_S:
        return most
    if sight[S_STANDS] > 0.0 and sight[S_MOVED] <= _SAME_SPOT_M:
        return 0.0
    beside = sight[S_BESIDE] >= _BESIDE_COSINE or sight[S_STANDS] > 0.0
    return float(min(1.0, sight[S_DT] / (_BESIDE_S if beside else _ERRS_TOGETHER_S)))


@compiled_inside
def _while_off(sight: Array, score: float, since: float, rules: Array, motion: Array) -> tuple[float, float, float]:
    """
    Back on the route is who drives along it again, stays on it for a while, or has come to the next stop.

    A detour crosses the line and touches it; two fixes inside are no return.
    """
    at_next = sight[S_NEXT_STOP] <= rules[ARRIVE_RADIUS_M]
    if not (sight[S_OFFSET] <= sight[S_LIMIT] or at_next):
        _put(score, since, 0.0, math.nan, math.nan, motion)
        return NO_TURN, 0.0, sight[S_OFFSET]
    pings, from_m, from_ts = motion[INSIDE_PINGS] + 1.0, motion[INSIDE_FROM], motion[INSIDE_SINCE]
    if math.isnan(from_m) or math.isnan(from_ts) or sight[S_ALONG] < from_m - sight[S_LIMIT]:
        from_m, from_ts = sight[S_ALONG], sight[S_AT]
    driven = sight[S_ALONG] - from_m >= rules[CORRIDOR_CLEAR_M]
    stays = sight[S_AT] - from_ts >= rules[CORRIDOR_CLEAR_S]
    if pings >= rules[CORRIDOR_CLEAR_PINGS] and (driven or stays or at_next):
        _put(0.0, math.nan, pings, math.nan, math.nan, motion)
        return CLOSES, 0.0, 0.0
    _put(score, since, pings, from_m, from_ts, motion)
    return NO_TURN, 0.0, sight[S_OFFSET]


@compiled_inside
def forget_outside(motion: Array) -> None:
    """Begin the evidence anew; what says how noisy the fixes are stays."""
    _put(0.0, math.nan, 0.0, math.nan, math.nan, motion)


@compiled_inside
def _put(score: float, since: float, pings: float, from_m: float, from_ts: float, motion: Array) -> None:
    motion[SCORE], motion[OUTSIDE_SINCE], motion[INSIDE_PINGS] = score, since, pings
    motion[INSIDE_FROM], motion[INSIDE_SINCE] = from_m, from_ts
