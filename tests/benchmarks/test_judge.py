import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.city.engines import vehicle_routes
from benchmarks.city.judge import VehicleRoute, judge_day


def job(job_id: int, index: int, **more: Any) -> dict[str, Any]:
    plain = {"id": job_id, "location_index": index, "service": 10, "delivery": [3, 1], "time_windows": [[0, 200]]}
    return {**plain, **more}


def vehicle(vehicle_id: int, **more: Any) -> dict[str, Any]:
    plain = {"profile": "car", "start_index": 0, "end_index": 0, "capacity": [6, 9], "time_window": [0, 500]}
    return {"id": vehicle_id, **plain, **more}


@pytest.fixture
def day(tmp_path: Path) -> Path:
    problem = {
        "jobs": [
            job(11, 1, time_windows=[[0, 5], [150, 160]]),
            job(12, 2, skills=[7]),
            job(13, 3, delivery=[4, 1]),
        ],
        "vehicles": [vehicle(1), vehicle(2, skills=[7], time_window=[100, 260])],
        "matrices": {
            "car": {
                "durations": [[0, 10, 20, 30], [11, 0, 21, 31], [12, 22, 0, 32], [13, 23, 33, 0]],
                "distances": [[0, 1, 2, 3], [1, 0, 2, 3], [1, 2, 0, 3], [1, 2, 3, 0]],
            }
        },
    }
    path = tmp_path / "day.json"
    path.write_text(json.dumps(problem))
    return path


def test_feasible_routes_cost_their_driving_time_by_direction(day: Path) -> None:
    verdict = judge_day(day, [VehicleRoute(1, (13,)), VehicleRoute(2, (12, 11))])

    assert verdict.problems == ()
    assert verdict.drive_s == (30 + 13) + (20 + 22 + 11)
    assert verdict.drive_m == (3 + 1) + (2 + 2 + 1)
    assert verdict.unserved == 0


def test_job_left_out_is_counted_and_no_problem(day: Path) -> None:
    verdict = judge_day(day, [VehicleRoute(2, (12,))])

    assert (verdict.unserved, verdict.problems) == (2, ())


def test_missing_skill_is_a_problem(day: Path) -> None:
    assert "vehicle 1: job 12 needs skill 7" in judge_day(day, [VehicleRoute(1, (12,))]).problems


def test_each_load_is_held_against_its_own_capacity(day: Path) -> None:
    assert "vehicle 2: load 7 of kind 0 exceeds 6" in judge_day(day, [VehicleRoute(2, (12, 13))]).problems


def test_waiting_for_the_second_window_is_allowed_and_coming_after_it_is_not(day: Path) -> None:
    between = judge_day(day, [VehicleRoute(1, (11,))])
    late = judge_day(day, [VehicleRoute(2, (13, 12, 11))])

    assert between.problems == ()
    assert any("it closes at 160" in problem for problem in late.problems)


def test_courier_must_be_back_when_the_shift_ends_not_a_second_later(day: Path) -> None:
    problem = json.loads(day.read_text())
    route = [VehicleRoute(2, (12, 11))]  # leaves at 100, 20 + 10, 22 to the window of 150, 10, 11 home: 173

    for ends, wrong in ((173, ()), (172, ("vehicle 2: back at 173, the shift ends at 172",))):
        problem["vehicles"][1]["time_window"] = [100, ends]
        day.write_text(json.dumps(problem))

        assert judge_day(day, route).problems == wrong


def test_job_twice_and_vehicle_twice_are_problems(day: Path) -> None:
    verdict = judge_day(day, [VehicleRoute(2, (12,)), VehicleRoute(2, (12,)), VehicleRoute(9, (99,))])

    assert {
        "job 12 is visited 2 times",
        "vehicle 2 has 2 routes",
        "vehicle 9 is not in the file",
        "job 99 is not in the file",
    } == set(verdict.problems)


def test_answers_name_vehicles_or_shifts() -> None:
    assert vehicle_routes({"routes": [[3, 4]], "vehicles": [2]}) == [VehicleRoute(2, (3, 4))]
    assert vehicle_routes({"routes": [["3"]], "engine": {"shifts": ["vehicle 7"]}}) == [VehicleRoute(7, (3,))]
    with pytest.raises(ValueError, match="which vehicle"):
        vehicle_routes({"routes": [[3]]})
