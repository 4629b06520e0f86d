"""One fix after another: laid onto the line, shown to each detector, kept in the motion."""

import math

from tracking.kernel.along_line import Array, free_flow_at
from tracking.kernel.compiling import compiled, compiled_inside
from tracking.kernel.evidence import forget_outside, limit_m, off_corridor
from tracking.kernel.laying import BEARING_FROM_MPS, locate
from tracking.kernel.layout import (
    ACCURACY,
    ALONG,
    ARRIVE_RADIUS_M,
    ARRIVED,
    AT,
    AWAY_M,
    AWAY_PINGS,
    BEARING,
    BREAK_S,
    CLOCK_MATTERS,
    CLOSES,
    DEPARTED,
    DEPARTS,
    DONE,
    E_LAT,
    E_LON,
    E_MEASURE,
    E_OPEN,
    E_SINCE,
    E_TURN,
    EPISODE_SIZE,
    EPISODES,
    EPISODES_CHANGED,
    HALT,
    LAT,
    LON,
    M_PER_DEG_LAT,
    M_PER_DEG_LON,
    NEAR_VISIT,
    NO_TURN,
    OFF_ROUTE,
    OPENS,
    ORIGIN_LAT,
    ORIGIN_LON,
    OUT_OF_TURN_DWELL_S,
    OUT_OF_TURN_RADIUS_M,
    PASSED_M,
    PLACE_ALONG,
    PLACE_AT,
    PLACE_LAT,
    PLACE_LON,
    PLACE_OFFSET,
    PLACE_ON,
    QUIET_NEAR_STOP_M,
    REJOIN,
    S_ACCURACY,
    S_ALONG,
    S_AT,
    S_BESIDE,
    S_DEPARTED,
    S_DT,
    S_FLAGS,
    S_FROM_LINE,
    S_GAINED_FLOW,
    S_GOES,
    S_JUMPED,
    S_LAST_ALONG,
    S_LAST_OFFSET,
    S_LAT,
    S_LATERAL,
    S_LEAVES,
    S_LIMIT,
    S_LON,
    S_MOVED,
    S_NEAR_ENDS,
    S_NEAR_STOP,
    S_NEXT_STOP,
    S_OFFSET,
    S_SPEED,
    S_STANDS,
    S_STOP,
    S_X,
    S_Y,
    SEEN_AT_START,
    SKIPPED_AFTER_M,
    SLOW_TRAFFIC,
    SPEED,
    STALL,
    STALL_S,
    START_RADIUS_M,
    STILL_SINCE,
    VISIT_ALONG,
    VISITS_CHANGED,
    WRONG_WAY,
    X,
    Y,
)
from tracking.kernel.standing import halted, stall, stood_s
from tracking.kernel.traffic import slow_traffic
from tracking.kernel.visits import ASTRAY_M, distance_m, follow_visits, is_at_stop, is_pending, next_visits
from tracking.kernel.wrong_way import wrong_way

_EARLY_START_S = 1800.0
_SETTLED_S = 60.0
_STANDS_S = 30.0
_USUAL_ACCURACY_M = 10.0
_LOST_STALL_FACTOR = 2.5
_STANDING_MPS = 0.5


@compiled
def run(
    first: int,
    last: int,
    usual: Array,
    fixes: Array,
    head: Array,
    vertices: Array,
    planned: Array,
    rules: Array,
    motion: Array,
    visits: Array,
    sights: Array,
) -> int:
    """
    Take the fixes `first` to `last` - 1 one after another, and stop after one that changed something (S_FLAGS).

    `motion` and `visits` are moved on in place; what each fix looked like is written into its row of `sights`. Gives
    the number of the fix to go on with.
    """
    left_out = _left_out(rules, visits)
    for i in range(first, last):
        sight = sights[i]
        was_away = not math.isnan(motion[DEPARTED])
        flags = _step(fixes[i], usual, head, vertices, planned, rules, motion, visits, sight)
        if was_away == math.isnan(motion[DEPARTED]) or left_out != _left_out(rules, visits):
            flags |= CLOCK_MATTERS
        sight[S_FLAGS] = flags
        if flags:
            return i + 1
    return last


