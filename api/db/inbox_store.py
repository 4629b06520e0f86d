"""Lines of the operators' inbox: moved promises that a client may have to hear of."""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import InboxLine
from api.errors import NotFoundError

OPEN_STATES = ("open", "acknowledged")


def get_line(session: Session, tenant_id: str, line_id: str) -> InboxLine:
    """One line, locked until the transaction ends: two operators never take it at once."""
    query = select(InboxLine).where(InboxLine.id == line_id, InboxLine.tenant_id == tenant_id).with_for_update()
    line = session.scalars(query.execution_options(populate_existing=True)).first()
    if line is None:
        raise NotFoundError("there is no such line in the inbox")
    return line


def list_lines(session: Session, tenant_id: str, line_ids: Collection[str]) -> Sequence[InboxLine]:
    """These lines, oldest first."""
    if not line_ids:
        return ()
    query = select(InboxLine).where(InboxLine.tenant_id == tenant_id, InboxLine.id.in_(line_ids))
    return session.scalars(query.order_by(InboxLine.created_at, InboxLine.id)).all()


def open_lines(session: Session, tenant_id: str, city_id: str) -> Sequence[InboxLine]:
    """Lines of a city that nobody has told yet, oldest first."""
    query = select(InboxLine).where(
        InboxLine.tenant_id == tenant_id, InboxLine.city_id == city_id, InboxLine.state.in_(OPEN_STATES)
    )
    return session.scalars(query.order_by(InboxLine.created_at, InboxLine.id)).all()


def find_open_line(session: Session, tenant_id: str, order_id: str) -> InboxLine | None:
    """The one line of an order that is not told yet; None when there is none."""
    query = select(InboxLine).where(
        InboxLine.tenant_id == tenant_id, InboxLine.order_id == order_id, InboxLine.state.in_(OPEN_STATES)
    )
    return session.scalars(query.order_by(InboxLine.created_at.desc()).limit(1)).first()


def lines_of_cause(session: Session, tenant_id: str, cause_id: str, states: Collection[str]) -> Sequence[InboxLine]:
    """Lines that a cause made, in one of these states."""
    query = select(InboxLine).where(
        InboxLine.tenant_id == tenant_id, InboxLine.cause_id == cause_id, InboxLine.state.in_(states)
    )
    return session.scalars(query.order_by(InboxLine.created_at, InboxLine.id)).all()


def open_count(session: Session, tenant_id: str, city_id: str) -> int:
    """How many lines of a city wait to be told."""
    query = (
        select(func.count())
        .select_from(InboxLine)
        .where(InboxLine.tenant_id == tenant_id, InboxLine.city_id == city_id, InboxLine.state.in_(OPEN_STATES))
    )
    return session.scalar(query) or 0


def to_tell_by_cause(session: Session, tenant_id: str, cause_ids: Collection[str]) -> Counter[str]:
    """How many lines of each cause wait to be told."""
    if not cause_ids:
        return Counter()
    query = (
        select(InboxLine.cause_id, func.count())
        .where(InboxLine.tenant_id == tenant_id, InboxLine.cause_id.in_(cause_ids), InboxLine.state.in_(OPEN_STATES))
        .group_by(InboxLine.cause_id)
    )
    return Counter({cause_id: count for cause_id, count in session.execute(query) if cause_id is not None})


def add_line(session: Session, line: InboxLine) -> InboxLine:
    """Keep a new line."""
    session.add(line)
    session.flush()
    return line
