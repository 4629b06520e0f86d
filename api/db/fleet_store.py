"""Depots, couriers and shifts."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import Courier, CourierStateRow, Depot, PingRow, Shift


def list_depots(session: Session, tenant_id: str, city_id: str) -> Sequence[Depot]:
    """All depots of a city, by code."""
    query = select(Depot).where(Depot.tenant_id == tenant_id, Depot.city_id == city_id)
    return session.scalars(query.order_by(Depot.code)).all()


def find_depot(session: Session, tenant_id: str, city_id: str, id_or_code: str) -> Depot | None:
    """The depot with this id or code in this city."""
    depots = list_depots(session, tenant_id, city_id)
    return next((depot for depot in depots if id_or_code in (depot.id, depot.code)), None)


def list_couriers(session: Session, tenant_id: str, city_id: str) -> Sequence[Courier]:
    """All active couriers of a city, by code."""
    query = select(Courier).where(Courier.tenant_id == tenant_id, Courier.city_id == city_id, Courier.active.is_(True))
    return session.scalars(query.order_by(Courier.code)).all()


def find_courier(session: Session, tenant_id: str, city_id: str, id_or_code: str) -> Courier | None:
    """The active courier with this id or code in this city."""
    couriers = list_couriers(session, tenant_id, city_id)
    return next((courier for courier in couriers if id_or_code in (courier.id, courier.code)), None)


def has_courier_code(session: Session, tenant_id: str, city_id: str, code: str) -> bool:
    """Whether the code is taken, by an inactive courier too."""
    query = select(Courier.id).where(Courier.tenant_id == tenant_id, Courier.city_id == city_id, Courier.code == code)
    return session.scalar(query) is not None


def list_shifts(session: Session, tenant_id: str, city_id: str, on_date: date) -> Sequence[Shift]:
    """All shifts of a day, the earliest first."""
    query = select(Shift).where(Shift.tenant_id == tenant_id, Shift.city_id == city_id, Shift.on_date == on_date)
    return session.scalars(query.order_by(Shift.starts_at, Shift.id)).all()


def list_shifts_of_courier(session: Session, tenant_id: str, courier_id: str, on_date: date) -> Sequence[Shift]:
    """A courier's shifts of a day, the earliest first."""
    query = select(Shift).where(Shift.tenant_id == tenant_id, Shift.courier_id == courier_id, Shift.on_date == on_date)
    return session.scalars(query.order_by(Shift.starts_at)).all()


def last_ping(session: Session, tenant_id: str, courier_id: str, since_at: datetime) -> PingRow | None:
    """The courier's newest position at or after `since_at`; None when his phone told none."""
    query = select(PingRow).where(
        PingRow.tenant_id == tenant_id,
        PingRow.courier_id == courier_id,
        PingRow.fix_at >= since_at,
        PingRow.lon.is_not(None),
    )
    return session.scalars(query.order_by(PingRow.fix_at.desc()).limit(1)).first()


def courier_state(session: Session, tenant_id: str, courier_id: str) -> bytes | None:
    """What tracking remembers about the courier, as it wrote it."""
    row = session.get(CourierStateRow, courier_id)
    return row.state if row is not None and row.tenant_id == tenant_id else None


def add(session: Session, row: Depot | Courier | Shift) -> None:
    """Keep a new depot, courier or shift."""
    session.add(row)
    session.flush()
