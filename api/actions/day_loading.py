"""A city's day as planning needs it: orders, shifts, depots, zones, the plan in force and where couriers are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.actions.learning import planner_factors
from api.actions.zone_indexes import IndexedZones, zones_of_day
from api.db import fleet_store, order_store, plan_store
from api.db.day_store import newest_plan
from api.db.promise_store import windows_of
from api.db.tables import City, Courier, Depot, Order, PlanRow, Shift, Visit, new_id
from routing import fleet, order, stop
from routing.courier_now import CourierNow
from routing.day_inputs import DayInputs
from routing.order import Load, Payment, PaymentForm
from routing.plan import Plan, Provenance
from routing.travel_matrix import HourFactors
from zones.lonlat import LonLat

DONE = ("delivered", "failed")
NO_PLAN = Plan(routes=(), unassigned=(), provenance=Provenance(engine="", time_limit_s=0, seed=0, matrix_source=""))
"""What is in force before the first plan of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """
    One day of a city at one moment, with what its traffic has taught (`hour_factors`).

    `stops` are those of all orders that have a place and are not cancelled, done ones too; `visits` has only what is
    stored, `visit_ids` names a visit for every stop. `couriers` says by shift id where each one is.
    """

    city: City
    on_date: date
    now: datetime
    orders: Mapping[str, Order]
    visits: Mapping[str, Visit]
    visit_ids: Mapping[str, str]
    stops: Mapping[str, stop.Stop]
    shifts: Mapping[str, fleet.Shift]
    shift_states: Mapping[str, str]
    depots: tuple[fleet.Depot, ...]
    zones: IndexedZones | None
    plan_row: PlanRow | None
    plan: Plan
    couriers: Mapping[str, CourierNow]
    hour_factors: HourFactors | None

    def inputs(self) -> DayInputs:
        """All that is to be planned: orders in a plannable status, shifts that have not ended."""
        shifts = tuple(shift for shift in self.shifts.values() if self.shift_states[shift.shift_id] != "ended")
        begins_at = datetime.combine(self.on_date, time(), ZoneInfo(self.city.timezone)).astimezone(UTC)
        return DayInputs(
            stops=tuple(
                one for one in self.stops.values() if self.orders[one.order_id].status in order_store.PLANNABLE
            ),
            shifts=shifts,
            depots=self.depots,
            horizon_start=min([begins_at, *(shift.starts_at for shift in shifts)]),
            zone_version=None if self.zones is None else self.zones.version,
            hour_factors=self.hour_factors,
        )


def load_day(
    session: Session, city: City, on_date: date, now: datetime, new_visit_ids: Mapping[str, str] | None = None
) -> Day:
    """Load a day; `new_visit_ids` are ids given out earlier, by order, for visits that are not stored yet."""
    tenant_id = city.tenant_id
    orders = {one.id: one for one in order_store.list_orders(session, tenant_id, city.id, on_date)}
    visits = order_store.list_visits(session, tenant_id, orders)
    wanted = [one for one in orders.values() if one.status in (*order_store.PLANNABLE, *DONE)]
    given = new_visit_ids or {}
    visit_ids = {
        one.id: visits[one.id].id if one.id in visits else given.get(one.id) or new_id("vis") for one in wanted
    }
    couriers = {one.id: one for one in fleet_store.list_couriers(session, tenant_id, city.id)}
    shift_rows = [
        row for row in fleet_store.list_shifts(session, tenant_id, city.id, on_date) if row.courier_id in couriers
    ]
    shifts = {row.id: shift_of(row, couriers[row.courier_id]) for row in shift_rows}
    depots = tuple(depot_of(row) for row in fleet_store.list_depots(session, tenant_id, city.id))
    plan_row = newest_plan(session, tenant_id, city.id, on_date)
    plan = NO_PLAN if plan_row is None else plan_store.load_plan(session, plan_row)
    return Day(
        city=city,
        on_date=on_date,
        now=now,
        orders=orders,
        visits=visits,
        visit_ids=visit_ids,
        stops={one.id: stop_of_row(one, visit_ids[one.id]) for one in wanted if one.lon is not None},
        shifts=shifts,
        shift_states={row.id: row.state for row in shift_rows},
        depots=depots,
        zones=zones_of_day(session, city, on_date, now),
        plan_row=plan_row,
        plan=plan,
        couriers=_couriers_now(session, shift_rows, plan, visits.values(), depots, now),
        hour_factors=planner_factors(session, city, *_working_hours(city, on_date, shifts.values())),
    )


