"""Causes: opened by what tracking notices or a person changes, taken and acknowledged by people, closed by facts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.context import Caller, Services
from api.db import audit, board_store, cause_store
from api.db.city_store import get_city_by_id
from api.db.day_store import city_day
from api.db.event_log import append_event
from api.db.tables import Cause, City, Courier, PlanRow, new_id
from api.errors import ConflictError
from api.rows import Touched, build_rows, order_row, standing_of
from desk.alarm import DELAYS, SOS, UNASSIGNED
from routing.roads import RoadNetwork
from tracking.events import DeviationKind, Level
from zones.lonlat import LonLat

SHOWS_AFTER = timedelta(seconds=20)
"""Late pings often cure an alarm; people are spared it until then. It is stored and streamed at once."""

_ENDS_BY_ITSELF = frozenset(kind.value for kind in DeviationKind) | DELAYS


def open_change_cause(
    session: Session,
    *,
    tenant_id: str,
    city_id: str,
    kind: str,
    now: datetime,
    courier_id: str | None = None,
    measure: float | None = None,
    street: str = "",
) -> str:
    """
    A cause for what a person changed: `kind` is replan, closed_street, new_stop, cancelled, edited or unassigned. Gives
    its id.

    Hand the id to `adopt_plan`: the orders it moves are linked there, and it closes when no promise is broken by it.
    """
    cause = Cause(
        id=new_id("cause"),
        tenant_id=tenant_id,
        city_id=city_id,
        kind=kind,
        courier_id=courier_id,
        state="open",
        since_at=now,
        noticed_at=now,
        shows_at=now,
        measure=measure,
        street=street,
    )
    return cause_store.add_cause(session, cause).id


def open_noticed_cause(
    session: Session,
    courier: Courier,
    roads: RoadNetwork,
    *,
    cause_id: str,
    kind: str,
    since_at: datetime,
    at: datetime,
    now: datetime,
    measure: float | None,
    point: LonLat | None,
    near_visit_id: str | None,
) -> Cause:
    """A cause that tracking noticed of a courier at the instant `at`, with the street it began in, and its event."""
    near = roads.nearest(point) if point is not None else ()
    cause = Cause(
        id=cause_id,
        tenant_id=courier.tenant_id,
        city_id=courier.city_id,
        kind=kind,
        courier_id=courier.id,
        state="open",
        since_at=since_at,
        noticed_at=now,
        shows_at=now + SHOWS_AFTER,
        measure=measure,
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        street=near[0].street if near else "",
        near_visit_id=near_visit_id,
    )
    cause_store.add_cause(session, cause)
    append_event(
        session,
        tenant_id=courier.tenant_id,
        city_id=courier.city_id,
        kind="deviation.opened",
        at=at,
        now=now,
        courier_id=courier.id,
        visit_id=near_visit_id,
        cause_id=cause_id,
        data={
            "kind": kind,
            "measure": measure,
            "since_at": since_at.isoformat(),
            "street": cause.street,
            "lon": cause.lon,
            "lat": cause.lat,
        },
    )
    return cause


def settle_cause(session: Session, cause: Cause, plan_id: str | None, now: datetime) -> None:
    """Close a cause that a person's change made, once no order behind it is late. Deviations end by their own facts."""
    if cause.kind in _ENDS_BY_ITSELF or cause.kind in {UNASSIGNED, SOS} or cause.state not in cause_store.OPEN_STATES:
        return
    pairs = cause_store.orders_of_causes(session, cause.tenant_id, [cause.id])
    facts = board_store.load_orders(session, cause.tenant_id, [pair.order_id for pair in pairs], plan_id)
    if any((stands := standing_of(f)) is not None and stands.level is Level.LATE for f in facts.values()):
        return
    _close(session, cause, now)


def settle_order(session: Session, tenant_id: str, order_id: str, plan_id: str | None, now: datetime) -> None:
    """Look again at every open cause an order is behind, after it was delivered or its client was told."""
    for cause in cause_store.open_causes_of_order(session, tenant_id, order_id):
        settle_cause(session, cause, plan_id, now)


def sync_unassigned(session: Session, city: City, plan: PlanRow, now: datetime) -> None:
    """One open cause for all orders that the plan in force leaves without a courier; none when all have one."""
    waiting = set(board_store.unassigned_ids(session, city.tenant_id, plan.id))
    cause = cause_store.find_open_of_kind(session, city.tenant_id, city.id, UNASSIGNED)
    if cause is None:
        if not waiting:
            return
        cause_id = open_change_cause(session, tenant_id=city.tenant_id, city_id=city.id, kind=UNASSIGNED, now=now)
        cause = cause_store.get_cause(session, city.tenant_id, cause_id)
        _append(session, cause, "deviation.opened", now, {"kind": UNASSIGNED, "orders": len(waiting)})
    linked = {pair.order_id for pair in cause_store.orders_of_causes(session, city.tenant_id, [cause.id])}
    if waiting == linked:
        return
    for order_id in sorted(waiting - linked):
        cause_store.link_order(session, cause, order_id, now)
    for order_id in sorted(linked - waiting) if waiting else ():
        cause_store.unlink_order(session, cause, order_id)
    if waiting:
        _append(session, cause, "deviation.updated", now, {"kind": UNASSIGNED, "orders": len(waiting)})
    else:
        _close(session, cause, now)


