"""A courier calls for help: told at once to everybody, kept once, closed by a person."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from api.actions import causes
from api.context import Caller, Role, Services
from api.db import cause_store
from api.db.event_log import append_event
from api.db.ping_store import latest_positions
from api.db.tables import Cause, Courier
from api.errors import ForbiddenError
from api.schemas.pings import ReadPing
from desk.alarm import SOS
from routing.errors import RoadNetworkError
from routing.roads import RoadNetwork
from zones.lonlat import LonLat

log = structlog.get_logger(__name__)

_BELIEVED = timedelta(hours=24)
"""An alarm of an older date has a wrong clock: it counts from when it came."""
_NOWHERE_DEG = 0.001
"""Phones send 0, 0 before they know where they are."""
_WORD_MOST = 100
_STREETS_LOOKED_AT = 8
"""Of the nearest places on streets; foot ways and yards have no name."""


def raise_alarms(
    session: Session, courier: Courier, roads: RoadNetwork, reads: Sequence[ReadPing], now: datetime
) -> None:
    """
    Open a cause for a call for help, with the courier's place, and write it into the log of events.

    `reads` are pings with an alarm that were not known before. While a call is open, another one only moves its place.
    """
    for read in reads:
        cause_id = f"sos_{hashlib.sha256(f'{courier.id} {read.dedupe_key}'.encode()).hexdigest()[:20]}"
        if cause_store.find_cause(session, courier.tenant_id, cause_id) is not None:
            continue
        point = _place(session, courier, read.ping.point)
        street = _street(roads, point) if point is not None else ""
        word = (read.ping.alarm or SOS)[:_WORD_MOST]
        cause = cause_store.find_open_of_courier(session, courier.tenant_id, courier.id, SOS)
        kind = "deviation.opened" if cause is None else "deviation.updated"
        if cause is None:
            fix_at = read.ping.fix_at
            is_likely = fix_at.tzinfo is not None and now - _BELIEVED < fix_at <= now
            cause = Cause(
                id=cause_id,
                tenant_id=courier.tenant_id,
                city_id=courier.city_id,
                kind=SOS,
                courier_id=courier.id,
                state="open",
                since_at=fix_at if is_likely else now,
                noticed_at=now,
                shows_at=now,
            )
        if point is not None:
            cause.lon, cause.lat, cause.street = point.lon, point.lat, street
        cause_store.add_cause(session, cause)
        append_event(
            session,
            tenant_id=courier.tenant_id,
            city_id=courier.city_id,
            kind=kind,
            at=now,
            now=now,
            courier_id=courier.id,
            cause_id=cause.id,
            data={
                "kind": SOS,
                "alarm": word,
                "since_at": cause.since_at.isoformat(),
                "street": cause.street or "",
                "lon": cause.lon,
                "lat": cause.lat,
            },
        )


def take_call(services: Services, caller: Caller, cause_id: str) -> dict[str, Any]:
    """
    This person looks after it, which everybody is shown; operators look after calls for help only.

    Raises
    ------
    ForbiddenError
        When an operator takes anything else.
    """
    if caller.role is Role.OPERATOR:
        with services.db.read() as session:
            kind = cause_store.get_cause(session, caller.tenant_id, cause_id).kind
        if kind != SOS:
            raise ForbiddenError("operators take calls for help; this is for dispatchers")
    return causes.take(services, caller, cause_id)


def _street(roads: RoadNetwork, point: LonLat) -> str:
    """The nearest street that has a name; a call for help is told without one too."""
    try:
        return next((near.street for near in roads.nearest(point, _STREETS_LOOKED_AT) if near.street), "")
    except RoadNetworkError:
        log.exception("the street of a call for help is not known")
        return ""


def _place(session: Session, courier: Courier, sent: LonLat | None) -> LonLat | None:
    """Where the phone says it is, else where it was last."""
    if sent is not None and not (abs(sent.lon) < _NOWHERE_DEG and abs(sent.lat) < _NOWHERE_DEG):
        return sent
    known = latest_positions(session, courier.tenant_id, [courier.id]).get(courier.id)
    return LonLat(lon=known.lon, lat=known.lat) if known is not None else None
