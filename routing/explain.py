"""Why an order was not assigned: one machine code and a sentence that names the fact."""

from collections.abc import Mapping

from routing.eligibility import REFUSALS_IN_ORDER, FreeStart, free_starts, refusal
from routing.insertion import Places
from routing.order import LOAD_DIMENSIONS
from routing.plan import Unassigned, UnassignedCode
from routing.problem import RoutingProblem
from routing.stop import Stop


def explain(
    problem: RoutingProblem,
    sequences: Mapping[str, tuple[int, ...]],
    reloads: Mapping[str, tuple[int, ...]] | None = None,
) -> tuple[Unassigned, ...]:
    """
    A reason for every stop that is in none of `sequences` (stop indices by shift id), in the order of the stops.

    `reloads` are positions in the sequences before which a courier reloads.

    The reason is the last hurdle that some shift reaches: with a courier who has the skill but not the zone, it is the
    zone. Where a shift could take the stop alone, the found routes decide: `CAPACITY_FULL` when only room is missing,
    `NO_TIME_LEFT` when there is no place even in a larger vehicle, `TOO_COSTLY` when it fits and its price is higher
    than that of leaving it out.
    """
    placed = {index for sequence in sequences.values() for index in sequence}
    starts = free_starts(problem)
    places = Places(problem, sequences, reloads)
    routed = frozenset(problem.stops[index].visit_id for index in placed)
    return tuple(
        left_out(stop, early, problem)
        if (early := shared_reason(problem, stop, routed)) is not None
        else _explain_one(problem, starts, places, index)
        for index, stop in enumerate(problem.stops)
        if index not in placed
    )


def shared_reason(problem: RoutingProblem, stop: Stop, routed: frozenset[str]) -> UnassignedCode | None:
    """What keeps a stop out that is no matter of its own route: nobody brings its parcel, or its locker is full."""
    if stop.loads_after is not None and stop.loads_after.visit_id not in routed:
        return UnassignedCode.NOT_BROUGHT
    locker = next((one for one in problem.lockers if one.locker_id == stop.locker_id), None)
    if locker is None:
        return None
    inside = [one.cell_size for one in problem.stops if one.locker_id == stop.locker_id and one.visit_id in routed]
    sizes = [*inside, stop.cell_size]
    is_full = any(
        sum(size >= least for size in sizes) > sum(locker.free_cells[least:]) for least in range(stop.cell_size + 1)
    )
    return UnassignedCode.LOCKER_FULL if is_full else None


def left_out(stop: Stop, code: UnassignedCode, problem: RoutingProblem) -> Unassigned:
    """The stop as unassigned, with the sentence that says what this code means for it."""
    return Unassigned(order_id=stop.order_id, visit_id=stop.visit_id, code=code, message=_message(problem, stop, code))


def _explain_one(problem: RoutingProblem, starts: tuple[FreeStart, ...], places: Places, index: int) -> Unassigned:
    stop = problem.stops[index]
    candidates = tuple(start for start in starts if stop.only_shift_id in (None, start.shift.shift_id))
    refusals = [refusal(problem, index, start) for start in candidates]
    if None in refusals:
        code = _code_from_routes(places, candidates, index)
    else:
        reached = [code for code in refusals if code is not None]
        code = max(reached, key=REFUSALS_IN_ORDER.index, default=UnassignedCode.COURIERS_HAVE_LEFT)
    return left_out(stop, code, problem)


def _code_from_routes(places: Places, candidates: tuple[FreeStart, ...], index: int) -> UnassignedCode:
    if places.cheapest(candidates, index, mind_capacity=False) is None:
        return UnassignedCode.NO_TIME_LEFT
    fits = places.cheapest(candidates, index) is not None
    return UnassignedCode.TOO_COSTLY if fits else UnassignedCode.CAPACITY_FULL


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
        case UnassignedCode.NOT_BROUGHT:
            return "the visit that brings its parcel to the depot is not in the plan; have that one served first"
        case UnassignedCode.LOCKER_FULL:
            return f"locker {stop.locker_id} has no free cell of size {stop.cell_size} or larger; choose another locker"
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
