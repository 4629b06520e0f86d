"""The full routing problem as an OR-Tools model, and its answer read back as sequences of stops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from routing.eligibility import free_starts
from routing.problem import RoutingProblem
from routing.solver.model_costs import (
    COST_SCALE,
    add_balance,
    add_driving_costs,
    add_penalties,
    add_stop_prices,
)
from routing.solver.model_joint import add_lockers, add_pairs
from routing.solver.model_layout import Layout, lay_out
from routing.solver.model_times import Clock, add_times, clock_of, price_of_rest
from routing.solver.model_trips import add_loads, add_releases, add_reloads
from routing.solver.progress import Sequences


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """
    An OR-Tools model of the free part of a problem.

    A shift's frozen visits are not in it: its vehicle starts where and when they end, so no search step can disturb
    them. Stops that no shift could take even alone, and shifts that can take nothing, are not in it either; what they
    cost is in `fixed_cost`. Where drives take longer at some hours the model knows nothing of that: it is asked
    again with a matrix that holds for the hours found.
    """

    layout: Layout
    clock: Clock
    routing: Any
    time: Any
    break_intervals: list[dict[str, Any]]
    stop_of_index: dict[int, int]
    fixed_cost: float
    overcharged: dict[str, float]

    def cost(self, objective: int, used_shift_ids: Iterable[str] = ()) -> float:
        """
        What a plan costs, in units of `CostWeights`, whose model cost this is.

        Where breaks are dearer than opening a route, the model charges the rest to shifts that have one.
        """
        return objective / COST_SCALE + self.fixed_cost - sum(self.overcharged.get(one, 0.0) for one in used_shift_ids)


def build_model(problem: RoutingProblem, seed: int, *, is_brief: bool = False) -> Model | None:
    """
    The model of `problem`, stops in an order shuffled by `seed`; None when there is nothing to decide.

    OR-Tools' iterated local search has a fixed seed of its own: another order of the stops is another start.
    With `is_brief` the model is built fast rather than searched fast.
    """
    layout = lay_out(problem, seed, is_brief=is_brief)
    if layout is None:
        return None
    clock = clock_of(layout)
    prices = [problem.weights.of_shift(start.shift).per_route for start in layout.vehicles]
    rests = [price_of_rest(layout, clock, vehicle) for vehicle in range(len(layout.vehicles))]
    add_driving_costs(layout, taken_off=rests)
    add_stop_prices(layout)
    time, break_intervals = add_times(layout, clock)
    add_loads(layout)
    for stop, vehicle_numbers in layout.allowed.items():
        # -1 means left out. SetAllowedVehiclesForIndex takes no Python list in OR-Tools 9.15.
        layout.routing.VehicleVar(layout.stop_indices[stop]).SetValues([-1, *vehicle_numbers])
    add_reloads(layout)
    add_releases(layout, clock, time)
    add_balance(layout)
    add_pairs(layout)
    add_lockers(layout)
    add_penalties(layout)
    return Model(
        layout=layout,
        clock=clock,
        routing=layout.routing,
        time=time,
        break_intervals=break_intervals,
        fixed_cost=layout.fixed_cost,
        # Frozen routes cost nothing to open, so nothing could be taken off.
        overcharged={
            start.shift.shift_id: max(rest - (0.0 if start.frozen else price), 0.0)
            for start, rest, price in zip(layout.vehicles, rests, prices, strict=True)
        },
        stop_of_index={index: stop for stop, index in layout.stop_indices.items()},
    )


def read_sequences(model: Model, assignment: Any) -> tuple[Sequences, Sequences]:
    """
    Sequences of stop indices and positions of reloads by shift id, frozen visits first.

    Shifts without a visit are left out of both, shifts without a reload of the second.
    """
    layout = model.layout
    found = {start.shift.shift_id: start.frozen for start in free_starts(layout.problem) if start.frozen}
    reloads: dict[str, tuple[int, ...]] = {}
    for vehicle, start in enumerate(layout.vehicles):
        sequence = list(start.frozen)
        before: list[int] = []
        index = assignment.Value(model.routing.NextVar(model.routing.Start(vehicle)))
        while not model.routing.IsEnd(index):
            if index in model.stop_of_index:
                sequence.append(model.stop_of_index[index])
            elif sequence and before[-1:] != [len(sequence)]:
                before.append(len(sequence))
            index = assignment.Value(model.routing.NextVar(index))
        if sequence:
            found[start.shift.shift_id] = tuple(sequence)
        if positions := tuple(one for one in before if one < len(sequence)):
            reloads[start.shift.shift_id] = positions
    return found, reloads


def routes_of(model: Model, sequences: Sequences, reloads: Sequences) -> list[list[int]]:
    """These sequences as the model's indices by vehicle, without starts and ends; what it does not know is skipped."""
    layout = model.layout
    spare = {
        vehicle: [index for index, of in zip(layout.reload_indices, layout.reloads, strict=True) if of == vehicle]
        for vehicle in range(len(layout.vehicles))
    }
    found = []
    for vehicle, start in enumerate(layout.vehicles):
        shift_id = start.shift.shift_id
        sequence, before = sequences.get(shift_id, ()), set(reloads.get(shift_id, ()))
        route: list[int] = []
        for position in range(len(start.frozen), len(sequence)):
            if position in before and spare[vehicle]:
                route.append(spare[vehicle].pop())
            if sequence[position] in layout.stop_indices:
                route.append(layout.stop_indices[sequence[position]])
        if route and layout.parks_reloads(vehicle):
            route = [*spare[vehicle], *route]
        found.append(route)
    return found


def arcs_of(model: Model, sequences: Sequences, reloads: Sequences) -> tuple[dict[int, int], frozenset[int]]:
    """These sequences as arcs of the model (next index by index), and the model's route ends."""
    next_of: dict[int, int] = {}
    for vehicle, route in enumerate(routes_of(model, sequences, reloads)):
        next_of |= dict(pairwise([model.routing.Start(vehicle), *route, model.routing.End(vehicle)]))
    return next_of, frozenset(model.layout.ends())


def frozen_sequences(problem: RoutingProblem) -> Mapping[str, tuple[int, ...]]:
    """The plan when there is nothing to decide: frozen visits alone."""
    return {start.shift.shift_id: start.frozen for start in free_starts(problem) if start.frozen}
