"""The scoreboard and simulated days from the command line, on the streets of central Helsinki."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli import run


@pytest.fixture
def folder(tmp_path: Path, helsinki_network_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the service in which the network of Helsinki is built already."""
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_DATA", str(tmp_path / "nothing"))
    city_dir = helsinki_network_dir.parent.parent
    for root, name in (("scoreboard", "Helsinki"), ("networks", "helsinki")):
        (tmp_path / root).mkdir()
        (tmp_path / root / name).symlink_to(city_dir, target_is_directory=True)
    return tmp_path


def simulated(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    out = folder / "day.jsonl"
    asked = ["--couriers", "2", "--stops", "6", "--interval", "15", "--trouble", "much", "--json"]
    assert run(["simulate", "helsinki", "--out", str(out), *asked]) == 0
    capsys.readouterr()
    return out


def test_simulated_days_are_written_and_judged(
    folder: Path, helsinki_pbf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = simulated(folder, capsys)

    code = run(["scoreboard", "--roads", str(helsinki_pbf), "--tracks", str(tracks), "--quick", "--json"])

    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {"goals", "baselines"} <= set(answer)
    assert all({"name", "value", "goal", "met", "source"} <= set(row) for row in answer["goals"])
    assert any("2 with a plan of their own" in note and "2 with a truth" in note for note in answer["notes"])
    false = next(row for row in answer["goals"] if row["name"].startswith("false corridor"))
    assert (false["source"], false["goal"]) == ("simulated", 0.1)
    assert false["count"] > 100
    assert any(row["name"] == "skipped stop: found" and row["count"] for row in answer["goals"])
    assert any("2 that tell what else went wrong" in note for note in answer["notes"])


def test_table_names_what_was_left_out_by_line(
    folder: Path, helsinki_pbf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = simulated(folder, capsys)
    tracks.write_text("{cut off\n" + tracks.read_text())

    code = run(["scoreboard", "--roads", str(helsinki_pbf), "--tracks", str(tracks), "--quick"])

    printed = capsys.readouterr().out
    assert code == 0
    assert "day.jsonl: line 1: " in printed
    assert "50 m twice" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tracks", "x.jsonl"], "--tracks needs --roads"),
        (["--cities", "atlantis"], "expected a city of "),
        (["--cities", "porto"], "expected the extract of porto at "),
        (["--roads", "nowhere.osm.pbf"], "expected an OSM extract at nowhere.osm.pbf"),
    ],
)
def test_failure_is_one_clear_line(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["scoreboard", *arguments])

    error = capsys.readouterr().err.strip()
    assert code != 0
    assert said in error
    assert "\n" not in error


def test_tracks_that_are_none_are_told(folder: Path, helsinki_pbf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = folder / "empty.jsonl"
    empty.write_text("")

    code = run(["scoreboard", "--roads", str(helsinki_pbf), "--tracks", str(empty)])

    assert code == 1
    assert capsys.readouterr().err.strip().endswith("found none; the file is empty")


def test_days_of_a_city_without_streets_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["simulate", "nowhere", "--out", str(folder / "x.jsonl")])

    assert code == 1
    assert "no streets of nowhere here" in capsys.readouterr().err
