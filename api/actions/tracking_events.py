"""What tracking found, written down: causes, visits, estimates and their reason, inbox lines, the log of events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.causes import open_noticed_cause
from api.actions.delays import write_delay
from api.actions.inbox_lines import note_eta, retract_lines
from api.actions.jams import enter_jam, follow_jam
from api.db import cause_store, jam_store
from api.db.eta_store import clear_cause, etas_of_visits, save_eta
from api.db.event_log import append_event
from api.db.promise_store import promises_of
from api.db.tables import Courier, Visit, VisitEta
from routing.roads import RoadNetwork
from tracking.events import (
    DelayBegan,
    DelayEnded,
    DelayGrew,
    DeviationClosed,
    DeviationKind,
    DeviationOpened,
    DeviationRetracted,
    DeviationUpdated,
    Eta,
    EtaChanged,
    Level,
    Reason,
    TrackingEvent,
    VisitArrived,
    VisitLeft,
)


def write_events(
    session: Session, courier: Courier, roads: RoadNetwork, events: Sequence[TrackingEvent], now: datetime
) -> None:
    """Turn the pipeline's events into rows, in their order."""
    for event in events:
        match event:
            case DeviationOpened():
                _opened(session, courier, roads, event, now)
            case DeviationUpdated():
                _updated(session, courier, event, now)
            case DeviationClosed():
                _closed(session, courier, event, now)
            case DeviationRetracted():
                _retracted(session, courier, event, now)
            case VisitArrived() | VisitLeft():
                _visited(session, courier, event, now)
            case EtaChanged():
                _eta_changed(session, courier, event, now)
            case DelayBegan() | DelayGrew() | DelayEnded():
                write_delay(session, courier, roads, event, now)


def _opened(session: Session, courier: Courier, roads: RoadNetwork, event: DeviationOpened, now: datetime) -> None:
    if event.kind is DeviationKind.SLOW_TRAFFIC:
        enter_jam(session, courier, roads, event, now)
        return
    if cause_store.find_cause(session, courier.tenant_id, event.deviation_id) is not None:
        return
    open_noticed_cause(
        session,
        courier,
        roads,
        cause_id=event.deviation_id,
        kind=event.kind.value,
        since_at=event.since_at,
        at=event.at,
        now=now,
        measure=event.measure,
        point=event.point,
        near_visit_id=event.near_visit_id,
    )


def _updated(session: Session, courier: Courier, event: DeviationUpdated, now: datetime) -> None:
    if follow_jam(session, courier, event, now):
        return
    cause = cause_store.find_cause(session, courier.tenant_id, event.deviation_id)
    if cause is None:
        return
    cause.measure = event.measure
    data = {"kind": cause.kind, "measure": event.measure}
    _log(session, courier, "deviation.updated", event.at, now, data, cause_id=cause.id)


def _closed(session: Session, courier: Courier, event: DeviationClosed, now: datetime) -> None:
    if follow_jam(session, courier, event, now):
        return
    cause = cause_store.find_cause(session, courier.tenant_id, event.deviation_id)
    if cause is None or cause.state not in cause_store.OPEN_STATES:
        return
    cause.state = "closed"
    cause.closed_at = event.at
    data = {"kind": cause.kind, "since_at": event.since_at.isoformat()}
    _log(session, courier, "deviation.closed", event.at, now, data, cause_id=cause.id)


def _retracted(session: Session, courier: Courier, event: DeviationRetracted, now: datetime) -> None:
    if follow_jam(session, courier, event, now):
        return
    cause = cause_store.find_cause(session, courier.tenant_id, event.deviation_id)
    if cause is None or cause.state == "retracted":
        return
    cause.state = "retracted"
    cause.closed_at = now
    cause_store.add_retraction(session, cause, now, event.why)
    seen_by = cause_store.seen_by(session, courier.tenant_id, cause.id)
    order_ids = clear_cause(session, courier.tenant_id, cause.id)
    data = {"kind": cause.kind, "why": event.why, "seen_by": seen_by, "order_ids": order_ids}
    _log(session, courier, "deviation.retracted", event.at, now, data, cause_id=cause.id)
    retract_lines(session, courier.tenant_id, cause.id, courier.id, now)


