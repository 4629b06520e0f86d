"""
A routing problem as the arrays that the compiled kernel reads, for the problems that it knows.

Shifts that differ in nothing that matters are one kind of vehicle; what they pay and how they drive makes a class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.eligibility import FreeStart, free_starts, static_refusal
from routing.fleet import Shift
from routing.order import LOAD_DIMENSIONS
from routing.problem import SECONDS_AN_HOUR, RoutingProblem
from routing.solver.kernel.building import MOST, Tables, kernel_problem
from routing.solver.kernel.pair_tables import PairTables
from routing.solver.kernel.tables import (
    CLASS_ROW,
    FIXED,
    FORBIDDEN,
    KIND,
    LEAVES,
    LEAVES_LATER,
    MAX_DISTANCE,
    MAX_ROUTE,
    MAX_STOPS,
    PLACES,
    RETURNS,
    VEHICLE_COLUMNS,
    KernelProblem,
)
from routing.solver.model_fixed import fixed_part
from routing.solver.pair_arrays import MUST_COME, has_pairs, held_by_pickups, pair_tables
from routing.solver.relaxed import BALANCE, BREAKS, TRIPS
from routing.stop import Stop, StopKind

UNLIMITED = 2**40
"""A limit that binds nothing."""

FINEST = 1_000
"""Kernel units of one unit of cost, where arcs are short enough for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayProblem:
    """
    The kernel's view of a problem, and the way back.

    `pairs` is given where loads change along the way. `vehicles` are the free starts in the kernel's order, `stops` the
    indices of `problem.stops` in its order. Costs of the kernel are `scale` times those of the problem, but for what
    every plan has.
    """

    problem: RoutingProblem
    kernel: KernelProblem
    pairs: PairTables | None
    vehicles: tuple[FreeStart, ...]
    stops: tuple[int, ...]
    frozen: Mapping[str, tuple[int, ...]]
    scale: float

    def sequences(self, routes: Sequence[Sequence[int]]) -> dict[str, tuple[int, ...]]:
        """The kernel's routes as stop indices by shift id, frozen visits first; shifts without a visit are left out."""
        found = dict(self.frozen)
        for start, route in zip(self.vehicles, routes, strict=True):
            if route:
                found[start.shift.shift_id] = (*start.frozen, *(self.stops[c] for c in route))
        return found

    def routes(self, sequences: Mapping[str, Sequence[int]]) -> tuple[tuple[int, ...], ...]:
        """Sequences by shift id as the kernel's routes; what the kernel does not know is left out."""
        number = {stop: c for c, stop in enumerate(self.stops)}
        return tuple(
            tuple(number[stop] for stop in sequences.get(start.shift.shift_id, ()) if stop in number)
            for start in self.vehicles
        )


def unknown_to_kernel(problem: RoutingProblem) -> tuple[str, ...]:
    """What this problem uses that the kernel does not know; empty when the kernel can search it."""
    weights = problem.weights
    stops, shifts = problem.stops, problem.shifts
    full_lockers = any(
        sum(stop.locker_id == locker.locker_id and stop.cell_size >= size for stop in stops)
        > sum(locker.free_cells[size:])
        for locker in problem.lockers
        for size in range(len(locker.free_cells))
    )
    used = {
        "parcels that another visit brings": any(stop.loads_after is not None for stop in stops),
        "lockers with too few cells": full_lockers,
        "visits in a given order": any(shift.ordered_visit_ids for shift in shifts),
        BREAKS: any(shift.breaks for shift in shifts),
        TRIPS: any(shift.max_trips > 1 for shift in shifts),
        BALANCE: bool(weights.per_longest_work_s or weights.per_most_stops),
    }
    return tuple(name for name, is_used in used.items() if is_used)


def array_problem(problem: RoutingProblem) -> ArrayProblem | None:
    """The arrays of a problem that the kernel knows; None when there is nothing to decide."""
    starts = free_starts(problem)
    frozen = {index for start in starts for index in start.frozen}
    stops = tuple(index for index in range(len(problem.stops)) if index not in frozen)
    vehicles = tuple(start for start in starts if not start.closed)
    if not stops or not vehicles:
        return None
    numbers = _kind_numbers(problem, vehicles)
    order = sorted(range(len(vehicles)), key=lambda v: numbers[v])
    return _Builder(
        problem=problem,
        vehicles=tuple(vehicles[v] for v in order),
        kinds=tuple(numbers[v] for v in order),
        stops=stops,
        frozen={start.shift.shift_id: start.frozen for start in starts if start.frozen},
    ).build()


