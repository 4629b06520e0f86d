"""The annealing loop with pairs, and filling a search's tables from plain routes."""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled
from routing.solver.kernel.pair_places import cheapest_place
from routing.solver.kernel.pair_routes import put_in, refresh
from routing.solver.kernel.pair_step import pair_step
from routing.solver.kernel.pair_tables import KNOWN_COST, KNOWN_VERSION, NOWHERE
from routing.solver.kernel.pair_tails import pair_tail_moves
from routing.solver.kernel.route_times import route_extra
from routing.solver.kernel.tables import (
    ABSENT,
    COST,
    COUNT,
    EXTRA,
    FIXED,
    HAS_EXTRA,
    HAS_GAPS,
    HAS_LIMITS,
    IMPROVED,
    KIND,
    LATEST,
    NEXT,
    OUT_COST,
    PREV,
    RETURNS,
    ROUTE,
    ROUTE_STAMP,
    STEPS,
    USED,
    VISIBLE,
)
from routing.solver.kernel.tail_moves import keep_best


@compiled
def pair_anneal(problem: Any, pairs: Any, state: Any, opt: Any, steps: Any, hot: Any, cold: Any) -> None:
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
        _,
        penalty,
        soft,
        pair_cost,
        vehicle,
        _,
        kind_first,
        near,
        succ,
        _,
        wait_cost,
        flags,
    ) = problem
    head, tail, number, weight, base, room = pairs
    (
        node,
        board,
        route,
        counter,
        rng,
        best_next,
        node_log,
        board_log,
        route_log,
        known,
        removed,
        key,
        absent,
        visible,
        kind_free,
        scratch,
    ) = state
    n = stop.shape[0]
    temperature = hot
    factor = (cold / hot) ** (1.0 / steps)
    for _ in range(steps if counter[VISIBLE] > 0 else 0):
        pair_tail_moves(
            opt,
            temperature,
            n,
            node,
            board,
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
            soft,
            pair_cost,
            vehicle,
            kind_first,
            kind_free,
            succ,
            wait_cost,
            flags,
            head,
            tail,
            weight,
            base,
            room,
            best_next,
            node_log,
            board_log,
            route_log,
            visible,
        )
        pair_step(
            opt,
            temperature,
            n,
            node,
            board,
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
            penalty,
            soft,
            pair_cost,
            vehicle,
            kind_first,
            kind_free,
            near,
            wait_cost,
            flags,
            head,
            tail,
            number,
            weight,
            base,
            room,
            best_next,
            node_log,
            board_log,
            route_log,
            known,
            removed,
            key,
            absent,
            visible,
            scratch,
        )
        temperature *= factor
    counter[STEPS] += steps


@compiled
def load_pair_routes(
    problem: Any, pairs: Any, state: Any, stops: Any, lengths: Any, mine: Any, sees_left_out: Any
) -> None:
    """
    Fill the tables: `stops` are the routes of vehicles 0, 1, ... one after the other; stops in none are left out.

    A vehicle v without `mine[v]`, and its stops, are another search's: this one does not see them, nor jobs in no
    route unless it `sees_left_out`.
    """
    vehicle, pair_cost, stop, gap = problem.vehicle, problem.pair_cost, problem.stop, problem.gap
    cost, cost_in, time, time_in = problem.cost, problem.cost_in, problem.time, problem.time_in
    penalty, flags = problem.penalty, problem.flags
    head, tail, weight, base, room = pairs.head, pairs.tail, pairs.weight, pairs.base, pairs.room
    node, route, counter, board = state.node, state.route, state.counter, state.board
    absent, visible, kind_free = state.absent, state.visible, state.kind_free
    n = stop.shape[0]
    has_gaps = flags[HAS_GAPS] != 0
    total = np.int64(0)

    node[:, ROUTE] = -1
    route[:, :] = 0
    route[:, ROUTE_STAMP] = -1
    kind_free[:] = 0
    counter[USED] = 0
    k0 = 0
    for v in range(vehicle.shape[0]):
        m = lengths[v]
        home = n + v
        node[home, ROUTE] = v
        node[home, NEXT] = home
        node[home, PREV] = home
        node[home, OUT_COST] = 0
        node[home, LATEST] = vehicle[v, RETURNS]
        route[v, COUNT] = m
        if not mine[v]:
            # Counted as in use, without a stop of its own: no step opens it, none looks into it.
            route[v, COUNT] = max(1, m)
            for i in range(m):
                node[stops[k0 + i], ROUTE] = -2
            k0 += m
            continue
        p = np.int64(home)
        for i in range(m):
            c = np.int64(stops[k0 + i])
            put_in(n, c, p, v, node, vehicle, cost, cost_in, time, time_in)
            total += pair_cost[c, vehicle[v, KIND]]
            p = c
        k0 += m
        refresh(n, v, node, board, route, counter, vehicle, stop, gap, has_gaps, head, tail, weight, base, room)
        if m == 0:
            kind_free[vehicle[v, KIND]] += 1
            continue
        x = np.int64(home)
        while True:
            total += node[x, OUT_COST]
            x = np.int64(node[x, NEXT])
            if x >= n:
                break
        counter[USED] += 1
        total += vehicle[v, FIXED]
        if flags[HAS_EXTRA]:
            route[v, EXTRA] = route_extra(n, v, node, vehicle, stop, gap, has_gaps, problem.soft, problem.wait_cost)
            total += route[v, EXTRA]
    counter[ABSENT] = 0
    counter[VISIBLE] = 0
    for k in range(n):
        c = np.int64(k)
        absent[1, c] = -1
        if node[c, ROUTE] == -2 or (node[c, ROUTE] == -1 and not sees_left_out):
            continue
        visible[counter[VISIBLE]] = c
        counter[VISIBLE] += 1
        if node[c, ROUTE] < 0:
            total += penalty[c]
            if pairs.head[c] == c:
                absent[1, c] = counter[ABSENT]
                absent[0, counter[ABSENT]] = c
                counter[ABSENT] += 1
    counter[COST] = total
    keep_best(node, counter, state.best_next)
    counter[IMPROVED] = 0


@compiled
def price_alone(problem: Any, pairs: Any, state: Any) -> None:
    """Fill in what each job costs in an unused vehicle of each kind; the tables hold no routes yet."""
    n = problem.stop.shape[0]
    slots = state.known.shape[1] - problem.kind_first.shape[0] + 1
    state.known[:, :, KNOWN_VERSION] = -1
    for kind in range(problem.kind_first.shape[0] - 1):
        v = problem.kind_first[kind]
        for c in range(n):
            if pairs.head[c] != c:
                continue
            found, _, _ = cheapest_place(
                c,
                v,
                np.int64(NOWHERE),
                np.bool_(False),
                n,
                state.node,
                state.board,
                state.route,
                state.rng,
                problem.cost,
                problem.cost_in,
                problem.time,
                problem.time_in,
                problem.metres,
                problem.metres_in,
                problem.stop,
                problem.gap,
                problem.flags[HAS_GAPS] != 0,
                problem.flags[HAS_LIMITS] != 0,
                problem.pair_cost,
                problem.vehicle,
                pairs.tail,
                pairs.weight,
                pairs.room,
                state.scratch,
            )
            state.known[pairs.number[c], slots + kind, KNOWN_COST] = found
