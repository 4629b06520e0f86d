"""What would have served an order that was left out: each answer is proved by really placing it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import ceil

from routing.eligibility import free_starts
from routing.found_routes import FoundRoutes, WindowVariants, keeps_every_rule, nearest_shifts
from routing.insertion import Place, cheapest_place
from routing.plan import Remedy, RemedyKind, Unassigned, UnassignedCode
from routing.problem import RoutingProblem
from routing.remedies import MOST_PRIORITY, STEP_MIN, relaxed, told, widest_remedies
from routing.route_building import build_routes
from routing.solver.search import solve
from routing.stop import StopKind

type Sequences = Mapping[str, tuple[int, ...]]
type IsOver = Callable[[], bool]

MOST_EXPLAINED = 20
"""So many orders are explained in full; what is left out beyond has its code and message only."""

SOLVE_S = 0.6
"""Seconds of the short search when no single insertion serves the order."""

LARGEST_SOLVE = 120
"""Up to so many stops a search of `SOLVE_S` is worth a try."""

_SOLVED_KINDS = (RemedyKind.WINDOW_LATER, RemedyKind.WINDOW_EARLIER, RemedyKind.EXTRA_COURIER)
_WINDOW_KINDS = (RemedyKind.WINDOW_LATER, RemedyKind.WINDOW_EARLIER)
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
    Every order gets its easiest remedies before any gets all. With `may_solve` a short search follows where no
    insertion into the found routes serves an order.
    """
    listed = list(unassigned)
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    numbers = [number for number, one in enumerate(listed) if one.visit_id in index_of]
    numbers.sort(key=lambda number: -problem.stops[index_of[listed[number].visit_id]].priority)
    if not numbers or is_over():
        return tuple(listed)
    found_routes = FoundRoutes(problem, sequences, reloads or {})
    asked = {
        number: _Asked(found_routes, index_of[listed[number].visit_id], listed[number].code, is_over)
        for number in numbers[:most]
    }
    while any(one.pending for one in asked.values()) and not is_over():
        for one in asked.values():
            one.try_next()
    for one in asked.values():
        if may_solve and not one.found and not is_over():
            one.try_search()
    for number, one in asked.items():
        listed[number] = replace(listed[number], remedies=one.told())
    return tuple(listed)


class _Asked:
    """One order that was left out, and the changes that are still to be tried for it."""

    def __init__(self, routes: FoundRoutes, index: int, code: UnassignedCode, is_over: IsOver) -> None:
        self.routes, self.problem, self.index, self.code = routes, routes.problem, index, code
        self.is_over = is_over
        self.near = nearest_shifts(self.problem, routes.sequences, index)
        self.windows: WindowVariants | None = None
        self.pending = list(widest_remedies(self.problem, index))
        if code is UnassignedCode.TOO_COSTLY:
            self.pending.insert(0, Remedy(kind=RemedyKind.PRIORITY, text=""))
        self.found: list[Remedy] = []
        self.unproved: list[Remedy] = []

    def try_next(self) -> None:
        """Try the next kind of change; nothing when none is left or time is up."""
        if not self.pending or self.is_over():
            return
        widest = self.pending.pop(0)
        remedy = self._worth_it() if widest.kind is RemedyKind.PRIORITY else self._smallest(widest)
        if remedy is not None:
            self.found.append(remedy)
        elif widest.kind in _SOLVED_KINDS:
            self.unproved.append(widest)

    def try_search(self) -> None:
        """A short search with the first of the changes for which no insertion was found."""
        if len(self.problem.stops) <= LARGEST_SOLVE and self.code not in _NOT_SOLVED:
            self.found += self._solved(self.unproved)

    def told(self) -> tuple[Remedy, ...]:
        """Every change that was proved to serve the order, the easiest to agree on first."""
        easiest = sorted(self.found, key=lambda one: one.amount if one.kind in _WINDOW_KINDS else 100 * MOST_PRIORITY)
        return tuple(told(self.problem, self.index, one) for one in easiest)

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
        """The cheapest place with this change, unless it costs more than leaving the order out."""
        place = self._window_place(remedy) if remedy.kind in _WINDOW_KINDS else None
        if remedy.kind not in _WINDOW_KINDS or self.windows is None:
            problem = relaxed(self.problem, self.index, remedy)
            wanted = {remedy.shift_id} if remedy.kind is RemedyKind.EXTRA_COURIER else self.near
            starts = [start for start in free_starts(problem) if start.shift.shift_id in wanted]
            place = cheapest_place(problem, starts, self.routes.sequences, self.index, reloads=self.routes.reloads)
        is_worth_it = place is not None and place.added_cost <= self.problem.weights.left_out(
            self.problem.stops[self.index]
        )
        return place if is_worth_it else None

    def _window_place(self, remedy: Remedy) -> Place | None:
        if self.windows is None and self.problem.stops[self.index].kind not in (StopKind.PICKUP, StopKind.DROPOFF):
            self.windows = WindowVariants(self.routes, self.index, self.near)
        return None if self.windows is None else self.windows.place(remedy)

    def _is_proved(self, remedy: Remedy, place: Place) -> bool:
        """Whether the independent check accepts the plan with the order at its place."""
        return self.routes.keep_every_rule_with(relaxed(self.problem, self.index, remedy), place)

    def _worth_it(self) -> Remedy | None:
        """The priority with which leaving the order out costs more than its cheapest place."""
        starts = [start for start in self.routes.starts if start.shift.shift_id in self.near]
        place = self.routes.places.cheapest(starts, self.index)
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
        if not (self.routes.placed | {self.index}) <= served:
            return None
        remedy = widest
        if widest.kind is not RemedyKind.EXTRA_COURIER:
            remedy = replace(widest, amount=self._used_min(problem, widest, solution.sequences, solution.reloads))
        problem = relaxed(self.problem, self.index, remedy)
        return remedy if keeps_every_rule(problem, solution.sequences, solution.reloads) else None

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
