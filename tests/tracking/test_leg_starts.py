import math
import random
from datetime import UTC

import pytest

from routing.travel_matrix import NO_STARTS, LegStarts
from tests.tracking.builders import make_line
from tests.tracking.test_learning import MONDAY_NOON_AT
from tracking.city_factors import city_factors, factors_at, hour_factors
from tracking.learning import DayKind, Learned, ObservedLeg
from tracking.leg_starts import leg_starts, stretched_flow_s


def taught(start_s: float, ratio: float, drives: int, scatter: float = 0.2) -> Learned:
    chance, known = random.Random(1), Learned()
    for i in range(drives):
        planned_s = 60.0 * 2.0 ** (i % 5)
        leg = ObservedLeg(
            visit_id="v",
            zone_id=None,
            hour=12,
            day_kind=DayKind.WORKDAY,
            planned_s=planned_s,
            observed_s=ratio * (planned_s + start_s) * math.exp(chance.gauss(0.0, scatter)),
            ended_ts=MONDAY_NOON_AT.timestamp(),
        )
        known = known.observe_leg(leg)
    return known


def test_nothing_learned_costs_a_leg_nothing():
    assert leg_starts({}) == NO_STARTS
    assert NO_STARTS.stretched_s(300.0) == 300.0


@pytest.mark.parametrize("start_s", [0.0, 60.0, 120.0])
def test_what_every_leg_costs_is_found_from_legs_of_all_lengths(start_s: float):
    found = leg_starts(taught(start_s, 1.2, 200).travel)

    assert found.start_s == pytest.approx(start_s, abs=20.0)


def test_short_leg_is_stretched_by_more_than_a_long_one():
    found = leg_starts(taught(90.0, 1.1, 60).travel)

    assert found.stretched_s(90.0) / 90.0 > 1.2 * found.stretched_s(900.0) / 900.0


def test_next_door_costs_no_start():
    assert LegStarts(60.0, 1.2).stretched_s(12.0) == pytest.approx(10.0)


def test_stretched_line_ends_where_its_stretched_legs_do():
    starts, times = LegStarts(45.0, 1.15), make_line().times

    planned_s, stretched_s = stretched_flow_s(times, starts)

    assert planned_s[0] == stretched_s[0] == 0.0
    legs = [b - a for a, b in zip(planned_s, planned_s[1:], strict=False)]  # noqa: RUF007 - one liner
    assert stretched_s[-1] == pytest.approx(sum(starts.stretched_s(float(leg)) for leg in legs))


@pytest.mark.parametrize("planned_s", [12, 60, 240, 900])
def test_plan_takes_for_a_leg_what_the_estimate_takes(planned_s: int):
    city = city_factors(taught(90.0, 1.1, 60), UTC)
    at = MONDAY_NOON_AT.replace(minute=0)

    plan_s = hour_factors(city, at, at).drive_s(planned_s, at)

    now = factors_at(city, at)
    # A hundredth of the factor is what the planner does not tell apart; it rounds seconds up.
    assert plan_s == pytest.approx(now.starts.stretched_s(planned_s) * now.travel.ratio, rel=0.12, abs=1.0)
