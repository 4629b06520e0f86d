"""What clients were told, in the order it was told: rows are added and never changed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.db.tables import Order, Promise
from routing.order import TimeWindow

_UNTIL = (
    select(Promise.order_id, Promise.until_at)
    .where(Promise.tenant_id == bindparam("tenant_id"), Promise.order_id.in_(bindparam("order_ids", expanding=True)))
    .order_by(Promise.id)
)


@dataclass(frozen=True, slots=True)
class Promises:
    """An order's first promise, by which on-time is judged, and its latest, by which lateness is."""

    first: Promise
    latest: Promise


def promises_of(session: Session, tenant_id: str, order_ids: Collection[str]) -> dict[str, Promises]:
    """First and latest promise by order id; orders that were promised nothing are left out."""
    told: dict[str, list[Promise]] = defaultdict(list)
    for promise in list_promises(session, tenant_id, order_ids):
        told[promise.order_id].append(promise)
    return {order_id: Promises(first=rows[0], latest=rows[-1]) for order_id, rows in told.items()}


def list_promises(session: Session, tenant_id: str, order_ids: Collection[str]) -> Sequence[Promise]:
    """Every promise of these orders, oldest first."""
    if not order_ids:
        return ()
    query = select(Promise).where(Promise.tenant_id == tenant_id, Promise.order_id.in_(order_ids))
    return session.scalars(query.order_by(Promise.id)).all()


def promised_until(session: Session, tenant_id: str, order_ids: Collection[str]) -> dict[str, datetime]:
    """The end of the latest promise by order id."""
    if not order_ids:
        return {}
    rows = session.execute(_UNTIL, {"tenant_id": tenant_id, "order_ids": list(order_ids)})
    return {row.order_id: row.until_at for row in rows}


def add_promise(session: Session, promise: Promise) -> Promise:
    """Write down one promise."""
    add_promises(session, [promise])
    return promise


def add_promises(session: Session, promises: Sequence[Promise]) -> None:
    """Write down many promises at once, in this order."""
    session.add_all(promises)
    session.flush()


def windows_of(order: Order) -> tuple[TimeWindow, ...]:
    """The windows its client chose, in order."""
    return tuple(TimeWindow(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in order.windows)
