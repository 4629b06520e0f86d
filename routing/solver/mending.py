"""A plan that breaks a rule or leaves out what fits, mended without a search: visits taken out and put in."""

from collections.abc import Callable

from routing.eligibility import free_starts
from routing.insertion import Places
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.solver.outline import outline
from routing.solver.progress import Sequences
from routing.stop import StopKind


def mend(problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> tuple[Sequences, Sequences]:
    """The plan without the visits that break a rule; a route whose time is wrong loses visits from its end."""
    number = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    frozen = {number[visit_id] for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    partner: dict[int, int] = {}
    for stop in problem.stops:
        if stop.kind is StopKind.DROPOFF and stop.pickup_visit_id is not None:
            pickup, dropoff = number[stop.pickup_visit_id], number[stop.visit_id]
            partner |= {pickup: dropoff, dropoff: pickup}
    while True:
        violations = check(problem, outline(problem, sequences, reloads))
        wrong = {number[one.where] for one in violations if one.where in number} - frozen
        for one in violations:
            free = [index for index in sequences.get(one.where, ()) if index not in frozen]
            wrong |= set(free[-1:])
        wrong |= {partner[index] for index in wrong if index in partner} - frozen
        left = without(sequences, reloads, wrong)
        if left == (sequences, reloads):
            return left
        sequences, reloads = left


def without(sequences: Sequences, reloads: Sequences, taken_out: set[int]) -> tuple[Sequences, Sequences]:
    """The plan without these stops; a reload stays before the visit that it came before."""
    kept: dict[str, tuple[int, ...]] = {}
    moved: dict[str, tuple[int, ...]] = {}
    for shift_id, sequence in sequences.items():
        stays = [position for position, index in enumerate(sequence) if index not in taken_out]
        if not stays:
            continue
        kept[shift_id] = tuple(sequence[position] for position in stays)
        before = {sum(position < reload for position in stays) for reload in reloads.get(shift_id, ())}
        if trips := tuple(sorted(one for one in before if 0 < one < len(stays))):
            moved[shift_id] = trips
    return kept, moved


def put_in(
    problem: RoutingProblem, sequences: Sequences, reloads: Sequences, is_over: Callable[[], bool]
) -> tuple[Sequences, Sequences]:
    """The plan with every stop that still fits and is worth its price, each at its cheapest place, until `is_over`."""
    routed = {index for sequence in sequences.values() for index in sequence}
    starts = free_starts(problem)
    plan = dict(sequences)
    trips = dict(reloads)
    order = sorted(set(range(len(problem.stops))) - routed, key=lambda index: -problem.stops[index].priority)
    for index in order:
        stop = problem.stops[index]
        if is_over():
            break
        # Cells of lockers and what other routes bring are not minded at the places that are tried.
        if stop.kind is StopKind.PICKUP or stop.locker_id is not None or stop.loads_after is not None:
            continue
        place = Places(problem, plan, trips).cheapest(starts, index)
        if place is not None and place.added_cost < problem.weights.left_out(stop):
            plan[place.shift_id], trips[place.shift_id] = place.sequence, place.reloads
    found = plan, {shift_id: positions for shift_id, positions in trips.items() if positions}
    return (sequences, reloads) if check(problem, outline(problem, *found)) else found
