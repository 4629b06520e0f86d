"""Which routes are improved together, apart from all others: some neighbours around a random one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.solver.kernel.search import Routes


def neighbourhoods(
    cost: NDArray[np.int32], routes: Routes, stops: int, threads: int, random: np.random.Generator
) -> list[list[bool]]:
    """
    For each thread, which vehicles it gets: a random route and those nearest to it, no route twice.

    Each gets routes until they hold at least `stops` stops; the last may find fewer left, or none. Unused vehicles are
    handed out in turn. A route is as near as its stops are on average to those of the first one, each to its nearest.

    Parameters
    ----------
    cost
        Cost of the arcs between stops, row = from; only its order matters.
    """
    masks = [[False] * len(routes) for _ in range(threads)]
    free = [v for v, route in enumerate(routes) if route]
    for mask in masks:
        if not free:
            break
        first = free[int(random.integers(len(free)))]
        got = 0
        for v in _by_nearness(cost, routes, first, free):
            mask[v] = True
            got += len(routes[v])
            if got >= stops:
                break
        free = [v for v in free if not mask[v]]
    for number, v in enumerate(v for v, route in enumerate(routes) if not route):
        masks[number % threads][v] = True
    return masks


def _by_nearness(cost: NDArray[np.int32], routes: Routes, first: int, others: Sequence[int]) -> list[int]:
    """`others` in the order of their nearness to the route `first`, which comes first when it is among them."""
    columns = np.concatenate([routes[v] for v in others])
    begins = np.cumsum([0, *(len(routes[v]) for v in others[:-1])])
    arcs = cost[np.ix_(np.asarray(routes[first]), columns)]
    nearness = np.minimum.reduceat(arcs, begins, axis=1).mean(axis=0)
    order = np.argsort(nearness, kind="stable")
    return [first, *(others[i] for i in order if others[i] != first)]
