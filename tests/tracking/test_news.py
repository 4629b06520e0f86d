"""When a level that changed is told: danger at once, its end only when it is clear."""

import pytest

from tests.tracking.builders import DAY_AT, make_line
from tracking.eta import Estimate
from tracking.events import Level
from tracking.news import _crosses_promise
from tracking.rules import DEFAULT_RULES

NOW_TS = DAY_AT.timestamp()


def make_estimate(expected_s: float, late_s: float, level: Level) -> Estimate:
    """An estimate whose times are seconds after the end of a promise that ends in 20 minutes."""
    visit = make_line(promised_after_s=600.0).visits[0]
    assert visit.promised_until_at is not None
    until_ts = visit.promised_until_at.timestamp()
    return Estimate(visit, until_ts + expected_s - 60, until_ts + expected_s, until_ts + late_s, level)


@pytest.mark.parametrize(("late_s", "told"), [(20.0, False), (31.0, True)])
def test_danger_to_a_promise_is_told_at_once(late_s: float, told: bool):
    estimate = make_estimate(-300.0, late_s, Level.AT_RISK)

    assert _crosses_promise(Level.ON_TIME, estimate, NOW_TS, DEFAULT_RULES) is told


@pytest.mark.parametrize(("late_s", "told"), [(-31.0, False), (-119.0, False), (-121.0, True)])
def test_end_of_danger_is_told_when_it_is_two_minutes_away(late_s: float, told: bool):
    estimate = make_estimate(-400.0, late_s, Level.ON_TIME)

    assert _crosses_promise(Level.AT_RISK, estimate, NOW_TS, DEFAULT_RULES) is told


def test_end_of_danger_far_ahead_must_be_clearer():
    estimate = make_estimate(-400.0, -200.0, Level.ON_TIME)

    assert not _crosses_promise(Level.AT_RISK, estimate, NOW_TS - 3600.0, DEFAULT_RULES)


@pytest.mark.parametrize(("expected_s", "told"), [(-35.0, False), (-125.0, True)])
def test_a_late_arrival_that_may_be_kept_again_is_no_news_for_a_few_seconds(expected_s: float, told: bool):
    estimate = make_estimate(expected_s, 300.0, Level.AT_RISK)

    assert _crosses_promise(Level.LATE, estimate, NOW_TS, DEFAULT_RULES) is told
