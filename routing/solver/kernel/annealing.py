"""The annealing loop, and filling a search's tables from plain routes."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled
from routing.solver.kernel.route_times import route_extra, start_after, start_before
from routing.solver.kernel.ruin_recreate import ruin_recreate
from routing.solver.kernel.tables import (
    ABSENT,
    CLASS_ROW,
    COST,
    COUNT,
    DEPART,
    EXTRA,
    FIXED,
    HAS_EXTRA,
    HAS_GAPS,
    IMPROVED,
    IN_COST,
    KIND,
    LATEST,
    LEAVES,
    LOADS,
    LOG_STAMP,
    NEXT,
    OUT_COST,
    OUT_TIME,
    PREV,
    RELEASE,
    RETURNS,
    ROUTE,
    ROUTE_STAMP,
    SERVICE,
    STEPS,
    USED,
    VISIBLE,
)
from routing.solver.kernel.tail_moves import keep_best, tail_moves


@compiled
def anneal(problem: Any, state: Any, opt: Any, steps: Any, hot: Any, cold: Any) -> None:
    """So many steps while the temperature falls geometrically from `hot` to `cold`; other threads run meanwhile."""
    (
        cost,
        cost_in,
        time,
        time_in,
        metres,
        metres_in,
        stop,
        gap,
        load,
        penalty,
        soft,
        pair_cost,
        vehicle,
        capacity,
        kind_first,
        near,
        succ,
        pred,
        wait_cost,
        flags,
    ) = problem
    (
        node,
        route,
        counter,
        rng,
        best_next,
        node_log,
        route_log,
        removed,
        key,
        absent,
        visible,
        kind_free,
        weights,
    ) = state
    n = stop.shape[0]
    temperature = hot
    factor = (cold / hot) ** (1.0 / steps)
    for _ in range(steps):
        tail_moves(
            opt,
            temperature,
            n,
            node,
            route,
            counter,
            rng,
            cost,
            cost_in,
            time,
            time_in,
            metres,
            metres_in,
            stop,
            gap,
            load,
            soft,
            pair_cost,
            vehicle,
            capacity,
            kind_first,
            kind_free,
            succ,
            wait_cost,
            flags,
            best_next,
            node_log,
            weights,
            visible,
        )
        ruin_recreate(
            opt,
            temperature,
            n,
            node,
            route,
            counter,
            rng,
            cost,
            cost_in,
            time,
            time_in,
            metres,
            metres_in,
            stop,
            gap,
            load,
            penalty,
            soft,
            pair_cost,
            vehicle,
            capacity,
            kind_first,
            kind_free,
            near,
            succ,
            pred,
            wait_cost,
            flags,
            best_next,
            node_log,
            route_log,
            removed,
            key,
            absent,
            visible,
        )
        temperature *= factor
    counter[STEPS] += steps


@compiled
def load_routes(problem: Any, state: Any, stops: Any, lengths: Any, mine: Any, sees_left_out: Any) -> None:
    """
    Fill the tables: `stops` are the routes of vehicles 0, 1, ... one after the other; stops in none are left out.

    A vehicle v without `mine[v]`, and its stops, are another search's: this one does not see them, nor stops in no
    route unless it `sees_left_out`.
    """
    vehicle, pair_cost, stop, gap, load = problem.vehicle, problem.pair_cost, problem.stop, problem.gap, problem.load
    cost, cost_in, time, time_in = problem.cost, problem.cost_in, problem.time, problem.time_in
    penalty, soft, wait_cost, flags = problem.penalty, problem.soft, problem.wait_cost, problem.flags
    node, route, counter, absent, visible = state.node, state.route, state.counter, state.absent, state.visible
    kind_free, best_next, node_log = state.kind_free, state.best_next, state.node_log
    n = stop.shape[0]
    has_gaps = flags[HAS_GAPS] != 0
    total = np.int64(0)
    node[:, ROUTE] = -1
    node_log[:, LOG_STAMP] = -1
    route[:, :] = 0
    route[:, ROUTE_STAMP] = -1
    kind_free[:] = 0
    counter[USED] = 0
    k0 = 0
    for v in range(vehicle.shape[0]):
        m = lengths[v]
        k = vehicle[v, CLASS_ROW]
        home_node = n + v
        node[home_node, ROUTE] = v
        node[home_node, DEPART] = vehicle[v, LEAVES]
        node[home_node, LATEST] = vehicle[v, RETURNS]
        node[home_node, NEXT] = home_node
        node[home_node, PREV] = home_node
        node[home_node, OUT_COST] = 0
        node[home_node, IN_COST] = 0
        node[home_node, OUT_TIME] = 0
        route[v, COUNT] = m
        if not mine[v]:
            route[v, COUNT] = max(1, m)
            for i in range(m):
                node[stops[k0 + i], ROUTE] = -2
            k0 += m
            continue
        if m == 0:
            kind_free[vehicle[v, KIND]] += 1
            continue
        counter[USED] += 1
        total += vehicle[v, FIXED]
        p = home_node
        for i in range(m):
            c = stops[k0 + i]
            node[p, NEXT] = c
            node[p, OUT_COST] = cost_in[k + c, p]
            node[p, OUT_TIME] = time_in[k + c, p]
            node[c, IN_COST] = node[p, OUT_COST]
            total += node[p, OUT_COST] + pair_cost[c, vehicle[v, KIND]]
            node[c, PREV] = p
            node[c, ROUTE] = v
            for d in range(load.shape[1]):
                route[v, LOADS + d] += load[c, d]
            node[home_node, DEPART] = max(node[home_node, DEPART], stop[c, RELEASE])
            p = c
        node[p, NEXT] = home_node
        node[home_node, PREV] = p
        node[p, OUT_COST] = cost[k + p, home_node]
        node[p, OUT_TIME] = time[k + p, home_node]
        node[home_node, IN_COST] = node[p, OUT_COST]
        total += node[p, OUT_COST]
        a = np.int64(node[home_node, DEPART])
        p = home_node
        for i in range(m):
            c = stops[k0 + i]
            a = start_after(a + node[p, OUT_TIME], c, stop, gap, has_gaps) + stop[c, SERVICE]
            node[c, DEPART] = a
            p = c
        z = np.int64(vehicle[v, RETURNS])
        for i in range(m - 1, -1, -1):
            c = stops[k0 + i]
            z = start_before(z - node[c, OUT_TIME] - stop[c, SERVICE], c, stop, gap, has_gaps)
            node[c, LATEST] = z
        if flags[HAS_EXTRA]:
            route[v, EXTRA] = route_extra(n, v, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
            total += route[v, EXTRA]
        k0 += m
    counter[ABSENT] = 0
    counter[VISIBLE] = 0
    for c in range(n):
        absent[1, c] = -1
        if node[c, ROUTE] == -2 or (node[c, ROUTE] == -1 and not sees_left_out):
            continue
        visible[counter[VISIBLE]] = c
        counter[VISIBLE] += 1
        if node[c, ROUTE] < 0:
            absent[1, c] = counter[ABSENT]
            absent[0, counter[ABSENT]] = c
            counter[ABSENT] += 1
            total += penalty[c]
    counter[COST] = total
    keep_best(node, counter, best_next)
    counter[IMPROVED] = 0


@compiled
def routes_now(problem: Any, state: Any, following: Any, stops: Any, lengths: Any, costs: Any) -> None:
    """
    Write out the routes that `following` (next node by node) describes, one vehicle after the other, with their costs.

    The costs are of arcs, an opened route and serving by this kind; those of waiting and soft windows are not in them.
    """
    vehicle, pair_cost, cost, cost_in = problem.vehicle, problem.pair_cost, problem.cost, problem.cost_in
    n = problem.stop.shape[0]
    written = 0
    for v in range(vehicle.shape[0]):
        k = vehicle[v, CLASS_ROW]
        first = written
        total = np.int64(0)
        p = np.int64(n + v)
        x = np.int64(following[p])
        while x < n:
            total += cost_in[k + x, p] + pair_cost[x, vehicle[v, KIND]]
            stops[written] = x
            written += 1
            p = x
            x = np.int64(following[x])
        if p < n:
            total += cost[k + p, n + v] + vehicle[v, FIXED]
        lengths[v] = written - first
        costs[v] = total
