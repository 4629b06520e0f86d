"""Whatever a phone sends, however broken: its app's success, never a fault of ours, and nothing is lost or doubled."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api.app import create_app
from api.context import Services
from api.db.tables import PingRow, RefusedPingRow
from tests.service import MORNING, HandClock, begin_shifts, courier_token, make_services, seed_town

NOW_S = int(MORNING.timestamp())
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.text(max_size=12),
    st.sampled_from(["NaN", "-1", "1e999", "\x00", "\ud800", 0, -1, 1e308, NOW_S, NOW_S * 1000, 619315200, 4070908800]),
)
NAMES = st.sampled_from(
    [
        "id",
        "lat",
        "lon",
        "timestamp",
        "tst",
        "time",
        "_type",
        "alarm",
        "speed",
        "vel",
        "acc",
        "accuracy",
        "batt",
        "data",
        "locations",
        "location",
        "coords",
        "geometry",
        "properties",
        "coordinates",
        "latitude",
        "longitude",
        "topic",
        "type",
        "device_id",
        "uuid",
        "_id",
        "current",
        "eta",
        "hdop",
        "prov",
        "spd",
    ]
)
ITEMS = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=12
)
BODIES = st.one_of(
    st.binary(max_size=200),
    ITEMS.map(lambda item: json.dumps(item).encode()),
    ITEMS.map(lambda item: json.dumps({"_type": "location", "locations": [item], "location": item}).encode()),
    ITEMS.map(lambda item: json.dumps(item).encode()[:-3]),
    ITEMS.map(
        lambda item: gzip.compress(json.dumps({"locations": [item], **dict.fromkeys(("lat", "lon"), 60)}).encode())
    ),
    ITEMS.map(lambda item: json.dumps(item).encode("utf-16")),
)
TYPES = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain", "", "x", "image/png"])
PATHS = st.sampled_from(["osmand/{}", "osmand-app/{}", "gpslogger/{}", "owntracks", "overland"])
QUERIES = st.dictionaries(NAMES, st.text(max_size=10) | st.sampled_from(["60.17", "24.94", str(NOW_S)]), max_size=5)


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    services = make_services(Path(tmp_path_factory.mktemp("fuzz")), clock=HandClock())
    return create_app(services)


@settings(max_examples=200 if settings().max_examples > 100 else 40)
@given(sent=st.lists(st.tuples(PATHS, BODIES, TYPES, QUERIES), min_size=1, max_size=3))
def test_any_body_gets_success_and_the_same_again_changes_nothing(
    shared_app: Flask, sent: list[tuple[str, bytes, str, dict[str, str]]]
) -> None:
    services: Services = shared_app.extensions["corridor"]
    town = seed_town(services, couriers=1, tenant_name=f"T{datetime.now(tz=UTC).timestamp()}")
    begin_shifts(services, town)
    token = courier_token(services, town.couriers[0])
    client = shared_app.test_client()

    def send(path: str, body: bytes, content_type: str, query: dict[str, str]) -> None:
        auth = {"Authorization": f"Bearer {token}"}
        url = f"/ingest/{path.format(token)}"
        answer = client.post(url, data=body, query_string=query, content_type=content_type, headers=auth)
        assert answer.status_code == 200, (path, body, content_type, query)

    def kept() -> list[Any]:
        with services.db.read() as session:
            return [
                session.scalar(select(func.count()).where(table.courier_id == town.couriers[0].id))
                for table in (PingRow, RefusedPingRow)
            ]

    for each in sent:
        send(*each)
    before = kept()
    for each in sent:
        send(*each)

    assert kept() == before
