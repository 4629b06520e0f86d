"""Whatever a phone sends: no decoder raises, each answers as the app expects, and what it keeps can be stored."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.dialects.vectors import all_vectors
from tracking.dialects import (
    gpslogger,
    osmand,
    osmand_app,
    overland,
    owntracks,
    traccar_form,
    traccar_json,
    which,
)
from tracking.dialects.contents import RAW_MOST
from tracking.dialects.owntracks_mqtt import decode_message
from tracking.dialects.request import Decoded, PhoneAnswer, PhoneRequest
from tracking.ping import dedupe_key

NOW = datetime(2026, 6, 15, 13, 40, tzinfo=UTC)
EMPTY = PhoneAnswer(status=200, body=b"")
DECODERS: list[tuple[Callable[..., Decoded], PhoneAnswer]] = [
    (osmand.decode, EMPTY),
    (traccar_form.decode, EMPTY),
    (traccar_json.decode, EMPTY),
    (which.decode, EMPTY),
    (osmand_app.decode, EMPTY),
    (gpslogger.decode, EMPTY),
    (owntracks.decode, PhoneAnswer(content_type="application/json", body=b"[]")),
    (overland.decode, PhoneAnswer(content_type="application/json", body=b'{"result":"ok"}')),
]
EACH = pytest.mark.parametrize(("decode", "answer"), DECODERS, ids=lambda value: getattr(value, "__module__", ""))
# few by themselves; as many as the profile says where it asks for a wide look
QUICK = settings(max_examples=settings().max_examples if settings().max_examples > 100 else 50)

# Not only random letters: the words that the dialects know, and the values that break readers.
NAMES = st.sampled_from(
    (
        "id", "deviceid", "lat", "lon", "location", "timestamp", "time", "timeoffset", "speed", "spd", "spd_kph", "acc",
        "accuracy", "hdop", "alt", "altitude", "batt", "eta", "alarm", "charge", "valid", "mock", "_type", "tst", "vel",
        "t", "bs", "data", "topic", "_id", "created_at", "motionactivities", "locations", "current", "trip", "key",
        "properties", "geometry", "coordinates", "type", "action", "motion", "battery_level", "device_id", "coords",
        "latitude", "longitude", "battery", "level", "uuid", "extras",
    )
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        (
            "location", "encrypted", "transition", "Feature", "Point", "-1", "NaN", "1e309", "42,3", "\ud800", "\x00",
            "2026-06-15T13:26:40Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1781530000", 1781530000,
            43.2, 76.9, 10**400, 1e300, -0.0, "AAAA", "sos",
        )
    ),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.builds(lambda value, name: json.dumps(value).encode(name), VALUES, st.sampled_from(["utf-16", "utf-8-sig"])),
    st.builds(lambda values, cut: json.dumps({"locations": values}).encode()[:-cut], VALUES, st.integers(1, 30)),
    st.dictionaries(NAMES, VALUES, max_size=8).map(lambda value: json.dumps(value).encode()),
    st.dictionaries(NAMES, SCALARS.map(lambda v: str(v).encode("utf-8", "replace")), max_size=8).map(
        lambda value: urlencode(value).encode()
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "content-type", "X-Limit-U", "x-limit-d", "Authorization"]),
    st.sampled_from(["application/json", "text/plain; charset=x", "Anna", "", "Basic x:"]) | st.text(max_size=8),
)


@EACH
@QUICK
@given(body=BODIES, query=st.text(max_size=40) | BODIES.map(lambda body: body.decode("latin-1")), headers=HEADERS)
def test_nothing_that_comes_blocks_a_phone(decode, answer: PhoneAnswer, body: bytes, query: str, headers: dict):
    decoded = decode(PhoneRequest(method="POST", query=query, headers=headers, body=body), NOW, keys=[b"k"])

    assert decoded.answer == answer
    assert_storable(decoded)


@QUICK
@given(topic=st.text(max_size=20) | st.just("owntracks/a/b"), payload=BODIES, retained=st.booleans())
def test_no_message_of_a_broker_raises(topic: str, payload: bytes, retained: bool):
    assert_storable(decode_message(topic, payload, NOW, retained=retained, keys=[b"k"]))


@pytest.mark.parametrize("vector", [pytest.param(v, id=v.name) for v in all_vectors() if v.said.get("body")])
def test_body_cut_off_anywhere_is_answered_and_not_lost(vector):
    body = vector.said["body"]

    for end in range(1, len(body), max(1, len(body) // 8)):
        decoded = type(vector)(vector.name, vector.said | {"body": body[:end]}).decode()

        assert decoded.answer.status == 200
        assert decoded.pings or decoded.refused or decoded.ignored
        assert_storable(decoded)


@pytest.mark.parametrize("decode", [which.decode, owntracks.decode, gpslogger.decode], ids=lambda f: f.__module__)
@QUICK
@given(value=VALUES)
def test_nonsense_in_what_is_optional_spares_the_place(decode, value: Any):
    place = {"lat": 43.2383, "lon": 76.9456, "tst": 1781530000, "timestamp": 1781530000, "_type": "location"}
    names = ("alt", "altitude", "batt", "acc", "accuracy", "vel", "speed", "spd", "cog", "bearing", "dir", "bs", "mock")

    decoded = decode(PhoneRequest(method="POST", body=json.dumps(place | dict.fromkeys(names, value)).encode()), NOW)

    assert decoded.refused == ()
    assert decoded.pings[0].point is not None


def assert_storable(decoded: Decoded) -> None:
    """All that is kept can be written into a database: short, without NUL, half surrogates and NaN."""
    texts = [decoded.device or ""]
    for ping in decoded.pings:
        assert ping.fix_at.utcoffset() == NOW.utcoffset()
        assert ping.dialect == decoded.dialect
        texts += [dedupe_key(ping), ping.alarm or "", *ping.flags]
        numbers = (ping.accuracy_m, ping.speed_mps, ping.bearing_deg, ping.altitude_m, ping.battery_share)
        assert all(math.isfinite(number) for number in numbers if number is not None)
    for item in (*decoded.refused, *decoded.ignored):
        raw = msgspec.json.encode(item.raw).decode()
        json.loads(raw, parse_constant=pytest.fail)
        assert len(raw) <= 7 * RAW_MOST
        texts += list(strings_in(item.raw))
    texts += [refused.message + refused.dedupe_key for refused in decoded.refused]
    assert all("\x00" not in text and text.encode() for text in texts if text)


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, str):
        yield value
