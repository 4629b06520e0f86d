"""What a person changes in the plan is a cause by its own name: a closed street, a new stop, a new plan."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.context import Services
from api.db.tables import Cause, Event
from tests.api.orders import CENTRE, at, order_json
from tests.api.planning import plan_day, post_orders
from tests.service import Town, client_for


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def closure(name: str, from_h: float, until_h: float) -> dict[str, Any]:
    street = [[CENTRE[0], 60.10], [CENTRE[0] + 0.001, 60.101]]
    return {"name": name, "street": street, "from_at": at(from_h), "until_at": at(until_h)}


def change_causes(services: Services) -> list[tuple[str, str]]:
    with services.db.read() as session:
        return [(cause.kind, cause.street) for cause in session.scalars(select(Cause).order_by(Cause.since_at))]


def test_a_plan_for_a_closed_street_has_that_street_as_its_cause(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)

    plan_day(client, closures=[closure("Harbour Street", -2, 10), closure("Over since long", -5, -3)])

    assert change_causes(services) == [("closed_street", "Harbour Street")]
    with services.db.read() as session:
        published = session.scalars(select(Event).where(Event.kind == "plan.published").order_by(Event.id)).all()
        assert [event.cause_id is not None for event in published] == [False, True]


def test_a_plan_made_anew_without_closures_is_a_new_plan(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)

    plan_day(client)

    assert change_causes(services) == [("replan", "")]


def test_an_order_put_into_the_running_plan_is_a_cause(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)
    (order_id,) = post_orders(client, order_json(20, windows=[[at(2), at(3)]]))

    assert client.post(f"/v1/orders/{order_id}/insert", json={}).status_code in (200, 201)

    assert change_causes(services) == [("new_stop", "")]
