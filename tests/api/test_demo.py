"""The demo's day: what is laid out, whom troubles meet, and the command from its start to Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.demo.day import COURIERS, ORDERS, ORDERS_A_COURIER, lay_out_day
from api.demo.disturbances import TROUBLES, troubles_in_turn
from api.demo.setup import PASSWORD
from routing.addresses import Address, read_addresses
from tests.service import free_port, wait_until
from tracking.simulate import DisturbanceKind
from zones.geojson import read_geojson
from zones.lonlat import LonLat

STARTS_AT = datetime(2026, 11, 23, 23, 40, tzinfo=UTC)
CENTRE = LonLat(lon=24.9443, lat=60.1716)


@pytest.fixture(scope="module")
def addresses(helsinki_pbf: Path) -> list[Address]:
    return read_addresses(helsinki_pbf)


def test_the_same_seed_gives_the_same_day(addresses: list[Address]) -> None:
    first = lay_out_day(addresses, CENTRE, STARTS_AT)
    again = lay_out_day(addresses, CENTRE, STARTS_AT)

    assert first == again
    assert lay_out_day(addresses, CENTRE, STARTS_AT, seed=8) != first


def test_a_day_has_what_its_couriers_can_carry_and_three_awkward_orders(addresses: list[Address]) -> None:
    day = lay_out_day(addresses, CENTRE, STARTS_AT)

    assert len({order["order_no"] for order in day.orders}) == len(day.orders) == ORDERS + 3
    assert len(COURIERS) * ORDERS_A_COURIER >= ORDERS
    assert [order["lon"] is None for order in day.orders].count(True) == 1
    for order in day.orders:
        [[opens_at, closes_at]] = order["windows"]
        assert datetime.fromisoformat(opens_at) < datetime.fromisoformat(closes_at)


def test_the_zones_of_the_day_have_no_problem(addresses: list[Address]) -> None:
    draft = read_geojson(json.dumps(lay_out_day(addresses, CENTRE, STARTS_AT).zones).encode(), CENTRE)

    assert draft.problems == ()
    assert len(draft.zones) == 4


def test_each_kind_of_trouble_meets_another_courier() -> None:
    planned = troubles_in_turn(STARTS_AT, ["C1", "C2", "C3", "C4", "C5"])

    assert [one[0].disturbance.kind for one in planned.values()] == [trouble.disturbance.kind for trouble in TROUBLES]
    assert {trouble.disturbance.kind for trouble in TROUBLES} == {
        DisturbanceKind.DETOUR,
        DisturbanceKind.STALL,
        DisturbanceKind.SLOW_TRAFFIC,
        DisturbanceKind.GAP,
    }
    assert all(one[0].begins_at == STARTS_AT for one in planned.values())


def test_the_demo_starts_moves_couriers_and_stops_all_it_started(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    said = tmp_path / "said.txt"
    with said.open("wb") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "demo", "--port", str(port), "--folder", str(tmp_path / "demo")],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | {"NO_COLOR": "1"},
        )
    try:
        wait_until(lambda: "Corridor is at" in said.read_text() or demo.poll() is not None, "the address", seconds=180)
        assert address in said.read_text(), said.read_text()
        with httpx.Client(base_url=address, timeout=20) as browser:
            browser.post("/v1/login", json={"login": "dispatcher", "password": PASSWORD}).raise_for_status()

            def places() -> int:
                return sum(row["position"] is not None for row in browser.get("/v1/snapshot").json()["couriers"])

            wait_until(lambda: places() >= 6, "couriers on the map", seconds=120)
            board = browser.get("/v1/snapshot").json()
        assert board["counters"]["unassigned"] >= 1
        assert len(board["couriers"]) == len(COURIERS) + 1
        assert datetime.fromisoformat(board["now"]) < datetime.now(tz=UTC) + timedelta(seconds=5)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(timeout=120)
    assert "stopping" in said.read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = subprocess.run(
            [sys.executable, "-m", "api.cli", "demo", "--port", str(port), "--folder", str(tmp_path / "demo")],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    assert ended.returncode != 0
    assert str(port) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
