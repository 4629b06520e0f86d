"""Orders cancelled or edited, also while they are on a route: the route changes, and tracking tells who is affected."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.causes import open_change_cause, settle_order
from api.actions.day_loading import Day, load_day
from api.actions.inbox_lines import finish_line
from api.actions.order_checks import Window, check_phone, check_windows, place_order, point_of
from api.actions.order_reading import OrderStory, tell_order
from api.actions.orders import find_spots, first_promise, windows_as_text
from api.actions.plan_publishing import publish_plan
from api.actions.zone_indexes import zones_of_day
from api.context import Caller, Services
from api.db import audit, city_store, order_store
from api.db.day_store import newest_plan
from api.db.event_log import append_event
from api.db.promise_store import add_promise
from api.db.tables import City, Order
from api.errors import ConflictError, InputProblem, InvalidInputError
from desk.customer import to_e164
from routing.courier_now import RouteChange, RouteContext
from routing.errors import InfeasiblePlanError
from routing.plan import Plan, Route, Unassigned, UnassignedCode
from routing.plan_check import check_route
from routing.refitting import refit_visit
from routing.route_edit import drop_visits
from tracking.events import Reason
from zones.lonlat import LonLat

FINAL = ("delivered", "failed", "cancelled")

_PLAIN_FIELDS = (
    *("client_name", "language", "entrance", "floor", "flat", "door_code", "landmark", "note"),
    *("address", "lon", "lat", "service_s", "priority", "payment_form", "due_minor"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdits:
    """
    What to change; None leaves a field as it is.

    `phone` "" takes the number away; `lon` and `lat` come together; `payment_form` brings `change_from_minor` with it.
    """

    client_name: str | None = None
    phone: str | None = None
    language: str | None = None
    address: str | None = None
    entrance: str | None = None
    floor: str | None = None
    flat: str | None = None
    door_code: str | None = None
    landmark: str | None = None
    note: str | None = None
    lon: float | None = None
    lat: float | None = None
    windows: tuple[Window, ...] | None = None
    service_s: int | None = None
    payment_form: str | None = None
    due_minor: int | None = None
    change_from_minor: int | None = None
    skills: tuple[str, ...] | None = None
    priority: int | None = None


def cancel_order(services: Services, caller: Caller, order_id: str, reason: str) -> OrderStory:
    """
    Cancel an order; a visit on a route is dropped from it, and its courier drives on to the next.

    Cancelling it again changes nothing.

    Raises
    ------
    ConflictError
        When it was delivered, or its delivery failed.
    """
    now = services.clock.now()
    with services.db.write() as session:
        order = order_store.get_order(session, caller.tenant_id, order_id)
        if order.status == "cancelled":
            return tell_order(session, order)
        if order.status in FINAL:
            raise ConflictError(f"order {order.order_no} is {order.status} already and cannot be cancelled")
        city_store.lock_city(session, caller.tenant_id, order.city_id)
        city = city_store.get_city_by_id(session, caller.tenant_id, order.city_id)
        day = load_day(session, city, order.on_date, now)
        before = order.status
        order.status, order.status_detail, order.updated_at = "cancelled", reason, now
        visit = day.visits.get(order.id)
        if visit is not None:
            visit.state = "dropped"
        _tell(session, caller, order, "order.cancelled", {"status": before}, {"status": "cancelled"}, reason, now)
        if visit is not None:
            finish_line(session, visit, None, now)
        session.flush()
        if visit is not None and _is_planned(day.plan, visit.id):
            _take_out(session, services, caller, day, order, visit.id, "cancelled", now)
        plan = newest_plan(session, caller.tenant_id, city.id, order.on_date)
        settle_order(session, caller.tenant_id, order.id, None if plan is None else plan.id, now)
        session.flush()
        return tell_order(session, order)


def edit_order(services: Services, caller: Caller, order_id: str, edits: OrderEdits) -> OrderStory:
    """
    Change an order; a visit on a route is timed anew, and left out with its reason when it no longer fits.

    A new place is looked up in the zones of the order's day. A new window is what the client is promised now.

    Raises
    ------
    ConflictError
        When the order is finished or cancelled.
    InvalidInputError
        With everything that is wrong with the changes; then nothing is changed.
    """
    now = services.clock.now()
    with services.db.write() as session:
        order = order_store.get_order(session, caller.tenant_id, order_id)
        if order.status in FINAL:
            raise ConflictError(f"order {order.order_no} is {order.status} already and cannot be edited")
        city_store.lock_city(session, caller.tenant_id, order.city_id)
        city = city_store.get_city_by_id(session, caller.tenant_id, order.city_id)
        _check_edits(order, city, edits)
        old = load_day(session, city, order.on_date, now)
        before = _shown(order)
        changed = _apply(session, order, city, edits, now)
        if not changed:
            return tell_order(session, order)
        after = _shown(order)
        _tell(session, caller, order, "order.edited", before, after, ", ".join(sorted(changed)), now)
        session.flush()
        _follow_edit(session, services, caller, old, order, now)
        session.flush()
        return tell_order(session, order)


def _check_edits(order: Order, city: City, edits: OrderEdits) -> None:
    problems: list[InputProblem] = []
    if edits.windows is not None:
        problems += check_windows("order", edits.windows)
    if edits.phone:
        problems += check_phone("order.phone", edits.phone, city.phone_region)
    if (edits.lon is None) != (edits.lat is None):
        message = "a place needs lon and lat together; give both"
        problems.append(InputProblem(code="half_a_place", where="order.lon", message=message))
    else:
        point = point_of(edits.lon, edits.lat)
        if isinstance(point, str):
            problems.append(InputProblem(code="bad_coordinates", where="order.lon", message=point))
    if edits.address is not None and not edits.address:
        message = "the address cannot be taken away; write the new one"
        problems.append(InputProblem(code="address_empty", where="order.address", message=message))
    due = order.due_minor if edits.due_minor is None else edits.due_minor
    if edits.change_from_minor is not None and edits.change_from_minor < due:
        message = f"change from {edits.change_from_minor} is asked, but {due} is due; correct one of them"
        problems.append(InputProblem(code="change_below_due", where="order.payment", message=message))
    if problems:
        raise InvalidInputError(f"the changes have {len(problems)} problem(s)", tuple(problems))


def _apply(session: Session, order: Order, city: City, edits: OrderEdits, now: datetime) -> set[str]:
    """Write the changes onto the row; gives the names of the fields that really changed."""
    given = {name: getattr(edits, name) for name in _PLAIN_FIELDS}
    wished: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if edits.payment_form is not None:
        wished["change_from_minor"] = edits.change_from_minor
    if edits.phone is not None:
        wished["phone_e164"] = to_e164(edits.phone, city.phone_region) if edits.phone else None
    if edits.windows is not None:
        wished["windows"] = windows_as_text(edits.windows)
    if edits.skills is not None:
        wished["skills"] = sorted(set(edits.skills))
    changed: set[str] = set()
    for name, value in wished.items():
        if getattr(order, name) != value:
            setattr(order, name, value)
            changed.add(name)
    if changed & {"address", "lon", "lat"} or order.status in {"needs_address", "carrier"}:
        _place(session, order, city, now)
    if "windows" in changed:
        # the first promise stays in its place: on-time is judged by it
        promise = first_promise(order, now)
        if promise is not None:
            add_promise(session, promise)
    if changed:
        order.updated_at = now
    return changed


def _place(session: Session, order: Order, city: City, now: datetime) -> None:
    """Look up the zone anew; an order that is planned keeps its status until its route has been looked at."""
    zones = zones_of_day(session, city, order.on_date, now)
    point = point_of(order.lon, order.lat)
    spot = find_spots(zones, [point])[0] if zones is not None and isinstance(point, LonLat) else None
    placed = place_order(where="order", address=order.address, lon=order.lon, lat=order.lat, spot=spot)
    order.zone_id = placed.zone_id
    order.zone_version = zones.version if zones is not None and placed.zone_id is not None else None
    if placed.status != "ready" or order.status in {"needs_address", "carrier"}:
        order.status, order.status_detail = placed.status, placed.detail


def _follow_edit(session: Session, services: Services, caller: Caller, old: Day, order: Order, now: datetime) -> None:
    """
    Change the route that the order is on; where it can be planned no more, it leaves the route with the reason.

    An order that the plan left out is not tried again here: the next plan does that.
    """
    visit = old.visits.get(order.id)
    if visit is None or not _is_planned(old.plan, visit.id):
        return
    if order.status not in order_store.PLANNABLE:
        left_out = Unassigned(
            order_id=order.id,
            visit_id=visit.id,
            code=UnassignedCode.OUTSIDE_ZONES if order.status == "carrier" else UnassignedCode.NO_ADDRESS,
            message=order.status_detail,
        )
        _take_out(session, services, caller, old, order, visit.id, "edited", now, (left_out,))
        return
    new = load_day(session, old.city, order.on_date, now)
    if new.stops[order.id] == old.stops[order.id] or not _is_routed(old.plan, visit.id):
        return
    route = _route_of(old.plan, visit.id)
    context = _context(services, new, route, visit.id)
    change = refit_visit(route, context, visit.id)
    cause_id = _open_cause(session, caller, old, "edited", now, route)
    plan = _changed_plan(new.plan, route, change, context, without=order.id, unassigned=change.unassigned)
    publish_plan(session, services, caller, new, plan, reason=Reason.EDITED, now=now, cause_id=cause_id)


def _take_out(
    session: Session,
    services: Services,
    caller: Caller,
    day: Day,
    order: Order,
    visit_id: str,
    kind: str,
    now: datetime,
    unassigned: tuple[Unassigned, ...] = (),
) -> None:
    """A new version of the plan without this visit; `unassigned` stays behind to say why."""
    reason = Reason.STOP_DROPPED if kind == "cancelled" else Reason.EDITED
    if _is_routed(day.plan, visit_id):
        route = _route_of(day.plan, visit_id)
        context = _context(services, day, route, visit_id)
        change = drop_visits(route, [visit_id], context)
        cause_id = _open_cause(session, caller, day, kind, now, route)
        plan = _changed_plan(day.plan, route, change, context, without=order.id, unassigned=unassigned)
    else:
        cause_id = _open_cause(session, caller, day, kind, now, None)
        kept = tuple(one for one in day.plan.unassigned if one.order_id != order.id)
        plan = replace(day.plan, unassigned=(*kept, *unassigned))
    publish_plan(session, services, caller, day, plan, reason=reason, now=now, cause_id=cause_id)


def _open_cause(session: Session, caller: Caller, day: Day, kind: str, now: datetime, route: Route | None) -> str:
    return open_change_cause(
        session,
        tenant_id=caller.tenant_id,
        city_id=day.city.id,
        kind=kind,
        now=now,
        courier_id=None if route is None else route.courier_id,
    )


def _changed_plan(
    plan: Plan,
    route: Route,
    change: RouteChange,
    context: RouteContext,
    *,
    without: str,
    unassigned: tuple[Unassigned, ...],
) -> Plan:
    """
    The plan with one route changed, judged before it may be stored.

    Raises
    ------
    InfeasiblePlanError
        When the changed route breaks a rule that it did not break before.
    """
    if change.route is not None:
        violations = check_route(change.route, context, change.late_ids)
        if violations:
            raise InfeasiblePlanError(tuple(f"{one.where}: {one.message}" for one in violations))
    kept = tuple(one for one in plan.unassigned if one.order_id != without)
    routes = [change.route if one.shift_id == route.shift_id else one for one in plan.routes]
    return replace(plan, routes=tuple(one for one in routes if one is not None), unassigned=(*kept, *unassigned))


def _context(services: Services, day: Day, route: Route, changed_visit_id: str) -> RouteContext:
    shift = day.shifts[route.shift_id]
    courier = day.couriers[route.shift_id]
    left = [visit.visit_id for visit in route.visits if visit.visit_id not in courier.done_visit_ids]
    if courier.has_left and left[:1] != [changed_visit_id]:
        # he is driving there already
        shift = replace(shift, frozen_visit_ids=tuple(left[:1]))
    return RouteContext(
        shift=shift,
        stops=tuple(day.stops.values()),
        depots=day.depots,
        roads=services.roads.get(day.city.slug, shift.vehicle_profile),
        courier=courier,
    )


def _is_planned(plan: Plan, visit_id: str) -> bool:
    return _is_routed(plan, visit_id) or any(one.visit_id == visit_id for one in plan.unassigned)


def _is_routed(plan: Plan, visit_id: str) -> bool:
    return any(visit.visit_id == visit_id for route in plan.routes for visit in route.visits)


def _route_of(plan: Plan, visit_id: str) -> Route:
    return next(route for route in plan.routes if any(visit.visit_id == visit_id for visit in route.visits))


def _shown(order: Order) -> dict[str, Any]:
    """What the audit log keeps of an order: nothing about the person."""
    return {
        "status": order.status,
        "lon": order.lon,
        "lat": order.lat,
        "zone_id": order.zone_id,
        "windows": order.windows,
        "service_s": order.service_s,
        "skills": order.skills,
        "priority": order.priority,
    }


def _tell(
    session: Session,
    caller: Caller,
    order: Order,
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    why: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        caller,
        now,
        action=kind,
        entity="order",
        entity_id=order.id,
        before=dict(before),
        after=dict(after) | {"why": why},
    )
    append_event(
        session,
        tenant_id=order.tenant_id,
        city_id=order.city_id,
        kind=kind,
        at=now,
        now=now,
        data={"order_no": order.order_no, "why": why, "by": caller.name},
        order_id=order.id,
    )
