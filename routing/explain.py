"""Why an order was not assigned: one machine code and a sentence that names the fact."""

from collections.abc import Mapping

from routing.eligibility import REFUSALS_IN_ORDER, FreeStart, free_starts, refusal
from routing.insertion import cheapest_place
from routing.order import LOAD_DIMENSIONS
from routing.plan import Unassigned, UnassignedCode
from routing.problem import RoutingProblem
from routing.stop import Stop


def explain(problem: RoutingProblem, sequences: Mapping[str, tuple[int, ...]]) -> tuple[Unassigned, ...]:
    """
    A reason for every stop that is in none of `sequences` (stop indices by shift id), in the order of the stops.

    The reason is the last hurdle that some shift reaches: with a courier who has the skill but not the zone, it is the
    zone. Where a shift could take the stop alone, the found routes decide: `CAPACITY_FULL` when only room is missing,
    `NO_TIME_LEFT` when there is no place even in a larger vehicle, `TOO_COSTLY` when it fits and its price is higher
    than that of leaving it out.
    """
    placed = {index for sequence in sequences.values() for index in sequence}
    starts = free_starts(problem)
    return tuple(
        _explain_one(problem, starts, sequences, index) for index in range(len(problem.stops)) if index not in placed
    )


def _explain_one(
    problem: RoutingProblem, starts: tuple[FreeStart, ...], sequences: Mapping[str, tuple[int, ...]], index: int
) -> Unassigned:
    stop = problem.stops[index]
    candidates = tuple(start for start in starts if stop.only_shift_id in (None, start.shift.shift_id))
    refusals = [refusal(problem, index, start) for start in candidates]
    if None in refusals:
        code = _code_from_routes(problem, candidates, sequences, index)
    else:
        reached = [code for code in refusals if code is not None]
        code = max(reached, key=REFUSALS_IN_ORDER.index, default=UnassignedCode.COURIERS_HAVE_LEFT)
    return Unassigned(order_id=stop.order_id, visit_id=stop.visit_id, code=code, message=_message(problem, stop, code))


def _code_from_routes(
    problem: RoutingProblem, candidates: tuple[FreeStart, ...], sequences: Mapping[str, tuple[int, ...]], index: int
) -> UnassignedCode:
    if cheapest_place(problem, candidates, sequences, index) is not None:
        return UnassignedCode.TOO_COSTLY
    if cheapest_place(problem, candidates, sequences, index, mind_capacity=False) is not None:
        return UnassignedCode.CAPACITY_FULL
    return UnassignedCode.NO_TIME_LEFT


def _message(problem: RoutingProblem, stop: Stop, code: UnassignedCode) -> str:
    match code:
        case UnassignedCode.NO_COURIER_WITH_SKILL:
            return f"no shift of the day has {_skills(stop)}; add a courier who has, or drop the demand"
        case UnassignedCode.NO_COURIER_FOR_ZONE:
            who = f"no shift with {_skills(stop)}" if stop.required_skills else "no shift of the day"
            return f"{who} is permitted in zone {stop.zone_id}; permit one, or add a courier"
        case UnassignedCode.NO_COURIER_AT_DEPOT:
            return f"no shift that could deliver it starts at depot {stop.depot_id}, the only one that has the goods"
        case UnassignedCode.TOO_LARGE:
            return f"it is more than any vehicle holds that could deliver it: {_too_much(problem, stop)}"
        case UnassignedCode.UNREACHABLE:
            return f"no street leads to ({stop.point.lon:.5f}, {stop.point.lat:.5f}) and back; move its point"
        case UnassignedCode.WINDOW_OUTSIDE_SHIFTS:
            return f"its window {_windows(stop)} lies outside every shift that could deliver it; agree another window"
        case UnassignedCode.WINDOW_UNREACHABLE:
            return f"even driving there first, nobody meets {_windows(stop)} and is back by the end of the shift"
        case UnassignedCode.COURIERS_HAVE_LEFT:
            return "every courier who could deliver it has left the depot, or carries it no longer; add a courier"
        case UnassignedCode.CAPACITY_FULL:
            return "it fits by time, but every vehicle that could deliver it is full; add a courier or a larger vehicle"
        case UnassignedCode.TOO_COSTLY:
            return "serving it costs more than leaving it out; raise its priority to have it served"
        case _:
            return "every shift that could deliver it is full by time; add a courier or widen its window"


def _skills(stop: Stop) -> str:
    return " and ".join(sorted(stop.required_skills))


def _windows(stop: Stop) -> str:
    return " or ".join(f"{w.opens_at:%H:%M}-{w.closes_at:%H:%M} UTC" for w in stop.windows) or "any time"


def _too_much(problem: RoutingProblem, stop: Stop) -> str:
    most = {name: max(getattr(s.capacity, name) for s in problem.shifts) for name in LOAD_DIMENSIONS}
    over = [
        f"{name} {getattr(stop.load, name)} > {most[name]}"
        for name in LOAD_DIMENSIONS
        if getattr(stop.load, name) > most[name]
    ]
    return ", ".join(over) or "no single vehicle holds all of its load kinds; split the order"
