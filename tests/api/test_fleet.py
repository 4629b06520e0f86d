"""Cities, depots, couriers and shifts over HTTP."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.api.orders import at, date_of
from tests.service import Town, client_for, seed_town

DEPOT = {"code": "D3", "name": "Hub", "lon": 24.95, "lat": 60.17}
COURIER = {"code": "C9", "name": "Nine", "phone": "+358 40 123 4567", "skills": ["cold_box"]}


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def test_city_is_listed_with_its_clock_and_phone_region(client: FlaskClient) -> None:
    listed = client.get("/v1/cities").json

    assert listed is not None
    (city,) = listed["cities"]
    assert (city["slug"], city["timezone"], city["phone_region"]) == ("helsinki", "Europe/Helsinki", "FI")


def test_added_depot_is_listed_by_code(client: FlaskClient) -> None:
    answer = client.post("/v1/depots", json=DEPOT)

    listed = client.get("/v1/depots?city=helsinki").json
    assert answer.status_code == 201
    assert listed is not None
    assert [one["code"] for one in listed["depots"]] == ["D1", "D2", "D3"]


def test_added_courier_is_listed_with_phone_and_capacity(client: FlaskClient) -> None:
    answer = client.post("/v1/couriers", json=COURIER | {"capacity": {"items": 5}, "zone_ids": ["west"]})

    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["phone"] == "+358401234567"
    assert answer.json["capacity"] == {"items": 5, "weight_g": 40_000, "volume_ml": 200_000, "cash_minor": 10_000_000}
    listed = client.get("/v1/couriers").json
    assert listed is not None
    assert answer.json in listed["couriers"]


@pytest.mark.parametrize(
    ("address", "body"), [("/v1/depots", DEPOT | {"code": "D1"}), ("/v1/couriers", COURIER | {"code": "C1"})]
)
def test_taken_code_is_a_conflict(client: FlaskClient, address: str, body: dict[str, Any]) -> None:
    assert client.post(address, json=body).status_code == 409


def test_added_shift_is_listed_on_its_local_day(client: FlaskClient, town: Town) -> None:
    client.post("/v1/couriers", json=COURIER)

    answer = client.post(
        "/v1/shifts", json={"courier": "C9", "starts_at": at(0), "ends_at": at(8), "start_depot": "D1"}
    )

    assert answer.status_code == 201
    assert answer.json is not None
    assert (answer.json["date"], answer.json["state"]) == (date_of(town), "planned")
    assert answer.json["end_depot"] == answer.json["start_depot"] == town.depots[0].id
    listed = client.get(f"/v1/shifts?date={date_of(town)}").json
    assert listed is not None
    assert len(listed["shifts"]) == 4


def test_every_problem_of_a_shift_is_named(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/shifts", json={"courier": "C99", "starts_at": at(8), "ends_at": at(0), "start_depot": "D9"}
    )

    assert answer.status_code == 422
    assert answer.json is not None
    assert [one["code"] for one in answer.json["problems"]] == [
        "unknown_courier",
        "unknown_depot",
        "shift_ends_before_start",
    ]


def test_shift_over_another_of_the_courier_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/shifts", json={"courier": "C1", "starts_at": at(5), "ends_at": at(12), "start_depot": "D1"}
    )

    assert answer.json is not None
    assert [one["code"] for one in answer.json["problems"]] == ["shifts_overlap"]


def test_depot_off_the_earth_is_refused(client: FlaskClient) -> None:
    answer = client.post("/v1/depots", json=DEPOT | {"lat": 120})

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["problems"][0]["where"] == "lat"


def test_unknown_city_is_not_found_and_names_the_known_ones(client: FlaskClient) -> None:
    answer = client.get("/v1/depots?city=atlantis")

    assert answer.status_code == 404
    assert answer.json is not None
    assert "helsinki" in answer.json["detail"]


@pytest.mark.parametrize("address", ["/v1/depots", "/v1/couriers", "/v1/shifts"])
def test_another_organisation_sees_only_its_own(
    app: Flask, services: Services, client: FlaskClient, address: str
) -> None:
    other = seed_town(services, tenant_name="Other", couriers=1)
    stranger = client_for(app, other.dispatcher)

    kind = address.rpartition("/")[2]
    mine, theirs = (
        {one["id"] for one in (who.get(f"{address}?city=helsinki").json or {})[kind]} for who in (client, stranger)
    )

    assert mine
    assert theirs
    assert not mine & theirs


def test_courier_of_another_organisation_cannot_be_given_a_shift(
    app: Flask, services: Services, client: FlaskClient, town: Town
) -> None:
    stranger = client_for(app, seed_town(services, tenant_name="Other").dispatcher)

    answer = stranger.post(
        "/v1/shifts",
        json={
            "courier": town.couriers[0].id,
            "date": "2026-12-01",
            "starts_at": at(0),
            "ends_at": at(1),
            "start_depot": town.depots[0].id,
        },
    )

    assert answer.json is not None
    assert {one["code"] for one in answer.json["problems"]} == {"unknown_courier", "unknown_depot"}


def test_operators_do_not_keep_the_fleet(app: Flask, town: Town) -> None:
    operator = client_for(app, town.operator)

    assert operator.get("/v1/couriers").status_code == 403
    assert operator.post("/v1/depots", json=DEPOT).status_code == 403
