from typing import Any

import numpy as np
import pytest

from routing.fleet import ShiftCosts
from routing.formats.problem_file import read_problem
from routing.formats.reading import ReadProblem
from routing.order import Load
from routing.problem_check import ProblemInputError
from routing.stop import StopKind
from tests.routing.formats.instances import as_bytes, vroom


def read(**changes: Any) -> ReadProblem:
    return read_problem(as_bytes(vroom(**changes)))


def problems_of(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ProblemInputError) as caught:
        read(**changes)
    return [(one.code, one.where) for one in caught.value.problems]


def warnings_of(found: ReadProblem) -> list[tuple[str, str]]:
    return [(one.code, one.where) for one in found.warnings]


def vehicle(**changes: Any) -> dict[str, Any]:
    return {**vroom()["vehicles"][0], **changes}


def job(**changes: Any) -> dict[str, Any]:
    return {**vroom()["jobs"][0], **changes}


def test_jobs_and_shipments_become_stops_of_their_kind() -> None:
    found = read()

    stops = found.problem.stops
    assert found.warnings == ()
    assert found.stop_ids == (11, 12, 21, 22)
    assert [stop.kind for stop in stops] == [
        StopKind.DELIVERY,
        StopKind.COLLECTION,
        StopKind.PICKUP,
        StopKind.DROPOFF,
    ]
    assert [stop.load for stop in stops] == [Load(items=1), Load(items=2), Load(items=1), Load(items=1)]
    assert stops[3].pickup_visit_id == stops[2].visit_id
    assert [found.problem.seconds(stops[3].windows[0].closes_at), stops[0].service_s] == [9_000, 60]


def test_the_matrix_has_a_row_for_each_depot_and_stop() -> None:
    problem = read().problem

    assert problem.matrix.durations_s.tolist()[0] == [0, 100, 200, 200, 300]
    assert problem.matrix.durations_s.tolist()[1] == [110, 0, 150, 150, 250]
    assert problem.matrix.distances_m[4, 0] == 31
    assert problem.matrix.source == "file"


def test_costs_default_to_seconds_of_driving_with_waiting_free() -> None:
    problem = read().problem

    assert problem.shifts[0].costs == ShiftCosts(per_route=0, per_hour=3600, per_km=0)
    assert problem.weights.per_wait_s == 0
    assert problem.weights.priority_step == 0


def test_one_point_of_priority_outweighs_all_orders_without() -> None:
    weights = read(jobs=[job(), job(id=12, priority=3)]).problem.weights

    assert weights.priority_step > 4 * weights.unassigned


def test_a_vehicle_without_start_drives_nothing_to_its_first_stop_and_one_without_end_stays() -> None:
    found = read(
        vehicles=[
            {"id": 1, "end_index": 0, "capacity": [4]},
            {"id": 2, "start_index": 0, "capacity": [4]},
        ]
    )

    problem = found.problem
    anywhere, open_ended = problem.shifts
    assert problem.matrix.durations_s[problem.start_node(anywhere)].max() == 0
    assert problem.end_node(anywhere) == problem.start_node(open_ended)
    assert problem.end_node(open_ended) is None
    assert problem.seconds(anywhere.ends_at) >= 4 * 310


def test_limits_skills_and_breaks_are_those_of_the_vehicle() -> None:
    one_break = {"id": 7, "time_windows": [[100, 200]], "service": 300}
    found = read(
        vehicles=[vehicle(skills=[1, 2], max_tasks=3, max_distance=900, breaks=[one_break], costs={"per_km": 5})],
        jobs=[job(skills=[2])],
    )

    shift = found.problem.shifts[0]
    assert found.warnings == ()
    assert (shift.skills, shift.max_stops, shift.max_distance_m) == (frozenset({"1", "2"}), 3, 900)
    assert (shift.breaks[0].duration_s, found.problem.seconds(shift.breaks[0].closes_at)) == (300, 200)
    assert shift.costs == ShiftCosts(per_route=0, per_hour=3600, per_km=5)
    assert found.problem.stops[0].required_skills == {"2"}


