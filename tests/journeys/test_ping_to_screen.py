"""A courier leaves the planned route; people see it, and why a promise moved, without reloading the page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import runtime_of
from api.context import Services
from api.tracking_service import Ticker
from tests.service import HandClock, Town, client_for
from tests.tracked_day import Phone, StraightDay, publish_straight_day


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town)


@pytest.fixture
def running(app: Flask) -> Iterator[Flask]:
    runtime_of(app).start()
    yield app
    runtime_of(app).stop()


def frames(client: FlaskClient, last_event_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    response = client.get("/v1/live", headers={"Last-Event-ID": str(last_event_id)}, buffered=False)
    assert response.status_code == 200
    assert response.content_type.startswith("text/event-stream")
    for chunk in response.response:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        for block in text.strip().split("\n\n"):
            named = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in named:
                yield named["event"], json.loads(named["data"])


def until(client: FlaskClient, last_event_id: int, kind: str) -> list[dict[str, Any]]:
    """Every event of the stream up to the first of this kind."""
    events = []
    for name, data in frames(client, last_event_id):
        if name == "event":
            events.append(data)
            if data["kind"] == kind:
                break
    return events


def test_a_detour_reaches_the_screen_with_its_cause_and_reason(
    running: Flask, town: Town, day: StraightDay, clock: HandClock
) -> None:
    operator = client_for(running, town.operator)
    phone = Phone(running, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    before = operator.get("/v1/snapshot").get_json()
    assert before["causes"] == []
    assert before["couriers"][0]["state"] == "moving"

    phone.go(north_m=700)

    events = until(operator, before["event_id"], "inbox.opened")
    opened = next(event for event in events if event["kind"] == "deviation.opened")
    [cause] = opened["rows"]["causes"]
    assert (cause["kind"], cause["level"], cause["courier_name"]) == ("off_route", 2, "Courier 1")
    changed = next(event for event in events if event["kind"] == "eta.changed")
    assert changed["cause_id"] == cause["id"]
    assert changed["data"]["reason"] == "detour"
    assert changed["data"]["old"]["expected_at"] < changed["data"]["new"]["expected_at"]
    [line] = events[-1]["rows"]["inbox"]
    assert (line["order_id"], line["reason"], line["cause_id"]) == (day.orders[0].id, "detour", cause["id"])
    assert line["level"] in {"at_risk", "late"}

    after = operator.get("/v1/snapshot").get_json()
    [shown] = after["causes"]
    assert shown["order_ids"]
    assert shown["to_tell"] >= 1
    assert shown["shift_min_from"] >= 1
    assert [d["kind"] for d in after["couriers"][0]["deviations"]] == ["off_route"]
    assert after["counters"]["to_tell"] == len(after["inbox"])


def test_a_courier_back_on_the_route_closes_the_cause(
    running: Flask, town: Town, day: StraightDay, clock: HandClock
) -> None:
    dispatcher = client_for(running, town.dispatcher)
    phone = Phone(running, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=400)
    [cause] = dispatcher.get("/v1/snapshot").get_json()["causes"]

    phone.go(north_m=-400, east_m=300)
    phone.go(east_m=300)

    assert dispatcher.get("/v1/snapshot").get_json()["causes"] == []
    closed = dispatcher.get(f"/v1/causes/{cause['id']}").get_json()
    assert closed["state"] == "closed"
    assert closed["closed_at"] is not None


def test_resuming_by_last_event_id_repeats_and_loses_nothing(
    running: Flask, town: Town, day: StraightDay, clock: HandClock
) -> None:
    dispatcher = client_for(running, town.dispatcher)
    phone = Phone(running, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=700)

    whole = until(dispatcher, 0, "inbox.opened")
    cut = whole[2]["id"]
    rest = until(dispatcher, cut, "inbox.opened")

    ids = [event["id"] for event in whole]
    assert ids == sorted(set(ids))
    assert [event["id"] for event in rest] == [one for one in ids if one > cut]


def test_silence_is_noticed_by_time_alone(
    running: Flask, services: Services, town: Town, day: StraightDay, clock: HandClock
) -> None:
    dispatcher = client_for(running, town.dispatcher)
    phone = Phone(running, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=300)
    ticker = runtime_of(running).get(Ticker)

    clock.advance(200)
    ticker.tick(clock.now())

    board = dispatcher.get("/v1/snapshot").get_json()
    assert [cause["kind"] for cause in board["causes"]] == ["gap"]
    assert board["counters"]["no_signal"] == 1
    assert board["couriers"][0]["position"] is not None


def test_a_day_of_deliveries_is_followed_to_its_end(
    running: Flask, town: Town, day: StraightDay, clock: HandClock
) -> None:
    dispatcher = client_for(running, town.dispatcher)
    phone = Phone(running, day, clock)
    phone.start()
    phone.ping()

    for number, visit in enumerate(day.visits, start=1):
        phone.go(east_m=1500, speed_mps=10)
        for _ in range(8):
            clock.advance(15)
            phone.ping()
        outcome = {"outcome_id": f"o{number}", "kind": "delivered", "device_at": clock.now().isoformat()}
        assert phone.client.post(f"/v1/visits/{visit.id}/outcomes", json=outcome).get_json()["state"] == "delivered"

    row = dispatcher.get("/v1/snapshot").get_json()
    assert (row["couriers"][0]["done"], row["couriers"][0]["total"]) == (3, 3)
    assert row["couriers"][0]["state"] == "finished"
    assert row["counters"]["on_time_share"] == 1.0
    kinds = [event["kind"] for event in until(dispatcher, 0, "visit.completed")]
    assert "visit.arrived" in kinds
    tasks = phone.client.get("/v1/me/tasks").get_json()
    assert [task["state"] for task in tasks["tasks"]] == ["delivered"] * 3
