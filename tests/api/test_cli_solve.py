"""`corridor solve`: files in, JSON or words out, problems listed on standard error."""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from api.cli.solve import stop_by_ctrl_c
from tests.routing.formats.instances import CUSTOMERS, PAIRS, as_bytes, li_lim, solomon, vroom

KEYS = ["routes", "cost", "distance", "unassigned", "elapsed_s", "engine"]
QUICK = ["--seconds", "0.3", "--processes", "1"]


def file_of(tmp_path: Path, content: str | bytes) -> str:
    file = tmp_path / "problem"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def solve(tmp_path: Path, content: str | bytes, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert run(["solve", file_of(tmp_path, content), *QUICK, "--json", *more]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def splits(count: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All ways for two vehicles to serve stops 1..count, in every order."""
    for order in permutations(range(1, count + 1)):
        for first in range(count + 1):
            yield tuple(route for route in (order[:first], order[first:]) if route)


def dimacs(routes: Sequence[Sequence[int]]) -> float:
    points = {0: (0, 0)} | {row[0]: (row[1], row[2]) for row in CUSTOMERS}
    legs = [pair for route in routes for pair in zip([0, *route], [*route, 0], strict=True)]
    return sum(math.floor(10 * math.dist(points[a], points[b])) for a, b in legs) / 10


def keeps_windows(route: Sequence[int]) -> bool:
    rows = {0: (0, 0, 0, 0, 0, 200, 0)} | {row[0]: row for row in CUSTOMERS}
    at = 0.0
    for a, b in pairwise([0, *route, 0]):
        at = max(at + rows[a][6] + math.floor(10 * math.dist(rows[a][1:3], rows[b][1:3])) / 10, rows[b][4])
        if at > rows[b][5]:
            return False
    return len(route) <= 3


BEST_TOURS = min(dimacs(routes) for routes in splits(4) if all(map(keeps_windows, routes)))
"""By trying everything: vehicles hold three of the customers."""


def pairs_length(routes: Sequence[Sequence[int]]) -> float:
    points = {0: (0, 0)} | {row[0]: row[1:3] for row in PAIRS}
    return sum(math.dist(points[a], points[b]) for route in routes for a, b in pairwise([0, *route, 0]))


def keeps_pairs(route: Sequence[int]) -> bool:
    return all(
        (up in route) == (down in route) and (up not in route or route.index(up) < route.index(down))
        for up, down in ((1, 2), (3, 4))
    )


def test_a_solomon_file_is_answered_in_its_own_ids_and_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = solve(tmp_path, solomon(), capsys)

    assert list(answer) == KEYS
    assert sorted(stop for route in answer["routes"] for stop in route) == [1, 2, 3, 4]
    assert answer["distance"] == answer["cost"] == pytest.approx(dimacs(answer["routes"]))
    assert answer["distance"] == BEST_TOURS
    assert answer["unassigned"] == []
    assert answer["elapsed_s"] < 5


def test_an_order_that_cannot_be_served_comes_back_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = solve(tmp_path, solomon([*CUSTOMERS[:3], (4, 1, 1, 99, 0, 100, 2)]), capsys)

    assert [one["id"] for one in answer["unassigned"]] == [4]
    assert answer["unassigned"][0]["reason"].startswith("too_large: ")
    assert sorted(stop for route in answer["routes"] for stop in route) == [1, 2, 3]


def test_pairs_of_a_li_lim_file_stay_together_and_distances_are_exact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = solve(tmp_path, li_lim(), capsys)

    best = min(pairs_length(routes) for routes in splits(4) if all(map(keeps_pairs, routes)))
    assert all(map(keeps_pairs, answer["routes"]))
    assert answer["distance"] == pytest.approx(best, abs=1e-6)


def test_a_vroom_file_is_answered_with_warnings_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = vroom(shipments=[])
    document["jobs"][0]["colour"] = "red"

    assert run(["solve", file_of(tmp_path, as_bytes(document)), *QUICK, "--json"]) == 0

    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert "warning: $.jobs[0].colour" in printed.err
    assert sorted(answer["routes"][0]) == [11, 12]
    assert answer["cost"] == min(100 + 150 + 210, 200 + 160 + 110)
    assert answer["distance"] == 10 + 15 + 21


def test_all_problems_of_a_file_are_listed_and_nothing_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = vroom()
    document["jobs"][0]["service"] = 10**7
    document["matrices"]["car"]["durations"][2][1] = -1

    code = run(["solve", file_of(tmp_path, as_bytes(document)), *QUICK, "--json"])

    printed = capsys.readouterr()
    assert code == 1
    assert printed.out == ""
    assert "error: $.jobs[0]: its service lasts 10000000 s" in printed.err
    assert "error: $.matrices.car.durations[2][1]: -1 must be 0 or more" in printed.err


def test_words_are_a_table_of_routes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", file_of(tmp_path, solomon()), *QUICK]) == 0

    printed = capsys.readouterr().out
    assert "Order of stops" in printed
    assert f"4 stops on 2 routes, distance {BEST_TOURS}, cost {BEST_TOURS}" in printed


def test_the_plan_is_written_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.json"

    solve(tmp_path, solomon(), capsys, "--output", str(out))

    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["format"] == "corridor-plan/1"
    assert len(written["routes"]) == 2


def test_the_plan_is_drawn_from_depot_to_depot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = {"start": [2.35, 48.86], "end": [2.36, 48.87], "job": [2.29, 48.85]}
    document = {
        "vehicles": [{"id": 1, "start": places["start"], "end": places["end"]}],
        "jobs": [{"id": 5, "location": places["job"]}],
    }
    out = tmp_path / "plan.geojson"

    solve(tmp_path, as_bytes(document), capsys, "--output", str(out))

    line, point = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert line["geometry"]["coordinates"] == [places["start"], places["job"], places["end"]]
    assert point["geometry"] == {"type": "Point", "coordinates": places["job"]}
    assert point["properties"]["starts_at"].startswith("1970-01-01T")


def test_what_is_on_no_map_is_not_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["solve", file_of(tmp_path, solomon()), *QUICK, "--output", str(tmp_path / "plan.geojson")])

    assert code == 1
    assert "on no map" in capsys.readouterr().err


def test_another_ending_than_json_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", file_of(tmp_path, solomon()), "--output", "plan.txt"]) == 2
    assert "plan.txt" in capsys.readouterr().err


def test_solving_imports_neither_web_nor_database() -> None:
    script = (
        "import sys\nfrom api.cli import run\nimport api.cli.solve\n"
        "run(['solve', '--help'])\n"
        "print([name for name in ('flask', 'sqlalchemy', 'ortools', 'numpy', 'rich') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_vroom_user_gets_his_own_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", file_of(tmp_path, as_bytes(vroom(shipments=[]))), *QUICK, "--vroom"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["code"] == 0
    assert [step["type"] for step in answer["routes"][0]["steps"]] == ["start", "job", "job", "end"]


def test_the_shape_of_vroom_is_for_its_files_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", file_of(tmp_path, solomon()), "--vroom"]) == 2
    assert "--vroom" in capsys.readouterr().err


@pytest.fixture
def _heard_ctrl_c() -> Iterator[None]:
    """Ctrl-C as a terminal's program hears it: one that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard_ctrl_c")
def test_the_first_ctrl_c_asks_the_search_to_end_and_the_second_ends_the_program() -> None:
    with stop_by_ctrl_c() as stopped:
        signal.raise_signal(signal.SIGINT)

        assert stopped.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
