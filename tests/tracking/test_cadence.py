import pytest

from tests.tracking.builders import along, at, drive, follow, follow_pings, make_line, make_ping
from tracking.cadence import gap_limit_s
from tracking.courier_state import from_bytes, to_bytes
from tracking.events import DeviationOpened
from tracking.rules import DEFAULT_RULES, TrackingRules

LINE = make_line()


@pytest.mark.parametrize(("every_s", "limit_s"), [(5.0, 30.0), (15.0, 45.0), (60.0, 180.0), (600.0, 900.0)])
def test_gap_is_three_of_the_phones_own_intervals_within_bounds(every_s: float, limit_s: float):
    pings = [make_ping(i * every_s, along(LINE, 10.0 * i)) for i in range(8)]

    assert gap_limit_s(follow_pings(LINE, pings).state, DEFAULT_RULES) == limit_s


def test_interval_of_a_phone_that_is_not_known_yet_is_the_settings():
    assert gap_limit_s(follow(LINE).state, DEFAULT_RULES) == 90.0
    assert gap_limit_s(follow_pings(LINE, drive(LINE, 0, 10)).state, TrackingRules(gap_s=50.0)) == 50.0


def test_silence_of_a_phone_that_speaks_each_minute_is_no_gap_for_three():
    followed = follow_pings(LINE, [make_ping(60 * i, along(LINE, 240.0 * i)) for i in range(9)])

    for seconds in range(485, 660, 5):
        followed.tick(seconds)
    before = followed.kinds(DeviationOpened)
    followed.tick(665)

    assert before == []
    assert followed.kinds(DeviationOpened) == ["gap"]


def test_silence_of_a_phone_that_speaks_every_15_s_is_a_gap_after_45():
    followed = follow_pings(LINE, drive(LINE, 0, 120, every_s=15.0))

    for seconds in range(125, 200, 5):
        followed.tick(seconds)

    assert followed.kinds(DeviationOpened) == ["gap"]
    assert followed.of(DeviationOpened)[0].at == at(170)


def test_phone_that_stands_may_doze_for_longer():
    stands = [make_ping(105 + 5 * i, along(LINE, 800)) for i in range(10)]
    followed = follow_pings(LINE, [*drive(LINE, 0, 100), *stands])

    for seconds in range(155, 240, 5):
        followed.tick(seconds)

    assert followed.kinds(DeviationOpened) == []


def test_backlog_that_empties_does_not_change_what_is_usual():
    followed = follow_pings(LINE, drive(LINE, 0, 100))
    usual_s = followed.state.cadence.usual_s

    for i in range(40):
        followed.ping(make_ping(101 + i, along(LINE, 801 + 8 * i), received_s=300 + 0.1 * i))

    assert from_bytes(to_bytes(followed.state)).cadence == followed.state.cadence
    assert usual_s == 5.0
    assert gap_limit_s(followed.state, DEFAULT_RULES) < 900.0
