"""The cheapest place of a job in a route that keeps every rule: pickups anywhere, dropoffs anywhere after them."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled_inside
from routing.solver.kernel.pair_tables import NOWHERE, UNKNOWN
from routing.solver.kernel.random_numbers import rand_unit
from routing.solver.kernel.route_times import fits_whole, start_after
from routing.solver.kernel.tables import (
    CLASS_ROW,
    COUNT,
    DEPART,
    FIXED,
    FORBIDDEN,
    KIND,
    LATE,
    LATEST,
    MAX_STOPS,
    NEXT,
    OUT_COST,
    OUT_TIME,
    RELEASE,
    SERVICE,
)

OVERLOOKED = 0.2
"""Share of the places that a look with a blink overlooks."""


@compiled_inside
def _fits_with(
    n: Any,
    v: Any,
    c: Any,
    p: Any,
    e: Any,
    p2: Any,
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
    """Whether the route keeps every time and limit with c after p and, unless e < 0, e after p2 (which may be c)."""
    q = node[p, NEXT]
    node[p, NEXT] = c
    node[c, NEXT] = q
    if e >= 0:
        node[e, NEXT] = node[p2, NEXT]
        node[p2, NEXT] = e
    fits = fits_whole(n, v, -1, 0, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps)
    if e >= 0:
        node[p2, NEXT] = node[e, NEXT]
    node[p, NEXT] = q
    return fits


@compiled_inside
def cheapest_place(
    c: Any,
    v: Any,
    bound: Any,
    overlooks: Any,
    n: Any,
    node: Any,
    board: Any,
    route: Any,
    rng: Any,
    cost: Any,
    cost_in: Any,
    time: Any,
    time_in: Any,
    metres: Any,
    metres_in: Any,
    stop: Any,
    gap: Any,
    has_gaps: Any,
    has_limits: Any,
    pair_cost: Any,
    vehicle: Any,
    tail: Any,
    weight: Any,
    room: Any,
    scratch: Any,
) -> Any:
    """
    Cost of the cheapest place of head c's job in vehicle v's route, and the nodes before its stops.

    The node before a dropoff is c itself where it follows at once. Only places that cost less than `bound` are looked
    at: where there is none, the cost is what any other place costs at least (`NOWHERE` if there is none at all), and
    the nodes are `UNKNOWN`. An opened route is paid for; waiting and soft windows are not counted.
    """
    home = np.int64(n + v)
    k = vehicle[v, CLASS_ROW]
    kind = vehicle[v, KIND]
    dims = room.shape[1]
    e = np.int64(tail[c])
    besides = np.int64(pair_cost[c, kind])
    stops = 1
    if e >= 0:
        besides += pair_cost[e, kind]
        stops = 2
        if pair_cost[e, kind] >= FORBIDDEN:
            besides = np.int64(FORBIDDEN)
    if besides >= FORBIDDEN or route[v, COUNT] + stops > vehicle[v, MAX_STOPS]:
        return np.int64(NOWHERE), np.int64(UNKNOWN), np.int64(UNKNOWN)
    if node[home, NEXT] >= n:
        besides += vehicle[v, FIXED]
    whole = has_limits or stop[c, RELEASE] > node[home, DEPART]
    best = min(np.int64(FORBIDDEN), np.int64(bound - besides))
    least = np.int64(NOWHERE)
    best_p = np.int64(UNKNOWN)
    best_p2 = np.int64(UNKNOWN)
    late = np.int64(stop[c, LATE])
    s = np.int64(stop[c, SERVICE])
    if e < 0:
        p = home
        while node[p, DEPART] <= late:
            q = np.int64(node[p, NEXT])
            delta = np.int64(cost_in[k + c, p]) + cost[k + c, q] - node[p, OUT_COST]
            if delta >= best:
                least = min(least, delta)
            elif not (overlooks and rand_unit(rng) < OVERLOOKED):
                at = start_after(node[p, DEPART] + time_in[k + c, p], c, stop, gap, has_gaps)
                fits = at <= late and at + s + time[k + c, q] <= node[q, LATEST]
                for d in range(dims):
                    more = weight[c, d]
                    if board[p, dims + d] + more > room[v, d]:
                        fits = False
                    if board[p, 2 * dims + d] + more + weight[c, dims + d] > room[v, d]:
                        fits = False
                if fits and whole:
                    fits = _fits_with(
                        n, v, c, p, e, p, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps
                    )
                if fits:
                    best = delta
                    best_p = p
            if q >= n:
                break
            p = q
        return (least if best_p < 0 else best) + besides, best_p, best_p2
    # Of the dropoff first: the nodes, what it costs after each, and the least of that from there on.
    late2 = np.int64(stop[e, LATE])
    s2 = np.int64(stop[e, SERVICE])
    length = 0
    p = home
    while True:
        q = np.int64(node[p, NEXT])
        scratch[0, length] = p
        scratch[1, length] = NOWHERE
        at = np.int64(node[p, DEPART]) + time_in[k + e, p]
        if at <= late2:
            at = start_after(at, e, stop, gap, has_gaps)
            if at <= late2 and at + s2 + time[k + e, q] <= node[q, LATEST]:
                scratch[1, length] = np.int64(cost_in[k + e, p]) + cost[k + e, q] - node[p, OUT_COST]
        length += 1
        if q >= n:
            break
        p = q
    scratch[2, length] = NOWHERE
    for i in range(length - 1, -1, -1):
        scratch[2, i] = min(scratch[2, i + 1], scratch[1, i])
    if scratch[2, 0] >= NOWHERE:
        return np.int64(NOWHERE), best_p, best_p2
    joined = np.int64(cost[k + c, e])
    joined_s = np.int64(time[k + c, e])
    for i in range(length):
        p = np.int64(scratch[0, i])
        if node[p, DEPART] > late:
            break
        q = np.int64(node[p, NEXT])
        first = np.int64(cost_in[k + c, p]) - node[p, OUT_COST]
        delta = first + joined + cost[k + e, q]
        first += cost[k + c, q]
        if delta >= best and first + scratch[2, i + 1] >= best:
            least = min(least, min(delta, first + scratch[2, i + 1]))
            continue
        at = start_after(node[p, DEPART] + time_in[k + c, p], c, stop, gap, has_gaps)
        if at > late or (overlooks and rand_unit(rng) < OVERLOOKED):
            continue
        fits = True
        for d in range(dims):
            if board[p, d] + weight[c, dims + d] > room[v, d]:
                fits = False
        if not fits:
            continue
        x = c
        leaves = at + s
        there = leaves + joined_s
        for j in range(i, length):
            if j > i:
                if first + scratch[2, j] >= best:
                    least = min(least, first + scratch[2, j])
                    break
                x = np.int64(scratch[0, j])
                drive = time[k + c, x] if j == i + 1 else node[scratch[0, j - 1], OUT_TIME]
                at = start_after(leaves + drive, x, stop, gap, has_gaps)
                leaves = at + stop[x, SERVICE]
                if at > node[x, LATEST] or leaves > late2:
                    break
                for d in range(dims):
                    if board[x, d] + weight[c, dims + d] > room[v, d]:
                        fits = False
                if not fits:
                    break
                q = np.int64(node[x, NEXT])
                delta = first + scratch[1, j]
                there = leaves + time_in[k + e, x]
            if delta >= best:
                least = min(least, delta)
                continue
            at = start_after(there, e, stop, gap, has_gaps)
            if at > late2 or at + s2 + time[k + e, q] > node[q, LATEST]:
                continue
            if whole and not _fits_with(
                n, v, c, p, e, x, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps
            ):
                continue
            best = delta
            best_p = p
            best_p2 = np.int64(x)
    return (least if best_p < 0 else best) + besides, best_p, best_p2
