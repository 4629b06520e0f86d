"""Jams: couriers who drive slowly near each other at about the same time are one incident with all their orders."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.actions.causes import open_noticed_cause
from api.actions.inbox_lines import retract_lines
from api.actions.tracking_rules import rules_of
from api.db import cause_store, jam_store
from api.db.city_store import get_city_by_id
from api.db.eta_store import clear_cause
from api.db.event_log import append_event
from api.db.tables import Cause, Courier, JamCourier
from routing.roads import RoadNetwork
from tracking.events import DeviationClosed, DeviationOpened, DeviationRetracted, DeviationUpdated
from tracking.jam import find_jam

type JamEvent = DeviationUpdated | DeviationClosed | DeviationRetracted


def enter_jam(
    session: Session, courier: Courier, roads: RoadNetwork, event: DeviationOpened, now: datetime
) -> Cause | None:
    """
    The jam that a courier's slow drive is in: one that is open near it, or a new one; None when he is in it already.

    A jam keeps its id and its street as long as anybody is in it, and two that grow towards each other stay two: what
    a dispatcher looks at never turns into something else. Whoever moves a courier holds the log's lock, so that two
    couriers' pings never open two jams at once.
    """
    if jam_store.find_part(session, courier.tenant_id, event.deviation_id) is not None:
        return None
    jam = _jam_around(session, courier, event, now)
    if jam is None:
        jam = open_noticed_cause(
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
        _add_part(session, courier, jam, event)
        return jam
    _add_part(session, courier, jam, event)
    _show(session, jam)
    data = {
        "kind": jam.kind,
        "measure": event.measure,
        "since_at": event.since_at.isoformat(),
        "street": jam.street,
        "lon": event.point.lon if event.point else None,
        "lat": event.point.lat if event.point else None,
    }
    _log(session, courier.id, jam, "deviation.opened", event.at, now, data)
    return jam


def follow_jam(session: Session, courier: Courier, event: JamEvent, now: datetime) -> bool:
    """Move a courier's part of a jam on; False when the deviation is no part of any."""
    part = jam_store.find_part(session, courier.tenant_id, event.deviation_id)
    if part is None:
        return False
    jam = cause_store.get_cause(session, part.tenant_id, part.cause_id)
    match event:
        case DeviationUpdated() if part.state == "open":
            part.measure = event.measure
            _show(session, jam)
            data = {"kind": jam.kind, "measure": event.measure}
            _log(session, courier.id, jam, "deviation.updated", event.at, now, data)
        case DeviationClosed() if part.state == "open":
            part.state, part.closed_at = "closed", event.at
            _settle(session, jam, event.at)
            data = {"kind": jam.kind, "since_at": event.since_at.isoformat()}
            _log(session, courier.id, jam, "deviation.closed", event.at, now, data)
        case DeviationRetracted() if part.state != "retracted":
            _take_back(session, courier, jam, part, event, now)
    return True


def _jam_around(session: Session, courier: Courier, event: DeviationOpened, now: datetime) -> Cause | None:
    rules = rules_of(get_city_by_id(session, courier.tenant_id, courier.city_id), courier.vehicle_profile)
    from_at = event.since_at - timedelta(seconds=rules.jam_together_s)
    jams = jam_store.slow_drives_of_open_jams(session, courier.tenant_id, courier.city_id, from_at, now)
    if not jams:
        return None
    drive = jam_store.slow_drive(session, courier.id, event.since_at, event.at)
    jam_id = find_jam(drive, jams, rules)
    return cause_store.get_cause(session, courier.tenant_id, jam_id) if jam_id is not None else None


def _add_part(session: Session, courier: Courier, jam: Cause, event: DeviationOpened) -> None:
    part = JamCourier(
        deviation_id=event.deviation_id,
        tenant_id=jam.tenant_id,
        cause_id=jam.id,
        courier_id=courier.id,
        state="open",
        since_at=event.since_at,
        measure=event.measure,
    )
    jam_store.add_part(session, part)


def _show(session: Session, jam: Cause) -> None:
    """The jam as the couriers in it see it now: as slow as for the slowest, named by who is in it longest."""
    session.flush()
    there = [p for p in jam_store.parts_of_causes(session, jam.tenant_id, [jam.id]) if p.state == "open"]
    if there:
        jam.measure = max((p.measure for p in there if p.measure is not None), default=jam.measure)
        jam.courier_id = there[0].courier_id


def _settle(session: Session, jam: Cause, at: datetime) -> None:
    """A jam ends with the last courier in it."""
    _show(session, jam)
    parts = jam_store.parts_of_causes(session, jam.tenant_id, [jam.id])
    if jam.state in cause_store.OPEN_STATES and not any(part.state == "open" for part in parts):
        jam.state, jam.closed_at = "closed", at


def _take_back(
    session: Session, courier: Courier, jam: Cause, part: JamCourier, event: DeviationRetracted, now: datetime
) -> None:
    """This courier never was in it: his orders leave the jam, and with the last courier the jam never was."""
    part.state, part.closed_at = "retracted", now
    session.flush()
    parts = jam_store.parts_of_causes(session, jam.tenant_id, [jam.id])
    others = any(one.state != "retracted" for one in parts)
    seen_by = cause_store.seen_by(session, jam.tenant_id, jam.id)
    if others:
        _settle(session, jam, now)
    else:
        jam.state, jam.closed_at = "retracted", now
        cause_store.add_retraction(session, jam, now, event.why)
    his = {
        pair.order_id
        for pair in cause_store.orders_of_causes(session, jam.tenant_id, [jam.id])
        if pair.deviation_id == part.deviation_id
    }
    order_ids = clear_cause(session, jam.tenant_id, jam.id, his if others else None)
    data = {"kind": jam.kind, "why": event.why, "seen_by": seen_by, "order_ids": order_ids}
    _log(session, courier.id, jam, "deviation.retracted", event.at, now, data)
    retract_lines(session, jam.tenant_id, jam.id, courier.id, now, order_ids=his if others else None)
    for order_id in sorted(his) if others else ():
        cause_store.unlink_order(session, jam, order_id)


def _log(
    session: Session, courier_id: str, jam: Cause, kind: str, at: datetime, now: datetime, data: dict[str, Any]
) -> None:
    parts = jam_store.parts_of_causes(session, jam.tenant_id, [jam.id])
    append_event(
        session,
        tenant_id=jam.tenant_id,
        city_id=jam.city_id,
        kind=kind,
        at=at,
        now=now,
        courier_id=courier_id,
        cause_id=jam.id,
        data=data | {"couriers": sum(part.state == "open" for part in parts)},
    )
