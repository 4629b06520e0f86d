"""Zones over HTTP: upload, publish, export, resolve; and what is wrong with a file, all at once."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.api.orders import CENTRE, order_json, square, zones_json
from tests.service import HandClock, Town, client_for, seed_town


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def upload(client: FlaskClient, *features: dict[str, Any], publish: bool = True) -> dict[str, Any]:
    answer = client.post(f"/v1/zones?publish={int(publish)}", json=zones_json(*features))
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    return dict(answer.json)


def test_upload_publishes_the_next_version_and_says_what_changed(client: FlaskClient) -> None:
    first = upload(client)
    second = upload(client, square("west", 24.92, 60.16, 24.94, 60.18), square("south", 24.93, 60.14, 24.95, 60.16))

    assert (first["version"], first["state"], first["zones"]) == (1, "published", 2)
    assert first["changes"] == {"added": ["east", "west"], "removed": [], "changed": []}
    assert (second["version"], second["changes"]) == (2, {"added": ["south"], "removed": ["east"], "changed": ["west"]})


def test_draft_is_stored_and_not_in_force(client: FlaskClient) -> None:
    upload(client)
    draft = upload(client, square("new", 24.92, 60.16, 24.94, 60.18), publish=False)

    in_force = json.loads(client.get("/v1/zones").data)
    named = json.loads(client.get("/v1/zones?version=2").data)

    assert draft["state"] == "draft"
    assert [one["id"] for one in in_force["features"]] == ["east", "west"]
    assert [one["id"] for one in named["features"]] == ["new"]


def test_published_version_never_changes(client: FlaskClient, clock: HandClock) -> None:
    upload(client)
    before = client.get("/v1/zones?version=1").data
    clock.advance(3600)

    upload(client, square("other", 24.92, 60.16, 24.94, 60.18))

    assert client.get("/v1/zones?version=1").data == before


def test_export_and_import_give_the_same_zones(client: FlaskClient) -> None:
    upload(client)
    exported = client.get("/v1/zones").data

    answer = client.post("/v1/zones?publish=1", data=exported, content_type="application/geo+json")

    assert answer.json is not None
    assert answer.json["changes"] == {"added": [], "removed": [], "changed": []}
    again = json.loads(client.get("/v1/zones").data)
    assert again["features"] == json.loads(exported)["features"]


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    feature = square("broken", 0, 0, 1, 1)
    feature["geometry"]["coordinates"] = [[list(point) for point in points]]
    return feature


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{not json", "not_json"),
        (b"[]", "not_a_feature_collection"),
        (ring((24.93, 60.16), (24.95, 60.16), (24.95, 60.18), (24.93, 60.18)), "ring_not_closed"),
        (
            ring((24.93, 60.16), (24.95, 60.18), (24.95, 60.16), (24.93, 60.18), (24.93, 60.16)),
            "ring_crosses_itself",
        ),
        (square("swapped", 60.16, 24.93, 60.18, 24.95), "swapped_axes"),
    ],
)
def test_bad_file_is_refused_with_code_place_and_advice_and_nothing_is_lost(
    client: FlaskClient, content: bytes | dict[str, Any], code: str
) -> None:
    upload(client)
    body = content if isinstance(content, bytes) else json.dumps(zones_json(content)).encode()

    answer = client.post("/v1/zones?publish=1", data=body, content_type="application/geo+json")
    checked = client.post("/v1/zones/check", data=body, content_type="application/geo+json").json

    assert answer.status_code == 422
    assert answer.json is not None
    assert code in {one["code"] for one in answer.json["problems"]}
    assert all(one["where"] and one["message"] for one in answer.json["problems"])
    assert checked is not None
    assert code in {one["code"] for one in checked["problems"]}
    in_force = json.loads(client.get("/v1/zones").data)
    assert [one["id"] for one in in_force["features"]] == ["east", "west"]


def test_every_problem_of_a_file_is_listed(client: FlaskClient) -> None:
    body = zones_json(
        ring((24.93, 60.16), (24.95, 60.16), (24.95, 60.18), (24.93, 60.18)),
        square("swapped", 60.16, 24.93, 60.18, 24.95),
        square("good", 24.93, 60.16, 24.95, 60.18),
    )

    checked = client.post("/v1/zones/check", json=body).json

    assert checked is not None
    assert {"ring_not_closed", "swapped_axes"} <= {one["code"] for one in checked["problems"]}
    assert client.get("/v1/zones").status_code == 404


def test_check_stores_nothing(client: FlaskClient) -> None:
    checked = client.post("/v1/zones/check", json=zones_json()).json

    assert checked == {"problems": [], "zones": 2}
    assert client.get("/v1/zones?version=1").status_code == 404


@pytest.mark.parametrize(("dlon", "zone_id"), [(-0.001, "west"), (0.001, "east")])
def test_place_resolves_to_its_zone(client: FlaskClient, dlon: float, zone_id: str) -> None:
    upload(client)

    place = client.post("/v1/zones/resolve", json={"lon": CENTRE[0] + dlon, "lat": CENTRE[1]}).json

    assert place is not None
    assert (place["zone_id"], place["version"], place["rule"], place["class"]) == (zone_id, 1, "only", "zone")


def test_place_outside_names_the_nearest_zone(client: FlaskClient) -> None:
    upload(client)

    place = client.post("/v1/zones/resolve", json={"lon": CENTRE[0] + 0.04, "lat": CENTRE[1]}).json

    assert place is not None
    assert (place["zone_id"], place["class"], place["nearest"]["zone_id"]) == (None, "carrier", "east")
    assert 1_050 < place["nearest"]["distance_m"] < 1_150


def test_new_zones_take_in_orders_that_wait(client: FlaskClient) -> None:
    upload(client)
    sent = client.post("/v1/orders", json={"order": order_json(1, lon=24.98, lat=60.17)}).json
    assert sent is not None
    order_id = sent["orders"][0]["id"]

    upload(client, square("wide", 24.90, 60.15, 25.00, 60.19))

    order = client.get(f"/v1/orders/{order_id}").json
    assert sent["orders"][0]["status"] == "carrier"
    assert order is not None
    assert (order["status"], order["zone"]) == ("ready", {"zone_id": "wide", "version": 2})


def test_another_organisation_has_zones_of_its_own(app: Flask, services: Services, client: FlaskClient) -> None:
    upload(client)
    stranger = client_for(app, seed_town(services, tenant_name="Other").dispatcher)

    assert stranger.get("/v1/zones").status_code == 404
    assert stranger.get("/v1/zones?version=1").status_code == 404
    place = stranger.post("/v1/zones/resolve", json={"lon": CENTRE[0], "lat": CENTRE[1]}).json
    assert place is not None
    assert (place["zone_id"], place["version"]) == (None, None)
    assert upload(stranger)["version"] == 1


def test_operator_reads_zones_and_uploads_none(app: Flask, town: Town, client: FlaskClient) -> None:
    upload(client)
    operator = client_for(app, town.operator)

    assert operator.get("/v1/zones").status_code == 200
    assert operator.post("/v1/zones", json=zones_json()).status_code == 403