@compiled_inside
def _step(
    fix: Array,
    usual: Array,
    head: Array,
    vertices: Array,
    planned: Array,
    rules: Array,
    motion: Array,
    visits: Array,
    sight: Array,
) -> int:
    """The motion after one more fix, and what it changed; the turn of each kind of departure stands in `motion`."""
    at_ts = fix[AT]
    at_stops = _see(fix, head, vertices, planned, rules, motion, visits, sight)
    quiet = sight[S_NEAR_STOP] > 0.0 or sight[S_NEAR_ENDS] > 0.0 or sight[S_DEPARTED] == 0.0
    visits_left = False
    motion[NEAR_VISIT] = -1.0
    for i in range(len(visits)):
        if is_pending(visits[i], at_ts):
            visits_left, motion[NEAR_VISIT] = True, i
            break
    is_off, is_back = _is_open(motion, OFF_ROUTE), _is_open(motion, WRONG_WAY)
    # Who goes away from the start is off the line even before the route counts as begun.
    still_quiet = sight[S_NEAR_STOP] > 0.0 if sight[S_LEAVES] > 0.0 else quiet
    off = off_corridor(sight, still_quiet, is_off, rules, motion)
    lost = off[0] != CLOSES and (is_off or off[0] == OPENS)
    back = wrong_way(sight, quiet, is_back, rules, motion)
    if (lost or _is_open(motion, STALL)) and back[0] == OPENS:
        # One cause, one departure: what else the line shows of a courier who has left it, or stands, follows from that.
        back = (NO_TURN, 0.0, 0.0)
    needed_s = rules[STALL_S] * (_LOST_STALL_FACTOR if lost else 1.0)
    if visits_left:
        # Nobody knows where on the leg a planned break is taken.
        needed_s += planned[int(motion[NEAR_VISIT]), BREAK_S]
    halted(sight, rules, motion)
    stands = stall(sight, quiet, _is_open(motion, STALL), visits_left, needed_s, rules, motion)
    slow = (NO_TURN, 0.0, 0.0)
    if not lost and not is_back:
        slow_open = _is_open(motion, SLOW_TRAFFIC)
        slow = slow_traffic(sight, quiet, slow_open, stood_s(motion), usual, vertices, planned, rules, motion)
    reached = follow_visits(sight, lost, head, planned, rules, motion, visits)
    if stands[0] == OPENS and (reached or _may_be_serving(sight, rules, motion, visits)):
        stands = (NO_TURN, 0.0, 0.0)
    if lost and reached:
        # Whoever has come to a stop has come back, whatever streets led there.
        forget_outside(motion)
        off = (CLOSES if is_off else NO_TURN, 0.0, 0.0)
    changed = _turn(OFF_ROUTE, off, sight, motion)
    changed = _turn(WRONG_WAY, back, sight, motion) or changed
    changed = _turn(STALL, stands, sight, motion) or changed
    changed = _turn(SLOW_TRAFFIC, slow, sight, motion) or changed
    _anchor(at_ts, planned, motion, visits)
    # The plane of a line has its first point as the origin.
    if math.hypot(sight[S_X], sight[S_Y]) <= rules[START_RADIUS_M]:
        motion[SEEN_AT_START] = 1.0
    if math.isnan(motion[DEPARTED]) and sight[S_DEPARTED] > 0.0:
        motion[DEPARTED] = at_ts
    flags = EPISODES_CHANGED if changed else 0
    return flags | VISITS_CHANGED if reached or at_stops != _staying(visits) else flags


@compiled_inside
def _may_be_serving(sight: Array, rules: Array, motion: Array, visits: Array) -> bool:
    """Whether the courier has come to stand at a stop that is not due, not long enough yet to have arrived there."""
    if sight[S_AT] - motion[HALT + STILL_SINCE] > rules[OUT_OF_TURN_DWELL_S]:
        return False
    for i in range(len(visits)):
        if visits[i, AWAY_M] <= rules[ARRIVE_RADIUS_M] and is_pending(visits[i], sight[S_AT]):
            return True
    return False


@compiled_inside
def _is_open(motion: Array, kind: int) -> bool:
    return bool(motion[EPISODES + EPISODE_SIZE * kind + E_OPEN] > 0.0)


@compiled_inside
def _turn(kind: int, finding: tuple[float, float, float], sight: Array, motion: Array) -> bool:
    """Open, close or renew the departure of a kind; whether it opened or closed."""
    at = EPISODES + EPISODE_SIZE * kind
    turn, since_ts, measure = finding
    motion[at + E_TURN] = NO_TURN
    if turn == OPENS or (motion[at + E_OPEN] > 0.0 and turn == NO_TURN and measure != 0.0):
        if turn == OPENS or measure != motion[at + E_MEASURE]:
            motion[at + E_MEASURE], motion[at + E_LON], motion[at + E_LAT] = measure, sight[S_LON], sight[S_LAT]
        if turn == OPENS:
            motion[at + E_OPEN], motion[at + E_TURN], motion[at + E_SINCE] = 1.0, OPENS, since_ts
            return True
    elif motion[at + E_OPEN] > 0.0 and turn == CLOSES:
        motion[at + E_OPEN], motion[at + E_TURN] = 0.0, CLOSES
        return True
    return False


