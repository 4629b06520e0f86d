"""Which places, vehicles and reloads an OR-Tools model has, and the tables of driving between its places."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp

from routing.eligibility import FreeStart, free_starts
from routing.eligibility_table import eligible
from routing.fleet import Shift
from routing.problem import RoutingProblem, node_points
from routing.solver.model_fixed import FixedPart, fixed_part
from routing.stop import Stop, StopKind
from routing.travel_matrix import UNREACHABLE_S

Table = NDArray[np.int64]

LONG_ROW = 500
"""From so many places on tables are given to OR-Tools as callbacks, see `Layout.register`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """
    The places of a model as OR-Tools numbers them ("nodes"): starts and ends of vehicles, stops, reloads.

    `rows` are their rows in the problem's matrices, -1 for "wherever the last visit was". Vehicles that start and end
    at the same rows share nodes, so that the search knows them for alike; those with frozen visits start at a node of
    their own. `stops` are indices of `problem.stops`, `reloads` the vehicle of each reload, `frozen` the stops that are
    decided. `fixed_cost` is what the plan costs without what is in the model, `left_at` when frozen visits end.
    """

    problem: RoutingProblem
    vehicles: tuple[FreeStart, ...]
    allowed: dict[int, list[int]]
    rows: tuple[int, ...]
    start_nodes: tuple[int, ...]
    end_nodes: tuple[int, ...]
    stops: tuple[int, ...]
    reloads: tuple[int, ...]
    frozen: tuple[int, ...]
    fixed_parts: tuple[FixedPart, ...]
    fixed_cost: float
    left_at: dict[str, datetime]
    is_brief: bool
    manager: Any
    routing: Any
    stop_indices: dict[int, int] = field(default_factory=dict)
    reload_indices: tuple[int, ...] = ()

    @property
    def first_stop_node(self) -> int:
        """The number of the first stop; reloads come after the last one."""
        return len(self.rows) - len(self.stops) - len(self.reloads)

    @property
    def first_reload_node(self) -> int:
        """The number of the first reload."""
        return len(self.rows) - len(self.reloads)

    def register(self, table: Table) -> int:
        """
        The number by which the model knows a table of numbers between its places.

        A table given as such is slow to search in OR-Tools 9.15: every look-up copies a whole row of it. A callback is
        asked once for each pair and its answers kept, which takes longer to build and pays when rows are long.
        """
        number: int
        if self.is_brief or len(self.rows) < LONG_ROW:
            number = self.routing.RegisterTransitMatrix(table.tolist())
            return number
        size = self.routing.Size() + len(self.vehicles)
        nodes = np.array([self.manager.IndexToNode(index) for index in range(size)])
        flat = table[np.ix_(nodes, nodes)].ravel().tolist()
        number = self.routing.RegisterTransitCallback(lambda start, end: flat[start * size + end])
        return number

    def stop(self, stop_index: int) -> Stop:
        """The stop with this index."""
        return self.problem.stops[stop_index]

    def shift(self, vehicle: int) -> Shift:
        """The shift of a vehicle of the model."""
        return self.vehicles[vehicle].shift

    def starts(self) -> list[int]:
        """The model's index of each vehicle's start."""
        return [self.routing.Start(vehicle) for vehicle in range(len(self.vehicles))]

    def ends(self) -> list[int]:
        """The model's index of each vehicle's end."""
        return [self.routing.End(vehicle) for vehicle in range(len(self.vehicles))]

    @cached_property
    def chains(self) -> tuple[tuple[int, ...], ...]:
        """The model's indices of stops that stay in an order."""
        index_of = {self.stop(one).visit_id: index for one, index in self.stop_indices.items()}
        chains = [
            tuple(index_of[visit_id] for visit_id in start.shift.ordered_visit_ids if visit_id in index_of)
            for start in self.vehicles
        ]
        return tuple(chain for chain in chains if len(chain) > 1)

    def parks_reloads(self, vehicle: int) -> bool:
        """True when the vehicle starts at the depot where it reloads: a reload right there takes no time."""
        return vehicle in self.reloads and not self.vehicles[vehicle].frozen

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        """The vehicle profiles with a matrix of their own that some vehicle has; "" for the common matrix."""
        named = {self.profile(vehicle) for vehicle in range(len(self.vehicles))}
        return tuple(sorted(named))

    def profile(self, vehicle: int) -> str:
        """The profile of this vehicle when it has a matrix of its own, else ""."""
        name = self.shift(vehicle).vehicle_profile
        return name if name in self.problem.matrices else ""

    def table(self, profile: str, name: str) -> Table:
        """`durations_s` or `distances_m` between the nodes; a courier who gets nothing does not drive."""
        matrix = self.problem.matrices.get(profile, self.problem.matrix)
        rows = np.array(self.rows)
        found: Table = getattr(matrix, name)[np.ix_(rows, rows)].astype(np.int64)
        found[:, rows < 0] = 0
        return self._without_empty_routes(np.minimum(found, int(UNREACHABLE_S)))

    def setup_s(self) -> Table:
        """The setup that each arc has: that of the stop it leads to, unless it comes from the same point."""
        points = node_points(self.problem.depots, self.problem.stops, self.problem.shifts)
        of_node = np.zeros(len(self.rows), dtype=np.int64)
        first = self.first_stop_node
        of_node[first : first + len(self.stops)] = [self.stop(one).setup_s for one in self.stops]
        found = np.tile(of_node, (len(self.rows), 1))
        if of_node.any():
            numbers: dict[object, int] = {}
            places = np.array([-1 if row < 0 else numbers.setdefault(points[row], len(numbers)) for row in self.rows])
            found[places[:, None] == places] = 0
        return found

    def loading_s(self) -> Table:
        """The loading that each arc to a reload has; none where the reload is parked at the start of the route."""
        found = np.zeros((len(self.rows), len(self.rows)), dtype=np.int64)
        for number, vehicle in enumerate(self.reloads):
            node = self.first_reload_node + number
            depot = self.problem.depots[self.rows[node]]
            found[:, node] = depot.service_s
            if self.parks_reloads(vehicle):
                found[self.start_nodes[vehicle], node] = 0
        found[self.first_reload_node :, self.first_reload_node :] = 0
        return found

    def of_stops(self, values: Sequence[int], at_starts: Sequence[int] | None = None) -> list[int]:
        """A value for each node: `values` at the stops, `at_starts` where vehicles with frozen visits start, else 0."""
        found = [0] * len(self.rows)
        found[self.first_stop_node : self.first_reload_node] = values
        if at_starts is not None:
            for node, start, value in zip(self.start_nodes, self.vehicles, at_starts, strict=True):
                if start.frozen:
                    found[node] = value
        return found

    def _without_empty_routes(self, found: Table) -> Table:
        for vehicle, start in enumerate(self.vehicles):
            if not start.frozen:
                found[self.start_nodes[vehicle], self.end_nodes[vehicle]] = 0
        return found


