"""The live stream: nothing lost, nothing repeated, and it ends when it should."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.context import Services
from api.db.event_log import append_event, newest_event_id
from api.errors import UnavailableError
from api.live import MOST_WAITING, LiveHub, Subscription
from tests.service import MORNING, Town, make_services, seed_town


@pytest.fixture
def hub(services: Services, town: Town) -> Iterator[LiveHub]:
    hub = LiveHub(services)
    services.db.on_commit = hub.wake
    hub.start()
    yield hub
    hub.stop()


def happen(services: Services, town: Town, count: int = 1) -> list[int]:
    ids = []
    for _ in range(count):
        with services.db.write() as session:
            ids.append(
                append_event(
                    session,
                    tenant_id=town.tenant.id,
                    city_id=town.city.id,
                    kind="shift.started",
                    at=MORNING,
                    now=MORNING,
                    courier_id=town.couriers[0].id,
                )
            )
    return ids


def parse(frame: bytes) -> tuple[str, dict[str, Any]]:
    lines = frame.decode().strip().splitlines()
    named = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(":"))
    return named.get("event", ""), json.loads(named["data"]) if "data" in named else {}


def read_events(hub: LiveHub, stream: Subscription, count: int) -> list[dict[str, Any]]:
    """The next events of a stream, whatever stands between them."""
    events: list[dict[str, Any]] = []
    for frame in hub.stream(stream):
        name, data = parse(frame)
        if name == "event":
            events.append(data)
        if len(events) == count:
            break
    return events


def test_a_stream_without_an_id_begins_with_what_comes_next(services: Services, town: Town) -> None:
    hub = LiveHub(services)
    happen(services, town, 2)
    hub.start()
    stream = hub.subscribe(town.tenant.id, town.city.id)

    ids = happen(services, town)
    hub.pump()

    assert [event["id"] for event in read_events(hub, stream, 1)] == ids
    hub.stop()


def test_a_resumed_stream_begins_after_its_id(services: Services, town: Town, hub: LiveHub) -> None:
    ids = happen(services, town, 5)
    hub.pump()

    stream = hub.subscribe(town.tenant.id, town.city.id, ids[1])
    more = happen(services, town, 2)

    assert [event["id"] for event in read_events(hub, stream, 5)] == ids[2:] + more


def test_a_frame_carries_the_present_rows_of_what_it_touched(services: Services, town: Town, hub: LiveHub) -> None:
    stream = hub.subscribe(town.tenant.id, town.city.id)
    happen(services, town)

    [event] = read_events(hub, stream, 1)

    assert [row["id"] for row in event["rows"]["couriers"]] == [town.couriers[0].id]
    assert event["rows"]["counters"]["late"] == 0
    assert event["kind"] == "shift.started"


def test_resuming_again_and_again_while_others_write_loses_and_repeats_nothing(
    services: Services, town: Town, hub: LiveHub
) -> None:
    total = 40
    threads = [threading.Thread(target=happen, args=(services, town, total // 4)) for _ in range(4)]
    for thread in threads:
        thread.start()

    seen: list[int] = []
    while len(seen) < total:
        stream = hub.subscribe(town.tenant.id, town.city.id, seen[-1] if seen else 0)
        seen += [event["id"] for event in read_events(hub, stream, min(3, total - len(seen)))]
    for thread in threads:
        thread.join()

    assert seen == sorted(set(seen))
    with services.db.read() as session:
        assert seen[-1] == newest_event_id(session)


def test_a_stream_hears_nothing_of_another_tenant(services: Services, town: Town, hub: LiveHub) -> None:
    other = seed_town(services, tenant_name="Other")
    stream = hub.subscribe(town.tenant.id, town.city.id, 0)

    happen(services, other, 2)
    mine = happen(services, town, 1)

    assert [event["id"] for event in read_events(hub, stream, 1)] == mine


def test_an_id_of_the_future_asks_for_a_new_snapshot(services: Services, town: Town, hub: LiveHub) -> None:
    happen(services, town, 1)

    frames = list(hub.stream(hub.subscribe(town.tenant.id, town.city.id, 10_000)))

    assert [parse(frame)[0] for frame in frames] == ["", "reset"]


def test_a_slow_reader_is_cut_off_and_resumes(services: Services, town: Town) -> None:
    hub = LiveHub(services)
    stream = hub.subscribe(town.tenant.id, town.city.id)
    for _ in range(MOST_WAITING):
        hub.pump_heartbeat()
    ids = happen(services, town)

    hub.pump()

    assert stream.cut_off
    assert [event["id"] for event in read_events(hub, hub.subscribe(town.tenant.id, town.city.id, 0), 1)] == ids


def test_there_is_an_end_to_how_many_streams_are_carried(services: Services, town: Town) -> None:
    hub = LiveHub(services)
    streams = [hub.subscribe(town.tenant.id, town.city.id) for _ in range(services.settings.max_streams)]

    with pytest.raises(UnavailableError):
        hub.subscribe(town.tenant.id, town.city.id)

    hub.unsubscribe(streams[0])
    hub.subscribe(town.tenant.id, town.city.id)


def test_stopping_ends_every_stream(services: Services, town: Town, hub: LiveHub) -> None:
    streams = [hub.stream(hub.subscribe(town.tenant.id, town.city.id)) for _ in range(3)]
    readers = [threading.Thread(target=lambda s=s: list(s)) for s in streams]
    for reader in readers:
        reader.start()

    hub.stop()

    for reader in readers:
        reader.join(10)
    assert not any(reader.is_alive() for reader in readers)


def test_a_stream_on_postgresql_works_alike(tmp_path: Any, postgres: Any) -> None:
    services = make_services(tmp_path, url=postgres.make_database())
    town = seed_town(services)
    hub = LiveHub(services)
    hub.start()
    ids = happen(services, town, 3)
    stream = hub.subscribe(town.tenant.id, town.city.id, ids[0])

    assert [event["id"] for event in read_events(hub, stream, 2)] == ids[1:]
    hub.stop()
    services.db.close()
