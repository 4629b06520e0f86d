"""The present estimate of every visit that is still to be made."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from api.db.tables import VisitEta
from tracking.events import Eta, Level

SAME_S = 5.0
"""An estimate that moved by less is not written again."""


_OF_VISITS = select(VisitEta).where(
    VisitEta.tenant_id == bindparam("tenant_id"), VisitEta.visit_id.in_(bindparam("visit_ids", expanding=True))
)


def etas_of_visits(session: Session, tenant_id: str, visit_ids: Collection[str]) -> dict[str, VisitEta]:
    """The estimates of these visits, by visit id."""
    if not visit_ids:
        return {}
    values = {"tenant_id": tenant_id, "visit_ids": list(visit_ids)}
    return {row.visit_id: row for row in session.scalars(_OF_VISITS, values)}


def etas_of_cause(session: Session, tenant_id: str, cause_id: str) -> Sequence[VisitEta]:
    """The estimates that a cause has moved."""
    query = select(VisitEta).where(VisitEta.tenant_id == tenant_id, VisitEta.cause_id == cause_id)
    return session.scalars(query).all()


def clear_cause(session: Session, tenant_id: str, cause_id: str, order_ids: Collection[str] | None = None) -> list[str]:
    """A cause never was: no estimate has it as its reason any more. Gives the orders it was the reason of."""
    rows = [
        row for row in etas_of_cause(session, tenant_id, cause_id) if order_ids is None or row.order_id in order_ids
    ]
    for row in rows:
        row.reason = row.cause_id = None
    session.flush()
    return sorted(row.order_id for row in rows)


def save_eta(
    session: Session, tenant_id: str, courier_id: str, eta: Eta, level: Level, row: VisitEta | None
) -> VisitEta:
    """Write an estimate over the row it had; what did not really change is left alone."""
    if row is None:
        row = VisitEta(
            visit_id=eta.visit_id,
            tenant_id=tenant_id,
            order_id=eta.order_id,
            courier_id=courier_id,
            early_at=eta.early_at,
            expected_at=eta.expected_at,
            late_at=eta.late_at,
            computed_at=eta.computed_at,
            level=level.value,
        )
        session.add(row)
        return row
    if (
        row.level != level.value
        or row.courier_id != courier_id
        or _moved(row.early_at, eta.early_at)
        or _moved(row.expected_at, eta.expected_at)
        or _moved(row.late_at, eta.late_at)
    ):
        row.courier_id = courier_id
        row.early_at, row.expected_at, row.late_at = eta.early_at, eta.expected_at, eta.late_at
        row.computed_at = eta.computed_at
        row.level = level.value
    return row


def forget_etas(session: Session, tenant_id: str, visit_ids: Collection[str]) -> None:
    """Take away the estimates of visits that were made, dropped or left without a courier."""
    if visit_ids:
        session.flush()
        session.execute(
            delete(VisitEta).where(VisitEta.tenant_id == tenant_id, VisitEta.visit_id.in_(visit_ids)),
            execution_options={"synchronize_session": "fetch"},
        )


def _moved(old: datetime, new: datetime) -> bool:
    return abs((new - old).total_seconds()) >= SAME_S
