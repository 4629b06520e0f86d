"""
Where each number lies in the arrays that the kernel works on; a number that is not known is NaN.

`fixes` (k, 6), `vertices` (n, 4), `planned` (v, 6), `visits` (v, 10) have one row a thing; `head`, `usual`, `rules`
and `motion` are vectors. `sights` (k, 28) is written: what each fix looked like against the plan.
"""

from typing import Final

FIX_COLUMNS: Final = 6
(AT, LON, LAT, ACCURACY, SPEED, BEARING) = range(FIX_COLUMNS)

HEAD_SIZE: Final = 5
(ORIGIN_LON, ORIGIN_LAT, M_PER_DEG_LON, M_PER_DEG_LAT, DEPARTS) = range(HEAD_SIZE)

USUAL_SIZE: Final = 3
(USUAL_RATIO, USUAL_START, USUAL_TYPICAL) = range(USUAL_SIZE)
"""The learned factor, and what a leg costs besides its length (`routing.travel_matrix.LegStarts`)."""

VERTEX_COLUMNS: Final = 4
(X, Y, ALONG, FLOW) = range(VERTEX_COLUMNS)

PLANNED_COLUMNS: Final = 6
(DOOR_X, DOOR_Y, ROAD_X, ROAD_Y, VISIT_ALONG, BREAK_S) = range(PLANNED_COLUMNS)

VISIT_COLUMNS: Final = 10
(NEAR, ARRIVED, LEFT, AWAY_PINGS, PASSED_M, AWAY_SINCE, DONE, AWAY_M, IS_NEW, IS_CHANGED) = range(VISIT_COLUMNS)
KEPT_OF_VISIT: Final = 6
"""How many of a visit's columns are its progress; then follow when it was reported finished, and scratch."""

SIGHT_COLUMNS: Final = 28
(
    S_AT,
    S_DT,
    S_LON,
    S_LAT,
    S_X,
    S_Y,
    S_ACCURACY,
    S_ALONG,
    S_LAST_ALONG,
    S_GAINED_FLOW,
    S_OFFSET,
    S_LATERAL,
    S_LIMIT,
    S_STOP,
    S_NEXT_STOP,
    S_NEAR_STOP,
    S_NEAR_ENDS,
    S_DEPARTED,
    S_JUMPED,
    S_FROM_LINE,
    S_BESIDE,
    S_STANDS,
    S_MOVED,
    S_SPEED,
    S_LAST_OFFSET,
    S_LEAVES,
    S_GOES,
    S_FLAGS,
) = range(SIGHT_COLUMNS)

EPISODES_CHANGED: Final = 1
VISITS_CHANGED: Final = 2
CLOCK_MATTERS: Final = 4
"""
Bits of S_FLAGS, after each of which a run stops: a departure opened or closed; a visit was reached or left; the route
has begun, or the number of visits left out is another, so that the clock may have something to say.
"""

KINDS: Final = 4
(OFF_ROUTE, WRONG_WAY, STALL, SLOW_TRAFFIC) = range(KINDS)
NO_TURN: Final = 0.0
OPENS: Final = 1.0
CLOSES: Final = 2.0

EPISODE_SIZE: Final = 6
(E_OPEN, E_TURN, E_SINCE, E_MEASURE, E_LON, E_LAT) = range(EPISODE_SIZE)

LATERALS_KEPT: Final = 17
MARKS_KEPT: Final = 96
"""Most marks of the pace the kernel holds; a window that needs more is left to numbers that people would not choose."""
MARK_SIZE: Final = 3

STILL_SIZE: Final = 6
(STILL_SINCE, STILL_LAST, STILL_LON, STILL_LAT, STILL_PINGS, STILL_MOVED) = range(STILL_SIZE)

(
    PLACE_AT,
    PLACE_LON,
    PLACE_LAT,
    PLACE_ALONG,
    PLACE_OFFSET,
    PLACE_ON,
    REJOIN,
    REJOIN_FROM,
    REJOIN_PINGS,
    HEADING_X,
    HEADING_Y,
    SCORE,
    OUTSIDE_SINCE,
    INSIDE_PINGS,
    INSIDE_FROM,
    INSIDE_SINCE,
    FURTHEST,
    FURTHEST_AT,
    LOWEST,
    BACK_PINGS,
    AHEAD_PINGS,
    DRIVE,
    FLOWN,
    SEEN_AT_START,
    DEPARTED,
    NEAR_VISIT,
    LATERAL_COUNT,
    MARK_COUNT,
    REACHED_M,
    SPARE_S,
    LEAPT,
    LAST_SPEED,
) = range(32)
PLACE_SIZE: Final = 11
STILL: Final = 32
HALT: Final = STILL + STILL_SIZE
EPISODES: Final = HALT + STILL_SIZE
LATERALS: Final = EPISODES + KINDS * EPISODE_SIZE
MARKS: Final = LATERALS + LATERALS_KEPT + 1
MOTION_SIZE: Final = MARKS + MARK_SIZE * MARKS_KEPT

RULES: Final = (
    "look_back_m",
    "look_ahead_m",
    "far_off_m",
    "corridor_m",
    "corridor_scale_m",
    "corridor_alarm",
    "corridor_clear_pings",
    "corridor_clear_m",
    "corridor_clear_s",
    "quiet_near_stop_m",
    "wrong_way_m",
    "wrong_way_pings",
    "skipped_after_m",
    "stall_s",
    "stall_radius_m",
    "halt_radius_m",
    "gap_s",
    "traffic_window_s",
    "traffic_least_s",
    "traffic_open_factor",
    "traffic_close_factor",
    "traffic_lost_s",
    "start_radius_m",
    "arrive_radius_m",
    "leave_radius_m",
    "arrive_dwell_s",
    "out_of_turn_dwell_s",
    "out_of_turn_radius_m",
    "arrive_accuracy_m",
    "moves_on_mps",
)
"""The limits that the kernel reads, in the order of the numbers below."""
(
    LOOK_BACK_M,
    LOOK_AHEAD_M,
    FAR_OFF_M,
    CORRIDOR_M,
    CORRIDOR_SCALE_M,
    CORRIDOR_ALARM,
    CORRIDOR_CLEAR_PINGS,
    CORRIDOR_CLEAR_M,
    CORRIDOR_CLEAR_S,
    QUIET_NEAR_STOP_M,
    WRONG_WAY_M,
    WRONG_WAY_PINGS,
    SKIPPED_AFTER_M,
    STALL_S,
    STALL_RADIUS_M,
    HALT_RADIUS_M,
    GAP_S,
    TRAFFIC_WINDOW_S,
    TRAFFIC_LEAST_S,
    TRAFFIC_OPEN_FACTOR,
    TRAFFIC_CLOSE_FACTOR,
    TRAFFIC_LOST_S,
    START_RADIUS_M,
    ARRIVE_RADIUS_M,
    LEAVE_RADIUS_M,
    ARRIVE_DWELL_S,
    OUT_OF_TURN_DWELL_S,
    OUT_OF_TURN_RADIUS_M,
    ARRIVE_ACCURACY_M,
    MOVES_ON_MPS,
) = range(len(RULES))
