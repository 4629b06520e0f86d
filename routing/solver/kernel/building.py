"""Builds the kernel's read-only tables from plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.solver.kernel.tables import (
    EARLY,
    FLAGS,
    FORBIDDEN,
    GAP_BEGIN,
    GAP_END,
    HAS_CLASSES,
    HAS_EXTRA,
    HAS_GAPS,
    HAS_KINDS,
    HAS_LIMITS,
    HAS_PAIR_COSTS,
    HAS_RELEASES,
    HOME,
    LATE,
    RELEASE,
    SERVICE,
    STOP_COLUMNS,
    KernelProblem,
)

NEAR = 100
"""Nearest stops that a ruin may spread over."""

INSERT_BESIDE = 60
"""A stop is tried beside so many nearest stops that can follow it, and as many that can precede it."""

MOST = 2**29
"""Seconds, costs of one arc and metres above this are cut to it, so that sums stay in 32 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """
    A problem in plain arrays: n stops, m places (the stops first, then where vehicles start and end).

    `cost`, `time_s`, `metres` are (classes, m, m), row = from; `start_place` and `end_place` give each vehicle's
    columns there. `gaps` lists for each stop the pairs (closes, opens) between its windows. The others are as in
    `KernelProblem`; vehicles of one kind stand together.
    """

    cost: NDArray[np.int64]
    time_s: NDArray[np.int64]
    metres: NDArray[np.int64]
    service_s: NDArray[np.int64]
    early_s: NDArray[np.int64]
    late_s: NDArray[np.int64]
    release_s: NDArray[np.int64]
    gaps: Sequence[Sequence[tuple[int, int]]]
    load: NDArray[np.int64]
    penalty: NDArray[np.int64]
    soft: NDArray[np.int64]
    pair_cost: NDArray[np.int64]
    vehicle: NDArray[np.int64]
    start_place: NDArray[np.int64]
    end_place: NDArray[np.int64]
    capacity: NDArray[np.int64]
    kind_first: NDArray[np.int64]
    wait_cost: int
    has_limits: bool


def kernel_problem(tables: Tables) -> KernelProblem:
    """The kernel's tables: cut to 32 bits, both directions, neighbour lists; equal tables share one buffer."""
    n = len(tables.service_s)
    cost, cost_in = _both_ways(tables.cost, tables)
    time, time_in = _both_ways(tables.time_s, tables)
    metres, metres_in = _both_ways(tables.metres, tables)
    if np.array_equal(cost, time):
        time, time_in = cost, cost_in
    if np.array_equal(cost, metres):
        metres, metres_in = cost, cost_in
    elif np.array_equal(time, metres):
        metres, metres_in = time, time_in
    stop = _stop_table(tables, cost_in)
    near, succ, pred = _neighbours(cost[:n, :n], time[:n, :n], stop)
    flat = [gap for gaps in tables.gaps for gap in gaps]
    flags = np.zeros(FLAGS, np.int64)
    flags[HAS_GAPS] = bool(flat)
    flags[HAS_PAIR_COSTS] = bool(tables.pair_cost.any())
    flags[HAS_RELEASES] = bool((tables.release_s > 0).any())
    flags[HAS_LIMITS] = tables.has_limits
    flags[HAS_EXTRA] = bool(tables.wait_cost or tables.soft[:, 2:].any())
    flags[HAS_CLASSES] = len(tables.cost) > 1
    flags[HAS_KINDS] = len(tables.kind_first) > 2
    return KernelProblem(
        cost=cost,
        cost_in=cost_in,
        time=time,
        time_in=time_in,
        metres=metres,
        metres_in=metres_in,
        stop=stop,
        gap=_int32(np.array(flat or [(0, 0)])),
        load=np.ascontiguousarray(tables.load, np.int64),
        penalty=np.ascontiguousarray(tables.penalty, np.int64),
        soft=np.ascontiguousarray(tables.soft, np.int64),
        pair_cost=_int32(np.minimum(tables.pair_cost, FORBIDDEN)),
        vehicle=np.ascontiguousarray(tables.vehicle, np.int64),
        capacity=np.ascontiguousarray(tables.capacity, np.int64),
        kind_first=np.ascontiguousarray(tables.kind_first, np.int64),
        near=near,
        succ=succ,
        pred=pred,
        wait_cost=np.int64(tables.wait_cost),
        flags=flags,
    )


def _int32(values: NDArray[Any]) -> NDArray[np.int32]:
    return np.ascontiguousarray(np.clip(values, -FORBIDDEN, FORBIDDEN), np.int32)


def _stop_table(tables: Tables, cost_in: NDArray[np.int32]) -> NDArray[np.int32]:
    n = len(tables.service_s)
    ends = np.cumsum([0, *(len(gaps) for gaps in tables.gaps)])
    stop = np.zeros((n, STOP_COLUMNS), np.int64)
    stop[:, SERVICE] = tables.service_s
    stop[:, EARLY] = tables.early_s
    stop[:, LATE] = tables.late_s
    stop[:, RELEASE] = tables.release_s
    stop[:, GAP_BEGIN] = ends[:-1]
    stop[:, GAP_END] = ends[1:]
    stop[:, HOME] = cost_in[:n, n:].min(axis=1)
    return _int32(stop)


def _neighbours(
    cost: NDArray[np.int32], time: NDArray[np.int32], stop: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """
    The lists of neighbours: nearest, nearest that can follow, nearest that can precede.

    Ranking by distance alone measured better than by distance and waiting time.
    """
    n = len(stop)
    both_ways = cost.astype(np.int64) + cost.T
    np.fill_diagonal(both_ways, -1)
    near = _smallest(both_ways, min(NEAR, n))
    leaves_s = stop[:, EARLY].astype(np.int64) + stop[:, SERVICE]
    fits = leaves_s[:, None] + time <= stop[:, LATE][None, :]
    np.fill_diagonal(fits, val=False)
    follow = np.where(fits, cost, FORBIDDEN)
    count = max(1, min(INSERT_BESIDE, n - 1))
    lists = []
    for keys in (follow, follow.T):
        found = _smallest(np.ascontiguousarray(keys), min(count, n))
        found[np.take_along_axis(keys, found, axis=1) >= FORBIDDEN] = -1
        lists.append(np.ascontiguousarray(found))
    return near, lists[0], lists[1]


def _smallest(keys: NDArray[Any], count: int) -> NDArray[np.int32]:
    """Columns of the smallest keys of every row, in their order."""
    columns = np.argpartition(keys, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(keys, columns, axis=1), axis=1, kind="stable")
    return np.ascontiguousarray(np.take_along_axis(columns, order, axis=1), np.int32)


def _both_ways(table: NDArray[np.int64], tables: Tables) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """From stops to nodes, and from nodes into stops; one buffer when they are equal."""
    n = len(tables.service_s)
    whole = np.minimum(table, MOST).astype(np.int32)
    stops = np.arange(n)
    ends = np.concatenate([stops, tables.end_place])
    starts = np.concatenate([stops, tables.start_place])
    out = np.ascontiguousarray(whole[:, :n, :][:, :, ends].reshape(len(whole) * n, -1))
    into = np.ascontiguousarray(whole.transpose(0, 2, 1)[:, :n, :][:, :, starts].reshape(len(whole) * n, -1))
    return (out, out) if np.array_equal(out, into) else (out, into)
