"""One route with pairs: a stop put in or taken out, times and loads counted anew, the whole logged and put back."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled_inside
from routing.solver.kernel.pair_tables import NEXT_VERSION, OPEN, UNFIT, VERSION
from routing.solver.kernel.route_times import start_after, start_before
from routing.solver.kernel.tables import (
    CLASS_ROW,
    DEPART,
    LATE,
    LATEST,
    LEAVES,
    NEXT,
    NODE_COLUMNS,
    OUT_COST,
    OUT_TIME,
    PREV,
    RELEASE,
    RETURNS,
    ROUTE,
    ROUTE_STAMP,
    SERVICE,
)


@compiled_inside
def put_in(
    n: Any, x: Any, p: Any, v: Any, node: Any, vehicle: Any, cost: Any, cost_in: Any, time: Any, time_in: Any
) -> None:
    """Put stop x after node p of vehicle v's route; its times and loads are then out of date."""
    k = vehicle[v, CLASS_ROW]
    q = np.int64(node[p, NEXT])
    node[p, NEXT] = x
    node[p, OUT_COST] = cost_in[k + x, p]
    node[p, OUT_TIME] = time_in[k + x, p]
    node[x, PREV] = p
    node[x, NEXT] = q
    node[x, OUT_COST] = cost[k + x, q]
    node[x, OUT_TIME] = time[k + x, q]
    node[x, ROUTE] = v
    node[q, PREV] = x


@compiled_inside
def take_out(n: Any, x: Any, v: Any, node: Any, vehicle: Any, cost: Any, cost_in: Any, time: Any, time_in: Any) -> Any:
    """Take stop x out of vehicle v's route; returns what the arcs cost more."""
    k = vehicle[v, CLASS_ROW]
    p = np.int64(node[x, PREV])
    q = np.int64(node[x, NEXT])
    before = np.int64(node[p, OUT_COST]) + node[x, OUT_COST]
    node[p, NEXT] = q
    node[q, PREV] = p
    node[x, ROUTE] = -1
    if q < n:
        node[p, OUT_COST] = cost_in[k + q, p]
        node[p, OUT_TIME] = time_in[k + q, p]
    elif p < n:
        node[p, OUT_COST] = cost[k + p, q]
        node[p, OUT_TIME] = time[k + p, q]
    else:
        node[p, OUT_COST] = 0
        node[p, OUT_TIME] = 0
    return np.int64(node[p, OUT_COST]) - before


@compiled_inside
def refresh(
    n: Any,
    v: Any,
    node: Any,
    board: Any,
    route: Any,
    counter: Any,
    vehicle: Any,
    stop: Any,
    gap: Any,
    has_gaps: Any,
    head: Any,
    tail: Any,
    weight: Any,
    base: Any,
    room: Any,
) -> None:
    """Count times and loads of vehicle v's route anew, and note whether they all fit."""
    home = n + v
    dims = room.shape[1]
    route[v, VERSION] = counter[NEXT_VERSION]
    counter[NEXT_VERSION] += 1
    leaves = np.int64(vehicle[v, LEAVES])
    for d in range(dims):
        board[home, d] = base[v, d]
        board[home, dims + d] = base[v, dims + d]
    x = np.int64(node[home, NEXT])
    while x < n:
        if stop[x, RELEASE] > leaves:
            leaves = np.int64(stop[x, RELEASE])
        for d in range(dims):
            board[home, d] += weight[x, d]
            board[home, dims + d] += weight[x, d]
        x = np.int64(node[x, NEXT])
    node[home, DEPART] = leaves
    fits = True
    under_way = 0
    at = leaves
    p = np.int64(home)
    x = np.int64(node[home, NEXT])
    while x < n:
        at = start_after(at + node[p, OUT_TIME], x, stop, gap, has_gaps)
        if at > stop[x, LATE]:
            fits = False
        at += stop[x, SERVICE]
        node[x, DEPART] = at
        if head[x] != x:
            under_way -= 1
        elif tail[x] >= 0:
            under_way += 1
        node[x, OPEN] = under_way
        for d in range(dims):
            after = board[p, d] + weight[x, dims + d]
            board[x, d] = after
            board[x, dims + d] = max(board[p, dims + d], after)
        p = x
        x = np.int64(node[x, NEXT])
    if p < n and at + node[p, OUT_TIME] > vehicle[v, RETURNS]:
        fits = False
    for d in range(dims):
        if board[p, dims + d] > room[v, d]:
            fits = False
        board[p, 2 * dims + d] = board[p, d]
    z = np.int64(vehicle[v, RETURNS])
    x = p
    while x < n:
        z = start_before(z - node[x, OUT_TIME] - stop[x, SERVICE], x, stop, gap, has_gaps)
        node[x, LATEST] = z
        p = np.int64(node[x, PREV])
        for d in range(dims):
            board[p, 2 * dims + d] = max(board[p, d], board[x, 2 * dims + d])
        x = p
    route[v, UNFIT] = 0 if fits else 1


@compiled_inside
def save_whole(
    n: Any,
    v: Any,
    node: Any,
    board: Any,
    route: Any,
    node_log: Any,
    board_log: Any,
    route_log: Any,
    n_log: Any,
    n_rlog: Any,
    stamp: Any,
) -> Any:
    """Log vehicle v's route before its first change in this step; returns the new lengths of both logs."""
    if route[v, ROUTE_STAMP] == stamp:
        return n_log, n_rlog
    width = route.shape[1]
    route_log[n_rlog, width] = v
    for k in range(width):
        route_log[n_rlog, k] = route[v, k]
    route[v, ROUTE_STAMP] = stamp
    x = np.int64(n + v)
    while True:
        node_log[n_log, NODE_COLUMNS] = x
        for k in range(NODE_COLUMNS):
            node_log[n_log, k] = node[x, k]
        for k in range(board.shape[1]):
            board_log[n_log, k] = board[x, k]
        n_log += 1
        x = np.int64(node[x, NEXT])
        if x >= n:
            break
    return n_log, n_rlog + 1


@compiled_inside
def put_back(
    node: Any, board: Any, route: Any, node_log: Any, board_log: Any, route_log: Any, n_log: Any, n_rlog: Any
) -> None:
    """Put back the logged routes; stops that came into them from nowhere are the caller's to take out before."""
    for i in range(n_log):
        x = node_log[i, NODE_COLUMNS]
        for k in range(NODE_COLUMNS):
            node[x, k] = node_log[i, k]
        for k in range(board.shape[1]):
            board[x, k] = board_log[i, k]
    width = route.shape[1]
    for i in range(n_rlog):
        v = route_log[i, width]
        for k in range(width):
            route[v, k] = route_log[i, k]
