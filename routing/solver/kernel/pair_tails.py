"""Two routes with pairs exchange their tails where neither has a pair under way, or one is cut in two there."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled_inside
from routing.solver.kernel.pair_routes import put_back, refresh, save_whole
from routing.solver.kernel.pair_tables import OPEN, UNFIT
from routing.solver.kernel.random_numbers import rand_below, rand_unit
from routing.solver.kernel.route_times import fits_whole, route_extra
from routing.solver.kernel.tables import (
    BEST,
    CLASS_ROW,
    COST,
    COUNT,
    DEPART,
    EXTRA,
    FIXED,
    FORBIDDEN,
    HAS_EXTRA,
    HAS_GAPS,
    HAS_KINDS,
    HAS_LIMITS,
    KIND,
    LATEST,
    LEAVES,
    MAX_STOPS,
    NEXT,
    NEXT_STAMP,
    OUT_COST,
    OUT_TIME,
    PLACES,
    PREV,
    RETURNS,
    ROUTE,
    TAIL_MOVES,
    USED,
    VISIBLE,
)
from routing.solver.kernel.tail_moves import free_vehicle, keep_best


@compiled_inside
def _moved(n: Any, x: Any, v: Any, w: Any, node: Any, pair_cost: Any, vehicle: Any) -> Any:
    """What the tail from x on costs more with vehicle w than with v (`FORBIDDEN`: it may not), and its stops."""
    more = np.int64(0)
    count = 0
    old = vehicle[v, KIND]
    new = vehicle[w, KIND]
    while x < n:
        if pair_cost[x, new] >= FORBIDDEN:
            more = np.int64(FORBIDDEN)
        elif more < FORBIDDEN:
            more += pair_cost[x, new] - pair_cost[x, old]
        count += 1
        x = np.int64(node[x, NEXT])
    return more, count


@compiled_inside
def _join(
    n: Any,
    p: Any,
    x: Any,
    last: Any,
    v: Any,
    node: Any,
    vehicle: Any,
    cost: Any,
    cost_in: Any,
    time: Any,
    time_in: Any,
) -> None:
    """Let node p of vehicle v be followed by the tail from x to `last`; x is no stop where there is no tail."""
    k = vehicle[v, CLASS_ROW]
    home = n + v
    if x < n:
        node[p, NEXT] = x
        node[p, OUT_COST] = cost_in[k + x, p]
        node[p, OUT_TIME] = time_in[k + x, p]
        node[x, PREV] = p
        node[last, NEXT] = home
        node[home, PREV] = last
        while x < n:
            node[x, ROUTE] = v
            x = np.int64(node[x, NEXT])
        return
    node[p, NEXT] = home
    node[home, PREV] = p
    node[p, OUT_COST] = cost[k + p, home] if p < n else 0
    node[p, OUT_TIME] = time[k + p, home] if p < n else 0


@compiled_inside
def pair_tail_moves(
    opt: Any,
    temperature: Any,
    n: Any,
    node: Any,
    board: Any,
    route: Any,
    counter: Any,
    rng: Any,
    cost: Any,
    cost_in: Any,
    time: Any,
    time_in: Any,
    metres: Any,
    metres_in: Any,
    stop: Any,
    gap: Any,
    soft: Any,
    pair_cost: Any,
    vehicle: Any,
    kind_first: Any,
    kind_free: Any,
    succ: Any,
    wait_cost: Any,
    flags: Any,
    head: Any,
    tail: Any,
    weight: Any,
    base: Any,
    room: Any,
    best_next: Any,
    node_log: Any,
    board_log: Any,
    route_log: Any,
    visible: Any,
) -> None:
    """
    Try some random tail exchanges: c -> c2 joins the head of c's route to the tail of c2's, p2 -> s1 the other parts.

    As in `tail_moves`, vehicles of different classes, places, or times of return do not exchange tails.
    """
    has_gaps = flags[HAS_GAPS] != 0
    zero = np.int64(0)
    for _ in range(opt.tail_moves):
        c = np.int64(visible[rand_below(rng, counter[VISIBLE])])
        v = np.int64(node[c, ROUTE])
        if v < 0 or node[c, OPEN] != 0:
            continue
        k = vehicle[v, CLASS_ROW]
        s1 = np.int64(node[c, NEXT])
        split = rand_unit(rng) < opt.split_route
        if split:
            kind = vehicle[v, KIND]
            if s1 >= n or kind_free[kind] == 0:
                continue
            w = np.int64(free_vehicle(kind, route, kind_first, rng))
            c2 = np.int64(n + w)
            p2 = c2
            delta = cost[k + c, n + v] + np.int64(cost_in[k + s1, n + w]) - node[c, OUT_COST] + vehicle[v, FIXED]
        else:
            c2 = np.int64(succ[c, rand_below(rng, min(opt.tail_near, succ.shape[1]))])
            if c2 < 0:
                continue
            w = np.int64(node[c2, ROUTE])
            if w < 0 or w == v or node[c, DEPART] + time[k + c, c2] > node[c2, LATEST]:
                continue
            p2 = np.int64(node[c2, PREV])
            if node[p2, OPEN] != 0:
                continue
            if flags[HAS_KINDS] and (
                vehicle[w, CLASS_ROW] != k
                or vehicle[w, PLACES] != vehicle[v, PLACES]
                or vehicle[w, RETURNS] != vehicle[v, RETURNS]
            ):
                continue
            if s1 < n:
                joined = np.int64(cost_in[k + s1, p2])
            elif p2 < n:
                joined = np.int64(cost[k + p2, n + w])
            else:
                joined = -np.int64(vehicle[w, FIXED])
            delta = cost[k + c, c2] + joined - node[c, OUT_COST] - node[p2, OUT_COST]
        limit = -temperature * np.log(rand_unit(rng))
        # What waiting and soft windows cost can fall at most to nothing.
        if delta - route[v, EXTRA] - route[w, EXTRA] >= limit:
            continue
        if s1 < n:
            if p2 < n:
                if node[p2, DEPART] + time[k + p2, s1] > node[s1, LATEST]:
                    continue
            elif vehicle[w, LEAVES] + time_in[k + s1, p2] > node[s1, LATEST]:
                continue
        elif p2 < n and node[p2, DEPART] + time[k + p2, n + w] > vehicle[w, RETURNS]:
            continue
        more1, n1 = _moved(n, s1, v, w, node, pair_cost, vehicle)
        more2, n2 = _moved(n, c2, w, v, node, pair_cost, vehicle)
        count1 = route[v, COUNT] - n1 + n2
        count2 = route[w, COUNT] - n2 + n1
        if more1 >= FORBIDDEN or more2 >= FORBIDDEN or count1 > vehicle[v, MAX_STOPS] or count2 > vehicle[w, MAX_STOPS]:
            continue
        delta += more1 + more2
        stamp = counter[NEXT_STAMP]
        counter[NEXT_STAMP] += 1
        n_log, n_rlog = save_whole(n, v, node, board, route, node_log, board_log, route_log, zero, zero, stamp)
        n_log, n_rlog = save_whole(n, w, node, board, route, node_log, board_log, route_log, n_log, n_rlog, stamp)
        end1 = np.int64(node[n + v, PREV])
        end2 = np.int64(node[n + w, PREV])
        for turn in range(2):
            u = v if turn == 0 else w
            if turn == 0:
                _join(n, c, c2, end2, u, node, vehicle, cost, cost_in, time, time_in)
                route[u, COUNT] = count1
            else:
                _join(n, p2, s1, end1, u, node, vehicle, cost, cost_in, time, time_in)
                route[u, COUNT] = count2
            refresh(n, u, node, board, route, counter, vehicle, stop, gap, has_gaps, head, tail, weight, base, room)
            if (
                flags[HAS_LIMITS]
                and route[u, COUNT] > 0
                and not fits_whole(n, u, -1, 0, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps)
            ):
                route[u, UNFIT] = 1
            extra = np.int64(0)
            if route[u, UNFIT] == 0 and flags[HAS_EXTRA] and route[u, COUNT] > 0:
                extra = route_extra(n, u, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
            delta += extra - route[u, EXTRA]
            route[u, EXTRA] = extra
        if route[v, UNFIT] != 0 or route[w, UNFIT] != 0 or delta >= limit:
            put_back(node, board, route, node_log, board_log, route_log, n_log, n_rlog)
            continue
        if split:
            counter[USED] += 1
            kind_free[vehicle[w, KIND]] -= 1
        elif count2 == 0:
            counter[USED] -= 1
            kind_free[vehicle[w, KIND]] += 1
        counter[COST] += delta
        counter[TAIL_MOVES] += 1
        if counter[COST] < counter[BEST]:
            keep_best(node, counter, best_next)
