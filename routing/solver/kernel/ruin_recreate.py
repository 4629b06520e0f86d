"""
One step of slack induction by string removals (Christiaens and Vanden Berghe 2020, doi 10.1287/trsc.2019.0914).

Differences from the paper: a stop is tried only beside its nearest neighbours that fit in time, the acceptance
threshold is drawn before the rebuilding so that hopeless steps end early, and stops may stay out at a price.
"""

from typing import Any

import numpy as np

from routing.solver.kernel.compiling import compiled
from routing.solver.kernel.random_numbers import rand_below, rand_unit
from routing.solver.kernel.route_times import (
    backward,
    fits_whole,
    forward,
    route_extra,
    save_node,
    start_after,
    start_before,
)
from routing.solver.kernel.tables import (
    ABSENT,
    ACCEPTED,
    BEST,
    BLINK_SKIP,
    CLASS_ROW,
    COST,
    COUNT,
    DEPART,
    EARLY,
    EXTRA,
    FIXED,
    FORBIDDEN,
    HAS_CLASSES,
    HAS_EXTRA,
    HAS_GAPS,
    HAS_LIMITS,
    HAS_PAIR_COSTS,
    HAS_RELEASES,
    HOME,
    IN_COST,
    KIND,
    LATE,
    LATEST,
    LEAVES,
    LOADS,
    MAX_STOPS,
    NEXT,
    NEXT_STAMP,
    OUT_COST,
    OUT_TIME,
    PREV,
    RELEASE,
    RETURNS,
    ROUTE,
    ROUTE_STAMP,
    SERVICE,
    USED,
    VISIBLE,
)
from routing.solver.kernel.tail_moves import free_vehicle, keep_best, undo_nodes


@compiled
def _save_route(route: Any, log: Any, v: Any, n_log: Any, stamp: Any) -> Any:
    if route[v, ROUTE_STAMP] != stamp:
        log[n_log, route.shape[1]] = v
        for k in range(route.shape[1]):
            log[n_log, k] = route[v, k]
        route[v, ROUTE_STAMP] = stamp
        return n_log + 1
    return n_log


@compiled
def _sort_by_rule(rng: Any, removed: Any, n_removed: Any, key: Any, load: Any, stop: Any) -> None:
    """Put the removed stops into the order in which they are inserted: one random rule a step."""
    rule = rand_unit(rng) * 11.0
    for i in range(n_removed):
        c = removed[0, i]
        if rule < 4.0:
            key[i] = rand_unit(rng)
        elif rule < 7.0:
            key[i] = -load[c, 0]
        elif rule < 8.5:
            key[i] = -stop[c, HOME]
        elif rule < 9.5:
            key[i] = stop[c, HOME]
        elif rule < 10.0:
            key[i] = stop[c, LATE] - stop[c, EARLY]
        elif rule < 10.5:
            key[i] = stop[c, EARLY]
        else:
            key[i] = -stop[c, LATE]
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


