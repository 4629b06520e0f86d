import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.city_factors import city_factors, factors_at, hour_factors
from tracking.learning import (
    DayKind,
    Factor,
    Learned,
    ObservedLeg,
    adapted,
    day_kind_of,
    local_hour,
    travel_parts,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
MONDAY_NOON_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def make_leg(ratio: float = 1.2, zone: str | None = None, hour: int = 12, planned_s: float = 600.0) -> ObservedLeg:
    return ObservedLeg(
        visit_id="v",
        zone_id=zone,
        hour=hour,
        day_kind=DayKind.WORKDAY,
        planned_s=planned_s,
        observed_s=planned_s * ratio,
        ended_ts=MONDAY_NOON_AT.timestamp(),
    )


def learned(*legs: ObservedLeg, times: int = 1) -> Learned:
    known = Learned()
    for _ in range(times):
        for leg in legs:
            known = known.observe_leg(leg)
    return known


def ratio_of(known: Learned, zone: str | None = None, hour: int = 12) -> float:
    at = MONDAY_NOON_AT.replace(hour=hour - 2)
    return factors_at(city_factors(known, HELSINKI), at).hours.ratio_at(zone, at.timestamp())


def test_nothing_learned_is_as_planned():
    factors = factors_at(city_factors(Learned(), HELSINKI), MONDAY_NOON_AT)

    assert factors.travel.ratio == 1.0
    assert set(factors.hours.ratios.ravel()) == {1.0}


def test_few_legs_move_the_factor_a_little_many_move_it_all_the_way():
    few, many = ratio_of(learned(make_leg(1.5), times=1)), ratio_of(learned(make_leg(1.5), times=200))

    assert 1.0 < few < 1.46
    assert many == pytest.approx(1.5, abs=0.03)


def test_doubt_about_the_factor_shrinks_with_the_legs():
    few = factors_at(city_factors(learned(make_leg(), times=2), HELSINKI), MONDAY_NOON_AT)
    many = factors_at(city_factors(learned(make_leg(), times=200), HELSINKI), MONDAY_NOON_AT)

    assert many.travel.log_sd < few.travel.log_sd


def test_hour_without_legs_is_that_of_its_city():
    known = learned(make_leg(1.4, hour=8), times=100)

    assert ratio_of(known, hour=20) == pytest.approx(1.4, abs=0.1)


def test_slow_hour_stands_out_in_a_zone_that_was_not_seen_then():
    known = learned(make_leg(1.2, "z", 12), make_leg(1.8, "other", 18), times=100)

    assert ratio_of(known, "z", 18) > ratio_of(known, "z", 12) * 1.2


def test_short_drive_teaches_less_than_a_long_one():
    short = ratio_of(learned(make_leg(2.0, planned_s=60.0)))
    long = ratio_of(learned(make_leg(2.0, planned_s=1200.0)))

    assert 1.0 < short < long


@pytest.mark.parametrize("observed_s", [0.0, math.nan, math.inf, -5.0])
def test_leg_that_says_nothing_changes_nothing(observed_s: float):
    known = Learned()
    leg = make_leg(observed_s / 600.0)

    assert known.observe_leg(leg) is known


def test_observing_leaves_what_was_known_as_it_was():
    before = learned(make_leg(1.5), times=3)

    before.observe_leg(make_leg(3.0))

    assert before == learned(make_leg(1.5), times=3)


def test_factor_is_explained_by_parts_with_the_legs_behind_them():
    known = learned(make_leg(1.5, "z", 18), times=20)

    parts = travel_parts(known.travel, "z", 18, DayKind.WORKDAY)

    assert [part.level for part in parts] == ["city", "hour", "zone", "zone_hour"]
    assert [part.seen for part in parts] == [20] * 4
    assert math.prod(part.ratio for part in parts) == pytest.approx(1.5, abs=0.06)


def test_old_legs_fade():
    known = learned(make_leg(2.0), times=50)
    later_ts = MONDAY_NOON_AT.timestamp() + 200 * 86_400
    leg = make_leg(1.0)

    for _ in range(10):
        known = known.observe_leg(ObservedLeg(**{f: getattr(leg, f) for f in leg.__slots__} | {"ended_ts": later_ts}))

    assert ratio_of(known) < 1.2


@given(st.lists(st.floats(0.95, 1.2), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_city_does_not_depend_on_the_order_of_legs_of_one_time_that_surprise_nobody(ratios: list[float], random):
    shuffled = list(ratios)
    random.shuffle(shuffled)

    first = learned(*(make_leg(r) for r in ratios)).travel["city"]
    second = learned(*(make_leg(r) for r in shuffled)).travel["city"]

    assert first.mean_log == pytest.approx(second.mean_log, abs=1e-9)
    assert first.scatter_log2 == pytest.approx(second.scatter_log2, abs=1e-9)
    assert first.weight == pytest.approx(second.weight)


def test_one_drive_that_took_five_times_as_long_hardly_moves_the_city():
    known = learned(make_leg(1.3), times=18)

    after = known.observe_leg(make_leg(6.5))

    assert ratio_of(after) == pytest.approx(ratio_of(known), rel=0.1)


def test_one_drive_after_a_quiet_season_does_not_outweigh_those_before_it():
    known = learned(make_leg(1.3), times=18)
    leg = make_leg(2.6)
    late = ObservedLeg(**{f: getattr(leg, f) for f in leg.__slots__} | {"ended_ts": leg.ended_ts + 90 * 86_400})

    assert known.observe_leg(late).travel["city"].mean_log < math.log(1.4)


def test_doubt_of_a_city_well_known_is_still_that_of_one_day_against_the_next():
    factors = factors_at(city_factors(learned(make_leg(), times=300), HELSINKI), MONDAY_NOON_AT)

    assert 0.05 < factors.travel.log_sd < 0.12


@given(st.lists(st.floats(0.3, 4.0), min_size=1, max_size=40))
def test_city_lies_between_the_plan_and_what_was_seen(ratios: list[float]):
    known = learned(*(make_leg(r) for r in ratios))

    (city, *_) = travel_parts(known.travel, None, None, None)

    seen = math.exp(known.travel["city"].mean_log)
    assert min(1.0, seen) - 1e-9 <= city.ratio <= max(1.0, seen) + 1e-9


@pytest.mark.parametrize(
    ("on", "kind"),
    [
        (date(2026, 3, 2), DayKind.WORKDAY),
        (date(2026, 3, 7), DayKind.SATURDAY),
        (date(2026, 3, 8), DayKind.SUNDAY),
        (date(2026, 12, 25), DayKind.SUNDAY),
    ],
)
def test_kind_of_day(on: date, kind: DayKind):
    assert day_kind_of(on, {date(2026, 12, 25)}) is kind


def test_hour_is_that_of_the_city():
    assert local_hour(MONDAY_NOON_AT.timestamp(), HELSINKI) == (12, DayKind.WORKDAY)


def test_factors_of_a_day_for_the_planner_are_slow_when_the_city_is():
    known = learned(make_leg(1.0, hour=12), make_leg(1.6, hour=17), make_leg(1.6, hour=18), times=60)

    factors = hour_factors(city_factors(known, HELSINKI), MONDAY_NOON_AT, MONDAY_NOON_AT.replace(hour=20))

    slow = factors.drive_s(600, MONDAY_NOON_AT.replace(hour=16))
    assert slow > 1.3 * factors.drive_s(600, MONDAY_NOON_AT)


def test_half_hour_time_zones_have_their_own_hours():
    kolkata = ZoneInfo("Asia/Kolkata")
    now = datetime(2026, 3, 2, 10, 10, tzinfo=UTC)

    factors = factors_at(city_factors(Learned(), kolkata), now)

    assert datetime.fromtimestamp(factors.hours.first_ts, kolkata) == datetime(2026, 3, 2, 15, 0, tzinfo=kolkata)


def test_recent_pace_moves_the_factor_more_the_longer_it_lasts():
    short, long = adapted(Factor(), 120, 60), adapted(Factor(), 1200, 600)

    assert 1.0 < short.ratio < long.ratio < 2.0


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_adapted_factor_lies_between_the_learned_and_the_seen(observed_s: float, planned_s: float):
    factor = adapted(Factor(ratio=1.2), observed_s, planned_s)

    assert min(1.2, math.exp(-1.0)) - 1e-9 <= factor.ratio <= max(1.2, math.exp(2.0)) + 1e-9
    assert factor.log_sd > 0.0


def test_city_still_new_calibrates_nothing():
    new, settled = learned(make_leg(), times=5), learned(make_leg(), times=80)

    assert new.observe_arrival(0, 9.0) is new
    assert settled.observe_arrival(0, 9.0).calibration.residuals[0] == (9.0,)
