"""A plan read back by the OR-Tools model: feasible there, at the same cost, so that the models cannot drift apart."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.plan import HaltKind, Leg, Plan, Route
from routing.problem import RoutingProblem
from routing.route_building import routes_cost
from routing.solver.model import Model, build_model, frozen_sequences, routes_of
from routing.solver.model_times import breaks_left
from routing.travel_matrix import TravelMatrix

TOLERANCE = 2.0
"""Units of cost that rounding may make: prices a second and a metre are whole numbers in the model."""


def read_back(problem: RoutingProblem, plan: Plan) -> int | list[str]:
    """
    The cost of `plan` by the OR-Tools model, its routes and times fixed there; else the reasons why it is not the same.

    Reasons are a frozen prefix that differs, a visit or a time that the model does not allow, a route that is not
    feasible there, or a cost other than that of `routes_cost`. With `hour_factors` drives are as long as in the plan.
    """
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    unknown = [visit.visit_id for route in plan.routes for visit in route.visits if visit.visit_id not in index_of]
    if unknown:
        return [f"visit {visit_id} is not in the problem" for visit_id in unknown]
    sequences = {route.shift_id: tuple(index_of[visit.visit_id] for visit in route.visits) for route in plan.routes}
    reloads = {
        route.shift_id: tuple(number for number, leg in enumerate(route.legs) if _reload_of(leg) is not None)
        for route in plan.routes
    }
    routed = {index for sequence in sequences.values() for index in sequence}
    cost = routes_cost(problem, plan.routes, (stop for index, stop in enumerate(problem.stops) if index not in routed))
    driven = problem if problem.hour_factors is None else _with_drives_of(problem, plan, sequences)
    for shift_id, frozen in frozen_sequences(driven).items():
        if sequences.get(shift_id, ())[: len(frozen)] != frozen:
            return [f"shift {shift_id} does not begin with its frozen visits"]
    model = build_model(driven, seed=0, is_brief=True)
    if model is None:
        return (
            cost if sequences == frozen_sequences(driven) else ["the model has nothing to decide, the plan has visits"]
        )
    reasons = list(_fix(model, plan, sequences))
    if reasons:
        return reasons
    objective = _objective(model, routes_of(model, sequences, reloads))
    if objective is None:
        return list(_infeasible(driven, plan, sequences, reloads))
    read = model.cost(objective, sequences) - _needless_rest_cost(model, plan)
    if abs(read - cost) > TOLERANCE:
        return [f"the model counts a cost of {read:.1f}, the plan {cost}"]
    return round(read)


def _reload_of(leg: Leg) -> datetime | None:
    """When the courier leaves the depot on this leg; None when he does not reload."""
    ends = [halt.starts_at + timedelta(seconds=halt.duration_s) for halt in leg.halts if halt.kind is HaltKind.RELOAD]
    return ends[0] if ends else None


def _objective(model: Model, routes: list[list[int]]) -> int | None:
    model.routing.CloseModelWithParameters(pywrapcp.DefaultRoutingSearchParameters())
    assignment = model.routing.ReadAssignmentFromRoutes(routes, True)
    return None if assignment is None else int(assignment.ObjectiveValue())


def _fix(model: Model, plan: Plan, sequences: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """Narrow the times of the model to those of the plan; yields what it does not allow."""
    layout = model.layout
    vehicle_of = {start.shift.shift_id: vehicle for vehicle, start in enumerate(layout.vehicles)}
    spare = list(zip(layout.reload_indices, layout.reloads, strict=True))
    for route in plan.routes:
        vehicle = vehicle_of.get(route.shift_id)
        if vehicle is None:
            if len(sequences[route.shift_id]) > len(_frozen_of(model, route.shift_id)):
                yield f"shift {route.shift_id} can take nothing more in the model, and has more than its frozen visits"
            continue
        first = len(layout.vehicles[vehicle].frozen)
        if not first:
            yield from _narrow(model, model.routing.Start(vehicle), route.departs_at, f"shift {route.shift_id} leaves")
        yield from _narrow(model, model.routing.End(vehicle), route.returns_at, f"shift {route.shift_id} returns")
        placed = list(zip(sequences[route.shift_id], route.visits, route.legs, strict=False))
        for stop_index, visit, leg in placed[first:]:
            index = layout.stop_indices.get(stop_index)
            if index is None or vehicle not in layout.allowed[stop_index]:
                yield f"visit {visit.visit_id} is not allowed in shift {route.shift_id} by the model"
                continue
            yield from _narrow(model, index, visit.starts_at, f"visit {visit.visit_id} starts")
            reloaded_at = _reload_of(leg)
            if reloaded_at is None:
                continue
            number = next((n for n in reversed(range(len(spare))) if spare[n][1] == vehicle), None)
            if number is None:
                yield f"shift {route.shift_id} reloads more often than the model allows"
                continue
            yield from _narrow(
                model, spare.pop(number)[0], reloaded_at, f"shift {route.shift_id} leaves the depot again"
            )
        yield from _fix_breaks(model, vehicle, route, first)


def _frozen_of(model: Model, shift_id: str) -> tuple[str, ...]:
    return next(shift.frozen_visit_ids for shift in model.layout.problem.shifts if shift.shift_id == shift_id)


def _narrow(model: Model, index: int, at: datetime, what: str) -> Iterator[str]:
    cumul = model.time.CumulVar(index)
    first_s, last_s = sorted((model.clock.not_after(at), model.clock.not_before(at)))
    allowed = [second for second in range(first_s, last_s + 1) if cumul.Contains(second)]
    if allowed:
        cumul.SetRange(allowed[0], allowed[-1])
    else:
        yield f"{what} at {at.isoformat()}, which the model does not allow"


def _fix_breaks(model: Model, vehicle: int, route: Route, first: int) -> Iterator[str]:
    intervals = model.break_intervals[vehicle]
    for halt in (halt for leg in route.legs[first:] for halt in leg.halts if halt.kind is HaltKind.BREAK):
        interval = intervals.get(halt.name)
        if interval is None:
            yield f"shift {route.shift_id} takes the break {halt.name}, which the model does not know"
            continue
        begins_s = max(model.clock.not_after(halt.starts_at), interval.StartMin())
        latest_s = model.clock.not_before(halt.starts_at + timedelta(seconds=halt.duration_s)) - interval.DurationMax()
        if begins_s > min(latest_s, interval.StartMax()):
            yield f"the break {halt.name} of shift {route.shift_id} is not where the model allows it"
            continue
        interval.SetStartRange(begins_s, min(latest_s, interval.StartMax()))


def _needless_rest_cost(model: Model, plan: Plan) -> float:
    """What the model charges twice: breaks taken in a route that could be taken before or after it."""
    layout, clock, rest_s = model.layout, model.clock, 0
    routes = {route.shift_id: route for route in plan.routes}
    for vehicle, start in enumerate(layout.vehicles):
        route = routes.get(start.shift.shift_id)
        if route is None:
            continue
        taken = {halt.name for leg in route.legs[len(start.frozen) :] for halt in leg.halts}
        leaves_s = clock.not_before(start.free_at if start.frozen else route.departs_at)
        for rest, first_s, last_s in breaks_left(layout, clock, vehicle):
            outside = leaves_s >= first_s + rest.duration_s or clock.not_after(route.returns_at) <= last_s
            rest_s += rest.duration_s * (rest.break_id in taken and outside)
    return layout.problem.weights.per_wait_s * rest_s


def _infeasible(
    problem: RoutingProblem, plan: Plan, sequences: dict[str, tuple[int, ...]], reloads: dict[str, tuple[int, ...]]
) -> Iterator[str]:
    """Which routes are not feasible alone; or that they are so only together."""
    found = False
    for route in plan.routes:
        model = build_model(problem, seed=0, is_brief=True)
        if model is None:
            continue
        alone = replace(plan, routes=(route,))
        list(_fix(model, alone, sequences))
        if _objective(model, routes_of(model, {route.shift_id: sequences[route.shift_id]}, reloads)) is None:
            found = True
            yield f"the route of shift {route.shift_id} is not feasible in the model at its times"
    if not found:
        yield "the routes are not feasible together in the model"


def _with_drives_of(problem: RoutingProblem, plan: Plan, sequences: dict[str, tuple[int, ...]]) -> RoutingProblem:
    """The problem with a matrix in which the plan's drives take as long as the plan says, whatever the hour."""
    factors = problem.hour_factors
    least = 1.0 if factors is None else min(1.0, factors.least_ratio)
    tables = {name: _scaled(matrix, least) for name, matrix in [("", problem.matrix), *problem.matrices.items()]}
    shift_of = {shift.shift_id: shift for shift in problem.shifts}
    for route in plan.routes:
        shift = shift_of[route.shift_id]
        drives_s = tables.get(shift.vehicle_profile, tables[""]).durations_s
        end = problem.end_node(shift)
        rows = [problem.start_node(shift), *(problem.stop_node(index) for index in sequences[route.shift_id])]
        left_at = [route.departs_at, *(visit.leaves_at for visit in route.visits)]
        for number, leg in enumerate(route.legs):
            to = rows[number + 1] if number + 1 < len(rows) else end
            if to is None:
                continue
            _set_drive(drives_s, leg, left_at[number], rows[number], to, problem.depot_node(shift.start_depot_id))
    matrix = tables.pop("")
    return replace(problem, matrix=matrix, matrices=tables, hour_factors=None)


def _set_drive(drives_s: Any, leg: Leg, left_at: datetime, start: int, end: int, depot: int) -> None:
    to_depot_s, passed_s = None, 0.0
    for halt in leg.halts:
        if halt.kind is HaltKind.RELOAD:
            to_depot_s = round((halt.starts_at - left_at).total_seconds() - passed_s)
        passed_s += halt.duration_s
    if to_depot_s is None:
        drives_s[start, end] = leg.duration_s
    else:
        drives_s[start, depot], drives_s[depot, end] = to_depot_s, leg.duration_s - to_depot_s


def _scaled(matrix: TravelMatrix, by: float) -> TravelMatrix:
    return TravelMatrix((matrix.durations_s * by).astype(np.int32), matrix.distances_m, matrix.source)
