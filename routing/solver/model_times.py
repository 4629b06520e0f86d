"""When things happen in the model: driving and service, windows, shifts, waiting, breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from routing.fleet import Break
from routing.solver.model_costs import COST_SCALE
from routing.solver.model_layout import Layout, Table
from routing.stop import Stop

SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants as a model counts them: whole seconds since `origin_at`, which is before anything happens in it."""

    origin_at: datetime
    horizon_s: int

    def not_before(self, at: datetime) -> int:
        """The first whole second at or after this instant."""
        return -int((at - self.origin_at).total_seconds() // -1)

    def not_after(self, at: datetime) -> int:
        """The last whole second at or before this instant."""
        return int((at - self.origin_at).total_seconds() // 1)


def clock_of(layout: Layout) -> Clock:
    """The clock of a model; it counts in step with `horizon_start`."""
    first_at = min(start.free_at for start in layout.vehicles)
    first_s = (first_at - layout.problem.horizon_start).total_seconds() // 1 - 1
    clock = Clock(layout.problem.horizon_start + timedelta(seconds=first_s), 0)
    return Clock(clock.origin_at, max(clock.not_after(start.shift.ends_at) for start in layout.vehicles))


def add_times(layout: Layout, clock: Clock) -> tuple[Any, list[dict[str, Any]]]:
    """
    The dimension "time", and by vehicle the intervals of its breaks by their ids.

    Driving, setup, service and loading times; shifts, windows (several a stop), and the price of waiting.
    """
    routing = layout.routing
    service_s = layout.of_stops([layout.stop(one).service_s for one in layout.stops])
    at_nodes = layout.setup_s() + layout.loading_s() + np.array(service_s)[:, None]
    _unused_takes_no_time(layout, at_nodes)
    numbers = {profile: layout.register(layout.table(profile, "durations_s") + at_nodes) for profile in layout.profiles}
    evaluators = [numbers[layout.profile(vehicle)] for vehicle in range(len(layout.vehicles))]
    if len(numbers) == 1:
        routing.AddDimension(evaluators[0], clock.horizon_s, clock.horizon_s, False, "time")
    else:
        routing.AddDimensionWithVehicleTransits(evaluators, clock.horizon_s, clock.horizon_s, False, "time")
    time = routing.GetDimensionOrDie("time")
    wait_price = round(COST_SCALE * layout.problem.weights.per_wait_s)
    if wait_price:
        time.SetSlackCostCoefficientForAllVehicles(wait_price)
    for vehicle in range(len(layout.vehicles)):
        _bound_shift(layout, clock, time, vehicle)
    for stop_index, index in layout.stop_indices.items():
        stop = layout.stop(stop_index)
        _add_windows(time.CumulVar(index), stop, clock)
        _add_soft_window(time, index, stop, clock)
    return time, _add_breaks(layout, clock, time, service_s)


def _unused_takes_no_time(layout: Layout, at_nodes: Table) -> None:
    for vehicle in range(len(layout.vehicles)):
        at_nodes[layout.start_nodes[vehicle], layout.end_nodes[vehicle]] = 0


def _bound_shift(layout: Layout, clock: Clock, time: Any, vehicle: int) -> None:
    start = layout.vehicles[vehicle]
    opens_s, closes_s = clock.not_before(start.free_at), clock.not_after(start.shift.ends_at)
    # The frozen visits fix when the free part starts, and who is on the road goes on at once; others may leave later.
    is_fixed = start.frozen or start.shift.on_the_road
    time.CumulVar(layout.routing.Start(vehicle)).SetRange(opens_s, opens_s if is_fixed else closes_s)
    time.CumulVar(layout.routing.End(vehicle)).SetRange(opens_s, closes_s)
    longest_s = start.shift.max_route_s
    if longest_s is not None:
        gone_s = clock.not_before(start.free_at) - clock.not_after(layout.fixed_parts[vehicle].departs_at)
        time.SetSpanUpperBoundForVehicle(max(longest_s - gone_s, 0), vehicle)


def _add_windows(start_of_service: Any, stop: Stop, clock: Clock) -> None:
    if not stop.windows:
        return
    spans = []
    for window in stop.windows:
        opens_s, closes_s = clock.not_before(window.opens_at), clock.not_after(window.closes_at)
        if closes_s >= 0 and opens_s <= clock.horizon_s and opens_s <= closes_s:
            spans.append((max(0, opens_s), min(clock.horizon_s, closes_s)))
    start_of_service.SetRange(spans[0][0], spans[-1][1])
    for (_, closed_s), (opens_s, _) in pairwise(spans):
        if closed_s + 1 <= opens_s - 1:
            start_of_service.RemoveInterval(closed_s + 1, opens_s - 1)


def _add_soft_window(time: Any, index: int, stop: Stop, clock: Clock) -> None:
    soft = stop.soft_window
    if soft is None:
        return
    if soft.per_late_min:
        latest_s = max(clock.not_after(soft.closes_at), 0)
        time.SetCumulVarSoftUpperBound(index, latest_s, round(COST_SCALE * soft.per_late_min / SECONDS_A_MINUTE))
    if soft.per_early_min:
        earliest_s = clock.not_before(soft.opens_at)
        time.SetCumulVarSoftLowerBound(index, earliest_s, round(COST_SCALE * soft.per_early_min / SECONDS_A_MINUTE))


def _add_breaks(layout: Layout, clock: Clock, time: Any, service_s: Sequence[int]) -> list[dict[str, Any]]:
    """
    Breaks of couriers, before, in or after their routes, never during service.

    The Python side of OR-Tools 9.15 cannot keep them out of setup and loading, which belong to the arc.
    """
    if not any(start.shift.breaks for start in layout.vehicles):
        return [{} for _ in layout.vehicles]
    routing = layout.routing
    at_index = [service_s[layout.manager.IndexToNode(index)] for index in range(routing.Size())]
    found: list[dict[str, Any]] = []
    for vehicle in range(len(layout.vehicles)):
        intervals = {
            rest.break_id: routing.solver().FixedDurationIntervalVar(
                first_s, last_s, rest.duration_s, False, rest.break_id
            )
            for rest, first_s, last_s in breaks_left(layout, clock, vehicle)
        }
        if intervals:
            time.SetBreakIntervalsOfVehicle(list(intervals.values()), vehicle, at_index)
        found.append(intervals)
    _price_breaks_outside(layout, time, found)
    return found


def _price_breaks_outside(layout: Layout, time: Any, breaks: list[dict[str, Any]]) -> None:
    """
    Let a break before or after a route cost what it does in the route, where the model takes it for waiting.

    So every break of an open route costs the same, which `price_of_rest` tells and others take off again.
    """
    routing, solver = layout.routing, layout.routing.solver()
    wait_price = round(COST_SCALE * layout.problem.weights.per_wait_s)
    if not wait_price:
        return
    longest_s = max(sum(interval.DurationMax() for interval in one.values()) for one in breaks)
    # It has no slack and no transit: one number for each vehicle, with a price.
    routing.AddDimension(routing.RegisterUnaryTransitVector([0] * len(layout.rows)), 0, longest_s, False, "rest")
    rest = routing.GetDimensionOrDie("rest")
    for vehicle, intervals in enumerate(breaks):
        if not intervals:
            continue
        leaves, returns = time.CumulVar(routing.Start(vehicle)), time.CumulVar(routing.End(vehicle))
        outside_s = []
        for interval in intervals.values():
            before = solver.IsGreaterOrEqualCstVar(leaves, interval.StartMin() + interval.DurationMax())
            after = solver.IsLessOrEqualCstVar(returns, interval.StartMax())
            outside_s.append(solver.Max(before, after) * interval.DurationMax())
        # Nobody rests from an empty route.
        unused_s = 2 * longest_s * (1 - routing.VehicleRouteConsideredVar(vehicle))
        solver.Add(rest.CumulVar(routing.Start(vehicle)) >= solver.Sum(outside_s) - unused_s)
        rest.SetCumulVarSoftUpperBound(routing.End(vehicle), 0, wait_price)


def price_of_rest(layout: Layout, clock: Clock, vehicle: int) -> float:
    """What the model charges too much for an open route of this vehicle, in units of `CostWeights`."""
    rest_s = sum(rest.duration_s for rest, _, _ in breaks_left(layout, clock, vehicle))
    return layout.problem.weights.per_wait_s * rest_s


def breaks_left(layout: Layout, clock: Clock, vehicle: int) -> list[tuple[Break, int, int]]:
    """The breaks that are not taken among the frozen visits or before, with the seconds between which they begin."""
    start, fixed = layout.vehicles[vehicle], layout.fixed_parts[vehicle]
    found = []
    for rest in start.shift.breaks:
        first_s, last_s = clock.not_before(rest.opens_at), clock.not_after(rest.closes_at)
        if start.frozen:
            rested_before = fixed.departs_at >= rest.opens_at + timedelta(seconds=rest.duration_s)
            if rest.break_id in fixed.break_ids or rested_before:
                continue
            first_s = max(first_s, clock.not_before(start.free_at))
        found.append((rest, first_s, max(first_s, last_s)))
    return found
