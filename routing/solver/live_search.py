"""After an order went into a plan in progress: a short search among the routes around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from routing.plan import Route
from routing.solver.live_exact import costed, route_problem
from routing.solver.live_moves import Sequences, saving_moves
from routing.solver.live_plan import LivePlan, assembled, bonds_between, timed_route
from routing.solver.live_route import LiveRoute
from routing.stop import StopKind

type ShouldStop = Callable[[], bool]

_JUDGED_A_STEP = 10
"""So many of the most promising moves are judged before a search is taken to have come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Improved:
    """The plan afterwards, by how much it became cheaper, and the numbers of the routes that changed."""

    plan: LivePlan
    gain: int
    changed: tuple[int, ...]
    judged: int


def improve_near(
    plan: LivePlan, stop_index: int, *, routes: int = 5, steps: int = 12, should_stop: ShouldStop | None = None
) -> Improved:
    """
    Improve the route with this stop and those nearest to it, `routes` together, by at most `steps` moves.

    Locked visits keep their places and times. Routes with reloads, pairs, drives that depend on the hour or parcels
    that one route brings and another takes on are left as they are.
    """
    chosen = _nearest(plan, stop_index, routes)
    if not chosen:
        return Improved(plan=plan, gain=0, changed=(), judged=0)
    present = [plan.routes[number] for number in chosen]
    gain, judged, changed = 0.0, 0, set[int]()
    for _ in range(steps):
        if should_stop is not None and should_stop():
            break
        found, tried = _first_better(plan, present)
        judged += tried
        if found is None:
            break
        saved, moved = found
        gain += saved
        for number, route in moved.items():
            present[number] = route
            changed.add(chosen[number])
    if not changed:
        return Improved(plan=plan, gain=0, changed=(), judged=judged)
    all_routes = list(plan.routes)
    for number, route in zip(chosen, present, strict=True):
        all_routes[number] = route
    bonds = bonds_between(plan.problem, all_routes, plan.bonds)
    improved = assembled(plan.problem, all_routes, bonds)
    return Improved(plan=improved, gain=round(gain), changed=tuple(sorted(changed)), judged=judged)


def _nearest(plan: LivePlan, stop_index: int, count: int) -> list[int]:
    """Numbers of the route with the stop and of others near it that can give to and take from it."""
    home = next((n for n, one in enumerate(plan.routes) if stop_index in one.sequence), None)
    if home is None or not _may_change(plan, plan.routes[home]):
        return []
    problem, shift = plan.problem, plan.routes[home].start.shift
    matrix, row = problem.matrix_of(shift), problem.stop_node(stop_index)
    away: list[tuple[int, int]] = []
    for number, one in enumerate(plan.routes):
        free = one.sequence[len(one.start.frozen) :]
        other = one.start.shift
        if number == home or not free or other.on_the_road or problem.matrix_of(other) is not matrix:
            continue
        if _may_change(plan, one):
            rows = np.array(free) + len(problem.depots)
            away.append((int((matrix.durations_s[rows, row] + matrix.durations_s[row, rows]).min()), number))
    return [home, *(number for _, number in sorted(away)[: count - 1])]


def _may_change(plan: LivePlan, route: LiveRoute) -> bool:
    if route.cost is None or not route.is_bounded or route.kinds & {StopKind.PICKUP, StopKind.DROPOFF}:
        return False
    bonds = plan.bonds
    if not bonds.not_before and not bonds.leave_by and all(one.loads_after is None for one in plan.problem.stops):
        return True
    stops = [plan.problem.stops[index] for index in route.sequence]
    return all(
        stop.loads_after is None and stop.visit_id not in bonds.leave_by and stop.visit_id not in bonds.not_before
        for stop in stops
    )


def _first_better(
    plan: LivePlan, present: Sequence[LiveRoute]
) -> tuple[tuple[float, dict[int, LiveRoute]] | None, int]:
    """The first of the most promising moves that saves at least one unit of cost, judged exactly; how many were."""
    for tried, (_, sequences) in enumerate(saving_moves(plan.problem, present, _JUDGED_A_STEP), start=1):
        moved = _judged(plan, present, sequences)
        if moved is None:
            continue
        saved = sum((present[n].cost or 0.0) - (moved[n].cost or 0.0) for n in moved)
        if saved >= 1:
            return (saved, moved), tried
    return None, _JUDGED_A_STEP


def _judged(plan: LivePlan, present: Sequence[LiveRoute], sequences: Sequences) -> dict[int, LiveRoute] | None:
    moved: dict[int, LiveRoute] = {}
    for number, sequence in sequences.items():
        old = present[number]
        judged: tuple[float, Route] | None = None
        if sequence:
            own = route_problem(plan.problem, old.start.shift, sequence, plan.bonds)
            judged = costed(own, range(len(sequence)), (), locked=old.locked, bonds=plan.bonds)
            if judged is None:
                return None
        moved[number] = timed_route(plan.problem, old.start, sequence, (), plan.bonds, judged)
    return moved
