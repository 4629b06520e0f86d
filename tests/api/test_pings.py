"""What phones post: taken once, in any order, each ping judged for itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.app import create_app
from api.context import Services
from api.credentials import hash_token
from api.db.tables import AccessToken, CourierStateRow, PingRow, RefusedPingRow
from tests.service import (
    MORNING,
    HandClock,
    Town,
    begin_shifts,
    client_for,
    courier_client,
    courier_token,
    make_services,
    seed_town,
    set_shift,
)

type Post = Callable[..., dict[str, Any]]


@pytest.fixture
def phone(app: Flask, services: Services, town: Town) -> FlaskClient:
    """The phone of a courier who is at work since five."""
    begin_shifts(services, town)
    return courier_client(app, town.couriers[0])


@pytest.fixture
def post(phone: FlaskClient) -> Post:
    def send(*pings: Any) -> dict[str, Any]:
        response = phone.post("/v1/pings", json={"pings": list(pings)})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    return send


def ping(seconds: float = 0.0, **changes: Any) -> dict[str, Any]:
    at = (MORNING + timedelta(seconds=seconds)).isoformat()
    return {"fix_at": at, "lon": 24.94 + seconds * 1e-5, "lat": 60.17, "accuracy_m": 8} | changes


def stored(services: Services) -> list[PingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(PingRow).order_by(PingRow.fix_at)))


def refused(services: Services) -> list[RefusedPingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(RefusedPingRow)))


def test_the_same_ping_twice_is_one_row(services: Services, post: Post) -> None:
    first = post(ping(-30, id="a"), ping(-15, id="b"))
    again = post(ping(-30, id="a"), ping(-15, id="b"))

    assert (first["accepted"], first["duplicates"]) == (2, 0)
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    assert len(stored(services)) == 2


def test_pings_without_ids_are_the_same_by_time_and_place(services: Services, post: Post) -> None:
    post(ping(-15))

    assert post(ping(-15))["duplicates"] == 1
    assert post(ping(-15), ping(-15))["duplicates"] == 2
    assert len(stored(services)) == 1


def test_a_late_ping_is_kept_and_marked(services: Services, post: Post) -> None:
    post(ping(0))

    assert post(ping(-45))["accepted"] == 1
    assert [row.late for row in stored(services)] == [True, False]


def test_pings_of_one_batch_are_taken_in_the_order_of_their_time(services: Services, post: Post) -> None:
    post(ping(0), ping(-30), ping(-15))

    assert [row.late for row in stored(services)] == [False, False, False]


def test_a_heartbeat_is_kept_without_a_place(services: Services, post: Post) -> None:
    assert post({"fix_at": MORNING.isoformat(), "battery_share": 0.4})["accepted"] == 1
    assert stored(services)[0].lon is None


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (ping(0, fix_at=(MORNING + timedelta(minutes=10)).isoformat()), "from_the_future"),
        (ping(-3 * 24 * 3600), "too_old"),
        (ping(0, lon=0.0, lat=0.0), "null_island"),
        (ping(0, lon=25.9), "impossible_speed"),
        (ping(0, accuracy_m=5000), "too_inaccurate"),
        (ping(0, lon=999.0), "bad_value"),
        (ping(0, lat=None), "bad_value"),
        (ping(0, fix_at="yesterday"), "bad_value"),
        (ping(0, fix_at="2026-11-23T07:00:00"), "bad_value"),
        ({"lon": 24.9, "lat": 60.1}, "bad_value"),
        ("not a ping", "bad_value"),
        (None, "bad_value"),
        ([1, 2], "bad_value"),
    ],
)
def test_nonsense_is_refused_with_a_reason_and_its_neighbours_kept(
    services: Services, post: Post, bad: Any, code: str
) -> None:
    answer = post(ping(-60), ping(-45), bad, ping(-5))

    assert answer["accepted"] == 3
    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(2, code)]
    assert len(answer["refused"][0]["message"]) > 20
    assert [row.code for row in refused(services)] == [code]
    assert len(stored(services)) == 3


def test_a_refused_ping_sent_again_is_no_new_row(services: Services, post: Post) -> None:
    bad = ping(0, lon=0.0, lat=0.0)
    post(bad, "rubbish")

    again = post(bad, "rubbish")

    assert (again["duplicates"], again["refused"]) == (2, [])
    assert len(refused(services)) == 2


def test_an_empty_batch_changes_nothing(services: Services, post: Post) -> None:
    assert post() == {"accepted": 0, "duplicates": 0, "refused": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"pings": [{}, {', 400),
        (b'{"pings": ' + b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"pings": 3}', 422),
        (b'{"pings": [' + b"{}," * 1000 + b"{}]}", 422),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(phone: FlaskClient, body: bytes, status: int) -> None:
    response = phone.post("/v1/pings", data=body, content_type="application/json")

    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_a_body_beyond_the_limit_is_refused(services: Services, phone: FlaskClient) -> None:
    body = b'{"pings": ["' + b"x" * services.settings.max_body_bytes + b'"]}'

    assert phone.post("/v1/pings", data=body, content_type="application/json").status_code == 413


def test_an_unknown_token_is_told_so(app: Flask, town: Town) -> None:
    client = app.test_client()

    assert client.post("/v1/pings", json={"pings": []}).status_code == 401
    wrong = {"Authorization": "Bearer nobody"}
    assert client.post("/v1/pings", json={"pings": []}, headers=wrong).status_code == 401


def test_people_cannot_post_positions(app: Flask, town: Town) -> None:
    assert client_for(app, town.dispatcher).post("/v1/pings", json={"pings": []}).status_code == 403


def test_what_one_courier_sent_is_no_duplicate_of_another(services: Services, app: Flask, town: Town) -> None:
    begin_shifts(services, town)

    for courier in town.couriers[:2]:
        answer = courier_client(app, courier).post("/v1/pings", json={"pings": [ping(-15, id="1")]}).get_json()
        assert answer["accepted"] == 1

    assert len(stored(services)) == 2


def bare_phone(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_of_a_position_outside_a_shift_nothing_is_kept_but_the_number(
    services: Services, app: Flask, town: Town
) -> None:
    token = courier_token(services, town.couriers[0])

    answer = bare_phone(app, token).post("/v1/pings", json={"pings": [ping(-15), "rubbish"]}).get_json()

    assert answer["accepted"] == 0
    assert [one["code"] for one in answer["refused"]] == ["off_shift", "off_shift"]
    assert stored(services) == []
    assert refused(services) == []
    with services.db.read() as session:
        assert session.get(CourierStateRow, town.couriers[0].id) is None
        row = session.get_one(AccessToken, hash_token(token))
        assert (row.off_shift_pings, row.last_seen_at) == (2, MORNING)


def test_positions_before_the_begin_and_after_the_end_of_a_shift_are_not_kept(
    services: Services, app: Flask, town: Town
) -> None:
    set_shift(
        services,
        town.shifts[0],
        "ended",
        started_at=MORNING - timedelta(minutes=60),
        ended_at=MORNING - timedelta(minutes=30),
    )
    sent = [ping(60 * minutes) for minutes in (-70, -61, -60, -45, -30, -29, -20)]

    answer = courier_client(app, town.couriers[0]).post("/v1/pings", json={"pings": sent}).get_json()

    # two minutes that clocks may differ are kept at either end
    assert answer["accepted"] == 5
    assert [one["index"] for one in answer["refused"]] == [0, 6]


def test_positions_of_a_shift_that_come_after_it_are_kept(services: Services, app: Flask, town: Town) -> None:
    hours = timedelta(hours=1)
    set_shift(services, town.shifts[0], "ended", started_at=MORNING - 3 * hours, ended_at=MORNING - hours)

    answer = courier_client(app, town.couriers[0]).post("/v1/pings", json={"pings": [ping(-7200), ping(-7185)]})

    assert answer.get_json()["accepted"] == 2
    assert len(stored(services)) == 2


def test_a_shift_that_nobody_ended_ends_hours_after_its_plan(services: Services, clock: HandClock, app: Flask) -> None:
    town = seed_town(services)
    set_shift(services, town.shifts[0], "started", started_at=MORNING)
    phone = courier_client(app, town.couriers[0])
    ends_at = town.shifts[0].ends_at

    clock.set(ends_at + timedelta(hours=5))
    in_overtime = phone.post("/v1/pings", json={"pings": [ping(0, fix_at=clock.now().isoformat())]}).get_json()
    clock.set(ends_at + timedelta(hours=7))
    at_night = phone.post("/v1/pings", json={"pings": [ping(0, fix_at=clock.now().isoformat())]}).get_json()

    assert in_overtime["accepted"] == 1
    assert [one["code"] for one in at_night["refused"]] == ["off_shift"]


def test_yesterdays_positions_are_history_and_move_nobody_today(
    services: Services, clock: HandClock, app: Flask
) -> None:
    town = seed_town(services)
    phone = courier_client(app, town.couriers[0])
    set_shift(services, town.shifts[0], "ended", started_at=MORNING, ended_at=MORNING + timedelta(hours=8))
    clock.set(MORNING + timedelta(hours=23))

    answer = phone.post("/v1/pings", json={"pings": [ping(7200), ping(7215)]}).get_json()

    assert answer["accepted"] == 2
    with services.db.read() as session:
        assert session.get(CourierStateRow, town.couriers[0].id) is None


SECONDS = st.integers(-600, 0)
SENT = st.lists(
    st.one_of(
        SECONDS.map(ping),
        SECONDS.map(lambda s: ping(s, id=f"p{s % 40}")),
        SECONDS.map(lambda s: ping(s, lon=0.0, lat=0.0)),
        SECONDS.map(lambda s: {"fix_at": (MORNING + timedelta(seconds=s)).isoformat()}),
        st.sampled_from(["rubbish", None, 3, {}, {"fix_at": "x"}]),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    services = make_services(Path(tmp_path_factory.mktemp("pings")), clock=HandClock())
    return create_app(services)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(SENT, min_size=1, max_size=3))
def test_any_batches_sent_again_change_nothing(shared_app: Flask, batches: list[list[Any]]) -> None:
    services: Services = shared_app.extensions["corridor"]
    town = seed_town(services, couriers=1, tenant_name=f"T{datetime.now(tz=UTC).timestamp()}")
    begin_shifts(services, town)
    client = courier_client(shared_app, town.couriers[0])

    def kept() -> tuple[list[str], list[str], bytes | None]:
        with services.db.read() as session:
            courier_id = town.couriers[0].id
            state = session.get(CourierStateRow, courier_id)
            accepted = session.scalars(select(PingRow.dedupe_key).where(PingRow.courier_id == courier_id))
            turned_down = session.scalars(
                select(RefusedPingRow.dedupe_key).where(RefusedPingRow.courier_id == courier_id)
            )
            return sorted(accepted), sorted(turned_down), state.state if state else None

    for batch in batches:
        answer = client.post("/v1/pings", json={"pings": batch}).get_json()
        assert answer["accepted"] + answer["duplicates"] + len(answer["refused"]) == len(batch)
    before = kept()
    for batch in batches:
        answer = client.post("/v1/pings", json={"pings": batch}).get_json()
        assert answer == {"accepted": 0, "duplicates": len(batch), "refused": []}

    assert kept() == before