def _kind_numbers(problem: RoutingProblem, vehicles: Sequence[FreeStart]) -> list[int]:
    """Numbers from 0 in order of appearance; vehicles with the same number are alike in all that the kernel asks."""
    named = {stop.only_shift_id for stop in problem.stops} | {stop.preferred_shift_id for stop in problem.stops}
    numbers: dict[Any, int] = {}
    found = []
    for start in vehicles:
        shift = start.shift
        alike = (
            start.row,
            start.end_row,
            start.free_at,
            start.frozen,
            shift.shift_id if shift.shift_id in named or start.frozen else None,
            shift.starts_at,
            shift.ends_at,
            shift.start_depot_id,
            shift.capacity,
            shift.skills,
            shift.allowed_zone_ids,
            shift.home_zone_ids,
            shift.vehicle_profile,
            shift.on_the_road,
            shift.max_route_s,
            shift.max_distance_m,
            shift.max_stops,
            shift.costs,
        )
        found.append(numbers.setdefault(alike, len(numbers)))
    return found


@dataclass(frozen=True, kw_only=True)
class _Builder:
    problem: RoutingProblem
    vehicles: tuple[FreeStart, ...]
    kinds: tuple[int, ...]
    stops: tuple[int, ...]
    frozen: Mapping[str, tuple[int, ...]]

    def build(self) -> ArrayProblem:
        costs, seconds, metres = self._arcs()
        longest = max(float(table[table < MOST].max(initial=1.0)) for table in costs)
        scale = min(float(FINEST), max(1.0, (MOST - 1) / longest))
        opens_s, closes_s, gaps = self._windows()
        kind_first = [self.kinds.index(kind) for kind in range(max(self.kinds) + 1)] + [len(self.kinds)]
        tables = Tables(
            cost=np.stack([np.where(table >= MOST, MOST, np.rint(table * scale)) for table in costs]).astype(np.int64),
            time_s=np.stack(seconds),
            metres=np.stack(metres),
            service_s=np.array([stop.service_s for stop in self._stops], np.int64),
            early_s=opens_s,
            late_s=closes_s,
            release_s=self._releases(),
            gaps=gaps,
            load=self._loads(lambda stop: stop.load, self._stops),
            penalty=self._penalties(scale),
            soft=self._soft(scale),
            pair_cost=self._pair_costs(kind_first, scale),
            vehicle=self._vehicle_table(costs, scale),
            start_place=np.array([self._place_of[start.row] for start in self.vehicles]),
            end_place=np.array([self._place_of[start.end_row] for start in self.vehicles]),
            capacity=self._loads(lambda start: start.shift.capacity, self.vehicles)
            - self._loads(lambda start: start.load, self.vehicles),
            kind_first=np.array(kind_first, np.int64),
            wait_cost=round(self.problem.weights.per_wait_s * scale),
            has_limits=any(
                shift.max_route_s is not None or shift.max_distance_m is not None for shift in self.problem.shifts
            ),
        )
        return ArrayProblem(
            problem=self.problem,
            kernel=kernel_problem(tables),
            pairs=pair_tables(self.problem, self.vehicles, self.stops) if has_pairs(self.problem) else None,
            vehicles=self.vehicles,
            stops=self.stops,
            frozen=self.frozen,
            scale=scale,
        )

    @cached_property
    def _stops(self) -> tuple[Stop, ...]:
        return tuple(self.problem.stops[index] for index in self.stops)

    @cached_property
    def _held_by(self) -> Mapping[str | None, str]:
        return held_by_pickups(self.vehicles, self.problem)

    @cached_property
    def _origin_s(self) -> int:
        return min(self.problem.seconds(start.free_at) for start in self.vehicles) - 1

    @cached_property
    def _rows(self) -> list[int | None]:
        """Matrix rows of the kernel's places: stops, then starts and ends; None is the end of who ends anywhere."""
        ends = dict.fromkeys(row for start in self.vehicles for row in (start.row, start.end_row))
        return [*(self.problem.stop_node(index) for index in self.stops), *ends]

    @cached_property
    def _place_of(self) -> dict[int | None, int]:
        """Columns of starts and ends; a start where a frozen stop is, is a place of its own."""
        n = len(self.stops)
        return {row: n + number for number, row in enumerate(self._rows[n:])}

    @cached_property
    def _classes(self) -> list[tuple[str, tuple[float, float]]]:
        return list(dict.fromkeys(self._class_of(start.shift) for start in self.vehicles))

    def _class_of(self, shift: Shift) -> tuple[str, tuple[float, float]]:
        prices = self.problem.weights.of_shift(shift)
        profile = shift.vehicle_profile if shift.vehicle_profile in self.problem.matrices else ""
        return profile, (prices.per_hour, prices.per_km)

    def _arcs(self) -> tuple[list[NDArray[np.float64]], list[NDArray[np.int64]], list[NDArray[np.int64]]]:
        """By class, (m, m): cost (`MOST` where no street leads), seconds with setup, metres."""
        costs, seconds, metres = [], [], []
        setup_s = self._setups()
        for profile, (per_hour, per_km) in self._classes:
            matrix = self.problem.matrices.get(profile, self.problem.matrix)
            drives_s, lengths_m = self._sub(matrix.durations_s), self._sub(matrix.distances_m)
            cost = per_hour / SECONDS_AN_HOUR * drives_s + per_km / 1_000 * lengths_m
            cost[drives_s >= MOST] = MOST
            costs.append(cost)
            seconds.append(drives_s if setup_s is None else drives_s + setup_s)
            metres.append(lengths_m)
        return costs, seconds, metres

    def _sub(self, matrix: NDArray[np.int32]) -> NDArray[np.int64]:
        rows = np.array([0 if row is None else row for row in self._rows])
        sub = matrix[np.ix_(rows, rows)].astype(np.int64)
        for place, row in enumerate(self._rows):
            if row is None:
                sub[:, place] = 0
        return np.minimum(sub, MOST)

    def _setups(self) -> NDArray[np.int64] | None:
        """Setup before the stop of each column, where the row's place is another; None when no stop has any."""
        setup_s = np.array([stop.setup_s for stop in self._stops] + [0] * (len(self._rows) - len(self.stops)))
        if not setup_s.any():
            return None
        first_depot = [depot.point for depot in self.problem.depots]
        at = {start.row: start.point for start in self.vehicles}
        points: list[object] = [stop.point for stop in self._stops]
        for row in self._rows[len(self.stops) :]:
            known = row is not None and row < len(first_depot)
            points.append(at.get(row if row is not None else -1, first_depot[row or 0] if known else None))
        numbers = {point: number for number, point in enumerate(dict.fromkeys(points))}
        place = np.array([numbers[point] for point in points])
        return np.where(place[:, None] != place[None, :], setup_s[None, :], 0)

    def _windows(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[list[tuple[int, int]]]]:
        """Earliest and latest start of service, and the gaps between windows, in seconds since the origin."""
        start = self.problem.horizon_start
        last_s = max(self.problem.seconds(one.shift.ends_at) for one in self.vehicles) - self._origin_s
        opens, closes, gaps = [], [], []
        for stop in self._stops:
            spans = [
                (
                    -int((window.opens_at - start).total_seconds() // -1) - self._origin_s,
                    int((window.closes_at - start).total_seconds() // 1) - self._origin_s,
                )
                for window in stop.windows
            ]
            kept = [(max(a, 0), min(b, last_s)) for a, b in spans if a <= b and b >= 0 and a <= last_s]
            if not spans:
                kept = [(0, last_s)]
            # With no window left in anybody's shift nobody can come: it opens after it has closed.
            opens.append(kept[0][0] if kept else MOST)
            closes.append(kept[-1][1] if kept else -1)
            gaps.append([(a[1], b[0]) for a, b in pairwise(kept)])
        return np.array(opens, np.int64), np.array(closes, np.int64), gaps

    def _releases(self) -> NDArray[np.int64]:
        """When the goods of each stop are ready, 0 when that holds nobody back."""
        on_the_road = {start.shift.shift_id for start in self.vehicles if start.shift.on_the_road}
        release_s = np.zeros(len(self.stops), np.int64)
        for c, stop in enumerate(self._stops):
            if stop.ready_at is None or stop.kind is not StopKind.DELIVERY or stop.only_shift_id in on_the_road:
                continue
            ready_s = -int((stop.ready_at - self.problem.horizon_start).total_seconds() // -1) - self._origin_s
            release_s[c] = max(ready_s, 0)
        # One that is ready when the first courier leaves holds back nobody.
        return np.where(release_s <= 1, 0, release_s)

    def _loads(self, load_of: Any, owners: Sequence[Any]) -> NDArray[np.int64]:
        names = [name for name in LOAD_DIMENSIONS if any(getattr(stop.load, name) for stop in self._stops)]
        return np.array(
            [[getattr(load_of(one), name) for name in names or LOAD_DIMENSIONS[:1]] for one in owners], np.int64
        )

    def _soft(self, scale: float) -> NDArray[np.int64]:
        soft = np.zeros((len(self.stops), 4), np.int64)
        for c, stop in enumerate(self._stops):
            if (window := stop.soft_window) is not None:
                soft[c] = (
                    self.problem.seconds(window.opens_at) - self._origin_s,
                    self.problem.seconds(window.closes_at) - self._origin_s,
                    round(window.per_early_min / 60 * scale),
                    round(window.per_late_min / 60 * scale),
                )
        return soft

    def _pair_costs(self, kind_first: Sequence[int], scale: float) -> NDArray[np.int64]:
        """What serving a stop by a kind costs besides driving; `FORBIDDEN` where a rule forbids it at any time."""
        kinds = [self.vehicles[first] for first in kind_first[:-1]]
        found = np.zeros((len(self.stops), len(kinds)), np.int64)
        known: dict[Any, list[int]] = {}
        for c, stop in enumerate(self._stops):
            signature = (
                stop.kind,
                self._held_by.get(stop.pickup_visit_id),
                stop.required_skills,
                stop.forbidden_skills,
                stop.zone_id,
                stop.depot_id,
                stop.only_shift_id,
                stop.preferred_shift_id,
                stop.other_shift_cost,
                stop.ready_at if any(start.frozen for start in kinds) else None,
            )
            row = known.get(signature)
            if row is None:
                row = known[signature] = [self._pair_cost(stop, start, scale) for start in kinds]
            found[c] = row
        return found

    def _pair_cost(self, stop: Stop, start: FreeStart, scale: float) -> int:
        shift = start.shift
        if stop.only_shift_id not in (None, shift.shift_id) or static_refusal(stop, shift) is not None:
            return FORBIDDEN
        if self._held_by.get(stop.pickup_visit_id, shift.shift_id) != shift.shift_id:
            return FORBIDDEN
        if stop.kind is StopKind.DELIVERY and stop.only_shift_id != shift.shift_id:
            if shift.on_the_road:
                return FORBIDDEN
            if start.frozen and stop.ready_at is not None and stop.ready_at > start.free_at:
                return FORBIDDEN
        cost = 0.0
        if shift.home_zone_ids is not None and stop.zone_id is not None and stop.zone_id not in shift.home_zone_ids:
            cost += self.problem.weights.per_foreign_stop
        if stop.preferred_shift_id not in (None, shift.shift_id):
            cost += stop.other_shift_cost
        return round(cost * scale)

    def _penalties(self, scale: float) -> NDArray[np.int64]:
        """What leaving each stop out costs; a dropoff whose pickup has happened must come, which its price sees to."""
        times = [MUST_COME if stop.pickup_visit_id in self._held_by else 1 for stop in self._stops]
        left_out = [self.problem.weights.left_out(stop) for stop in self._stops]
        return np.array([round(price * scale) * many for price, many in zip(left_out, times, strict=True)], np.int64)

    def _vehicle_table(self, costs: Sequence[NDArray[np.float64]], scale: float) -> NDArray[np.int64]:
        n = len(self.stops)
        table = np.zeros((len(self.vehicles), VEHICLE_COLUMNS), np.int64)
        places: dict[tuple[int | None, int | None], int] = {}
        for v, (start, kind) in enumerate(zip(self.vehicles, self.kinds, strict=True)):
            shift = start.shift
            group = self._classes.index(self._class_of(shift))
            fixed = self.problem.weights.of_shift(shift).per_route
            if start.frozen:
                # The route is open already, and its way home is paid for even without a further stop.
                fixed = -costs[group][self._place_of[start.row], self._place_of[start.end_row]]
            table[v, PLACES] = places.setdefault((start.row, start.end_row), len(places))
            table[v, LEAVES] = -int((start.free_at - self.problem.horizon_start).total_seconds() // -1) - self._origin_s
            table[v, RETURNS] = self.problem.seconds(shift.ends_at) - self._origin_s
            table[v, FIXED] = round(fixed * scale)
            table[v, KIND] = kind
            table[v, CLASS_ROW] = group * n
            table[v, LEAVES_LATER] = not (shift.on_the_road or start.frozen)
            table[v, [MAX_STOPS, MAX_ROUTE, MAX_DISTANCE]] = self._limits(start)
        return table

    def _limits(self, start: FreeStart) -> tuple[int, int, int]:
        """Stops, seconds and metres that are left for the free part of a route."""
        shift = start.shift
        done = fixed_part(self.problem, start)
        stops = UNLIMITED if shift.max_stops is None else shift.max_stops - len(start.frozen)
        seconds = (
            UNLIMITED
            if shift.max_route_s is None
            else shift.max_route_s - int((start.free_at - done.departs_at).total_seconds())
        )
        metres = UNLIMITED if shift.max_distance_m is None else shift.max_distance_m - done.distance_m
        return stops, seconds, metres
