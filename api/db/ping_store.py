"""Accepted and refused pings, and where each courier was last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, union_all
from sqlalchemy.orm import Session, aliased

from api.db.tables import Courier, PingRow, RefusedPingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a courier's phone was at its newest fix."""

    courier_id: str
    lon: float
    lat: float
    bearing_deg: float | None
    speed_mps: float | None
    accuracy_m: float | None
    fix_at: datetime


_KNOWN = union_all(
    *(
        select(table.dedupe_key).where(
            table.courier_id == bindparam("courier_id"), table.dedupe_key.in_(bindparam("keys", expanding=True))
        )
        for table in (PingRow, RefusedPingRow)
    )
)


def known_keys(session: Session, courier_id: str, keys: Collection[str]) -> set[str]:
    """Which of these dedupe keys were accepted or refused before."""
    if not keys:
        return set()
    return set(session.scalars(_KNOWN, {"courier_id": courier_id, "keys": list(keys)}))


def add_pings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep accepted pings: columns of `PingRow` by name."""
    if rows:
        session.execute(insert(PingRow), rows)


def add_refused(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep refused pings as they came: columns of `RefusedPingRow` by name."""
    if rows:
        session.execute(insert(RefusedPingRow), rows)


def latest_positions(session: Session, tenant_id: str, courier_ids: Collection[str]) -> dict[str, Position]:
    """The newest position of each courier by his own phone's time; couriers who sent none are left out."""
    newest = aliased(PingRow)
    newest_id = (
        select(newest.id)
        .where(newest.courier_id == Courier.id, newest.lon.is_not(None))
        .order_by(newest.fix_at.desc())
        .limit(1)
        .correlate(Courier)
        .scalar_subquery()
    )
    query = (
        select(PingRow)
        .join(Courier, PingRow.id == newest_id)
        .where(Courier.tenant_id == tenant_id, Courier.id.in_(courier_ids))
    )
    return {row.courier_id: position for row in session.scalars(query) if (position := _position(row)) is not None}


def last_seen(session: Session, tenant_id: str, courier_ids: Collection[str]) -> dict[str, datetime]:
    """The phone's time of each courier's newest sign of life, with coordinates or without."""
    newest_at = (
        select(PingRow.fix_at)
        .where(PingRow.courier_id == Courier.id)
        .order_by(PingRow.fix_at.desc())
        .limit(1)
        .correlate(Courier)
        .scalar_subquery()
    )
    query = select(Courier.id, newest_at).where(Courier.tenant_id == tenant_id, Courier.id.in_(courier_ids))
    return {courier_id: at for courier_id, at in session.execute(query) if at is not None}


def last_received(session: Session, courier_id: str) -> datetime | None:
    """When the newest ping of a courier came in."""
    query = select(PingRow.received_at).where(PingRow.courier_id == courier_id).order_by(PingRow.fix_at.desc())
    return session.scalar(query.limit(1))


def positions_after(session: Session, ping_id: int, most: int = 5_000) -> list[tuple[int, str, Position]]:
    """Positions written after the ping with this id, of all tenants: (ping id, tenant id, position), oldest first."""
    query = select(PingRow).where(PingRow.id > ping_id, PingRow.lon.is_not(None)).order_by(PingRow.id).limit(most)
    found = []
    for row in session.scalars(query):
        position = _position(row)
        if position is not None:
            found.append((row.id, row.tenant_id, position))
    return found


def newest_ping_id(session: Session) -> int:
    """The id of the newest ping of all; 0 when there is none."""
    return session.scalar(select(PingRow.id).order_by(PingRow.id.desc()).limit(1)) or 0


def cities_of_couriers(session: Session, courier_ids: Collection[str]) -> dict[str, str]:
    """City id by courier id."""
    rows = session.execute(select(Courier.id, Courier.city_id).where(Courier.id.in_(courier_ids)))
    return {row.id: row.city_id for row in rows}


def _position(row: PingRow) -> Position | None:
    if row.lon is None or row.lat is None:
        return None
    return Position(
        courier_id=row.courier_id,
        lon=row.lon,
        lat=row.lat,
        bearing_deg=row.bearing_deg,
        speed_mps=row.speed_mps,
        accuracy_m=row.accuracy_m,
        fix_at=row.fix_at,
    )