@compiled
def ruin_recreate(
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
    penalty: Any,
    soft: Any,
    pair_cost: Any,
    vehicle: Any,
    capacity: Any,
    kind_first: Any,
    kind_free: Any,
    near: Any,
    succ: Any,
    pred: Any,
    wait_cost: Any,
    flags: Any,
    best_next: Any,
    node_log: Any,
    route_log: Any,
    removed: Any,
    key: Any,
    absent: Any,
    visible: Any,
) -> None:
    """Remove strings of stops around a random one, put them back one by one, and keep or undo the whole."""
    has_gaps = flags[HAS_GAPS] != 0
    has_pair = flags[HAS_PAIR_COSTS] != 0
    has_classes = flags[HAS_CLASSES] != 0
    has_releases = flags[HAS_RELEASES] != 0
    has_limits = flags[HAS_LIMITS] != 0
    whole = has_releases or has_limits
    dimensions = load.shape[1]
    stamp = counter[NEXT_STAMP]
    counter[NEXT_STAMP] += 1
    n_log = 0
    n_rlog = 0
    n_removed = 0
    used_before = counter[USED]
    delta = np.int64(0)
    # Ruin: one string of consecutive stops from each of a few routes around a random stop.
    mean_count = (counter[VISIBLE] - counter[ABSENT]) / max(1, counter[USED])
    max_len = min(opt.max_string, mean_count)
    n_strings = int(rand_unit(rng) * max(2.0, 4.0 * opt.mean_removed / (1.0 + max_len) - 1.0) + 1.0)
    seed = np.int64(visible[rand_below(rng, counter[VISIBLE])])
    n_ruined = 0
    ok = True
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
        k = vehicle[v, CLASS_ROW]
        count = route[v, COUNT]
        length = min(count, int(rand_unit(rng) * min(float(count), max_len) + 1.0))
        kept = 0
        if 1 < length < count and rand_unit(rng) < opt.split_string:
            kept = 1
            while length + kept < count and rand_unit(rng) < opt.more_kept:
                kept += 1
        total = length + kept
        # A random window of `total` stops that contains c.
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
        keep_from = 1 + rand_below(rng, length - 1) if kept > 0 else -1
        n_rlog = _save_route(route, route_log, v, n_rlog, stamp)
        p = np.int64(node[x, PREV])
        n_log = save_node(node, node_log, p, n_log, stamp)
        delta -= node[p, OUT_COST]
        after_gap = np.int64(-1)
        top_release = np.int64(-1)
        for i in range(total):
            y = np.int64(node[x, NEXT])
            n_log = save_node(node, node_log, x, n_log, stamp)
            delta -= node[x, OUT_COST]
            if keep_from <= i < keep_from + kept:  # never when nothing is kept: keep_from is -1 and kept 0
                if i == keep_from:
                    node[x, PREV] = p
                    node[p, NEXT] = x
                    node[p, OUT_COST] = cost_in[k + x, p]
                    node[x, IN_COST] = cost_in[k + x, p]
                    node[p, OUT_TIME] = time_in[k + x, p]
                    after_gap = x
                delta += node[p, OUT_COST]
                p = x
            else:
                node[x, ROUTE] = -1
                for d in range(dimensions):
                    route[v, LOADS + d] -= load[x, d]
                if has_pair:
                    delta -= pair_cost[x, vehicle[v, KIND]]
                if stop[x, RELEASE] > top_release:
                    top_release = np.int64(stop[x, RELEASE])
                delta += penalty[x]
                removed[0, n_removed] = x
                n_removed += 1
            x = y
        route[v, COUNT] -= length
        if x < n:
            n_log = save_node(node, node_log, x, n_log, stamp)
            node[p, NEXT] = x
            node[p, OUT_COST] = cost_in[k + x, p]
            node[x, IN_COST] = cost_in[k + x, p]
            node[p, OUT_TIME] = time_in[k + x, p]
            node[x, PREV] = p
        else:
            n_log = save_node(node, node_log, n + v, n_log, stamp)
            node[p, NEXT] = n + v
            node[n + v, PREV] = p
            if p < n:
                node[p, OUT_COST] = cost[k + p, n + v]
                node[p, OUT_TIME] = time[k + p, n + v]
            else:
                node[p, OUT_COST] = 0
                node[p, OUT_TIME] = 0
            node[n + v, IN_COST] = node[p, OUT_COST]
        delta += node[p, OUT_COST]
        if route[v, COUNT] == 0:
            counter[USED] -= 1
            kind_free[vehicle[v, KIND]] += 1
            delta -= vehicle[v, FIXED]
        if has_releases and top_release >= node[n + v, DEPART] and node[n + v, DEPART] > vehicle[v, LEAVES]:
            leaves = np.int64(vehicle[v, LEAVES])
            y = np.int64(node[n + v, NEXT])
            while y < n:
                leaves = max(leaves, np.int64(stop[y, RELEASE]))
                y = np.int64(node[y, NEXT])
            n_log = save_node(node, node_log, n + v, n_log, stamp)
            node[n + v, DEPART] = leaves
            n_log = forward(n, node, stop, gap, has_gaps, node_log, np.int64(node[n + v, NEXT]), n_log, stamp)
        if after_gap >= 0:
            n_log = forward(n, node, stop, gap, has_gaps, node_log, after_gap, n_log, stamp)
        n_log = forward(n, node, stop, gap, has_gaps, node_log, x, n_log, stamp)
        # Leaving stops out can make a route late when times break the triangle inequality (rounding, streets).
        if node[p, DEPART] + node[p, OUT_TIME] > node[node[p, NEXT], LATEST]:
            ok = False
        n_log = backward(n, node, stop, gap, has_gaps, node_log, p, n_log, stamp)
        if after_gap >= 0:
            y = np.int64(node[after_gap, PREV])
            if node[y, DEPART] + node[y, OUT_TIME] > node[after_gap, LATEST]:
                ok = False
            n_log = backward(n, node, stop, gap, has_gaps, node_log, y, n_log, stamp)
        removed[1, n_ruined] = v
        n_ruined += 1
    n_absent = counter[ABSENT]
    if n_absent > 0:
        tries = min(n_absent, opt.retried)
        first = rand_below(rng, n_absent)
        for i in range(tries):
            c = np.int64(absent[0, (first + i) % n_absent])
            removed[0, n_removed] = c
            n_removed += 1
    _sort_by_rule(rng, removed, n_removed, key, load, stop)
    # Recreate: the cheapest place that fits, beside a near successor or predecessor.
    must_open = rand_unit(rng) < opt.open_new
    limit = -temperature * np.log(rand_unit(rng))
    skip = counter[BLINK_SKIP]
    blink_scale = 1.0 / np.log(1.0 - opt.blink)
    saved = np.int64(0)
    for i in range(n_removed):
        saved += penalty[removed[0, i]]
    for i in range(n_removed if ok else 0):
        c = np.int64(removed[0, i])
        # `saved` is what can still be won back; a place that costs more would have the whole step rejected
        # (+ 2: rounded distances may break the triangle inequality by a unit).
        best = np.int64(min(min(limit - (delta - saved) + 2.0, 1e15), penalty[c]))
        saved -= penalty[c]
        if best <= 0:
            ok = False
            break
        best_v = np.int64(-1)
        best_p = np.int64(0)
        best_q = np.int64(0)
        latest = stop[c, LATE]
        s = stop[c, SERVICE]
        r = stop[c, RELEASE]
        if best > 0:
            kc = c
            for j in range(succ.shape[1]):
                q = np.int64(succ[c, j])
                if q < 0:
                    break
                v = np.int64(node[q, ROUTE])
                if v < 0:
                    continue
                p = np.int64(node[q, PREV])
                if has_classes:
                    kc = vehicle[v, CLASS_ROW] + c
                d = np.int64(cost_in[kc, p]) + cost[kc, q] - node[q, IN_COST]
                if d >= best:
                    continue
                skip -= 1
                if skip < 0:
                    skip = int(np.log(rand_unit(rng)) * blink_scale)
                    continue
                if has_pair:
                    d += pair_cost[c, vehicle[v, KIND]]
                    if d >= best:
                        continue
                a = start_after(node[p, DEPART] + time_in[kc, p], c, stop, gap, has_gaps)
                if a > latest or a + s + time[kc, q] > node[q, LATEST] or route[v, COUNT] >= vehicle[v, MAX_STOPS]:
                    continue
                room = True
                for dim in range(dimensions):
                    if route[v, LOADS + dim] + load[c, dim] > capacity[v, dim]:
                        room = False
                if not room:
                    continue
                if (has_limits or r > node[n + v, DEPART]) and not fits_whole(
                    n, v, c, p, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps
                ):
                    continue
                best = d
                best_v = v
                best_p = p
                best_q = q
            for j in range(pred.shape[1]):
                p = np.int64(pred[c, j])
                if p < 0:
                    break
                v = np.int64(node[p, ROUTE])
                if v < 0:
                    continue
                q = np.int64(node[p, NEXT])
                if has_classes:
                    kc = vehicle[v, CLASS_ROW] + c
                d = np.int64(cost_in[kc, p]) + cost[kc, q] - node[p, OUT_COST]
                if d >= best:
                    continue
                skip -= 1
                if skip < 0:
                    skip = int(np.log(rand_unit(rng)) * blink_scale)
                    continue
                if has_pair:
                    d += pair_cost[c, vehicle[v, KIND]]
                    if d >= best:
                        continue
                a = start_after(node[p, DEPART] + time_in[kc, p], c, stop, gap, has_gaps)
                if a > latest or a + s + time[kc, q] > node[q, LATEST] or route[v, COUNT] >= vehicle[v, MAX_STOPS]:
                    continue
                room = True
                for dim in range(dimensions):
                    if route[v, LOADS + dim] + load[c, dim] > capacity[v, dim]:
                        room = False
                if not room:
                    continue
                if (has_limits or r > node[n + v, DEPART]) and not fits_whole(
                    n, v, c, p, node, vehicle, time, time_in, metres, metres_in, stop, gap, has_gaps
                ):
                    continue
                best = d
                best_v = v
                best_p = p
                best_q = q
        for kind in range(kind_free.shape[0]):
            if kind_free[kind] == 0:
                continue
            v = np.int64(kind_first[kind])
            kc = vehicle[v, CLASS_ROW] + c
            d = np.int64(cost_in[kc, n + v]) + cost[kc, n + v] + vehicle[v, FIXED]
            if has_pair:
                d += pair_cost[c, kind]
            if d >= best and not (must_open and i == 0 and d < FORBIDDEN):
                continue
            a = start_after(max(vehicle[v, LEAVES], r) + time_in[kc, n + v], c, stop, gap, has_gaps)
            if a > latest or a + s + time[kc, n + v] > vehicle[v, RETURNS]:
                continue
            room = True
            for dim in range(dimensions):
                if load[c, dim] > capacity[v, dim]:
                    room = False
            if not room or vehicle[v, MAX_STOPS] < 1:
                continue
            v = free_vehicle(kind, route, kind_first, rng)
            if has_limits and not fits_whole(
                n,
                v,
                c,
                n + v,
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
                continue
            best = d
            best_v = v
            best_p = n + v
            best_q = n + v
        if best_v < 0:
            if delta - saved >= limit:
                ok = False
                break
            continue
        v = best_v
        k = vehicle[v, CLASS_ROW]
        n_rlog = _save_route(route, route_log, v, n_rlog, stamp)
        if route[v, COUNT] == 0:
            counter[USED] += 1
            kind_free[vehicle[v, KIND]] -= 1
        route[v, COUNT] += 1
        for dim in range(dimensions):
            route[v, LOADS + dim] += load[c, dim]
        n_log = save_node(node, node_log, c, n_log, stamp)
        n_log = save_node(node, node_log, best_p, n_log, stamp)
        n_log = save_node(node, node_log, best_q, n_log, stamp)
        node[best_p, NEXT] = c
        node[best_p, OUT_COST] = cost_in[k + c, best_p]
        node[c, IN_COST] = cost_in[k + c, best_p]
        node[best_p, OUT_TIME] = time_in[k + c, best_p]
        node[best_q, PREV] = c
        node[c, ROUTE] = v
        node[c, PREV] = best_p
        node[c, NEXT] = best_q
        node[c, OUT_COST] = cost[k + c, best_q]
        node[best_q, IN_COST] = cost[k + c, best_q]
        node[c, OUT_TIME] = time[k + c, best_q]
        if r > node[n + v, DEPART]:
            n_log = save_node(node, node_log, n + v, n_log, stamp)
            node[n + v, DEPART] = r
            if best_p < n:
                n_log = forward(n, node, stop, gap, has_gaps, node_log, np.int64(node[n + v, NEXT]), n_log, stamp)
        a = start_after(node[best_p, DEPART] + node[best_p, OUT_TIME], c, stop, gap, has_gaps)
        node[c, DEPART] = a + s
        z = node[best_q, LATEST] - node[c, OUT_TIME] - s
        node[c, LATEST] = start_before(z, c, stop, gap, has_gaps)
        n_log = forward(n, node, stop, gap, has_gaps, node_log, best_q, n_log, stamp)
        n_log = backward(n, node, stop, gap, has_gaps, node_log, best_p, n_log, stamp)
        delta += best - penalty[c]
    counter[BLINK_SKIP] = skip
    if ok and whole:
        for i in range(n_rlog):
            v = np.int64(route_log[i, route.shape[1]])
            if route[v, COUNT] > 0 and not fits_whole(
                n,
                v,
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
    if ok and flags[HAS_EXTRA]:
        for i in range(n_rlog):
            v = np.int64(route_log[i, route.shape[1]])
            extra = route_extra(n, v, node, vehicle, stop, gap, has_gaps, soft, wait_cost)
            delta += extra - route[v, EXTRA]
            route[v, EXTRA] = extra
    if ok and delta < limit:
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
        undo_nodes(node, node_log, n_log)
        for i in range(n_rlog):
            v = np.int64(route_log[i, route.shape[1]])
            if (route[v, COUNT] > 0) != (route_log[i, COUNT] > 0):
                kind_free[vehicle[v, KIND]] += 1 if route[v, COUNT] > 0 else -1
            for k in range(route.shape[1]):
                route[v, k] = route_log[i, k]
        counter[USED] = used_before
