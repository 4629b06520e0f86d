"""What the console's rows are made of, read in a fixed number of queries however many rows are asked for."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from api.db.promise_store import Promises, promises_of
from api.db.tables import (
    Courier,
    Event,
    Order,
    PlanRoute,
    PlanUnassigned,
    PlanVisit,
    Promise,
    Shift,
    Visit,
    VisitEta,
)

_PART = 2_000
"""How many ids one query names at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """All that is known of one order on its day; the visit is the newest, its place that in the plan in force."""

    order: Order
    visit: Visit | None
    place: PlanVisit | None
    courier_id: str | None
    courier_name: str | None
    eta: VisitEta | None
    promises: Promises | None
    unassigned: PlanUnassigned | None

    @property
    def is_open(self) -> bool:
        """True while the order still has to be brought."""
        return self.order.status not in {"delivered", "failed", "cancelled"}

    @property
    def promised_until_at(self) -> datetime | None:
        """The end of the latest promise."""
        return self.promises.latest.until_at if self.promises else None


def load_orders(
    session: Session, tenant_id: str, order_ids: Collection[str], plan_id: str | None
) -> dict[str, OrderFacts]:
    """Facts of these orders by order id; ids of another tenant are left out."""
    facts: dict[str, OrderFacts] = {}
    wanted = sorted(set(order_ids))
    for start in range(0, len(wanted), _PART):
        facts.update(_load_part(session, tenant_id, wanted[start : start + _PART], plan_id))
    return facts


def _load_part(session: Session, tenant_id: str, ids: list[str], plan_id: str | None) -> dict[str, OrderFacts]:
    orders = session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id.in_(ids))).all()
    newest = select(Visit).where(Visit.tenant_id == tenant_id, Visit.order_id.in_(ids)).order_by(Visit.created_at)
    visits = {visit.order_id: visit for visit in session.scalars(newest)}
    eta_rows = session.scalars(select(VisitEta).where(VisitEta.tenant_id == tenant_id, VisitEta.order_id.in_(ids)))
    etas = {eta.visit_id: eta for eta in eta_rows}
    promises = promises_of(session, tenant_id, ids)
    places: dict[str, tuple[PlanVisit, str, str]] = {}
    left_out: dict[str, PlanUnassigned] = {}
    if plan_id is not None:
        query = (
            select(PlanVisit, Courier.id, Courier.name)
            .join(PlanRoute, PlanRoute.id == PlanVisit.route_id)
            .join(Courier, Courier.id == PlanRoute.courier_id)
            .where(PlanVisit.plan_id == plan_id, PlanVisit.order_id.in_(ids))
        )
        places = {place.order_id: (place, courier_id, name) for place, courier_id, name in session.execute(query)}
        unassigned = select(PlanUnassigned).where(PlanUnassigned.plan_id == plan_id, PlanUnassigned.order_id.in_(ids))
        left_out = {row.order_id: row for row in session.scalars(unassigned)}
    result: dict[str, OrderFacts] = {}
    for order in orders:
        visit = visits.get(order.id)
        place, courier_id, name = places.get(order.id, (None, None, None))
        result[order.id] = OrderFacts(
            order=order,
            visit=visit,
            place=place,
            courier_id=courier_id,
            courier_name=name,
            eta=etas.get(visit.id) if visit else None,
            promises=promises.get(order.id),
            unassigned=left_out.get(order.id) if order.status == "ready" or place is None else None,
        )
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierFacts:
    """A courier's day: the shift that counts now, and the ids of the orders on its route in their order."""

    courier: Courier
    shift: Shift | None
    order_ids: tuple[str, ...]


def load_couriers(
    session: Session, tenant_id: str, courier_ids: Collection[str], on_date: date, plan_id: str | None
) -> list[CourierFacts]:
    """Facts of these couriers, by code; ids of another tenant are left out."""
    if not courier_ids:
        return []
    couriers = session.scalars(
        select(Courier).where(Courier.tenant_id == tenant_id, Courier.id.in_(courier_ids)).order_by(Courier.code)
    ).all()
    shifts = current_shifts(session, tenant_id, courier_ids, on_date)
    on_route = _orders_on_routes(session, plan_id, [shift.id for shift in shifts.values()])
    return [
        CourierFacts(
            courier=courier,
            shift=(shift := shifts.get(courier.id)),
            order_ids=tuple(on_route.get(shift.id, ())) if shift else (),
        )
        for courier in couriers
    ]


_SHIFTS_OF_DAY = (
    select(Shift)
    .where(
        Shift.tenant_id == bindparam("tenant_id"),
        Shift.courier_id.in_(bindparam("courier_ids", expanding=True)),
        Shift.on_date == bindparam("on_date"),
    )
    .order_by(Shift.starts_at)
)


