"""What apps of others on couriers' phones send: who they are, what they are told, and what is kept."""

import base64
import io
import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from nacl.secret import SecretBox
from sqlalchemy.orm import Session

from api.actions.accounts import add_token
from api.app import create_app, runtime_of
from api.context import Role, Services
from api.credentials import hash_token
from api.db.tables import AccessToken, City, CourierStateRow
from api.logs import configure_logs
from api.tracking_service import PingWriter
from tests.api.phone_requests import NOW_S, SENDERS, Send, basic, location, query, refused, stored
from tests.service import (
    MORNING,
    HandClock,
    Town,
    begin_shifts,
    client_for,
    courier_token,
    make_services,
    seed_town,
    set_shift,
    wait_until,
)

each_app = pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS.keys())


@each_app
def test_a_ping_is_stored_before_the_apps_success_answer(
    services: Services, client: FlaskClient, token: str, send: Send
) -> None:
    answer = send(client, token)

    assert answer.status_code == 200
    (row,) = stored(services)
    assert row.fix_at == MORNING - timedelta(seconds=10)
    assert (round(row.lat or 0, 4), row.dialect is not None) == (60.17, True)


@each_app
def test_the_same_again_changes_nothing(services: Services, client: FlaskClient, token: str, send: Send) -> None:
    first = send(client, token)
    again = send(client, token)

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert len(stored(services)) == 1


@each_app
def test_an_unknown_secret_is_a_visible_error_and_keeps_nothing(
    services: Services, client: FlaskClient, town: Town, send: Send
) -> None:
    answer = send(client, "nobodys-secret")

    assert answer.status_code in {401, 404}
    assert b"set-up page" in answer.data
    assert b"nobodys-secret" not in answer.data
    assert stored(services) == []


@each_app
def test_a_guessable_name_authenticates_nobody(client: FlaskClient, town: Town, send: Send) -> None:
    assert send(client, town.couriers[0].code).status_code in {401, 404}
    assert send(client, town.couriers[0].id).status_code in {401, 404}


@each_app
def test_the_secret_of_a_program_is_no_phone(services: Services, client: FlaskClient, town: Town, send: Send) -> None:
    _, secret = add_token(services, town.caller(town.admin), name="partner", role=Role.DISPATCHER)

    assert send(client, secret).status_code == 403


@each_app
def test_a_revoked_secret_is_told_so(services: Services, client: FlaskClient, token: str, send: Send) -> None:
    with services.db.write() as session:
        session.get_one(AccessToken, hash_token(token)).revoked_at = MORNING

    assert send(client, token).status_code == 401


@each_app
def test_outside_a_shift_the_app_succeeds_and_nothing_of_the_place_is_kept(
    services: Services, client: FlaskClient, town: Town, send: Send
) -> None:
    secret = courier_token(services, town.couriers[0])

    assert send(client, secret).status_code == 200
    assert stored(services) == []
    assert refused(services) == []
    with services.db.read() as session:
        assert session.get(CourierStateRow, town.couriers[0].id) is None
        row = session.get_one(AccessToken, hash_token(secret))
        assert (row.off_shift_pings, row.last_seen_at, bool(row.last_dialect)) == (1, MORNING, True)


def test_too_many_who_wait_are_asked_to_come_again(tmp_path: Path) -> None:
    """The writer is held by one piece of work, and another one waits: as many as this service lets wait."""
    services = make_services(tmp_path, max_waiting_phones=0)
    app = create_app(services)
    writer = runtime_of(app).get(PingWriter)
    town = seed_town(services)
    begin_shifts(services, town)
    token = courier_token(services, town.couriers[0])
    holding, gate = threading.Event(), threading.Event()

    def hold(_session: Session) -> bool:
        holding.set()
        return gate.wait(60)

    threads = [threading.Thread(target=writer.run, args=(work,)) for work in (hold, lambda _: True)]
    writer.start()
    threads[0].start()
    assert holding.wait(60)
    threads[1].start()
    wait_until(writer.is_overloaded, "one waits behind the other")

    answers = [send(app.test_client(), token) for send in SENDERS.values()]

    gate.set()
    for thread in threads:
        thread.join()
    writer.stop()
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert stored(services) == []


