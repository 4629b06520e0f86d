"""What would have served an order that was left out: each answer is proved by really placing it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import ceil

from routing.eligibility import free_starts
from routing.errors import ProblemError
from routing.insertion import Place, cheapest_place
from routing.plan import Plan, Provenance, Remedy, RemedyKind, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.remedies import MOST_PRIORITY, STEP_MIN, relaxed, told, widest_remedies
from routing.route_building import build_routes
from routing.solver.search import solve

type Sequences = Mapping[str, tuple[int, ...]]
type IsOver = Callable[[], bool]

MOST_EXPLAINED = 20
"""So many orders are explained in full; what is left out beyond has its code and message only."""

NEAREST_SHIFTS = 8
"""A place is looked for with the shifts that pass nearest to the order."""

SOLVE_S = 0.6
"""Seconds of the short search when no single insertion serves the order."""

LARGEST_SOLVE = 120
"""Up to so many stops a search of `SOLVE_S` is worth a try."""

_SOLVED_KINDS = (RemedyKind.WINDOW_LATER, RemedyKind.WINDOW_EARLIER, RemedyKind.EXTRA_COURIER)
_IN_MINUTES = (RemedyKind.WINDOW_LATER, RemedyKind.WINDOW_EARLIER, RemedyKind.SHIFT_LATER)


def with_remedies(
    problem: RoutingProblem,
    sequences: Sequences,
    unassigned: Iterable[Unassigned],
    *,
    reloads: Sequences | None = None,
    is_over: IsOver = lambda: False,
    most: int = MOST_EXPLAINED,
    may_solve: bool = True,
) -> tuple[Unassigned, ...]:
    """
    The same orders with what would have served each one alone, all others kept; the most important orders first.

    `is_over` is asked between steps: when it says so, the rest stays as it is, and what was proved so far is told.
    With `may_solve` a short search follows where no insertion into the found routes serves an order.
    """
    listed = list(unassigned)
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    numbers = [number for number, one in enumerate(listed) if one.visit_id in index_of]
    numbers.sort(key=lambda number: -problem.stops[index_of[listed[number].visit_id]].priority)
    for number in numbers[:most]:
        if is_over():
            break
        asked = _Asked(problem, sequences, reloads or {}, index_of[listed[number].visit_id], is_over)
        found = asked.remedies(listed[number].code, may_solve=may_solve)
        listed[number] = replace(listed[number], remedies=found)
    return tuple(listed)


class _Asked:
    """One order that was left out of these routes."""

    def __init__(
        self, problem: RoutingProblem, sequences: Sequences, reloads: Sequences, index: int, is_over: IsOver
    ) -> None:
        self.problem, self.sequences, self.reloads, self.index = problem, sequences, reloads, index
        self.is_over = is_over
        self.near = _nearest_shifts(problem, sequences, index)
        self.placed = frozenset(one for sequence in sequences.values() for one in sequence)

    def remedies(self, code: UnassignedCode, *, may_solve: bool) -> tuple[Remedy, ...]:
        """Every change that was proved to serve the order, the easiest to agree on first."""
        found: list[Remedy] = []
        if code is UnassignedCode.TOO_COSTLY:
            found += [one for one in [self._worth_it()] if one is not None]
        unproved: list[Remedy] = []
        for widest in widest_remedies(self.problem, self.index):
            if self.is_over():
                break
            remedy = self._smallest(widest)
            if remedy is not None:
                found.append(remedy)
            elif widest.kind in _SOLVED_KINDS:
                unproved.append(widest)
        small = len(self.problem.stops) <= LARGEST_SOLVE
        if not found and may_solve and small and code not in _NOT_SOLVED:
            found += self._solved(unproved)
        found.sort(key=lambda one: one.amount if one.kind in _SOLVED_KINDS[:2] else MOST_PRIORITY * 100)
        return tuple(told(self.problem, self.index, one) for one in found)

    def _smallest(self, widest: Remedy) -> Remedy | None:
        """The smallest amount of this change that gives the order a place, by bisection; None when none does."""
        place = self._place(widest)
        if place is None:
            return None
        step = STEP_MIN if widest.kind in _IN_MINUTES else 1
        too_little, enough = 0, widest.amount // step
        while enough - too_little > 1 and not self.is_over():
            middle = (too_little + enough) // 2
            nearer = self._place(replace(widest, amount=middle * step))
            if nearer is None:
                too_little = middle
            else:
                enough, place = middle, nearer
        remedy = replace(widest, amount=enough * step)
        if widest.kind in (RemedyKind.SHIFT_LATER, RemedyKind.CAPACITY, RemedyKind.SKILL, RemedyKind.ZONE):
            remedy = replace(remedy, shift_id=place.shift_id)
        if widest.kind is RemedyKind.SKILL:
            shift = next(one for one in self.problem.shifts if one.shift_id == place.shift_id)
            lacking = self.problem.stops[self.index].required_skills - shift.skills
            remedy = replace(remedy, name=" and ".join(sorted(lacking)))
        return remedy if self._is_proved(remedy, place) else None

    def _place(self, remedy: Remedy) -> Place | None:
        problem = relaxed(self.problem, self.index, remedy)
        wanted = {*self.near, remedy.shift_id} if remedy.kind is not RemedyKind.EXTRA_COURIER else {remedy.shift_id}
        starts = [start for start in free_starts(problem) if start.shift.shift_id in wanted]
        place = cheapest_place(problem, starts, self.sequences, self.index, reloads=self.reloads)
        # A place that costs more than leaving the order out serves nobody.
        is_worth_it = place is not None and place.added_cost <= problem.weights.left_out(problem.stops[self.index])
        return place if is_worth_it else None

    def _is_proved(self, remedy: Remedy, place: Place) -> bool:
        """Whether the independent check accepts the plan with the order at its place."""
        sequences = dict(self.sequences) | {place.shift_id: place.sequence}
        reloads = dict(self.reloads) | {place.shift_id: place.reloads}
        return _keeps_every_rule(relaxed(self.problem, self.index, remedy), sequences, reloads)

    def _worth_it(self) -> Remedy | None:
        """The priority with which leaving the order out costs more than its cheapest place."""
        starts = [start for start in free_starts(self.problem) if start.shift.shift_id in self.near]
        place = cheapest_place(self.problem, starts, self.sequences, self.index, reloads=self.reloads)
        weights, stop = self.problem.weights, self.problem.stops[self.index]
        if place is None or weights.priority_step <= 0:
            return None
        missing = place.added_cost + 1 - weights.left_out(stop)
        amount = max(ceil(missing / weights.priority_step), 1)
        if stop.priority + amount > MOST_PRIORITY:
            return None
        remedy = Remedy(kind=RemedyKind.PRIORITY, text="", amount=amount)
        return remedy if self._is_proved(remedy, place) else None

    def _solved(self, unproved: Iterable[Remedy]) -> list[Remedy]:
        """The first of these changes with which a short search serves the order and all who were served."""
        for widest in unproved:
            if self.is_over():
                break
            remedy = self._solved_one(widest)
            if remedy is not None:
                return [remedy]
        return []

    def _solved_one(self, widest: Remedy) -> Remedy | None:
        problem = relaxed(self.problem, self.index, widest)
        solution = solve(problem, time_limit_s=SOLVE_S, seed=1, should_stop=self.is_over)
        served = {one for sequence in solution.sequences.values() for one in sequence}
        if not (self.placed | {self.index}) <= served:
            return None
        remedy = widest
        if widest.kind is not RemedyKind.EXTRA_COURIER:
            remedy = replace(widest, amount=self._used_min(problem, widest, solution.sequences, solution.reloads))
        problem = relaxed(self.problem, self.index, remedy)
        return remedy if _keeps_every_rule(problem, solution.sequences, solution.reloads) else None

    def _used_min(self, problem: RoutingProblem, widest: Remedy, sequences: Sequences, reloads: Sequences) -> int:
        """How much of a widened window the found routes use, in whole steps."""
        visit_id = self.problem.stops[self.index].visit_id
        routes = build_routes(problem, sequences, reloads)
        starts_at = next(one.starts_at for route in routes for one in route.visits if one.visit_id == visit_id)
        windows = self.problem.stops[self.index].windows
        beyond = windows[0].opens_at - starts_at
        if widest.kind is RemedyKind.WINDOW_LATER:
            beyond = starts_at - windows[-1].closes_at
        return max(ceil(beyond.total_seconds() / 60 / STEP_MIN), 1) * STEP_MIN


_NOT_SOLVED = (
    UnassignedCode.UNREACHABLE,
    UnassignedCode.AREA_CLOSED,
    UnassignedCode.COURIER_OUT,
    UnassignedCode.TOO_COSTLY,
    UnassignedCode.NOT_BROUGHT,
    UnassignedCode.NO_COURIER_WITH_SKILL,
    UnassignedCode.NO_COURIER_FOR_ZONE,
    UnassignedCode.NO_COURIER_AT_DEPOT,
    UnassignedCode.TOO_LARGE,
)
"""Reasons that no search over these changes can remove."""


def _keeps_every_rule(problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> bool:
    try:
        routes = build_routes(problem, sequences, reloads)
    except ProblemError:
        return False
    served = {visit.visit_id for route in routes for visit in route.visits}
    left_out = tuple(
        Unassigned(order_id=one.order_id, visit_id=one.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="")
        for one in problem.stops
        if one.visit_id not in served
    )
    provenance = Provenance(engine="", time_limit_s=0, seed=0, matrix_source=problem.matrix.source)
    return check(problem, Plan(routes=routes, unassigned=left_out, provenance=provenance)) == []


def _nearest_shifts(problem: RoutingProblem, sequences: Sequences, index: int) -> frozenset[str]:
    """The shifts whose start or any visit is nearest to the stop by driving time."""
    row = problem.stop_node(index)

    def away_s(number: int) -> int:
        shift = problem.shifts[number]
        rows = [problem.start_node(shift), *(problem.stop_node(one) for one in sequences.get(shift.shift_id, ()))]
        return int(problem.matrix_of(shift).durations_s[rows, row].min())

    numbers = sorted(range(len(problem.shifts)), key=lambda number: (away_s(number), number))
    return frozenset(problem.shifts[number].shift_id for number in numbers[:NEAREST_SHIFTS])
