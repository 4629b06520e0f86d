"""The cheapest feasible place for one more stop in sequences that are already there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from routing.eligibility import FreeStart, refusal
from routing.errors import ProblemError
from routing.order import Load
from routing.plan import Route
from routing.problem import RoutingProblem
from routing.route_building import build_route, routes_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stop fits: the shift, its new sequence of stop indices, and what that adds to the plan's cost."""

    shift_id: str
    sequence: tuple[int, ...]
    added_cost: int


def cheapest_place(
    problem: RoutingProblem,
    starts: Iterable[FreeStart],
    sequences: Mapping[str, tuple[int, ...]],
    stop_index: int,
    *,
    mind_capacity: bool = True,
) -> Place | None:
    """The cheapest place for a stop, frozen visits first and every time kept; None when there is none."""
    best: Place | None = None
    for start in starts:
        if refusal(problem, stop_index, start) is not None:
            continue
        old = sequences.get(start.shift.shift_id, ())
        if mind_capacity and not _fits(problem, start, (*old, stop_index)):
            continue
        old_cost = _cost(problem, start, old) if old else 0
        if old_cost is None:
            continue
        for position in range(len(start.frozen), len(old) + 1):
            sequence = (*old[:position], stop_index, *old[position:])
            cost = _cost(problem, start, sequence)
            if cost is not None and (best is None or cost - old_cost < best.added_cost):
                best = Place(shift_id=start.shift.shift_id, sequence=sequence, added_cost=cost - old_cost)
    return best


def _fits(problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...]) -> bool:
    return sum((problem.stops[index].load for index in sequence), Load()).fits_in(start.shift.capacity)


def _cost(problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...]) -> int | None:
    """Cost of the shift's route through `sequence`; None when a window, the shift's end or the streets forbid it."""
    try:
        route = build_route(problem, start.shift, sequence)
    except ProblemError:
        return None
    return routes_cost([route], (), problem.weights) if _in_time(problem, start, route, sequence) else None


def _in_time(problem: RoutingProblem, start: FreeStart, route: Route, sequence: tuple[int, ...]) -> bool:
    if route.returns_at > start.shift.ends_at:
        return False
    if start.frozen and route.departs_at > build_route(problem, start.shift, start.frozen).departs_at:
        return False
    free = zip(route.visits, sequence, strict=True)
    return all(
        index in start.frozen
        or not (windows := problem.stops[index].windows)
        or any(window.opens_at <= visit.starts_at <= window.closes_at for window in windows)
        for visit, index in free
    )
