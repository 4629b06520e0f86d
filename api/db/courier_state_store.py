"""What tracking remembers about couriers, locked while it is being moved on."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, bindparam, select, update
from sqlalchemy.orm import Session

from api.db.event_log import lock_log
from api.db.tables import Courier, CourierStateRow
from tracking.courier_state import CourierState, from_bytes, to_bytes
from tracking.errors import StateFormatError

# Statements of every ping are made once: making one costs as much CPU as running it.
_FIND = (
    select(CourierStateRow.state)
    .where(CourierStateRow.courier_id == bindparam("courier_id"), CourierStateRow.tenant_id == bindparam("tenant_id"))
    .with_for_update()
)
_KEEP = (
    update(CourierStateRow)
    .where(CourierStateRow.courier_id == bindparam("of_courier"), CourierStateRow.tenant_id == bindparam("of_tenant"))
    .values(plan_id=bindparam("plan"), state=bindparam("content"), updated_at=bindparam("now"))
    # No object of this row is ever kept in a session: states are read from its column.
    .execution_options(synchronize_session=False)
)
# FOR NO KEY UPDATE: plans that name the courier may be written meanwhile.
_LOCK = (
    select(Courier)
    .where(Courier.id == bindparam("courier_id"), Courier.tenant_id == bindparam("tenant_id"))
    .with_for_update(key_share=True)
)


def find_state(session: Session, tenant_id: str, courier_id: str) -> CourierState | None:
    """
    The courier's state, locked until the transaction ends; None when none was kept.

    None too for a state that an older version wrote in another form: it is begun anew from the plan.
    """
    content = session.scalar(_FIND, {"courier_id": courier_id, "tenant_id": tenant_id})
    if content is None:
        return None
    try:
        return from_bytes(content)
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
    content = to_bytes(state)
    kept = session.execute(
        _KEEP,
        {"of_courier": courier_id, "of_tenant": tenant_id, "plan": state.plan_id, "content": content, "now": now},
    )
    if cast("CursorResult[object]", kept).rowcount == 0:
        session.add(
            CourierStateRow(
                courier_id=courier_id, tenant_id=tenant_id, plan_id=state.plan_id, state=content, updated_at=now
            )
        )
        session.flush()


def lock_courier(session: Session, tenant_id: str, courier_id: str) -> Courier | None:
    """The courier's row, locked: two processes never move one courier's state at once."""
    lock_log(session)
    return session.scalars(_LOCK, {"courier_id": courier_id, "tenant_id": tenant_id}).first()


def couriers_with_state(session: Session, tenant_id: str, city_id: str) -> Sequence[tuple[str, str | None]]:
    """(courier id, id of the plan followed) of every courier of a city whose state is kept."""
    query = (
        select(CourierStateRow.courier_id, CourierStateRow.plan_id)
        .join(Courier, Courier.id == CourierStateRow.courier_id)
        .where(CourierStateRow.tenant_id == tenant_id, Courier.city_id == city_id)
        .order_by(CourierStateRow.courier_id)
    )
    return [(courier_id, plan_id) for courier_id, plan_id in session.execute(query)]
