import itertools
import json
from datetime import UTC, datetime
from functools import cache

import pytest

from routing.roads import StraightLineRoads
from tests.tracking.builders import DAY_AT, make_leg, make_line, make_route, xy
from tracking.scoreboard.truth import simulated_case
from tracking.simulate import Disturbance, DisturbanceKind, Track, simulate_courier
from tracking.simulated_city import CityConditions, HiddenCity
from tracking.simulated_day import CourierDay, DaySettings, Trouble, simulate_day
from tracking.simulated_errors import Multipath, position_errors
from tracking.simulated_lines import json_line
from tracking.simulated_phone import PhoneHabits
from zones.lonlat import distance_m

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
PLACES = [xy(300.0 * (i % 12), 300.0 * (i // 12)) for i in range(144)]
CITY = HiddenCity(PLACES[0], 1)
CLEAN = PhoneHabits(noise_m=0.001)
ODD = {
    DisturbanceKind.SPEEDING,
    DisturbanceKind.MOCK_LOCATION,
    DisturbanceKind.CLOCK_SKEW,
    DisturbanceKind.OUTSIDE_ZONES,
}


@cache
def day(seed: int = 1, trouble: Trouble = Trouble.MUCH) -> tuple[CourierDay, ...]:
    settings = DaySettings(couriers=2, stops=12, trouble=trouble, ping_every_s=15.0)
    return simulate_day(StraightLineRoads(), PLACES, MIDNIGHT, seed, settings)


def driven(*disturbances: Disturbance, habits: PhoneHabits = CLEAN, conditions: bool = False) -> Track:
    met = CityConditions(CITY, DAY_AT, 5) if conditions else None
    return simulate_courier(make_route(), {}, StraightLineRoads(), DAY_AT, 5, disturbances, 5.0, habits, met)


def test_same_seed_gives_the_same_day_and_another_seed_another_one():
    again = simulate_day(
        StraightLineRoads(),
        PLACES,
        MIDNIGHT,
        1,
        DaySettings(couriers=2, stops=12, trouble=Trouble.MUCH, ping_every_s=15.0),
    )

    assert [json_line(d, 15.0) for d in again] == [json_line(d, 15.0) for d in day()]
    assert [d.track.pings for d in day(2)] != [d.track.pings for d in day()]


def test_pings_lie_around_the_true_places():
    courier = day(trouble=Trouble.NONE)[0]

    errors_m = sorted(distance_m(p.point, courier.track.true_point(p.fix_at)) for p in courier.track.pings)

    assert errors_m[len(errors_m) // 2] < 15.0


def test_every_visit_of_a_quiet_day_is_made_in_order():
    courier = day(trouble=Trouble.NONE)[0]

    visits = courier.track.visits

    assert [v.visit_id for v in visits] == [v.visit_id for v in courier.route.visits]
    assert all(a.left_at <= b.arrived_at for a, b in itertools.pairwise(visits))


def test_much_trouble_brings_every_kind_within_a_few_couriers():
    kinds = {t.kind for seed in (1, 2, 3) for courier in day(seed) for t in courier.track.truth}

    assert kinds == set(DisturbanceKind) - ODD


@pytest.mark.parametrize(
    "kind",
    [
        DisturbanceKind.STALL,
        DisturbanceKind.BREAKDOWN,
        DisturbanceKind.GAP,
        DisturbanceKind.SLOW_TRAFFIC,
        DisturbanceKind.STALL_AT_STOP,
    ],
)
def test_disturbance_is_in_the_truth_for_as_long_as_it_was_asked(kind: DisturbanceKind):
    track = driven(Disturbance(kind=kind, on_leg=1, size_s=400.0))

    (truth,) = track.truth
    assert truth.kind is kind
    assert (truth.ended_at - truth.began_at).total_seconds() == pytest.approx(400.0)


def test_wrong_way_goes_back_along_the_line_and_on_again():
    track = driven(Disturbance(kind=DisturbanceKind.WRONG_WAY, on_leg=0, size_m=300.0))

    (truth,) = track.truth
    begin, end = track.true_point(truth.began_at), track.true_point(truth.ended_at)
    assert distance_m(begin, end) == pytest.approx(300.0, abs=30.0)
    assert len(track.visits) == 3


@pytest.mark.parametrize("direct", [0.0, 1.0])
def test_skipped_stop_is_not_visited_and_the_next_one_is(direct: float):
    track = driven(Disturbance(kind=DisturbanceKind.SKIPPED_STOP, on_leg=1, size_m=direct))

    assert [v.visit_id for v in track.visits] == ["v0", "v2"]
    assert [t.visit_id for t in track.truth] == ["v1"]


def test_direct_way_past_a_skipped_stop_is_a_departure_from_the_plan():
    track = driven(Disturbance(kind=DisturbanceKind.SKIPPED_STOP, on_leg=1, size_m=1.0))
    whole = CourierDay(courier_id="c", city=CITY, route=make_route(), line=make_line(), track=track)

    case = simulated_case(whole, 5.0)

    (departure,) = case.departures
    assert departure.most_m > 500.0
    assert case.is_aside(departure.began_at, departure.ended_at)


def test_true_offset_is_nothing_on_the_plan_and_hundreds_of_metres_on_a_detour():
    track = driven(Disturbance(kind=DisturbanceKind.DETOUR, on_leg=0, size_m=400.0))
    whole = CourierDay(courier_id="c", city=CITY, route=make_route(), line=make_line(), track=track)

    case = simulated_case(whole, 5.0)

    off = [p.fix_at for p, o in zip(case.pings, case.offset_m, strict=True) if o > 30.0]
    (departure,) = case.departures
    assert departure.most_m > 300.0
    assert departure.began_at <= min(off)
    assert max(off) <= departure.ended_at


def test_batches_are_received_together_and_never_before_their_fixes():
    track = driven(habits=PhoneHabits(noise_m=3.0, batch_s=30.0))

    assert all(p.received_at > p.fix_at for p in track.pings)
    assert len({p.received_at for p in track.pings}) < len(track.pings) / 4


def test_dead_zone_holds_pings_back_until_it_ends():
    track = driven(habits=PhoneHabits(noise_m=3.0, drain_s=0.0, dead_per_hour=10.0, dead_mean_s=60.0))

    assert track.silences
    for begin, end in track.silences:
        assert all(p.received_at >= end for p in track.pings if begin < p.fix_at < end)


def test_hidden_traffic_slows_the_rush_hour_and_differs_between_zones():
    far = xy(9_000.0, 9_000.0)

    night, evening = (CITY.factor_at(PLACES[0], MIDNIGHT.replace(hour=h)) for h in (3, 18))

    assert evening > 1.1 * night
    assert CITY.zone_of(far) != CITY.zone_of(PLACES[0])
    assert CITY.factor_at(far, DAY_AT) != CITY.factor_at(PLACES[0], DAY_AT)


def test_conditions_make_the_same_drive_longer():
    plain, city = driven(), driven(conditions=True)

    assert city.ended_at > plain.ended_at


def test_errors_have_their_size_hang_together_and_jump_in_bursts():
    times_s = [5.0 * i for i in range(4_000)]

    calm = position_errors(times_s, 5.0, 30.0, Multipath(), 1).offsets_m
    wild = position_errors(times_s, 5.0, 30.0, Multipath(per_hour=12.0), 1)

    assert calm.std() == pytest.approx(5.0, rel=0.15)
    assert (calm[1:, 0] * calm[:-1, 0]).mean() / calm[:, 0].var() == pytest.approx(0.85, abs=0.05)
    assert abs(wild.offsets_m - calm).max() > 40.0
    assert 0.0 < (wild.known_m > 0.0).mean() < 0.1


def test_line_of_json_holds_a_value_for_each_ping():
    whole = json.loads(json_line(day()[0], 15.0))

    count = len(whole["lonlat"])
    assert all(
        len(whole[key]) == count for key in ("at_s", "received_s", "truth_lonlat", "truth_offset_m", "accuracy_m")
    )
    assert whole["disturbances"]
    assert len(whole["visits"]) == len(day()[0].line.visits)


def test_odd_day_has_speeding_made_up_positions_and_drives_out_of_the_zones_with_their_truth():
    found = day(5, Trouble.ODD)

    kinds = {t.kind for d in found for t in d.track.truth}
    mocked = [t for d in found for t in d.track.truth if t.kind is DisturbanceKind.MOCK_LOCATION]
    assert {DisturbanceKind.MOCK_LOCATION, DisturbanceKind.OUTSIDE_ZONES} <= kinds
    assert all(d.line.permitted is not None for d in found)
    assert mocked
    for d in found:
        made_up = [t for t in d.track.truth if t.kind is DisturbanceKind.MOCK_LOCATION]
        for ping in d.track.pings:
            at = ping.fix_at
            if d.track.taken_at:
                continue
            assert ping.is_mock == any(t.began_at <= at < t.ended_at for t in made_up)
    for one in found:
        for truth in one.track.truth:
            if truth.kind is DisturbanceKind.OUTSIDE_ZONES:
                point = one.track.true_point(truth.began_at)
                assert one.line.permitted.margin_m(lon=point.lon, lat=point.lat) < -25.0


def test_speeding_is_driven_faster_than_any_limit_and_on_straight_streets_only():
    route = make_route((make_leg((0, 0), (6_000, 0)), make_leg((6_000, 0), (6_000, 300))))
    wish = Disturbance(kind=DisturbanceKind.SPEEDING, on_leg=0, size_m=4_000.0)

    track = simulate_courier(route, {}, StraightLineRoads(), DAY_AT, 5, (wish,), 5.0, CLEAN)

    (truth,) = track.truth
    took_s = (truth.ended_at - truth.began_at).total_seconds()
    way_m = distance_m(track.true_point(truth.began_at), track.true_point(truth.ended_at))
    assert truth.kind is DisturbanceKind.SPEEDING
    assert way_m / took_s == pytest.approx(45.0, rel=0.02)
    assert way_m == pytest.approx(4_000, abs=60)


@pytest.mark.parametrize("ahead_s", [90.0, -400.0])
def test_wrong_clock_shifts_what_the_phone_says_but_not_the_truth(ahead_s: float):
    right = driven()
    wrong = driven(Disturbance(kind=DisturbanceKind.CLOCK_SKEW, on_leg=1, size_s=ahead_s))

    (truth,) = wrong.truth
    shifts = {(p.fix_at - t).total_seconds() for p, t in zip(wrong.pings, wrong.fixed_at(), strict=True)}
    assert shifts == {0.0, ahead_s}
    assert wrong.fixed_at() == right.fixed_at()
    assert [p.received_at for p in wrong.pings] == [p.received_at for p in right.pings]
    assert [p.point for p in wrong.pings] == [p.point for p in right.pings]
    assert (truth.kind, truth.ended_at) == (DisturbanceKind.CLOCK_SKEW, wrong.ended_at)
    assert {(a.at - b.at).total_seconds() for a, b in zip(wrong.outcomes, right.outcomes, strict=True)} == shifts
