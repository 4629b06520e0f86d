"""OwnTracks over MQTT, through a real broker: bound names only, nothing retained, each message once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
from paho.mqtt import publish
from sqlalchemy import select

from api.actions.accounts import add_token
from api.app import create_app, runtime_of
from api.cli import run
from api.context import Role, Services
from api.db.tables import PingRow
from api.errors import ConflictError, InvalidInputError
from api.mqtt_receiver import Broker, BrokerAddressError, MqttReceiver
from api.tracking_service import PingWriter
from tests.service import MORNING, Town, begin_shifts, free_port, make_services, seed_town, wait_until

NOW_S = int(MORNING.timestamp())
BROKER = """
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("broker")
    number = free_port()
    (folder / "broker.yaml").write_text(BROKER.format(port=number))
    program = Path(sys.executable).with_name("amqtt")
    with (folder / "broker.log").open("wb") as log:
        broker = subprocess.Popen([program, "-c", folder / "broker.yaml"], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: broker.poll() is not None or is_open(number), "the broker listens", seconds=60)
        assert broker.poll() is None, (folder / "broker.log").read_text()
        yield number
    finally:
        broker.terminate()
        broker.wait(timeout=20)


def is_open(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def receiver(services: Services, town: Town, port: int) -> Iterator[MqttReceiver]:
    """A receiver under a name of its own at the broker; courier C1's phone is bound to c1/phone."""
    begin_shifts(services, town)
    name = f"{town.tenant.id}/phone"
    add_token(services, town.caller(town.admin), name="p", role=Role.COURIER, courier_code="C1", mqtt_name=name)
    broker = Broker(host="127.0.0.1", port=port, client_id=f"test-{town.tenant.id}")
    receiver = MqttReceiver(services, PingWriter(services), broker)
    yield receiver
    receiver.stop()


def listen(receiver: MqttReceiver) -> None:
    receiver.start()
    wait_until(receiver.subscribed.is_set, "the subscription")


def say(port: int, topic: str, payload: Any, *, retain: bool = False) -> None:
    text = payload if isinstance(payload, bytes) else json.dumps(payload)
    publish.single(topic, text, qos=1, retain=retain, hostname="127.0.0.1", port=port)


def location(age_s: int) -> dict[str, Any]:
    return {"_type": "location", "lat": 60.17, "lon": 24.94, "tst": NOW_S - age_s, "acc": 5}


def stored(services: Services) -> list[PingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(PingRow).order_by(PingRow.fix_at)))


def test_a_message_of_a_bound_phone_is_stored_once(
    services: Services, town: Town, port: int, receiver: MqttReceiver
) -> None:
    listen(receiver)
    topic = f"owntracks/{town.tenant.id.upper()}/Phone"

    for payload in (location(30), location(30), b"not json", b"", location(20)):
        say(port, topic, payload)
    say(port, f"{topic}/event", {"_type": "transition", "event": "enter", "tst": NOW_S})
    say(port, topic, location(10))

    wait_until(lambda: len(stored(services)) >= 3, "three positions are stored")
    assert [NOW_S - int(row.fix_at.timestamp()) for row in stored(services)] == [30, 20, 10]
    assert {row.dialect for row in stored(services)} == {"owntracks"}


def test_names_that_are_bound_to_no_phone_are_not_heard(
    services: Services, town: Town, port: int, receiver: MqttReceiver
) -> None:
    listen(receiver)

    say(port, "owntracks/c1/phone", location(30))
    say(port, f"owntracks/{town.tenant.id}/other", location(25))
    say(port, f"owntracks/{town.tenant.id}/phone", location(10))

    wait_until(lambda: len(stored(services)) >= 1, "the bound phone is heard")
    assert [NOW_S - int(row.fix_at.timestamp()) for row in stored(services)] == [10]


def test_what_the_broker_retained_is_dropped(services: Services, town: Town, port: int, receiver: MqttReceiver) -> None:
    topic = f"owntracks/{town.tenant.id}/phone"
    say(port, topic, location(40), retain=True)
    listen(receiver)

    say(port, topic, location(10))

    wait_until(lambda: len(stored(services)) >= 1, "the live message is heard")
    assert [NOW_S - int(row.fix_at.timestamp()) for row in stored(services)] == [10]


def test_on_sqlite_the_service_listens_itself_and_no_worker_may(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"mqtt://127.0.0.1:{port}/fleet"
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_MQTT_URL", url)
    services = make_services(tmp_path, mqtt_url=url)
    town = seed_town(services)
    begin_shifts(services, town)
    name = f"{town.tenant.id}/phone"
    add_token(services, town.caller(town.admin), name="p", role=Role.COURIER, courier_code="C1", mqtt_name=name)
    runtime = runtime_of(create_app(services))
    receiver = runtime.get(MqttReceiver)

    receiver.start_when_reachable()
    wait_until(receiver.subscribed.is_set, "the subscription")
    say(port, f"fleet/{name}", location(10))
    wait_until(lambda: len(stored(services)) == 1, "the position is stored")
    receiver.stop()

    assert runtime.names().index("ping writer") < runtime.names().index("mqtt receiver")
    assert run(["mqtt"]) != 0
    assert "corridor serve" in capsys.readouterr().err


def test_a_broker_that_is_away_stops_nothing(services: Services) -> None:
    receiver = MqttReceiver(services, PingWriter(services), Broker(host="127.0.0.1", port=free_port()))

    receiver.start_when_reachable()
    receiver.stop()

    assert not receiver.subscribed.is_set()


@pytest.mark.parametrize("command", ["mqtt", "serve"])
def test_a_broker_whose_address_is_none_is_explained(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_MQTT_URL", "http://broker")

    assert run([command]) != 0
    assert "CORRIDOR_MQTT_URL" in capsys.readouterr().err


def test_a_name_at_the_broker_is_bound_to_one_phone(services: Services, town: Town) -> None:
    caller = town.caller(town.admin)
    add_token(services, caller, name="p", role=Role.COURIER, courier_code="C1", mqtt_name="Anna/Phone")

    with pytest.raises(ConflictError):
        add_token(services, caller, name="p", role=Role.COURIER, courier_code="C2", mqtt_name="anna/phone")
    with pytest.raises(InvalidInputError, match="anna/phone"):
        add_token(services, caller, name="p", role=Role.COURIER, courier_code="C2", mqtt_name="+/phone")


def test_the_address_of_a_broker_is_read_or_explained() -> None:
    broker = Broker.from_url("mqtts://corridor:s%40crt@broker.example")

    assert (broker.host, broker.port, broker.tls, broker.password) == ("broker.example", 8883, True, "s@crt")
    assert (broker.root, Broker.from_url("mqtt://broker.example/fleet/").root) == ("owntracks", "fleet")
    for wrong in ("", "http://x", "mqtt://", "mqtt://x:port"):
        with pytest.raises(BrokerAddressError):
            Broker.from_url(wrong)
