"""Found routes as they are asked: where one more stop fits, and whether the plan with it keeps every rule."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from routing.eligibility import free_starts
from routing.errors import ProblemError
from routing.insertion import Place, Places
from routing.plan import Plan, Provenance, Remedy, RemedyKind, Route, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.remedies import MOST_MIN, STEP_MIN, relaxed_stop
from routing.route_building import build_route, build_routes
from routing.stop import Stop
from routing.travel_matrix import TravelMatrix

type Sequences = Mapping[str, tuple[int, ...]]

NEAREST_SHIFTS = 8
"""A place is looked for with the shifts that pass nearest to the order."""


class FoundRoutes:
    """The routes that a search found for a problem; what is asked often is worked out once."""

    def __init__(self, problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> None:
        self.problem, self.sequences, self.reloads = problem, sequences, reloads
        self.placed = frozenset(one for sequence in sequences.values() for one in sequence)
        self.starts = free_starts(problem)
        self.places = Places(problem, sequences, reloads)
        self._routes: dict[str, Route] | None = None

    def keep_every_rule_with(self, problem: RoutingProblem, place: Place) -> bool:
        """Whether the independent check accepts these routes with one more stop, in a changed problem."""
        sequences = dict(self.sequences) | {place.shift_id: place.sequence}
        reloads = dict(self.reloads) | {place.shift_id: place.reloads}
        if any(stop.loads_after is not None for stop in problem.stops):
            return keeps_every_rule(problem, sequences, reloads)
        if self._routes is None:
            built = build_routes(self.problem, self.sequences, self.reloads)
            self._routes = {route.shift_id: route for route in built}
        shift = next(one for one in problem.shifts if one.shift_id == place.shift_id)
        try:
            changed = build_route(problem, shift, place.sequence, place.reloads)
        except ProblemError:
            return False
        return _is_accepted(problem, tuple((self._routes | {place.shift_id: changed}).values()))


class WindowVariants:
    """Places of one stop with its window widened by each possible amount, in one problem with all of them as stops."""

    def __init__(self, routes: FoundRoutes, index: int, near: Collection[str]) -> None:
        problem = routes.problem
        self._index = index
        self._first = len(problem.stops)
        self._number: dict[tuple[RemedyKind, int], int] = {}
        variants: list[Stop] = []
        for kind in (RemedyKind.WINDOW_LATER, RemedyKind.WINDOW_EARLIER):
            for amount in range(STEP_MIN, MOST_MIN + 1, STEP_MIN):
                stop = relaxed_stop(problem.stops[index], Remedy(kind=kind, text="", amount=amount))
                self._number[kind, amount] = self._first + len(variants)
                variants.append(replace(stop, visit_id=f"{stop.visit_id}#{len(variants)}"))
        row, size = problem.stop_node(index), len(problem.matrix.durations_s)
        after = problem.stop_node(self._first)
        rows = [*range(after), *(row for _ in variants), *range(after, size)]
        self._problem = replace(
            problem,
            stops=(*problem.stops, *variants),
            matrix=_of_rows(problem.matrix, rows),
            matrices={profile: _of_rows(matrix, rows) for profile, matrix in problem.matrices.items()},
        )
        self._places = Places(self._problem, routes.sequences, routes.reloads)
        self._starts = [start for start in free_starts(self._problem) if start.shift.shift_id in near]

    def place(self, remedy: Remedy) -> Place | None:
        """The cheapest place with this much wider a window, told with the stop's own index."""
        number = self._number[remedy.kind, remedy.amount]
        place = self._places.cheapest(self._starts, number)
        if place is None:
            return None
        return replace(place, sequence=tuple(self._index if one == number else one for one in place.sequence))


def _of_rows(matrix: TravelMatrix, rows: list[int]) -> TravelMatrix:
    part = np.ix_(rows, rows)
    return TravelMatrix(matrix.durations_s[part], matrix.distances_m[part], matrix.source)


def keeps_every_rule(problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> bool:
    """Whether the independent check accepts the plan of these sequences."""
    try:
        routes = build_routes(problem, sequences, reloads)
    except ProblemError:
        return False
    return _is_accepted(problem, routes)


def _is_accepted(problem: RoutingProblem, routes: tuple[Route, ...]) -> bool:
    served = {visit.visit_id for route in routes for visit in route.visits}
    left_out = tuple(
        Unassigned(order_id=one.order_id, visit_id=one.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="")
        for one in problem.stops
        if one.visit_id not in served
    )
    provenance = Provenance(engine="", time_limit_s=0, seed=0, matrix_source=problem.matrix.source)
    return check(problem, Plan(routes=routes, unassigned=left_out, provenance=provenance)) == []


def nearest_shifts(problem: RoutingProblem, sequences: Sequences, index: int) -> frozenset[str]:
    """The shifts whose start or any visit is nearest to the stop by driving time."""
    row = problem.stop_node(index)

    def away_s(number: int) -> int:
        shift = problem.shifts[number]
        rows = [problem.start_node(shift), *(problem.stop_node(one) for one in sequences.get(shift.shift_id, ()))]
        return int(problem.matrix_of(shift).durations_s[rows, row].min())

    numbers = sorted(range(len(problem.shifts)), key=lambda number: (away_s(number), number))
    return frozenset(problem.shifts[number].shift_id for number in numbers[:NEAREST_SHIFTS])
