"""Trips in the model: what is on board, reloading at the depot, and leaving not before the goods are there."""

from datetime import timedelta
from typing import Any

from routing.order import LOAD_DIMENSIONS
from routing.solver.model_fixed import is_loaded_for, load_change
from routing.solver.model_layout import Layout
from routing.solver.model_times import Clock
from routing.stop import Stop, StopKind


def add_loads(layout: Layout) -> None:
    """
    Capacity, one dimension of the model for each kind of load that any stop has.

    Goods to deliver need room from the start of their trip. When a kind of load is only delivered, the sum over the
    trip is bounded. Otherwise the load on board is followed along the route; it starts with all that is delivered on
    the trip, which is said at the end: nothing but what was collected may be left then, "<name>_kept".
    """
    for position, name in enumerate(LOAD_DIMENSIONS):
        stops = [layout.stop(one) for one in layout.stops]
        if not any(getattr(stop.load, name) for stop in stops):
            continue
        delivered = [getattr(stop.load, name) if is_loaded_for(stop, name) else 0 for stop in stops]
        changes = [load_change(stop, name) for stop in stops]
        capacities = [getattr(start.shift.capacity, name) for start in layout.vehicles]
        on_board = [fixed.on_board[position] for fixed in layout.fixed_parts]
        room = [
            most - fixed.most_on_board[position] for most, fixed in zip(capacities, layout.fixed_parts, strict=True)
        ]
        if any(delivered):
            _add_sum(layout, name, delivered, room, max(capacities))
        if any(change != -amount for change, amount in zip(changes, delivered, strict=True)):
            _add_profile(layout, name, delivered, changes, capacities, on_board)


def _add_sum(layout: Layout, name: str, amounts: list[int], room: list[int], largest: int) -> None:
    routing = layout.routing
    # A trip after a reload has the whole vehicle, whatever the frozen visits took of the first one.
    capacities = [
        getattr(start.shift.capacity, name) if vehicle in layout.reloads else room[vehicle]
        for vehicle, start in enumerate(layout.vehicles)
    ]
    transits = layout.of_stops(amounts)
    _reset_at_reloads(layout, transits, largest)
    slack = 2 * largest if layout.reloads else 0
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(transits), slack, capacities, False, name
    )
    dimension = routing.GetDimensionOrDie(name)
    for vehicle, index in enumerate(layout.starts()):
        first = capacities[vehicle] - room[vehicle]
        dimension.CumulVar(index).SetRange(first, first)
    _only_reloads_have_slack(layout, dimension)


def _add_profile(
    layout: Layout, name: str, delivered: list[int], changes: list[int], capacities: list[int], on_board: list[int]
) -> None:
    routing, solver = layout.routing, layout.routing.solver()
    largest = max(capacities)
    slack = 2 * largest if layout.reloads else 0
    transits = layout.of_stops(changes)
    _reset_at_reloads(layout, transits, largest)
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(transits), slack, capacities, False, f"{name}_on_board"
    )
    board = routing.GetDimensionOrDie(f"{name}_on_board")
    _only_reloads_have_slack(layout, board)
    if not any(delivered):
        for index, load in zip(layout.starts(), on_board, strict=True):
            board.CumulVar(index).SetRange(load, load)
        for index in layout.reload_indices:
            solver.Add(board.SlackVar(index) + board.CumulVar(index) == largest)
        return
    kept = [change + amount for change, amount in zip(changes, delivered, strict=True)]
    # What is neither delivered goods nor collected is in a pair: it comes and goes within the trip.
    transits = layout.of_stops(kept)
    _reset_at_reloads(layout, transits, largest)
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(transits), slack, capacities, False, f"{name}_kept"
    )
    rest = routing.GetDimensionOrDie(f"{name}_kept")
    _only_reloads_have_slack(layout, rest)
    for index, load in zip(layout.starts(), on_board, strict=True):
        rest.CumulVar(index).SetRange(load, load)
    for index in layout.reload_indices:
        solver.Add(rest.SlackVar(index) + rest.CumulVar(index) == largest)
    for index in (*layout.reload_indices, *layout.ends()):
        solver.Add(board.CumulVar(index) >= rest.CumulVar(index))


