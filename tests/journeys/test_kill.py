"""Nothing that was acknowledged is lost when the service is killed in the middle of its work."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from api.app import create_services
from api.clock import Clock
from api.db.migrate import upgrade
from api.db.tables import CourierStateRow, PingRow
from api.settings import Settings
from tests.service import Town, begin_shifts, courier_token, running_server, seed_town, wait_until
from tracking.courier_state import from_bytes

THREADS = 4
EACH = 5
"""Pings in one request."""


def test_every_acknowledged_ping_survives_kill_9(tmp_path: Path) -> None:
    services = create_services(Settings(folder=tmp_path, clock=Clock()))
    upgrade(services.db)
    town = seed_town(services, couriers=THREADS)
    begin_shifts(services, town, started_at=datetime.now(tz=UTC) - timedelta(hours=2))
    tokens = [courier_token(services, courier) for courier in town.couriers]
    services.db.close()
    acknowledged: list[set[str]] = [set() for _ in range(THREADS)]

    with running_server(tmp_path) as server:
        killed = threading.Event()
        senders = [
            threading.Thread(target=send, args=(server.url, tokens[k], acknowledged[k], k, killed))
            for k in range(THREADS)
        ]
        for sender in senders:
            sender.start()
        wait_until(lambda: all(len(ids) >= 10 * EACH for ids in acknowledged), "the load is running")
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(timeout=20)
        killed.set()
        for sender in senders:
            sender.join(20)

    assert_all_kept(tmp_path, town, acknowledged)


def send(url: str, token: str, acknowledged: set[str], sender: int, killed: threading.Event) -> None:
    """Post batches until the line breaks; only what was answered with 200 counts."""
    start = datetime.now(tz=UTC) - timedelta(hours=1)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        for batch in range(700):
            if killed.is_set():
                return
            ids = [f"s{sender}-{batch}-{n}" for n in range(EACH)]
            pings = [
                {
                    "id": ping_id,
                    "fix_at": (start + timedelta(seconds=batch * EACH + n)).isoformat(),
                    "lon": 24.94 + (batch * EACH + n) * 1e-6,
                    "lat": 60.17,
                    "accuracy_m": 8,
                }
                for n, ping_id in enumerate(ids)
            ]
            try:
                response = client.post("/v1/pings", json={"pings": pings})
            except httpx.TransportError:
                return
            if response.status_code == 200 and response.json()["accepted"] == EACH:
                acknowledged.update(ids)


def assert_all_kept(folder: Path, town: Town, acknowledged: list[set[str]]) -> None:
    """Open the database anew: pings, and the state that was moved on with them in the same transaction."""
    services = create_services(Settings(folder=folder, clock=Clock()))
    with services.db.read() as session:
        for courier, ids in zip(town.couriers, acknowledged, strict=True):
            query = select(PingRow.dedupe_key, PingRow.fix_at).where(PingRow.courier_id == courier.id)
            kept = {key.removeprefix("id:").partition("@")[0]: fix_at for key, fix_at in session.execute(query)}
            assert ids <= kept.keys()
            row = session.get(CourierStateRow, courier.id)
            assert row is not None
            assert from_bytes(row.state).track[-1].at_ts == max(kept.values()).timestamp()
    services.db.close()
