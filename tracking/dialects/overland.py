"""
Overland for iOS: batches of up to 1,000 GeoJSON features, in no promised order; -1 means unknown.

Speeds are metres per second, batteries 0 to 1. Source: aaronpk/Overland-iOS README and `GLManager.m`.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from tracking.dialects.contents import ignored
from tracking.dialects.reading import Findings, Reading
from tracking.dialects.request import Decoded, Ignored, PhoneAnswer, PhoneRequest
from tracking.dialects.values import FieldError, boolean, table, word
from tracking.ping import Ping, PingFlag, RefusalCode
from zones.lonlat import LonLat

DIALECT = "overland"
ANSWER = PhoneAnswer(content_type="application/json", body=b'{"result":"ok"}')
"""Anything else makes the app keep the whole batch. `set` is never used: with it a phone can be cut off for ever."""

_MOVING = frozenset(("driving", "automotive", "automotive_navigation", "walking", "running", "cycling"))
_CHARGING = {"charging": True, "full": True, "unplugged": False}


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The pings of a batch, and of `current`, which the app adds while older ones wait."""
    findings = Findings(DIALECT, received_at, zone)
    body = findings.json(request.body)
    if body is None:
        return findings.decoded(ANSWER)
    if isinstance(body, list) or table(body).get("type") == "Feature":
        body = {"locations": findings.items_of(body)}
    locations = table(body).get("locations", table(body).get("features"))
    current = table(body).get("current")
    if not isinstance(locations, list) and not isinstance(current, dict):
        findings.refuse(request.body, RefusalCode.UNREADABLE, 'expected an object with a list: {"locations": [...]}')
        return findings.decoded(ANSWER)
    features = locations if isinstance(locations, list) else []
    for item in [*features, current]:
        findings.name_device(table(table(item).get("properties")).get("device_id"))
    findings.read_all(features, _read)
    if current is not None and not any(_same(current, item) for item in features):
        findings.read(current, partial(_read, is_current=True))
    if isinstance(body.get("trip"), dict):
        findings.ignore("trip", "a trip under way; its points come as locations", body["trip"])
    if not features and current is None:
        findings.ignore("empty", "a batch without locations", {})
    return findings.decoded(ANSWER)


def _same(current: Any, item: Any) -> bool:
    """Whether the newest position is in the batch too: the app keeps one a second."""
    now, then = table(current), table(item)
    return bool(
        now.get("geometry") == then.get("geometry")
        and table(now.get("properties")).get("timestamp") == table(then.get("properties")).get("timestamp")
    )


def _read(feature: dict[str, Any], reading: Reading, is_current: bool = False) -> Ping | Ignored:
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise FieldError("properties", properties, "an object with a timestamp")
    action = word(properties.get("action"))
    if action is not None or properties.get("type") == "trip":
        kind = "trip" if action is None else "visit" if action == "visit" else "action"
        return ignored(kind, f"a record of the app's own, {action or kind}; it is no position", feature)
    alarm = reading.call_for_help(properties.get("alarm"))
    fix_at = reading.fix_at("timestamp", properties.get("timestamp"))
    if is_current:
        reading.note(PingFlag.CURRENT)
    return Ping(
        fix_at=fix_at,
        received_at=reading.received_at,
        point=_point(feature.get("geometry"), reading),
        accuracy_m=reading.positive("accuracy", properties.get("horizontal_accuracy")),
        speed_mps=reading.speed_mps(properties.get("speed"), 1.0),
        bearing_deg=reading.bearing_deg(properties.get("course")),
        battery_share=reading.battery_share(properties.get("battery_level"), 1.0),
        is_mock=reading.mock(boolean(properties.get("mock"))),
        altitude_m=reading.altitude_m(properties.get("altitude"), properties.get("vertical_accuracy")),
        is_charging=_CHARGING.get(word(properties.get("battery_state")) or ""),
        is_moving=moving(properties.get("motion")),
        alarm=alarm,
        dialect=DIALECT,
        flags=tuple(reading.flags),
    )


def _point(geometry: object, reading: Reading) -> LonLat | None:
    if geometry is None:
        return None
    coordinates = table(geometry).get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise FieldError("geometry", geometry, "a Point with longitude and latitude")
    return reading.point(coordinates[0], coordinates[1])


def moving(motion: object) -> bool | None:
    """What a list of motion words says; None when it contradicts itself or says nothing."""
    words = {item for item in motion if isinstance(item, str)} if isinstance(motion, list) else set()
    stands, moves = "stationary" in words, not _MOVING.isdisjoint(words)
    return moves if stands != moves else None
