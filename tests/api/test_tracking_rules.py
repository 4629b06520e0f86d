"""Limits of detectors by city and vehicle, and zones a courier must stay in, as the service applies them."""

import json

from flask import Flask
from flask.testing import FlaskClient

from api.actions.tracking_rules import permitted_area, rules_of
from api.actions.zones import import_zones
from api.context import Services
from api.db.tables import City, Courier
from tests.api.orders import zones_json
from tests.service import Town, client_for
from tracking.permitted_area import NOWHERE_M
from tracking.rules import DEFAULT_RULES


def test_limits_set_for_a_city_are_in_force_for_its_vehicles(app: Flask, town: Town) -> None:
    client = client_for(app, town.dispatcher)
    settings = {"all": {"gap_s": 120}, "bicycle": {"speed_limit_mps": 7.0}}

    answer = client.put("/v1/tracking-rules", json={"settings": settings})

    assert answer.status_code == 200
    again = client.get("/v1/tracking-rules").json
    assert again is not None
    assert again["settings"] == settings
    assert again["in_force"]["bicycle"]["speed_limit_mps"] == 7.0
    assert again["in_force"]["car"]["gap_s"] == 120
    assert again["defaults"]["car"]["gap_s"] == DEFAULT_RULES.gap_s


def test_wrong_limits_are_listed_and_what_was_set_stays(app: Flask, town: Town) -> None:
    client = client_for(app, town.dispatcher)
    client.put("/v1/tracking-rules", json={"settings": {"all": {"gap_s": 120}}})

    answer = client.put("/v1/tracking-rules", json={"settings": {"all": {"gap": 1}, "car": {"stall_s": -1}}})

    assert answer.status_code == 422
    assert answer.json is not None
    assert [problem["where"] for problem in answer.json["problems"]] == ["all.gap", "car.stall_s"]
    kept = client.get("/v1/tracking-rules").json
    assert kept is not None
    assert kept["settings"] == {"all": {"gap_s": 120}}


def test_operators_may_not_change_limits(app: Flask, town: Town) -> None:
    client: FlaskClient = client_for(app, town.operator)

    assert client.put("/v1/tracking-rules", json={"settings": {}}).status_code == 403
    assert client.get("/v1/tracking-rules").status_code == 403


def test_city_without_limits_and_one_with_unreadable_ones_go_by_the_defaults() -> None:
    assert rules_of(City(tracking_rules=None), "car") == DEFAULT_RULES
    assert rules_of(City(tracking_rules={"all": {"from a newer version": 1}}), "car") == DEFAULT_RULES
    assert rules_of(City(tracking_rules={}), "car") is rules_of(City(tracking_rules={}), "car")


def test_courier_of_some_zones_is_permitted_there_alone(services: Services, town: Town) -> None:
    import_zones(services, town.caller(), "helsinki", json.dumps(zones_json()).encode(), publish=True)
    now = services.clock.now()
    with services.db.read() as session:
        city = session.get(City, town.city.id)
        assert city is not None
        everywhere = permitted_area(session, city, Courier(zone_ids=None), town.on_date, now)
        nowhere = permitted_area(session, city, Courier(zone_ids=[]), town.on_date, now)
        west = permitted_area(session, city, Courier(zone_ids=["west"]), town.on_date, now)
        assert permitted_area(session, city, Courier(zone_ids=["west"]), town.on_date, now) is west

    assert everywhere is None
    assert nowhere is not None
    assert nowhere.margin_m(lon=24.94, lat=60.17) == -NOWHERE_M
    assert west is not None
    assert west.margin_m(lon=0.0, lat=0.0) < 0
