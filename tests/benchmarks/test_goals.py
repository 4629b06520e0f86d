from math import inf, isnan, nan

import pytest

from benchmarks.report import Goal, median, ratio
from benchmarks.solver.goals import InstanceGaps, gap_percent, goals_at, share_as_good


def row(name: str, stops: int, *, long: bool = False, known: bool = True, **gaps: float) -> InstanceGaps:
    return InstanceGaps(instance=name, stops=stops, long_routes=long, has_best_known=known, gaps=gaps)


def goals(seconds: float, rows: list[InstanceGaps]) -> dict[str, Goal]:
    return {goal.name: goal for goal in goals_at(seconds, rows)}


def test_gap_is_counted_from_the_reference_and_may_be_negative() -> None:
    assert gap_percent(1010, 1000) == pytest.approx(1.0)
    assert gap_percent(990, 1000) == pytest.approx(-1.0)
    assert gap_percent(inf, 1000) == inf


def test_gaps_are_averaged_by_size() -> None:
    rows = [
        row("a", 100, ours=0.2, pyvrp=1.0),
        row("b", 400, ours=0.4, pyvrp=1.0),
        row("c", 800, ours=0.7, pyvrp=1.0),
        row("d", 1000, ours=0.9, pyvrp=1.0),
    ]

    found = goals(10, rows)

    assert found["mean gap, 100-400 stops"].value == pytest.approx(0.3)
    assert found["mean gap, 100-400 stops"].met
    assert found["mean gap, 800 stops"].met is False
    assert found["mean gap, 1000 stops"].met
    assert found["worst instance"].value == 0.9


def test_instances_without_a_published_best_count_in_ratios_only() -> None:
    rows = [row("a", 100, ours=0.1, pyvrp=1.0), row("fresh", 100, known=False, ours=0.5, pyvrp=1.0)]

    found = goals(10, rows)

    assert found["worst instance"].value == 0.1
    assert found["mean gap / PyVRP's, short routes"].value == pytest.approx(0.3)


def test_short_and_long_routes_have_a_ratio_each() -> None:
    rows = [row("a", 100, ours=0.1, pyvrp=1.0), row("b", 100, long=True, ours=0.9, pyvrp=1.0)]

    found = goals(30, rows)

    assert found["mean gap / PyVRP's, short routes"].met
    assert found["mean gap / PyVRP's, long routes"].met is False


def test_no_valid_solution_of_ours_misses_the_goals() -> None:
    found = goals(10, [row("a", 100, ours=inf, pyvrp=1.0, vroom=5.0)])

    assert found["worst instance"].met is False
    assert found["mean gap / PyVRP's, short routes"].met is False
    assert found["mean gap / VROOM's"].met is False
    assert found["instances at least as good as PyVRP"].value == 0


def test_peer_without_a_valid_solution_is_left_out_of_its_ratio_and_loses_the_share() -> None:
    rows = [row("a", 100, ours=0.1, pyvrp=1.0), row("b", 100, ours=9.0, pyvrp=inf)]

    found = goals(10, rows)

    assert found["mean gap / PyVRP's, short routes"].value == pytest.approx(0.1)
    assert share_as_good(rows, "pyvrp") == 100


def test_equal_gaps_are_at_least_as_good() -> None:
    rows = [row("a", 100, ours=0.0, pyvrp=0.0), row("b", 100, ours=0.2, pyvrp=0.1)]

    assert share_as_good(rows, "pyvrp") == 50


def test_engine_that_was_not_run_leaves_its_goals_unmeasured() -> None:
    found = goals(10, [row("a", 100, ours=0.1)])

    assert found["mean gap / VROOM's"].met is None
    assert found["instances at least as good as PyVRP"].met is None
    assert found["mean gap, 800 stops"].row()[1:] == ("-", "<= 0.6 %", "not measured")


def test_sixty_seconds_have_no_goal_against_vroom_and_other_limits_have_none_at_all() -> None:
    rows = [row("a", 100, ours=0.1, pyvrp=1.0, vroom=3.0)]

    assert "mean gap / VROOM's" not in goals(60, rows)
    assert goals_at(7, rows) == []


def test_ratio_of_zero_gaps() -> None:
    assert ratio(0, 0) == 0
    assert ratio(0.1, 0) == inf
    assert isnan(ratio(nan, 1))


def test_median_of_an_even_count_is_between_the_middle_two() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5
    assert isnan(median([]))
