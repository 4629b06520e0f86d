"""Why this courier: what a visit would cost with each of the others, all other visits kept."""

from dataclasses import dataclass

from routing.eligibility import FreeStart, free_starts, refusal
from routing.errors import ProblemError
from routing.insertion import Places
from routing.plan import Plan, UnassignedCode
from routing.plan_sequences import sequences_of
from routing.problem import RoutingProblem
from routing.route_building import build_route, depot_by_id, route_cost
from routing.stop import StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    One shift that could have a visit: what that would add to the plan's cost, in units of one second of driving.

    `added_cost` is against the present place, so it is 0 there, and negative where the visit would be cheaper; None
    when the shift cannot have it, and `refusal` says why. `position` counts the visits before it that are left to do.
    """

    shift_id: str
    courier_id: str
    is_present: bool = False
    added_cost: int | None = None
    position: int | None = None
    refusal: UnassignedCode | None = None


def explain_visit(problem: RoutingProblem, plan: Plan, visit_id: str) -> tuple[Choice, ...]:
    """
    Every shift of the problem as a choice for one visit of the plan, the cheapest first, refused ones last.

    A visit that is bound to a shift, because its parcel is in that vehicle, is refused by all others. Half of a pair
    is judged with the other half: they go together.

    Raises
    ------
    ProblemError
        When the visit is not among the visits of the plan that are left to do.
    """
    taken = sequences_of(problem, plan)
    index = next((n for n, stop in enumerate(problem.stops) if stop.visit_id == visit_id), None)
    present_id = next((shift_id for shift_id, sequence in taken.sequences.items() if index in sequence), None)
    if index is None or present_id is None:
        raise ProblemError(f"visit {visit_id} is not among the visits of the plan that are left to do")
    present = taken.sequences[present_id]
    old_reloads = taken.reloads.get(present_id, ())
    kept, kept_reloads = without_visit(problem, present, old_reloads, index)
    here = sequence_cost(problem, present_id, present, old_reloads) - sequence_cost(
        problem, present_id, kept, kept_reloads
    )
    sequences = dict(taken.sequences) | {present_id: kept}
    places = Places(problem, sequences, dict(taken.reloads) | {present_id: kept_reloads})
    choices = []
    for start in free_starts(problem):
        if start.shift.shift_id == present_id:
            choices.append(
                Choice(
                    shift_id=present_id,
                    courier_id=start.shift.courier_id,
                    is_present=True,
                    added_cost=0,
                    position=present.index(index),
                )
            )
        else:
            choices.append(_choice(problem, start, places, index, here))
    return tuple(sorted(choices, key=lambda one: (one.added_cost is None, one.added_cost or 0, one.shift_id)))


def _choice(problem: RoutingProblem, start: FreeStart, places: Places, index: int, here: float) -> Choice:
    shift = start.shift
    place = places.cheapest([start], index)
    if place is not None:
        return Choice(
            shift_id=shift.shift_id,
            courier_id=shift.courier_id,
            added_cost=round(place.added_cost - here),
            position=place.sequence.index(index),
        )
    both = (index, *_partners(problem, index))
    refused = next((code for one in both if (code := refusal(problem, one, start)) is not None), None)
    if refused is None:
        is_full = places.cheapest([start], index, mind_capacity=False) is not None
        refused = UnassignedCode.CAPACITY_FULL if is_full else UnassignedCode.NO_TIME_LEFT
    return Choice(shift_id=shift.shift_id, courier_id=shift.courier_id, refusal=refused)


def without_visit(
    problem: RoutingProblem, sequence: tuple[int, ...], reloads: tuple[int, ...], index: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A sequence and its reloads without a stop, and without the other half of its pair."""
    together = {index, *_partners(problem, index)}
    kept = tuple(one for one in sequence if one not in together)
    moved = {sum(sequence[n] not in together for n in range(reload)) for reload in reloads}
    return kept, tuple(sorted(one for one in moved if 0 < one < len(kept)))


def _partners(problem: RoutingProblem, index: int) -> tuple[int, ...]:
    """The other half of a pair; nothing for a stop alone."""
    stop = problem.stops[index]
    if stop.kind not in (StopKind.PICKUP, StopKind.DROPOFF):
        return ()
    return tuple(
        number
        for number, other in enumerate(problem.stops)
        if other.visit_id == stop.pickup_visit_id or other.pickup_visit_id == stop.visit_id
    )


def sequence_cost(problem: RoutingProblem, shift_id: str, sequence: tuple[int, ...], reloads: tuple[int, ...]) -> float:
    """What one shift's route costs, balance not counted; nothing without visits."""
    if not sequence:
        return 0.0
    shift = next(one for one in problem.shifts if one.shift_id == shift_id)
    stops = {problem.stops[index].visit_id: problem.stops[index] for index in sequence}
    route = build_route(problem, shift, sequence, reloads)
    return route_cost(route, shift, problem.weights, stops, depot_by_id(problem.depots))
