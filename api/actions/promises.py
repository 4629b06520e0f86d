"""What a client was told is written down as the new promise; lateness counts against it from then on."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.causes import settle_order
from api.actions.inbox import tell_line
from api.context import Caller, Services
from api.db import audit, board_store, inbox_store
from api.db.city_store import get_city_by_id
from api.db.day_store import city_day
from api.db.event_log import append_event
from api.db.order_store import get_order
from api.db.promise_store import add_promise
from api.db.tables import Promise, VisitEta
from api.errors import ConflictError, InputProblem, InvalidInputError
from api.rows import likely_of
from desk.promise import standing


def log_promise(
    services: Services,
    caller: Caller,
    *,
    order_id: str,
    from_at: datetime,
    until_at: datetime,
    channel: str,
    language: str,
    words: str,
) -> dict[str, Any]:
    """
    Add a promise to an order and close its inbox line as told.

    Raises
    ------
    NotFoundError
        When the order is unknown.
    InvalidInputError
        When the interval ends before it begins, or has passed.
    ConflictError
        When the order has ended.
    """
    now = services.clock.now()
    _check(from_at, until_at, now)
    with services.db.write() as session:
        order = get_order(session, caller.tenant_id, order_id)
        if order.status in {"delivered", "failed", "cancelled"}:
            raise ConflictError(f"order {order.order_no} has ended as {order.status}; there is nothing left to promise")
        line = inbox_store.find_open_line(session, caller.tenant_id, order.id)
        promise = add_promise(
            session,
            Promise(
                tenant_id=caller.tenant_id,
                order_id=order.id,
                from_at=from_at,
                until_at=until_at,
                told_at=now,
                told_by=caller.actor,
                channel=channel,
                language=language,
                words=words,
                cause_id=line.cause_id if line else None,
            ),
        )
        day = city_day(session, get_city_by_id(session, caller.tenant_id, order.city_id), now)
        plan_id = day.plan.id if day.plan else None
        facts = board_store.load_orders(session, caller.tenant_id, [order.id], plan_id)[order.id]
        if facts.eta is not None:
            facts.eta.level = _level(facts.eta, until_at)
        row = promise_row(promise, caller.name)
        append_event(
            session,
            tenant_id=caller.tenant_id,
            city_id=order.city_id,
            kind="promise.logged",
            at=now,
            now=now,
            courier_id=facts.courier_id,
            order_id=order.id,
            visit_id=facts.visit.id if facts.visit else None,
            cause_id=promise.cause_id,
            data={
                "from_at": from_at.isoformat(),
                "until_at": until_at.isoformat(),
                "channel": channel,
                "by": caller.name,
                "inbox_id": line.id if line else None,
            },
        )
        audit.record(
            session,
            caller,
            now,
            action="promise.logged",
            entity="order",
            entity_id=order.id,
            after={"promise_id": promise.id, "until_at": until_at.isoformat(), "channel": channel},
        )
        if line is not None:
            tell_line(session, caller, line, channel, now)
        _settle(session, caller.tenant_id, order.id, plan_id, now)
        return row


def promise_row(promise: Promise, told_by: str) -> dict[str, Any]:
    """Promise."""
    return {
        "id": promise.id,
        "order_id": promise.order_id,
        "from_at": promise.from_at,
        "until_at": promise.until_at,
        "told_at": promise.told_at,
        "told_by": told_by,
        "channel": promise.channel,
        "language": promise.language,
        "words": promise.words,
    }


def _check(from_at: datetime, until_at: datetime, now: datetime) -> None:
    problems = []
    if until_at <= from_at:
        problems.append(
            InputProblem(code="ends_before_start", where="until_at", message="until_at must be after from_at")
        )
    if until_at <= now:
        problems.append(
            InputProblem(code="in_the_past", where="until_at", message="this time has passed; promise a later one")
        )
    if problems:
        raise InvalidInputError("this cannot be promised", tuple(problems))


def _level(eta: VisitEta, until_at: datetime) -> str:
    return standing(likely_of(eta), until_at).level.value


def _settle(session: Session, tenant_id: str, order_id: str, plan_id: str | None, now: datetime) -> None:
    session.flush()
    settle_order(session, tenant_id, order_id, plan_id, now)