def test_a_faster_vehicle_has_a_matrix_of_its_own() -> None:
    problem = read(vehicles=[vehicle(), vehicle(id=2, speed_factor=2)]).problem

    slow, fast = problem.shifts
    assert problem.matrix_of(slow).durations_s[0, 1] == 100
    assert problem.matrix_of(fast).durations_s[0, 1] == 50
    assert problem.matrix_of(fast).distances_m[0, 1] == 10


def test_a_limit_of_driving_time_counts_seconds_and_leaves_the_distances_of_the_file() -> None:
    found = read(vehicles=[vehicle(max_travel_time=500)])

    shift = found.problem.shifts[0]
    assert shift.max_distance_m == 500
    assert found.problem.matrix_of(shift).distances_m[0, 1] == 100
    assert found.lengths[shift.vehicle_profile][0, 1] == 10
    assert found.warnings == ()


def test_a_limit_of_driving_time_beside_a_price_of_distance_is_named() -> None:
    found = read(vehicles=[vehicle(max_travel_time=500, costs={"per_km": 5})])

    assert warnings_of(found) == [("not_honoured", "$.vehicles[0].max_travel_time")]


def test_a_matrix_of_costs_alone_decides() -> None:
    matrices = vroom()["matrices"]
    matrices["car"]["costs"] = (np.array(matrices["car"]["durations"]) * 2).tolist()

    found = read(matrices=matrices)

    shift = found.problem.shifts[0]
    assert shift.costs == ShiftCosts(per_route=0, per_hour=0, per_km=1000)
    assert found.problem.matrix_of(shift).distances_m[0, 1] == 200


def test_setup_moves_windows_to_the_start_of_service() -> None:
    found = read(jobs=[job(setup=30, time_windows=[[100, 200]])])

    window = found.problem.stops[0].windows[0]
    assert [found.problem.seconds(at) for at in (window.opens_at, window.closes_at)] == [130, 230]
    assert found.problem.stops[0].setup_s == 30


def test_timestamps_start_the_horizon_at_the_first_of_them() -> None:
    day = 1_700_000_000
    found = read(
        vehicles=[vehicle(time_window=[day, day + 900])], jobs=[job(time_windows=[[day + 60, 2**40]])], shipments=[]
    )

    assert found.problem.horizon_start.timestamp() == day
    assert found.problem.seconds(found.problem.shifts[0].ends_at) == 900
    assert found.problem.seconds(found.problem.stops[0].windows[0].opens_at) == 60


def test_without_matrices_the_answer_is_by_straight_lines_and_says_so() -> None:
    found = read_problem(
        as_bytes(
            {
                "vehicles": [{"id": 1, "start": [2.35, 48.86], "end": [2.35, 48.86]}],
                "jobs": [{"id": 5, "location": [2.29, 48.85]}],
            }
        )
    )

    assert found.problem.matrix.source == "great_circle"
    assert found.has_coordinates
    assert warnings_of(found) == [("straight_lines", "$.matrices")]


def test_unknown_and_unhonoured_fields_are_each_named_once() -> None:
    found = read(
        jobs=[job(skils=[1]), job(id=12, skils=[1])],
        vehicles=[vehicle(type="van", costs={"per_task_hour": 9})],
        options={"g": True},
    )

    assert warnings_of(found) == [
        ("not_honoured", "$.options"),
        ("unknown_field", "$.jobs[0].skils"),
        ("not_honoured", "$.vehicles[0].type"),
        ("not_honoured", "$.vehicles[0].costs.per_task_hour"),
    ]
    assert "did you mean 'skills'? (and in 1 more places)" in found.warnings[1].message


def test_steps_are_a_plan_to_begin_with() -> None:
    steps = [{"type": "start"}, {"type": "job", "id": 12}, {"type": "job", "id": 99}, {"type": "end"}]

    found = read(vehicles=[vehicle(steps=steps)])

    assert found.start == {"vehicle 1": (1,)}
    assert warnings_of(found) == [("unknown_step", "$.vehicles[0].steps[2]")]


