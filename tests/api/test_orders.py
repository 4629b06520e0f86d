"""Orders over HTTP: each judged for itself, every problem named."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.context import Services
from api.db.promise_store import list_promises
from api.db.tables import AuditRow, Event, Order
from tests.api.orders import at, date_of, order_json, square, zones_json
from tests.service import HandClock, Town, client_for, seed_town


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def post_one(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/orders", json={"order": order_json(1, **changes)})
    assert answer.json is not None
    row: dict[str, Any] = answer.json["orders"][0]
    return row


def codes(row: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in row["problems"]]


def test_good_order_is_ready_and_its_window_is_the_first_promise(client: FlaskClient, services: Services) -> None:
    answer = client.post("/v1/orders", json={"order": order_json(1)})

    assert answer.status_code == 201
    assert answer.json is not None
    row = answer.json["orders"][0]
    assert (row["order_no"], row["status"], row["problems"]) == ("5001", "ready", [])
    with services.db.read() as session:
        order = session.get_one(Order, row["id"])
        (promise,) = list_promises(session, order.tenant_id, [order.id])
        assert (promise.from_at.isoformat(), promise.until_at.isoformat()) == (at(1), at(5))
        assert (promise.channel, promise.told_by) == ("order", "system")
        assert order.phone_e164 == "+358401234501"
        assert session.scalars(select(Event.kind).where(Event.order_id == order.id)).all() == ["order.created"]
        audited = session.scalars(select(AuditRow).where(AuditRow.entity_id == order.id)).one()
        assert audited.action == "order.create"
        assert "358401234501" not in str(audited.after)


def test_bad_order_never_fails_its_neighbours(client: FlaskClient) -> None:
    orders = [order_json(1), order_json(2, windows=[[at(5), at(1)]]), order_json(3), order_json(4, colour="red")]

    answer = client.post("/v1/orders", json={"orders": orders})

    assert answer.status_code == 200
    assert answer.json is not None
    rows = answer.json["orders"]
    assert [row["status"] for row in rows] == ["ready", None, "ready", None]
    assert rows[1]["problems"][0]["code"] == "window_ends_before_start"
    assert rows[1]["problems"][0]["where"] == "orders[1].windows[0]"
    assert "swap" in rows[1]["problems"][0]["message"]
    assert rows[3]["problems"][0]["where"] == "orders[3].colour"


def test_all_problems_of_one_order_are_named_at_once(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/orders",
        json={"order": order_json(1, windows=[[at(5), at(1)]], phone="12", depot="D9", language="fi", city=None)},
    )

    assert answer.status_code == 422
    assert answer.json is not None
    row = answer.json["orders"][0]
    assert row["id"] is None
    assert sorted(codes(row)) == ["invalid_phone", "unknown_depot", "unknown_language", "window_ends_before_start"]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"lon": None, "lat": None}, "no coordinates"),
        ({"lon": 0, "lat": 0}, "0, 0"),
        ({"lat": None}, "longitude only"),
        ({"lon": 24.9, "lat": 95.0}, "latitude"),
        ({"address": " "}, "address is empty"),
    ],
)
def test_order_without_a_place_is_kept_and_needs_an_address(
    client: FlaskClient, town: Town, changes: dict[str, Any], detail: str
) -> None:
    row = post_one(client, **changes)

    assert row["status"] == "needs_address"
    assert codes(row) == ["needs_address"]
    listed = client.get(f"/v1/orders?date={date_of(town)}&status=needs_address").json
    assert listed is not None
    assert detail in listed["orders"][0]["status_detail"]


def test_order_outside_every_zone_goes_to_a_carrier_with_the_nearest_zone(client: FlaskClient) -> None:
    client.post("/v1/zones?publish=1", json=zones_json(square("centre", 24.93, 60.16, 24.95, 60.18)))

    row = post_one(client, lon=24.97, lat=60.17)

    assert row["status"] == "carrier"
    assert codes(row) == ["outside_zones"]
    order = client.get(f"/v1/orders/{row['id']}").json
    assert order is not None
    assert order["status_detail"].startswith("outside every zone; the nearest is Centre, 11")
    assert order["zone"] is None


def test_order_inside_a_zone_keeps_the_zone_and_its_version(client: FlaskClient) -> None:
    client.post("/v1/zones?publish=1", json=zones_json())

    row = post_one(client, lon=24.945)

    order = client.get(f"/v1/orders/{row['id']}").json
    assert order is not None
    assert order["zone"] == {"zone_id": "east", "version": 1}


def test_number_that_is_taken_is_refused(client: FlaskClient) -> None:
    post_one(client)

    again = post_one(client)

    assert codes(again) == ["order_no_taken"]


def test_number_twice_in_one_request_keeps_the_first(client: FlaskClient) -> None:
    answer = client.post("/v1/orders", json={"orders": [order_json(1), order_json(1)]})

    assert answer.json is not None
    assert [row["status"] for row in answer.json["orders"]] == ["ready", None]


def test_windows_that_overlap_are_refused(client: FlaskClient) -> None:
    assert codes(post_one(client, windows=[[at(1), at(3)], [at(2), at(4)]])) == ["windows_overlap"]


def test_window_without_a_time_zone_is_refused_with_its_place(client: FlaskClient) -> None:
    row = post_one(client, windows=[["2026-11-23T10:00:00", at(3)]])

    assert row["problems"][0]["where"] == "order.windows.0.0"


def test_order_of_an_unknown_city_is_refused(client: FlaskClient) -> None:
    row = post_one(client, city="atlantis")

    assert codes(row) == ["unknown_city"]
    assert "helsinki" in row["problems"][0]["message"]


@pytest.mark.parametrize("body", [{}, {"order": order_json(1), "orders": []}, {"order": 7}, {"orders": [7]}])
def test_body_of_another_shape_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/v1/orders", json=body)

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_file_is_imported_row_by_row(client: FlaskClient, town: Town) -> None:
    content = (
        "order_no,name,phone,address,lon,lat,window_from,window_to,depot\n"
        "1,Aino,040 123 4567,Aleksanterinkatu 1,24.945,60.169,10:00,12:00,D1\n"
        "2,Bo,12,Aleksanterinkatu 2,24.946,60.169,10:00,12:00,D1\n"
        "3,Cilla,,Aleksanterinkatu 3,,,10:00,12:00,\n"
        "4,Dan,,Aleksanterinkatu 4,24.947,60.169,12:00,10:00,\n"
        "5,Eeva,,Aleksanterinkatu 5,24.948,60.169,10:00,12:00,D9\n"
    )

    answer = client.post(f"/v1/orders/import?date={date_of(town)}", data=content.encode(), content_type="text/csv")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["imported"] == 2
    assert answer.json["by_status"] == {"needs_address": 1, "ready": 1}
    problems = [(one["row"], one["column"], one["code"]) for one in answer.json["problems"]]
    assert (3, "phone", "invalid_phone") in problems
    assert (6, "depot", "unknown_depot") in problems
    assert {row for row, _, _ in problems} == {3, 5, 6}
    assert [(one["row"], one["code"]) for one in answer.json["remarks"]] == [(4, "needs_address")]
    rows = client.get(f"/v1/orders?date={date_of(town)}").json
    assert rows is not None
    assert [row["order_no"] for row in rows["orders"]] == ["1", "3"]


def test_whole_file_is_joined_with_the_zones_like_single_orders(client: FlaskClient, town: Town) -> None:
    client.post("/v1/zones?publish=1", json=zones_json())
    lines = [f"{n},Street {n},{24.90 + n * 0.001:.4f},60.1700" for n in range(120)]
    content = "\n".join(["order_no,address,lon,lat", *lines])

    answer = client.post(f"/v1/orders/import?date={date_of(town)}", data=content.encode())

    assert answer.json is not None
    assert answer.json["imported"] == 120
    assert answer.json["by_status"] == {"carrier": 79, "ready": 41}
    rows = client.get(f"/v1/orders?date={date_of(town)}&status=carrier").json
    assert rows is not None
    assert all("the nearest is" in row["status_detail"] for row in rows["orders"])


def test_file_that_is_no_text_says_so(client: FlaskClient) -> None:
    answer = client.post("/v1/orders/import", data=b"\xff\xfe\x00")

    assert answer.json is not None
    assert answer.json["imported"] == 0
    assert answer.json["problems"][0]["code"] == "not_utf8"


def test_order_with_a_place_again_becomes_ready(client: FlaskClient, clock: HandClock) -> None:
    row = post_one(client, lon=None, lat=None)
    clock.advance(60)

    order = client.patch(f"/v1/orders/{row['id']}", json={"lon": 24.94, "lat": 60.17}).json

    assert order is not None
    assert (order["status"], order["status_detail"]) == ("ready", "")
    assert [one["kind"] for one in order["history"]] == ["order.created", "promise", "order.edited"]


def test_new_window_is_promised_and_the_first_promise_stays(client: FlaskClient) -> None:
    row = post_one(client)

    order = client.patch(f"/v1/orders/{row['id']}", json={"windows": [[at(2), at(3)]]}).json

    assert order is not None
    assert order["windows"] == [[at(2), at(3)]]
    assert order["promise"]["first_until_at"] != order["promise"]["until_at"]


def test_bad_edit_changes_nothing_and_names_every_problem(client: FlaskClient) -> None:
    row = post_one(client)

    answer = client.patch(f"/v1/orders/{row['id']}", json={"windows": [[at(3), at(2)]], "phone": "1", "lon": 25.0})

    assert answer.status_code == 422
    assert answer.json is not None
    assert {one["code"] for one in answer.json["problems"]} == {
        "window_ends_before_start",
        "invalid_phone",
        "half_a_place",
    }
    order = client.get(f"/v1/orders/{row['id']}").json
    assert order is not None
    assert order["phone"] == "+358401234501"


def test_cancelling_twice_changes_nothing(client: FlaskClient) -> None:
    row = post_one(client)

    first = client.post(f"/v1/orders/{row['id']}/cancel", json={"reason": "client asked"}).json
    second = client.post(f"/v1/orders/{row['id']}/cancel", json={"reason": "client asked"}).json

    assert first is not None
    assert (first["status"], first["status_detail"]) == ("cancelled", "client asked")
    assert first == second


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_finished_order_is_neither_cancelled_nor_edited(client: FlaskClient, services: Services, status: str) -> None:
    row = post_one(client)
    with services.db.write() as session:
        session.get_one(Order, row["id"]).status = status

    cancelled = client.post(f"/v1/orders/{row['id']}/cancel", json={"reason": "too late"})
    edited = client.patch(f"/v1/orders/{row['id']}", json={"note": "ring twice"})

    assert (cancelled.status_code, edited.status_code) == (409, 409)


def test_another_organisation_sees_no_order(app: Flask, services: Services, client: FlaskClient) -> None:
    row = post_one(client)
    stranger = client_for(app, seed_town(services, tenant_name="Other").dispatcher)

    listed = stranger.get("/v1/orders?date=2026-11-23").json

    assert listed == {"orders": []}
    assert stranger.get(f"/v1/orders/{row['id']}").status_code == 404
    assert stranger.patch(f"/v1/orders/{row['id']}", json={"note": "x"}).status_code == 404
    assert stranger.post(f"/v1/orders/{row['id']}/cancel", json={"reason": "x"}).status_code == 404


def test_operator_reads_orders_and_changes_none(app: Flask, town: Town, client: FlaskClient) -> None:
    row = post_one(client)
    operator = client_for(app, town.operator)

    assert operator.get(f"/v1/orders/{row['id']}").status_code == 200
    assert operator.post("/v1/orders", json={"order": order_json(2)}).status_code == 403
    assert operator.post(f"/v1/orders/{row['id']}/cancel", json={"reason": "x"}).status_code == 403


@pytest.mark.parametrize("address", ["/v1/orders", "/v1/plans", "/v1/shifts"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "today"])
def test_day_outside_our_calendar_is_refused(client: FlaskClient, address: str, day: str) -> None:
    answer = client.get(f"{address}?date={day}")

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["problems"][0]["where"] == "date"


def test_number_that_is_no_text_is_refused_and_not_echoed(client: FlaskClient) -> None:
    answer = client.post("/v1/orders", data='{"order": {"order_no": "\\ud800"}}', content_type="application/json")

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["orders"][0]["order_no"] == ""
