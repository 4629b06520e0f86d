"""What the kernel for pairs reads besides: jobs, and how each stop and each frozen part loads the vehicle."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.eligibility import FreeStart
from routing.order import LOAD_DIMENSIONS
from routing.problem import RoutingProblem
from routing.solver.kernel.pair_tables import PairTables
from routing.solver.model_fixed import fixed_part, is_loaded_for, load_change
from routing.stop import StopKind

MUST_COME = 100
"""A dropoff whose pickup is frozen has to be served: leaving it out costs so many times its penalty."""


def has_pairs(problem: RoutingProblem) -> bool:
    """Whether loads change along the way: pairs, or deliveries and collections together."""
    kinds = {stop.kind for stop in problem.stops}
    return len(kinds) > 1 or StopKind.PICKUP in kinds


def held_by_pickups(vehicles: Sequence[FreeStart], problem: RoutingProblem) -> Mapping[str | None, str]:
    """By visit id of a frozen pickup, the shift that has it."""
    return {
        problem.stops[index].visit_id: start.shift.shift_id
        for start in vehicles
        for index in start.frozen
        if problem.stops[index].kind is StopKind.PICKUP
    }


def pair_tables(problem: RoutingProblem, vehicles: Sequence[FreeStart], stops: Sequence[int]) -> PairTables:
    """The tables for these vehicles and stops (indices of `problem.stops`), in the kernel's order of both."""
    n = len(stops)
    number_of = {problem.stops[index].visit_id: c for c, index in enumerate(stops)}
    head, tail = np.arange(n, dtype=np.int32), np.full(n, -1, np.int32)
    for c, index in enumerate(stops):
        pickup = number_of.get(problem.stops[index].pickup_visit_id or "")
        if problem.stops[index].kind is StopKind.DROPOFF and pickup is not None:
            head[c], tail[pickup] = pickup, c
    is_head = head == np.arange(n)
    number = np.where(is_head, np.cumsum(is_head) - 1, -1).astype(np.int32)
    names = [name for name in LOAD_DIMENSIONS if any(getattr(stop.load, name) for stop in problem.stops)]
    names = names or list(LOAD_DIMENSIONS[:1])
    columns = [LOAD_DIMENSIONS.index(name) for name in names]
    fixed = [fixed_part(problem, start) for start in vehicles]
    return PairTables(
        head=head,
        tail=tail,
        number=number,
        weight=_weights(problem, stops, names),
        base=np.array(
            [[part.on_board[k] for k in columns] + [part.most_on_board[k] for k in columns] for part in fixed], np.int64
        ),
        room=np.array([[getattr(start.shift.capacity, name) for name in names] for start in vehicles], np.int64),
    )


def _weights(problem: RoutingProblem, stops: Sequence[int], names: Sequence[str]) -> NDArray[np.int64]:
    rows = []
    for stop in (problem.stops[index] for index in stops):
        loaded = [getattr(stop.load, name) if is_loaded_for(stop, name) else 0 for name in names]
        rows.append(loaded + [load_change(stop, name) for name in names])
    return np.array(rows, np.int64)