def lay_out(problem: RoutingProblem, seed: int, *, is_brief: bool = False) -> Layout | None:
    """
    The places of a model, stops in an order shuffled by `seed`; None when there is nothing to decide.

    With `is_brief` it is built fast rather than searched fast.
    """
    starts = free_starts(problem)
    vehicles = tuple(start for start in starts if not start.closed)
    allowed = allowed_vehicles(problem, vehicles)
    stops = sorted(allowed)
    if not stops:
        return None
    random.Random(seed).shuffle(stops)  # noqa: S311 - a reproducible order, no secret
    node_of: dict[tuple[int, str], int] = {}
    start_nodes = [
        node_of.setdefault((start.row, start.shift.shift_id if start.frozen else ""), len(node_of))
        for start in vehicles
    ]
    ends = [problem.end_node(start.shift) for start in vehicles]
    end_nodes = [node_of.setdefault((-1 if row is None else row, "end"), len(node_of)) for row in ends]
    reloads = tuple(
        vehicle
        for vehicle, start in enumerate(vehicles)
        if not start.shift.on_the_road and start.shift.home_point is None
        for _ in range(min(start.shift.max_trips - 1, len(stops)))
    )
    rows = [row for row, _ in node_of]
    rows += [problem.stop_node(stop) for stop in stops]
    rows += [problem.depot_node(vehicles[vehicle].shift.start_depot_id) for vehicle in reloads]
    frozen = tuple(index for start in starts for index in start.frozen)
    parts = [fixed_part(problem, start) for start in starts]
    without = set(range(len(problem.stops))) - set(stops) - set(frozen)
    manager = pywrapcp.RoutingIndexManager(len(rows), len(vehicles), start_nodes, end_nodes)
    parameters = pywrapcp.DefaultRoutingModelParameters()
    parameters.max_callback_cache_size = len(rows) + 2 * len(vehicles)
    layout = Layout(
        problem=problem,
        vehicles=vehicles,
        allowed=allowed,
        rows=tuple(rows),
        start_nodes=tuple(start_nodes),
        end_nodes=tuple(end_nodes),
        stops=tuple(stops),
        reloads=reloads,
        frozen=frozen,
        fixed_parts=tuple(part for part, start in zip(parts, starts, strict=True) if not start.closed),
        fixed_cost=sum(part.cost for part in parts)
        + sum(problem.weights.left_out(problem.stops[index]) for index in without),
        left_at={visit_id: at for part in parts for visit_id, at in part.left_at.items()},
        is_brief=is_brief,
        manager=manager,
        routing=pywrapcp.RoutingModel(manager, parameters),
    )
    first = layout.first_stop_node
    return replace(
        layout,
        stop_indices={stop: manager.NodeToIndex(first + position) for position, stop in enumerate(stops)},
        reload_indices=tuple(manager.NodeToIndex(layout.first_reload_node + n) for n in range(len(reloads))),
    )


