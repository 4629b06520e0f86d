"""
GPSLogger for Android, custom address: any method, fields in the query or in a body without a Content-Type.

Speeds are metres per second (`spd_kph`: km/h), batteries per cent. What is unknown is written as 0.0.
Source: mendhak/gpslogger `CustomUrlManager.java`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from tracking.dialects.contents import fields_of
from tracking.dialects.json_body import looks_like_json
from tracking.dialects.osmand import ANSWER
from tracking.dialects.reading import KMH_MPS, Findings, Reading
from tracking.dialects.request import Decoded, PhoneRequest
from tracking.dialects.values import FieldError, boolean, instant, word
from tracking.ping import Ping, RefusalCode

DIALECT = "gpslogger"
TEMPLATE = (
    "lat=%LAT&lon=%LON&time=%TIME&acc=%ACC&spd=%SPD&dir=%DIR&alt=%ALT&batt=%BATT&ischarging=%ISCHARGING&prov=%PROV"
)
"""What to type behind the question mark of the address in the app's settings."""

_LAT, _LON = ("lat", "latitude"), ("lon", "lng", "long", "longitude")
_TIMES = ("time", "timestamp", "timeoffset")
_KNOWN = frozenset((*_LAT, *_LON, *_TIMES))


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The pings in a query, a form or a JSON template; `zone` is taken for times without an offset."""
    findings = Findings(DIALECT, received_at, zone)
    for item in _items(request, findings):
        if isinstance(item, dict) and _KNOWN.isdisjoint(item):
            findings.refuse(item, RefusalCode.UNREADABLE, f"no place, no time; set it to ?{TEMPLATE}")
            continue
        if isinstance(item, dict):
            findings.name_device(_first(item, ("id", "device", "aid", "ser")))
        findings.read(item, _ping)
    return findings.decoded(ANSWER)


def _items(request: PhoneRequest, findings: Findings) -> list[Any]:
    fields = fields_of(request)
    if not looks_like_json(request.body):
        if not fields and not request.body.strip():
            findings.ignore("empty", "the request says nothing", {})
            return []
        return [fields]
    items = findings.items_of(findings.json(request.body)) or ([{}] if fields else [])
    return [{**fields, **_lowered(item)} if isinstance(item, dict) else item for item in items]


def _lowered(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in item.items()}


def _ping(fields: dict[str, Any], reading: Reading) -> Ping:
    alarm = reading.call_for_help(fields.get("alarm"))
    kmh = fields.get("spd_kph")
    metres = _first(fields, ("spd", "s", "speed"))
    return Ping(
        fix_at=_fix_at(fields, reading),
        received_at=reading.received_at,
        point=reading.point(_first(fields, _LON), _first(fields, _LAT)),
        accuracy_m=reading.positive("accuracy", _first(fields, ("acc", "accuracy"))),
        speed_mps=reading.speed_mps(kmh, KMH_MPS) if metres is None else reading.speed_mps(metres, 1.0),
        bearing_deg=reading.bearing_deg(_first(fields, ("dir", "bearing", "direction"))) or None,
        battery_share=reading.battery_share(_first(fields, ("batt", "battery")), 100.0) or None,
        is_mock=reading.mock((word(fields.get("prov")) or "").lower() == "mock"),
        altitude_m=reading.number("altitude", _first(fields, ("alt", "altitude"))) or None,
        is_charging=boolean(fields.get("ischarging")),
        alarm=alarm,
        dialect=DIALECT,
        flags=tuple(reading.flags),
    )


def _fix_at(fields: Mapping[str, Any], reading: Reading) -> datetime:
    """The first of the app's three ways to write the time that can be read."""
    for name in _TIMES:
        try:
            if instant(name, fields.get(name), None) is not None:
                return reading.fix_at(name, fields[name])
        except FieldError:
            continue
    name = next((name for name in _TIMES if fields.get(name)), "time")
    return reading.fix_at(name, fields.get(name), or_now=True)


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)
