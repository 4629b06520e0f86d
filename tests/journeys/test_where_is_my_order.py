"""A client calls: one request answers, and what he was told is the new promise."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.service import HandClock, Town, client_for
from tests.tracked_day import PLANE, Phone, StraightDay, first_promise, make_order, publish_straight_day


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town, stops=1, slack_s=120)


@pytest.fixture
def operator(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.operator)


def ask(operator: FlaskClient, **question: str) -> dict[str, Any]:
    response = operator.post("/v1/answers", json=question)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


@pytest.mark.parametrize(
    "written",
    ["+358401234567", "040 123 4567", "040-123-4567", "(040) 1234567", "+358 40 123 45 67", "00358401234567"],
)
def test_any_written_form_of_the_phone_finds_the_order(day: StraightDay, operator: FlaskClient, written: str) -> None:
    answer = ask(operator, phone=written)

    assert answer["result"] == "one"
    assert answer["order"]["id"] == day.orders[0].id
    assert answer["person"]["name"] == "Aino Virtanen"


def test_one_request_gives_everything_for_the_call(
    app: Flask, day: StraightDay, operator: FlaskClient, clock: HandClock
) -> None:
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=900)

    answer = ask(operator, phone="0401234567")

    from_at, until_at = (datetime.fromisoformat(answer["interval"][key]) for key in ("from_at", "until_at"))
    assert from_at.minute % 5 == 0
    assert until_at.minute % 5 == 0
    assert from_at <= datetime.fromisoformat(answer["expected_at"]) <= until_at
    assert len(answer["dots"]) == 20
    assert answer["reason"] == "detour"
    assert (answer["last_change"]["reason"], answer["last_change"]["cause_kind"]) == ("detour", "off_route")
    assert answer["last_change"]["old_at"] < answer["last_change"]["new_at"]
    assert set(answer["sentence"]) == {"en", "ru", "kk", "uk", "pl"}
    assert not any("Courier" in words for words in answer["sentence"].values())
    assert answer["courier"]["stops_before"] == 0
    assert {entry["kind"] for entry in answer["history"]} >= {"promise", "eta.changed"}
    assert answer["inbox_id"] is not None


def test_what_was_told_is_the_new_promise_and_closes_the_line(
    app: Flask, town: Town, day: StraightDay, operator: FlaskClient, clock: HandClock
) -> None:
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=900)
    answer = ask(operator, phone="0401234567")
    told_until = datetime.fromisoformat(answer["interval"]["until_at"]) + timedelta(minutes=10)

    response = operator.post(
        "/v1/promises",
        json={
            "order_id": day.orders[0].id,
            "from_at": answer["interval"]["from_at"],
            "until_at": told_until.isoformat(),
            "channel": "call",
            "language": "ru",
            "words": answer["sentence"]["ru"],
        },
    )

    assert response.status_code == 201
    again = ask(operator, order_id=day.orders[0].id)
    assert again["inbox_id"] is None
    assert again["order"]["level"] == "on_time"
    assert datetime.fromisoformat(again["order"]["promise"]["until_at"]) == told_until
    assert again["order"]["promise"]["first_until_at"] == answer["order"]["promise"]["first_until_at"]
    assert again["promise"]["told_by"] == town.operator.name
    assert operator.get("/v1/snapshot").get_json()["inbox"] == []
    said = next(entry for entry in again["history"] if entry["kind"] == "promise")
    assert said["words"] == answer["sentence"]["ru"]


def test_lateness_counts_against_what_was_told_last(
    app: Flask, day: StraightDay, operator: FlaskClient, clock: HandClock
) -> None:
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    soon = {"from_at": clock.now().isoformat(), "until_at": (clock.now() + timedelta(minutes=1)).isoformat()}

    operator.post("/v1/promises", json={"order_id": day.orders[0].id, **soon})

    assert ask(operator, order_id=day.orders[0].id)["order"]["level"] == "late"


def test_an_unknown_phone_and_an_unknown_order_answer_alike(day: StraightDay, operator: FlaskClient) -> None:
    answers = [
        ask(operator, phone="040 999 9999"),
        ask(operator, order_no="nothing"),
        ask(operator, order_id="ord_nothing"),
    ]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["result"] == "unknown"


def test_several_open_orders_are_offered_and_ended_ones_are_not(
    services: Services, town: Town, operator: FlaskClient
) -> None:
    day = publish_straight_day(services, town, stops=3)

    answer = ask(operator, phone="0401234567")

    assert answer["result"] == "many"
    assert [row["id"] for row in answer["orders"]] == [order.id for order in day.orders]


def test_without_an_open_order_the_last_ones_are_shown(services: Services, town: Town, operator: FlaskClient) -> None:
    now = services.clock.now()
    order = make_order(town, "old", PLANE.to_lonlat(100, 0), now, now, "+358401234567")
    order.status = "delivered"
    with services.db.write() as session:
        session.add(order)

    answer = ask(operator, phone="0401234567")

    assert (answer["result"], [row["id"] for row in answer["orders"]]) == ("none_open", [order.id])


def test_an_order_without_a_time_gets_a_call_back_and_no_invented_one(
    services: Services, town: Town, operator: FlaskClient
) -> None:
    now = services.clock.now()
    order = make_order(town, "new", PLANE.to_lonlat(100, 0), now, now + timedelta(hours=1), "+358401234567")
    order.status = "ready"
    with services.db.write() as session:
        session.add(order)
        session.flush()
        session.add(first_promise(order, now))

    answer = ask(operator, order_no=order.order_no)

    assert answer["interval"] is None
    assert answer["call_back_by_at"] is not None
    assert "will call you" in answer["sentence"]["en"]


@pytest.mark.parametrize("question", [{}, {"phone": "0401234567", "order_no": "1"}, {"phone": "not a number"}])
def test_a_question_that_cannot_be_asked_says_what_is_wrong(operator: FlaskClient, question: dict[str, str]) -> None:
    response = operator.post("/v1/answers", json=question)

    assert response.status_code == 422
    assert response.get_json()["problems"][0]["where"] == "phone"
    assert "not a number" not in response.text


def test_search_finds_by_number_name_address_and_phone(day: StraightDay, operator: FlaskClient) -> None:
    for text in (day.orders[0].order_no, "aino", "street e1", "040 123 4567"):
        found = operator.post("/v1/search", json={"text": text}).get_json()
        assert [row["id"] for row in found["orders"]] == [day.orders[0].id], text
    found = operator.post("/v1/search", json={"text": "courier 2"}).get_json()
    assert [row["code"] for row in found["couriers"]] == ["C2"]
