"""
The OsmAnd protocol by query: old Traccar clients, and all else that speaks it.

Speeds are knots, batteries per cent. Cells and wireless networks that the phone sees are not kept.
Source: traccar `OsmAndProtocolDecoder.java`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from tracking.dialects.contents import fields_of
from tracking.dialects.reading import KNOTS_MPS, Findings, Reading
from tracking.dialects.request import Decoded, PhoneAnswer, PhoneRequest
from tracking.dialects.values import FieldError, boolean
from tracking.ping import Ping, PingFlag, RefusalCode
from zones.lonlat import LonLat

DIALECT = "osmand"
ANSWER = PhoneAnswer()
"""200 with nothing in it: a text would be taken for a command."""

_NAMES = ("id", "deviceid", "device_id", "imei")
PLACE_OR_TIME = frozenset(("lat", "lon", "location", "timestamp", "alarm"))
"""Fields of which one at least says something; a name alone may stand in the address of any request."""
_KNOWN = frozenset((*PLACE_OR_TIME, "batt", *_NAMES))


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The ping in a query (or, where there is none, in the body); `zone` is taken for times without an offset."""
    return decode_fields(request, received_at, zone, DIALECT)


def decode_fields(request: PhoneRequest, received_at: datetime, zone: tzinfo | None, dialect: str) -> Decoded:
    """The same for any dialect that has these fields in a query or a form."""
    findings = Findings(dialect, received_at, zone)
    fields = fields_of(request)
    if not _KNOWN.isdisjoint(fields):
        findings.name_device(device_of(fields))
        findings.read(fields, lambda item, reading: ping_of(item, reading, dialect))
    elif request.body.strip() or fields:
        findings.refuse(
            request.body or fields,
            RefusalCode.UNREADABLE,
            f"expected fields such as id, lat, lon and timestamp, got {len(fields)} others; check the app's address",
        )
    else:
        findings.ignore("empty", "the request says nothing", {})
    return findings.decoded(ANSWER)


def device_of(fields: Mapping[str, Any]) -> object:
    """The name that the phone gives itself."""
    return next((fields[name] for name in _NAMES if fields.get(name)), None)


def ping_of(fields: Mapping[str, Any], reading: Reading, dialect: str) -> Ping:
    """
    One ping of the protocol's fields.

    Raises
    ------
    FieldError
        When place or time is nonsense.
    """
    alarm = reading.call_for_help(fields.get("alarm"))
    fix_at = reading.fix_at("timestamp", fields.get("timestamp"), or_now=True)
    point = _point(fields, reading)
    if point is not None and boolean(fields.get("valid")) is False:
        reading.note(PingFlag.NOT_A_FIX)
        point = None
    return Ping(
        fix_at=fix_at,
        received_at=reading.received_at,
        point=point,
        accuracy_m=reading.positive("accuracy", fields.get("accuracy")),
        speed_mps=reading.speed_mps(fields.get("speed"), KNOTS_MPS),
        bearing_deg=reading.bearing_deg(fields.get("bearing", fields.get("heading"))),
        battery_share=reading.battery_share(fields.get("batt"), 100.0),
        is_mock=reading.mock(boolean(fields.get("mock"))),
        altitude_m=reading.number("altitude", fields.get("altitude")),
        is_charging=boolean(fields.get("charge")),
        alarm=alarm,
        dialect=dialect,
        flags=tuple(reading.flags),
    )


def _point(fields: Mapping[str, Any], reading: Reading) -> LonLat | None:
    location = fields.get("location")
    if location and "lat" not in fields and "lon" not in fields:
        lat, comma, lon = location.partition(",") if isinstance(location, str) else ("", "", "")
        if not comma or not lat.strip() or not lon.strip():
            raise FieldError("location", location, "latitude,longitude")
        return reading.point(lon, lat)
    return reading.point(fields.get("lon"), fields.get("lat"))
