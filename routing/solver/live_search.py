"""After an order went into a plan in progress: a short search among the routes around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from routing.plan import Route
from routing.solver.live_exact import costed, route_problem
from routing.solver.live_moves import Sequences, StopFacts, saving_moves
from routing.solver.live_plan import LivePlan, assembled, bonds_between, timed_route
from routing.solver.live_route import LiveRoute
from routing.stop import StopKind

type ShouldStop = Callable[[], bool]

_JUDGED_A_STEP = 10
"""So many of the most promising moves are judged before a search is taken to have come to its end."""

type _Judged = dict[int, tuple[float, Route] | None]
"""Cost and route by the number of the route; None for one that has lost its last visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Improved:
    """The plan afterwards, by how much it became cheaper, and the numbers of the routes that changed."""

    plan: LivePlan
    gain: int
    changed: tuple[int, ...]
    judged: int


def improve_near(
    plan: LivePlan, stop_index: int, *, routes: int = 5, judged: int = 18, should_stop: ShouldStop | None = None
) -> Improved:
    """
    Improve the route with this stop and those nearest to it, `routes` together, until `judged` moves were judged.

    Locked visits keep their places and times. Routes with reloads, pairs, drives that depend on the hour or parcels
    that one route brings and another takes on are left as they are.
    """
    chosen = _nearest(plan, stop_index, routes)
    if not chosen:
        return Improved(plan=plan, gain=0, changed=(), judged=0)
    present = [plan.routes[number] for number in chosen]
    gain, tried, changed = 0.0, 0, set[int]()
    known: dict[int, StopFacts] = {}
    stopped = should_stop or _never
    while tried < judged and not stopped():
        touched = set[int]()
        for _, sequences in saving_moves(plan.problem, present, min(_JUDGED_A_STEP, judged - tried), known):
            # Moves among routes that are as they were when the moves were weighed can all be made.
            if not touched.isdisjoint(sequences) or tried >= judged or stopped():
                continue
            tried += 1
            found = _judged(plan, present, sequences)
            saved = 0.0 if found is None else sum((present[n].cost or 0.0) - _cost(found[n]) for n in found)
            if found is None or saved < 1:
                continue
            gain += saved
            touched |= sequences.keys()
            for number, sequence in sequences.items():
                start = present[number].start
                present[number] = timed_route(plan.problem, start, sequence, (), plan.bonds, found[number])
        if not touched:
            break
        changed |= {chosen[number] for number in touched}
    if not changed:
        return Improved(plan=plan, gain=0, changed=(), judged=tried)
    all_routes = list(plan.routes)
    for number, route in zip(chosen, present, strict=True):
        all_routes[number] = route
    bonds = bonds_between(plan.problem, all_routes, plan.bonds)
    improved = assembled(plan.problem, all_routes, bonds)
    return Improved(plan=improved, gain=round(gain), changed=tuple(sorted(changed)), judged=tried)


def _never() -> bool:
    return False


def _nearest(plan: LivePlan, stop_index: int, count: int) -> list[int]:
    """Numbers of the route with the stop and of others near it that can give to and take from it."""
    home = next((n for n, one in enumerate(plan.routes) if stop_index in one.sequence), None)
    owes = any(one.loads_after is not None for one in plan.problem.stops)
    if home is None or not _may_change(plan, plan.routes[home], owes):
        return []
    problem, shift = plan.problem, plan.routes[home].start.shift
    matrix, row = problem.matrix_of(shift), problem.stop_node(stop_index)
    away: list[tuple[int, int]] = []
    for number, one in enumerate(plan.routes):
        free = one.sequence[len(one.start.frozen) :]
        other = one.start.shift
        if number == home or not free or other.on_the_road or problem.matrix_of(other) is not matrix:
            continue
        if _may_change(plan, one, owes):
            rows = np.array(free) + len(problem.depots)
            away.append((int((matrix.durations_s[rows, row] + matrix.durations_s[row, rows]).min()), number))
    return [home, *(number for _, number in sorted(away)[: count - 1])]


def _may_change(plan: LivePlan, route: LiveRoute, owes: bool) -> bool:
    """`owes` says whether any parcel of the plan is brought by one visit and taken on by another."""
    if route.cost is None or not route.is_bounded or route.kinds & {StopKind.PICKUP, StopKind.DROPOFF}:
        return False
    if not owes:
        return True
    bonds = plan.bonds
    stops = [plan.problem.stops[index] for index in route.sequence]
    return all(
        stop.loads_after is None and stop.visit_id not in bonds.leave_by and stop.visit_id not in bonds.not_before
        for stop in stops
    )


def _judged(plan: LivePlan, present: Sequence[LiveRoute], sequences: Sequences) -> _Judged | None:
    """The routes after a move; None when one of them breaks a rule."""
    found: _Judged = {}
    for number, sequence in sequences.items():
        old = present[number]
        found[number] = None
        if sequence:
            own = route_problem(plan.problem, old.start.shift, sequence, plan.bonds)
            found[number] = costed(own, range(len(sequence)), (), locked=old.locked, bonds=plan.bonds)
            if found[number] is None:
                return None
    return found


def _cost(judged: tuple[float, Route] | None) -> float:
    return 0.0 if judged is None else judged[0]