def current_shifts(session: Session, tenant_id: str, courier_ids: Collection[str], on_date: date) -> dict[str, Shift]:
    """The shift of the day that counts now, by courier: the first that has not ended, or the last one."""
    values = {"tenant_id": tenant_id, "courier_ids": list(courier_ids), "on_date": on_date}
    by_courier: dict[str, list[Shift]] = defaultdict(list)
    for shift in session.scalars(_SHIFTS_OF_DAY, values):
        by_courier[shift.courier_id].append(shift)
    return {
        courier_id: next((shift for shift in shifts if shift.state != "ended"), shifts[-1])
        for courier_id, shifts in by_courier.items()
    }


def _orders_on_routes(session: Session, plan_id: str | None, shift_ids: Sequence[str]) -> dict[str, list[str]]:
    if plan_id is None or not shift_ids:
        return {}
    query = (
        select(PlanRoute.shift_id, PlanVisit.order_id)
        .join(PlanVisit, PlanVisit.route_id == PlanRoute.id)
        .where(PlanRoute.plan_id == plan_id, PlanRoute.shift_id.in_(shift_ids))
        .order_by(PlanRoute.shift_id, PlanVisit.sequence)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for shift_id, order_id in session.execute(query):
        found[shift_id].append(order_id)
    return found


def couriers_of_city(session: Session, tenant_id: str, city_id: str) -> Sequence[str]:
    """Ids of the city's active couriers."""
    query = select(Courier.id).where(
        Courier.tenant_id == tenant_id, Courier.city_id == city_id, Courier.active.is_(True)
    )
    return session.scalars(query.order_by(Courier.code)).all()


def couriers_working(session: Session, now: datetime) -> Sequence[tuple[str, str]]:
    """(tenant id, courier id) of everybody whose shift runs, or should have begun by now."""
    query = select(Shift.tenant_id, Shift.courier_id).where(
        or_(Shift.state == "started", Shift.state == "planned"),
        Shift.starts_at <= now,
        Shift.ends_at > now - timedelta(hours=3),
    )
    return [(tenant_id, courier_id) for tenant_id, courier_id in session.execute(query.distinct())]


def unassigned_ids(session: Session, tenant_id: str, plan_id: str) -> Sequence[str]:
    """Orders that a plan left out and that are still to be brought."""
    query = (
        select(PlanUnassigned.order_id)
        .join(Order, Order.id == PlanUnassigned.order_id)
        .where(
            PlanUnassigned.tenant_id == tenant_id,
            PlanUnassigned.plan_id == plan_id,
            Order.status.in_(("ready", "planned", "on_route")),
        )
        .order_by(Order.order_no)
    )
    return session.scalars(query).all()


def count_levels(session: Session, tenant_id: str, courier_ids: Collection[str]) -> dict[str, int]:
    """How many estimates of these couriers stand at each level."""
    if not courier_ids:
        return {}
    query = (
        select(VisitEta.level, func.count())
        .join(Visit, Visit.id == VisitEta.visit_id)
        .where(
            VisitEta.tenant_id == tenant_id,
            VisitEta.courier_id.in_(courier_ids),
            Visit.state.in_(("open", "arrived")),
        )
        .group_by(VisitEta.level)
    )
    return {level: count for level, count in session.execute(query)}  # noqa: C416 - rows are no pairs for mypy


def count_status(session: Session, tenant_id: str, city_id: str, on_date: date, status: str) -> int:
    """How many orders of a day have this status."""
    query = (
        select(func.count())
        .select_from(Order)
        .where(Order.tenant_id == tenant_id, Order.city_id == city_id, Order.on_date == on_date, Order.status == status)
    )
    return session.scalar(query) or 0


def arrivals_of_day(
    session: Session, tenant_id: str, city_id: str, on_date: date
) -> Sequence[tuple[datetime, datetime]]:
    """(arrived, end of the first promise) of every delivery made on a day."""
    first = select(func.min(Promise.id)).where(Promise.order_id == Order.id).correlate(Order).scalar_subquery()
    query = (
        select(Visit.arrived_at, Visit.done_at, Promise.until_at)
        .join(Order, Order.id == Visit.order_id)
        .join(Promise, Promise.id == first)
        .where(
            Order.tenant_id == tenant_id,
            Order.city_id == city_id,
            Order.on_date == on_date,
            Visit.state == "delivered",
        )
    )
    rows = session.execute(query)
    return [(at, until_at) for arrived_at, done_at, until_at in rows if (at := arrived_at or done_at) is not None]


def count_small_changes(session: Session, tenant_id: str, city_id: str, since_at: datetime) -> int:
    """Changed estimates since an instant that made no line in the inbox."""
    mine = (Event.tenant_id == tenant_id, Event.city_id == city_id)
    before = session.scalar(
        select(Event.id).where(*mine, Event.recorded_at < since_at).order_by(Event.id.desc()).limit(1)
    )
    kinds = ("eta.changed", "inbox.opened", "inbox.updated")
    query = (
        select(Event.kind, func.count())
        .where(*mine, Event.id > (before or 0), Event.kind.in_(kinds))
        .group_by(Event.kind)
    )
    counts = {kind: count for kind, count in session.execute(query)}  # noqa: C416 - rows are no pairs for mypy
    return max(0, counts.get("eta.changed", 0) - counts.get("inbox.opened", 0) - counts.get("inbox.updated", 0))
