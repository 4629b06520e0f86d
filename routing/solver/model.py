"""The full routing problem as an OR-Tools model, and its answer read back as sequences of stops."""

import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.eligibility import FreeStart, free_starts, refusal
from routing.order import LOAD_DIMENSIONS
from routing.problem import RoutingProblem
from routing.solver.progress import Sequences
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S

COST_SCALE = 1_000
"""Model cost of one second of driving; a metre then costs exactly `per_km`, and nothing is rounded but waiting."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """
    An OR-Tools model of the free part of a problem.

    A shift's frozen visits are not in it: its vehicle starts where and when they end, so no search step can disturb
    them. Stops that no shift could take even alone, and shifts that can take nothing, are not in it either.
    `stop_of_index` maps the model's indices to indices of `problem.stops`; `constant_cost` is in every plan's cost.
    """

    problem: RoutingProblem
    starts: tuple[FreeStart, ...]
    vehicles: tuple[FreeStart, ...]
    routing: Any
    stop_of_index: dict[int, int]
    constant_cost: int


def build_model(problem: RoutingProblem, seed: int) -> Model | None:
    """
    The model of `problem`, stops in an order shuffled by `seed`; None when there is nothing to decide.

    OR-Tools' iterated local search has a fixed seed of its own: another order of the stops is another start.
    """
    starts = free_starts(problem)
    vehicles = tuple(start for start in starts if not start.closed)
    allowed = _allowed_vehicles(problem, vehicles)
    stop_indices = sorted(allowed)
    if not stop_indices:
        return None
    random.Random(seed).shuffle(stop_indices)  # noqa: S311 - a reproducible order, no secret
    fixed_rows = sorted({row for start in vehicles for row in (start.row, start.end_row or 0)})
    rows = [*fixed_rows, *(problem.stop_node(index) for index in stop_indices)]
    node_of_row = {row: node for node, row in enumerate(rows)}
    manager = pywrapcp.RoutingIndexManager(
        len(rows),
        len(vehicles),
        [node_of_row[start.row] for start in vehicles],
        [node_of_row[start.end_row or 0] for start in vehicles],
    )
    routing = pywrapcp.RoutingModel(manager)
    index_of = {stop: manager.NodeToIndex(len(fixed_rows) + position) for position, stop in enumerate(stop_indices)}
    origin_s = min(problem.seconds(start.free_at) for start in vehicles) - 1
    builder = _Builder(problem, vehicles, routing, index_of, rows, len(fixed_rows), origin_s)
    builder.add_costs()
    builder.add_times()
    builder.add_loads()
    for stop, vehicle_numbers in allowed.items():
        # -1 means left out. SetAllowedVehiclesForIndex takes no Python list in OR-Tools 9.15.
        routing.VehicleVar(index_of[stop]).SetValues([-1, *vehicle_numbers])
    builder.add_release_times(allowed)
    builder.add_penalties()
    return Model(
        problem=problem,
        starts=starts,
        vehicles=vehicles,
        routing=routing,
        stop_of_index={index: stop for stop, index in index_of.items()},
        constant_cost=builder.constant_cost(),
    )


def read_sequences(model: Model, assignment: Any) -> dict[str, tuple[int, ...]]:
    """Sequences of stop indices by shift id, frozen visits first; shifts without a visit are left out."""
    found = {start.shift.shift_id: start.frozen for start in model.starts if start.frozen}
    for vehicle, start in enumerate(model.vehicles):
        sequence = list(start.frozen)
        index = assignment.Value(model.routing.NextVar(model.routing.Start(vehicle)))
        while not model.routing.IsEnd(index):
            sequence.append(model.stop_of_index[index])
            index = assignment.Value(model.routing.NextVar(index))
        if sequence:
            found[start.shift.shift_id] = tuple(sequence)
    return found


def arcs_of(model: Model, sequences: Sequences) -> tuple[dict[int, int], frozenset[int]]:
    """These sequences as arcs of the model (next index by index), and the model's route ends."""
    index_of = {stop: index for index, stop in model.stop_of_index.items()}
    next_of: dict[int, int] = {}
    for vehicle, start in enumerate(model.vehicles):
        free = sequences.get(start.shift.shift_id, ())[len(start.frozen) :]
        indices = [model.routing.Start(vehicle), *(index_of[stop] for stop in free), model.routing.End(vehicle)]
        next_of |= dict(pairwise(indices))
    return next_of, frozenset(model.routing.End(vehicle) for vehicle in range(len(model.vehicles)))


