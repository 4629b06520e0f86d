"""A plan as the solver speaks of it: sequences of stop indices and positions of reloads, by shift id."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.plan import HaltKind, Plan
from routing.problem import RoutingProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSequences:
    """Stop indices by shift id, and by shift id the positions in them before which the courier reloads."""

    sequences: Mapping[str, tuple[int, ...]]
    reloads: Mapping[str, tuple[int, ...]]


def sequences_of(problem: RoutingProblem, plan: Plan) -> PlanSequences:
    """
    The part of `plan` that is in `problem`: visits that are done, and shifts that have ended, are left out.

    Reloads before the first visit that is left have happened; two with nothing left between them become one.
    """
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    shift_ids = {shift.shift_id for shift in problem.shifts}
    sequences: dict[str, tuple[int, ...]] = {}
    reloads: dict[str, tuple[int, ...]] = {}
    for route in plan.routes:
        if route.shift_id not in shift_ids:
            continue
        left: list[int] = []
        positions: list[int] = []
        for visit, leg in zip(route.visits, route.legs, strict=False):
            if any(halt.kind is HaltKind.RELOAD for halt in leg.halts) and left:
                positions.append(len(left))
            if visit.visit_id in index_of:
                left.append(index_of[visit.visit_id])
        if left:
            sequences[route.shift_id] = tuple(left)
            reloads[route.shift_id] = tuple(sorted({one for one in positions if one < len(left)}))
    return PlanSequences(sequences=sequences, reloads=reloads)
