"""What tracking remembers about couriers, locked while it is being moved on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.event_log import lock_log
from api.db.tables import Courier, CourierStateRow
from tracking.courier_state import CourierState, from_bytes, to_bytes
from tracking.errors import StateFormatError


def find_state(session: Session, tenant_id: str, courier_id: str) -> CourierState | None:
    """
    The courier's state, locked until the transaction ends; None when none was kept.

    None too for a state that an older version wrote in another form: it is begun anew from the plan.
    """
    query = (
        select(CourierStateRow)
        .where(CourierStateRow.courier_id == courier_id, CourierStateRow.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    try:
        return from_bytes(row.state)
    except StateFormatError:
        return None


def read_state(session: Session, tenant_id: str, courier_id: str) -> CourierState | None:
    """The courier's state to look at, not locked."""
    row = session.get(CourierStateRow, courier_id)
    if row is None or row.tenant_id != tenant_id:
        return None
    try:
        return from_bytes(row.state)
    except StateFormatError:
        return None


def save_state(session: Session, tenant_id: str, courier_id: str, state: CourierState, now: datetime) -> None:
    """Keep the courier's state in place of the one before."""
    row = session.get(CourierStateRow, courier_id)
    if row is None:
        row = CourierStateRow(courier_id=courier_id, tenant_id=tenant_id)
        session.add(row)
    row.plan_id = state.plan_id
    row.state = to_bytes(state)
    row.updated_at = now
    session.flush()


def lock_courier(session: Session, tenant_id: str, courier_id: str) -> Courier | None:
    """The courier's row, locked: two processes never move one courier's state at once."""
    lock_log(session)
    # FOR NO KEY UPDATE: plans that name the courier may be written meanwhile.
    query = select(Courier).where(Courier.id == courier_id, Courier.tenant_id == tenant_id)
    query = query.with_for_update(key_share=True)
    return session.scalars(query).first()


def couriers_with_state(session: Session, tenant_id: str, city_id: str) -> Sequence[tuple[str, str | None]]:
    """(courier id, id of the plan followed) of every courier of a city whose state is kept."""
    query = (
        select(CourierStateRow.courier_id, CourierStateRow.plan_id)
        .join(Courier, Courier.id == CourierStateRow.courier_id)
        .where(CourierStateRow.tenant_id == tenant_id, Courier.city_id == city_id)
        .order_by(CourierStateRow.courier_id)
    )
    return [(courier_id, plan_id) for courier_id, plan_id in session.execute(query)]
