"""Before a city has taught anything, plan and estimates rest on the same times: no plan is late by construction."""

from datetime import UTC, timedelta

import pytest

from routing.travel_matrix import NO_STARTS
from tests.tracking.builders import DAY_AT, make_line
from tracking.city_factors import city_factors, factors_at, hour_factors
from tracking.events import Level
from tracking.learning import Learned
from tracking.pipeline import start, tick

FRESH = city_factors(Learned(), UTC)


def test_planner_and_estimates_begin_with_the_same_factors():
    planned = hour_factors(FRESH, DAY_AT, DAY_AT + timedelta(hours=10))
    tracked = factors_at(FRESH, DAY_AT)

    assert set(planned.factors) == {1.0}
    assert tracked.travel.ratio == pytest.approx(1.0)
    assert tracked.hours is not None
    assert (tracked.hours.ratios == 1.0).all()
    assert planned.leg_starts == tracked.starts == NO_STARTS


def test_first_estimates_are_the_planned_arrivals():
    line = make_line()
    factors = factors_at(FRESH, DAY_AT)

    outcome = tick(start(line, DAY_AT, factors=factors), line, None, DAY_AT, factors=factors)

    for eta, visit in zip(outcome.etas, line.visits, strict=True):
        assert abs((eta.expected_at - visit.planned_arrives_at).total_seconds()) <= 2
    assert not outcome.events


def test_a_promise_with_a_quarter_of_an_hour_to_spare_is_not_at_risk_on_the_first_morning():
    line = make_line(promised_after_s=900.0)
    factors = factors_at(FRESH, DAY_AT)

    state = start(line, DAY_AT, factors=factors)

    assert {told.level for told in state.told.values()} == {Level.ON_TIME}
