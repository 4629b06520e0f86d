"""Jams: which couriers are in each, and where they drove slowly."""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.cause_store import OPEN_STATES, find_cause
from api.db.tables import Cause, JamCourier, PingRow
from tracking.events import DeviationKind
from tracking.jam import SlowDrive


def find_part(session: Session, tenant_id: str, deviation_id: str) -> JamCourier | None:
    """A courier's part of a jam; None when the deviation is no slow drive."""
    part = session.get(JamCourier, deviation_id)
    return part if part is not None and part.tenant_id == tenant_id else None


def find_cause_of(session: Session, tenant_id: str, deviation_id: str) -> Cause | None:
    """The cause that a deviation or delay is, or is a part of; the id of any other cause finds that cause."""
    part = find_part(session, tenant_id, deviation_id)
    return find_cause(session, tenant_id, part.cause_id if part is not None else deviation_id)


def add_part(session: Session, part: JamCourier) -> JamCourier:
    """A courier came into a jam."""
    session.add(part)
    session.flush()
    return part


def parts_of_causes(session: Session, tenant_id: str, cause_ids: Collection[str]) -> Sequence[JamCourier]:
    """Every courier's part of these jams, longest in it first."""
    if not cause_ids:
        return ()
    query = select(JamCourier).where(JamCourier.tenant_id == tenant_id, JamCourier.cause_id.in_(cause_ids))
    return session.scalars(query.order_by(JamCourier.since_at, JamCourier.deviation_id)).all()


def open_parts_of_couriers(session: Session, tenant_id: str, courier_ids: Collection[str]) -> Sequence[JamCourier]:
    """The jams that these couriers are in now."""
    if not courier_ids:
        return ()
    query = select(JamCourier).where(
        JamCourier.tenant_id == tenant_id, JamCourier.courier_id.in_(courier_ids), JamCourier.state == "open"
    )
    return session.scalars(query.order_by(JamCourier.since_at)).all()


def slow_drive(session: Session, courier_id: str, from_at: datetime, until_at: datetime) -> SlowDrive:
    """Where a courier was between two instants, both included."""
    query = select(PingRow.fix_at, PingRow.lon, PingRow.lat).where(
        PingRow.courier_id == courier_id,
        PingRow.lon.is_not(None),
        PingRow.fix_at >= from_at,
        PingRow.fix_at <= until_at,
    )
    fixes = [(fix_at.timestamp(), lon, lat) for fix_at, lon, lat in session.execute(query.order_by(PingRow.fix_at))]
    return np.array(fixes, dtype=np.float64).reshape(-1, 3)


def slow_drives_of_open_jams(
    session: Session, tenant_id: str, city_id: str, from_at: datetime, until_at: datetime
) -> dict[str, SlowDrive]:
    """Where all couriers in each open jam of a city were slow between two instants, by the jam's cause."""
    query = (
        select(JamCourier)
        .join(Cause, Cause.id == JamCourier.cause_id)
        .where(
            Cause.tenant_id == tenant_id,
            Cause.city_id == city_id,
            Cause.kind == DeviationKind.SLOW_TRAFFIC.value,
            Cause.state.in_(OPEN_STATES),
            JamCourier.state != "retracted",
        )
        .order_by(Cause.noticed_at, Cause.id)
    )
    found: dict[str, list[SlowDrive]] = {}
    for part in session.scalars(query):
        ends_at = min(part.closed_at or until_at, until_at)
        drive = slow_drive(session, part.courier_id, max(part.since_at, from_at), ends_at)
        found.setdefault(part.cause_id, []).append(drive)
    return {cause_id: np.concatenate(drives) for cause_id, drives in found.items()}
