"""
One step of ruin and recreate with pairs: strings of stops go, each with its partner, and come back job by job.

As in `ruin_recreate`, after Christiaens and Vanden Berghe (2020, doi 10.1287/trsc.2019.0914). The cheapest place of a
job in a route is remembered for as long as the route stays as it is: most routes outlive most steps.
"""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled_inside
from routing.solver.kernel.pair_places import cheapest_place
from routing.solver.kernel.pair_routes import put_back, put_in, refresh, save_whole, take_out
from routing.solver.kernel.pair_tables import (
    KNOWN_COST,
    KNOWN_HEAD,
    KNOWN_TAIL,
    KNOWN_VERSION,
    NOWHERE,
    UNFIT,
    UNKNOWN,
    VERSION,
)
from routing.solver.kernel.random_numbers import rand_below, rand_unit
from routing.solver.kernel.route_times import route_extra
from routing.solver.kernel.tables import (
    ABSENT,
    ACCEPTED,
    BEST,
    BLINK_SKIP,
    COST,
    COUNT,
    EARLY,
    EXTRA,
    FIXED,
    HAS_EXTRA,
    HAS_GAPS,
    HAS_LIMITS,
    HOME,
    KIND,
    LATE,
    NEXT,
    NEXT_STAMP,
    PREV,
    ROUTE,
    USED,
    VISIBLE,
)
from routing.solver.kernel.tail_moves import free_vehicle, keep_best

PLATEAU = 0.1
"""Chance to go on with a plan that costs as much as the one before."""


@compiled_inside
def _sort_jobs(rng: Any, removed: Any, n_removed: Any, key: Any, weight: Any, stop: Any, tail: Any, dims: Any) -> None:
    """Put the removed jobs into the order in which they are inserted: one random rule a step."""
    rule = rand_unit(rng) * 10.0
    for i in range(n_removed):
        c = removed[0, i]
        e = c if tail[c] < 0 else tail[c]
        if rule < 4.0:
            key[i] = rand_unit(rng)
        elif rule < 5.0:
            key[i] = -abs(weight[c, dims])
        elif rule < 7.0:
            key[i] = -(np.float64(stop[c, HOME]) + stop[e, HOME])
        elif rule < 8.0:
            key[i] = np.float64(stop[c, HOME]) + stop[e, HOME]
        elif rule < 8.7:
            key[i] = np.float64(stop[e, LATE]) - stop[c, EARLY]
        elif rule < 9.4:
            key[i] = stop[c, EARLY]
        else:
            key[i] = -np.float64(stop[e, LATE])
    for i in range(1, n_removed):
        k = key[i]
        c = removed[0, i]
        j = i - 1
        while j >= 0 and key[j] > k:
            key[j + 1] = key[j]
            removed[0, j + 1] = removed[0, j]
            j -= 1
        key[j + 1] = k
        removed[0, j + 1] = c


@compiled_inside
def _mark_string(opt: Any, n: Any, c: Any, count: Any, max_len: Any, node: Any, rng: Any, scratch: Any) -> Any:
    """Write a random string of stops around c to the scratch row, without those that it keeps; returns their number."""
    length = min(count, int(rand_unit(rng) * min(float(count), max_len) + 1.0))
    kept = 0
    if 1 < length < count and rand_unit(rng) < opt.split_string:
        kept = 1
        while length + kept < count and rand_unit(rng) < opt.more_kept:
            kept += 1
    total = length + kept
    before = 0
    x = c
    while before < total - 1 and node[x, PREV] < n:
        x = np.int64(node[x, PREV])
        before += 1
    after = 0
    y = c
    while after < total - 1 and node[y, NEXT] < n:
        y = np.int64(node[y, NEXT])
        after += 1
    least = max(0, total - 1 - after)
    for _ in range(before - least - rand_below(rng, before - least + 1)):
        x = np.int64(node[x, NEXT])
    keep_from = 1 + rand_below(rng, length - 1) if kept > 0 else total
    marked = 0
    for i in range(total):
        if i < keep_from or i >= keep_from + kept:
            scratch[0, marked] = x
            marked += 1
        x = np.int64(node[x, NEXT])
    return marked