def test_ids_shared_by_jobs_and_shipments_are_told_apart() -> None:
    found = read(jobs=[job(id=21)])

    assert found.stop_ids == ("job 21", "pickup 21", "delivery 22")
    assert warnings_of(found) == [("shared_ids", "$")]


def test_all_problems_are_listed_with_their_paths() -> None:
    matrices = vroom()["matrices"]
    matrices["car"]["durations"][0][1] = -4
    matrices["car"]["durations"][1][2] = 2**31

    found = problems_of(
        jobs=[job(id="x"), job(service=10**7), job(location_index=9, delivery=[-1]), job(id=13, pickup=[1])],
        vehicles=[vehicle(time_window=[5, 5]), vehicle(), {"id": 3, "capacity": [1]}],
        shipments=[{"amount": [1], "pickup": {"id": 1, "location_index": 0}}],
        matrices=matrices,
    )

    assert set(found) == {
        ("matrix_negative", "$.matrices.car.durations[0][1]"),
        ("matrix_overflow", "$.matrices.car.durations[1][2]"),
        ("wrong_type", "$.jobs[0].id"),
        ("service_too_long", "$.jobs[1]"),
        ("index_out_of_range", "$.jobs[2].location_index"),
        ("duplicate_id", "$.jobs[2]"),
        ("negative_amount", "$.jobs[2]"),
        ("delivery_and_pickup", "$.jobs[3]"),
        ("no_time", "$.vehicles[0]"),
        ("duplicate_id", "$.vehicles[1]"),
        ("no_start_or_end", "$.vehicles[2]"),
        ("pickup_without_delivery", "$.shipments[0]"),
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"vehicles": []}, ("no_couriers", "file")),
        ({"vehicles": [vehicle(time_window=[9, 5])]}, ("window_ends_first", "$.vehicles[0].time_window[0]")),
        ({"vehicles": [vehicle(speed_factor=0)]}, ("speed_out_of_range", "$.vehicles[0].speed_factor")),
        ({"vehicles": [vehicle(profile="bike")]}, ("missing_matrix", "$.matrices")),
        ({"vehicles": [vehicle(capacity=[1, 2])]}, ("unequal_amounts", "$.jobs[0].delivery")),
        ({"jobs": [job(priority=101)]}, ("priority_out_of_range", "$.jobs[0].priority")),
        ({"jobs": [job(location_index=None)]}, ("missing_field", "$.jobs[0]")),
        ({"jobs": {}}, ("wrong_type", "$.jobs")),
        ({"jobs": [7]}, ("wrong_type", "$.jobs[0]")),
        ({"matrices": {"car": {"durations": [[0, 1]]}}}, ("matrix_size", "$.matrices.car.durations[0]")),
        ({"matrices": {"car": {}}}, ("missing_field", "$.matrices.car")),
    ],
)
def test_each_fault_is_an_error_with_its_path(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in problems_of(**changes)


def test_amounts_beyond_what_can_be_counted_are_refused() -> None:
    four = {"vehicles": [vehicle(capacity=[9] * 4)], "shipments": []}

    assert read(**four, jobs=[job(delivery=[1, 2, 3, 4])]).problem.stops[0].load == Load(
        items=1, weight_g=2, volume_ml=3, cash_minor=4
    )
    assert problems_of(**four, jobs=[job(delivery=[], pickup=[1, 2, 3, 4])]) == [
        ("too_many_dimensions", "$.vehicles[0].capacity")
    ]
    assert ("too_many_dimensions", "$.vehicles[0].capacity") in problems_of(vehicles=[vehicle(capacity=[9] * 5)])


def test_an_order_that_nobody_can_serve_leaves_the_rest_alone() -> None:
    found = read(jobs=[job(skills=[9]), job(id=12, time_windows=[[90_000, 99_000]]), job(id=13, delivery=[50])])

    assert warnings_of(found) == [
        ("unknown_skill", "$.jobs[0]"),
        ("window_outside_shifts", "$.jobs[1]"),
        ("too_large", "$.jobs[2]"),
    ]
