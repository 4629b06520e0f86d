"""Causes: one incident, many orders; who saw it, and what was taken back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import Cause, CauseOrder, CauseSighting, Retraction, User
from api.errors import NotFoundError

OPEN_STATES = ("open", "taken", "acknowledged")


def get_cause(session: Session, tenant_id: str, cause_id: str) -> Cause:
    """One cause of this tenant."""
    cause = find_cause(session, tenant_id, cause_id)
    if cause is None:
        raise NotFoundError("there is no such cause")
    return cause


def find_cause(session: Session, tenant_id: str, cause_id: str) -> Cause | None:
    """One cause of this tenant; None when there is none."""
    cause = session.get(Cause, cause_id)
    return cause if cause is not None and cause.tenant_id == tenant_id else None


def list_causes(session: Session, tenant_id: str, cause_ids: Collection[str]) -> Sequence[Cause]:
    """These causes, earliest noticed first."""
    if not cause_ids:
        return ()
    query = select(Cause).where(Cause.tenant_id == tenant_id, Cause.id.in_(cause_ids))
    return session.scalars(query.order_by(Cause.noticed_at, Cause.id)).all()


def open_cause_ids(session: Session, tenant_id: str, city_id: str) -> Sequence[str]:
    """Ids of the city's causes that have not ended."""
    query = select(Cause.id).where(Cause.tenant_id == tenant_id, Cause.city_id == city_id, Cause.state.in_(OPEN_STATES))
    return session.scalars(query.order_by(Cause.noticed_at)).all()


def causes_noticed_since(session: Session, tenant_id: str, city_id: str, since_at: datetime) -> Sequence[str]:
    """Ids of causes that were shown since an instant and not taken back."""
    query = select(Cause.id).where(
        Cause.tenant_id == tenant_id, Cause.city_id == city_id, Cause.shows_at >= since_at, Cause.state != "retracted"
    )
    return session.scalars(query).all()


def open_causes_of_couriers(session: Session, tenant_id: str, courier_ids: Collection[str]) -> Sequence[Cause]:
    """What is wrong with these couriers now, earliest first."""
    if not courier_ids:
        return ()
    query = select(Cause).where(
        Cause.tenant_id == tenant_id, Cause.courier_id.in_(courier_ids), Cause.state.in_(OPEN_STATES)
    )
    return session.scalars(query.order_by(Cause.since_at)).all()


def find_open_of_kind(session: Session, tenant_id: str, city_id: str, kind: str) -> Cause | None:
    """The city's open cause of this kind, if any."""
    query = select(Cause).where(
        Cause.tenant_id == tenant_id, Cause.city_id == city_id, Cause.kind == kind, Cause.state.in_(OPEN_STATES)
    )
    return session.scalars(query.limit(1)).first()


def find_open_of_courier(session: Session, tenant_id: str, courier_id: str, kind: str) -> Cause | None:
    """The courier's open cause of this kind, if any."""
    query = select(Cause).where(
        Cause.tenant_id == tenant_id,
        Cause.courier_id == courier_id,
        Cause.kind == kind,
        Cause.state.in_(OPEN_STATES),
    )
    return session.scalars(query.limit(1)).first()


def add_cause(session: Session, cause: Cause) -> Cause:
    """Keep a new cause."""
    session.add(cause)
    session.flush()
    return cause


def link_order(
    session: Session,
    cause: Cause,
    order_id: str,
    now: datetime,
    *,
    before_at: datetime | None = None,
    after_at: datetime | None = None,
    deviation_id: str | None = None,
) -> None:
    """
    An order is behind this cause: its estimate before the first time, and the newest one every time.

    `deviation_id` is the part of a jam through which it is.
    """
    row = session.get(CauseOrder, (cause.id, order_id))
    if row is None:
        session.add(
            CauseOrder(
                cause_id=cause.id,
                order_id=order_id,
                tenant_id=cause.tenant_id,
                deviation_id=deviation_id,
                before_at=before_at,
                after_at=after_at,
                linked_at=now,
            )
        )
    else:
        row.after_at = after_at if after_at is not None else row.after_at
        row.deviation_id = deviation_id if deviation_id is not None else row.deviation_id
    session.flush()


def unlink_order(session: Session, cause: Cause, order_id: str) -> None:
    """The order is no longer behind this cause."""
    row = session.get(CauseOrder, (cause.id, order_id))
    if row is not None:
        session.delete(row)
        session.flush()


def orders_of_causes(session: Session, tenant_id: str, cause_ids: Collection[str]) -> Sequence[CauseOrder]:
    """Every (cause, order) pair of these causes."""
    if not cause_ids:
        return ()
    query = select(CauseOrder).where(CauseOrder.tenant_id == tenant_id, CauseOrder.cause_id.in_(cause_ids))
    return session.scalars(query.order_by(CauseOrder.cause_id, CauseOrder.linked_at, CauseOrder.order_id)).all()


def open_causes_of_order(session: Session, tenant_id: str, order_id: str) -> Sequence[Cause]:
    """Causes that an order is behind and that have not ended."""
    query = (
        select(Cause)
        .join(CauseOrder, CauseOrder.cause_id == Cause.id)
        .where(CauseOrder.tenant_id == tenant_id, CauseOrder.order_id == order_id, Cause.state.in_(OPEN_STATES))
    )
    return session.scalars(query).all()


def note_sightings(session: Session, tenant_id: str, user_id: str, cause_ids: Collection[str], now: datetime) -> None:
    """This person has these causes on the screen."""
    seen = unseen_by(session, tenant_id, user_id, cause_ids)
    session.add_all(
        CauseSighting(cause_id=cause_id, user_id=user_id, tenant_id=tenant_id, seen_at=now) for cause_id in sorted(seen)
    )
    session.flush()


def unseen_by(session: Session, tenant_id: str, user_id: str, cause_ids: Collection[str]) -> set[str]:
    """Those of the causes that this person has not seen yet."""
    if not cause_ids:
        return set()
    query = select(CauseSighting.cause_id).where(
        CauseSighting.tenant_id == tenant_id, CauseSighting.user_id == user_id, CauseSighting.cause_id.in_(cause_ids)
    )
    return set(cause_ids) - set(session.scalars(query))


def seen_by(session: Session, tenant_id: str, cause_id: str) -> list[dict[str, str]]:
    """Id and name of each person who saw a cause."""
    query = (
        select(User.id, User.name)
        .join(CauseSighting, CauseSighting.user_id == User.id)
        .where(CauseSighting.tenant_id == tenant_id, CauseSighting.cause_id == cause_id)
        .order_by(User.name)
    )
    return [{"id": row.id, "name": row.name} for row in session.execute(query)]


def add_retraction(session: Session, cause: Cause, at: datetime, why: str) -> None:
    """Late pings took a cause back."""
    session.add(Retraction(tenant_id=cause.tenant_id, cause_id=cause.id, at=at, why=why))
    session.flush()


def find_retraction(session: Session, tenant_id: str, cause_id: str) -> Retraction | None:
    """Why a cause was taken back, the last time; None when it was not."""
    query = select(Retraction).where(Retraction.tenant_id == tenant_id, Retraction.cause_id == cause_id)
    return session.scalars(query.order_by(Retraction.id.desc()).limit(1)).first()
