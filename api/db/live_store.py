"""The log of events as live streams read it: of every tenant at once, oldest first."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import Event


def events_after(session: Session, after_id: int, most: int) -> Sequence[Event]:
    """Events of every tenant with an id above `after_id`, oldest first."""
    return session.scalars(select(Event).where(Event.id > after_id).order_by(Event.id).limit(most)).all()


def events_between(
    session: Session, tenant_id: str, city_id: str, after_id: int, until_id: int, most: int
) -> Sequence[Event]:
    """Events of one city with `after_id` < id <= `until_id`, oldest first."""
    query = select(Event).where(
        Event.tenant_id == tenant_id, Event.city_id == city_id, Event.id > after_id, Event.id <= until_id
    )
    return session.scalars(query.order_by(Event.id).limit(most)).all()


def oldest_event_id(session: Session) -> int | None:
    """The id of the oldest event still kept; None when there is none."""
    return session.scalar(select(func.min(Event.id)))
