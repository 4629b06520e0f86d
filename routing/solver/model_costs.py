"""What a plan costs, as the model counts it: driving, opened routes, who serves whom, balance, leaving out."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from routing.problem import SECONDS_AN_HOUR
from routing.solver.model_layout import Layout, Table
from routing.stop import Stop

COST_SCALE = 60_000
"""
Model cost of one unit of `CostWeights` (a second of driving).

A metre at a whole price a kilometre and a second at a whole price a minute then cost whole numbers, as the model needs.
"""

METRES_A_KM = 1_000

HELD = 10**9
"""Price of leaving out a visit that a shift keeps in its order: only when there is no way to keep it."""

FAR = 2**29
"""More seconds, metres or units than any route can have, and less than the mark of an unreachable pair."""


def add_dimension(layout: Layout, name: str, tables: Mapping[str, Table], *, capacities: Sequence[int]) -> Any:
    """A quantity that grows along each route by a table of its vehicle's profile, from 0, with no slack."""
    number_of = {profile: layout.register(table) for profile, table in tables.items()}
    evaluators = [number_of[layout.profile(vehicle)] for vehicle in range(len(layout.vehicles))]
    if len(number_of) == 1:
        layout.routing.AddDimensionWithVehicleCapacity(evaluators[0], 0, list(capacities), True, name)
    else:
        layout.routing.AddDimensionWithVehicleTransitAndCapacity(evaluators, 0, list(capacities), True, name)
    return layout.routing.GetDimensionOrDie(name)


def add_driving_costs(layout: Layout, taken_off: Sequence[float]) -> None:
    """
    Driving, distance and opened routes, from which `taken_off` (by vehicle) comes off as far as can be.

    The arcs cost what the cheapest shift pays, and what a shift pays above that is added at the end of its route: one
    table for all vehicles keeps the search fast, one for each would not fit into memory on a large day.
    """
    weights, routing = layout.problem.weights, layout.routing
    prices = [weights.of_shift(start.shift) for start in layout.vehicles]
    per_second = [COST_SCALE * one.per_hour / SECONDS_AN_HOUR for one in prices]
    per_metre = [COST_SCALE * one.per_km / METRES_A_KM for one in prices]
    number_of: dict[str, int] = {}
    for profile in layout.profiles:
        drives_s, metres = layout.table(profile, "durations_s"), layout.table(profile, "distances_m")
        arcs = np.rint(min(per_second) * drives_s + min(per_metre) * metres).astype(np.int64)
        number_of[profile] = layout.register(arcs)
    for vehicle, start in enumerate(layout.vehicles):
        routing.SetArcCostEvaluatorOfVehicle(number_of[layout.profile(vehicle)], vehicle)
        # A route that is open already costs nothing more to open, but its way home counts even without a new stop.
        per_route = 0.0 if start.frozen else prices[vehicle].per_route - taken_off[vehicle]
        routing.SetFixedCostOfVehicle(max(round(COST_SCALE * per_route), 0), vehicle)
        routing.SetVehicleUsedWhenEmpty(bool(start.frozen), vehicle)
    _add_distance(layout, [price - min(per_metre) for price in per_metre])
    if max(per_second) > min(per_second):
        tables = {profile: layout.table(profile, "durations_s") for profile in layout.profiles}
        drives = add_dimension(layout, "driving", tables, capacities=[FAR] * len(layout.vehicles))
        _price_ends(layout, drives, [price - min(per_second) for price in per_second])


def _add_distance(layout: Layout, dearer_by: Sequence[float]) -> None:
    longest_m = [start.shift.max_distance_m for start in layout.vehicles]
    if not any(dearer_by) and all(one is None for one in longest_m):
        return
    tables = {profile: layout.table(profile, "distances_m") for profile in layout.profiles}
    left_m = [
        FAR if most is None else max(most - fixed.distance_m, 0)
        for most, fixed in zip(longest_m, layout.fixed_parts, strict=True)
    ]
    _price_ends(layout, add_dimension(layout, "distance", tables, capacities=left_m), dearer_by)


