"""The plan in force taken up for one more order: put in now, or offered a slot."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.actions.day_loading import Day, load_day
from api.actions.order_reading import OrderStory, tell_order
from api.actions.plan_publishing import publish_plan
from api.actions.planning import request_plan
from api.context import Caller, Services
from api.db import city_store, fleet_store, order_store
from api.db.day_store import newest_plan
from api.db.tables import Base, City, Job, Order
from api.errors import ConflictError
from api.live_memory import TakenUp
from routing import fleet
from routing.errors import InfeasiblePlanError
from routing.live_day import live_day, new_stop, no_travel
from routing.live_insertion import Inserted, insert_now
from routing.plan import Plan, Route, Unassigned, UnassignedCode
from routing.replanning import replan_inputs
from routing.roads import RoadNetwork
from routing.route_building import depot_by_id, with_paths
from routing.stop import Stop
from tracking.events import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertedOrder:
    """
    What became of an order: its visit's shift and time, or why it has no place.

    `job` improves the whole plan in the background, when that was asked for.
    """

    story: OrderStory
    plan_id: str | None = None
    shift_id: str | None = None
    courier_id: str | None = None
    expected_at: datetime | None = None
    added_cost: int | None = None
    left_out: Unassigned | None = None
    job: Job | None = None


def take_up(services: Services, day: Day) -> TakenUp:
    """The part of a day's plan that can take another order; one matrix serves a mixed fleet, as in planning."""
    profiles = {shift.vehicle_profile for shift in day.shifts.values()}
    roads = services.roads.get(day.city.slug, profiles.pop() if len(profiles) == 1 else "car")
    inputs = replan_inputs(day.inputs(), day.plan, day.couriers)
    return TakenUp(plan=live_day(inputs, day.plan, roads), roads=roads, shifts=inputs.shifts)


def recall(session: Session, services: Services, city: City, on_date: date, now: datetime) -> TakenUp:
    """
    The day's plan taken up for questions: once a minute, and whenever its version, a shift or a courier changes.

    Couriers who still load leave not before the minute is over.
    """
    minute = now.replace(second=0, microsecond=0)
    plan = newest_plan(session, city.tenant_id, city.id, on_date)
    rows = [
        *fleet_store.list_shifts(session, city.tenant_id, city.id, on_date),
        *fleet_store.list_couriers(session, city.tenant_id, city.id),
        *fleet_store.list_depots(session, city.tenant_id, city.id),
    ]
    stamp = (minute, None if plan is None else plan.id, [_values(row) for row in rows])
    kept = services.live.find(city.id, on_date, stamp)
    if kept is not None:
        return kept
    taken = take_up(services, load_day(session, city, on_date, minute + timedelta(minutes=1)))
    services.live.keep(city.id, on_date, stamp, taken)
    return taken


def _values(row: Base) -> dict[str, Any]:
    """What a row holds."""
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def insert_order(services: Services, caller: Caller, order_id: str, *, improve: bool = False) -> InsertedOrder:
    """
    Put an order that waits into the plan in force at its cheapest place; no other visit changes hands.

    With `improve` the whole plan is improved in the background afterwards, as by a new plan.

    Raises
    ------
    ConflictError
        When the order cannot be planned as it is, is planned already, or its day has no plan yet.
    """
    now = services.clock.now()
    with services.db.write() as session:
        order = order_store.get_order(session, caller.tenant_id, order_id)
        city_store.lock_city(session, caller.tenant_id, order.city_id)
        city = city_store.get_city_by_id(session, caller.tenant_id, order.city_id)
        day = load_day(session, city, order.on_date, now)
        _check_can_insert(order, day)
        found = _inserted(take_up(services, day), day.stops[order.id])
        if isinstance(found, Unassigned):
            order.status_detail, order.updated_at = found.message, now
            session.flush()
            return InsertedOrder(story=tell_order(session, order), left_out=found)
        done = _publish(session, services, caller, day, order, found, now)
    if not improve:
        return done
    return replace(done, job=request_plan(services, caller, city.slug, order.on_date))


def _check_can_insert(order: Order, day: Day) -> None:
    if day.plan_row is None:
        raise ConflictError(
            f"there is no plan for {day.on_date.isoformat()} yet; ask for one with POST /v1/plans, it will have the "
            "order in it"
        )
    if any(visit.order_id == order.id for route in day.plan.routes for visit in route.visits):
        raise ConflictError(f"order {order.order_no} is in the plan already")
    if order.status != "ready" or order.id not in day.stops:
        why = f": {order.status_detail}" if order.status_detail else ""
        raise ConflictError(f"order {order.order_no} is {order.status}{why}; only one that is ready can be put in")


def _inserted(live: TakenUp, stop: Stop) -> Inserted | Unassigned:
    if live.plan is None:
        return _left_out(stop)
    new = new_stop(live.plan, stop, live.roads) or no_travel(live.plan, stop)
    found = insert_now(live.plan, new)
    if found.violations:
        raise InfeasiblePlanError(tuple(f"{one.where}: {one.message}" for one in found.violations))
    return found if found.left_out is None else found.left_out


def _left_out(stop: Stop) -> Unassigned:
    return Unassigned(
        order_id=stop.order_id,
        visit_id=stop.visit_id,
        code=UnassignedCode.COURIERS_HAVE_LEFT,
        message="every courier of the day has left the depot or ended the shift; add a courier",
    )


def _publish(
    session: Session, services: Services, caller: Caller, day: Day, order: Order, found: Inserted, now: datetime
) -> InsertedOrder:
    shift_id, route = found.shift_id, found.route
    if shift_id is None or route is None:
        raise InfeasiblePlanError(("an order without a place cannot be published",))
    shift = day.shifts[shift_id]
    roads = services.roads.get(day.city.slug, shift.vehicle_profile)
    plan = _plan_with(day.plan, _drawn(route, shift, day, roads), order.id, found.added_cost)
    published = publish_plan(session, services, caller, day, plan, reason=Reason.NEW_STOP, now=now)
    session.flush()
    visit = next(one for one in route.visits if one.order_id == order.id)
    return InsertedOrder(
        story=tell_order(session, order),
        plan_id=published.row.id,
        shift_id=shift_id,
        courier_id=shift.courier_id,
        expected_at=visit.starts_at,
        added_cost=found.added_cost,
    )


def _plan_with(plan: Plan, changed: Route, order_id: str, added_cost: int) -> Plan:
    """The plan with one route changed or new, and the order no more among those left out."""
    routes = [changed if one.shift_id == changed.shift_id else one for one in plan.routes]
    if changed.shift_id not in {one.shift_id for one in plan.routes}:
        routes.append(changed)
    return replace(
        plan,
        routes=tuple(routes),
        unassigned=tuple(one for one in plan.unassigned if one.order_id != order_id),
        provenance=replace(plan.provenance, cost=plan.provenance.cost + added_cost),
    )


def _drawn(route: Route, shift: fleet.Shift, day: Day, roads: RoadNetwork) -> Route:
    depots = depot_by_id(day.depots)
    return with_paths(route, depots[shift.start_depot_id].point, depots[shift.end_depot_id].point, roads)
