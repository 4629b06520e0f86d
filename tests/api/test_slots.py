"""Slots offered over HTTP, and orders put into a running plan."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from api.db.tables import Shift
from tests.api.orders import CENTRE, at, instant, order_json, zones_json
from tests.api.planning import plan_day, post_orders, read_plan
from tests.service import HandClock, Town, client_for, courier_client, seed_town


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def ask(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/slots", json={"lon": CENTRE[0], "lat": CENTRE[1]} | body)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    return dict(answer.json)


def insert(client: FlaskClient, order_id: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/orders/{order_id}/insert", json=body)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    return dict(answer.json)


def problem_codes(client: FlaskClient, **body: Any) -> list[str]:
    answer = client.post("/v1/slots", json=body)
    assert answer.status_code == 422
    assert answer.json is not None
    return [one["code"] for one in answer.json["problems"]]


def test_slots_of_a_running_plan_say_when_and_at_what_cost(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(8)))
    plan_day(client)

    answer = ask(client, windows=[[at(2), at(3)], [at(3), at(4)], [at(12), at(13)]])

    first, second, evening = answer["slots"]
    for slot in (first, second):
        assert slot["feasible"] is True
        assert slot["code"] is None
        assert slot["added_cost"] >= 0
        assert slot["opens_at"] <= slot["early_at"] <= slot["expected_at"] <= slot["late_at"] <= slot["closes_at"]
    assert (evening["feasible"], evening["code"]) == (False, "window_outside_shifts")
    assert evening["expected_at"] is None


def test_every_hour_still_to_come_is_offered_when_no_window_is_named(client: FlaskClient) -> None:
    answer = ask(client)

    opened = [instant(slot["opens_at"]) for slot in answer["slots"]]
    assert opened == [instant(at(hour)) for hour in range(9)]
    assert all(slot["feasible"] for slot in answer["slots"])


def test_tomorrow_is_offered_on_its_shifts_alone(client: FlaskClient, services: Services, town: Town) -> None:
    shift = town.shifts[0]
    with services.db.write() as session:
        session.add(
            Shift(
                id="shf_tomorrow",
                tenant_id=shift.tenant_id,
                city_id=shift.city_id,
                courier_id=shift.courier_id,
                on_date=town.on_date + timedelta(days=1),
                starts_at=shift.starts_at + timedelta(days=1),
                ends_at=shift.ends_at + timedelta(days=1),
                start_depot_id=shift.start_depot_id,
                end_depot_id=shift.end_depot_id,
                state="planned",
                started_at=None,
                ended_at=None,
            )
        )

    answer = ask(client, windows=[[at(25), at(26)], [at(2), at(3)]])

    today, tomorrow = answer["slots"]
    assert today["date"] < tomorrow["date"]
    assert tomorrow["feasible"] is True
    assert tomorrow["shift_id"] == "shf_tomorrow"


def test_a_day_without_shifts_offers_nothing_and_says_why(client: FlaskClient) -> None:
    (slot,) = ask(client, windows=[[at(25), at(26)]])["slots"]

    assert (slot["feasible"], slot["code"]) == (False, "window_outside_shifts")


def test_a_place_outside_every_zone_has_no_slots(client: FlaskClient) -> None:
    client.post("/v1/zones?publish=1", json=zones_json())

    outside = ask(client, lon=24.99, windows=[[at(2), at(3)]])
    inside = ask(client, windows=[[at(2), at(3)]], lon=CENTRE[0] - 0.005)

    assert outside["zone_id"] is None
    assert [slot["code"] for slot in outside["slots"]] == ["outside_zones"]
    assert inside["zone_id"] == "west"
    assert inside["slots"][0]["feasible"] is True


def test_skills_and_loads_are_asked_of_couriers(client: FlaskClient) -> None:
    window = [[at(2), at(3)]]

    (cold,) = ask(client, windows=window, skills=["cold_box"])["slots"]
    (heavy,) = ask(client, windows=window, weight_g=900_000)["slots"]

    assert cold["code"] == "no_courier_with_skill"
    assert heavy["code"] == "too_large"


def test_an_address_that_was_served_before_needs_no_coordinates(client: FlaskClient) -> None:
    post_orders(client, order_json(3))

    answer = client.post("/v1/slots", json={"address": "mannerheimintie 4", "windows": [[at(2), at(3)]]})

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["lon"] == pytest.approx(order_json(3)["lon"])


def test_an_address_in_cyrillic_is_found_as_it_was_written(client: FlaskClient) -> None:
    post_orders(client, order_json(3, address="Улица Абая 4"))

    answer = client.post("/v1/slots", json={"address": "Улица Абая 4", "windows": [[at(2), at(3)]]})

    assert answer.status_code == 200


def test_everything_wrong_with_a_question_is_said_at_once(client: FlaskClient) -> None:
    codes = problem_codes(client, windows=[[at(3), at(2)], [at(90), at(91)]], depot="D9")

    assert codes == ["needs_address", "window_ends_before_start", "window_on_another_day", "unknown_depot"]
    assert problem_codes(client, address="Nowhere 1") == ["needs_address"]
    assert problem_codes(client, lon=500, lat=1) == ["bad_coordinates"]


def test_slots_are_for_dispatchers_and_operators_of_the_tenant(app: Flask, town: Town, services: Services) -> None:
    stranger = seed_town(services, slug="turku", tenant_name="Other")
    question = {"city": "helsinki", "lon": CENTRE[0], "lat": CENTRE[1]}

    operator = client_for(app, town.operator).post("/v1/slots", json=question)
    courier = courier_client(app, town.couriers[0]).post("/v1/slots", json=question)
    other = client_for(app, stranger.dispatcher).post("/v1/slots", json=question)

    assert operator.status_code == 200
    assert courier.status_code == 403
    assert other.status_code == 404


def test_an_order_goes_into_the_running_plan_where_its_slot_said(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(8)))
    old = read_plan(client, plan_day(client)["plan_id"])
    new = order_json(20, windows=[[at(2), at(3)]])
    (slot,) = ask(client, lon=new["lon"], lat=new["lat"], windows=new["windows"], weight_g=500, service_s=120)["slots"]
    (order_id,) = post_orders(client, new)

    inserted = insert(client, order_id)

    placed = inserted["placed"]
    assert (placed["shift_id"], placed["added_cost"]) == (slot["shift_id"], slot["added_cost"])
    assert placed["expected_at"] == slot["expected_at"]
    assert inserted["order"]["status"] == "planned"
    plan = read_plan(client, placed["plan_id"])
    assert plan["version"] == old["version"] + 1
    assert plan["reason"] == "new_stop"
    untouched = {route["shift_id"]: route for route in old["routes"] if route["shift_id"] != placed["shift_id"]}
    assert {route["shift_id"]: route for route in plan["routes"] if route["shift_id"] in untouched} == untouched
    (route,) = (route for route in plan["routes"] if route["shift_id"] == placed["shift_id"])
    assert order_id in {visit["order_id"] for visit in route["visits"]}


def test_an_order_without_a_place_waits_and_says_why(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)
    (order_id,) = post_orders(client, order_json(20, skills=["cold_box"]))

    inserted = insert(client, order_id)

    assert inserted["placed"] is None
    assert inserted["unassigned"]["code"] == "no_courier_with_skill"
    assert inserted["order"]["status"] == "ready"
    assert len((client.get("/v1/plans").json or {})["plans"]) == 1


def test_couriers_on_the_road_are_not_given_another_parcel(
    client: FlaskClient, services: Services, town: Town, clock: HandClock
) -> None:
    post_orders(client, *(order_json(number) for number in range(6)))
    plan = read_plan(client, plan_day(client)["plan_id"])
    busy = {route["shift_id"] for route in plan["routes"]}
    with services.db.write() as session:
        for shift_id in busy:
            row = session.get_one(Shift, shift_id)
            row.state, row.started_at = "started", clock.now()
    clock.advance(600)
    (order_id,) = post_orders(client, order_json(20))

    inserted = insert(client, order_id)

    if len(busy) == len(town.shifts):
        assert inserted["unassigned"]["code"] == "couriers_have_left"
    else:
        assert inserted["placed"]["shift_id"] not in busy


def test_the_whole_plan_is_improved_afterwards_when_asked(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)
    (order_id,) = post_orders(client, order_json(20))

    inserted = insert(client, order_id, improve=True)

    assert inserted["job"]["kind"] == "plan"
    assert inserted["job"]["state"] in {"queued", "running", "done"}


def test_only_a_ready_order_of_a_planned_day_can_be_put_in(client: FlaskClient) -> None:
    first, unknown = post_orders(client, order_json(1), order_json(2, lon=None, lat=None))

    too_early = client.post(f"/v1/orders/{first}/insert", json={})
    plan_day(client)
    twice = client.post(f"/v1/orders/{first}/insert", json={})
    nowhere = client.post(f"/v1/orders/{unknown}/insert", json={})

    assert [one.status_code for one in (too_early, twice, nowhere)] == [409, 409, 409]
    assert "POST /v1/plans" in (too_early.json or {})["detail"]
    assert client.post("/v1/orders/ord_none/insert", json={}).status_code == 404


def test_slots_follow_what_was_put_in_and_who_has_left(
    client: FlaskClient, services: Services, town: Town, clock: HandClock
) -> None:
    post_orders(client, *(order_json(number) for number in range(3)))
    plan = read_plan(client, plan_day(client)["plan_id"])
    question = {"windows": [[at(2), at(3)]], "items": 58}
    before = ask(client, **question)["slots"][0]
    busy = {route["shift_id"] for route in plan["routes"]}

    with services.db.write() as session:
        for shift in town.shifts:
            row = session.get_one(Shift, shift.id)
            if row.id in busy:
                row.state, row.started_at = "started", clock.now()
            else:
                row.state = "ended"
    after = ask(client, **question)["slots"][0]

    assert before["feasible"] is True
    assert (after["feasible"], after["code"]) == (False, "couriers_have_left")
