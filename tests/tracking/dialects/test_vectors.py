import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.tracking.builders import follow, make_line
from tests.tracking.dialects.vectors import Vector, all_vectors
from tracking.dialects.request import Decoded
from tracking.ping import Ping

VECTORS = all_vectors()


def of(key: str) -> list[Any]:
    return [pytest.param(vector, id=vector.name) for vector in VECTORS if key in vector.said]


FIELDS: dict[str, Callable[[Ping], Any]] = {
    "lat": lambda ping: ping.point.lat,
    "lon": lambda ping: ping.point.lon,
    "speed_mps": lambda ping: ping.speed_mps,
    "bearing": lambda ping: ping.bearing_deg,
    "accuracy": lambda ping: ping.accuracy_m,
    "altitude": lambda ping: ping.altitude_m,
    "battery": lambda ping: ping.battery_share,
    "charging": lambda ping: ping.is_charging,
    "moving": lambda ping: ping.is_moving,
    "client_uuid": lambda ping: ping.ping_id,
    "alarm": lambda ping: ping.alarm,
    "heartbeat": lambda ping: ping.point is None,
}
TIMES: dict[str, Callable[[Ping], datetime | None]] = {
    "time": lambda ping: ping.fix_at,
    "sent": lambda ping: ping.sent_at,
    "device_eta": lambda ping: ping.device_eta_at,
}


@pytest.mark.parametrize("vector", of("expect"))
def test_ping_has_what_the_phone_meant(vector: Vector):
    decoded = vector.decode()

    assert decoded.refused == ()
    for name, wanted in vector.said["expect"].items():
        if name == "device":
            assert decoded.device == wanted
        elif name == "count":
            assert len(decoded.pings) == wanted
        elif name in TIMES:
            assert TIMES[name](decoded.pings[0]) == (wanted and datetime.fromisoformat(wanted))
        else:
            got = FIELDS[name](decoded.pings[0])
            close = name in ("lat", "lon", "speed_mps", "battery") and wanted is not None
            assert got == (pytest.approx(wanted, abs=0.02 if name == "speed_mps" else 1e-9) if close else wanted)


@pytest.mark.parametrize("vector", of("http"))
def test_answer_is_the_one_that_the_app_takes_for_success(vector: Vector):
    answer = vector.decode().answer

    assert answer.status == vector.said["http"]
    if "response_json" in vector.said:
        assert json.loads(answer.body) == vector.said["response_json"]
        assert answer.content_type == "application/json"


@pytest.mark.parametrize("vector", of("expect_reject"))
def test_ping_is_refused_for_its_reason(vector: Vector):
    decoded = vector.decode()

    assert vector.said["expect_reject"] in refusals(decoded, vector.received_at)


@pytest.mark.parametrize("vector", of("expect_flag"))
def test_what_was_noticed_is_said(vector: Vector):
    (ping,) = vector.decode().pings

    assert vector.said["expect_flag"] in ping.flags


@pytest.mark.parametrize("vector", of("expect_alarm"))
def test_call_for_help_is_heard(vector: Vector):
    (ping,) = vector.decode().alarms

    assert ping.alarm == vector.said["expect_alarm"]


@pytest.mark.parametrize("vector", of("expect_kind"))
def test_what_is_no_position_is_known_for_what_it_is(vector: Vector):
    decoded = vector.decode()

    assert vector.said["expect_kind"] in {decoded.kind, *(item.kind for item in decoded.ignored)}
    assert not any(ping.point for ping in decoded.pings)


def test_every_vector_is_tested():
    known = ("expect", "expect_reject", "expect_flag", "expect_alarm", "expect_kind")

    assert [vector.name for vector in VECTORS if not any(key in vector.said for key in known)] == []


def refusals(decoded: Decoded, now: datetime) -> list[str]:
    """The codes of what could not be read, and of what the intake does not believe."""
    judged = [follow(make_line()).ping(ping, now=now).refused for ping in decoded.pings]
    return [refused.code.value for refused in [*decoded.refused, *judged] if refused is not None]
