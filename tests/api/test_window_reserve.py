"""A day's plan keeps minutes free before windows close, as many as its request says."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.actions.planning import prepare_day
from api.context import Services
from api.db import job_store
from routing.stop import Stop
from tests.api.orders import at, instant, order_json
from tests.api.planning import ask_for_plan, plan_day, post_orders, read_plan, visits_of
from tests.service import Town, client_for


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def stop_to_plan(services: Services, job_id: str) -> Stop:
    with services.db.write() as session:
        job = job_store.take(session, job_id, services.clock.now())
        assert job is not None
        [stop] = prepare_day(session, job, services.clock.now()).inputs.stops
    return stop


def test_ten_minutes_are_wished_when_nothing_is_said(client: FlaskClient, services: Services) -> None:
    post_orders(client, order_json(1, windows=[[at(1), at(5)]]))

    stop = stop_to_plan(services, ask_for_plan(client))

    assert stop.soft_window is not None
    assert stop.soft_window.closes_at == instant(at(5)) - timedelta(minutes=10)


def test_the_request_says_how_many(client: FlaskClient, services: Services) -> None:
    post_orders(client, order_json(1, windows=[[at(1), at(5)]]))

    stop = stop_to_plan(services, ask_for_plan(client, reserve_min=25))

    assert stop.soft_window is not None
    assert stop.soft_window.closes_at == instant(at(5)) - timedelta(minutes=25)


def test_none_is_kept_for_who_wants_none(client: FlaskClient, services: Services) -> None:
    post_orders(client, order_json(1))

    assert stop_to_plan(services, ask_for_plan(client, reserve_min=0)).soft_window is None


def test_another_reserve_is_another_plan_to_make(client: FlaskClient) -> None:
    post_orders(client, order_json(1))

    assert ask_for_plan(client, reserve_min=5) != ask_for_plan(client, reserve_min=20)


def test_a_reserve_below_zero_is_refused(client: FlaskClient) -> None:
    answer = client.post("/v1/plans", json={"reserve_min": -1})

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["problems"][0]["where"] == "reserve_min"


def test_who_can_only_be_reached_in_the_last_minutes_is_still_served(client: FlaskClient) -> None:
    post_orders(client, order_json(1, ready_at=at(2), windows=[[at(1), at(2.3)]]))

    plan = read_plan(client, plan_day(client, reserve_min=60)["plan_id"])

    assert len(visits_of(plan)) == 1
