"""Bodies of phones: large, packed, cut off, in other sizes, and sent again."""

import gzip
import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.app import create_app, runtime_of
from api.context import Services
from api.db.tables import Cause, CourierStateRow, Event, PingRow
from tests.api.phone_requests import NOW_S, feature, query, refused, stored
from tests.service import MORNING, HandClock, begin_shifts, courier_token, make_services, seed_town
from tests.tracked_day import PLANE, publish_straight_day
from tracking.courier_state import TrackPoint, from_bytes


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


def test_a_day_sent_again_between_fresh_positions_changes_no_state_and_no_alarm(tmp_path: Path) -> None:
    once = _follow_a_day(tmp_path / "once", again=False)
    again = _follow_a_day(tmp_path / "again", again=True)

    assert "deviation.opened" in {kind for kind, _ in once.events}
    assert again == once


@dataclass(frozen=True)
class _Followed:
    """All that was made of a day, without the names that are drawn anew each time."""

    rows: list[tuple[datetime, float | None, bool]]
    events: list[tuple[str, datetime]]
    causes: list[tuple[str, str]]
    track: tuple[TrackPoint, ...]
    along_m: float | None
    last_life_ts: float | None


def _follow_a_day(folder: Path, *, again: bool) -> _Followed:
    """A courier past two stops, with a detour and a halt; now and then his phone sends the whole day again."""
    folder.mkdir()
    clock = HandClock()
    services = make_services(folder, clock=clock)
    town = seed_town(services, couriers=1)
    begin_shifts(services, town)
    app = create_app(services)
    publish_straight_day(services, town, stops=3)
    client, auth = app.test_client(), {"Authorization": f"Bearer {courier_token(services, town.couriers[0])}"}
    metres = [(100.0 * k, 150.0 * max(0, min(k - 4, 9 - k))) for k in range(15)]
    metres += [(1500.0, 0.0)] * 12 + [(1500.0 + 100.0 * k, 0.0) for k in range(8)] + [(2300.0, 0.0)] * 30
    day = []
    for k, (east_m, north_m) in enumerate(metres):
        place = PLANE.to_lonlat(east_m, north_m)
        at = (MORNING + timedelta(seconds=15 * k)).isoformat()
        geometry = {"type": "Point", "coordinates": [place.lon, place.lat]}
        day.append({"type": "Feature", "geometry": geometry, "properties": {"timestamp": at, "horizontal_accuracy": 5}})

    def send(points: list[dict[str, Any]]) -> None:
        answer = client.post("/ingest/overland", json={"locations": points}, headers=auth)
        assert answer.get_json() == {"result": "ok"}

    for k, point in enumerate(day):
        clock.set(MORNING + timedelta(seconds=15 * k + 1))
        send([point])
        if again and k % 7 == 6:
            for start in range(0, k + 1, 20):
                send(day[: k + 1][start : start + 20][:: -1 if k % 2 else 1])
            send(day[: k + 1])
    with services.db.read() as session:
        state = from_bytes(session.scalars(select(CourierStateRow)).one().state)
        progress = state.motion.place
        followed = _Followed(
            rows=[(row.fix_at, row.lat, row.late) for row in session.scalars(select(PingRow).order_by(PingRow.id))],
            events=[(event.kind, event.at) for event in session.scalars(select(Event).order_by(Event.id))],
            causes=sorted((cause.kind, cause.state) for cause in session.scalars(select(Cause))),
            track=state.track,
            along_m=progress.along_m if progress is not None else None,
            last_life_ts=state.last_life_ts,
        )
    runtime_of(app).stop()
    services.db.close()
    return followed


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
