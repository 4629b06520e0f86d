"""
OwnTracks over HTTP, plain and encrypted, and the OwnTracks mode of Overland with its clock of 2001.

Speeds are km/h, batteries per cent. Names of networks are not kept.
Source: owntracks/booklet `docs/tech/json.md` and `http.md`; owntracks/android `EncryptionProvider.kt`.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from tracking.dialects.contents import fields_of
from tracking.dialects.overland import moving
from tracking.dialects.reading import KMH_MPS, Findings, Reading, client_id
from tracking.dialects.request import Decoded, PhoneAnswer, PhoneRequest
from tracking.dialects.values import boolean, word
from tracking.ping import Ping, PingFlag, RefusalCode

DIALECT = "owntracks"
ANSWER = PhoneAnswer(content_type="application/json", body=b"[]")
"""Delivered, and nothing to tell the phone."""

APPLE_EPOCH = timedelta(seconds=978_307_200)
"""From 1970 to 2001-01-01, where Apple's clock begins."""

_BATTERY_STATES = {1: False, 2: True, 3: True}
_OTHER_TYPES = {
    "transition": ("device_geofence", "the phone entered or left a place of its own list"),
    "lwt": ("lwt", "the broker has lost the phone"),
    "status": ("status", "how the app is set up"),
    "waypoint": ("waypoint", "a place of the phone's own list"),
    "waypoints": ("waypoints", "the phone's own list of places"),
    "card": ("card", "the person's name and picture"),
    "cmd": ("cmd", "a command, which phones do not give"),
    "request": ("request", "a wish that is not served"),
    "configuration": ("configuration", "how the app is set up"),
    "dump": ("dump", "how the app is set up"),
    "steps": ("steps", "steps walked"),
    "beacon": ("beacon", "a radio beacon nearby"),
    "msg": ("msg", "a text for people"),
}


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """
    The ping in a message of the app.

    `keys` are the passphrases that this device may have encrypted with, as bytes, none padded.
    """
    findings = Findings(DIALECT, received_at, zone)
    findings.name_device(_device_of_request(request))
    read_message(request.body, findings, keys)
    return findings.decoded(ANSWER)


def read_message(body: bytes, findings: Findings, keys: Sequence[bytes]) -> None:
    """Take one message, as HTTP and MQTT carry it alike."""
    for item in findings.items_of(findings.json(body)):
        _take(item, findings, keys)


def device_of_topic(topic: object, root: str = "owntracks") -> str | None:
    """User and device, in lower case, of a topic such as owntracks/jane/phone/event; None for any other."""
    begin = f"{root.strip('/')}/"
    if not isinstance(topic, str) or not topic.startswith(begin):
        return None
    user, _, rest = topic[len(begin) :].partition("/")
    device = rest.partition("/")[0]
    return word(f"{user}/{device}".lower()) if user and device else None


def _device_of_request(request: PhoneRequest) -> str | None:
    query = fields_of(PhoneRequest(query=request.query))
    user = request.header("X-Limit-U") or str(query.get("u", ""))
    device = request.header("X-Limit-D") or str(query.get("d", ""))
    return "/".join(name.strip().lower() for name in (user, device) if name.strip()) or None


def _take(item: object, findings: Findings, keys: Sequence[bytes], sealed: bool = False) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("_type"), str):
        findings.refuse(item, RefusalCode.UNREADABLE, "expected an object with a _type, such as location")
        return
    kind = item["_type"]
    findings.name_device(device_of_topic(item.get("topic")))
    if kind == "location":
        findings.read(item, _read)
    elif kind == "encrypted" and not sealed:
        _open(item, findings, keys)
    elif kind in _OTHER_TYPES:
        findings.ignore(*_OTHER_TYPES[kind], item)
    else:
        findings.ignore("unknown_type", f"messages of type {word(kind)} are not known", item)


def _open(item: dict[str, Any], findings: Findings, keys: Sequence[bytes]) -> None:
    """Take what is inside an encrypted message, if one of the keys opens it."""
    text = item.get("data")
    try:
        sealed = base64.b64decode("".join(text.split()) if isinstance(text, str) else b"", validate=True)
    except ValueError:
        sealed = b""
    if not sealed:
        findings.refuse(item, RefusalCode.UNREADABLE, "data: expected base64 of what is encrypted")
        return
    for key in keys:
        try:
            clear = SecretBox(key[: SecretBox.KEY_SIZE].ljust(SecretBox.KEY_SIZE, b"\0")).decrypt(sealed)
        except (CryptoError, ValueError):
            continue
        for inside in findings.items_of(findings.json(clear)):
            _take(inside, findings, (), sealed=True)
        return
    have = "its passphrase does not open it" if keys else "no passphrase is set for this device"
    findings.refuse(
        item, RefusalCode.WRONG_KEY, f"the message is encrypted and {have}; set the same passphrase here and in the app"
    )


def _read(item: dict[str, Any], reading: Reading) -> Ping:
    alarm = reading.call_for_help(item.get("alarm"))
    fix_at = reading.fix_at("tst", item.get("tst"), repair=lambda at: _from_apple(at, reading))
    point = reading.point(item.get("lon"), item.get("lat"))
    if item.get("t") == "p" and point is not None:
        # The app repeats the last place with the time of now, so it would seem to stand there.
        reading.note(PingFlag.NOT_A_FIX)
        point = None
    return Ping(
        fix_at=fix_at,
        received_at=reading.received_at,
        point=point,
        ping_id=client_id(item.get("_id")),
        accuracy_m=reading.positive("accuracy", item.get("acc")),
        speed_mps=reading.speed_mps(item.get("vel"), KMH_MPS),
        bearing_deg=reading.bearing_deg(item.get("cog")),
        battery_share=reading.battery_share(item.get("batt"), 100.0),
        is_mock=reading.mock(boolean(item.get("mock"))),
        sent_at=reading.instant("created_at", item.get("created_at")),
        altitude_m=reading.number("altitude", item.get("alt")),
        is_charging=_BATTERY_STATES.get(int(reading.number("bs", item.get("bs")) or 0)),
        is_moving=moving(item.get("motionactivities")),
        alarm=alarm,
        dialect=DIALECT,
        flags=tuple(reading.flags),
    )


def _from_apple(at: datetime, reading: Reading) -> datetime:
    """Put right what Overland's OwnTracks mode writes: seconds since 2001, told by a date of now when they are."""
    if abs(reading.received_at - at - APPLE_EPOCH) > timedelta(days=1):
        return at
    reading.note(PingFlag.APPLE_EPOCH)
    return at + APPLE_EPOCH