def allowed_vehicles(problem: RoutingProblem, vehicles: Sequence[FreeStart]) -> dict[int, list[int]]:
    """
    By stop the vehicles that may have it; stops that none may have, or whose partner none may have, are not in it.

    Frozen visits are decided and not in it either. What was picked up in a frozen visit stays with its courier.
    """
    starts = free_starts(problem)
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    held = {index: start.shift.shift_id for start in starts for index in start.frozen}
    kept = {index_of[visit_id]: shift.shift_id for shift in problem.shifts for visit_id in shift.ordered_visit_ids}
    may_take = eligible(problem, vehicles)
    found: dict[int, set[int]] = {}
    for stop in range(len(problem.stops)):
        if stop not in held:
            found[stop] = {
                number
                for number, start in enumerate(vehicles)
                if kept.get(stop, start.shift.shift_id) == start.shift.shift_id and may_take[stop, number]
            }
    for dropoff, one in enumerate(problem.stops):
        if one.kind is not StopKind.DROPOFF or one.pickup_visit_id is None or dropoff not in found:
            continue
        pickup = index_of[one.pickup_visit_id]
        if pickup in held:
            found[dropoff] &= {n for n, start in enumerate(vehicles) if start.shift.shift_id == held[pickup]}
        else:
            found[dropoff] = found[pickup] = found[dropoff] & found[pickup]
    _without_what_waits_in_vain(problem, index_of, held, found)
    return {stop: sorted(numbers) for stop, numbers in found.items() if numbers}


def _without_what_waits_in_vain(
    problem: RoutingProblem, index_of: dict[str, int], held: dict[int, str], found: dict[int, set[int]]
) -> None:
    """What loads after a visit that nobody can make cannot be loaded; nor what waits for that in turn."""
    changed = True
    while changed:
        changed = False
        for index, stop in enumerate(problem.stops):
            if stop.loads_after is None or not found.get(index):
                continue
            before = index_of[stop.loads_after.visit_id]
            if before not in held and not found[before]:
                found[index] = set()
                changed = True