def _working_hours(city: City, on_date: date, shifts: Iterable[fleet.Shift]) -> tuple[datetime, datetime]:
    """From the beginning of the day, or of a shift that begins before, to some hours after the last shift."""
    begins_at = datetime.combine(on_date, time(), ZoneInfo(city.timezone)).astimezone(UTC)
    ends = [begins_at + timedelta(hours=24)]
    starts = [begins_at]
    for shift in shifts:
        starts.append(shift.starts_at)
        ends.append(shift.ends_at + timedelta(hours=3))
    return min(starts), max(ends)


def shift_of(row: Shift, courier: Courier) -> fleet.Shift:
    """A stored shift with its courier's vehicle, as routing knows it."""
    return fleet.Shift(
        shift_id=row.id,
        courier_id=row.courier_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        start_depot_id=row.start_depot_id,
        end_depot_id=row.end_depot_id,
        capacity=Load(
            items=courier.capacity_items,
            weight_g=courier.capacity_weight_g,
            volume_ml=courier.capacity_volume_ml,
            cash_minor=courier.cash_limit_minor,
        ),
        skills=frozenset(courier.skills),
        allowed_zone_ids=None if courier.zone_ids is None else frozenset(courier.zone_ids),
        vehicle_profile=courier.vehicle_profile,
    )


def depot_of(row: Depot) -> fleet.Depot:
    """A stored depot as routing knows it."""
    return fleet.Depot(depot_id=row.id, name=row.name, point=LonLat(lon=row.lon, lat=row.lat), service_s=row.service_s)


def stop_of_row(row: Order, visit_id: str) -> stop.Stop:
    """
    The stop that delivers a stored order.

    Raises
    ------
    ValueError
        When the order has no coordinates: such an order is not planned.
    """
    if row.lon is None or row.lat is None:
        raise ValueError(f"order {row.order_no} has no coordinates and cannot be planned")
    bought = order.Order(
        order_id=row.id,
        point=LonLat(lon=row.lon, lat=row.lat),
        windows=windows_of(row),
        service_s=row.service_s,
        load=Load(items=row.items, weight_g=row.weight_g, volume_ml=row.volume_ml),
        payment=Payment(
            form=PaymentForm(row.payment_form), due_minor=row.due_minor, change_from_minor=row.change_from_minor
        ),
        required_skills=frozenset(row.skills),
        zone_id=row.zone_id,
        depot_id=row.depot_id,
        ready_at=row.ready_at,
        priority=row.priority,
    )
    return stop.stop_of(bought, visit_id)


def _couriers_now(
    session: Session,
    rows: Sequence[Shift],
    plan: Plan,
    visits: Iterable[Visit],
    depots: Sequence[fleet.Depot],
    now: datetime,
) -> dict[str, CourierNow]:
    """
    A courier has left once his shift has started with something on his route, or a visit of it is done.

    His place is his last position since then, the depot when his phone has told none.
    """
    done_ids = {visit.id for visit in visits if visit.state in DONE}
    points = {depot.depot_id: depot.point for depot in depots}
    on_routes = {route.shift_id: {visit.visit_id for visit in route.visits} for route in plan.routes}
    found: dict[str, CourierNow] = {}
    for row in rows:
        on_route = on_routes.get(row.id, set())
        position: LonLat | None = None
        if row.state == "started" and on_route:
            ping = fleet_store.last_ping(session, row.tenant_id, row.courier_id, row.started_at or row.starts_at)
            if ping is not None and ping.lon is not None and ping.lat is not None:
                position = LonLat(lon=ping.lon, lat=ping.lat)
            elif not on_route & done_ids:
                position = points[row.start_depot_id]
        found[row.id] = CourierNow(now=now, position=position, done_visit_ids=frozenset(on_route & done_ids))
    return found
