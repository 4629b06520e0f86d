"""Lines of the operators' inbox as the service itself opens, moves on and ends them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.db import inbox_store
from api.db.event_log import append_event
from api.db.tables import InboxLine, Promise, Visit, new_id
from desk.promise import is_worth_a_line
from tracking.events import Eta, Level, Reason


def note_eta(
    session: Session,
    *,
    tenant_id: str,
    city_id: str,
    courier_id: str,
    eta: Eta,
    old_level: Level,
    new_level: Level,
    reason: str,
    cause_id: str | None,
    promise: Promise | None,
    at: datetime,
    now: datetime,
) -> None:
    """
    A promised arrival made news: open a line, move the open one on, or end it because the promise holds again.

    An order that was promised nothing never makes a line.
    """
    if promise is None:
        return
    line = inbox_store.find_open_line(session, tenant_id, eta.order_id)
    if line is None:
        if new_level is Level.ON_TIME or not is_worth_a_line(old_level, new_level, None, eta.expected_at):
            return
        if reason == Reason.AHEAD:  # better than what nobody had to be told of
            return
        line = _new_line(tenant_id, city_id, eta, new_level, reason, cause_id, promise, now)
        inbox_store.add_line(session, line)
        append_line_event(session, line, "inbox.opened", courier_id, at, now)
        return
    if new_level is Level.ON_TIME:
        end_line(session, line, "retracted", courier_id, now, {"why": "on_time_again"})
        return
    if not is_worth_a_line(Level(line.level), new_level, line.expected_at, eta.expected_at):
        return
    line.path = [*line.path, _step(line)]
    line.early_at, line.expected_at, line.late_at = eta.early_at, eta.expected_at, eta.late_at
    line.promised_from_at, line.promised_until_at = promise.from_at, promise.until_at
    line.level, line.reason, line.cause_id = new_level.value, reason, cause_id
    line.state = "open"
    line.updated_at = now
    append_line_event(session, line, "inbox.updated", courier_id, at, now)


def retract_lines(
    session: Session,
    tenant_id: str,
    cause_id: str,
    courier_id: str | None,
    now: datetime,
    *,
    order_ids: Collection[str] | None = None,
) -> None:
    """
    A cause was taken back: nobody needs the calls it asked for, and whoever was told may be called back.

    With `order_ids` only for these orders.
    """
    for line in inbox_store.lines_of_cause(session, tenant_id, cause_id, ("open", "acknowledged", "told")):
        if order_ids is not None and line.order_id not in order_ids:
            continue
        end_line(
            session,
            line,
            "retracted",
            courier_id,
            now,
            {"why": "cause_retracted", "was_told": line.told_at is not None},
        )


def finish_line(session: Session, visit: Visit, courier_id: str | None, now: datetime) -> None:
    """The visit ended before anybody called: there is nothing left to tell."""
    line = inbox_store.find_open_line(session, visit.tenant_id, visit.order_id)
    if line is not None:
        end_line(session, line, "done", courier_id, now, {})


def end_line(
    session: Session, line: InboxLine, state: str, courier_id: str | None, now: datetime, data: dict[str, Any]
) -> None:
    """Put a line into its last state: told, retracted or done."""
    line.state = state
    line.updated_at = now
    line.locked_by = None
    line.locked_until_at = None
    append_line_event(session, line, f"inbox.{state}", courier_id, now, now, data)


def append_line_event(
    session: Session,
    line: InboxLine,
    kind: str,
    courier_id: str | None,
    at: datetime,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Say in the log of events what happened to a line."""
    append_event(
        session,
        tenant_id=line.tenant_id,
        city_id=line.city_id,
        kind=kind,
        at=at,
        now=now,
        courier_id=courier_id,
        order_id=line.order_id,
        visit_id=line.visit_id,
        cause_id=line.cause_id,
        data={"inbox_id": line.id} | (data or {}),
    )


def _new_line(
    tenant_id: str,
    city_id: str,
    eta: Eta,
    level: Level,
    reason: str,
    cause_id: str | None,
    promise: Promise,
    now: datetime,
) -> InboxLine:
    return InboxLine(
        id=new_id("inbox"),
        tenant_id=tenant_id,
        city_id=city_id,
        order_id=eta.order_id,
        visit_id=eta.visit_id,
        cause_id=cause_id,
        reason=reason,
        state="open",
        promised_from_at=promise.from_at,
        promised_until_at=promise.until_at,
        early_at=eta.early_at,
        expected_at=eta.expected_at,
        late_at=eta.late_at,
        level=level.value,
        path=[],
        created_at=now,
        updated_at=now,
    )


def _step(line: InboxLine) -> dict[str, str]:
    return {
        "at": line.updated_at.isoformat(),
        "early_at": line.early_at.isoformat(),
        "expected_at": line.expected_at.isoformat(),
        "late_at": line.late_at.isoformat(),
        "reason": line.reason,
    }
