"""Shift, tasks and outcomes, as a courier's phone sends them: again and again, late, and sometimes wrong."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from api.context import Services
from api.db.tables import AuditRow, Event, Order, Outcome, Visit, VisitEta
from tests.service import HandClock, Town, client_for, courier_client
from tests.tracked_day import Phone, StraightDay, publish_straight_day


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town)


@pytest.fixture
def phone(app: Flask, day: StraightDay, clock: HandClock) -> Phone:
    return Phone(app, day, clock)


def outcome(clock: HandClock, **changes: Any) -> dict[str, Any]:
    return {"outcome_id": "o1", "kind": "delivered", "device_at": clock.now().isoformat()} | changes


def count(services: Services, table: type[Any]) -> int:
    with services.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_tasks_are_the_stops_in_their_order_with_all_for_the_door(phone: Phone, day: StraightDay) -> None:
    answer = phone.client.get("/v1/me/tasks").get_json()

    assert [task["visit_id"] for task in answer["tasks"]] == [visit.id for visit in day.visits]
    assert [task["sequence"] for task in answer["tasks"]] == [1, 2, 3]
    assert answer["tasks"][0]["payment"] == {
        "form": "prepaid",
        "due_minor": 0,
        "change_from_minor": None,
        "currency": "EUR",
    }
    assert answer["plan_version"] == 1


def test_a_courier_without_a_route_has_no_tasks(app: Flask, town: Town, day: StraightDay) -> None:
    answer = courier_client(app, town.couriers[1]).get("/v1/me/tasks").get_json()

    assert (answer["tasks"], answer["shift"]["state"]) == ([], "planned")


def test_starting_twice_starts_once_and_sends_the_orders_on_their_way(
    services: Services, phone: Phone, day: StraightDay
) -> None:
    first = phone.client.post("/v1/me/shift/start", json={}).get_json()
    events = count(services, Event)

    assert phone.client.post("/v1/me/shift/start", json={}).get_json() == first
    assert count(services, Event) == events
    with services.db.read() as session:
        assert set(session.scalars(select(Order.status))) == {"on_route"}


def test_a_shift_starts_without_a_body_too(phone: Phone) -> None:
    assert phone.client.post("/v1/me/shift/start").get_json()["state"] == "started"


def test_a_shift_ends_once_and_only_after_it_began(phone: Phone) -> None:
    assert phone.client.post("/v1/me/shift/end", json={}).status_code == 409
    phone.start()

    first = phone.client.post("/v1/me/shift/end", json={}).get_json()

    assert first["state"] == "ended"
    assert phone.client.post("/v1/me/shift/end", json={}).get_json() == first


def test_the_same_outcome_again_changes_nothing(
    services: Services, phone: Phone, day: StraightDay, clock: HandClock
) -> None:
    phone.start()
    address = f"/v1/visits/{day.visits[0].id}/outcomes"
    sent = outcome(clock)
    first = phone.client.post(address, json=sent).get_json()
    before = [count(services, table) for table in (Outcome, Event, AuditRow)]

    clock.advance(60)

    assert phone.client.post(address, json=sent).get_json() == first
    assert [count(services, table) for table in (Outcome, Event, AuditRow)] == before


def test_another_outcome_of_an_ended_visit_is_refused(phone: Phone, day: StraightDay, clock: HandClock) -> None:
    phone.start()
    address = f"/v1/visits/{day.visits[0].id}/outcomes"
    phone.client.post(address, json=outcome(clock))

    other = phone.client.post(address, json=outcome(clock, outcome_id="o2", kind="failed", reason="refused"))

    assert other.status_code == 409


def test_the_time_of_the_device_is_kept(services: Services, phone: Phone, day: StraightDay, clock: HandClock) -> None:
    phone.start()
    clock.advance(600)
    device_at = clock.now() - timedelta(minutes=5)

    phone.client.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome(clock, device_at=device_at.isoformat()))

    with services.db.read() as session:
        visit = session.get(Visit, day.visits[0].id)
        assert visit is not None
        assert visit.done_at == device_at
        assert session.get(VisitEta, visit.id) is None


def test_a_clock_that_runs_ahead_ends_nothing_in_the_future(
    services: Services, phone: Phone, day: StraightDay, clock: HandClock
) -> None:
    phone.start()
    ahead = (clock.now() + timedelta(hours=3)).isoformat()

    phone.client.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome(clock, device_at=ahead))

    with services.db.read() as session:
        visit = session.get(Visit, day.visits[0].id)
        assert visit is not None
        assert visit.done_at == clock.now()


def test_a_failed_visit_needs_a_reason_and_keeps_it(
    services: Services, phone: Phone, day: StraightDay, clock: HandClock
) -> None:
    phone.start()
    address = f"/v1/visits/{day.visits[0].id}/outcomes"

    refused = phone.client.post(address, json=outcome(clock, kind="failed"))
    taken = phone.client.post(address, json=outcome(clock, kind="failed", reason="nobody_home"))

    assert refused.status_code == 422
    assert taken.get_json()["state"] == "failed"
    with services.db.read() as session:
        order = session.get(Order, day.orders[0].id)
        assert order is not None
        assert (order.status, order.status_detail) == ("failed", "nobody_home")


def test_visits_of_others_and_of_nobody_answer_alike(
    app: Flask, town: Town, phone: Phone, day: StraightDay, clock: HandClock
) -> None:
    other = courier_client(app, town.couriers[1])

    foreign = other.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome(clock))
    unknown = other.post("/v1/visits/vis_nothing/outcomes", json=outcome(clock))

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.get_json()["detail"] == unknown.get_json()["detail"]


def test_a_delivery_moves_the_later_arrivals(app: Flask, phone: Phone, day: StraightDay, clock: HandClock) -> None:
    phone.start()
    phone.ping()
    phone.go(east_m=1500, speed_mps=10)
    console = client_for(app, day.town.dispatcher)
    phone.client.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome(clock))

    stops = console.get(f"/v1/couriers/{day.town.couriers[0].id}/day").get_json()["stops"]

    assert stops[0]["eta"] is None
    assert stops[0]["status"] == "delivered"
    assert datetime.fromisoformat(stops[1]["eta"]["expected_at"]) > clock.now()


def test_the_courier_day_shows_the_route_and_what_is_driven(
    app: Flask, phone: Phone, day: StraightDay, clock: HandClock
) -> None:
    phone.start()
    phone.ping()
    phone.go(east_m=900)

    shown = client_for(app, day.town.operator).get(f"/v1/couriers/{day.town.couriers[0].id}/day").get_json()

    assert len(shown["route"]["coordinates"]) >= 4
    assert shown["route"]["coordinates"][0] == [24.9384, 60.1699]
    assert shown["courier"]["state"] == "moving"
    assert shown["depot"]["name"] == "Pharmacy D1"
    assert [stop["sequence"] for stop in shown["stops"]] == [1, 2, 3]
