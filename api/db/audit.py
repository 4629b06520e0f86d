"""The audit log: who did what, when, and what it was before and after."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.context import Caller
from api.db.tables import AuditRow


def record(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    action: str,
    entity: str,
    entity_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one line, in the transaction of the action itself. No phone number belongs in `before` or `after`."""
    session.add(
        AuditRow(
            tenant_id=caller.tenant_id,
            at=now,
            actor=caller.actor,
            action=action,
            entity=entity,
            entity_id=entity_id,
            before=before,
            after=after,
            request_id=caller.request_id,
        )
    )
