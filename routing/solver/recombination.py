"""The best set of routes out of all that the searches saw: set partitioning by CP-SAT."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from routing.solver.kernel.search import Routes

MOST_COLUMNS = 2_500
"""Routes that CP-SAT chooses from; more are thinned out by their reduced cost in the linear relaxation."""

MOST_KEPT = 30_000
"""Routes kept in a pool; the oldest go first."""


@dataclass(slots=True)
class RoutePool:
    """Routes seen by the searches: for a kind of vehicle and a set of stops the cheapest sequence."""

    kept: dict[tuple[int, frozenset[int]], tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def add(self, kinds: Sequence[int], routes: Routes, costs: Sequence[int]) -> None:
        """Take the routes of one plan; `kinds` and `costs` are by vehicle."""
        for kind, route, cost in zip(kinds, routes, costs, strict=True):
            if not route:
                continue
            key = (kind, frozenset(route))
            known = self.kept.pop(key, None)
            self.kept[key] = (cost, route) if known is None or cost < known[0] else known
        while len(self.kept) > MOST_KEPT:
            del self.kept[next(iter(self.kept))]


def recombine(
    pool: RoutePool,
    kind_sizes: Sequence[int],
    penalties: Sequence[int],
    present: Iterable[tuple[int, tuple[int, ...]]],
    seconds: float,
    workers: int,
) -> list[tuple[int, tuple[int, ...]]] | None:
    """
    The cheapest choice of routes of the pool, as (kind, stops), each stop in one of them or left out at its penalty.

    `present` is the choice to beat (a hint); at most `kind_sizes[k]` routes are of kind k. None when CP-SAT had no
    answer in `seconds`.
    """
    present = list(present)
    columns = list(pool.kept.items())
    hinted = {(kind, frozenset(route)) for kind, route in present}
    costs = np.array([cost for _, (cost, _) in columns], dtype=float)
    if len(columns) > MOST_COLUMNS:
        reduced = _reduced_costs([key for key, _ in columns], costs, kind_sizes, penalties, seconds / 2)
        if reduced is not None:
            ranked = sorted(range(len(columns)), key=lambda i: (columns[i][0] not in hinted, reduced[i]))
            columns = [columns[i] for i in ranked[:MOST_COLUMNS]]
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    left_out = [model.new_bool_var("") for _ in penalties]
    covering: list[list[cp_model.IntVar]] = [[] for _ in penalties]
    of_kind: list[list[cp_model.IntVar]] = [[] for _ in kind_sizes]
    for variable, ((kind, stops), _) in zip(chosen, columns, strict=True):
        of_kind[kind].append(variable)
        for stop in stops:
            covering[stop].append(variable)
    for stop, variables in enumerate(covering):
        model.add_exactly_one([*variables, left_out[stop]])
    for variables, size in zip(of_kind, kind_sizes, strict=True):
        if len(variables) > size:
            model.add(sum(variables) <= size)
    model.minimize(
        sum(cost * variable for variable, (_, (cost, _)) in zip(chosen, columns, strict=True))
        + sum(penalty * variable for variable, penalty in zip(left_out, penalties, strict=True))
    )
    for variable, (key, _) in zip(chosen, columns, strict=True):
        model.add_hint(variable, key in hinted)
    covered = {stop for _, stops in hinted for stop in stops}
    for stop, variable in enumerate(left_out):
        model.add_hint(variable, stop not in covered)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds / 2
    solver.parameters.num_workers = workers
    solver.parameters.linearization_level = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [
        (key[0], route) for variable, (key, (_, route)) in zip(chosen, columns, strict=True) if solver.value(variable)
    ]


def _reduced_costs(
    keys: Sequence[tuple[int, frozenset[int]]],
    costs: NDArray[np.float64],
    kind_sizes: Sequence[int],
    penalties: Sequence[int],
    seconds: float,
) -> NDArray[np.float64] | None:
    """Reduced costs of the columns in the linear relaxation; None when it was not solved in time."""
    model: Any = model_builder.Model()  # type: ignore[no-untyped-call] # OR-Tools leaves its constructor untyped
    shares = [model.new_num_var(0.0, 1.0, "") for _ in keys]
    outs = [model.new_num_var(0.0, 1.0, "") for _ in penalties]
    covering: list[list[int]] = [[] for _ in penalties]
    for i, (_, stops) in enumerate(keys):
        for stop in stops:
            covering[stop].append(i)
    rows = [
        model.add(model_builder.LinearExpr.sum([shares[i] for i in columns] + [outs[stop]]) == 1)
        for stop, columns in enumerate(covering)
    ]
    caps = []
    for kind, size in enumerate(kind_sizes):
        mine = [shares[i] for i, (of, _) in enumerate(keys) if of == kind]
        caps.append(model.add(model_builder.LinearExpr.sum(mine) <= size) if len(mine) > size else None)
    model.minimize(model_builder.LinearExpr.weighted_sum([*shares, *outs], [*costs, *map(float, penalties)]))
    solver = model_builder.Solver("glop")
    solver.set_time_limit_in_seconds(seconds)
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return None
    price = np.array([solver.dual_value(row) for row in rows])
    cap_price = np.array([0.0 if cap is None else solver.dual_value(cap) for cap in caps])
    return np.array(
        [cost - price[list(stops)].sum() - cap_price[kind] for (kind, stops), cost in zip(keys, costs, strict=True)]
    )
