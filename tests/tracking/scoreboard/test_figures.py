import pytest

from tracking.scoreboard.figures import GoalRow, mean, quantile, rate_interval, ratio, share_interval


def test_goal_is_met_on_its_edge_and_missed_past_it():
    assert GoalRow(name="x", value=12.0, goal=12.0).met
    assert not GoalRow(name="x", value=12.1, goal=12.0).met
    assert GoalRow(name="x", value=0.99, goal=0.99, at_least=True).met
    assert not GoalRow(name="x", value=0.98, goal=0.99, at_least=True).met


def test_goal_between_two_values_has_both_ends_inside():
    inside = [GoalRow(name="x", value=v, goal=0.87, upper_goal=0.93).met for v in (0.86, 0.87, 0.93, 0.94)]

    assert inside == [False, True, True, False]


def test_what_was_not_measured_is_not_met():
    row = GoalRow(name="x", value=None, goal=1.0)

    assert not row.met
    assert row.facts()["value"] is None


def test_quantile_lies_between_values_and_of_nothing_is_none():
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([0.0, 10.0], 0.9) == pytest.approx(9.0)
    assert quantile([], 0.5) is None
    assert mean([]) is None
    assert ratio(1.0, None) is None


def test_intervals_are_those_of_the_textbooks():
    # Wilson for 46 of 46 and Byar for 0 and 10 events; exact Poisson limits are 3.69, and 4.80 to 18.39.
    low, high = share_interval(46, 46)
    assert (low, high) == (pytest.approx(0.9229, abs=1e-3), pytest.approx(1.0))
    assert rate_interval(0, 1.0) == (0.0, pytest.approx(3.69, abs=0.1))
    assert rate_interval(10, 1.0) == (pytest.approx(4.8, abs=0.1), pytest.approx(18.39, abs=0.1))
    assert share_interval(0, 0) is None
    assert rate_interval(3, 0.0) is None
