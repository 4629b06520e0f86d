"""A courier calls for help: everybody sees it at once, it is kept once, and a person closes it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.context import Services
from api.db.tables import Cause, Courier, Event
from tests.service import MORNING, HandClock, Town, client_for, courier_token, seed_town

NOW_S = int(MORNING.timestamp())


def press(client: FlaskClient, token: str, age_s: int = 5, **changes: Any) -> None:
    data = {"id": "7", "lat": 60.17, "lon": 24.94, "timestamp": NOW_S - age_s, "alarm": "sos"} | changes
    assert client.post(f"/ingest/osmand/{token}", data=data).status_code == 200


def causes(services: Services) -> list[Cause]:
    with services.db.read() as session:
        return list(session.scalars(select(Cause)))


def add_gap(services: Services, town: Town) -> None:
    """A cause that is no call for help."""
    with services.db.write() as session:
        session.add(
            Cause(
                id="dev_1",
                tenant_id=town.tenant.id,
                city_id=town.city.id,
                kind="gap",
                courier_id=town.couriers[0].id,
                state="open",
                since_at=MORNING,
                noticed_at=MORNING,
                shows_at=MORNING,
            )
        )


def events(services: Services) -> list[Event]:
    with services.db.read() as session:
        return list(session.scalars(select(Event).where(Event.cause_id.is_not(None)).order_by(Event.id)))


def test_a_call_for_help_is_on_every_board_at_once_with_its_place(
    services: Services, app: Flask, town: Town, client: FlaskClient, token: str
) -> None:
    with services.db.write() as session:
        session.get_one(Courier, town.couriers[0].id).phone_e164 = "+358401234567"

    press(client, token)

    for person in (town.dispatcher, town.operator):
        board = client_for(app, person).get("/v1/snapshot").get_json()
        (cause,) = board["causes"]
        assert (cause["kind"], cause["level"], cause["state"]) == ("sos", 1, "open")
        assert (cause["lat"], cause["lon"], cause["courier_name"]) == (60.17, 24.94, "Courier 1")
        assert cause["courier_phone"] == "+358401234567"
        assert cause["shows_at"] <= board["now"]
        courier = next(one for one in board["couriers"] if one["id"] == town.couriers[0].id)
        assert [one["kind"] for one in courier["deviations"]] == ["sos"]
    (event,) = events(services)
    assert (event.kind, event.data["kind"], event.data["alarm"]) == ("deviation.opened", "sos", "sos")


def test_the_same_call_sent_again_is_one(services: Services, client: FlaskClient, token: str) -> None:
    press(client, token)
    press(client, token)

    assert len(causes(services)) == 1
    assert len(events(services)) == 1


def test_another_call_while_one_is_open_only_moves_its_place(
    services: Services, client: FlaskClient, token: str
) -> None:
    press(client, token, 30)
    press(client, token, 5, lat=60.171)

    (cause,) = causes(services)
    assert cause.lat == 60.171
    assert [event.kind for event in events(services)] == ["deviation.opened", "deviation.updated"]


@pytest.mark.parametrize(
    "changes",
    [{"lat": 0.0, "lon": 0.0}, {"timestamp": 619_315_200}, {"accuracy": 9_000}, {"alarm": "fall detected"}],
)
def test_a_call_counts_whatever_is_thought_of_its_position(
    services: Services, client: FlaskClient, token: str, changes: dict[str, Any]
) -> None:
    client.post(f"/ingest/osmand/{token}", data={"lat": 60.172, "lon": 24.95, "timestamp": NOW_S - 60})

    press(client, token, **changes)

    (cause,) = causes(services)
    assert cause.lat is not None
    assert cause.lat > 60
    assert MORNING.timestamp() - 86_400 < cause.since_at.timestamp() <= MORNING.timestamp()


def test_a_call_outside_a_shift_gets_through(services: Services, client: FlaskClient, town: Town) -> None:
    secret = courier_token(services, town.couriers[0])

    press(client, secret)
    press(client, secret)

    assert [cause.kind for cause in causes(services)] == ["sos"]
    assert len(events(services)) == 1


def test_an_operator_or_dispatcher_closes_it_and_the_next_call_is_a_new_one(
    services: Services, clock: HandClock, app: Flask, town: Town, client: FlaskClient, token: str
) -> None:
    press(client, token, 30)
    first = causes(services)[0].id

    closed = client_for(app, town.operator).post(f"/v1/causes/{first}/close")
    again = client_for(app, town.dispatcher).post(f"/v1/causes/{first}/close")
    press(client, token, 5)

    assert (closed.status_code, closed.get_json()["state"], again.status_code) == (200, "closed", 200)
    assert [event.kind for event in events(services)] == ["deviation.opened", "deviation.closed", "deviation.opened"]
    assert events(services)[1].data["by"] == "Operator"
    assert sorted(cause.state for cause in causes(services)) == ["closed", "open"]


def test_one_person_takes_a_call_and_all_see_who(
    services: Services, app: Flask, town: Town, client: FlaskClient, token: str
) -> None:
    press(client, token, 30)
    (cause,) = causes(services)

    taken = client_for(app, town.operator).post(f"/v1/causes/{cause.id}/take")
    press(client, token, 5)

    assert (taken.status_code, taken.get_json()["taken_by"]) == (200, "Operator")
    (shown,) = client_for(app, town.dispatcher).get("/v1/snapshot").get_json()["causes"]
    assert (shown["state"], shown["taken_by"]) == ("taken", "Operator")
    assert len(causes(services)) == 1


def test_an_operator_takes_nothing_else(services: Services, app: Flask, town: Town) -> None:
    add_gap(services, town)

    assert client_for(app, town.operator).post("/v1/causes/dev_1/take").status_code == 403
    assert client_for(app, town.dispatcher).post("/v1/causes/dev_1/take").status_code == 200


def test_our_own_app_calls_for_help_too(services: Services, app: Flask, town: Town, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    pings = [
        {"fix_at": "2026-11-23T06:59:50Z", "lat": 60.17, "lon": 24.94, "alarm": "SOS"},
        {"fix_at": "2026-11-23T06:59:51Z", "lat": 60.17, "lon": 24.94, "alarm": ""},
        {"fix_at": "2026-11-23T06:59:52Z", "lat": 60.17, "lon": 24.94},
    ]

    answer = app.test_client().post("/v1/pings", json={"pings": pings}, headers=bearer).get_json()

    assert (answer["accepted"], answer["refused"]) == (3, [])
    assert [(event.kind, event.data["alarm"]) for event in events(services)] == [("deviation.opened", "SOS")]


def test_only_calls_for_help_are_closed_by_hand(services: Services, app: Flask, town: Town) -> None:
    add_gap(services, town)

    assert client_for(app, town.dispatcher).post("/v1/causes/dev_1/close").status_code == 409
    assert client_for(app, town.dispatcher).post("/v1/causes/nothing/close").status_code == 404


def test_a_call_is_seen_and_closed_in_its_own_organisation_only(
    services: Services, app: Flask, town: Town, client: FlaskClient, token: str
) -> None:
    press(client, token)
    other = seed_town(services, tenant_name="Another", slug="other")
    stranger = client_for(app, other.dispatcher)

    assert stranger.post(f"/v1/causes/{causes(services)[0].id}/close").status_code == 404
    assert stranger.get("/v1/snapshot").get_json()["causes"] == []
