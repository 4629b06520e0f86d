"""Nothing of one tenant is seen or changed by another."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.service import HandClock, Town, client_for, courier_client, seed_town
from tests.tracked_day import Phone, StraightDay, publish_straight_day


@pytest.fixture
def day(app: Flask, services: Services, town: Town, clock: HandClock) -> StraightDay:
    """A day of the first tenant with a cause and an inbox line."""
    day = publish_straight_day(services, town)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=700)
    return day


@pytest.fixture
def stranger(app: Flask, services: Services, day: StraightDay) -> FlaskClient:
    return client_for(app, seed_town(services, tenant_name="Other").admin)


@pytest.fixture
def board(app: Flask, day: StraightDay) -> dict[str, Any]:
    board: dict[str, Any] = client_for(app, day.town.admin).get("/v1/snapshot").get_json()
    assert board["causes"]
    assert board["inbox"]
    return board


def test_ids_of_another_tenant_are_unknown(
    stranger: FlaskClient, day: StraightDay, board: dict[str, Any], clock: HandClock
) -> None:
    cause, line, courier = board["causes"][0]["id"], board["inbox"][0]["id"], day.town.couriers[0].id
    later = {
        "from_at": clock.now().isoformat(),
        "until_at": (clock.now() + timedelta(hours=1)).isoformat(),
        "order_id": day.orders[0].id,
    }

    answers = {
        "cause": stranger.get(f"/v1/causes/{cause}"),
        "take": stranger.post(f"/v1/causes/{cause}/take"),
        "acknowledge": stranger.post(f"/v1/causes/{cause}/acknowledge"),
        "lock": stranger.post(f"/v1/inbox/{line}/lock"),
        "unlock": stranger.post(f"/v1/inbox/{line}/unlock"),
        "line": stranger.post(f"/v1/inbox/{line}/acknowledge"),
        "told": stranger.post(f"/v1/inbox/{line}/told", json={"channel": "call"}),
        "day": stranger.get(f"/v1/couriers/{courier}/day"),
        "promise": stranger.post("/v1/promises", json=later),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)


def test_lists_and_searches_show_only_ones_own(stranger: FlaskClient, day: StraightDay, board: dict[str, Any]) -> None:
    seen = stranger.get("/v1/snapshot").get_json()
    cause_id = board["causes"][0]["id"]

    assert (seen["causes"], seen["inbox"], seen["unassigned"], seen["plan"]) == ([], [], [], None)
    assert not {row["id"] for row in seen["couriers"]} & {courier.id for courier in day.town.couriers}
    assert stranger.post("/v1/inbox/acknowledge", json={"cause_id": cause_id}).get_json() == {"lines": []}
    assert stranger.post("/v1/search", json={"text": "Aino"}).get_json()["orders"] == []
    for question in ({"phone": "0401234567"}, {"order_no": day.orders[0].order_no}, {"order_id": day.orders[0].id}):
        assert stranger.post("/v1/answers", json=question).get_json()["result"] == "unknown"


def test_a_courier_of_another_tenant_ends_no_visit(
    app: Flask, services: Services, day: StraightDay, clock: HandClock
) -> None:
    other = seed_town(services, tenant_name="Third")
    outcome = {"outcome_id": "o", "kind": "delivered", "device_at": clock.now().isoformat()}

    answer = courier_client(app, other.couriers[0]).post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome)

    assert answer.status_code == 404
