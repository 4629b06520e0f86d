"""Off the planned corridor: evidence gathered fix by fix."""

from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tracking.courier_state import Corridor
from tracking.rules import TrackingRules

_LATERALS = 17
_LATERALS_LEAST = 5
_NOISE_MOST_M = 35.0
_NOISE_SDS = 3.0
_UNKNOWN_ACCURACY_M = 30.0
_MOVED_M = 5.0
_ERRS_TOGETHER_S = 5.0
_BESIDE_S = 20.0
_BESIDE_COSINE = 0.9
_SEES_TURNS_S = 10.0
_SAME_SPOT_M = 15.0
_DROPPED_SHARE = 0.18
_MEAN_TO_SD = 1.0 / (0.576 * 6.0**0.5)


def limit_m(corridor: Corridor, accuracy_m: float | None, rules: TrackingRules) -> float:
    """
    How far aside still counts as on the corridor: max(30 m, 2 x accuracy), wider when the fixes themselves scatter.

    Phones often give no accuracy, or a better one than they have. The scatter is judged by second differences of the
    signed offsets (noise makes them large, steady driving aside does not). Without the largest 18 %, which may be the
    departure itself, their mean is 0.576 sqrt(6) standard deviations of independent normal noise.
    """
    limit = max(rules.corridor_m, 2.0 * (accuracy_m or 0.0))
    laterals = corridor.laterals_m
    if len(laterals) < _LATERALS_LEAST:
        return limit if accuracy_m else max(limit, 2.0 * _UNKNOWN_ACCURACY_M)
    bends = [abs(a - 2.0 * b + c) for a, b, c in zip(laterals, laterals[1:], laterals[2:], strict=False)]
    kept = sorted(bends)[: max(1, round(len(bends) * (1.0 - _DROPPED_SHARE)))]
    noise_m = min(_NOISE_MOST_M, _MEAN_TO_SD * sum(kept) / len(kept))
    return max(limit, _NOISE_SDS * noise_m)


def off_corridor(corridor: Corridor, sight: Sight, is_open: bool, rules: TrackingRules) -> tuple[Corridor, Finding]:
    """
    Add one fix to the evidence of being off the corridor.

    score = max(0, score + clip((offset - limit) / 40, -1, 1)); opens at 1.2, closes when the courier is back for good.
    """
    laterals = corridor.laterals_m if sight.jumped else (*corridor.laterals_m, sight.lateral_m)[-_LATERALS:]
    step = max(-1.0, min(1.0, (sight.from_line_m - sight.limit_m) / rules.corridor_scale_m))
    inside = sight.on_line or sight.quiet
    step = min(0.0, step) if inside else min(max(0.0, step), _fresh_share(sight))
    before = corridor.score
    if corridor.laterals_m and corridor.laterals_m[-1] * sight.lateral_m < 0.0:
        # Far to the left, then far to the right: that is more like noise than like another street.
        before *= 0.5
    score = max(0.0, before + step)
    inside_pings = corridor.inside_pings + 1 if inside else 0
    since_ts = None if score == 0.0 else (corridor.outside_since_ts or sight.at_ts)
    if is_open:
        return _while_off(corridor, sight, score, since_ts, laterals, rules)
    after = Corridor(score, since_ts, inside_pings, laterals)
    if score >= rules.corridor_alarm and not inside:
        return after, Finding(Turn.OPENS, since_ts or sight.at_ts, sight.offset_m)
    return after, NOTHING


def _fresh_share(sight: Sight) -> float:
    """The most that one fix may add."""
    if sight.dt_s >= _SEES_TURNS_S:
        return 1.0
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
    if from_m is None or from_ts is None or sight.along_m < from_m - _MOVED_M:
        from_m, from_ts = sight.along_m, sight.at_ts
    driven = sight.along_m - from_m >= rules.corridor_clear_m
    stays = sight.at_ts - from_ts >= rules.corridor_clear_s
    if pings >= rules.corridor_clear_pings and (driven or stays or at_next):
        return Corridor(0.0, None, pings, laterals), Finding(Turn.CLOSES)
    return Corridor(score, since_ts, pings, laterals, from_m, from_ts), Finding(measure=sight.offset_m)
