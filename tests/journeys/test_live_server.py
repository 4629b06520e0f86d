"""The live stream of the server as it runs: positions arrive, and a stop ends streams at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from api.actions.accounts import open_session
from api.app import create_services
from api.auth import COOKIE, wall_now
from api.db.migrate import upgrade
from api.settings import Settings
from tests.service import begin_shifts, courier_token, running_server, seed_town


def test_a_position_reaches_a_stream_and_a_stop_ends_it(tmp_path: Path) -> None:
    services = create_services(Settings(folder=tmp_path))
    upgrade(services.db)
    town = seed_town(services, couriers=1)
    begin_shifts(services, town, started_at=datetime.now(tz=UTC) - timedelta(hours=2))
    phone = {"Authorization": f"Bearer {courier_token(services, town.couriers[0])}"}
    cookies = {COOKIE: open_session(services, town.dispatcher, now=wall_now())}
    services.db.close()
    ping = {"fix_at": datetime.now(tz=UTC).isoformat(), "lon": 24.94, "lat": 60.17}

    with running_server(tmp_path) as server:
        named: dict[str, object] = {}
        with httpx.stream("GET", f"{server.url}/v1/live", cookies=cookies, timeout=20) as stream:
            name = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    named[name] = json.loads(line.removeprefix("data: "))
                if name == "heartbeat" and "posted" not in named:
                    answer = httpx.post(f"{server.url}/v1/pings", json={"pings": [ping]}, headers=phone, timeout=20)
                    named["posted"] = answer.json()["accepted"]
                if "positions" in named:
                    break
            assert server.stop() == 0

    assert named["posted"] == 1
    [position] = named["positions"]["positions"]  # type: ignore[index]
    assert position[:3] == [town.couriers[0].id, 24.94, 60.17]