def _reset_at_reloads(layout: Layout, transits: list[int], largest: int) -> None:
    for node in range(layout.first_reload_node, len(layout.rows)):
        transits[node] = -largest


def _only_reloads_have_slack(layout: Layout, dimension: Any) -> None:
    if not layout.reloads:
        return
    for index in (*layout.starts(), *layout.stop_indices.values()):
        dimension.SlackVar(index).SetValue(0)


def add_reloads(layout: Layout) -> None:
    """Each reload is of its own courier."""
    for index, vehicle in zip(layout.reload_indices, layout.reloads, strict=True):
        layout.routing.VehicleVar(index).SetValues([-1, vehicle])


def add_releases(layout: Layout, clock: Clock, time: Any) -> None:
    """
    A trip leaves the depot not before all its goods are there: its departure is followed along the route.

    Goods can be ready at some time (`Stop.ready_at`), or brought by another visit (`Stop.loads_after`), without which
    the stop is left out.
    """
    for stop_index, index in layout.stop_indices.items():
        brought = _brought_in(layout, layout.stop(stop_index))
        if brought is not None:
            layout.routing.solver().Add(layout.routing.ActiveVar(index) <= layout.routing.ActiveVar(brought))
    loaded = [one for one in layout.stops if layout.stop(one).kind is StopKind.DELIVERY]
    if not any(layout.stop(one).ready_at or layout.stop(one).loads_after for one in loaded):
        return
    routing, solver = layout.routing, layout.routing.solver()
    slack_s = clock.horizon_s if layout.reloads else 0
    zeros = routing.RegisterUnaryTransitVector([0] * len(layout.rows))
    routing.AddDimension(zeros, slack_s, clock.horizon_s, False, "left_depot")
    left = routing.GetDimensionOrDie("left_depot")
    _only_reloads_have_slack(layout, left)
    for vehicle, index in enumerate(layout.starts()):
        start, fixed = layout.vehicles[vehicle], layout.fixed_parts[vehicle]
        if start.shift.on_the_road:
            continue
        if start.frozen:
            departs_s = max(clock.not_after(fixed.departs_at), 0)
            left.CumulVar(index).SetRange(departs_s, departs_s)
        else:
            solver.Add(left.CumulVar(index) == time.CumulVar(index))
    for index in layout.reload_indices:
        solver.Add(left.CumulVar(index) + left.SlackVar(index) == time.CumulVar(index))
    _bound_departures(layout, clock, time, left, loaded)


def _brought_in(layout: Layout, stop: Stop) -> int | None:
    """The model's index of the visit that brings the parcel; None when there is none, or it is frozen."""
    after = stop.loads_after
    if after is None or after.visit_id in layout.left_at:
        return None
    return next(index for one, index in layout.stop_indices.items() if layout.stop(one).visit_id == after.visit_id)


def _bound_departures(layout: Layout, clock: Clock, time: Any, left: Any, loaded: list[int]) -> None:
    by_id = {stop.visit_id: stop for stop in layout.problem.stops}
    for stop_index in loaded:
        stop, index = layout.stop(stop_index), layout.stop_indices[stop_index]
        after, brought = stop.loads_after, _brought_in(layout, stop)
        there_at = [stop.ready_at] if stop.ready_at is not None else []
        if after is not None and after.visit_id in layout.left_at:
            there_at.append(layout.left_at[after.visit_id] + timedelta(seconds=after.gap_s))
        if there_at:
            left.CumulVar(index).SetMin(min(max(clock.not_before(max(there_at)), 0), clock.horizon_s))
        if after is not None and brought is not None:
            gap_s = by_id[after.visit_id].service_s + after.gap_s
            missing_s = (1 - layout.routing.ActiveVar(index)) * (clock.horizon_s + gap_s)
            layout.routing.solver().Add(left.CumulVar(index) + missing_s >= time.CumulVar(brought) + gap_s)