def frozen_sequences(problem: RoutingProblem) -> dict[str, tuple[int, ...]]:
    """The plan when there is nothing to decide: frozen visits alone."""
    return {start.shift.shift_id: start.frozen for start in free_starts(problem) if start.frozen}


def _allowed_vehicles(problem: RoutingProblem, vehicles: tuple[FreeStart, ...]) -> dict[int, list[int]]:
    frozen = {index for start in free_starts(problem) for index in start.frozen}
    allowed = {
        stop: [number for number, start in enumerate(vehicles) if refusal(problem, stop, start) is None]
        for stop in range(len(problem.stops))
        if stop not in frozen
    }
    return {stop: numbers for stop, numbers in allowed.items() if numbers}


@dataclass(frozen=True, slots=True, eq=False)
class _Builder:
    """The parts of one model while it is put together; `rows[:fixed]` are starts and ends, the others stops."""

    problem: RoutingProblem
    vehicles: tuple[FreeStart, ...]
    routing: Any
    index_of: dict[int, int]
    rows: list[int]
    fixed: int
    origin_s: int

    def _stop(self, stop_index: int) -> Stop:
        return self.problem.stops[stop_index]

    def _sub(self, matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The model's part of a matrix; a courier who gets nothing does not drive, so start -> end is free."""
        sub = matrix[np.ix_(self.rows, self.rows)].astype(np.int64)
        for start in self.vehicles:
            if not start.frozen:
                sub[self.rows.index(start.row), self.rows.index(start.end_row or 0)] = 0
        return sub

    def _service_s(self) -> np.ndarray[Any, Any]:
        service_s = np.zeros(len(self.rows), dtype=np.int64)
        for position, stop_index in enumerate(self.index_of):
            service_s[self.fixed + position] = self._stop(stop_index).service_s
        return service_s

    def add_costs(self) -> None:
        """Driving, distance and opened routes; waiting is priced by `add_times` as part of the route's span."""
        weights = self.problem.weights
        drives_s = self._sub(self.problem.matrix.durations_s)
        metres = self._sub(self.problem.matrix.distances_m)
        arc_cost = (COST_SCALE - self._wait_cost()) * drives_s + weights.per_km * metres
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(arc_cost.tolist()))
        for vehicle, start in enumerate(self.vehicles):
            # A route that is open already costs nothing more to open, but its way home counts even without a new stop.
            self.routing.SetFixedCostOfVehicle(0 if start.frozen else weights.per_route * COST_SCALE, vehicle)
            self.routing.SetVehicleUsedWhenEmpty(bool(start.frozen), vehicle)

    def _wait_cost(self) -> int:
        return round(self.problem.weights.per_wait_s * COST_SCALE)

    def add_times(self) -> None:
        """Driving and service times, shifts, windows (several a stop), and the price of waiting."""
        transit = self._sub(self.problem.matrix.durations_s) + self._service_s()[:, None]
        closes_s = [self.problem.seconds(start.shift.ends_at) - self.origin_s for start in self.vehicles]
        horizon_s = max(closes_s)
        # An unreachable pair takes longer than the horizon, so no route can use it.
        transit = np.minimum(transit, int(UNREACHABLE_S))
        self.routing.AddDimension(
            self.routing.RegisterTransitMatrix(transit.tolist()), horizon_s, horizon_s, False, "time"
        )
        time = self.routing.GetDimensionOrDie("time")
        if self._wait_cost():
            time.SetSpanCostCoefficientForAllVehicles(self._wait_cost())
        for vehicle, start in enumerate(self.vehicles):
            free_s = -((start.free_at - self.problem.horizon_start).total_seconds() // -1)
            opens_s = int(free_s) - self.origin_s
            # The frozen visits fix when the free part starts; otherwise the courier may leave later.
            last_s = opens_s if start.frozen else closes_s[vehicle]
            time.CumulVar(self.routing.Start(vehicle)).SetRange(opens_s, last_s)
            time.CumulVar(self.routing.End(vehicle)).SetRange(opens_s, closes_s[vehicle])
        for stop_index, index in self.index_of.items():
            self._add_windows(time.CumulVar(index), self._stop(stop_index), horizon_s)

    def _add_windows(self, start_of_service: Any, stop: Stop, horizon_s: int) -> None:
        if not stop.windows:
            return
        spans = []
        for window in stop.windows:
            opens_s = -int((window.opens_at - self.problem.horizon_start).total_seconds() // -1) - self.origin_s
            closes_s = int((window.closes_at - self.problem.horizon_start).total_seconds() // 1) - self.origin_s
            if closes_s >= 0 and opens_s <= horizon_s and opens_s <= closes_s:
                spans.append((max(0, opens_s), min(horizon_s, closes_s)))
        start_of_service.SetRange(spans[0][0], spans[-1][1])
        for (_, closed_s), (opens_s, _) in pairwise(spans):
            if closed_s + 1 <= opens_s - 1:
                start_of_service.RemoveInterval(closed_s + 1, opens_s - 1)

    def add_loads(self) -> None:
        """One dimension for each kind of load that any stop has; frozen visits' loads are taken off beforehand."""
        for name in LOAD_DIMENSIONS:
            loads = [0] * len(self.rows)
            for position, stop_index in enumerate(self.index_of):
                loads[self.fixed + position] = getattr(self._stop(stop_index).load, name)
            if not any(loads):
                continue
            room = [getattr(start.shift.capacity, name) - getattr(start.load, name) for start in self.vehicles]
            self.routing.AddDimensionWithVehicleCapacity(
                self.routing.RegisterUnaryTransitVector(loads), 0, room, True, name
            )

    def add_release_times(self, allowed: dict[int, list[int]]) -> None:
        """A courier leaves the depot not before the last of his orders is ready."""
        solver = self.routing.solver()
        time = self.routing.GetDimensionOrDie("time")
        for stop_index, vehicle_numbers in allowed.items():
            stop = self._stop(stop_index)
            if stop.ready_at is None:
                continue
            ready_s = -int((stop.ready_at - self.problem.horizon_start).total_seconds() // -1) - self.origin_s
            for vehicle in vehicle_numbers:
                start = self.vehicles[vehicle]
                if start.shift.on_the_road or start.frozen or stop.ready_at <= start.free_at:
                    continue
                leaves = time.CumulVar(self.routing.Start(vehicle))
                carried = solver.IsEqualCstVar(self.routing.VehicleVar(self.index_of[stop_index]), vehicle)
                solver.Add(leaves >= carried * ready_s)

    def constant_cost(self) -> int:
        """The price of all service time, which the span counts as if it were waiting."""
        return self._wait_cost() * sum(self._stop(stop_index).service_s for stop_index in self.index_of)

    def add_penalties(self) -> None:
        """Every stop is optional at a price, so one that does not fit never fails the rest."""
        weights = self.problem.weights
        for stop_index, index in self.index_of.items():
            stop = self._stop(stop_index)
            penalty = COST_SCALE * (weights.unassigned + weights.priority_step * stop.priority)
            # The span prices service like waiting; charging it to those left out too makes it the same for all plans.
            self.routing.AddDisjunction([index], penalty + self._wait_cost() * stop.service_s)
