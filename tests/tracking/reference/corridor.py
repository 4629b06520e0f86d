"""Off the planned corridor: evidence gathered fix by fix."""

from msgspec import structs

from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tracking.courier_state import Corridor
from tracking.rules import TrackingRules

_LATERALS = 17
_LATERALS_LEAST = 3
_NOISE_MOST_M = 35.0
_NOISE_SDS = 3.0
_USUAL_NOISE_M = 10.0
_LEAST_NOISE_M = 4.0
_EXPECTED_COUNTS = 4.0
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


def limit_m(corridor: Corridor, accuracy_m: float | None, rules: TrackingRules) -> float:
    """
    How far aside still counts as on the corridor: max(30 m, 2 x accuracy), wider when the fixes themselves scatter.

    Phones often give no accuracy, or a better one than they have. The scatter is judged by second differences of the
    signed offsets (noise makes them large, steady driving aside does not). Without the largest 18 %, which may be the
    departure itself, their mean is 0.576 sqrt(6) standard deviations of independent normal noise. What the phone says,
    or 10 m where it says nothing, counts as four of them: the few offsets of a route's beginning prove little.
    """
    limit = max(rules.corridor_m, 2.0 * (accuracy_m or 0.0))
    laterals = corridor.laterals_m
    if len(laterals) < _LATERALS_LEAST:
        return limit
    bends = [abs(a - 2.0 * b + c) for a, b, c in zip(laterals, laterals[1:], laterals[2:], strict=False)]
    kept = sorted(bends)[: max(1, round(len(bends) * (1.0 - _DROPPED_SHARE)))]
    expected_m = max(_LEAST_NOISE_M, accuracy_m) if accuracy_m else _USUAL_NOISE_M
    seen_m = (_EXPECTED_COUNTS * expected_m + _MEAN_TO_SD * sum(kept)) / (_EXPECTED_COUNTS + len(kept))
    noise_m = min(_NOISE_MOST_M, seen_m)
    return max(limit, _NOISE_SDS * noise_m)


def off_corridor(corridor: Corridor, sight: Sight, is_open: bool, rules: TrackingRules) -> tuple[Corridor, Finding]:
    """
    Add one fix to the evidence of being off the corridor.

    score = max(0, score + clip((offset - limit) / 40, -1, 1)); opens at 1.2, closes when the courier is back for good.
    """
    far_m = max(rules.far_off_m, sight.limit_m)
    laterals = corridor.laterals_m
    if not sight.jumped and sight.offset_m <= far_m:
        laterals = (*laterals, sight.lateral_m)[-_LATERALS:]
    swaps = bool(corridor.laterals_m) and corridor.laterals_m[-1] * sight.lateral_m < 0.0
    leapt_m, sure = _leap(corridor, sight)
    off_m = sight.from_line_m
    if off_m > sight.limit_m and sight.offset_m > far_m:
        off_m = sight.offset_m
    most = _SURE_STEP if sure else 1.0
    step = max(-1.0, min(most, (off_m - leapt_m - sight.limit_m) / rules.corridor_scale_m))
    inside = sight.on_line or (sight.near_stop if sight.leaves else sight.quiet)
    if inside:
        step = min(0.0, step)
    else:
        step = min(max(0.0, step) * min(1.0, sight.dt_s / _ERRS_TOGETHER_S), _fresh_share(sight, most))
        begun = corridor.score >= _BEGUN_SHARE * rules.corridor_alarm
        if begun and off_m <= sight.limit_m and sight.offset_m > _FURTHER_THAN_NOISE * far_m:
            step, swaps = min(1.0, sight.dt_s / _STAYS_AWAY_S), False
    before = corridor.score
    if swaps:
        # Far to the left, then far to the right: that is more like noise than like another street.
        before *= 0.5
    score = max(0.0, before + step)
    inside_pings = corridor.inside_pings + 1 if inside else 0
    since_ts = None if score == 0.0 else (corridor.outside_since_ts or sight.at_ts)
    if is_open:
        after, finding = _while_off(corridor, sight, score, since_ts, laterals, rules)
        return structs.replace(after, leapt_m=leapt_m, speed_mps=sight.speed_mps), finding
    after = Corridor(score, since_ts, inside_pings, laterals, leapt_m=leapt_m, speed_mps=sight.speed_mps)
    if score >= rules.corridor_alarm and not inside:
        return after, Finding(Turn.OPENS, since_ts or sight.at_ts, sight.offset_m)
    return after, NOTHING


def _leap(corridor: Corridor, sight: Sight) -> tuple[float, bool]:
    """How many of the metres aside came by a leap longer than the phone's own speed allows; whether one fix may do."""
    leapt_m = max(0.0, corridor.leapt_m - _LEAP_FADES_MPS * sight.dt_s)
    if sight.speed_mps is None or corridor.speed_mps is None or sight.jumped:
        return leapt_m, False
    fastest_mps = max(sight.speed_mps, corridor.speed_mps)
    if sight.moved_m > _LEAP_FACTOR * fastest_mps * sight.dt_s + _LEAP_MORE_M + sight.accuracy_m:
        aside_m = sight.offset_m - sight.last_offset_m
        return (max(leapt_m, min(sight.moved_m, aside_m)) if aside_m > 0.0 else 0.0), False
    turned_off = sight.goes and not (sight.beside is not None and sight.beside >= _TURNED_OFF_COSINE)
    return leapt_m, turned_off and leapt_m < _MOVED_M


def _fresh_share(sight: Sight, most: float) -> float:
    """The most that one fix may add."""
    if sight.dt_s >= _SEES_TURNS_S:
        return most
    if sight.stands and sight.moved_m <= _SAME_SPOT_M:
        return 0.0
    beside = sight.stands or (sight.beside is not None and sight.beside >= _BESIDE_COSINE)
    return min(1.0, sight.dt_s / (_BESIDE_S if beside else _ERRS_TOGETHER_S))


def _while_off(
    before: Corridor,
    sight: Sight,
    score: float,
    since_ts: float | None,
    laterals: tuple[float, ...],
    rules: TrackingRules,
) -> tuple[Corridor, Finding]:
    """
    Back on the route is who drives along it again, stays on it for a while, or has come to the next stop.

    A detour crosses the line and touches it; two fixes inside are no return.
    """
    at_next = sight.next_stop_m <= rules.arrive_radius_m
    if not (sight.on_line or at_next):
        return Corridor(score, since_ts, 0, laterals), Finding(measure=sight.offset_m)
    pings, from_m, from_ts = before.inside_pings + 1, before.inside_from_m, before.inside_since_ts
    if from_m is None or from_ts is None or sight.along_m < from_m - sight.limit_m:
        from_m, from_ts = sight.along_m, sight.at_ts
    driven = sight.along_m - from_m >= rules.corridor_clear_m
    stays = sight.at_ts - from_ts >= rules.corridor_clear_s
    if pings >= rules.corridor_clear_pings and (driven or stays or at_next):
        return Corridor(0.0, None, pings, laterals), Finding(Turn.CLOSES)
    return Corridor(score, since_ts, pings, laterals, from_m, from_ts), Finding(measure=sight.offset_m)
