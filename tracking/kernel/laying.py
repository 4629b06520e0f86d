"""A fix laid onto the line: near the last place, or anywhere on it when it is far from there."""

import math

from tracking.kernel.along_line import Array, on_segment, on_whole_segment, only_point, segment_at
from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import (
    ACCURACY,
    ALONG,
    AT,
    BEARING,
    FAR_OFF_M,
    HEADING_X,
    HEADING_Y,
    LAT,
    LON,
    LOOK_AHEAD_M,
    LOOK_BACK_M,
    M_PER_DEG_LAT,
    M_PER_DEG_LON,
    ORIGIN_LAT,
    ORIGIN_LON,
    PLACE_ALONG,
    PLACE_AT,
    PLACE_LAT,
    PLACE_LON,
    PLACE_OFFSET,
    PLACE_ON,
    REJOIN,
    REJOIN_FROM,
    REJOIN_PINGS,
    SPEED,
    START_RADIUS_M,
    VISIT_ALONG,
    X,
    Y,
)

BEARING_FROM_MPS = 1.5
"""Slower than this the direction that a phone says is noise, metres a second."""

_FASTEST_ON_ROADS_MPS = 40.0
_STRAY_SHARE = 0.3
_STRAY_MOST_M = 45.0
_HEADING_KEPT = 0.6
_TURNED_ROUND_M = 40.0
_PAST_A_STOP_M = 15.0
_JUMPS_A_STOP_M = 60.0
_SAME_PLACE_M = 80.0
_FIRST_FIX_PER_M = 0.002
_RETURNS_MPS = 20.0
_REJOINS_PINGS = 3
_REJOINS_M = 150.0
_REJOINS_PAST_A_STOP_M = 300.0
_PER_STOP_MORE_M = 150.0
_DRIVEN_FACTOR = 1.5
_DRIVEN_MORE_M = 50.0
_NEVER_DRIVEN_M = 60.0
_BESIDE_SHARE = 0.5
_SAME_M = 1e-6
_ANY_COSINE = 2.0
_GOES_BACK_COSINE = -0.5
_GOES_ALONG_COSINE = 0.5


@compiled_inside
def locate(
    fix: Array,
    x: float,
    y: float,
    begin_m: float,
    end_m: float,
    limit_m: float,
    head: Array,
    vertices: Array,
    planned: Array,
    rules: Array,
    motion: Array,
) -> tuple[float, float, float, float]:
    """
    Move the place of `motion` on by one fix; metres aside (left is positive), and 1.0 when it jumped, else 0.0.
    -1.0 is a jump to a place behind, along which the courier has gone back for a while.

    Then metres to the nearest place of the whole line, and how much the phone says it goes along the line beside which
    it is: a cosine, NaN when the phone does not say, or is not beside the line but past its bend.

    `begin_m` and `end_m` bound the stretch driven now: the stop made last, the next one.
    """
    if math.isnan(motion[PLACE_AT]):
        aside_m, jumped = _first(fix, x, y, vertices, rules[START_RADIUS_M], motion)
        return aside_m, jumped, aside_m, math.nan
    dx = x - (motion[PLACE_LON] - head[ORIGIN_LON]) * head[M_PER_DEG_LON]
    dy = y - (motion[PLACE_LAT] - head[ORIGIN_LAT]) * head[M_PER_DEG_LAT]
    metres = math.hypot(dx, dy)
    speed_mps = 0.0 if math.isnan(fix[SPEED]) else min(fix[SPEED], _FASTEST_ON_ROADS_MPS)
    motion[HEADING_X] = _HEADING_KEPT * motion[HEADING_X] + dx
    motion[HEADING_Y] = _HEADING_KEPT * motion[HEADING_Y] + dy
    unit_x, unit_y = _direction(fix, dx, dy, metres, speed_mps, motion)
    last_m = motion[PLACE_ALONG]
    by_speed_m = speed_mps * max(0.0, fix[AT] - motion[PLACE_AT])
    reach_m = max(by_speed_m, 1.3 * metres)
    most_m = math.inf if math.isnan(fix[SPEED]) else _DRIVEN_FACTOR * max(by_speed_m, metres) + _DRIVEN_MORE_M
    from_m = last_m - rules[LOOK_BACK_M]
    near = _scan(
        vertices, x, y, from_m, last_m + reach_m + rules[LOOK_AHEAD_M],
        last_m, metres, by_speed_m, most_m, unit_x, unit_y, begin_m, end_m, limit_m, _ANY_COSINE,
    )  # fmt: skip
    beside = math.nan if math.isnan(fix[BEARING]) or speed_mps < BEARING_FROM_MPS else near[5]
    far_m = max(rules[FAR_OFF_M], limit_m)
    is_known = unit_x != 0.0 or unit_y != 0.0
    if is_known and (near[0] > far_m or reach_m > rules[LOOK_BACK_M]):
        # Nothing is near ahead: in a bend the direction lags behind, so that not going along the line is enough.
        back_cosine = 0.0 if near[0] > far_m else _GOES_BACK_COSINE
        back = _scan(
            vertices, x, y, from_m - reach_m, last_m,
            last_m, metres, by_speed_m, most_m, unit_x, unit_y, begin_m, end_m, limit_m, back_cosine,
        )  # fmt: skip
        if back[4] > 0.0 and (near[0] > far_m or back[6] < near[6]):
            # Far behind the last place, going back along the line: fast driving the wrong way, not a detour.
            near = back
    if near[0] > far_m:
        aside_m, jumped, from_line_m = _far_off(
            fix, x, y, near[1], metres, unit_x, unit_y, begin_m, end_m, limit_m, vertices, planned, motion
        )
        return aside_m, jumped, from_line_m, beside
    _put(fix, near[2], near[0], motion)
    return near[3], 0.0, near[0], beside


