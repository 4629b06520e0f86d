"""The one clock that a service and its simulated phones share."""

from datetime import UTC, datetime, timedelta

import pytest

from api.clock import Clock

BEND = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_wall_clock_is_left_alone() -> None:
    assert Clock().at(BEND) == BEND


@pytest.mark.parametrize(
    ("wall_s", "reads_s"),
    [(-10.0, -200.0), (0.0, 0.0), (10.0, 50.0)],
)
def test_time_rushes_before_the_bend_and_keeps_its_speed_after_it(wall_s: float, reads_s: float) -> None:
    clock = Clock(bend_at=BEND, speed=5.0, fast=20.0)

    assert clock.at(BEND + timedelta(seconds=wall_s)) == BEND + timedelta(seconds=reads_s)


def test_a_clock_goes_through_an_environment_variable_unchanged() -> None:
    clock = Clock(bend_at=BEND, speed=20.0, fast=33.25)

    assert Clock.from_text(clock.to_text()) == clock
    assert Clock.from_text("") == Clock()


def test_the_pace_is_that_of_the_present_part() -> None:
    now = datetime.now(tz=UTC)

    assert Clock(bend_at=now + timedelta(hours=1), speed=5.0, fast=20.0).pace() == 20.0
    assert Clock(bend_at=now - timedelta(hours=1), speed=5.0, fast=20.0).pace() == 5.0
