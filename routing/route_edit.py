"""
Changes to one courier's route in the middle of the day: a visit dropped, re-timed, moved or put in.

What is done stays as it was; what is left is timed anew from where the courier is now. The answer is a new route and
what no longer fits; `routing.plan_check.check_route` judges it before it is stored.
"""

from collections.abc import Collection
from dataclasses import replace

from routing.courier_now import RouteChange, RouteContext
from routing.plan import Route, Unassigned
from routing.remaining import Remaining
from routing.stop import Stop


def drop_visits(route: Route, visit_ids: Collection[str], context: RouteContext) -> RouteChange:
    """Take visits out (their orders were cancelled); the sequence of the others stays. Done visits are never taken."""
    remaining = Remaining(route, context)
    return remaining.timed(tuple(stop for stop in remaining.stops if stop.visit_id not in set(visit_ids)))


def retime(route: Route, context: RouteContext, edited_visit_ids: Collection[str] = ()) -> RouteChange:
    """
    Time the rest of a route anew, in the same sequence.

    `edited_visit_ids` are visits whose stop in `context` changed (window, service time, address): where the kept
    sequence breaks a new window, only that visit moves to its cheapest feasible place in this route, and comes back
    unassigned when there is none. Without edited visits nothing moves and nobody is thrown out.
    """
    remaining = Remaining(route, context)
    sequence = remaining.stops
    unassigned: list[Unassigned] = []
    for visit_id in [stop.visit_id for stop in sequence if stop.visit_id in set(edited_visit_ids)]:
        position = [stop.visit_id for stop in sequence].index(visit_id)
        others = sequence[:position] + sequence[position + 1 :]
        placed = remaining.place(remaining.edited(visit_id), others, first_try=position)
        if isinstance(placed, Unassigned):
            unassigned.append(placed)
            sequence = others
        else:
            sequence = placed
    return replace(remaining.timed(sequence), unassigned=tuple(unassigned))


def insert_visit(route: Route | None, stop: Stop, context: RouteContext) -> RouteChange:
    """
    Put a stop into its cheapest feasible place of what is left of a route; None is a shift without a route yet.

    `context.stops` holds the stops of the route, `stop` may be missing there. No other visit becomes late by it. When
    it does not fit, the route comes back timed anew and the stop unassigned with the reason.
    """
    remaining = Remaining(route, context)
    others = tuple(one for one in remaining.stops if one.visit_id != stop.visit_id)
    placed = remaining.place(stop, others)
    if isinstance(placed, Unassigned):
        return replace(remaining.timed(others), unassigned=(placed,))
    return remaining.timed(placed)
