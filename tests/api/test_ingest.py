"""What apps of others on couriers' phones send: who they are, what they are told, and what is kept."""

import base64
import gzip
import io
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from nacl.secret import SecretBox
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.actions.accounts import add_token
from api.app import create_app, runtime_of
from api.context import Role, Services
from api.credentials import hash_token
from api.db.tables import AccessToken, City, CourierStateRow, PingRow, RefusedPingRow
from api.logs import configure_logs
from api.tracking_service import PingWriter
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

NOW_S = int(MORNING.timestamp())


@pytest.fixture
def token(services: Services, town: Town) -> str:
    """The secret of the phone of a courier who is at work since five."""
    begin_shifts(services, town)
    return courier_token(services, town.couriers[0])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def stored(services: Services) -> list[PingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(PingRow).order_by(PingRow.fix_at)))


def refused(services: Services) -> list[RefusedPingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(RefusedPingRow)))


def query(age_s: int = 10, **changes: Any) -> dict[str, Any]:
    return {"id": "7", "lat": 60.17, "lon": 24.94, "timestamp": NOW_S - age_s, "speed": 19.44, "accuracy": 5} | changes


def feature(age_s: float = 10, **properties: Any) -> dict[str, Any]:
    at = (MORNING - timedelta(seconds=age_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [24.94 - age_s * 1e-6, 60.17]},
        "properties": {"timestamp": at, "speed": 4, "horizontal_accuracy": 5, "battery_level": 0.8} | properties,
    }


def location(age_s: int = 10, **changes: Any) -> dict[str, Any]:
    return {"_type": "location", "lat": 60.17, "lon": 24.94, "tst": NOW_S - age_s, "acc": 5, "vel": 36} | changes


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


type Send = Callable[[FlaskClient, str], TestResponse]

SENDERS: dict[str, Send] = {
    "traccar_query": lambda c, t: c.post(f"/ingest/osmand/{t}", query_string=query()),
    "traccar_get": lambda c, t: c.get(f"/ingest/osmand/{t}/", query_string=query()),
    "traccar_form": lambda c, t: c.post(f"/ingest/osmand/{t}", data=query()),
    "traccar_parts": lambda c, t: c.post(f"/ingest/osmand/{t}", data=query(), content_type="multipart/form-data"),
    "traccar_json": lambda c, t: c.post(
        f"/ingest/osmand/{t}",
        json={
            "device_id": "7",
            "location": {
                "timestamp": (MORNING - timedelta(seconds=10)).isoformat().replace("+00:00", "Z"),
                "coords": {"latitude": 60.17, "longitude": 24.94, "accuracy": 5, "speed": 10.0, "heading": 63},
                "battery": {"level": 0.5, "is_charging": True},
            },
        },
    ),
    "osmand_app": lambda c, t: c.get(
        f"/ingest/osmand-app/{t}",
        query_string={"lat": 60.17, "lon": 24.94, "timestamp": (NOW_S - 10) * 1000, "hdop": 5, "speed": 10.0},
    ),
    "owntracks_basic": lambda c, t: c.post("/ingest/owntracks", json=location(), headers=basic("C1", t)),
    "owntracks_limit": lambda c, t: c.post(
        "/ingest/owntracks", json=location(), headers={"X-Limit-U": "c1", "X-Limit-D": t}
    ),
    "owntracks_overland": lambda c, t: c.post(
        "/ingest/owntracks", json=location(), headers={"Authorization": f"Basic {t}:"}
    ),
    "overland": lambda c, t: c.post(
        "/ingest/overland", json={"locations": [feature()]}, headers={"Authorization": f"Bearer {t}"}
    ),
    "gpslogger_get": lambda c, t: c.get(
        f"/ingest/gpslogger/{t}", query_string={"lat": 60.17, "lon": 24.94, "timestamp": NOW_S - 10, "spd": 10}
    ),
    "gpslogger_put": lambda c, t: c.put(
        f"/ingest/gpslogger/{t}", data=f"lat=60.17&lon=24.94&timestamp={NOW_S - 10}&spd=10".encode()
    ),
    "gpslogger_basic": lambda c, t: c.post(
        "/ingest/gpslogger", data=f"lat=60.17&lon=24.94&timestamp={NOW_S - 10}".encode(), headers=basic("x", t)
    ),
}
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


def test_ten_thousand_points_at_once_and_all_of_them_again(services: Services, client: FlaskClient, token: str) -> None:
    """A phone that was silent for seven hours, then sends everything, twice."""
    set_times = [age_s * 0.7 for age_s in range(10_000)]
    points = [feature(age_s, unique_id=f"{k:05}", k=k) for k, age_s in enumerate(set_times)]
    for k, point in enumerate(points):
        point["properties"]["timestamp"] = (MORNING - timedelta(seconds=set_times[k])).isoformat()
    body = json.dumps({"locations": points})
    auth = {"Authorization": f"Bearer {token}"}

    first = client.post("/ingest/overland", data=body, headers=auth, content_type="application/json")
    kept = len(stored(services))
    again = client.post("/ingest/overland", data=body, headers=auth, content_type="application/json")

    assert (first.status_code, first.get_json(), again.get_json()) == (200, {"result": "ok"}, {"result": "ok"})
    assert kept + len(refused(services)) == 10_000
    assert len(stored(services)) == kept


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("gpslogger/{token}", 64 * 1024),
        ("osmand-app/{token}", 64 * 1024),
        ("owntracks", 8_000_000),
        ("osmand/{token}", 8_000_000),
        ("overland", 8_000_000),
    ],
)
def test_a_body_beyond_the_limit_is_told_so(client: FlaskClient, token: str, path: str, most: int) -> None:
    auth = {"Authorization": f"Bearer {token}"}
    url = f"/ingest/{path.format(token=token)}"

    large = client.post(url, data=b" " * (most + 1), headers=auth)
    fits = client.post(url, data=b" " * (most - 1), headers=auth)

    assert (large.status_code, fits.status_code) == (413, 200)
    assert large.content_type.startswith("text/plain")


