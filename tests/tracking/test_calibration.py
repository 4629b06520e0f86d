import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.calibration import (
    HORIZON_ENDS_S,
    HORIZONS,
    NOT_CALIBRATED,
    Calibration,
    Forecast,
    due_horizon,
    horizon_of,
)


def test_horizon_begins_where_the_one_before_ends():
    assert [horizon_of(s) for s in (0.0, 599.9, 600.0, 1800.0, 3599.0, 3600.0, 1e6)] == [0, 0, 1, 2, 2, 3, 3]


def test_without_visits_the_late_end_is_further_away_than_the_early_one():
    band = NOT_CALIBRATED.quantiles(0)

    assert -1.3 < band.early < 0.0 < -band.early < band.late < 2.0


@pytest.mark.parametrize("seed", range(3))
def test_nine_of_ten_of_what_comes_next_are_before_the_late_end(seed: int):
    random = np.random.default_rng(seed)
    calibration = Calibration()
    early = late = 0
    for n, residual in enumerate(random.standard_t(3, 4000) * 1.7 + 0.4):
        band = calibration.quantiles(2) if n >= 60 else None
        if band is not None:
            late += residual <= band.late
            early += residual < band.early
        calibration = calibration.observe(2, float(residual))

    assert 0.87 <= late / 3940 <= 0.93
    assert 0.07 <= early / 3940 <= 0.13


def test_each_horizon_learns_alone():
    calibration = Calibration()
    for _ in range(100):
        calibration = calibration.observe(1, 5.0)

    assert calibration.quantiles(0) == NOT_CALIBRATED.quantiles(0)
    assert calibration.quantiles(1).late == 5.0


@given(st.lists(st.floats(-20, 20), max_size=80))
def test_late_end_is_never_before_the_early_one(residuals: list[float]):
    calibration = Calibration()
    for residual in residuals:
        calibration = calibration.observe(0, residual)

    band = calibration.quantiles(0)

    assert band.early <= 0.0 <= band.late


@given(st.lists(st.floats(-3, 3), min_size=45, max_size=80), st.floats(0, 3))
def test_later_arrivals_never_bring_the_late_end_nearer(residuals: list[float], later: float):
    before, after = Calibration(), Calibration()
    for residual in residuals:
        before, after = before.observe(0, residual), after.observe(0, residual + later)

    assert after.quantiles(0).late >= before.quantiles(0).late


def test_what_is_no_number_teaches_nothing():
    assert NOT_CALIBRATED.observe(0, math.nan) is NOT_CALIBRATED


def test_window_forgets_the_oldest():
    calibration = Calibration()
    for i in range(2000):
        calibration = calibration.observe(0, 5.0 if i < 1000 else 0.5)

    assert calibration.quantiles(0).late == 0.5


def test_forecast_counts_in_its_own_standard_deviations():
    assert Forecast("v", 0, 0.0, 600.0, 60.0).residual(720.0) == 2.0


@given(st.text(min_size=1, max_size=12))
def test_visit_has_one_moment_in_each_horizon(visit_id: str):
    due = [due_horizon(visit_id, s) for s in range(4 * 3600, 0, -20)]

    first = {h: due.index(h) for h in range(HORIZONS) if h in due}
    assert len(first) == HORIZONS
    for h, i in first.items():
        ends = [*HORIZON_ENDS_S, math.inf]
        assert horizon_of((4 * 3600) - 20 * i) == h
        assert (4 * 3600) - 20 * i < ends[h]


def test_moments_are_spread_over_the_horizon():
    first = [next(s for s in range(1790, 600, -10) if due_horizon(f"v{i}", s) == 1) for i in range(200)]

    assert min(first) < 800
    assert max(first) > 1600


def test_one_lucky_day_does_not_take_the_doubt_away():
    calibration = Calibration()
    for _ in range(60):
        calibration = calibration.observe(3, -0.5)

    assert calibration.quantiles(3).late > 0.5


def test_many_days_nearer_than_the_prior_bring_the_late_end_in():
    random = np.random.default_rng(4)
    calibration = Calibration()
    for residual in random.normal(0.0, 0.4, 500):
        calibration = calibration.observe(1, float(residual))

    assert 0.45 < calibration.quantiles(1).late < 0.8 < NOT_CALIBRATED.quantiles(1).late
