"""Days small enough to try every plan: what the best one costs, and what the OR-Tools search makes of them."""

import random
from collections.abc import Mapping
from itertools import combinations, permutations, product
from time import process_time

import pytest

from routing.errors import ProblemError
from routing.fleet import Shift
from routing.order import Load
from routing.plan import HaltKind, Plan, Provenance, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.problem import CostWeights, RoutingProblem, node_points
from routing.route_building import build_routes, routes_cost
from routing.solver.ortools_search import improve
from routing.solver.read_back import read_back
from routing.stop import Stop
from tests.routing.builders import DAY, at, grid_matrix, make_depot, make_shift, make_stop, place

WEIGHTS = CostWeights(per_wait_s=0.0)

_OWN_SHARE = 0.7
"""Of its seconds a search at rest works so many itself."""

type Sequences = Mapping[str, tuple[int, ...]]


def plan_of(problem: RoutingProblem, sequences: Sequences, reloads: Sequences | None = None) -> Plan:
    """The plan with these sequences; stops in none of them are unassigned."""
    routed = {index for sequence in sequences.values() for index in sequence}
    return Plan(
        routes=build_routes(problem, sequences, reloads),
        unassigned=tuple(
            Unassigned(order_id=one.order_id, visit_id=one.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="out")
            for index, one in enumerate(problem.stops)
            if index not in routed
        ),
        provenance=Provenance(engine="test", time_limit_s=0.1, seed=1, matrix_source="grid"),
    )


def cost_of(problem: RoutingProblem, plan: Plan) -> int:
    """What the plan costs."""
    out = {one.visit_id for one in plan.unassigned}
    return routes_cost(problem, plan.routes, [stop for stop in problem.stops if stop.visit_id in out])


def visited(plan: Plan) -> dict[str, list[str]]:
    """Visit ids by shift."""
    return {route.shift_id: [visit.visit_id for visit in route.visits] for route in plan.routes}


def random_places(seed: int, count: int, **changes: object) -> list[Stop]:
    """Stops "v0", "v1", ... at random places within some minutes around the main depot."""
    rng = random.Random(seed)
    return [
        make_stop(
            f"v{number}",
            place(rng.randrange(-900, 900), rng.randrange(-900, 900)),
            load=Load(items=rng.choice([1, 2, 3])),
            **changes,
        )
        for number in range(count)
    ]


def two_shifts(**changes: object) -> list[Shift]:
    """Two shifts, "s1" until three o'clock and "s2" until two."""
    return [make_shift("s1", ends_at=at(15), **changes), make_shift("s2", ends_at=at(14), **changes)]


def day(
    stops: list[Stop], shifts: list[Shift] | None = None, weights: CostWeights = WEIGHTS, **changes: object
) -> RoutingProblem:
    """The problem of these stops and shifts; waiting costs nothing unless the weights say so."""
    all_shifts, depots = tuple(shifts or two_shifts()), (make_depot(),)
    parts = {"depots": depots, "matrix": grid_matrix(node_points(depots, tuple(stops), all_shifts))} | changes
    return RoutingProblem(horizon_start=DAY, stops=tuple(stops), shifts=all_shifts, weights=weights, **parts)


def cheapest(problem: RoutingProblem) -> int:
    """The lowest cost among all plans in which `check` finds nothing, by trying them all."""
    wanted = list(range(len(problem.stops)))
    best: int | None = None
    by_shift = [_routes(problem, shift.shift_id, shift.max_trips, wanted) for shift in problem.shifts]
    for choice in product(*by_shift):
        stops = [index for _, sequence, _ in choice for index in sequence]
        if len(set(stops)) < len(stops):
            continue
        sequences = {shift_id: sequence for shift_id, sequence, _ in choice if sequence}
        reloads = {shift_id: before for shift_id, _, before in choice if before}
        try:
            plan = plan_of(problem, sequences, reloads)
        except ProblemError:
            continue
        if best is not None and cost_of(problem, plan) >= best:
            continue
        if not check(problem, plan):
            best = cost_of(problem, plan)
    assert best is not None
    return best


def _routes(
    problem: RoutingProblem, shift_id: str, trips: int, wanted: list[int]
) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Every route of a shift that keeps to the rules alone, except for what other routes must bring."""
    found = []
    for size in range(len(wanted) + 1):
        reloads = [before for count in range(trips) for before in combinations(range(1, size), count)]
        found += [
            (shift_id, sequence, before)
            for sequence in permutations(wanted, size)
            for before in reloads
            if _alone(problem, shift_id, sequence, before)
        ]
    return found


def _alone(problem: RoutingProblem, shift_id: str, sequence: tuple[int, ...], before: tuple[int, ...]) -> bool:
    if not sequence:
        return True
    try:
        plan = plan_of(problem, {shift_id: sequence}, {shift_id: before})
    except ProblemError:
        return False
    other = {"frozen_prefix", "ordered_shift", "loads_after", "not_brought"}
    return all(one.code in other and one.where != shift_id for one in check(problem, plan))


def searched(problem: RoutingProblem, seconds: float = 0.15, seed: int = 1) -> Plan:
    """
    The plan that the OR-Tools search finds, which keeps every rule and costs the same when read back.

    The time is that of this process: on a busy machine the search goes on until it has had its share.
    """
    until_s = process_time() + seconds * _OWN_SHARE
    found = improve(problem, time_limit_s=seconds, seed=seed)
    while process_time() < until_s:
        seed += 1
        start = (None, None) if found.cost is None else (found.sequences, found.reloads)
        found = improve(problem, time_limit_s=seconds, seed=seed, start=start[0], start_reloads=start[1])
    plan = plan_of(problem, found.sequences, found.reloads)
    assert check(problem, plan) == []
    assert read_back(problem, plan) == pytest.approx(cost_of(problem, plan), abs=2)
    return plan


def is_best(problem: RoutingProblem, plan: Plan) -> bool:
    """Whether no plan costs less, by trying them all."""
    return abs(cost_of(problem, plan) - cheapest(problem)) <= 2


def is_refused(problem: RoutingProblem, relaxed: RoutingProblem) -> bool:
    """Whether the best plan of `relaxed` is refused in `problem` by the check of plans and by the OR-Tools model."""
    plan = searched(relaxed)
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    sequences = {shift_id: tuple(index_of[one] for one in names) for shift_id, names in visited(plan).items()}
    reloads = {
        route.shift_id: tuple(
            number for number, leg in enumerate(route.legs) if any(halt.kind is HaltKind.RELOAD for halt in leg.halts)
        )
        for route in plan.routes
    }
    try:
        again = plan_of(problem, sequences, reloads)
    except ProblemError:
        return True
    return bool(check(problem, again)) and isinstance(read_back(problem, again), list)
