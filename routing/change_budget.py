"""How much of a plan a new one changes: what counts, what changes cost, and problems in which most stays as it is."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from routing.change_rules import ChangeRules
from routing.errors import ProblemError
from routing.order import TimeWindow
from routing.plan import Plan, Route, Visit
from routing.plan_sequences import sequences_of
from routing.problem import RoutingProblem
from routing.route_building import build_route
from routing.stop import SoftWindow, Stop

type PlacedVisits = Mapping[str, tuple[str, Visit]]
"""The shift and the visit, by visit id."""


def placed_visits(plan: Plan) -> dict[str, tuple[str, Visit]]:
    """Every visit of a plan with its shift, by visit id."""
    return {visit.visit_id: (route.shift_id, visit) for route in plan.routes for visit in route.visits}


def rest_of(plan: Plan, done_ids: Collection[str]) -> Plan:
    """The plan without the visits that are done; legs and times stay those of the visits that are left."""
    routes: list[Route] = []
    for route in plan.routes:
        first = next((n for n, visit in enumerate(route.visits) if visit.visit_id not in done_ids), None)
        if first is None:
            continue
        kept = [n for n in range(first, len(route.visits)) if route.visits[n].visit_id not in done_ids]
        visits = tuple(route.visits[n] for n in kept)
        legs = (*(route.legs[n] for n in kept), route.legs[-1])
        routes.append(replace(route, visits=visits, legs=legs))
    return replace(plan, routes=tuple(routes))


def changed_ids(old: Plan, new: Plan, tolerance_s: int) -> tuple[str, ...]:
    """Visits of `old` that `new` moves to another courier, drops, or re-times by more than the tolerance."""
    before, after = placed_visits(old), placed_visits(new)
    return tuple(
        visit_id
        for visit_id, (shift_id, visit) in sorted(before.items())
        if visit_id not in after
        or after[visit_id][0] != shift_id
        or abs((after[visit_id][1].starts_at - visit.starts_at).total_seconds()) > tolerance_s
    )


def must_tell(visit_id: str, old_at: datetime, new_at: datetime, rules: ChangeRules) -> bool:
    """Whether a promised time no longer holds: the visit moved by more than the tolerance, and out of its promise."""
    promise = rules.promised.get(visit_id)
    tolerance = timedelta(seconds=rules.prices.tolerance_s)
    if promise is None or abs(new_at - old_at) <= tolerance:
        return False
    return not promise.from_at - tolerance <= new_at <= promise.until_at + tolerance


def with_prices(problem: RoutingProblem, old: Plan, rules: ChangeRules) -> RoutingProblem:
    """The problem in which giving a visit to another courier, and leaving a promised time, cost what the rules say."""
    prices, shift_of = rules.prices, {visit_id: shift_id for visit_id, (shift_id, _) in placed_visits(old).items()}
    known = {shift.shift_id for shift in problem.shifts}
    tolerance = timedelta(seconds=prices.tolerance_s)
    stops: list[Stop] = []
    for stop in problem.stops:
        shift_id, promise = shift_of.get(stop.visit_id), rules.promised.get(stop.visit_id)
        if prices.per_moved and shift_id in known and stop.only_shift_id is None:
            stop = replace(stop, preferred_shift_id=shift_id, other_shift_cost=prices.per_moved)
        if prices.per_retimed_min and promise is not None:
            stop = replace(
                stop,
                soft_window=SoftWindow(
                    opens_at=promise.from_at - tolerance,
                    closes_at=promise.until_at + tolerance,
                    per_early_min=prices.per_retimed_min,
                    per_late_min=prices.per_retimed_min,
                ),
            )
        stops.append(stop)
    return replace(problem, stops=tuple(stops))


def kept_routes(problem: RoutingProblem, old: Plan) -> tuple[Route, ...]:
    """The routes of the plan in force as they would go on with nothing re-planned, late visits too."""
    taken = sequences_of(problem, old)
    routes: list[Route] = []
    for shift in problem.shifts:
        sequence = taken.sequences.get(shift.shift_id)
        if not sequence:
            continue
        try:
            routes.append(build_route(problem, shift, sequence, taken.reloads.get(shift.shift_id, ())))
        except ProblemError:  # a closed street cuts it: nothing of it goes on as it is
            continue
    return tuple(routes)


def unavoidable_ids(problem: RoutingProblem, old: Plan, kept: tuple[Route, ...], tolerance_s: int) -> frozenset[str]:
    """Visits of `old` that change even when all goes on as planned: their courier or place is out, or he is late."""
    stops = {stop.visit_id: stop for stop in problem.stops}
    going_on = {visit.visit_id: (route.shift_id, visit) for route in kept for visit in route.visits}
    frozen = {visit_id for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    found: set[str] = set()
    for visit_id, (shift_id, visit) in placed_visits(old).items():
        now_in, again = going_on.get(visit_id, (None, visit))
        late = again.starts_at - visit.starts_at > timedelta(seconds=tolerance_s)
        windows = stops[visit_id].windows if visit_id in stops else ()
        too_late = bool(windows) and again.starts_at > windows[-1].closes_at and visit_id not in frozen
        if now_in != shift_id or late or too_late:
            found.add(visit_id)
    return frozenset(found)


def pinned(problem: RoutingProblem, old: Plan, free_ids: Collection[str], tolerance_s: int) -> RoutingProblem:
    """
    The problem in which every visit of the plan in force, except the free ones, keeps its courier and its time.

    Its windows are narrowed to the planned start give or take the tolerance, so that no solution can change it.
    """
    placed, span = placed_visits(old), timedelta(seconds=tolerance_s)
    frozen = {visit_id for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    known = {shift.shift_id for shift in problem.shifts}
    stops: list[Stop] = []
    for stop in problem.stops:
        shift_id, visit = placed.get(stop.visit_id, (None, None))
        if visit is None or shift_id not in known or stop.visit_id in free_ids or stop.visit_id in frozen:
            stops.append(stop)
            continue
        windows = narrowed(stop.windows, visit.starts_at - span, visit.starts_at + span)
        stops.append(replace(stop, only_shift_id=shift_id, windows=windows))
    return replace(problem, stops=tuple(stops))


def narrowed(windows: tuple[TimeWindow, ...], from_at: datetime, until_at: datetime) -> tuple[TimeWindow, ...]:
    """What of these windows lies in a span; the span itself where there are none, or they do not meet it."""
    parts = tuple(
        TimeWindow(max(one.opens_at, from_at), min(one.closes_at, until_at))
        for one in windows
        if max(one.opens_at, from_at) <= min(one.closes_at, until_at)
    )
    return parts or (TimeWindow(from_at, until_at),)
