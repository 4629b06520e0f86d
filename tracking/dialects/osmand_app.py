"""
The OsmAnd navigator's online tracking: a template of ours, filled in by the app.

Speeds are metres per second, times milliseconds, and what is named hdop is the accuracy in metres.
Source: OsmAnd `LiveMonitoringHelper.java`.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from tracking.dialects.contents import fields_of
from tracking.dialects.osmand import ANSWER, device_of
from tracking.dialects.reading import Findings, Reading
from tracking.dialects.request import Decoded, PhoneRequest
from tracking.ping import Ping, RefusalCode

DIALECT = "osmand_app"
TEMPLATE = (
    "lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}&eta={7}&etfa={8}&eda={9}&edfa={10}"
)
"""What to type behind the question mark of the address in the app's settings."""

_KNOWN = frozenset(("lat", "lon", "timestamp"))


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The ping in a query."""
    findings = Findings(DIALECT, received_at, zone)
    fields = fields_of(request)
    if not _KNOWN.isdisjoint(fields):
        findings.name_device(device_of(fields))
        findings.read(fields, _ping)
    elif fields or request.body.strip():
        findings.refuse(fields or request.body, RefusalCode.UNREADABLE, f"no place and no time; set it to ?{TEMPLATE}")
    else:
        findings.ignore("empty", "the request says nothing", {})
    return findings.decoded(ANSWER)


def _ping(fields: dict[str, Any], reading: Reading) -> Ping:
    alarm = reading.call_for_help(fields.get("alarm"))
    return Ping(
        fix_at=reading.fix_at("timestamp", fields.get("timestamp"), or_now=True),
        received_at=reading.received_at,
        point=reading.point(fields.get("lon"), fields.get("lat")),
        accuracy_m=reading.positive("accuracy", fields.get("hdop", fields.get("accuracy"))),
        speed_mps=reading.speed_mps(fields.get("speed"), 1.0),
        bearing_deg=reading.bearing_deg(fields.get("bearing")),
        battery_share=reading.battery_share(fields.get("batt"), 100.0),
        altitude_m=reading.number("altitude", fields.get("altitude")),
        # zero is written while the navigator leads nowhere
        device_eta_at=reading.instant("eta", fields.get("eta")),
        alarm=alarm,
        dialect=DIALECT,
        flags=tuple(reading.flags),
    )
