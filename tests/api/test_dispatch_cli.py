"""Zones, orders and plans from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from api.context import Services
from tests.api.orders import at, date_of, zones_json
from tests.service import Town, make_services, seed_town


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))
    assert run(["migrate"]) == 0
    services = make_services(tmp_path)
    yield services
    services.db.close()


@pytest.fixture
def here(installation: Services, capsys: pytest.CaptureFixture[str]) -> Town:
    town = seed_town(installation)
    capsys.readouterr()
    return town


def write(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def answer_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_day_from_files_to_a_plan(here: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zones = write(tmp_path / "zones.geojson", zones_json())
    rows = [f"{n},Street {n},{24.93 + n * 0.002},60.17,{at(1)},{at(5)}" for n in range(5)]
    orders = write(
        tmp_path / "orders.csv", "\n".join(["order_no,address,lon,lat,window_from,window_to", *rows, "9,Nowhere,,,,"])
    )
    day = ["--date", date_of(here)]

    assert run(["zones", "import", "helsinki", zones, "--publish", "--json"]) == 0
    assert answer_of(capsys)["version"] == 1
    assert run(["orders", "import", "helsinki", orders, *day, "--json"]) == 0
    assert answer_of(capsys)["by_status"] == {"needs_address": 1, "ready": 5}
    assert run(["plan", "helsinki", *day, "--seconds", "0.3", "--json"]) == 0
    result = answer_of(capsys)

    assert result["version"] == 1
    assert result["visits"] + len(result["unassigned"]) == 5
    assert run(["zones", "export", "helsinki"]) == 0
    assert [one["id"] for one in answer_of(capsys)["features"]] == ["east", "west"]


def test_check_lists_problems_and_fails_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "zones.geojson", "{")

    code = run(["zones", "check", file])

    printed = capsys.readouterr()
    assert code == 1
    assert "not_json" in printed.out
    assert printed.err.count("\n") == 1


def test_check_of_good_zones_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["zones", "check", write(tmp_path / "zones.geojson", zones_json()), "--json"])

    assert code == 0
    assert answer_of(capsys) == {"problems": [], "zones": 2}


def test_bad_zones_are_not_imported_and_every_problem_is_shown(
    here: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["zones", "import", "helsinki", write(tmp_path / "zones.geojson", "[]"), "--publish"])

    printed = capsys.readouterr()
    assert code == 1
    assert "FeatureCollection" in printed.err
    assert run(["zones", "export", "helsinki"]) == 1


def test_bad_rows_are_reported_by_row_and_column(
    here: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "orders.csv", "order_no,address,lon,lat,window_from,window_to\n1,A,24.94,60.17,12:00,10:00")

    code = run(["orders", "import", "helsinki", file, "--date", date_of(here)])

    printed = capsys.readouterr()
    assert code == 1
    assert "row 2, window" in printed.out
    assert printed.err == "error: no order of orders.csv was imported\n"


def test_plan_without_couriers_says_so(
    installation: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = seed_town(installation, couriers=0)
    file = write(tmp_path / "orders.csv", "order_no,address,lon,lat\n1,A,24.94,60.17")
    run(["orders", "import", "helsinki", file, "--date", date_of(town)])
    capsys.readouterr()

    code = run(["plan", "helsinki", "--date", date_of(town)])

    assert code == 1
    assert "no courier has a shift" in capsys.readouterr().err


def test_unknown_city_is_named(here: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["plan", "atlantis"])

    printed = capsys.readouterr()
    assert code == 1
    assert printed.err == "error: there is no city 'atlantis'; known cities: helsinki\n"
