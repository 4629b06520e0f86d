"""A courier who runs late through no departure from the plan: one cause for all the orders that it moves."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.causes import open_noticed_cause
from api.actions.inbox_lines import append_line_event
from api.db import cause_store, jam_store
from api.db.eta_store import etas_of_cause
from api.db.event_log import append_event
from api.db.inbox_store import OPEN_STATES, lines_of_cause
from api.db.tables import Cause, Courier
from desk.alarm import LATE_AT_STOP, LATE_IN_TRAFFIC, RUNNING_LATE
from routing.roads import RoadNetwork
from tracking.events import DelayBegan, DelayEnded, DelayGrew, Reason
from zones.lonlat import LonLat

_KINDS = {
    Reason.TRAFFIC: LATE_IN_TRAFFIC,
    Reason.LONG_SERVICE: LATE_AT_STOP,
    Reason.SLOWER_THAN_PLANNED: RUNNING_LATE,
}


def write_delay(
    session: Session, courier: Courier, roads: RoadNetwork, event: DelayBegan | DelayGrew | DelayEnded, now: datetime
) -> None:
    """Open the cause of a delay, move it on or end it; the estimates it moves are linked by their own events."""
    cause = cause_store.find_cause(session, courier.tenant_id, event.delay_id)
    match event:
        case DelayBegan() if cause is None:
            _began(session, courier, roads, event, now)
        case DelayGrew() if cause is not None:
            cause.kind, cause.measure = _KINDS[event.reason], float(event.delay_s)
            data = {"kind": cause.kind, "measure": cause.measure}
            _log(session, cause, "deviation.updated", event.at, now, data)
        case DelayEnded() if cause is not None and cause.state in cause_store.OPEN_STATES:
            into_cause_id = _hand_over(session, cause, event.into_id, event.at, now) if event.into_id else None
            cause.state = "closed"
            cause.closed_at = event.at
            data = {"kind": cause.kind, "since_at": event.since_at.isoformat(), "into_cause_id": into_cause_id}
            _log(session, cause, "deviation.closed", event.at, now, data)


def _began(session: Session, courier: Courier, roads: RoadNetwork, event: DelayBegan, now: datetime) -> None:
    open_noticed_cause(
        session,
        courier,
        roads,
        cause_id=event.delay_id,
        kind=_KINDS[event.reason],
        since_at=event.since_at,
        at=event.at,
        now=now,
        measure=float(event.delay_s),
        point=None if event.lon is None or event.lat is None else LonLat(lon=event.lon, lat=event.lat),
        near_visit_id=event.near_visit_id,
    )


def _hand_over(session: Session, cause: Cause, into_id: str, at: datetime, now: datetime) -> str | None:
    """What the delay moved is behind the jam or long service that was found to be its reason: the id of that cause."""
    found = jam_store.find_cause_of(session, cause.tenant_id, into_id)
    if found is None:
        return None
    for pair in cause_store.orders_of_causes(session, cause.tenant_id, [cause.id]):
        cause_store.link_order(
            session,
            found,
            pair.order_id,
            now,
            before_at=pair.before_at,
            after_at=pair.after_at,
            deviation_id=into_id,
        )
    for row in etas_of_cause(session, cause.tenant_id, cause.id):
        row.cause_id = found.id
    for line in lines_of_cause(session, cause.tenant_id, cause.id, OPEN_STATES):
        line.cause_id = found.id
        append_line_event(session, line, "inbox.linked", cause.courier_id, at, now)
    session.flush()
    return found.id


def _log(session: Session, cause: Cause, kind: str, at: datetime, now: datetime, data: dict[str, Any]) -> None:
    append_event(
        session,
        tenant_id=cause.tenant_id,
        city_id=cause.city_id,
        kind=kind,
        at=at,
        now=now,
        courier_id=cause.courier_id,
        cause_id=cause.id,
        data=data,
    )
