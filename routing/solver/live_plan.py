"""A plan in progress, kept so that one more stop finds its place at once: built once, changed route by route."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.added_stop import NewStop, with_stop
from routing.eligibility import FreeStart, free_starts
from routing.order import LOAD_DIMENSIONS
from routing.plan import HaltKind, Plan, Route
from routing.problem import SECONDS_AN_HOUR, RoutingProblem
from routing.route_building import build_routes
from routing.solver.live_exact import Bonds, bonds_of, costed, route_problem
from routing.solver.live_route import COLUMNS, LiveRoute, place_table
from routing.stop import Stop


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LivePlan:
    """
    A plan in progress; every change gives a new value.

    Parameters
    ----------
    routes
        One of each shift, in the order of `problem.shifts`.
    table, points, owner
        The tables of places of all routes under each other (see `LiveRoute`), and the number of each row's route.
    bonds
        What routes owe each other, as they were timed when the plan was built.
    """

    problem: RoutingProblem
    routes: tuple[LiveRoute, ...]
    bonds: Bonds
    table: NDArray[np.int64]
    points: NDArray[np.float64]
    owner: NDArray[np.int64]
    prices: NDArray[np.float64]
    """By route: what a second of driving and a metre cost."""

    def sequences(self) -> dict[str, tuple[int, ...]]:
        """Stop indices by shift id; shifts without stops are left out."""
        return {one.start.shift.shift_id: one.sequence for one in self.routes if one.sequence}

    def reloads(self) -> dict[str, tuple[int, ...]]:
        """Positions in the sequences before which couriers reload, where they do."""
        return {one.start.shift.shift_id: one.reloads for one in self.routes if one.reloads}

    def starts(self) -> tuple[FreeStart, ...]:
        """Where the free part of each route begins."""
        return tuple(one.start for one in self.routes)

    def timed_routes(self) -> tuple[Route, ...]:
        """The routes as timed."""
        return tuple(one.route for one in self.routes if one.route is not None)

    def placed_ids(self) -> frozenset[str]:
        """Visits that are in some route."""
        return frozenset(self.problem.stops[index].visit_id for one in self.routes for index in one.sequence)


def live_plan(
    problem: RoutingProblem,
    sequences: Mapping[str, Sequence[int]],
    reloads: Mapping[str, Sequence[int]] | None = None,
    *,
    starts: Iterable[FreeStart] | None = None,
    routes: Mapping[str, Route] | None = None,
) -> LivePlan:
    """
    Take up a plan given as for `routing.route_building.build_routes`.

    Only shifts of `starts` can take more; by default all. `routes` are the plan's own routes by shift id where they
    are known; only what routes owe each other is taken from them.
    """
    known = routes if routes is not None else _timed(problem, sequences, reloads or {})
    bonds = bonds_of(problem, list(known.values()))
    chosen = free_starts(problem) if starts is None else tuple(starts)
    found = [
        live_route(problem, start, tuple(sequences.get(shift_id, ())), tuple((reloads or {}).get(shift_id, ())), bonds)
        for start in chosen
        for shift_id in (start.shift.shift_id,)
    ]
    return assembled(problem, found, bonds)


def live_plan_of(problem: RoutingProblem, plan: Plan) -> LivePlan:
    """Take up a stored plan of this problem; visits that are not in the problem are left out."""
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    sequences: dict[str, list[int]] = {}
    reloads: dict[str, list[int]] = {}
    for route in plan.routes:
        own, halts = sequences.setdefault(route.shift_id, []), reloads.setdefault(route.shift_id, [])
        for visit, leg in zip(route.visits, route.legs, strict=False):
            reloads_here = any(halt.kind is HaltKind.RELOAD for halt in leg.halts)
            if reloads_here and own and len(own) not in halts:
                halts.append(len(own))
            if visit.visit_id in index_of:
                own.append(index_of[visit.visit_id])
    trips = {shift_id: [one for one in halts if one < len(sequences[shift_id])] for shift_id, halts in reloads.items()}
    return live_plan(problem, sequences, trips)


def _timed(
    problem: RoutingProblem, sequences: Mapping[str, Sequence[int]], reloads: Mapping[str, Sequence[int]]
) -> dict[str, Route]:
    """The routes, where anything is owed between them; else nobody asks for them here."""
    if all(stop.loads_after is None for stop in problem.stops):
        return {}
    return {route.shift_id: route for route in build_routes(problem, sequences, reloads)}


def live_route(
    problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...], reloads: tuple[int, ...], bonds: Bonds
) -> LiveRoute:
    """One route with its table of places."""
    judged: tuple[float, Route] | None = None
    if sequence:
        own = route_problem(problem, start.shift, sequence, bonds)
        judged = costed(own, range(len(sequence)), reloads, locked=(), bonds=bonds)
    return timed_route(problem, start, sequence, reloads, bonds, judged)


def timed_route(
    problem: RoutingProblem,
    start: FreeStart,
    sequence: tuple[int, ...],
    reloads: tuple[int, ...],
    bonds: Bonds,
    judged: tuple[float, Route] | None,
) -> LiveRoute:
    """One route whose cost and times are known already (None for one that breaks a rule)."""
    shift = start.shift
    stops = [problem.stops[index] for index in sequence]
    soft = [stop for stop in stops if stop.soft_window is not None]
    bounded = not reloads and problem.hour_factors is None
    empty = (np.zeros((0, COLUMNS), dtype=np.int64), np.zeros((0, 4)))
    table, points = place_table(problem, start, sequence, bonds.not_before) if bounded else empty
    route = None if judged is None else judged[1]
    return LiveRoute(
        start=start,
        sequence=sequence,
        reloads=reloads,
        route=route,
        cost=(0.0 if not sequence else None) if judged is None else judged[0],
        table=table,
        points=points,
        waits_known=not shift.breaks and not soft and shift.max_route_s is None,
        idle_us=0 if route is None else _idle_us(route),
        soft_cost=0.0 if route is None else _soft_cost(route, stops),
        kinds=frozenset(stop.kind for stop in stops),
        loads=tuple(sum(getattr(stop.load, name) for stop in stops) for name in LOAD_DIMENSIONS),
    )


def _idle_us(route: Route) -> int:
    """At least the time that the route waits: all that is neither driving nor service."""
    driven_s = sum(leg.duration_s for leg in route.legs)
    served_s = sum((visit.leaves_at - visit.starts_at).total_seconds() for visit in route.visits)
    return round(((route.returns_at - route.departs_at).total_seconds() - driven_s - served_s) * 1_000_000)


def _soft_cost(route: Route, stops: Sequence[Stop]) -> float:
    return sum(
        stop.soft_window.cost(visit.starts_at)
        for stop, visit in zip(stops, route.visits, strict=True)
        if stop.soft_window is not None
    )


def assembled(problem: RoutingProblem, routes: Sequence[LiveRoute], bonds: Bonds) -> LivePlan:
    """The plan of these routes, their tables put together."""
    prices = [problem.weights.of_shift(one.start.shift) for one in routes]
    return LivePlan(
        problem=problem,
        routes=tuple(routes),
        bonds=bonds,
        table=np.concatenate([one.table for one in routes]),
        points=np.concatenate([one.points for one in routes]),
        owner=np.repeat(np.arange(len(routes)), [len(one.table) for one in routes]),
        prices=np.array([(one.per_hour / SECONDS_AN_HOUR, one.per_km / 1000) for one in prices]).reshape(-1, 2),
    )


def grown_plan(plan: LivePlan, new: NewStop) -> LivePlan:
    """The plan of a problem with one stop more, which is in no route yet."""
    problem = with_stop(plan.problem, new)
    row = problem.stop_node(len(plan.problem.stops))
    routes = [_renumbered(one, row) for one in plan.routes]
    return assembled(problem, routes, bonds_between(problem, routes, plan.bonds))


def bonds_between(problem: RoutingProblem, routes: Iterable[LiveRoute], known: Bonds) -> Bonds:
    """What these routes owe each other as they are timed now; `known` where nobody owes anything."""
    if all(stop.loads_after is None for stop in problem.stops):
        return known
    return bonds_of(problem, [one.route for one in routes if one.route is not None])


def _renumbered(route: LiveRoute, row: int) -> LiveRoute:
    """The same route in a matrix that has a new row with this number."""
    start, table = route.start, route.table
    moved = start.row >= row or (start.end_row is not None and start.end_row >= row)
    if not moved and (not len(table) or table[:, 1:3].max() < row):
        return route
    end_row = start.end_row
    start = replace(
        start,
        row=start.row + (start.row >= row),
        end_row=None if end_row is None else end_row + (end_row >= row),
    )
    if len(table):
        table = table.copy()
        table[:, 1:3] += table[:, 1:3] >= row
    return replace(route, start=start, table=table)
