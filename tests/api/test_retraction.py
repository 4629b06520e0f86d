"""A false alarm that positions disprove which come late: taken back wherever it was shown, by real pings."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.actions.tracking import tick_courier
from api.context import Services
from api.db.tables import Event
from api.live_frames import event_frames
from tests.api.test_live import parse
from tests.service import HandClock, client_for, seed_town
from tests.tracked_day import SERVICE_S, Phone, StraightDay, publish_straight_day

SILENT_MIN = 20
SPEED_MPS, SPACING_M = 7.0, 3000.0


@pytest.fixture
def day(services: Services) -> StraightDay:
    return publish_straight_day(services, seed_town(services, couriers=1), slack_s=180.0, spacing_m=SPACING_M)


@pytest.fixture
def phone(app: Flask, day: StraightDay, clock: HandClock) -> Phone:
    return Phone(app, day, clock)


@pytest.fixture
def board(app: Flask, day: StraightDay) -> FlaskClient:
    return client_for(app, day.town.operator)


def orders_of(board: FlaskClient) -> list[dict[str, Any]]:
    """The orders as an operator's list has them."""
    rows: list[dict[str, Any]] = board.get("/v1/orders").get_json()["orders"]
    return rows


def drive_unheard(phone: Phone, services: Services, day: StraightDay) -> list[dict[str, Any]]:
    """The courier keeps to his plan, and his phone keeps what it cannot send; the service hears nothing."""
    phone.start()
    phone.ping()
    phone.go(east_m=600.0, speed_mps=SPEED_MPS)
    kept = []
    for _ in range(SILENT_MIN * 4):
        phone.clock.advance(15.0)
        stood = [fix for fix in kept if fix["lon"] == kept[-1]["lon"]]
        at_stop = phone.east_m % SPACING_M == 0.0
        if not at_stop or 15.0 * len(stood) > SERVICE_S:
            phone.east_m = min(phone.east_m + 15.0 * SPEED_MPS, (phone.east_m // SPACING_M + 1) * SPACING_M)
        kept.append(phone.here())
        with services.db.write() as session:
            tick_courier(session, services, day.town.tenant.id, day.town.couriers[0].id, phone.clock.now())
    return kept


def test_late_positions_take_an_alarm_back_wherever_it_was_shown(
    services: Services, day: StraightDay, phone: Phone, board: FlaskClient
) -> None:
    kept = drive_unheard(phone, services, day)
    shown = board.get("/v1/snapshot").get_json()
    [gap] = [cause for cause in shown["causes"] if cause["kind"] == "gap"]
    assert gap["id"] in {row["cause_id"] for row in orders_of(board)}

    phone.send(kept)

    after = board.get("/v1/snapshot").get_json()
    assert [cause for cause in after["causes"] if cause["id"] == gap["id"]] == []
    assert [line for line in after["inbox"] if line["cause_id"] == gap["id"]] == []
    assert gap["id"] not in {row["cause_id"] for row in orders_of(board)}
    assert {row["reason"] for row in orders_of(board)} <= {None, "ahead"}
    whole = board.get(f"/v1/causes/{gap['id']}").get_json()
    assert (whole["state"], [who["name"] for who in whole["retraction"]["seen_by"]]) == ("retracted", ["Operator"])


def test_the_stream_takes_it_back_with_the_rows_of_all_its_orders(
    services: Services, day: StraightDay, phone: Phone, board: FlaskClient
) -> None:
    kept = drive_unheard(phone, services, day)
    named = {row["id"] for row in orders_of(board) if row["reason"] == "no_signal"}

    phone.send(kept)

    with services.db.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "deviation.retracted")).one()
        [(_, frame)] = event_frames(session, [event], phone.clock.now())
    told = parse(frame)[1]
    assert {order["id"] for order in told["rows"]["orders"]} == named
    assert {order["cause_id"] for order in told["rows"]["orders"]} == {None}
    assert [cause["state"] for cause in told["rows"]["causes"]] == ["retracted"]
