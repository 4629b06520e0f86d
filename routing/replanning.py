"""Planning the rest of a day that has begun, and what a new plan changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from routing.change_budget import changed_ids, must_tell, placed_visits
from routing.change_rules import ChangeRules
from routing.courier_now import CourierNow
from routing.day_inputs import DayInputs
from routing.fleet import Depot, Shift
from routing.plan import Plan, PlanDiff, Route, VisitChange
from routing.stop import Stop, StopKind
from zones.lonlat import LonLat


def replan_inputs(inputs: DayInputs, plan: Plan, couriers: Mapping[str, CourierNow]) -> DayInputs:
    """
    Inputs for planning the rest of a day: `couriers` says by shift id where each one is; who is missing has not left.

    Done visits leave the problem. A courier who has left keeps what is on board (all of his route that is not done),
    goes first to the visit he is driving to, and loads nothing more. The others leave not before `now`. Put the done
    visits back into the new plan with `with_done_visits`.
    """
    route_of = {route.shift_id: route for route in plan.routes}
    done_ids = frozenset[str]().union(*(courier.done_visit_ids for courier in couriers.values()))
    left_at = {
        visit.visit_id: visit.leaves_at for route in plan.routes for visit in route.visits if visit.visit_id in done_ids
    }
    bound: dict[str, str] = {}
    shifts: list[Shift] = []
    for shift in inputs.shifts:
        courier = couriers.get(shift.shift_id)
        if courier is None:
            shifts.append(shift)
            continue
        if not courier.has_left:
            shifts.append(replace(shift, available_at=courier.now))
            continue
        route = route_of.get(shift.shift_id)
        left = [] if route is None else [v for v in route.visits if v.visit_id not in courier.done_visit_ids]
        stop_ids = {stop.visit_id for stop in inputs.stops}
        left_ids = [visit.visit_id for visit in left if visit.visit_id in stop_ids]
        bound |= dict.fromkeys(left_ids, shift.shift_id)
        shifts.append(
            replace(
                shift,
                start_point=_place(courier, route, shift, inputs.depots),
                available_at=courier.now,
                frozen_visit_ids=tuple(left_ids[:1]),
                ordered_visit_ids=tuple(one for one in shift.ordered_visit_ids if one not in done_ids),
            )
        )
    stops = tuple(
        replace(_after_done(stop, left_at), only_shift_id=bound.get(stop.visit_id, stop.only_shift_id))
        for stop in inputs.stops
        if stop.visit_id not in done_ids
    )
    return replace(inputs, stops=stops, shifts=tuple(shifts))


def with_done_visits(new: Plan, old: Plan, couriers: Mapping[str, CourierNow]) -> Plan:
    """The new plan with each courier's done visits, and the legs to them, put back in front as they were."""
    new_of = {route.shift_id: route for route in new.routes}
    routes: list[Route] = []
    for route in old.routes:
        courier = couriers.get(route.shift_id)
        done = frozenset[str]() if courier is None else courier.done_visit_ids
        kept = [(v, leg) for v, leg in zip(route.visits, route.legs, strict=False) if v.visit_id in done]
        rest = new_of.pop(route.shift_id, None)
        if not kept:
            routes += [] if rest is None else [rest]
            continue
        visits = tuple(visit for visit, _ in kept)
        legs = tuple(leg for _, leg in kept)
        if rest is None:
            routes.append(replace(route, visits=visits, legs=(*legs, route.legs[-1])))
        else:
            routes.append(
                replace(rest, departs_at=route.departs_at, visits=visits + rest.visits, legs=legs + rest.legs)
            )
    return replace(new, routes=(*routes, *new_of.values()))


def diff(old: Plan, new: Plan, rules: ChangeRules | None = None) -> PlanDiff:
    """
    Which visits changed hands, time, or came and went between two plans; what was left out counts as not there.

    `rules` say what was promised and how much change nobody minds; without them nobody was promised anything.
    """
    rules = rules or ChangeRules()
    before, after = placed_visits(old), placed_visits(new)
    moved: list[VisitChange] = []
    retimed: list[VisitChange] = []
    for visit_id in sorted(before.keys() & after.keys()):
        (old_shift, old_visit), (new_shift, new_visit) = before[visit_id], after[visit_id]
        change = VisitChange(
            visit_id=visit_id,
            order_id=new_visit.order_id,
            old_shift_id=old_shift,
            new_shift_id=new_shift,
            old_starts_at=old_visit.starts_at,
            new_starts_at=new_visit.starts_at,
            must_tell=must_tell(visit_id, old_visit.starts_at, new_visit.starts_at, rules),
        )
        if old_shift != new_shift:
            moved.append(change)
        elif old_visit.starts_at != new_visit.starts_at:
            retimed.append(change)
    dropped = tuple(sorted(before.keys() - after.keys()))
    late = [change.visit_id for change in (*moved, *retimed) if change.must_tell]
    return PlanDiff(
        moved=tuple(moved),
        retimed=tuple(retimed),
        added=tuple(sorted(after.keys() - before.keys())),
        dropped=dropped,
        changed_ids=changed_ids(old, new, rules.prices.tolerance_s),
        tell_ids=tuple(sorted([*late, *(one for one in dropped if one in rules.promised)])),
    )


def _after_done(stop: Stop, left_at: Mapping[str, datetime]) -> Stop:
    """The stop when these visits are done: what was picked up is on board, what was brought is ready at the depot."""
    if stop.kind is StopKind.DROPOFF and stop.pickup_visit_id in left_at:
        return replace(stop, kind=StopKind.DELIVERY, pickup_visit_id=None)
    if stop.loads_after is not None and stop.loads_after.visit_id in left_at:
        brought_at = left_at[stop.loads_after.visit_id] + timedelta(seconds=stop.loads_after.gap_s)
        ready_at = brought_at if stop.ready_at is None else max(brought_at, stop.ready_at)
        return replace(stop, loads_after=None, ready_at=ready_at)
    return stop


def _place(courier: CourierNow, route: Route | None, shift: Shift, depots: tuple[Depot, ...]) -> LonLat:
    """Where the courier is: the last position, else the last done visit, else where the shift starts."""
    if courier.position is not None:
        return courier.position
    done = [] if route is None else [visit for visit in route.visits if visit.visit_id in courier.done_visit_ids]
    if done:
        return done[-1].point
    return next(depot.point for depot in depots if depot.depot_id == shift.start_depot_id)
