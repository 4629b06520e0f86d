from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.promise import Likely, dots, is_kept, is_worth_a_line, on_time_share, standing, told_interval
from tracking.events import Level

T0 = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def likely(early: float, expected: float, late: float) -> Likely:
    return Likely(early_at=at(early), expected_at=at(expected), late_at=at(late))


@pytest.mark.parametrize(
    ("promised", "level", "late_min"),
    [
        (20, Level.ON_TIME, -11),
        (15, Level.ON_TIME, -6),
        (14, Level.AT_RISK, -5),
        (9, Level.AT_RISK, 0),
        (8.9, Level.LATE, 1),
        (0, Level.LATE, 9),
    ],
)
def test_level_is_measured_against_the_end_of_the_promise(promised: float, level: Level, late_min: int) -> None:
    stands = standing(likely(7, 9, 15), at(promised))

    assert (stands.level, stands.late_min) == (level, late_min)


def test_nothing_promised_is_never_late() -> None:
    stands = standing(likely(7, 9, 15), None)

    assert (stands.level, stands.late_min, stands.risk_share) == (Level.ON_TIME, None, None)


def test_risk_is_the_share_of_the_distribution_past_the_promise() -> None:
    arrival = likely(0, 10, 30)

    assert arrival.chance_after(at(30)) == pytest.approx(0.1)
    assert arrival.chance_after(at(10)) == pytest.approx(0.5)
    assert arrival.chance_after(at(0)) == pytest.approx(0.9)


def test_an_arrival_without_spread_is_certain() -> None:
    arrival = likely(10, 10, 10)

    assert (arrival.chance_after(at(10)), arrival.chance_after(at(9)), arrival.chance_after(at(11))) == (0.0, 1.0, 0.0)


def test_interval_is_rounded_outwards_to_five_minutes() -> None:
    assert told_interval(likely(7, 9, 11)) == (at(5), at(15))
    assert told_interval(likely(5, 9, 10)) == (at(5), at(10))


def test_interval_of_a_certain_arrival_is_five_minutes_wide() -> None:
    assert told_interval(likely(10, 10, 10)) == (at(10), at(15))


@given(early=st.floats(0, 200), to_expected=st.floats(0, 100), to_late=st.floats(0, 100), promised=st.floats(-100, 500))
def test_interval_dots_and_risk_agree(early: float, to_expected: float, to_late: float, promised: float) -> None:
    arrival = likely(early, early + to_expected, early + to_expected + to_late)

    from_at, until_at = told_interval(arrival)
    shown = dots(arrival)

    assert from_at <= arrival.early_at
    assert until_at >= arrival.late_at
    assert until_at - from_at >= timedelta(minutes=5)
    assert list(shown) == sorted(shown)
    assert len(shown) == 20
    assert 0.0 <= arrival.chance_after(at(promised)) <= 1.0


def test_a_changed_level_is_worth_a_line() -> None:
    assert is_worth_a_line(Level.ON_TIME, Level.AT_RISK, at(5), at(6))
    assert is_worth_a_line(Level.LATE, Level.AT_RISK, at(9), at(5))


def test_a_small_slip_of_the_same_level_is_only_counted() -> None:
    assert not is_worth_a_line(Level.AT_RISK, Level.AT_RISK, at(5), at(30))
    assert not is_worth_a_line(Level.LATE, Level.LATE, at(9), at(10.9))


def test_a_broken_promise_that_moves_on_is_worth_a_line() -> None:
    assert is_worth_a_line(Level.LATE, Level.LATE, at(9), at(11))
    assert is_worth_a_line(Level.LATE, Level.LATE, None, at(9))


def test_on_time_counts_the_end_of_the_first_promise_in() -> None:
    assert is_kept(at(10), at(10))
    assert on_time_share([(at(10), at(10)), (at(11), at(10))]) == 0.5


def test_on_time_share_of_nothing_is_unknown() -> None:
    assert on_time_share([]) is None
