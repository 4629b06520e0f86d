"""Times along routes: what one change makes of earliest departures and latest starts, and a route judged whole."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled
from routing.solver.kernel.tables import (
    CLASS_ROW,
    DEPART,
    EARLY,
    GAP_BEGIN,
    GAP_END,
    LATE,
    LATEST,
    LEAVES,
    LEAVES_LATER,
    LOG_ID,
    LOG_STAMP,
    MAX_DISTANCE,
    MAX_ROUTE,
    NEXT,
    NODE_COLUMNS,
    OUT_TIME,
    PREV,
    RELEASE,
    RETURNS,
    SERVICE,
)


@compiled
def save_node(node: Any, log: Any, x: Any, n_log: Any, stamp: Any) -> Any:
    """Log node x before its first change in this step; returns the new length of the log."""
    if log[x, LOG_STAMP] != stamp:
        log[n_log, LOG_ID] = x
        for k in range(NODE_COLUMNS):
            log[n_log, k] = node[x, k]
        log[x, LOG_STAMP] = stamp
        return n_log + 1
    return n_log


@compiled
def start_after(a: Any, x: Any, stop: Any, gap: Any, has_gaps: Any) -> Any:
    """The first instant at or after a when service at x may start, windows' end not minded."""
    if a < stop[x, EARLY]:
        return np.int64(stop[x, EARLY])
    if has_gaps:
        for k in range(stop[x, GAP_BEGIN], stop[x, GAP_END]):
            if gap[k, 0] < a < gap[k, 1]:
                return np.int64(gap[k, 1])
    return np.int64(a)


@compiled
def start_before(z: Any, x: Any, stop: Any, gap: Any, has_gaps: Any) -> Any:
    """The last instant at or before z when service at x may start, windows' begin not minded."""
    if z > stop[x, LATE]:
        return np.int64(stop[x, LATE])
    if has_gaps:
        for k in range(stop[x, GAP_BEGIN], stop[x, GAP_END]):
            if gap[k, 0] < z < gap[k, 1]:
                return np.int64(gap[k, 0])
    return np.int64(z)


@compiled
def forward(
    n: Any,
    node: Any,
    stop: Any,
    gap: Any,
    has_gaps: Any,
    log: Any,
    x: Any,
    n_log: Any,
    stamp: Any,
) -> Any:
    """Earliest departures from x on, until one does not change."""
    while x < n:
        p = node[x, PREV]
        a = start_after(node[p, DEPART] + node[p, OUT_TIME], x, stop, gap, has_gaps)
        a += stop[x, SERVICE]
        if a == node[x, DEPART]:
            break
        n_log = save_node(node, log, x, n_log, stamp)
        node[x, DEPART] = a
        x = node[x, NEXT]
    return n_log


@compiled
def backward(
    n: Any,
    node: Any,
    stop: Any,
    gap: Any,
    has_gaps: Any,
    log: Any,
    x: Any,
    n_log: Any,
    stamp: Any,
) -> Any:
    """Latest starts from x back, until one does not change."""
    while x < n:
        z = node[node[x, NEXT], LATEST] - node[x, OUT_TIME] - stop[x, SERVICE]
        z = start_before(z, x, stop, gap, has_gaps)
        if z == node[x, LATEST]:
            break
        n_log = save_node(node, log, x, n_log, stamp)
        node[x, LATEST] = z
        x = node[x, PREV]
    return n_log


@compiled
def fits_whole(
    n: Any,
    v: Any,
    c: Any,
    after: Any,
    node: Any,
    vehicle: Any,
    time: Any,
    time_in: Any,
    metres: Any,
    metres_in: Any,
    stop: Any,
    gap: Any,
    has_gaps: Any,
) -> Any:
    """
    Whether vehicle v's route keeps every time and limit with stop c put in after node `after` (c < 0: as it is).

    The slow way for what the tables do not hold: departures that a stop's release moves, longest time and distance.
    """
    k = vehicle[v, CLASS_ROW]
    leaves = np.int64(vehicle[v, LEAVES])
    if c >= 0 and stop[c, RELEASE] > leaves:
        leaves = np.int64(stop[c, RELEASE])
    x = np.int64(node[n + v, NEXT])
    while x < n:
        if stop[x, RELEASE] > leaves:
            leaves = np.int64(stop[x, RELEASE])
        x = np.int64(node[x, NEXT])
    at = leaves
    waited = np.int64(0)
    later = np.int64(1) << 40
    driven = np.int64(0)
    p = np.int64(n + v)
    column = p
    following = np.int64(node[p, NEXT])
    pending = c >= 0
    while True:
        if pending and p == after:
            x = np.int64(c)
            pending = False
        else:
            x = following
            if x >= n:
                break
            following = np.int64(node[x, NEXT])
        at += time_in[k + x, column]
        driven += metres_in[k + x, column]
        start = start_after(at, x, stop, gap, has_gaps)
        if start > stop[x, LATE]:
            return False
        waited += start - at
        # Who leaves later comes later here only once the waiting so far is used up.
        room = start_before(stop[x, LATE], x, stop, gap, has_gaps) - start
        if has_gaps:
            for g in range(stop[x, GAP_BEGIN], stop[x, GAP_END]):
                if gap[g, 0] >= start:
                    room = min(room, gap[g, 0] - start)
        later = min(later, waited + room)
        at = start + stop[x, SERVICE]
        p = x
        column = x
    if p < n:
        at += time[k + p, n + v]
        driven += metres[k + p, n + v]
    if vehicle[v, LEAVES_LATER] == 0:
        later = np.int64(0)
    shortest = at - leaves - min(waited, later)
    return at <= vehicle[v, RETURNS] and driven <= vehicle[v, MAX_DISTANCE] and shortest <= vehicle[v, MAX_ROUTE]


@compiled
def route_extra(
    n: Any, v: Any, node: Any, vehicle: Any, stop: Any, gap: Any, has_gaps: Any, soft: Any, wait_cost: Any
) -> Any:
    """
    What waiting and soft windows cost on vehicle v's route, every service as early as it can be.

    Waiting at the first door is not counted where the courier can leave later instead.
    """
    waited = np.int64(0)
    cost = 0.0
    p = np.int64(n + v)
    x = np.int64(node[p, NEXT])
    while x < n:
        start = np.int64(node[x, DEPART]) - stop[x, SERVICE]
        if p < n or vehicle[v, LEAVES_LATER] == 0:
            waited += start - (node[p, DEPART] + node[p, OUT_TIME])
        if soft[x, 2] != 0 and start < soft[x, 0]:
            cost += (soft[x, 0] - start) * soft[x, 2]
        if soft[x, 3] != 0 and start > soft[x, 1]:
            cost += (start - soft[x, 1]) * soft[x, 3]
        p = x
        x = np.int64(node[x, NEXT])
    return np.int64(cost + waited * wait_cost)
