"""The log of events: appended in the transaction that made them true, read outwards in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.db.tables import Event

_EVENTS_LOCK = 0x636F7272
"""Advisory lock of PostgreSQL under which event ids are handed out."""


def lock_log(session: Session) -> None:
    """
    Wait for the turn to append, until this transaction ends.

    A transaction that also locks couriers takes this first: whoever took them the other way round would deadlock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EVENTS_LOCK})


def append_event(
    session: Session,
    *,
    tenant_id: str,
    city_id: str,
    kind: str,
    at: datetime,
    now: datetime,
    data: dict[str, Any] | None = None,
    courier_id: str | None = None,
    order_id: str | None = None,
    visit_id: str | None = None,
    cause_id: str | None = None,
) -> int:
    """
    Write one event and give its id.

    PostgreSQL hands out ids before commit, so a reader could step over a row that commits later: the lock makes ids
    appear in the order of their commits. SQLite has one writer at a time anyway.
    """
    row = Event(
        tenant_id=tenant_id,
        city_id=city_id,
        kind=kind,
        at=at,
        recorded_at=now,
        courier_id=courier_id,
        order_id=order_id,
        visit_id=visit_id,
        cause_id=cause_id,
        data=data or {},
    )
    append_events(session, [row])
    return row.id


def append_events(session: Session, rows: Sequence[Event]) -> None:
    """Write many events at once, in this order; the same promise about their ids."""
    lock_log(session)
    session.add_all(rows)
    session.flush()


def newest_event_id(session: Session) -> int:
    """The id of the newest event of all; 0 when there is none."""
    return session.scalar(select(func.max(Event.id))) or 0