def _price_ends(layout: Layout, dimension: Any, prices: Sequence[float]) -> None:
    # A bound of zero at the end, not a price of the span: iterated local search miscounts spans in OR-Tools 9.15.
    for index, price in zip(layout.ends(), prices, strict=True):
        if round(price):
            dimension.SetCumulVarSoftUpperBound(index, 0, round(price))


def stop_price(layout: Layout, stop: Stop, vehicle: int) -> int:
    """What it costs, in model units, that this vehicle has the stop: outside home zones, another than was told."""
    return round(COST_SCALE * visit_price(layout, stop, vehicle))


def visit_price(layout: Layout, stop: Stop, vehicle: int) -> float:
    """The same in units of `CostWeights`."""
    shift = layout.shift(vehicle)
    price = 0.0
    if stop.preferred_shift_id not in (None, shift.shift_id):
        price += stop.other_shift_cost
    if shift.home_zone_ids is not None and stop.zone_id is not None and stop.zone_id not in shift.home_zone_ids:
        price += layout.problem.weights.per_foreign_stop
    return price


def add_stop_prices(layout: Layout) -> None:
    """Prices of a stop that depend on who has it; a list for each vehicle, as small as a table for each is large."""
    stops = [layout.stop(one) for one in layout.stops]
    if not layout.problem.weights.per_foreign_stop and all(stop.preferred_shift_id is None for stop in stops):
        return
    vehicles = range(len(layout.vehicles))
    prices = [[stop_price(layout, stop, vehicle) for stop in stops] for vehicle in vehicles]
    if not any(map(any, prices)):
        return
    routing = layout.routing
    evaluators = [routing.RegisterUnaryTransitVector(layout.of_stops(one)) for one in prices]
    most = max(map(sum, prices))
    routing.AddDimensionWithVehicleTransits(evaluators, 0, most, True, "stop_prices")
    _price_ends(layout, routing.GetDimensionOrDie("stop_prices"), [1.0] * len(layout.vehicles))


def add_balance(layout: Layout) -> None:
    """The longest work and the most visits of any route, frozen ones counted, and how many visits a shift may have."""
    weights, routing = layout.problem.weights, layout.routing
    if weights.per_longest_work_s:
        service_s = layout.of_stops(
            [layout.stop(one).service_s for one in layout.stops], [fixed.work_s for fixed in layout.fixed_parts]
        )
        at_stops = layout.setup_s() + np.array(service_s)[:, None]
        tables = {profile: layout.table(profile, "durations_s") + at_stops for profile in layout.profiles}
        work = add_dimension(layout, "work", tables, capacities=[FAR] * len(layout.vehicles))
        work.SetGlobalSpanCostCoefficient(round(COST_SCALE * weights.per_longest_work_s))
    limits = [start.shift.max_stops for start in layout.vehicles]
    if not (weights.per_most_stops or any(layout.chains) or any(most is not None for most in limits)):
        return
    counts = layout.of_stops([1] * len(layout.stops), [len(start.frozen) for start in layout.vehicles])
    capacities = [len(layout.problem.stops) + 1 if most is None else most for most in limits]
    routing.AddDimensionWithVehicleCapacity(routing.RegisterUnaryTransitVector(counts), 0, capacities, True, "visits")
    visits = routing.GetDimensionOrDie("visits")
    if weights.per_most_stops:
        visits.SetGlobalSpanCostCoefficient(round(COST_SCALE * weights.per_most_stops))
    for chain in layout.chains:
        for before, after in pairwise(chain):
            visits.AddNodePrecedence(before, after, 1)


def add_penalties(layout: Layout) -> None:
    """Every stop is optional at a price, so one that does not fit never fails the rest; held ones at `HELD`."""
    held = {visit_id for start in layout.vehicles for visit_id in start.shift.ordered_visit_ids}
    for stop_index, index in layout.stop_indices.items():
        stop = layout.stop(stop_index)
        price = layout.problem.weights.left_out(stop) + (HELD if stop.visit_id in held else 0)
        layout.routing.AddDisjunction([index], round(COST_SCALE * price))
    for index in layout.reload_indices:
        # A first hair of cost makes the construction place reloads, at the start of routes where they are free.
        layout.routing.AddDisjunction([index], 1)
