"""`corridor replay`: tracks from files against plans from files, without a database."""

import json
from pathlib import Path

import pytest

from api.cli import run
from tests.tracking.builders import drive, make_line, make_ping, xy

LINE = make_line()


@pytest.fixture
def plan_file(tmp_path: Path) -> str:
    path = tmp_path / "plan.geojson"
    line = {"type": "LineString", "coordinates": [[p.lon, p.lat] for p in LINE.points]}
    path.write_text(json.dumps({"type": "Feature", "geometry": line, "properties": {}}))
    return str(path)


@pytest.fixture
def track_file(tmp_path: Path) -> str:
    aside = [make_ping(65 + 5 * i, xy(520 + 40.0 * i, 150)) for i in range(13)]
    pings = [*drive(LINE, 0, 60), *aside, *drive(LINE, 130, 240, from_m=1040)]
    path = tmp_path / "track.jsonl"
    rows = [{"fix_at": p.fix_at.isoformat(), "lon": p.point.lon, "lat": p.point.lat, "accuracy_m": 8} for p in pings]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return str(path)


def test_departure_of_a_track_is_printed_when_it_opens_and_when_it_closes(capsys, plan_file: str, track_file: str):
    assert run(["replay", track_file, "--plan", plan_file, "--json"]) == 0

    rows = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["state"]) for row in rows] == [("off_route", "open"), ("off_route", "closed")]
    assert rows[0]["at"] < rows[1]["at"]
    assert rows[0]["since_at"] <= rows[0]["at"]
    assert rows[0]["measure"] == pytest.approx(150, abs=3)
    assert rows[0]["lon"] is not None


def test_limits_of_a_city_change_what_is_told(capsys, tmp_path: Path, plan_file: str, track_file: str):
    (tmp_path / "rules.json").write_text('{"all": {"corridor_m": 300}}')
    (tmp_path / "wrong.json").write_text('{"all": {"corridor": 300}}')

    assert run(["replay", track_file, "--plan", plan_file, "--rules", str(tmp_path / "rules.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(["replay", track_file, "--plan", plan_file, "--rules", str(tmp_path / "wrong.json"), "--json"]) == 1
    assert "corridor_m" in capsys.readouterr().err


def test_what_cannot_be_read_is_one_clear_failure(capsys, tmp_path: Path, plan_file: str, track_file: str):
    (tmp_path / "empty.gpx").write_text("<gpx/>")

    assert run(["replay", str(tmp_path / "empty.gpx"), "--plan", plan_file, "--json"]) == 1
    assert run(["replay", track_file, "--json"]) == 2
    assert run(["replay", track_file, "--plan", track_file]) == 1
    assert run(["replay", track_file, "--plan", plan_file, "--track", "another"]) == 1
    assert capsys.readouterr().out == ""
