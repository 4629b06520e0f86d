"""The console's rows: the right facts, in a number of queries that does not grow with the city."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from api.actions.board import snapshot
from api.app import create_app
from api.context import Services
from api.road_networks import RoadNetworks
from tests.service import HandClock, Town, client_for, make_services, seed_town
from tests.tracked_day import Phone, publish_straight_day


def queries_of_snapshot(services: Services, town: Town) -> int:
    count = 0

    def note(*_: Any) -> None:
        nonlocal count
        count += 1

    event.listen(services.db.engine, "before_cursor_execute", note)
    try:
        snapshot(services, town.caller(), None)
    finally:
        event.remove(services.db.engine, "before_cursor_execute", note)
    return count


def test_a_larger_city_costs_no_more_queries(tmp_path: Path) -> None:
    counts = []
    for couriers in (1, 6):
        services = make_services(tmp_path / str(couriers), clock=HandClock())
        town = seed_town(services, couriers=couriers)
        publish_straight_day(services, town, stops=3 * couriers)
        counts.append(queries_of_snapshot(services, town))
        services.db.close()

    assert counts[0] == counts[1]


def test_rows_have_the_names_of_the_contract(app: Flask, services: Services, town: Town, clock: HandClock) -> None:
    day = publish_straight_day(services, town)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=700)

    board = client_for(app, town.dispatcher).get("/v1/snapshot").get_json()
    order = client_for(app, town.dispatcher).get(f"/v1/couriers/{town.couriers[0].id}/day").get_json()["stops"][0]

    contract = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    for name, row in {
        "CourierRow": board["couriers"][0],
        "CauseRow": board["causes"][0],
        "InboxRow": board["inbox"][0],
        "OrderRow": order,
        "Counters": board["counters"],
        "Snapshot": board,
    }.items():
        line = next(line for line in contract.splitlines() if line.startswith(f"`{name}`:"))
        missing = [key for key in row if key not in line and key not in STOP_KEYS]
        assert missing == [], name


STOP_KEYS = ("planned_arrives_at", "arrived_at", "done_at", "place_lon", "place_lat")
"""What the stops of a courier's day have beside an OrderRow."""


@pytest.mark.parametrize(
    "address", ["/v1/snapshot", "/v1/live", "/v1/map/streets", "/v1/causes/x", "/v1/couriers/x/day"]
)
def test_nobody_reads_the_board_without_signing_in(app: Flask, town: Town, address: str) -> None:
    assert app.test_client().get(address).status_code == 401


def test_a_city_without_a_network_has_an_empty_map(app: Flask, town: Town) -> None:
    assert client_for(app, town.operator).get("/v1/map/streets").get_json()["features"] == []


def test_streets_come_with_the_build_as_their_tag(services: Services, town: Town, helsinki_network_dir: Path) -> None:
    on_streets = replace(services, roads=RoadNetworks(helsinki_network_dir.parents[2]))
    reader = client_for(create_app(on_streets), town.operator)

    first = reader.get("/v1/map/streets")
    again = reader.get("/v1/map/streets", headers={"If-None-Match": first.headers["ETag"]})

    assert len(first.get_json()["features"]) > 100
    assert again.status_code == 304
    west, south, east, north = reader.get("/v1/snapshot").get_json()["city"]["bounds"]
    assert west < town.city.lon < east
    assert south < town.city.lat < north


def test_an_event_id_that_is_no_number_is_refused(app: Flask, town: Town) -> None:
    response = client_for(app, town.operator).get("/v1/live", headers={"Last-Event-ID": "soon"})

    assert response.status_code == 400
