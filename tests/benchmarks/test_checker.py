from pathlib import Path

import pytest

from benchmarks.solver.checker import check_routes

FILE = """TINY

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0        100          0
    1      3         4          6          0         20          5
    2      6         8          4         30         40          5
    3      1         1          5          0         90          5
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "TINY.txt"
    path.write_text(FILE)
    return path


def test_feasible_routes_cost_what_they_drive_in_tenths_cut_not_rounded(tiny: Path) -> None:
    verdict = check_routes(tiny, [[1, 2], [3]])

    assert verdict.problems == ()
    assert verdict.distance == 50 + 50 + 100 + 14 + 14
    assert verdict.route_count == 2


def test_empty_routes_do_not_count_as_vehicles(tiny: Path) -> None:
    assert check_routes(tiny, [[], [1, 2], [], [3]]).feasible


def test_stop_left_out_is_a_problem(tiny: Path) -> None:
    assert check_routes(tiny, [[1, 2]]).problems == ("1 stops are not visited, the first is 3",)


def test_stop_visited_twice_is_a_problem(tiny: Path) -> None:
    assert "stop 3 is visited 2 times" in check_routes(tiny, [[1, 3], [3, 2]]).problems


def test_stop_that_is_not_in_the_file_is_a_problem(tiny: Path) -> None:
    assert "stop 9 is not in the file" in check_routes(tiny, [[1, 2], [3, 9]]).problems


def test_depot_inside_a_route_is_a_problem(tiny: Path) -> None:
    assert not check_routes(tiny, [[1, 0, 2], [3]]).feasible


def test_load_above_the_capacity_is_a_problem(tiny: Path) -> None:
    assert "route 1: load 11 exceeds 10" in check_routes(tiny, [[1, 3], [2]]).problems


def test_service_that_starts_after_the_window_is_a_problem(tiny: Path) -> None:
    verdict = check_routes(tiny, [[2, 1], [3]])

    assert verdict.problems == ("route 1: at stop 1 at 40.0, it closes at 20",)


def test_more_routes_than_vehicles_are_a_problem(tiny: Path) -> None:
    assert "3 routes, but the fleet has 2" in check_routes(tiny, [[1], [2], [3]]).problems


def test_start_at_the_very_end_of_the_window_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "EDGE.txt"
    path.write_text(FILE.replace("0         20          5", "0          5          5"))

    assert check_routes(path, [[1, 2], [3]]).feasible
