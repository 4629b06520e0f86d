"""What phones send, kept by a real PostgreSQL: it takes less than SQLite does (no NUL, no half characters)."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.app import create_app
from api.context import Services
from api.db.tables import PingRow, RefusedPingRow
from tests.api.phone_requests import SENDERS, location, query
from tests.postgres import PostgresServer
from tests.service import HandClock, begin_shifts, courier_token, make_services, seed_town


@pytest.fixture
def services(tmp_path: Path, postgres: PostgresServer) -> Services:
    return make_services(tmp_path, clock=HandClock(), url=postgres.make_database())


def count(services: Services, table: type[PingRow] | type[RefusedPingRow]) -> int:
    with services.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_every_app_is_heard_once_and_nonsense_blocks_nobody(services: Services) -> None:
    town = seed_town(services)
    begin_shifts(services, town)
    token = courier_token(services, town.couriers[0])
    client = create_app(services).test_client()
    auth = {"Authorization": f"Bearer {token}"}
    nonsense = [
        ("owntracks", b'{"_type": "location", "lat": "\\u0000", "tst": 1}'),
        ("owntracks", b'{"_type": "location", "lat": 60.1, "lon": 24.9, "tst": 1, "_id": "\\ud800\\u0000"}'),
        ("overland", b'{"locations": [{"geometry": {"coordinates": ["\\u0000", 1]}, "properties": {"a": "\\udfff"}}]}'),
        ("overland", b"\x00\xff"),
        (f"osmand/{token}", b"lat=%00&lon=%ff&timestamp=1"),
    ]

    for _ in range(2):
        statuses = [send(client, token).status_code for send in SENDERS.values()]
        statuses += [client.post(f"/ingest/{path}", data=body, headers=auth).status_code for path, body in nonsense]
        statuses.append(client.post("/ingest/owntracks", json=location(60, _id="x\x00y"), headers=auth).status_code)
        statuses.append(client.post(f"/ingest/osmand/{token}", data=query(5, alarm="s\x00s")).status_code)
        assert set(statuses) == {200}

    kept = count(services, PingRow) + count(services, RefusedPingRow)
    assert 3 <= kept <= len(SENDERS) + len(nonsense) + 2
    services.db.close()
