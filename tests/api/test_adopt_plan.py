"""A new version of the plan while couriers are on the road: estimates follow it, and whoever is affected is told."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api.actions.order_changes import OrderEdits, cancel_order, edit_order
from api.context import Services
from api.db.tables import Cause, Event, InboxLine, Order, VisitEta
from tests.service import HandClock, Town, client_for
from tests.tracked_day import Phone, StraightDay, publish_straight_day


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town, slack_s=420)


@pytest.fixture
def phone(app: Flask, day: StraightDay, clock: HandClock) -> Phone:
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=300)
    return phone


def estimates(services: Services) -> dict[str, VisitEta]:
    with services.db.read() as session:
        return {row.order_id: row for row in session.scalars(select(VisitEta))}


def events(services: Services, kind: str) -> list[Event]:
    with services.db.read() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def causes(services: Services) -> list[tuple[Any, ...]]:
    with services.db.read() as session:
        return [(cause.kind, cause.state) for cause in session.scalars(select(Cause))]


def test_publishing_gives_every_visit_an_estimate(services: Services, day: StraightDay) -> None:
    shown = estimates(services)

    assert set(shown) == {order.id for order in day.orders}
    assert all(row.early_at <= row.expected_at <= row.late_at for row in shown.values())
    assert events(services, "eta.changed") == []


def test_a_cancelled_order_is_dropped_and_the_later_ones_come_sooner(
    services: Services, town: Town, day: StraightDay, phone: Phone
) -> None:
    before = estimates(services)

    cancel_order(services, town.caller(), day.orders[0].id, "changed his mind")

    after = estimates(services)
    assert set(after) == {order.id for order in day.orders[1:]}
    assert all(after[order.id].expected_at < before[order.id].expected_at for order in day.orders[1:])
    changed = events(services, "eta.changed")
    assert {event.order_id for event in changed} == {order.id for order in day.orders[1:]}
    assert {event.data["reason"] for event in changed} == {"stop_dropped"}
    # Nobody's promise is broken by it: it is no decision for anybody.
    assert causes(services) == [("cancelled", "closed")]


def test_an_edit_that_puts_others_at_risk_opens_lines_for_their_clients(
    services: Services, town: Town, day: StraightDay, phone: Phone, app: Flask
) -> None:
    edit_order(services, town.caller(), day.orders[0].id, OrderEdits(service_s=540))

    board = client_for(app, town.operator).get("/v1/snapshot").get_json()
    assert {line["order_id"] for line in board["inbox"]} == {order.id for order in day.orders[1:]}
    assert {line["reason"] for line in board["inbox"]} == {"edited"}
    assert {line["level"] for line in board["inbox"]} == {"at_risk"}
    assert board["plan"]["version"] == 2


def test_the_line_of_a_cancelled_order_ends(services: Services, town: Town, day: StraightDay, phone: Phone) -> None:
    edit_order(services, town.caller(), day.orders[0].id, OrderEdits(service_s=540))

    cancel_order(services, town.caller(), day.orders[1].id, "too late for him")

    with services.db.read() as session:
        line = session.scalars(select(InboxLine).where(InboxLine.order_id == day.orders[1].id)).one()
        assert line.state == "done"


def test_pings_follow_the_new_version(
    services: Services, town: Town, day: StraightDay, phone: Phone, app: Flask
) -> None:
    cancel_order(services, town.caller(), day.orders[0].id, "changed his mind")

    phone.go(east_m=900)
    phone.go(east_m=900)

    board = client_for(app, town.operator).get("/v1/snapshot").get_json()
    assert board["causes"] == []
    assert board["couriers"][0]["next_visit_id"] == day.visits[1].id
    assert board["couriers"][0]["total"] == 2
    with services.db.read() as session:
        assert session.scalars(select(Order.status).where(Order.id == day.orders[1].id)).one() == "on_route"
