"""What operators do with lines of the inbox: acknowledge, lock while calling, and mark as told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.actions.inbox_lines import append_line_event, end_line
from api.context import Caller, Services
from api.db import audit, inbox_store
from api.db.actor_store import names_of_actors
from api.db.city_store import get_city_by_id
from api.db.day_store import city_day
from api.db.tables import InboxLine
from api.errors import ConflictError
from api.rows import Touched, build_rows

LOCKED_FOR = timedelta(minutes=3)
"""Two operators never call the same client: a line that one has open stays closed to others for so long."""


def lock(services: Services, caller: Caller, line_id: str) -> dict[str, Any]:
    """
    Keep a line for this person while he calls; again lengthens it.

    Raises
    ------
    ConflictError
        When another person has it; the message names him.
    """

    def change(session: Session, line: InboxLine, now: datetime) -> None:
        _refuse_others(session, caller, line, now)
        line.locked_by = caller.actor
        line.locked_until_at = now + LOCKED_FOR

    return _change(services, caller, line_id, "inbox.locked", change)


def unlock(services: Services, caller: Caller, line_id: str) -> dict[str, Any]:
    """
    Give a line back.

    Raises
    ------
    ConflictError
        When another person has it.
    """

    def change(session: Session, line: InboxLine, now: datetime) -> None:
        _refuse_others(session, caller, line, now)
        line.locked_by = None
        line.locked_until_at = None

    return _change(services, caller, line_id, "inbox.unlocked", change)


def acknowledge(services: Services, caller: Caller, line_id: str) -> dict[str, Any]:
    """This person knows of it; the line waits to be told all the same."""
    now = services.clock.now()
    with services.db.write() as session:
        line = inbox_store.get_line(session, caller.tenant_id, line_id)
        _acknowledge(session, caller, line, now)
        return _rows(session, [line], now)[0]


def acknowledge_cause(services: Services, caller: Caller, cause_id: str) -> list[dict[str, Any]]:
    """This person knows of every open line of a cause."""
    now = services.clock.now()
    with services.db.write() as session:
        lines = inbox_store.lines_of_cause(session, caller.tenant_id, cause_id, inbox_store.OPEN_STATES)
        for line in lines:
            _acknowledge(session, caller, line, now)
        return _rows(session, list(lines), now)


def tell(services: Services, caller: Caller, line_id: str, channel: str) -> dict[str, Any]:
    """
    The client was told: that closes the line. A second time changes nothing.

    Raises
    ------
    ConflictError
        When another person is calling this client, or nobody needs to be called any more.
    """
    now = services.clock.now()
    with services.db.write() as session:
        line = inbox_store.get_line(session, caller.tenant_id, line_id)
        if line.state != "told":
            _refuse_others(session, caller, line, now)
            if line.state not in inbox_store.OPEN_STATES:
                raise ConflictError(f"nobody needs to be called about this any more: the line is {line.state}")
            tell_line(session, caller, line, channel, now)
        return _rows(session, [line], now)[0]


def tell_line(session: Session, caller: Caller, line: InboxLine, channel: str, now: datetime) -> None:
    """Close a line as told, inside a transaction."""
    before = {"state": line.state}
    line.told_by = caller.actor
    line.told_at = now
    line.told_channel = channel
    end_line(session, line, "told", None, now, {"by": caller.name, "channel": channel})
    _record(session, caller, line, "inbox.told", before, now)


def _acknowledge(session: Session, caller: Caller, line: InboxLine, now: datetime) -> None:
    if line.state != "open":
        return
    before = {"state": line.state}
    line.state = "acknowledged"
    line.acknowledged_by = caller.actor
    line.acknowledged_at = now
    line.updated_at = now
    append_line_event(session, line, "inbox.acknowledged", None, now, now, {"by": caller.name})
    _record(session, caller, line, "inbox.acknowledged", before, now)


def _change(
    services: Services,
    caller: Caller,
    line_id: str,
    kind: str,
    change: Callable[[Session, InboxLine, datetime], None],
) -> dict[str, Any]:
    now = services.clock.now()
    with services.db.write() as session:
        line = inbox_store.get_line(session, caller.tenant_id, line_id)
        before = {"locked_by": line.locked_by}
        change(session, line, now)
        append_line_event(session, line, kind, None, now, now, {"by": caller.name})
        _record(session, caller, line, kind, before, now)
        return _rows(session, [line], now)[0]


def _refuse_others(session: Session, caller: Caller, line: InboxLine, now: datetime) -> None:
    is_locked = line.locked_until_at is not None and line.locked_until_at > now
    if is_locked and line.locked_by is not None and line.locked_by != caller.actor:
        name = names_of_actors(session, caller.tenant_id, [line.locked_by])[line.locked_by]
        raise ConflictError(f"{name} has this line open and may be calling; try again in a few minutes")


def _record(
    session: Session, caller: Caller, line: InboxLine, action: str, before: dict[str, Any], now: datetime
) -> None:
    after = {"state": line.state, "locked_by": line.locked_by, "channel": line.told_channel}
    audit.record(
        session, caller, now, action=action, entity="inbox_line", entity_id=line.id, before=before, after=after
    )


def _rows(session: Session, lines: list[InboxLine], now: datetime) -> list[dict[str, Any]]:
    if not lines:
        return []
    session.flush()
    day = city_day(session, get_city_by_id(session, lines[0].tenant_id, lines[0].city_id), now)
    rows = build_rows(session, day, Touched(inbox={line.id for line in lines}), now).inbox
    return [rows[line.id] for line in lines]
