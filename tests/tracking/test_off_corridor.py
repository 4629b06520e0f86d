"""What one fix proves of a courier off the corridor: leaps, single fixes, the start, other legs, unknown accuracy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.builders import along, drive, follow_pings, make_leg, make_line, make_ping, make_route, xy
from tracking.events import DeviationClosed, DeviationKind, DeviationOpened
from tracking.ping import Ping
from tracking.rules import DEFAULT_RULES

LINE = make_line()
EAST, NORTH = 90.0, 0.0


def driven(from_s: float, until_s: float, every_s: float, aside_m: float = 0.0) -> list[Ping]:
    """Pings of a phone that says 8 m/s to the east, beside the first leg."""
    count = int((until_s - from_s) // every_s) + 1
    seconds = [from_s + i * every_s for i in range(count)]
    return [make_ping(s, xy(8.0 * s, aside_m), speed_mps=8.0, bearing_deg=EAST) for s in seconds]


def opened(pings: list[Ping], line=LINE) -> list[float]:
    """The fixes that opened off_route, in seconds after the departure; each is received a second later."""
    followed = follow_pings(line, pings)
    told = [e for e in followed.of(DeviationOpened) if e.kind is DeviationKind.OFF_ROUTE]
    return [(e.at - line.departs_at).total_seconds() - 1.0 for e in told]


@given(
    aside_m=st.floats(80.0, 400.0),
    fixes=st.integers(1, 5),
    left=st.booleans(),
    says_way=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_leap_longer_than_the_phone_drives_is_no_departure(aside_m: float, fixes: int, left: bool, says_way: bool):
    aside = driven(105, 100 + 5 * fixes, 5, aside_m if left else -aside_m)
    if not says_way:
        aside = [make_ping(5.0 * i + 105, p.point, speed_mps=8.0) for i, p in enumerate(aside)]

    assert opened([*driven(0, 100, 5), *aside, *driven(105 + 5 * fixes, 200, 5)]) == []


def test_without_the_phones_speed_the_same_leap_is_a_departure():
    aside = [make_ping(s, xy(8.0 * s, 100)) for s in range(105, 130, 5)]

    assert opened([*drive(LINE, 0, 100), *aside]) == [110.0]


def test_who_stays_aside_after_a_leap_is_told_in_the_end():
    told = opened([*driven(0, 100, 5), *driven(105, 400, 5, 100)])

    assert len(told) == 1
    assert 130 <= told[0] <= 200


@pytest.mark.parametrize(("bearing_deg", "told"), [(NORTH, [105.0]), (EAST, [120.0]), (None, [120.0])])
def test_one_far_fix_is_enough_for_a_phone_that_says_it_goes_another_way(bearing_deg: float | None, told: list[float]):
    aside = [make_ping(s, xy(720, 8.0 * (s - 93)), speed_mps=8.0, bearing_deg=bearing_deg) for s in (105, 120)]

    assert opened([*driven(0, 90, 15), *aside]) == told


def test_leaving_the_start_by_another_street_is_told_before_the_start_is_far():
    told = opened([make_ping(s, xy(0, -5.0 * s)) for s in range(0, 61, 15)])

    assert told == [30.0]


def test_walking_about_at_the_start_is_no_departure():
    places = [(0, 10), (10, 30), (5, 50), (-10, 60), (-20, 45), (-5, 60), (0, 40), (5, 15)]

    assert opened([make_ping(15 * i, xy(*place)) for i, place in enumerate(places * 3)]) == []


def test_before_the_planned_departure_going_away_from_the_start_is_no_departure():
    assert opened([make_ping(s - 120, xy(0, -min(140, 5.0 * s))) for s in range(0, 106, 15)]) == []


def test_between_two_legs_but_on_neither_counts_by_the_leg_driven_now():
    legs = (make_leg((0, 0), (2000, 0)), make_leg((2000, 0), (2000, 140)), make_leg((2000, 140), (0, 140)))
    line = make_line(make_route((*legs, make_leg((0, 140), (0, 0)))))

    assert opened([*drive(line, 0, 90, every_s=15), *(make_ping(s, xy(8.0 * s, 100)) for s in (105, 120))], line) == [
        120.0
    ]


def test_on_the_street_of_another_leg_nothing_is_told():
    legs = (make_leg((0, 0), (2000, 0)), make_leg((2000, 0), (2000, 140)), make_leg((2000, 140), (0, 140)))
    line = make_line(make_route((*legs, make_leg((0, 140), (0, 0)))))

    assert opened([*drive(line, 0, 90, every_s=15), *(make_ping(s, xy(8.0 * s, 140)) for s in (105, 120))], line) == []


@pytest.mark.parametrize(("aside_m", "street_m", "told"), [(70, 140, [120.0]), (40, 140, []), (65, 100, [])])
def test_who_was_beside_all_streets_and_is_then_far_from_his_own_on_another_is_told(
    aside_m: float, street_m: float, told: list[float]
):
    legs = (
        make_leg((0, 0), (2000, 0)),
        make_leg((2000, 0), (2000, street_m)),
        make_leg((2000, street_m), (0, street_m)),
    )
    line = make_line(make_route((*legs, make_leg((0, street_m), (0, 0)))))
    elsewhere = [make_ping(105, xy(840, aside_m)), *(make_ping(s, xy(8.0 * s, street_m)) for s in (120, 135))]
    back = drive(line, 150, 240, every_s=15, from_m=1200)

    assert opened([*drive(line, 0, 90, every_s=15), *elsewhere, *back], line) == told


def test_where_the_courier_goes_far_from_the_line_says_nothing_of_noise():
    pings = [*drive(LINE, 0, 60), *(make_ping(s, xy(480, 60.0 * ((s - 60) // 5 % 4 + 1))) for s in range(65, 200, 5))]

    corridor = follow_pings(LINE, pings).state.motion.corridor

    assert max(abs(m) for m in corridor.laterals_m) <= DEFAULT_RULES.far_off_m


def test_phone_without_accuracy_is_believed_from_the_first_fixes_on():
    pings = [make_ping(15.0 * i, along(LINE, 120.0 * i), accuracy_m=None) for i in range(3)]
    pings += [make_ping(s, xy(8.0 * s, 75), accuracy_m=None) for s in (45, 60)]

    assert opened(pings) == [60.0]


def test_a_little_aside_takes_as_long_to_tell_however_often_the_phone_speaks():
    told = {
        every_s: opened([*drive(LINE, 0, 100, every_s=every_s), *driven_aside(100 + every_s, 200, every_s, 50.0)])[0]
        for every_s in (1.0, 2.0, 5.0)
    }

    assert max(told.values()) - min(told.values()) <= 5.0
    assert told[5.0] == 115.0


def driven_aside(from_s: float, until_s: float, every_s: float, aside_m: float) -> list[Ping]:
    """Pings of a phone that says no speed, beside the first leg."""
    count = int((until_s - from_s) // every_s) + 1
    return [make_ping(s, xy(8.0 * s, aside_m)) for s in (from_s + i * every_s for i in range(count))]


@pytest.mark.parametrize("noise_m", [0.0, 12.0])
def test_who_stands_on_the_line_again_is_back_after_a_minute(noise_m: float):
    aside = [make_ping(s, xy(8.0 * s, 120.0)) for s in range(105, 125, 5)]
    stands = [make_ping(s, xy(1000.0 + noise_m * (-1) ** (s // 5), 0.0)) for s in range(125, 300, 5)]

    followed = follow_pings(LINE, [*drive(LINE, 0, 100), *aside, *stands])

    (closed,) = [e for e in followed.of(DeviationClosed) if e.kind is DeviationKind.OFF_ROUTE]
    assert (closed.at - LINE.departs_at).total_seconds() <= 125 + 60 + 10
