"""Slow traffic: driving seconds against planned ones over the last minutes of driving, stops and stalls left out."""

import math

from tracking.kernel.along_line import Array, free_flow_at
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    ALONG,
    CLOSES,
    DRIVE,
    FLOWN,
    FURTHEST,
    GAP_S,
    MARK_COUNT,
    MARK_SIZE,
    MARKS,
    MARKS_KEPT,
    NO_TURN,
    OPENS,
    REACHED_M,
    S_ALONG,
    S_AT,
    S_DT,
    S_GAINED_FLOW,
    S_JUMPED,
    S_LIMIT,
    S_OFFSET,
    SPARE_S,
    TRAFFIC_CLOSE_FACTOR,
    TRAFFIC_LEAST_S,
    TRAFFIC_LOST_S,
    TRAFFIC_OPEN_FACTOR,
    TRAFFIC_WINDOW_S,
    USUAL_RATIO,
    USUAL_START,
    USUAL_TYPICAL,
    VISIT_ALONG,
)

_MARK_EVERY_S = 15.0
_STALE_S = 1200.0
_LIGHTS_S = 60.0
_CLOSE_WINDOW_S = 120.0
_HIGHEST_FACTOR = 20.0
_BEHIND_M = 50.0
_SCATTER_S = 27.0
_USUAL_DOUBT = 0.2
_SURE_SDS = 2.4
_WALKING_MPS = 1.0
_SPARE_S = 5.0
_BACK_M = 300.0
_SHORTEST_LEG_S = 30.0


@compiled_inside
def slow_traffic(
    sight: Array,
    quiet: bool,
    is_open: bool,
    stood_for_s: float,
    usual: Array,
    vertices: Array,
    planned: Array,
    rules: Array,
    motion: Array,
) -> tuple[float, float, float]:
    """
    Add the stretch since the last fix to the pace; the measure is the factor on planned seconds.

    `stood_for_s` is how long the courier has not moved: past a red light's length that is standing, not traffic. Nor is
    going back along the line. Time in which a courier does not come on even at walking pace does not count, but for a
    few seconds: two long red lights in a row lose as much as the first minutes of a jam, but a jam is slow between its
    halts as well. `usual` is the learned factor and what a leg costs besides its length, so that an ordinary rush hour
    is not news every day. Call it after `wrong_way`.
    """
    on_line = sight[S_OFFSET] <= sight[S_LIMIT] and sight[S_ALONG] >= motion[FURTHEST] - _BEHIND_M
    if quiet or sight[S_JUMPED] != 0.0 or not on_line or stood_for_s > _LIGHTS_S:
        return NO_TURN, 0.0, 0.0
    if not 0.0 < sight[S_DT] <= rules[GAP_S]:
        return NO_TURN, 0.0, 0.0
    drove_s = _drove_s(sight, motion)
    if drove_s <= 0.0:
        return NO_TURN, 0.0, 0.0
    motion[DRIVE] += drove_s
    motion[FLOWN] += max(0.0, sight[S_GAINED_FLOW]) * _stretch(sight[S_ALONG], vertices, planned, usual)
    count = int(motion[MARK_COUNT])
    if count == 0 or motion[DRIVE] - motion[MARKS + MARK_SIZE * (count - 1) + 1] >= _MARK_EVERY_S:
        _keep_marks(motion[DRIVE] - rules[TRAFFIC_WINDOW_S], sight[S_AT] - _STALE_S, MARKS_KEPT - 1, motion)
        at = MARKS + MARK_SIZE * int(motion[MARK_COUNT])
        motion[at], motion[at + 1], motion[at + 2] = sight[S_AT], motion[DRIVE], motion[FLOWN]
        motion[MARK_COUNT] += 1.0
    turn, since_ts, measure = _judge(is_open, usual[USUAL_RATIO], rules, motion)
    if turn == CLOSES:
        # The slow minutes are over: they must not speak for another jam.
        _keep_marks(motion[DRIVE] - _CLOSE_WINDOW_S, -math.inf, 1, motion)
    return turn, since_ts, measure


@compiled_inside
def _drove_s(sight: Array, motion: Array) -> float:
    """As many of the seconds since the last fix as walking pace explains by the metres that are new."""
    if sight[S_ALONG] < motion[REACHED_M] - _BACK_M:
        motion[REACHED_M] = sight[S_ALONG]
    gained_m = max(0.0, sight[S_ALONG] - motion[REACHED_M])
    spare_s = min(_SPARE_S + sight[S_DT], motion[SPARE_S] + gained_m / _WALKING_MPS)
    drove_s = min(sight[S_DT], spare_s)
    motion[REACHED_M], motion[SPARE_S] = motion[REACHED_M] + gained_m, spare_s - drove_s
    return float(drove_s)


