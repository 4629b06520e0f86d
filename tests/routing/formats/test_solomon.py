import math

import numpy as np
import pytest

from routing.formats.problem_file import read_problem
from routing.formats.reading import ReadProblem
from routing.order import Load
from routing.problem_check import InputProblem, ProblemInputError
from tests.routing.formats.instances import CUSTOMERS, solomon


def read(text: str) -> ReadProblem:
    return read_problem(text.encode())


def problems_of(text: str) -> tuple[InputProblem, ...]:
    with pytest.raises(ProblemInputError) as caught:
        read_problem(text.encode(), "solomon")
    return caught.value.problems


def test_distances_are_cut_to_tenths_and_are_the_times_too() -> None:
    problem = read(solomon()).problem

    points = [(0, 0), *((row[1], row[2]) for row in CUSTOMERS)]
    expected = [[math.floor(10 * math.dist(a, b)) for b in points] for a in points]
    assert problem.matrix.durations_s.tolist() == expected
    assert problem.matrix.distances_m is problem.matrix.durations_s


def test_windows_service_fleet_and_capacity_are_those_of_the_file() -> None:
    found = read(solomon())

    stop = found.problem.stops[3]
    assert found.format == "solomon"
    assert found.stop_ids == (1, 2, 3, 4)
    assert [found.problem.seconds(at) for at in (stop.windows[0].opens_at, stop.windows[0].closes_at)] == [200, 400]
    assert (stop.service_s, stop.load) == (20, Load(items=5))
    assert [shift.capacity for shift in found.problem.shifts] == [Load(items=15)] * 2
    assert found.problem.seconds(found.problem.shifts[0].ends_at) == 2000


def test_only_distance_counts_and_leaving_out_is_dearer_than_any_route() -> None:
    weights = read(solomon()).problem.weights

    assert (weights.per_drive_s, weights.per_km, weights.per_route, weights.per_wait_s) == (0, 1000, 0, 0)
    assert weights.unassigned >= 100_000


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    found = read_problem(b"\xef\xbb\xbf" + solomon().replace("\n", "\r\n").encode())

    assert found.stop_ids == (1, 2, 3, 4)


def test_a_fleet_beyond_the_customers_is_cut_to_them() -> None:
    assert len(read(solomon(vehicles=10**9)).problem.shifts) == 4


def test_all_problems_are_listed_with_their_lines() -> None:
    customers = [
        (1, 3, 4, -5, 0, 100, 2),
        (1, 6, 8, 5, 0, 100, 2),
        (3, 0, "x", 5, 0, 100, 2),
        (4, 0, 5, 5, 90, 80, 2),
        (5, 0, 6, 5, 0, 100, 10**7),
        (6, 0, 7),
    ]

    found = {(one.code, one.where) for one in problems_of(solomon(customers))}

    assert found == {
        ("negative_amount", "line 11"),
        ("duplicate_id", "line 12"),
        ("not_a_number", "line 13"),
        ("window_ends_first", "line 14"),
        ("service_too_long", "line 15"),
        ("cut_off", "line 16"),
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (solomon(vehicles=0), "no_couriers"),
        (solomon([]), "no_customers"),
        (solomon(depot=(0, 0, 0, 0, 50, 50, 0)), "no_time"),
        (solomon().replace("CUSTOMER", "CLIENTS"), "missing_section"),
        (solomon(customers=[(1, 1e12, 0, 1, 0, 9, 1)]), "overflow"),
        (solomon(customers=[(1, 9e8, 0, 1, 0, 9, 1)]), "overflow"),
        (solomon(customers=[(1, "nan", 0, 1, 0, 9, 1)]), "overflow"),
        (solomon(customers=[(1, 1, 0, 1.5, 0, 9, 1)]), "not_whole"),
        (solomon()[:60], "no_customers"),
    ],
)
def test_each_fault_has_one_code(text: str, code: str) -> None:
    assert [one.code for one in problems_of(text)] == [code]


def test_customers_that_cannot_be_served_are_warnings() -> None:
    found = read(solomon([*CUSTOMERS, (5, 1, 1, 99, 0, 100, 2), (6, 1, 2, 1, 300, 400, 2)]))

    assert [(one.code, one.where) for one in found.warnings] == [
        ("too_large", "line 15"),
        ("window_outside_shifts", "line 16"),
    ]


def test_a_thousand_stops_are_read_with_an_exact_matrix() -> None:
    customers = [(n, n * 37 % 501, n * 91 % 499, 1, 0, 9000, 10) for n in range(1, 1001)]

    found = read(solomon(customers, vehicles=250, depot=(0, 250, 250, 0, 0, 9000, 0)))

    a, b = customers[16], customers[776]
    expected = math.floor(10 * math.sqrt((a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2))
    assert found.problem.matrix.durations_s[17, 777] == expected
    assert found.problem.matrix.durations_s.dtype == np.int32
