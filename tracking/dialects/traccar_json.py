"""
Traccar Client 9: JSON with one location (or a list of them) and the device's name; -1 means unknown.

Speeds are metres per second, batteries 0 to 1. A list of flat objects, as a fork of client 10 sends it, has the fields
and units of the OsmAnd protocol instead. Source: traccar `OsmAndProtocolDecoderTest.java`, testDecodeJson.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from tracking.dialects import osmand
from tracking.dialects.reading import Findings, Reading, client_id
from tracking.dialects.request import Decoded, PhoneRequest
from tracking.dialects.values import FieldError, boolean, table
from tracking.ping import Ping, RefusalCode

DIALECT = "traccar_json"
ANSWER = osmand.ANSWER


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The pings in a JSON body."""
    findings = Findings(DIALECT, received_at, zone)
    body = findings.json(request.body)
    if body == {} or body == []:
        findings.ignore("empty", "the request says nothing", body)
        body = None
    for item in findings.items_of(body):
        if isinstance(item, dict):
            findings.name_device(osmand.device_of(item))
            findings.read_all(_locations(item), _ping)
        else:
            findings.refuse(item, RefusalCode.BAD_VALUE, f"expected an object, got {type(item).__name__}")
    return findings.decoded(ANSWER)


def _locations(item: dict[str, Any]) -> list[Any]:
    """Each location with what stands beside it, so that an alarm there is not lost."""
    location = item.get("location")
    if isinstance(location, list):
        return [{**item, "location": one} for one in location]
    return [item]


def _ping(item: dict[str, Any], reading: Reading) -> Ping:
    location = item.get("location")
    if isinstance(location, dict):
        return _ping_of_location(item, location, reading)
    if "location" in item and not isinstance(location, str):
        reading.call_for_help(item.get("alarm"))
        raise FieldError("location", location, "an object")
    fields = {name.lower(): value for name, value in item.items()}
    if not any(name in fields for name in ("id", "lat", "lon", "location", "timestamp", "alarm")):
        raise FieldError("location", None, "an object with coords and timestamp")
    return osmand.ping_of(fields, reading, DIALECT)


def _ping_of_location(item: dict[str, Any], location: dict[str, Any], reading: Reading) -> Ping:
    extras, battery = table(location.get("extras")), table(location.get("battery"))
    alarm = reading.call_for_help(
        next((part["alarm"] for part in (location, extras, table(item.get("extras")), item) if part.get("alarm")), None)
    )
    fix_at = reading.fix_at("timestamp", location.get("timestamp"))
    coords = location.get("coords")
    if coords is not None and not isinstance(coords, dict):
        raise FieldError("coords", coords, "an object with latitude and longitude")
    # some write latitude and longitude beside the time, without coords around them
    coords = location if coords is None else table(coords)
    return Ping(
        fix_at=fix_at,
        received_at=reading.received_at,
        point=reading.point(coords.get("longitude"), coords.get("latitude")),
        ping_id=client_id(location.get("uuid")),
        accuracy_m=reading.positive("accuracy", coords.get("accuracy")),
        speed_mps=reading.speed_mps(coords.get("speed"), 1.0),
        bearing_deg=reading.bearing_deg(coords.get("heading")),
        battery_share=reading.battery_share(battery.get("level"), 1.0),
        is_mock=reading.mock(boolean(location.get("mock"))),
        altitude_m=reading.altitude_m(coords.get("altitude"), coords.get("altitude_accuracy")),
        is_charging=boolean(battery.get("is_charging")),
        is_moving=boolean(location.get("is_moving")),
        alarm=alarm,
        dialect=DIALECT,
        flags=tuple(reading.flags),
    )