def _visited(session: Session, courier: Courier, event: VisitArrived | VisitLeft, now: datetime) -> None:
    visit = session.get(Visit, event.visit_id)
    if visit is None or visit.tenant_id != courier.tenant_id:
        return
    data: dict[str, Any] = {}
    if isinstance(event, VisitArrived):
        kind = "visit.arrived"
        visit.arrived_at = event.at
        visit.left_at = None
        if visit.state == "open":
            visit.state = "arrived"
    else:
        kind = "visit.left"
        visit.left_at = event.at
        data = {"dwell_s": event.dwell_s}
    session.flush()
    _log(session, courier, kind, event.at, now, data, visit_id=visit.id, order_id=visit.order_id)


def _eta_changed(session: Session, courier: Courier, event: EtaChanged, now: datetime) -> None:
    tenant_id = courier.tenant_id
    row = etas_of_visits(session, tenant_id, [event.visit_id]).get(event.visit_id)
    # A visit that came from another courier's route is new to this one, but its client knows the older estimate.
    old_level = event.old_level or (Level(row.level) if row else Level.ON_TIME)
    old = _times(event.old) if event.old else _times(row) if row else None
    before_at = event.old.expected_at if event.old else row.expected_at if row else None
    cause = jam_store.find_cause_of(session, tenant_id, event.cause_id) if event.cause_id else None
    cause_id = cause.id if cause else None
    reason = event.reason.value
    if event.reason is Reason.AHEAD and event.new_level is not Level.ON_TIME and row is not None and row.reason:
        # Some of the delay was made up; what is left of it has the reason it had.
        reason, cause_id = row.reason, row.cause_id
    told = promises_of(session, tenant_id, [event.order_id]).get(event.order_id)
    row = save_eta(session, tenant_id, courier.id, event.new, event.new_level, row)
    row.reason = reason
    row.cause_id = cause_id
    session.flush()
    if cause is not None:
        cause_store.link_order(
            session,
            cause,
            event.order_id,
            now,
            before_at=before_at,
            after_at=event.new.expected_at,
            deviation_id=event.cause_id,
        )
    data = {
        "old": old,
        "new": _times(event.new),
        "reason": event.reason.value,
        "cause_kind": cause.kind if cause else None,
        "old_level": old_level.value,
        "new_level": event.new_level.value,
        "promised_until_at": told.latest.until_at.isoformat() if told else None,
    }
    _log(
        session,
        courier,
        "eta.changed",
        event.at,
        now,
        data,
        visit_id=event.visit_id,
        order_id=event.order_id,
        cause_id=cause_id,
    )
    note_eta(
        session,
        tenant_id=tenant_id,
        city_id=courier.city_id,
        courier_id=courier.id,
        eta=event.new,
        old_level=old_level,
        new_level=event.new_level,
        reason=reason,
        cause_id=cause_id,
        promise=told.latest if told else None,
        at=event.at,
        now=now,
    )


def _times(eta: Eta | VisitEta) -> dict[str, str]:
    return {
        "early_at": eta.early_at.isoformat(),
        "expected_at": eta.expected_at.isoformat(),
        "late_at": eta.late_at.isoformat(),
    }


def _log(
    session: Session,
    courier: Courier,
    kind: str,
    at: datetime,
    now: datetime,
    data: dict[str, Any],
    *,
    cause_id: str | None = None,
    visit_id: str | None = None,
    order_id: str | None = None,
) -> None:
    append_event(
        session,
        tenant_id=courier.tenant_id,
        city_id=courier.city_id,
        kind=kind,
        at=at,
        now=now,
        courier_id=courier.id,
        order_id=order_id,
        visit_id=visit_id,
        cause_id=cause_id,
        data=data,
    )
