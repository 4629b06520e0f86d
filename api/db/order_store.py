"""Orders, their visits, and what happened to them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.db.tables import Event, Order, Visit
from api.errors import NotFoundError

PLANNABLE = ("ready", "planned", "on_route")
"""Statuses of orders that a plan of the day takes in."""


def get_order(session: Session, tenant_id: str, order_id: str) -> Order:
    """One order of this tenant, by its id."""
    order = session.get(Order, order_id)
    if order is None or order.tenant_id != tenant_id:
        raise NotFoundError("there is no such order")
    return order


def list_orders(
    session: Session, tenant_id: str, city_id: str, on_date: date, statuses: Collection[str] = ()
) -> Sequence[Order]:
    """Orders of a day, by number; of some statuses only when any are named."""
    query = select(Order).where(Order.tenant_id == tenant_id, Order.city_id == city_id, Order.on_date == on_date)
    if statuses:
        query = query.where(Order.status.in_(statuses))
    return session.scalars(query.order_by(Order.order_no)).all()


def orders_with_ids(session: Session, tenant_id: str, order_ids: Collection[str]) -> Sequence[Order]:
    """Those of the named orders that the tenant has."""
    if not order_ids:
        return ()
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id.in_(order_ids))).all()


def list_waiting(session: Session, tenant_id: str, city_id: str, from_date: date) -> Sequence[Order]:
    """Orders from a day on that have a place and are in no plan: ready, or outside every zone."""
    query = select(Order).where(
        Order.tenant_id == tenant_id,
        Order.city_id == city_id,
        Order.on_date >= from_date,
        Order.status.in_(("ready", "carrier")),
        Order.lon.is_not(None),
        Order.lat.is_not(None),
    )
    return session.scalars(query.order_by(Order.id)).all()


def taken_numbers(session: Session, tenant_id: str, order_nos: Collection[str]) -> frozenset[str]:
    """Those of the numbers that an order of this tenant has already."""
    taken: set[str] = set()
    asked = sorted(order_nos)
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        query = select(Order.order_no).where(Order.tenant_id == tenant_id, Order.order_no.in_(part))
        taken.update(session.scalars(query))
    return frozenset(taken)


def find_place(session: Session, tenant_id: str, city_id: str, address: str) -> tuple[float, float] | None:
    """Longitude and latitude of the newest order at exactly this address, letter case apart; None without one."""
    query = (
        select(Order.lon, Order.lat)
        .where(
            Order.tenant_id == tenant_id,
            Order.city_id == city_id,
            # SQLite lowers ASCII only, so the address as written counts besides.
            or_(Order.address == address, func.lower(Order.address) == address.lower()),
            Order.lon.is_not(None),
            Order.lat.is_not(None),
        )
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None or found.lon is None or found.lat is None else (found.lon, found.lat)


def add_orders(session: Session, orders: Sequence[Order]) -> None:
    """Keep new orders."""
    session.add_all(orders)
    session.flush()


def list_order_events(session: Session, tenant_id: str, order_id: str) -> Sequence[Event]:
    """What happened to an order, oldest first."""
    query = select(Event).where(Event.tenant_id == tenant_id, Event.order_id == order_id)
    return session.scalars(query.order_by(Event.id)).all()


def list_visits(session: Session, tenant_id: str, order_ids: Collection[str]) -> dict[str, Visit]:
    """The visits of these orders, by order id."""
    found: dict[str, Visit] = {}
    asked = sorted(order_ids)
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        query = select(Visit).where(Visit.tenant_id == tenant_id, Visit.order_id.in_(part)).order_by(Visit.created_at)
        found.update({visit.order_id: visit for visit in session.scalars(query)})
    return found


def add_visit(session: Session, order: Order, visit_id: str, now: datetime) -> Visit:
    """The delivery of an order, to be planned; its id stays through every plan."""
    visit = Visit(
        id=visit_id,
        tenant_id=order.tenant_id,
        order_id=order.id,
        state="open",
        arrived_at=None,
        left_at=None,
        done_at=None,
        failure_reason=None,
        created_at=now,
    )
    session.add(visit)
    return visit
