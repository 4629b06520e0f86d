"""Which phones speak for a courier, and an end to one: at once, for good, without losing what it sent."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.actions.accounts import add_token
from api.actions.phones import find_phone_of_topic
from api.app import create_services
from api.cli import run
from api.context import Role, Services
from api.db.tables import AuditRow, Event, PingRow
from api.settings import Settings
from tests.service import MORNING, HandClock, Town, begin_shifts, client_for, courier_token, seed_town

NOW_S = int(MORNING.timestamp())


@pytest.fixture
def desk(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


@pytest.fixture
def phones(town: Town) -> str:
    """The address of the phones of courier C1."""
    return f"/v1/couriers/{town.couriers[0].id}/phones"


def listed(desk: FlaskClient, phones: str) -> list[dict[str, Any]]:
    answer = desk.get(phones)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["phones"]
    return found


def send(app: Flask, token: str, age_s: int) -> list[int]:
    """The answers to one position by path, by header and by the API of our own."""
    client, bearer = app.test_client(), {"Authorization": f"Bearer {token}"}
    point = {"lat": 60.17, "lon": 24.94, "timestamp": NOW_S - age_s}
    at = {"fix_at": f"2026-11-23T06:59:{59 - age_s:02}Z", "lat": 60.17, "lon": 24.94}
    return [
        client.post(f"/ingest/osmand/{token}", data=point).status_code,
        client.post("/ingest/overland", json={"locations": []}, headers=bearer).status_code,
        client.post("/v1/pings", json={"pings": [at]}, headers=bearer).status_code,
    ]


def test_a_phone_is_listed_with_what_was_heard_of_it(
    services: Services, app: Flask, clock: HandClock, town: Town, desk: FlaskClient, phones: str
) -> None:
    begin_shifts(services, town)
    token = courier_token(services, town.couriers[0])
    assert [(one["last_seen_at"], one["app"]) for one in listed(desk, phones)] == [(None, None)]

    send(app, token, 5)
    clock.advance(20)
    send(app, token, 4)
    (soon,) = listed(desk, phones)
    clock.advance(20)
    send(app, token, 3)
    (later,) = listed(desk, phones)

    assert (soon["last_seen_at"], soon["app"]) == ("2026-11-23T07:00:20Z", "overland")
    assert later["last_seen_at"] == "2026-11-23T07:00:40Z"
    assert token not in json.dumps(later)


def test_a_revoked_phone_is_refused_at_once_and_what_it_sent_stays(
    services: Services, app: Flask, town: Town, desk: FlaskClient, phones: str
) -> None:
    begin_shifts(services, town)
    token, other = (courier_token(services, town.couriers[0]) for _ in range(2))
    assert send(app, token, 5) == [200, 200, 200]
    with services.db.read() as session:
        kept = len(list(session.scalars(select(PingRow))))
    mine = next(one["id"] for one in listed(desk, phones) if one["last_seen_at"])

    answers = [desk.delete(f"{phones}/{mine}").status_code for _ in range(2)]

    assert answers == [204, 204]
    assert send(app, token, 4) == [401, 401, 401]
    assert send(app, other, 3) == [200, 200, 200]
    assert [one["id"] for one in listed(desk, phones)] != [mine]
    with services.db.read() as session:
        assert len(list(session.scalars(select(PingRow)))) == kept + 2
        told = str([vars(row) for row in [*session.scalars(select(AuditRow)), *session.scalars(select(Event))]])
    assert "revoke_token" in told
    assert token not in told


def test_phones_of_others_are_not_found(services: Services, app: Flask, town: Town, desk: FlaskClient) -> None:
    other = seed_town(services, tenant_name="Another", slug="other")
    courier_token(services, town.couriers[1])
    mine = f"/v1/couriers/{town.couriers[0].id}/phones"
    theirs = f"/v1/couriers/{town.couriers[1].id}/phones"
    token_id = listed(desk, theirs)[0]["id"]
    stranger = client_for(app, other.dispatcher)

    assert stranger.get(theirs).status_code == 404
    assert stranger.delete(f"{theirs}/{token_id}").status_code == 404
    assert desk.delete(f"{mine}/{token_id}").status_code == 404
    assert desk.get("/v1/couriers/nobody/phones").status_code == 404
    assert len(listed(desk, theirs)) == 1


def test_couriers_and_strangers_may_not_see_or_revoke(services: Services, app: Flask, town: Town, phones: str) -> None:
    bearer = {"Authorization": f"Bearer {courier_token(services, town.couriers[0])}"}
    client = app.test_client()

    assert (client.get(phones).status_code, client.delete(f"{phones}/x").status_code) == (401, 401)
    assert client.get(phones, headers=bearer).status_code == 403
    assert client.delete(f"{phones}/x", headers=bearer).status_code == 403


def test_a_new_set_up_page_ends_the_old_phone_unless_it_is_to_be_kept(
    services: Services, app: Flask, town: Town, desk: FlaskClient, phones: str
) -> None:
    old = courier_token(services, town.couriers[0])
    wish = f"/v1/couriers/{town.couriers[0].id}/phone-setup"

    beside = desk.post(wish, json={"keep_others": True}).get_json()
    kept = [send(app, old, 5)[0], len(listed(desk, phones))]
    instead = desk.post(wish).get_json()

    assert (beside["revoked_phones"], kept) == (0, [200, 2])
    assert instead["revoked_phones"] == 2
    assert send(app, old, 4)[0] == 401
    assert [one["id"] for one in listed(desk, phones)] == [instead["token_id"]]
    assert app.test_client().get(urlsplit(beside["url"]).path).status_code == 404
    assert app.test_client().get(urlsplit(instead["url"]).path).status_code == 200


def test_a_page_does_not_take_another_phone_of_the_courier_for_its_own(
    services: Services, app: Flask, town: Town, desk: FlaskClient
) -> None:
    begin_shifts(services, town)
    other = courier_token(services, town.couriers[0])
    made = desk.post(f"/v1/couriers/{town.couriers[0].id}/phone-setup", json={"keep_others": True}).get_json()

    send(app, other, 5)

    assert "Nothing has come" in app.test_client().get(urlsplit(made["url"]).path).text


def test_the_name_at_the_broker_of_a_revoked_phone_is_free_again(
    services: Services, town: Town, desk: FlaskClient, phones: str
) -> None:
    caller = town.caller(town.admin)
    add_token(services, caller, name="p", role=Role.COURIER, courier_code="C1", mqtt_name="anna/phone")
    desk.delete(f"{phones}/{listed(desk, phones)[0]['id']}")
    assert find_phone_of_topic(services, "anna/phone") is None

    add_token(services, caller, name="p", role=Role.COURIER, courier_code="C2", mqtt_name="anna/phone")

    found = find_phone_of_topic(services, "anna/phone")
    assert found is not None
    assert found.caller.courier_id == town.couriers[1].id


def test_the_command_line_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))

    def say(*words: str) -> tuple[int, str]:
        code = run(list(words))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    say("migrate")
    services = create_services(Settings(folder=tmp_path))
    seed_town(services)
    services.db.close()
    made = json.loads(say("token", "add", "--courier", "C2", "--json")[1])

    before = json.loads(say("token", "list", "--courier", "C2", "--json")[1])
    revoked = say("token", "revoke", made["id"])

    assert [one["id"] for one in before["tokens"]] == [made["id"]]
    assert made["token"] not in json.dumps(before)
    assert (revoked[0], made["id"] in revoked[1]) == (0, True)
    assert say("token", "list") == (0, "no token is in force\n")
    assert say("token", "list", "--courier", "C9")[0] != 0
    code, words = say("token", "revoke", "tok_nobody")
    assert (code != 0, "tok_nobody" in words) == (True, True)