@compiled_inside
def _stretch(along_m: float, vertices: Array, planned: Array, usual: Array) -> float:
    """By how much the planned seconds here are longer for what the leg costs besides its length; see `leg_starts`."""
    if usual[USUAL_START] <= 0.0:
        return float(1.0 / usual[USUAL_TYPICAL])
    begins_m, ends_m = 0.0, vertices[len(vertices) - 1, ALONG]
    for i in range(len(planned)):
        if planned[i, VISIT_ALONG] >= along_m:
            ends_m = planned[i, VISIT_ALONG]
            break
        begins_m = planned[i, VISIT_ALONG]
    leg_s = free_flow_at(vertices, ends_m) - free_flow_at(vertices, begins_m)
    more = usual[USUAL_START] / leg_s if leg_s >= _SHORTEST_LEG_S else 0.0
    return float((1.0 + more) / usual[USUAL_TYPICAL])


@compiled_inside
def _keep_marks(drive_from_s: float, from_ts: float, most: int, motion: Array) -> None:
    """Forget marks from before either clock, and the oldest beyond `most`."""
    count = int(motion[MARK_COUNT])
    kept = 0
    for i in range(count):
        at = MARKS + MARK_SIZE * i
        if motion[at + 1] >= drive_from_s and motion[at] >= from_ts:
            to = MARKS + MARK_SIZE * kept
            for j in range(MARK_SIZE):
                motion[to + j] = motion[at + j]
            kept += 1
    if kept > most:
        for i in range(MARK_SIZE * most):
            motion[MARKS + i] = motion[MARKS + MARK_SIZE * (kept - most) + i]
        kept = most
    motion[MARK_COUNT] = kept


@compiled_inside
def _factor_of(driven_s: float, planned_s: float) -> float:
    return min(_HIGHEST_FACTOR, driven_s / planned_s) if planned_s > 0.0 else _HIGHEST_FACTOR


@compiled_inside
def _judge(is_open: bool, usual: float, rules: Array, motion: Array) -> tuple[float, float, float]:
    count = int(motion[MARK_COUNT])
    if is_open:
        driven_s, planned_s = 0.0, 0.0
        for i in range(count):
            at = MARKS + MARK_SIZE * i
            if motion[DRIVE] - motion[at + 1] <= _CLOSE_WINDOW_S:
                driven_s, planned_s = motion[DRIVE] - motion[at + 1], motion[FLOWN] - motion[at + 2]
                break
        if driven_s < _CLOSE_WINDOW_S - _MARK_EVERY_S:
            return NO_TURN, 0.0, 0.0
        factor = _factor_of(driven_s, planned_s)
        if factor <= rules[TRAFFIC_CLOSE_FACTOR] * usual:
            return CLOSES, 0.0, 0.0
        return NO_TURN, 0.0, factor
    worst, worst_s = -1, -math.inf
    for i in range(count):
        lost_s = _lost_s(motion, MARKS + MARK_SIZE * i, rules[TRAFFIC_CLOSE_FACTOR] * usual)
        if lost_s > worst_s:
            worst, worst_s = MARKS + MARK_SIZE * i, lost_s
    if worst < 0:
        return NO_TURN, 0.0, 0.0
    # The jam began where most time has been lost since; the free minutes before it say nothing of it.
    driven_s, planned_s = motion[DRIVE] - motion[worst + 1], motion[FLOWN] - motion[worst + 2]
    factor = _factor_of(driven_s, planned_s)
    needed_s = max(rules[TRAFFIC_LOST_S], _SURE_SDS * _doubt_s(usual * planned_s))
    long_enough = driven_s >= rules[TRAFFIC_LEAST_S] and _lost_s(motion, worst, usual) >= needed_s
    if long_enough and factor >= rules[TRAFFIC_OPEN_FACTOR] * usual:
        return OPENS, motion[worst], factor
    return NO_TURN, 0.0, 0.0


@compiled_inside
def _lost_s(motion: Array, mark: int, usual: float) -> float:
    return float((motion[DRIVE] - motion[mark + 1]) - usual * (motion[FLOWN] - motion[mark + 2]))


@compiled_inside
def _doubt_s(expected_s: float) -> float:
    """
    One standard deviation of an ordinary drive that is expected to take so long.

    Lights and turns come one by one, so that their variance grows with the length: 27 s each second make three tenths
    of a drive of five minutes. A learned factor is itself wrong by a fifth.
    """
    return math.sqrt(_SCATTER_S * expected_s + (_USUAL_DOUBT * expected_s) ** 2)
