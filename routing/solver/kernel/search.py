"""One annealing search on one thread: begun, run in slices, read between them."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from routing.solver.kernel.annealing import anneal, load_routes, routes_now
from routing.solver.kernel.random_numbers import seeded
from routing.solver.kernel.tables import (
    ABSENT,
    BEST,
    COST,
    COUNTERS,
    DEFAULTS,
    LOADS,
    LOG_COLUMNS,
    NEXT,
    NODE_COLUMNS,
    OUT_COST,
    STEPS,
    KernelProblem,
    KernelState,
    Options,
)

Routes = tuple[tuple[int, ...], ...]
"""Stops by vehicle, in the kernel's numbers; as many as there are vehicles."""


class Search:
    """One annealing search; deterministic for a seed and numbers of steps. One object a thread."""

    def __init__(
        self, problem: KernelProblem, seed: int, routes: Sequence[Sequence[int]], options: Options = DEFAULTS
    ) -> None:
        n, fleet = len(problem.stop), len(problem.vehicle)
        columns = LOADS + problem.load.shape[1]
        self.problem = problem
        self.options = options._replace(tail_near=min(options.tail_near, problem.succ.shape[1]))
        self.state = KernelState(
            node=np.zeros((n + fleet, NODE_COLUMNS), np.int32),
            route=np.zeros((fleet, columns), np.int64),
            counter=np.zeros(COUNTERS, np.int64),
            rng=seeded(seed),
            best_next=np.zeros(n + fleet, np.int32),
            node_log=np.zeros((n + fleet + 1, LOG_COLUMNS), np.int32),
            route_log=np.zeros((fleet + 1, columns + 1), np.int64),
            removed=np.zeros((2, max(n, fleet) + 1), np.int32),
            key=np.zeros(n + 1),
            absent=np.zeros((2, n + 1), np.int32),
            visible=np.zeros(n, np.int32),
            kind_free=np.zeros(len(problem.kind_first) - 1, np.int64),
            weights=np.zeros((2, problem.load.shape[1]), np.int64),
        )
        self._chunk = 100
        self.restart(routes)

    def restart(
        self, routes: Sequence[Sequence[int]], mine: Sequence[bool] | None = None, *, sees_left_out: bool = True
    ) -> None:
        """
        Go on from these routes; they become the best ones known.

        Of vehicles that are not `mine`, and of their stops, this search sees nothing; stops in no route it may see.
        """
        stops = np.array([c for route in routes for c in route], np.int64)
        seen = np.array([True] * len(routes) if mine is None else mine, np.bool_)
        load_routes(
            self.problem, self.state, stops, np.array([len(route) for route in routes], np.int64), seen, sees_left_out
        )

    @property
    def best_cost(self) -> int:
        """Cost of the best plan seen since the last restart."""
        return int(self.state.counter[BEST])

    @property
    def cost(self) -> int:
        """Cost of the present plan."""
        return int(self.state.counter[COST])

    @property
    def steps(self) -> int:
        """Steps done so far."""
        return int(self.state.counter[STEPS])

    @property
    def left_out(self) -> int:
        """Stops that the present plan leaves out."""
        return int(self.state.counter[ABSENT])

    def best_routes(self) -> Routes:
        """The best plan seen since the last restart."""
        return self._walk(self.state.best_next)[0]

    def routes(self) -> Routes:
        """The present plan."""
        return self._walk(self.state.node[:, NEXT])[0]

    def priced_routes(self) -> tuple[Routes, tuple[int, ...]]:
        """The present plan and the cost of each route, waiting and soft windows not counted."""
        return self._walk(self.state.node[:, NEXT])

    def mean_arc(self) -> float:
        """Mean cost of the arcs of the present plan: the scale of temperatures."""
        arcs = self.state.node[:, OUT_COST]
        return float(arcs.sum()) / max(1, int((arcs > 0).sum()))

    def _walk(self, following: Any) -> tuple[Routes, tuple[int, ...]]:
        stops = np.zeros(len(self.problem.stop), np.int32)
        lengths = np.zeros(len(self.problem.vehicle), np.int64)
        costs = np.zeros(len(self.problem.vehicle), np.int64)
        routes_now(self.problem, self.state, following, stops, lengths, costs)
        ends = np.cumsum(lengths).tolist()
        flat = stops.tolist()
        return tuple(tuple(flat[a:b]) for a, b in zip([0, *ends], ends, strict=False)), tuple(costs.tolist())

    def run(self, steps: int, hot: float, cold: float) -> None:
        """So many steps from one temperature to the other."""
        anneal(self.problem, self.state, self.options, steps, hot, cold)

    def run_until(
        self,
        until: float,
        hot: float,
        cold: float,
        *,
        slice_s: float = 0.05,
        on_slice: Callable[[], bool] | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """
        Run until the clock shows `until`; the temperature follows the clock, so a busy machine still ends cold.

        `on_slice` is asked after each slice and may end the run by True.
        """
        start = clock()
        span = max(1e-6, until - start)
        step = min(slice_s, 0.05 * span)
        while (now := clock()) < until - 0.002:
            begin, end = (now - start) / span, min(1.0, (now - start + step) / span)
            ratio = cold / hot
            self.run(self._chunk, hot * ratio**begin, hot * ratio**end)
            took = clock() - now
            if took < 0.7 * step:
                self._chunk = int(self._chunk * 1.3) + 1
            elif took > 1.3 * step:
                self._chunk = max(20, int(self._chunk * 0.75))
            if on_slice is not None and on_slice():
                return