@compiled_inside
def _staying(visits: Array) -> int:
    """At how many stops the courier is."""
    staying = 0
    for i in range(len(visits)):
        if is_at_stop(visits[i]):
            staying += 1
    return staying


@compiled_inside
def _left_out(rules: Array, visits: Array) -> tuple[int, int]:
    """How many visits were driven past, and how many were not made though a later one was reached."""
    passed, missed, left_out = 0, 0, 0
    for i in range(len(visits)):
        visit = visits[i]
        if not math.isnan(visit[ARRIVED]):
            left_out, missed = left_out + missed, 0
        elif visit[DONE] == math.inf:
            missed += 1
            if visit[PASSED_M] >= rules[SKIPPED_AFTER_M]:
                passed += 1
    return passed, left_out


@compiled_inside
def _see(
    fix: Array,
    head: Array,
    vertices: Array,
    planned: Array,
    rules: Array,
    motion: Array,
    visits: Array,
    sight: Array,
) -> int:
    """Lay the fix onto the line and write down what detectors look at; at how many stops the courier was."""
    at_ts = fix[AT]
    x = (fix[LON] - head[ORIGIN_LON]) * head[M_PER_DEG_LON]
    y = (fix[LAT] - head[ORIGIN_LAT]) * head[M_PER_DEG_LAT]
    limit = limit_m(fix[ACCURACY], rules, motion, sight)
    first, after_last = next_visits(visits, at_ts, rules)
    end_m = vertices[len(vertices) - 1, ALONG]
    if max(first, after_last) >= 0:
        end_m = planned[after_last if after_last >= 0 else first, VISIT_ALONG]
    begin_m, staying_m, at_stops, made_m, last_made_m = 0.0, -1.0, 0, math.inf, math.inf
    for i in range(len(visits)):
        visit = visits[i]
        visit[AWAY_M] = distance_m(x, y, planned[i])
        along_m = planned[i, VISIT_ALONG]
        if not math.isnan(visit[ARRIVED]) and begin_m < along_m <= end_m:
            begin_m = along_m
        pending = is_pending(visit, at_ts)
        if not pending:
            last_made_m = visit[AWAY_M]
        if is_at_stop(visit):
            at_stops += 1
            made_m = min(made_m, visit[AWAY_M])
            if pending:
                staying_m = along_m
    # Who is still at a stop has not gone on from it.
    goal_m = staying_m if staying_m >= 0.0 else end_m
    had_place = not math.isnan(motion[PLACE_AT])
    last_ts, last_m, last_offset_m = motion[PLACE_AT], motion[PLACE_ALONG], motion[PLACE_OFFSET]
    dx = (fix[LON] - motion[PLACE_LON]) * head[M_PER_DEG_LON]
    dy = (fix[LAT] - motion[PLACE_LAT]) * head[M_PER_DEG_LAT]
    moved_m = math.hypot(dx, dy) if had_place else 0.0
    lateral_m, jumped, from_line_m, beside = locate(
        fix, x, y, begin_m, goal_m, limit, head, vertices, planned, rules, motion
    )
    along_m, offset_m = motion[PLACE_ALONG], motion[PLACE_OFFSET]
    if not had_place:
        last_ts, last_m, last_offset_m = at_ts, along_m, offset_m
    next_m, reachable = math.inf, False
    for i in (first, after_last):
        if i >= 0:
            next_m = min(next_m, visits[i, AWAY_M])
            reachable = reachable or not (offset_m <= limit and planned[i, VISIT_ALONG] - along_m > ASTRAY_M)
    stop_m = min(made_m, last_made_m)
    if next_m <= rules[OUT_OF_TURN_RADIUS_M] or reachable:
        stop_m = min(stop_m, next_m)
    sight[S_AT], sight[S_DT], sight[S_LON], sight[S_LAT] = at_ts, at_ts - last_ts, fix[LON], fix[LAT]
    sight[S_X], sight[S_Y] = x, y
    unknown = math.isnan(fix[ACCURACY]) or fix[ACCURACY] == 0.0
    sight[S_ACCURACY] = _USUAL_ACCURACY_M if unknown else fix[ACCURACY]
    sight[S_ALONG], sight[S_LAST_ALONG] = along_m, last_m
    sight[S_GAINED_FLOW] = free_flow_at(vertices, along_m) - free_flow_at(vertices, last_m)
    sight[S_OFFSET], sight[S_LATERAL], sight[S_LIMIT] = offset_m, lateral_m, limit
    sight[S_STOP], sight[S_NEXT_STOP] = stop_m, next_m
    sight[S_NEAR_STOP] = 1.0 if stop_m <= rules[QUIET_NEAR_STOP_M] else 0.0
    sight[S_NEAR_ENDS] = 1.0 if _near_ends(x, y, along_m, vertices, rules) else 0.0
    sight[S_DEPARTED] = 1.0 if _departed(sight, head, rules, motion) else 0.0
    sight[S_JUMPED], sight[S_FROM_LINE], sight[S_BESIDE] = jumped, from_line_m, beside
    sight[S_MOVED], sight[S_STANDS] = moved_m, 1.0 if fix[SPEED] < _STANDING_MPS else 0.0
    sight[S_SPEED], sight[S_LAST_OFFSET] = fix[SPEED], last_offset_m
    sight[S_GOES] = fix[BEARING] if fix[SPEED] >= BEARING_FROM_MPS else math.nan
    sight[S_LEAVES] = 1.0 if _leaves(sight, head, rules, motion) else 0.0
    return at_stops


