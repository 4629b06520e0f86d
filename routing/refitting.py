"""A better place in its route for a visit whose window or address was edited."""

from dataclasses import replace

from routing.courier_now import RouteChange, RouteContext
from routing.plan import Route
from routing.remaining import Remaining
from routing.route_building import depot_by_id, route_cost
from routing.route_edit import retime

SEQUENCE_WORTH = 300
"""What the sequence that the courier knows is worth, in units of one second of driving."""


def refit_visit(route: Route, context: RouteContext, visit_id: str) -> RouteChange:
    """
    The route with an edited visit in its old place, or in the best one when that is better by `SEQUENCE_WORTH`.

    `retime` alone keeps the sequence while it is feasible, so a window moved to the evening would let everybody behind
    it wait for hours. Here what others wait counts as much as what the courier waits. Nothing becomes late by it.
    """
    kept = retime(route, context, [visit_id])
    if kept.unassigned or kept.route is None:
        return kept
    remaining = Remaining(kept.route, context)
    stop = next((one for one in remaining.stops if one.visit_id == visit_id), None)
    if stop is None or stop.visit_id in context.shift.frozen_visit_ids:
        return kept
    others = tuple(one for one in remaining.stops if one.visit_id != visit_id)
    frozen = sum(one.visit_id in context.shift.frozen_visit_ids for one in others)
    best, best_score = kept, _score(kept.route, visit_id, context) - SEQUENCE_WORTH
    for position in range(frozen, len(others) + 1):
        change = remaining.moved(others, stop, position)
        if change is None or change.route is None or not change.late_ids <= kept.late_ids:
            continue
        score = _score(change.route, visit_id, context)
        if score < best_score:
            best, best_score = change, score
    return best


def _score(route: Route, visit_id: str, context: RouteContext) -> float:
    waited_s = sum(
        (visit.starts_at - context.courier.now).total_seconds() for visit in route.visits if visit.visit_id != visit_id
    )
    stops = {stop.visit_id: stop for stop in context.stops}
    known = replace(route, visits=tuple(visit for visit in route.visits if visit.visit_id in stops))
    cost = route_cost(known, context.shift, context.weights, stops, depot_by_id(context.depots))
    return cost + context.weights.per_wait_s * waited_s
