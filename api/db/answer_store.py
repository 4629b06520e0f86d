"""What an answer to a client is made of: his orders, and everything said and done about one of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.db.tables import Courier, Event, Order, Promise, Visit, ZoneRow, ZoneSetRow

OPEN = ("needs_address", "carrier", "ready", "planned", "on_route")


def orders_of_phone(session: Session, tenant_id: str, phone_e164: str, most: int = 50) -> Sequence[Order]:
    """Orders under this number, newest day first."""
    query = select(Order).where(Order.tenant_id == tenant_id, Order.phone_e164 == phone_e164)
    return session.scalars(query.order_by(Order.on_date.desc(), Order.order_no).limit(most)).all()


def find_by_number(session: Session, tenant_id: str, order_no: str) -> Order | None:
    """The order with this number; None when there is none."""
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.order_no == order_no)).first()


def find_by_id(session: Session, tenant_id: str, order_id: str) -> Order | None:
    """The order with this id; None when there is none, or it is of another tenant."""
    return session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id)).first()


def kept_of_phone(session: Session, tenant_id: str, phone_e164: str) -> tuple[int, int]:
    """How many orders a number has, and how many of them arrived within their first promise."""
    mine = (Order.tenant_id == tenant_id, Order.phone_e164 == phone_e164)
    total = session.scalar(select(func.count()).select_from(Order).where(*mine)) or 0
    first = select(func.min(Promise.id)).where(Promise.order_id == Order.id).correlate(Order).scalar_subquery()
    kept = (
        select(func.count())
        .select_from(Order)
        .join(Visit, Visit.order_id == Order.id)
        .join(Promise, Promise.id == first)
        .where(
            *mine,
            Visit.state == "delivered",
            func.coalesce(Visit.arrived_at, Visit.done_at) <= Promise.until_at,
        )
    )
    return total, session.scalar(kept) or 0


def events_of_order(session: Session, tenant_id: str, order_id: str, kinds: Sequence[str]) -> Sequence[Event]:
    """Events of these kinds about an order, newest first."""
    query = select(Event).where(Event.tenant_id == tenant_id, Event.order_id == order_id, Event.kind.in_(kinds))
    return session.scalars(query.order_by(Event.id.desc()).limit(200)).all()


def zone_name(session: Session, order: Order) -> str | None:
    """The name of the zone an order was put into."""
    if order.zone_id is None or order.zone_version is None:
        return None
    query = (
        select(ZoneRow.name)
        .join(ZoneSetRow, ZoneSetRow.id == ZoneRow.zone_set_id)
        .where(
            ZoneSetRow.tenant_id == order.tenant_id,
            ZoneSetRow.city_id == order.city_id,
            ZoneSetRow.version == order.zone_version,
            ZoneRow.zone_id == order.zone_id,
        )
    )
    return session.scalar(query)


def search_orders(
    session: Session,
    tenant_id: str,
    city_id: str,
    text: str,
    phone_e164: str | None,
    since_at: datetime,
    most: int = 20,
) -> Sequence[Order]:
    """Orders whose number, address or client's name holds the text, or whose phone is this one; newest day first."""
    part = f"%{_escaped(text.lower())}%"
    holds: list[ColumnElement[bool]] = [
        func.lower(column).like(part, escape="\\") for column in (Order.order_no, Order.address, Order.client_name)
    ]
    # SQLite's lower() knows Latin letters only: names in Cyrillic are also asked as written and capitalised.
    holds += [
        column.like(f"%{_escaped(form)}%", escape="\\")
        for column in (Order.address, Order.client_name)
        for form in {text, text.title()}
    ]
    if phone_e164 is not None:
        holds.append(Order.phone_e164 == phone_e164)
    query = select(Order).where(
        Order.tenant_id == tenant_id, Order.city_id == city_id, Order.created_at >= since_at, or_(*holds)
    )
    return session.scalars(query.order_by(Order.on_date.desc(), Order.order_no).limit(most)).all()


def search_couriers(session: Session, tenant_id: str, city_id: str, text: str, most: int = 10) -> Sequence[str]:
    """Ids of couriers whose name or code holds the text."""
    forms = {text, text.title(), text.lower(), text.upper()}
    holds = [
        column.like(f"%{_escaped(form)}%", escape="\\") for column in (Courier.name, Courier.code) for form in forms
    ]
    query = select(Courier.id).where(
        Courier.tenant_id == tenant_id, Courier.city_id == city_id, Courier.active.is_(True), or_(*holds)
    )
    return session.scalars(query.order_by(Courier.code).limit(most)).all()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
