"""One annealing search with pairs on one thread; from outside it is a `Search`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from routing.solver.kernel.pair_annealing import load_pair_routes, pair_anneal, price_alone
from routing.solver.kernel.pair_tables import PAIR_COUNTERS, PAIR_DEFAULTS, ROUTE_COLUMNS, PairState, PairTables
from routing.solver.kernel.random_numbers import seeded
from routing.solver.kernel.search import Search
from routing.solver.kernel.tables import NODE_COLUMNS, KernelProblem, Options

MOST_KNOWN = 5_000_000
"""Entries of the table of known places; where it does not hold all vehicles, some share a column."""

HOTTER = 2.5
"""
Temperatures of pairs in those of single stops: a job that moves changes two places.

On 400 to 1,000 stops in 10 s this ended 0.3 to 2 points lower than 1.
"""


class PairSearch(Search):
    """One annealing search over jobs; `left_out` counts these, not stops."""

    def __init__(
        self,
        problem: KernelProblem,
        pairs: PairTables,
        seed: int,
        routes: Sequence[Sequence[int]],
        options: Options = PAIR_DEFAULTS,
    ) -> None:
        n, fleet, dims = len(problem.stop), len(problem.vehicle), pairs.room.shape[1]
        jobs, kinds = int(pairs.number.max()) + 1, len(problem.kind_first) - 1
        slots = max(1, min(fleet, MOST_KNOWN // jobs))
        self.problem = problem
        self.pairs = pairs
        self.options = options
        self.pair_state = PairState(
            node=np.zeros((n + fleet, NODE_COLUMNS), np.int32),
            board=np.zeros((n + fleet, 3 * dims), np.int64),
            route=np.zeros((fleet, ROUTE_COLUMNS), np.int64),
            counter=np.zeros(PAIR_COUNTERS, np.int64),
            rng=seeded(seed),
            best_next=np.zeros(n + fleet, np.int32),
            node_log=np.zeros((n + fleet + 1, NODE_COLUMNS + 1), np.int32),
            board_log=np.zeros((n + fleet + 1, 3 * dims), np.int64),
            route_log=np.zeros((fleet + 1, ROUTE_COLUMNS + 1), np.int64),
            known=np.zeros((jobs, slots + kinds, 4), np.int64),
            removed=np.zeros((2, max(n, fleet) + 1), np.int32),
            key=np.zeros(n + 1),
            absent=np.zeros((2, n + 1), np.int32),
            visible=np.zeros(n, np.int32),
            kind_free=np.zeros(kinds, np.int64),
            scratch=np.zeros((3, n + 2), np.int64),
        )
        # A search reads from its tables only what both kernels have.
        self.state: Any = self.pair_state
        self._chunk = 100
        self.restart(())
        price_alone(self.problem, self.pairs, self.pair_state)
        self.restart(routes)

    def restart(
        self, routes: Sequence[Sequence[int]], mine: Sequence[bool] | None = None, *, sees_left_out: bool = True
    ) -> None:
        """
        Go on from these routes; they become the best ones known.

        Of vehicles that are not `mine`, and of their stops, this search sees nothing; jobs in no route it may see.
        """
        routes = routes or ((),) * len(self.problem.vehicle)
        stops = np.array([c for route in routes for c in route], np.int64)
        seen = np.array([True] * len(routes) if mine is None else mine, np.bool_)
        lengths = np.array([len(route) for route in routes], np.int64)
        load_pair_routes(self.problem, self.pairs, self.pair_state, stops, lengths, seen, sees_left_out)

    def run(self, steps: int, hot: float, cold: float) -> None:
        """So many steps from one temperature to the other."""
        pair_anneal(self.problem, self.pairs, self.pair_state, self.options, steps, hot, cold)

    def mean_arc(self) -> float:
        """The scale of temperatures: mean cost of the arcs of the present plan, and more for pairs."""
        return HOTTER * super().mean_arc()