@compiled_inside
def _direction(fix: Array, dx: float, dy: float, metres: float, speed_mps: float, motion: Array) -> tuple[float, float]:
    """Where the courier goes: by the phone, by this step, or by several steps together; zeros when not known."""
    accuracy_m = 10.0 if math.isnan(fix[ACCURACY]) or fix[ACCURACY] == 0.0 else fix[ACCURACY]
    clear_m = max(15.0, 1.5 * accuracy_m)
    heading_m = math.hypot(motion[HEADING_X], motion[HEADING_Y])
    if not math.isnan(fix[BEARING]) and speed_mps >= BEARING_FROM_MPS:
        angle = math.radians(fix[BEARING])
        return math.sin(angle), math.cos(angle)
    if metres > clear_m:
        return dx / metres, dy / metres
    if heading_m > clear_m:
        return motion[HEADING_X] / heading_m, motion[HEADING_Y] / heading_m
    return 0.0, 0.0


@compiled_inside
def _scan(
    vertices: Array,
    x: float,
    y: float,
    from_m: float,
    to_m: float,
    last_m: float,
    moved_m: float,
    by_speed_m: float,
    driven_most_m: float,
    unit_x: float,
    unit_y: float,
    begin_m: float,
    end_m: float,
    limit_m: float,
    most_cosine: float,
) -> tuple[float, float, float, float, float, float, float]:
    """
    The candidates of a window: metres to the nearest and its signed metres aside, place and metres aside of the best.

    Then 1.0 when one of them within `limit_m` was driven along backwards, the cosine to the nearest, see `locate`, and
    the doubt about the best. Only stretches whose direction has at most `most_cosine` to the courier's are looked at.
    """
    last = len(vertices) - 1
    if last == 0:
        away_m = only_point(vertices, x, y)
        return away_m, away_m, 0.0, away_m, 0.0, math.nan, away_m
    from_m = min(max(from_m, 0.0), vertices[last, ALONG])
    to_m = min(max(to_m, from_m), vertices[last, ALONG])
    first = min(segment_at(vertices, from_m), last - 1)
    nearest_m, nearest_aside_m, least, best_m, best_aside_m, backwards = math.inf, 0.0, math.inf, 0.0, 0.0, 0.0
    most_m, least_m = 1.5 * moved_m + _PAST_A_STOP_M, 0.5 * moved_m - _PAST_A_STOP_M
    turns_m = _DRIVEN_FACTOR * max(by_speed_m, moved_m) + _DRIVEN_MORE_M
    is_known = unit_x != 0.0 or unit_y != 0.0
    beside = math.nan
    for i in range(first, last):
        if vertices[i, ALONG] > to_m and i > first:
            break
        along_m, aside_m, away_m, way_x, way_y = on_segment(vertices, i, x, y, from_m, to_m)
        cosine = unit_x * way_x + unit_y * way_y
        if cosine > most_cosine:
            continue
        goes_back = cosine < _GOES_BACK_COSINE or most_cosine < 1.0
        if away_m < nearest_m - _SAME_M:
            # At a bend two stretches are as near as each other: the earlier one, whatever the last digits say.
            nearest_m, nearest_aside_m = away_m, aside_m
            past_m = (x - vertices[i, X]) * way_x + (y - vertices[i, Y]) * way_y - (along_m - vertices[i, ALONG])
            beside = cosine if abs(past_m) <= _BESIDE_SHARE * away_m else math.nan
        if away_m <= limit_m and goes_back:
            backwards = 1.0
        step_m = along_m - last_m
        # Who goes back along the line is as far behind as was driven.
        stray_m = max(abs(step_m) - most_m if goes_back else max(step_m - most_m, least_m - step_m), 0.0)
        score = away_m + min(_STRAY_MOST_M, _STRAY_SHARE * stray_m)
        if step_m > driven_most_m:
            score += _NEVER_DRIVEN_M
        if is_known:
            score += _TURNED_ROUND_M / 2 * (1.0 - cosine)
        if along_m > end_m + _PAST_A_STOP_M:
            # Who turned round at the stop drove further than the step is long; the direction says that it was past it.
            continuous = step_m <= (turns_m if cosine > _GOES_ALONG_COSINE else most_m)
            score += _PAST_A_STOP_M if continuous else _JUMPS_A_STOP_M
        elif along_m < begin_m - _PAST_A_STOP_M:
            score += _PAST_A_STOP_M
        if score < least:
            least, best_m, best_aside_m = score, along_m, aside_m
    return nearest_m, nearest_aside_m, best_m, best_aside_m, backwards, beside, least


