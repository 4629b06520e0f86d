import math

import pytest

from routing.formats.problem_file import read_problem
from routing.order import Load
from routing.problem_check import ProblemInputError
from routing.stop import StopKind
from tests.routing.formats.instances import PAIRS, li_lim


def problem_codes(text: str) -> set[tuple[str, str]]:
    with pytest.raises(ProblemInputError) as caught:
        read_problem(text.encode(), "li-lim")
    return {(one.code, one.where) for one in caught.value.problems}


def test_a_pickup_and_its_delivery_become_a_pair_with_one_load() -> None:
    found = read_problem(li_lim().encode())

    pickup, dropoff = found.problem.stops[:2]
    assert found.format == "li-lim"
    assert found.stop_ids == (1, 2, 3, 4)
    assert (pickup.kind, dropoff.kind) == (StopKind.PICKUP, StopKind.DROPOFF)
    assert dropoff.pickup_visit_id == pickup.visit_id
    assert pickup.load == dropoff.load == Load(items=4)


def test_distances_are_rounded_and_times_rounded_up_to_thousandths() -> None:
    found = read_problem(li_lim().encode())

    exact = math.sqrt(8)
    assert found.problem.matrix.distances_m[1, 2] == round(1000 * exact)
    assert found.problem.matrix.durations_s[1, 2] == math.ceil(1000 * exact)
    assert found.problem.matrix.durations_s[3, 4] == 3000
    assert found.lengths["car"][1, 2] == exact


def test_speed_divides_times_but_not_distances() -> None:
    found = read_problem(li_lim(head="2 10 2").encode())

    assert found.problem.matrix.durations_s[3, 4] == 1500
    assert found.problem.matrix.distances_m[3, 4] == 3000


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        (PAIRS[:-1], {("pickup_without_delivery", "line 5")}),
        (PAIRS[1:], {("delivery_without_pickup", "line 3")}),
        ([*PAIRS[:3], (4, -5, 0, -7, 10, 100, 1, 3, 0)], {("unequal_pair", "line 6")}),
        ([*PAIRS[:3], (4, -5, 0, 6, 10, 100, 1, 3, 0)], {("negative_amount", "line 6")}),
        ([*PAIRS, (5, 0, 1, 3, 0, 9, 1, 0, 0)], {("no_pair", "line 7"), ("pickup_without_delivery", "line 7")}),
        ([*PAIRS, (5, 0, 1, -6, 0, 9, 1, 3, 0)], {("two_deliveries", "line 7")}),
        ([*PAIRS, (5, 0, 1)], {("cut_off", "line 7")}),
    ],
)
def test_torn_pairs_are_named_by_line(stops: list[tuple[object, ...]], expected: set[tuple[str, str]]) -> None:
    assert problem_codes(li_lim(stops)) == expected


def test_a_head_without_vehicles_or_speed_is_refused() -> None:
    assert problem_codes(li_lim(head="0 10 1")) == {("no_couriers", "line 1")}
    assert problem_codes(li_lim(head="2 10 0")) == {("wrong_head", "line 1")}
    assert problem_codes(li_lim(head="2 10")) >= {("wrong_columns", "line 1")}
