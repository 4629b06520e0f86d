"""Two routes exchange their tails (2-opt*), or one is cut in two; annealed like the steps between."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled
from routing.solver.kernel.random_numbers import rand_below, rand_unit
from routing.solver.kernel.route_times import backward, fits_whole, forward, route_extra, save_node
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
    HAS_RELEASES,
    IMPROVED,
    IN_COST,
    KIND,
    LATEST,
    LEAVES,
    LOADS,
    LOG_ID,
    MAX_STOPS,
    NEXT,
    NEXT_STAMP,
    NODE_COLUMNS,
    OUT_COST,
    OUT_TIME,
    PLACES,
    PREV,
    RELEASE,
    RETURNS,
    ROUTE,
    TAIL_MOVES,
    USED,
    VISIBLE,
)


@compiled
def keep_best(node: Any, counter: Any, best_next: Any) -> None:
    """Remember the present plan as the best one."""
    counter[BEST] = counter[COST]
    counter[IMPROVED] += 1
    for x in range(node.shape[0]):
        best_next[x] = node[x, NEXT]


@compiled
def free_vehicle(kind: Any, route: Any, kind_first: Any, rng: Any) -> Any:
    """An unused vehicle of this kind, the probe beginning anywhere; the caller knows that there is one."""
    first = kind_first[kind]
    count = kind_first[kind + 1] - first
    at = rand_below(rng, count)
    while route[first + at, COUNT] > 0:
        at += 1
        if at == count:
            at = 0
    return first + at


@compiled
def _tail_weight(n: Any, x: Any, node: Any, load: Any, weight: Any) -> Any:
    """Sum the loads from x to the end of its route into `weight`; returns how many stops these are."""
    for d in range(weight.shape[0]):
        weight[d] = 0
    count = 0
    while x < n:
        for d in range(weight.shape[0]):
            weight[d] += load[x, d]
        count += 1
        x = node[x, NEXT]
    return count


@compiled
def _tail_allowed(n: Any, x: Any, node: Any, pair_cost: Any, old: Any, new: Any) -> Any:
    """What the tail from x on costs more with vehicles of kind `new` than `old`; `FORBIDDEN` when it may not."""
    more = np.int64(0)
    while x < n:
        if pair_cost[x, new] >= FORBIDDEN:
            return np.int64(FORBIDDEN)
        more += pair_cost[x, new] - pair_cost[x, old]
        x = node[x, NEXT]
    return more


@compiled
def undo_nodes(node: Any, node_log: Any, n_log: Any) -> None:
    """Put back the logged nodes as they were before this step."""
    for i in range(n_log):
        for k in range(NODE_COLUMNS):
            node[node_log[i, LOG_ID], k] = node_log[i, k]


@compiled
def tail_moves(
    opt: Any,
    temperature: Any,
    n: Any,
    node: Any,
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
    load: Any,
    soft: Any,
    pair_cost: Any,
    vehicle: Any,
    capacity: Any,
    kind_first: Any,
    kind_free: Any,
    succ: Any,
    wait_cost: Any,
    flags: Any,
    best_next: Any,
    node_log: Any,
    weights: Any,
    visible: Any,
) -> None:
    """
    Try some random tail exchanges: c -> c2 joins the head of c's route to the tail of c2's, p2 -> s1 the other parts.

    Vehicles of different classes, places, or times of return do not exchange tails.
    """
    for _ in range(opt.tail_moves):
        c = np.int64(visible[rand_below(rng, counter[VISIBLE])])
        v = np.int64(node[c, ROUTE])
        if v < 0:
            continue
        k = vehicle[v, CLASS_ROW]
        s1 = np.int64(node[c, NEXT])
        split = rand_unit(rng) < opt.split_route
        if split:
            kind = vehicle[v, KIND]
            if s1 >= n or kind_free[kind] == 0:
                continue
            w = free_vehicle(kind, route, kind_first, rng)
            c2 = np.int64(n + w)
            p2 = c2
            delta = cost[k + c, n + v] + cost_in[k + s1, n + w] - node[c, OUT_COST] + vehicle[v, FIXED]
        else:
            c2 = np.int64(succ[c, rand_below(rng, opt.tail_near)])
            if c2 < 0:
                continue
            w = np.int64(node[c2, ROUTE])
            if w < 0 or w == v or node[c, DEPART] + time[k + c, c2] > node[c2, LATEST]:
                continue
            if flags[HAS_KINDS] and (
                vehicle[w, CLASS_ROW] != k
                or vehicle[w, PLACES] != vehicle[v, PLACES]
                or vehicle[w, RETURNS] != vehicle[v, RETURNS]
            ):
                continue
            p2 = np.int64(node[c2, PREV])
            joined = np.int64(0)
            if s1 < n:
                joined = np.int64(cost_in[k + s1, p2])
            elif p2 < n:
                joined = np.int64(cost[k + p2, n + w])
            else:
                joined = -np.int64(vehicle[w, FIXED])
            delta = cost[k + c, c2] + joined - node[c, OUT_COST] - node[c2, IN_COST]
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
        if split and node[c, DEPART] + time[k + c, n + v] > vehicle[v, RETURNS]:
            continue
        # Loads of tails are not kept up to date: few moves get this far, so walking is cheaper.
        weight1 = weights[0]
        weight2 = weights[1]
        n1 = _tail_weight(n, s1, node, load, weight1)
        n2 = _tail_weight(n, c2, node, load, weight2)
        room = route[v, COUNT] - n1 + n2 <= vehicle[v, MAX_STOPS] and route[w, COUNT] - n2 + n1 <= vehicle[w, MAX_STOPS]
        for d in range(load.shape[1]):
            shift = weight2[d] - weight1[d]
            if route[v, LOADS + d] + shift > capacity[v, d] or route[w, LOADS + d] - shift > capacity[w, d]:
                room = False
        if not room:
            continue
        if vehicle[v, KIND] != vehicle[w, KIND]:
            more1 = _tail_allowed(n, s1, node, pair_cost, vehicle[v, KIND], vehicle[w, KIND])
            more2 = _tail_allowed(n, c2, node, pair_cost, vehicle[w, KIND], vehicle[v, KIND])
            if more1 >= FORBIDDEN or more2 >= FORBIDDEN:
                continue
            delta += more1 + more2
            if delta - route[v, EXTRA] - route[w, EXTRA] >= limit:
                continue
        stamp = counter[NEXT_STAMP]
        counter[NEXT_STAMP] += 1
        has_gaps = flags[HAS_GAPS] != 0
        end1 = np.int64(node[n + v, PREV])
        end2 = np.int64(node[n + w, PREV])
        n_log = save_node(node, node_log, c, 0, stamp)
        n_log = save_node(node, node_log, p2, n_log, stamp)
        n_log = save_node(node, node_log, n + v, n_log, stamp)
        n_log = save_node(node, node_log, n + w, n_log, stamp)
        x = s1
        while x < n:
            n_log = save_node(node, node_log, x, n_log, stamp)
            node[x, ROUTE] = w
            x = np.int64(node[x, NEXT])
        x = c2
        while x < n:
            n_log = save_node(node, node_log, x, n_log, stamp)
            node[x, ROUTE] = v
            x = np.int64(node[x, NEXT])
        if c2 < n:
            node[c, NEXT] = c2
            node[c, OUT_COST] = cost[k + c, c2]
            node[c2, IN_COST] = cost[k + c, c2]
            node[c, OUT_TIME] = time[k + c, c2]
            node[c2, PREV] = c
            node[n + v, PREV] = end2
            node[n + v, IN_COST] = node[end2, OUT_COST]
            node[end2, NEXT] = n + v
        else:
            node[c, NEXT] = n + v
            node[c, OUT_COST] = cost[k + c, n + v]
            node[n + v, IN_COST] = cost[k + c, n + v]
            node[c, OUT_TIME] = time[k + c, n + v]
            node[n + v, PREV] = c
        if s1 < n:
            node[p2, NEXT] = s1
            node[p2, OUT_COST] = cost_in[k + s1, p2]
            node[s1, IN_COST] = cost_in[k + s1, p2]
            node[p2, OUT_TIME] = time_in[k + s1, p2]
            node[s1, PREV] = p2
            node[n + w, PREV] = end1
            node[n + w, IN_COST] = node[end1, OUT_COST]
            node[end1, NEXT] = n + w
        elif p2 < n:
            node[p2, NEXT] = n + w
            node[p2, OUT_COST] = cost[k + p2, n + w]
            node[n + w, IN_COST] = cost[k + p2, n + w]
            node[p2, OUT_TIME] = time[k + p2, n + w]
            node[n + w, PREV] = p2
        else:
            node[n + w, NEXT] = n + w
            node[n + w, PREV] = n + w
            node[n + w, OUT_COST] = 0
            node[n + w, IN_COST] = 0
            node[n + w, OUT_TIME] = 0
        ok = True
        if flags[HAS_RELEASES]:
            for u in (v, w):
                leaves = np.int64(vehicle[u, LEAVES])
                x = np.int64(node[n + u, NEXT])
                while x < n:
                    leaves = max(leaves, np.int64(stop[x, RELEASE]))
                    x = np.int64(node[x, NEXT])
                if leaves != node[n + u, DEPART]:
                    node[n + u, DEPART] = leaves
                    n_log = forward(n, node, stop, gap, has_gaps, node_log, np.int64(node[n + u, NEXT]), n_log, stamp)
        if c2 < n:
            n_log = forward(n, node, stop, gap, has_gaps, node_log, c2, n_log, stamp)
        n_log = forward(n, node, stop, gap, has_gaps, node_log, s1, n_log, stamp)
        n_log = backward(n, node, stop, gap, has_gaps, node_log, c, n_log, stamp)
        n_log = backward(n, node, stop, gap, has_gaps, node_log, p2, n_log, stamp)
        if flags[HAS_RELEASES] or flags[HAS_LIMITS]:
            for u in (v, w):
                if node[n + u, NEXT] < n and not fits_whole(
                    n,
                    u,
                    -1,
                    0,
                    node,
                    vehicle,
                    time,
                    time_in,
                    metres,
                    metres_in,
                    stop,
                    gap,
                    has_gaps,
                ):
                    ok = False
        extra1 = np.int64(0)
        extra2 = np.int64(0)
        if ok and flags[HAS_EXTRA]:
            extra1 = route_extra(n, v, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
            extra2 = route_extra(n, w, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
            delta += extra1 + extra2 - route[v, EXTRA] - route[w, EXTRA]
            ok = delta < limit
        if not ok:
            undo_nodes(node, node_log, n_log)
            continue
        if route[w, COUNT] == 0:
            counter[USED] += 1
            kind_free[vehicle[w, KIND]] -= 1
        route[v, COUNT] += n2 - n1
        route[w, COUNT] += n1 - n2
        route[v, EXTRA] = extra1
        route[w, EXTRA] = extra2
        if route[w, COUNT] == 0:
            counter[USED] -= 1
            kind_free[vehicle[w, KIND]] += 1
        for d in range(load.shape[1]):
            route[v, LOADS + d] += weight2[d] - weight1[d]
            route[w, LOADS + d] += weight1[d] - weight2[d]
        counter[COST] += delta
        counter[TAIL_MOVES] += 1
        if counter[COST] < counter[BEST]:
            keep_best(node, counter, best_next)