@compiled_inside
def _first(
    fix: Array, x: float, y: float, vertices: Array, start_radius_m: float, motion: Array
) -> tuple[float, float]:
    """The earlier of two places as near as each other; near the start the first stretch: a round trip ends there."""
    at_start = math.hypot(x, y) <= start_radius_m
    least, best_m, best_away_m = math.inf, 0.0, 0.0
    if len(vertices) == 1:
        best_away_m = only_point(vertices, x, y)
    for i in range(len(vertices) - 1):
        away_m, along_m = on_whole_segment(vertices, i, x, y)
        doubt = away_m + _FIRST_FIX_PER_M * along_m
        if at_start and along_m > 2.0 * start_radius_m:
            doubt += 1e6
        if doubt < least:
            least, best_m, best_away_m = doubt, along_m, away_m
    _put(fix, best_m, best_away_m, motion)
    motion[HEADING_X] = motion[HEADING_Y] = 0.0
    return best_away_m, 1.0


@compiled_inside
def _far_off(
    fix: Array,
    x: float,
    y: float,
    aside_m: float,
    moved_m: float,
    unit_x: float,
    unit_y: float,
    begin_m: float,
    end_m: float,
    limit_m: float,
    vertices: Array,
    planned: Array,
    motion: Array,
) -> tuple[float, float, float]:
    """
    Far from the place: keep it until the courier is back on the stretch that was left.

    Another part of the line has to be driven along for a while: a detour may cross a later leg, or share its street.
    So has a part behind, backwards. Gives metres aside, 1.0 when the place jumped (-1.0: going back), and metres to the
    nearest place of the whole line.
    """
    last_m = motion[PLACE_ALONG]
    from_m = max(last_m - _SAME_PLACE_M, begin_m - _SAME_PLACE_M)
    reach_m = max(last_m, begin_m) + _RETURNS_MPS * (fix[AT] - motion[PLACE_ON])
    to_m = min(reach_m, end_m + _PAST_A_STOP_M)
    on_leg_m, on_leg_away_m = 0.0, math.inf
    least, along_m, away_m, nearest_m = math.inf, 0.0, math.inf, math.inf
    cosine, goes_back = 0.0, False
    for i in range(max(1, len(vertices) - 1)):
        there_m, there_away_m = 0.0, 0.0
        if len(vertices) == 1:
            there_away_m = only_point(vertices, x, y)
        else:
            there_away_m, there_m = on_whole_segment(vertices, i, x, y)
        if from_m <= there_m <= to_m and there_away_m < on_leg_away_m:
            on_leg_m, on_leg_away_m = there_m, there_away_m
        nearest_m = min(nearest_m, there_away_m)
        doubt = there_away_m + 0.005 * abs(there_m - last_m)
        if there_away_m > limit_m:
            doubt += 1e6
        else:
            cosine = _cosine_of(vertices, i, unit_x, unit_y)
            doubt -= _TURNED_ROUND_M / 2 * cosine
        if doubt < least:
            least, along_m, away_m = doubt, there_m, there_away_m
            goes_back = there_away_m <= limit_m and cosine < _GOES_BACK_COSINE
    if on_leg_away_m <= limit_m:
        # Back on the stretch that was left, no stop in between: nothing to doubt.
        _put(fix, on_leg_m, on_leg_away_m, motion)
        return on_leg_away_m, 1.0, nearest_m
    if away_m > limit_m:
        _wait(fix, aside_m, motion)
        motion[REJOIN] = math.nan
        motion[REJOIN_FROM] = motion[REJOIN_PINGS] = 0.0
        return aside_m, 0.0, nearest_m
    rejoin_from_m, pings = along_m, 1.0
    step_m = along_m - motion[REJOIN]
    if -_SAME_PLACE_M <= (-step_m if goes_back else step_m) <= 2.0 * moved_m + _SAME_PLACE_M:
        rejoin_from_m, pings = motion[REJOIN_FROM], motion[REJOIN_PINGS] + 1.0
    passed = 0
    for i in range(len(planned)):
        if end_m <= planned[i, VISIT_ALONG] < along_m:
            passed += 1
    # The more stops a place on the line would leave out, the less likely it is.
    needed_m = _REJOINS_PAST_A_STOP_M + (passed - 1) * _PER_STOP_MORE_M if passed else _REJOINS_M
    if pings >= _REJOINS_PINGS and along_m - rejoin_from_m >= needed_m:
        _put(fix, along_m, away_m, motion)
        return away_m, 1.0, nearest_m
    if goes_back and pings >= _REJOINS_PINGS and along_m < last_m and rejoin_from_m - along_m >= _REJOINS_M:
        _put(fix, along_m, away_m, motion)
        return away_m, -1.0, nearest_m
    _wait(fix, aside_m, motion)
    motion[REJOIN], motion[REJOIN_FROM], motion[REJOIN_PINGS] = along_m, rejoin_from_m, pings
    return aside_m, 0.0, nearest_m