def read_cause(services: Services, caller: Caller, cause_id: str) -> dict[str, Any]:
    """A cause with the orders behind it and why it was taken back, if it was; the reader has now seen it."""
    now = services.clock.now()
    with services.db.write() as session:
        cause = cause_store.get_cause(session, caller.tenant_id, cause_id)
        if caller.user_id is not None:
            cause_store.note_sightings(session, caller.tenant_id, caller.user_id, [cause.id], now)
        return _whole(session, cause, now)


def take(services: Services, caller: Caller, cause_id: str) -> dict[str, Any]:
    """This person looks after it; taking it over from a colleague is allowed and shown."""
    now = services.clock.now()
    with services.db.write() as session:
        cause = cause_store.get_cause(session, caller.tenant_id, cause_id)
        before = {"state": cause.state, "taken_by": cause.taken_by}
        cause.taken_by = caller.actor
        if cause.state == "open":
            cause.state = "taken"
        _acted(session, caller, cause, "cause.taken", before, now)
        return _row(session, cause, now)


def acknowledge(services: Services, caller: Caller, cause_id: str) -> dict[str, Any]:
    """This person knows of it; a second time changes nothing."""
    now = services.clock.now()
    with services.db.write() as session:
        cause = cause_store.get_cause(session, caller.tenant_id, cause_id)
        if cause.acknowledged_at is None:
            before = {"state": cause.state, "acknowledged_by": None}
            cause.acknowledged_by = caller.actor
            cause.acknowledged_at = now
            if cause.state in cause_store.OPEN_STATES:
                cause.state = "acknowledged"
            _acted(session, caller, cause, "cause.acknowledged", before, now)
        return _row(session, cause, now)


def close(services: Services, caller: Caller, cause_id: str) -> dict[str, Any]:
    """
    This person says that a call for help is over; a second time changes nothing.

    Raises
    ------
    ConflictError
        When the cause is of a kind that ends by its own facts.
    """
    now = services.clock.now()
    with services.db.write() as session:
        cause = cause_store.get_cause(session, caller.tenant_id, cause_id)
        if cause.kind != SOS:
            raise ConflictError(f"only a call for help is closed by hand; {cause.kind} ends when it is so no more")
        if cause.state in cause_store.OPEN_STATES:
            before = {"state": cause.state}
            _close(session, cause, now, {"by": caller.name})
            _record(session, caller, cause, "cause.closed", before, now)
        return _row(session, cause, now)


def _acted(session: Session, caller: Caller, cause: Cause, kind: str, before: dict[str, Any], now: datetime) -> None:
    _record(session, caller, cause, kind, before, now)
    _append(session, cause, kind, now, {"by": caller.name})


def _record(session: Session, caller: Caller, cause: Cause, kind: str, before: dict[str, Any], now: datetime) -> None:
    if caller.user_id is not None:
        cause_store.note_sightings(session, caller.tenant_id, caller.user_id, [cause.id], now)
    audit.record(
        session,
        caller,
        now,
        action=kind,
        entity="cause",
        entity_id=cause.id,
        before=before,
        after={"state": cause.state, "taken_by": cause.taken_by, "acknowledged_by": cause.acknowledged_by},
    )


def _close(session: Session, cause: Cause, now: datetime, data: dict[str, Any] | None = None) -> None:
    cause.state = "closed"
    cause.closed_at = now
    _append(session, cause, "deviation.closed", now, {"kind": cause.kind} | (data or {}))


def _append(session: Session, cause: Cause, kind: str, now: datetime, data: dict[str, Any]) -> None:
    append_event(
        session,
        tenant_id=cause.tenant_id,
        city_id=cause.city_id,
        kind=kind,
        at=now,
        now=now,
        courier_id=cause.courier_id,
        cause_id=cause.id,
        data=data,
    )


def _row(session: Session, cause: Cause, now: datetime) -> dict[str, Any]:
    session.flush()
    day = city_day(session, get_city_by_id(session, cause.tenant_id, cause.city_id), now)
    return build_rows(session, day, Touched(causes={cause.id}), now).causes[cause.id]


def _whole(session: Session, cause: Cause, now: datetime) -> dict[str, Any]:
    day = city_day(session, get_city_by_id(session, cause.tenant_id, cause.city_id), now)
    row = build_rows(session, day, Touched(causes={cause.id}), now).causes[cause.id]
    order_ids: Sequence[str] = row["order_ids"]
    facts = board_store.load_orders(session, cause.tenant_id, order_ids, day.plan.id if day.plan else None)
    retraction = cause_store.find_retraction(session, cause.tenant_id, cause.id)
    return row | {
        "orders": [order_row(facts[order_id]) for order_id in order_ids if order_id in facts],
        "retraction": {
            "at": retraction.at,
            "why": retraction.why,
            "seen_by": cause_store.seen_by(session, cause.tenant_id, cause.id),
        }
        if retraction
        else None,
    }
