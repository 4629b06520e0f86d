from typing import Any

from routing.formats.plan_answer import answer_row
from routing.formats.problem_file import read_problem
from routing.formats.vroom_answer import vroom_answer
from routing.plan import Plan, Provenance, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.route_building import build_routes
from tests.routing.formats.instances import as_bytes, vroom


def planned(document: dict[str, Any], sequences: dict[str, tuple[int, ...]]) -> tuple[Any, Plan]:
    read = read_problem(as_bytes(document))
    routed = {index for sequence in sequences.values() for index in sequence}
    left_out = [stop for index, stop in enumerate(read.problem.stops) if index not in routed]
    plan = Plan(
        routes=build_routes(read.problem, sequences),
        unassigned=tuple(
            Unassigned(
                order_id=stop.order_id, visit_id=stop.visit_id, code=UnassignedCode.TOO_COSTLY, message="too dear"
            )
            for stop in left_out
        ),
        provenance=Provenance(engine="test", time_limit_s=1, seed=1, matrix_source="file"),
    )
    assert check(read.problem, plan) == []
    return read, plan


def test_times_setup_waiting_and_sums_are_those_of_the_route() -> None:
    document = vroom()
    document["jobs"][0] |= {"setup": 20, "priority": 7, "time_windows": [[500, 900]]}
    read, plan = planned(document, {"vehicle 1": (1, 0)})

    answer = vroom_answer(read, plan)

    (route,) = answer["routes"]
    rows = [
        tuple(step.get(name) for name in ("type", "id", "arrival", "duration", "setup", "service", "waiting_time"))
        for step in route["steps"]
    ]
    assert rows == [
        ("start", None, 0, 0, 0, 0, 0),
        ("job", 12, 200, 200, 0, 60, 0),
        ("job", 11, 420, 360, 20, 60, 80),
        ("end", None, 690, 470, 0, 0, 0),
    ]
    assert (route["vehicle"], route["cost"], route["duration"], route["distance"]) == (1, 470, 470, 47)
    assert (route["setup"], route["service"], route["waiting_time"], route["priority"]) == (20, 120, 80, 7)
    assert [(one["type"], one["id"]) for one in answer["unassigned"]] == [("pickup", 21), ("delivery", 22)]
    assert answer["summary"]["unassigned"] == 2
    assert answer["summary"]["cost"] == 470


def test_open_ends_have_no_step_and_breaks_have_one() -> None:
    one_break = {"id": 5, "time_windows": [[50, 150]], "service": 30}
    document = vroom(
        vehicles=[
            {"id": 1, "start_index": 0, "capacity": [4], "breaks": [one_break]},
            {"id": 2, "end_index": 0, "capacity": [4]},
        ]
    )
    read, plan = planned(document, {"vehicle 1": (0,), "vehicle 2": (2, 3)})

    first, second = vroom_answer(read, plan)["routes"]

    assert [step["type"] for step in first["steps"]] == ["start", "break", "job"]
    assert [step["type"] for step in second["steps"]] == ["pickup", "delivery", "end"]
    assert (first["duration"], second["duration"]) == (100, 120 + 310)
    assert (first["distance"], second["distance"]) == (10, 12 + 31)
    assert 50 <= first["steps"][1]["arrival"] <= 150


def test_distances_of_the_file_are_told_where_durations_stand_for_metres() -> None:
    document = vroom()
    document["vehicles"][0]["max_travel_time"] = 600
    read, plan = planned(document, {"vehicle 1": (0, 1)})

    answer = answer_row(read, plan, {"name": "test"})

    assert answer["distance"] == 10 + 15 + 21
    assert answer["cost"] == 100 + 150 + 210
    assert answer["routes"] == [[11, 12]]
    assert answer["engine"] == {"name": "test", "shifts": ["vehicle 1"]}
    assert [one["id"] for one in answer["unassigned"]] == [21, 22]
