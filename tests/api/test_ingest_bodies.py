"""Bodies of phones: large, packed, cut off, in other sizes, and sent again."""

import gzip
import io
import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.api.phone_requests import NOW_S, feature, query, refused, stored
from tests.service import MORNING


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