@compiled_inside
def _near_ends(x: float, y: float, along_m: float, vertices: Array, rules: Array) -> bool:
    radius_m = rules[QUIET_NEAR_STOP_M]
    if along_m <= rules[START_RADIUS_M] and math.hypot(x, y) <= radius_m:
        return True
    last = len(vertices) - 1
    end_m = math.hypot(x - vertices[last, X], y - vertices[last, Y])
    return bool(end_m <= radius_m and along_m >= vertices[last, ALONG] - rules[START_RADIUS_M])


@compiled_inside
def _leaves(sight: Array, head: Array, rules: Array, motion: Array) -> bool:
    """Whether the courier goes away from the start when it is time to: well away, or by a step longer than noise."""
    away_m = math.hypot(sight[S_X], sight[S_Y])
    was_there = motion[SEEN_AT_START] > 0.0 or away_m <= rules[START_RADIUS_M]
    if not was_there or sight[S_AT] < head[DEPARTS] or sight[S_ALONG] > rules[START_RADIUS_M]:
        return False
    return bool(away_m > rules[QUIET_NEAR_STOP_M] or min(away_m, sight[S_MOVED]) > sight[S_LIMIT])


@compiled_inside
def _departed(sight: Array, head: Array, rules: Array, motion: Array) -> bool:
    """
    Whether the route has begun.

    It has when the courier was at the start and went away, or is met on the line (not long before the planned time: the
    way to work may run along it), or is at a stop. A courier who is on the way to the depot has not left any route.
    """
    if not math.isnan(motion[DEPARTED]):
        return True
    if sight[S_AT] >= head[DEPARTS] and sight[S_STOP] <= rules[ARRIVE_RADIUS_M]:
        return True
    if math.hypot(sight[S_X], sight[S_Y]) <= rules[START_RADIUS_M]:
        return False
    if motion[SEEN_AT_START] > 0.0:
        return True
    on_line = sight[S_OFFSET] <= sight[S_LIMIT] and sight[S_ALONG] > rules[START_RADIUS_M]
    return bool(on_line and sight[S_AT] >= head[DEPARTS] - _EARLY_START_S)


@compiled_inside
def _anchor(at_ts: float, planned: Array, motion: Array, visits: Array) -> None:
    """
    A courier who has been at a stop for a minute is at its place on the line, whatever streets led there.

    Only while he stands: the way on may lead round the block and by the same door again.
    """
    if not at_ts - motion[HALT + STILL_SINCE] >= _STANDS_S:
        return
    for i in range(len(visits)):
        visit = visits[i]
        if not is_at_stop(visit) or visit[AWAY_PINGS] > 0.0 or visit[DONE] <= at_ts:
            continue
        along_m = planned[i, VISIT_ALONG]
        if at_ts - visit[ARRIVED] >= _SETTLED_S and abs(along_m - motion[PLACE_ALONG]) > ASTRAY_M:
            motion[PLACE_ALONG], motion[PLACE_ON], motion[REJOIN] = along_m, at_ts, math.nan
        return
