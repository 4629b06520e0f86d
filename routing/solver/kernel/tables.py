"""
What the compiled kernel works on: read-only tables of a problem, and the tables of one search.

Stops are numbered 0 .. n - 1; vehicle v has the node n + v, which stands before its first and after its last stop, so
that a route is a ring and no step needs to ask whether a neighbour is a depot. Matrices have a column for every node:
that of a vehicle is its start for arcs into a stop, its end for arcs out of one.
Tables are few and wide, because compiled functions pay for each array that they are handed.
"""

from typing import Any, Final, NamedTuple

# Columns of the table of nodes. DEPART is the earliest end of service (of a vehicle node: the departure), LATEST the
# latest start of service that keeps the rest of the route in time, OUT_COST and OUT_TIME those of the arc to NEXT,
# IN_COST that of the arc from PREV.
NEXT: Final = 0
PREV: Final = 1
DEPART: Final = 2
LATEST: Final = 3
ROUTE: Final = 4
OUT_COST: Final = 5
OUT_TIME: Final = 6
IN_COST: Final = 7
NODE_COLUMNS: Final = 8

# The log of nodes has these columns besides: whose row it is, and (of row x) the step in which node x was last logged.
LOG_ID: Final = 8
LOG_STAMP: Final = 9
LOG_COLUMNS: Final = 10

# Columns of the table of routes; loads follow, one column a dimension.
COUNT: Final = 0
EXTRA: Final = 1
ROUTE_STAMP: Final = 2
LOADS: Final = 3

# Entries of the counters.
COST: Final = 0
BEST: Final = 1
USED: Final = 2
NEXT_STAMP: Final = 3
BLINK_SKIP: Final = 4
STEPS: Final = 5
TAIL_MOVES: Final = 6
ACCEPTED: Final = 7
ABSENT: Final = 8
IMPROVED: Final = 9
VISIBLE: Final = 10
COUNTERS: Final = 11

# Columns of the table of vehicles. PLACES is equal where both start and end are; LEAVES_LATER says whether the courier
# may leave later than LEAVES instead of waiting at the first door.
PLACES: Final = 0
LEAVES: Final = 1
RETURNS: Final = 2
FIXED: Final = 3
KIND: Final = 4
CLASS_ROW: Final = 5
MAX_STOPS: Final = 6
MAX_ROUTE: Final = 7
MAX_DISTANCE: Final = 8
LEAVES_LATER: Final = 9
VEHICLE_COLUMNS: Final = 10

# Columns of the table of stops; a stop's gaps are the rows GAP_BEGIN to GAP_END - 1 of the table of gaps.
SERVICE: Final = 0
EARLY: Final = 1
LATE: Final = 2
RELEASE: Final = 3
GAP_BEGIN: Final = 4
GAP_END: Final = 5
HOME: Final = 6
STOP_COLUMNS: Final = 8

# Entries of the flags: what this problem uses at all.
HAS_GAPS: Final = 0
HAS_PAIR_COSTS: Final = 1
HAS_RELEASES: Final = 2
HAS_LIMITS: Final = 3
HAS_EXTRA: Final = 4
HAS_CLASSES: Final = 5
HAS_KINDS: Final = 6
FLAGS: Final = 7

FORBIDDEN: Final = 2**30
"""In the table of stops by kinds of vehicles: this kind may not take that stop."""


class KernelProblem(NamedTuple):
    """
    The read-only part; every array is C-ordered.

    Parameters
    ----------
    cost, time, metres
        int32 (classes x n, nodes): from a stop to every node; row = class x n + stop, where a class is all vehicles of
        one price list and one profile, and CLASS_ROW of a vehicle is class x n.
    cost_in, time_in, metres_in
        The same from every node into a stop. Equal tables share one buffer.
    stop
        int32 (n, STOP_COLUMNS): seconds; service may start from EARLY to LATE, but not strictly inside a gap. HOME is
        the cost of the arc from the nearest start of a vehicle.
    gap
        int32 (gaps, 2): when one window closes and the next opens.
    load
        int64 (n, dimensions).
    penalty
        int64 (n): what leaving the stop out costs.
    soft
        int64 (n, 4): opens, closes (seconds), cost a second early, a second late.
    pair_cost
        int32 (n, kinds): what serving a stop by a kind of vehicle costs besides; `FORBIDDEN` when it may not.
    vehicle
        int64 (vehicles, VEHICLE_COLUMNS); vehicles of one kind stand together.
    capacity
        int64 (vehicles, dimensions).
    kind_first
        int32 (kinds + 1): the vehicles of kind k are those from kind_first[k] to kind_first[k + 1].
    near, succ, pred
        int32 (n, k): nearest stops (itself first), nearest that can follow and that can precede; -1 ends a row.
    wait_cost
        Cost of a second of waiting.
    flags
        int64 (FLAGS).
    """

    cost: Any
    cost_in: Any
    time: Any
    time_in: Any
    metres: Any
    metres_in: Any
    stop: Any
    gap: Any
    load: Any
    penalty: Any
    soft: Any
    pair_cost: Any
    vehicle: Any
    capacity: Any
    kind_first: Any
    near: Any
    succ: Any
    pred: Any
    wait_cost: Any
    flags: Any


class KernelState(NamedTuple):
    """
    The tables that one search changes; the logs hold rows as they were before the current step, and whose they are.

    `removed` has two rows: the stops of a step, and scratch. `absent` has two rows: the stops left out, and for each
    stop its place among them or -1. `visible` lists the stops that this search may touch, their number in VISIBLE.
    """

    node: Any
    route: Any
    counter: Any
    rng: Any
    best_next: Any
    node_log: Any
    route_log: Any
    removed: Any
    key: Any
    absent: Any
    visible: Any
    kind_free: Any
    weights: Any


class Options(NamedTuple):
    """
    How steps are drawn; the names in brackets are those of Christiaens and Vanden Berghe (2020).

    Parameters
    ----------
    mean_removed
        Mean number of stops removed in a step [c-bar].
    max_string
        Longest string removed from one route [L-max].
    split_string, more_kept
        Chance to keep stops in the middle of a string [alpha], and to keep one more [beta].
    blink
        Chance to overlook a position.
    open_new
        Chance that a step starts with a new route; the number of routes of the first plan is often wrong.
    tail_moves
        Tail exchanges tried in a step.
    split_route
        Share of those that cut a route in two instead.
    tail_near
        A tail exchange joins a stop to one of its so many nearest successors.
    retried
        Stops left out that a step tries again, at most.
    """

    mean_removed: float = 10.0
    max_string: float = 10.0
    split_string: float = 0.5
    more_kept: float = 0.01
    blink: float = 0.01
    open_new: float = 0.06
    tail_moves: int = 10
    split_route: float = 0.02
    tail_near: int = 30
    retried: int = 4


DEFAULTS: Final = Options()
