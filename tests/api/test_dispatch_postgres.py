"""What dispatchers keep, on a real PostgreSQL: the same stores, the same answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api.app import create_app
from api.context import Services
from api.db import job_store, order_store, zone_store
from tests.api.orders import at, date_of, order_json, square, zones_json
from tests.api.planning import ask_for_plan, plan_day, post_orders, read_plan, visits_of
from tests.postgres import PostgresServer
from tests.service import HandClock, Town, client_for, make_services


@pytest.fixture
def services(tmp_path: Path, postgres: PostgresServer, clock: HandClock) -> Iterator[Services]:
    services = make_services(tmp_path, clock=clock, url=postgres.make_database())
    yield services
    services.db.close()


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def test_a_day_is_planned_edited_and_cancelled(app: Flask, services: Services, town: Town) -> None:
    client = client_for(app, town.dispatcher)
    client.post("/v1/zones?publish=1", json=zones_json())
    ids = post_orders(client, *(order_json(number) for number in range(5)), order_json(9, lon=24.99))

    first = plan_day(client)
    client.patch(f"/v1/orders/{ids[1]}", json={"windows": [[at(3), at(4)]]})
    client.post(f"/v1/orders/{ids[2]}/cancel", json={"reason": "client asked"})

    plans = (client.get(f"/v1/plans?date={date_of(town)}").json or {})["plans"]
    assert [(one["version"], one["reason"]) for one in plans] == [(3, "stop_dropped"), (2, "edited"), (1, "plan")]
    newest = read_plan(client, plans[0]["id"])
    assert set(visits_of(newest)) == {ids[0], ids[1], ids[3], ids[4]}
    assert read_plan(client, first["plan_id"])["version"] == 1
    history = (client.get(f"/v1/orders/{ids[1]}").json or {})["history"]
    assert {"order.created", "order.edited", "promise"} <= {one["kind"] for one in history}


def test_zones_come_back_as_they_were_stored(app: Flask, services: Services, town: Town) -> None:
    client = client_for(app, town.dispatcher)
    hole = square("ring", 24.90, 60.15, 24.98, 60.19)
    hole["geometry"]["coordinates"].append(
        [[24.93, 60.16], [24.93, 60.18], [24.95, 60.18], [24.95, 60.16], [24.93, 60.16]]
    )

    client.post("/v1/zones?publish=1", json=zones_json(hole))

    with services.db.read() as session:
        row = zone_store.find_in_force(session, town.tenant.id, town.city.id, services.clock.now())
        assert row is not None
        (zone,) = zone_store.load_zones(session, town.tenant.id, row).zones
        assert len(list(zone.area.interiors)) == 1  # type: ignore[union-attr]
        assert zone_store.find_in_force(session, "another", town.city.id, services.clock.now()) is None


def test_a_job_is_taken_once_and_taken_up_again(app: Flask, services: Services, town: Town) -> None:
    client = client_for(app, town.dispatcher)
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client)
    now = services.clock.now()

    with services.db.write() as session:
        first, second = job_store.take(session, job_id, now), job_store.take(session, job_id, now)
    with services.db.write() as session:
        again = job_store.requeue_running(session)
        waiting = job_store.oldest_queued_id(session)

    assert first is not None
    assert (second, again, waiting) == (None, 1, job_id)


def test_numbers_taken_are_those_of_the_tenant(app: Flask, services: Services, town: Town) -> None:
    post_orders(client_for(app, town.dispatcher), order_json(1))

    with services.db.read() as session:
        assert order_store.taken_numbers(session, town.tenant.id, {"5001", "5002"}) == {"5001"}
        assert order_store.taken_numbers(session, "another", {"5001"}) == frozenset()