@compiled_inside
def _cosine_of(vertices: Array, i: int, unit_x: float, unit_y: float) -> float:
    """The cosine between a direction and that of a segment; 0 where one of them is not known."""
    if len(vertices) == 1:
        return 0.0
    dx, dy = vertices[i + 1, X] - vertices[i, X], vertices[i + 1, Y] - vertices[i, Y]
    long_m = math.hypot(dx, dy)
    return float((unit_x * dx + unit_y * dy) / long_m) if long_m > 0.0 else 0.0


@compiled_inside
def _put(fix: Array, along_m: float, offset_m: float, motion: Array) -> None:
    """On the line, here."""
    motion[PLACE_AT], motion[PLACE_LON], motion[PLACE_LAT] = fix[AT], fix[LON], fix[LAT]
    motion[PLACE_ALONG], motion[PLACE_OFFSET], motion[PLACE_ON] = along_m, offset_m, fix[AT]
    motion[REJOIN] = math.nan
    motion[REJOIN_FROM] = motion[REJOIN_PINGS] = 0.0


@compiled_inside
def _wait(fix: Array, aside_m: float, motion: Array) -> None:
    """Off the line: the place on it stays where it was left."""
    motion[PLACE_AT], motion[PLACE_LON], motion[PLACE_LAT] = fix[AT], fix[LON], fix[LAT]
    motion[PLACE_OFFSET] = abs(aside_m)
