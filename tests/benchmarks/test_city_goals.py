from math import inf

import pytest

from benchmarks.city.goals import DayRow, Reached, day_goals, median_reached
from benchmarks.report import Goal
from tests.benchmarks.test_cells import cell


def goals(*days: tuple[Reached, Reached]) -> dict[str, Goal]:
    rows = [DayRow(day=f"day {i}", reached={"ours": ours, "vroom": theirs}) for i, (ours, theirs) in enumerate(days)]
    return {goal.name: goal for goal in day_goals(rows, {"vroom": "VROOM"})}


def test_total_cost_is_compared_over_all_days() -> None:
    found = goals((Reached(90, 0), Reached(100, 0)), (Reached(101, 0), Reached(100, 0)))

    assert found["total cost / VROOM's"].value == pytest.approx(0.955)
    assert found["days at or below VROOM"].value == 50
    assert found["orders that VROOM serves and we do not"].met


def test_day_with_fewer_orders_served_is_not_cheaper() -> None:
    found = goals((Reached(50, 2), Reached(100, 0)), (Reached(100, 0), Reached(100, 0)))

    assert found["total cost / VROOM's"].value == 1
    assert found["days at or below VROOM"].met is False
    assert found["orders that VROOM serves and we do not"].value == 2


def test_no_valid_solution_of_ours_misses_everything() -> None:
    found = goals((Reached(inf, 200), Reached(100, 0)))

    assert [goal.met for goal in found.values()] == [False, False, False]


def test_median_run_puts_orders_left_out_before_cost_and_failures_last() -> None:
    runs = [cell(cost=5, problems=("load 7 exceeds 6",)), cell(cost=30), cell(cost=20)]

    assert median_reached(runs) == Reached(30.0, 0)
    assert median_reached(runs[:1]).cost == inf