def test_a_service_that_stops_asks_the_phone_to_come_again(app: Flask, client: FlaskClient, token: str) -> None:
    writer = runtime_of(app).get(PingWriter)
    writer.start()
    writer.stop()

    assert SENDERS["overland"](client, token).status_code == 503


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status", "answer"),
    [
        ("owntracks", b"", "application/json", 200, b"[]"),
        ("owntracks", b'{"_type":"lwt","tst":1}', "application/json", 200, b"[]"),
        ("owntracks", b'{"_type":"transition","event":"enter","tst":1}', "application/json", 200, b"[]"),
        ("owntracks", b'{"_type": "loc', "application/json", 200, b"[]"),
        ("overland", b'{"locations":[]}', "application/json", 200, b'{"result":"ok"}'),
        ("overland", b'{"locations":[null,3,{"type":"Feature"}]}', "application/json", 200, b'{"result":"ok"}'),
    ],
)
def test_what_says_no_place_gets_the_apps_success(
    client: FlaskClient, token: str, path: str, body: bytes, content_type: str, status: int, answer: bytes
) -> None:
    auth = {"Authorization": f"Bearer {token}"}
    got = client.post(f"/ingest/{path}", data=body, headers=auth, content_type=content_type)

    assert got.status_code == status
    assert json.loads(got.data) == json.loads(answer)
    assert got.content_type.startswith("application/json")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lat": 0.0, "lon": 0.0}, "null_island"),
        ({"timestamp": NOW_S - 3 * 86_400}, "too_old"),
        ({"timestamp": NOW_S + 86_400}, "from_the_future"),
        ({"timestamp": 0}, None),
        ({"timestamp": 4_070_908_800}, "from_the_future"),
        ({"lat": 60.9}, None),
        ({"accuracy": 9_000}, "too_inaccurate"),
        ({"lat": "NaN"}, None),
        ({"lat": "north"}, None),
        ({"lon": 999}, None),
    ],
)
def test_a_ping_that_is_not_believed_blocks_no_queue_and_is_kept_with_its_reason(
    services: Services, client: FlaskClient, token: str, changes: dict[str, Any], code: str | None
) -> None:
    client.post(f"/ingest/osmand/{token}", data=query(60))

    answer = client.post(f"/ingest/osmand/{token}", data=query(10, **changes))
    after = client.post(f"/ingest/osmand/{token}", data=query(5))

    assert (answer.status_code, after.status_code) == (200, 200)
    assert len(refused(services)) == 1
    (row,) = refused(services)
    assert row.dialect is not None
    assert row.raw
    assert code is None or row.code == code
    assert len(stored(services)) == 2


def test_all_that_the_phone_says_is_kept(services: Services, client: FlaskClient, token: str) -> None:
    SENDERS["traccar_json"](client, token)
    client.get(
        f"/ingest/osmand-app/{token}",
        query_string={
            "lat": 60.17,
            "lon": 24.94,
            "timestamp": (NOW_S - 5) * 1000,
            "altitude": 21.5,
            "eta": (NOW_S + 600) * 1000,
        },
    )

    traccar, osmand = stored(services)
    assert (traccar.speed_mps, traccar.battery_share, traccar.is_charging) == (10.0, 0.5, True)
    assert (osmand.altitude_m, osmand.device_eta_at) == (21.5, MORNING + timedelta(minutes=10))


def test_a_sign_of_life_is_kept_without_a_place(services: Services, client: FlaskClient, token: str) -> None:
    client.post(f"/ingest/osmand/{token}", data={"id": "7", "timestamp": NOW_S - 5, "batt": 50})

    (row,) = stored(services)
    assert (row.lon, row.battery_share) == (None, 0.5)


def test_a_time_without_a_zone_is_that_of_the_couriers_city(
    services: Services, client: FlaskClient, token: str
) -> None:
    client.get(f"/ingest/osmand/{token}", query_string=query(timestamp="2026-11-23 08:59:30"))

    (row,) = stored(services)
    assert row.fix_at == MORNING - timedelta(seconds=30)
    assert row.flags == ["naive_timestamp"]


def test_owntracks_opens_what_was_encrypted_with_the_key_of_this_phone(
    services: Services, client: FlaskClient, token: str
) -> None:
    with services.db.write() as session:
        session.get_one(AccessToken, hash_token(token)).owntracks_key = "ours"
    text = json.dumps(location()).encode()

    def sealed(key: bytes) -> dict[str, str]:
        data = SecretBox(key.ljust(32, b"\0")).encrypt(text)
        return {"_type": "encrypted", "data": base64.b64encode(bytes(data)).decode()}

    right = client.post("/ingest/owntracks", json=sealed(b"ours"), headers=basic("c1", token))
    wrong = client.post("/ingest/owntracks", json=sealed(b"theirs"), headers=basic("c1", token))

    assert (right.status_code, right.get_json(), wrong.status_code) == (200, [], 200)
    assert len(stored(services)) == 1
    assert [row.code for row in refused(services)] == ["wrong_key"]


