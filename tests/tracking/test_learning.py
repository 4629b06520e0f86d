import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.learning import Factor, TravelFactors, adapted


def learned(ratio: float, count: int, city: str = "hel", zone: str | None = None, hour: int | None = None):
    factors = TravelFactors()
    for _ in range(count):
        factors = factors.observe(city, zone, hour, observed_s=600 * ratio, planned_s=600)
    return factors


def test_unknown_city_is_as_planned():
    assert TravelFactors().estimate("nowhere").ratio == 1.0


def test_few_trips_move_the_factor_a_little_many_move_it_all_the_way():
    few, many = learned(1.5, 2).estimate("hel"), learned(1.5, 200).estimate("hel")

    assert 1.0 < few.ratio < 1.4
    assert many.ratio == pytest.approx(1.5, abs=0.03)
    assert many.log_sd < few.log_sd


def test_hour_without_trips_is_that_of_its_city():
    factors = learned(1.4, 100, zone="z", hour=8)

    assert factors.estimate("hel", "z", 20).ratio == pytest.approx(factors.estimate("hel", "z").ratio)


def test_hour_that_differs_pulls_away_from_its_city():
    factors = learned(1.2, 200)
    for _ in range(50):
        factors = factors.observe("hel", "z", 17, observed_s=1200, planned_s=600)

    assert factors.estimate("hel", "z", 17).ratio > factors.estimate("hel").ratio + 0.2


def test_trip_that_says_nothing_changes_nothing():
    factors = TravelFactors()

    assert factors.observe("hel", None, None, observed_s=0.0, planned_s=600) is factors
    assert factors.observe("hel", None, None, observed_s=math.nan, planned_s=600) is factors


def test_observing_leaves_the_old_factors_as_they_were():
    before = learned(1.5, 3)

    before.observe("hel", None, None, observed_s=6000, planned_s=600)

    assert before.estimate("hel") == learned(1.5, 3).estimate("hel")


def test_recent_pace_moves_the_factor_more_the_longer_it_lasts():
    short, long = adapted(Factor(), 120, 60), adapted(Factor(), 1200, 600)

    assert 1.0 < short.ratio < long.ratio < 2.0


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_adapted_factor_lies_between_the_learned_and_the_seen(observed_s: float, planned_s: float):
    factor = adapted(Factor(ratio=1.2), observed_s, planned_s)

    assert min(1.2, math.exp(-1.0)) - 1e-9 <= factor.ratio <= max(1.2, math.exp(2.0)) + 1e-9
    assert factor.log_sd > 0.0