@compiled_inside
def pair_step(
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
    penalty: Any,
    soft: Any,
    pair_cost: Any,
    vehicle: Any,
    kind_first: Any,
    kind_free: Any,
    near: Any,
    wait_cost: Any,
    flags: Any,
    head: Any,
    tail: Any,
    number: Any,
    weight: Any,
    base: Any,
    room: Any,
    best_next: Any,
    node_log: Any,
    board_log: Any,
    route_log: Any,
    known: Any,
    removed: Any,
    key: Any,
    absent: Any,
    visible: Any,
    scratch: Any,
) -> None:
    """Remove strings of stops around a random one with their partners, put the jobs back, keep or undo the whole."""
    has_gaps = flags[HAS_GAPS] != 0
    has_limits = flags[HAS_LIMITS] != 0
    dims = room.shape[1]
    slots = known.shape[1] - kind_free.shape[0]
    fleet = vehicle.shape[0]
    stamp = counter[NEXT_STAMP]
    counter[NEXT_STAMP] += 1
    # Typed, so that what is handed these is not compiled twice, for a literal 0 and for any number.
    n_log = np.int64(0)
    n_rlog = np.int64(0)
    n_removed = np.int64(0)
    used_before = counter[USED]
    delta = np.int64(0)
    mean_count = (counter[VISIBLE] - counter[ABSENT]) / max(1, counter[USED])
    max_len = min(opt.max_string, mean_count)
    n_strings = int(rand_unit(rng) * max(2.0, 4.0 * opt.mean_removed / (1.0 + max_len) - 1.0) + 1.0)
    seed = np.int64(visible[rand_below(rng, counter[VISIBLE])])
    n_ruined = 0
    for i_near in range(near.shape[1]):
        if n_ruined >= n_strings:
            break
        c = np.int64(near[seed, i_near])
        v = np.int64(node[c, ROUTE])
        if v < 0:
            continue
        seen = False
        for j in range(n_ruined):
            if removed[1, j] == v:
                seen = True
        if seen:
            continue
        marked = _mark_string(opt, n, c, route[v, COUNT], max_len, node, rng, scratch)
        n_log, n_rlog = save_whole(n, v, node, board, route, node_log, board_log, route_log, n_log, n_rlog, stamp)
        for i in range(marked):
            c = np.int64(head[scratch[0, i]])
            if node[c, ROUTE] < 0:
                continue
            delta += take_out(n, c, v, node, vehicle, cost, cost_in, time, time_in) + penalty[c]
            delta -= pair_cost[c, vehicle[v, KIND]]
            route[v, COUNT] -= 1
            e = np.int64(tail[c])
            if e >= 0:
                delta += take_out(n, e, v, node, vehicle, cost, cost_in, time, time_in) + penalty[e]
                delta -= pair_cost[e, vehicle[v, KIND]]
                route[v, COUNT] -= 1
            removed[0, n_removed] = c
            n_removed += 1
        if route[v, COUNT] == 0:
            counter[USED] -= 1
            kind_free[vehicle[v, KIND]] += 1
            delta -= vehicle[v, FIXED]
        refresh(n, v, node, board, route, counter, vehicle, stop, gap, has_gaps, head, tail, weight, base, room)
        removed[1, n_ruined] = v
        n_ruined += 1
    n_absent = counter[ABSENT]
    if n_absent > 0:
        first = rand_below(rng, n_absent)
        for i in range(min(n_absent, opt.retried)):
            removed[0, n_removed] = absent[0, (first + i) % n_absent]
            n_removed += 1
    _sort_jobs(rng, removed, n_removed, key, weight, stop, tail, dims)
    must_open = rand_unit(rng) < opt.open_new
    limit = -temperature * np.log(rand_unit(rng))
    skip = counter[BLINK_SKIP]
    blink_scale = 1.0 / np.log(1.0 - opt.blink)
    saved = np.int64(0)
    for i in range(n_removed):
        c = removed[0, i]
        key[i] = penalty[c] + (penalty[tail[c]] if tail[c] >= 0 else 0)
        saved += np.int64(key[i])
    ok = True
    for i in range(n_removed):
        c = np.int64(removed[0, i])
        out = np.int64(key[i])
        # `saved` is what can still be won back; a place that costs more would have the whole step rejected
        # (+ 2: rounded distances may break the triangle inequality by a unit).
        best = np.int64(min(min(limit - (delta - saved) + 2.0, 1e15), out))
        saved -= out
        if best <= 0 and out > 0:
            ok = False
            break
        best_v = np.int64(-1)
        best_p = np.int64(-1)
        best_p2 = np.int64(-1)
        job = number[c]
        for w in range(fleet):
            v = np.int64(w)
            if route[v, COUNT] == 0 or node[n + v, NEXT] >= n:
                continue
            skip -= 1
            overlooks = skip < 0
            if overlooks:
                skip = int(np.log(rand_unit(rng)) * blink_scale)
            slot = v % slots
            if (
                overlooks
                or known[job, slot, KNOWN_VERSION] != route[v, VERSION]
                or (known[job, slot, KNOWN_HEAD] == UNKNOWN and known[job, slot, KNOWN_COST] < best)
            ):
                d, p, p2 = cheapest_place(
                    c,
                    v,
                    best,
                    overlooks,
                    n,
                    node,
                    board,
                    route,
                    rng,
                    cost,
                    cost_in,
                    time,
                    time_in,
                    metres,
                    metres_in,
                    stop,
                    gap,
                    has_gaps,
                    has_limits,
                    pair_cost,
                    vehicle,
                    tail,
                    weight,
                    room,
                    scratch,
                )
                known[job, slot, KNOWN_VERSION] = -1 if overlooks else route[v, VERSION]
                known[job, slot, KNOWN_COST] = d
                known[job, slot, KNOWN_HEAD] = p
                known[job, slot, KNOWN_TAIL] = p2
            if known[job, slot, KNOWN_COST] < best and known[job, slot, KNOWN_HEAD] != UNKNOWN:
                best = known[job, slot, KNOWN_COST]
                best_v = v
                best_p = known[job, slot, KNOWN_HEAD]
                best_p2 = known[job, slot, KNOWN_TAIL]
        for kind in range(kind_free.shape[0]):
            if kind_free[kind] == 0:
                continue
            # What is alike in all unused vehicles of a kind stands in the last columns of the table.
            d = known[job, slots + kind, KNOWN_COST]
            if d < best or (must_open and i == 0 and d < NOWHERE):
                best = d
                best_v = free_vehicle(kind, route, kind_first, rng)
                best_p = np.int64(n + best_v)
                best_p2 = c
        if best_v < 0:
            if delta - saved >= limit:
                ok = False
                break
            continue
        v = np.int64(best_v)
        n_log, n_rlog = save_whole(n, v, node, board, route, node_log, board_log, route_log, n_log, n_rlog, stamp)
        if route[v, COUNT] == 0:
            counter[USED] += 1
            kind_free[vehicle[v, KIND]] -= 1
        put_in(n, c, best_p, v, node, vehicle, cost, cost_in, time, time_in)
        route[v, COUNT] += 1
        e = np.int64(tail[c])
        if e >= 0:
            put_in(n, e, best_p2, v, node, vehicle, cost, cost_in, time, time_in)
            route[v, COUNT] += 1
        refresh(n, v, node, board, route, counter, vehicle, stop, gap, has_gaps, head, tail, weight, base, room)
        delta += best - out
    counter[BLINK_SKIP] = skip
    if ok:
        for i in range(n_rlog):
            v = np.int64(route_log[i, route.shape[1]])
            if route[v, UNFIT] != 0:
                ok = False
            elif flags[HAS_EXTRA]:
                extra = route_extra(n, v, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
                delta += extra - route[v, EXTRA]
                route[v, EXTRA] = extra
    # What came back as it was is put back, so that what is known of the routes stays known; not each time, for a plan
    # of the same cost may be another one.
    if ok and delta < limit and (delta != 0 or rand_unit(rng) < PLATEAU):
        counter[COST] += delta
        counter[ACCEPTED] += 1
        for i in range(n_removed):
            c = np.int64(removed[0, i])
            at = absent[1, c]
            if node[c, ROUTE] < 0 and at < 0:
                absent[1, c] = counter[ABSENT]
                absent[0, counter[ABSENT]] = c
                counter[ABSENT] += 1
            elif node[c, ROUTE] >= 0 and at >= 0:
                last = absent[0, counter[ABSENT] - 1]
                absent[0, at] = last
                absent[1, last] = at
                absent[1, c] = -1
                counter[ABSENT] -= 1
        if counter[COST] < counter[BEST]:
            keep_best(node, counter, best_next)
    else:
        for i in range(n_removed):
            c = removed[0, i]
            node[c, ROUTE] = -1
            if tail[c] >= 0:
                node[tail[c], ROUTE] = -1
        for i in range(n_rlog):
            v = np.int64(route_log[i, route.shape[1]])
            if (route[v, COUNT] > 0) != (route_log[i, COUNT] > 0):
                kind_free[vehicle[v, KIND]] += 1 if route[v, COUNT] > 0 else -1
        put_back(node, board, route, node_log, board_log, route_log, n_log, n_rlog)
        counter[USED] = used_before