@pytest.mark.parametrize("header", [{"Content-Encoding": "gzip"}, {}])
def test_a_packed_batch_is_read_and_a_packed_flood_is_not(
    services: Services, client: FlaskClient, token: str, header: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {token}"} | header
    batch = gzip.compress(json.dumps({"locations": [feature(20), feature(10)]}).encode())

    taken = client.post("/ingest/overland", data=batch, headers=headers)
    flood = client.post("/ingest/overland", data=gzip.compress(b" " * 8_000_001), headers=headers)

    assert (taken.status_code, flood.status_code, len(stored(services))) == (200, 413, 2)


def test_of_a_batch_that_is_cut_off_what_came_whole_is_kept_and_the_rest_is_told(
    services: Services, client: FlaskClient, token: str
) -> None:
    body = json.dumps({"locations": [feature(30), feature(20), feature(10)]}).encode()
    auth = {"Authorization": f"Bearer {token}"}

    cut = client.post("/ingest/overland", data=body[:-40], headers=auth)
    kept = [row.code for row in refused(services)]
    whole = client.post("/ingest/overland", data=body, headers=auth)

    assert (cut.status_code, cut.get_json(), whole.status_code) == (200, {"result": "ok"}, 200)
    assert kept == ["unreadable"]
    assert [NOW_S - int(row.fix_at.timestamp()) for row in stored(services)] == [30, 20, 10]


def test_a_day_sent_again_in_batches_of_other_sizes_and_out_of_order_changes_nothing(
    services: Services, client: FlaskClient, token: str
) -> None:
    day = [feature(age_s) for age_s in range(6_000, 0, -15)]
    auth = {"Authorization": f"Bearer {token}"}

    def send(size: int, order: int) -> list[int]:
        batches = [day[start : start + size][::order] for start in range(0, len(day), size)][::order]
        return [
            client.post("/ingest/overland", json={"locations": batch, "current": day[-1]}, headers=auth).status_code
            for batch in batches
        ]

    answers = send(100, 1)
    before = [(row.fix_at, row.late) for row in stored(services)]
    answers += send(7 * 13, -1) + send(400, 1)

    assert set(answers) == {200}
    assert len(before) == len(day)
    assert [(row.fix_at, row.late) for row in stored(services)] == before
    assert refused(services) == []


def test_what_gpslogger_sends_again_out_of_its_file_changes_nothing(
    services: Services, client: FlaskClient, token: str
) -> None:
    url = f"/ingest/gpslogger/{token}?lat=60.17&lon=24.94&acc=5.0"

    live = client.get(f"{url}&time=2026-11-23T06:59:50.949Z")
    again = client.get(f"{url}&time=2026-11-23T06:59:50.000Z")

    assert (live.status_code, again.status_code, len(stored(services))) == (200, 200, 1)


def test_all_that_waits_in_the_queue_of_traccar_is_taken_as_one_list(
    services: Services, client: FlaskClient, token: str
) -> None:
    queue = [query(age_s, lon=24.94 + age_s * 1e-6, alarm=None) for age_s in range(1_500, 0, -1)]

    answer = client.post(f"/ingest/osmand/{token}", json=queue)

    assert (answer.status_code, len(stored(services))) == (200, 1_500)


def test_a_request_whose_connection_broke_is_to_be_sent_again(
    services: Services, client: FlaskClient, token: str
) -> None:
    body = b"id=7&lat=60.17&lon=24.94&timestamp=%d" % (NOW_S - 5)

    cut = client.post(
        f"/ingest/osmand/{token}",
        input_stream=io.BytesIO(body[:-3]),
        environ_overrides={"CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True},
    )
    whole = client.post(f"/ingest/osmand/{token}", data=body)

    assert (cut.status_code, whole.status_code, len(stored(services))) == (400, 200, 1)
    assert cut.content_type.startswith("text/plain")


def test_a_body_without_a_length_has_the_same_limit(app: Flask, token: str) -> None:
    def post(size: int) -> int:
        return (
            app.test_client()
            .post(
                "/ingest/overland",
                input_stream=io.BytesIO(b" " * size),
                headers={"Authorization": f"Bearer {token}", "Transfer-Encoding": "chunked"},
                environ_overrides={"wsgi.input_terminated": True},
            )
            .status_code
        )

    assert (post(3_000_000), post(8_000_001)) == (200, 413)


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