def test_what_one_courier_sends_is_his_alone(services: Services, client: FlaskClient, token: str) -> None:
    other = seed_town(services, tenant_name="Another", slug="other")
    begin_shifts(services, other)
    secret = courier_token(services, other.couriers[0])

    for each in (token, secret):
        client.post(f"/ingest/osmand/{each}", data=query())

    rows = stored(services)
    assert len({row.tenant_id for row in rows}) == len({row.courier_id for row in rows}) == 2


def test_a_session_of_a_person_does_not_make_his_browser_a_phone(app: Flask, town: Town) -> None:
    assert client_for(app, town.dispatcher).post("/ingest/overland", json={"locations": []}).status_code == 401


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("DEBUG", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_secret_reaches_no_log_no_figure_and_no_row(
    services: Services, app: Flask, client: FlaskClient, town: Town, token: str, log: io.StringIO
) -> None:
    for send in SENDERS.values():
        send(client, token)
    client.post("/ingest/owntracks", json={"_type": "x", "topic": f"owntracks/c1/{token}"}, headers=basic("c1", token))
    client.post("/ingest/owntracks", data=f'{{"topic": "{token}', headers=basic("c1", token))
    client.get(f"/ingest/osmand/{token}/more")
    structlog.get_logger().info("seen", where=f"GET /ingest/osmand/{token}?id=7", page=f"/setup/{token}")
    logging.getLogger("other").warning("asked /ingest/gpslogger/%s", token)

    # a fault of ours whose words hold the secret: no zone has this name
    with services.db.write() as session:
        session.get_one(City, town.city.id).timezone = f"/ingest/osmand-app/{token}"
    failed = SENDERS["traccar_form"](client, token)

    assert failed.status_code == 500
    assert token not in failed.text
    assert token not in log.getvalue()
    assert "/ingest/osmand/[hidden]" in log.getvalue()
    assert "got: /ingest/osmand-app/[hidden]" in log.getvalue()
    assert token not in client.get("/metrics").text
    for row in refused(services):
        assert token not in json.dumps(row.raw) + row.message + row.dedupe_key


def test_a_shift_that_ends_ends_the_keeping(
    services: Services, clock: HandClock, client: FlaskClient, town: Town, token: str
) -> None:
    client.post(f"/ingest/osmand/{token}", data=query(10))
    set_shift(services, town.shifts[0], "ended", started_at=MORNING - timedelta(hours=1), ended_at=MORNING)
    clock.advance(600)

    assert client.post(f"/ingest/osmand/{token}", data=query(-590)).status_code == 200
    assert len(stored(services)) == 1


def test_a_lock_that_does_not_end_is_answered_with_come_again_and_nothing_is_lost(tmp_path: Path) -> None:
    """Another program holds the file's one write lock."""
    services = make_services(tmp_path, sqlite_busy_timeout_ms=1)
    client = create_app(services).test_client()
    town = seed_town(services)
    begin_shifts(services, town)
    token = courier_token(services, town.couriers[0])
    other = sqlite3.connect(tmp_path / "corridor.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    locked = SENDERS["traccar_form"](client, token)
    other.execute("ROLLBACK")
    other.close()
    again = SENDERS["traccar_form"](client, token)

    assert (locked.status_code, locked.headers["Retry-After"]) == (503, "15")
    assert (again.status_code, len(stored(services))) == (200, 1)


def test_a_dispatcher_begins_and_ends_the_shift_of_a_courier_whose_app_cannot(
    services: Services, clock: HandClock, app: Flask, client: FlaskClient, town: Town
) -> None:
    secret = courier_token(services, town.couriers[0])
    desk, where = client_for(app, town.dispatcher), f"/v1/couriers/{town.couriers[0].id}/shift"

    begun = desk.post(f"{where}/start").get_json()
    client.post(f"/ingest/osmand/{secret}", data=query(0))
    clock.advance(600)
    ended = desk.post(f"{where}/end").get_json()
    clock.advance(600)
    client.post(f"/ingest/osmand/{secret}", data=query(-1200))

    assert (begun["state"], ended["state"], len(stored(services))) == ("started", "ended", 1)
    assert desk.post("/v1/couriers/nobody/shift/start").status_code == 404
    other = seed_town(services, tenant_name="Another", slug="other")
    assert desk.post(f"/v1/couriers/{other.couriers[0].id}/shift/start").status_code == 404
