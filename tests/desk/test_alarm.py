from datetime import UTC, datetime, timedelta

import pytest

from desk.alarm import Affected, AlarmLevel, alarm_level
from tracking.events import Level

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def order(level: Level = Level.ON_TIME, ends_in_min: float = 90) -> Affected:
    return Affected(level=level, promised_until_at=NOW + minutes(ends_in_min))


@pytest.mark.parametrize("kind", ["off_route", "stall"])
def test_off_route_and_stall_need_a_decision_by_themselves(kind: str) -> None:
    assert alarm_level(kind, NOW, NOW, []) is AlarmLevel.DECIDE


@pytest.mark.parametrize("kind", ["slow_traffic", "long_service", "late_start", "wrong_sequence", "wrong_way", "gap"])
def test_a_small_slip_is_only_known_until_it_breaks_a_promise(kind: str) -> None:
    assert alarm_level(kind, NOW, NOW, [order(Level.AT_RISK)]) is AlarmLevel.KNOW
    assert alarm_level(kind, NOW, NOW, [order(Level.AT_RISK), order(Level.LATE)]) is AlarmLevel.DECIDE


@pytest.mark.parametrize(
    ("silent_min", "promise_min", "level"),
    [
        (11, 44, AlarmLevel.DECIDE),
        (10, 44, AlarmLevel.KNOW),
        (11, 45, AlarmLevel.KNOW),
        (11, None, AlarmLevel.KNOW),
    ],
)
def test_silence_matters_when_long_and_a_promise_is_near(
    silent_min: float, promise_min: float | None, level: AlarmLevel
) -> None:
    next_promise_at = None if promise_min is None else NOW + minutes(promise_min)

    assert alarm_level("gap", NOW - minutes(silent_min), NOW, [], next_promise_at) is level


def test_an_order_without_a_courier_is_urgent_in_its_last_hour() -> None:
    assert alarm_level("unassigned", NOW, NOW, [order(ends_in_min=59)]) is AlarmLevel.ACT_NOW
    assert alarm_level("unassigned", NOW, NOW, [order(ends_in_min=60)]) is AlarmLevel.DECIDE
    assert alarm_level("unassigned", NOW, NOW, []) is AlarmLevel.KNOW
