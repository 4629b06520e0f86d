from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.tracking.builders import DAY_AT, along, at, follow, follow_pings, make_line, make_ping, xy
from tracking.events import DeviationKind, DeviationOpened
from tracking.ping import Ping, PingFlag, RefusalCode
from tracking.rules import DEFAULT_RULES
from zones.lonlat import LonLat

PLACE = xy(500, 0)


@pytest.mark.parametrize(
    ("ahead_s", "code"), [(119.0, None), (120.0, None), (121.0, RefusalCode.FROM_THE_FUTURE), (-86_399.0, None)]
)
def test_time_of_a_fix_up_to_two_minutes_ahead_is_taken(ahead_s: float, code: RefusalCode | None):
    outcome = follow(make_line()).ping(make_ping(ahead_s, PLACE), now=DAY_AT)

    assert (outcome.refused.code if outcome.refused else None) == code


def test_day_old_fix_is_too_old():
    outcome = follow(make_line()).ping(make_ping(-86_401.0, PLACE), now=DAY_AT)

    assert outcome.refused is not None
    assert outcome.refused.code is RefusalCode.TOO_OLD


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"point": LonLat(lon=0.0, lat=0.0)}, RefusalCode.NULL_ISLAND),
        ({"point": LonLat(lon=0.0009, lat=-0.0009)}, RefusalCode.NULL_ISLAND),
        ({"accuracy_m": 201.0}, RefusalCode.TOO_INACCURATE),
        ({"accuracy_m": 200.0}, None),
        ({"accuracy_m": -5.0}, RefusalCode.BAD_VALUE),
        ({"accuracy_m": float("nan")}, RefusalCode.BAD_VALUE),
        ({"speed_mps": 84.0}, RefusalCode.IMPOSSIBLE_SPEED),
        ({"speed_mps": 83.0}, None),
        ({"speed_mps": float("inf")}, RefusalCode.BAD_VALUE),
        ({"speed_mps": -1.0}, None),
        ({"bearing_deg": 361.0}, RefusalCode.BAD_VALUE),
        ({"bearing_deg": 360.0}, None),
    ],
)
def test_nonsense_is_refused_with_its_code(change: dict, code: RefusalCode | None):
    values = {"fix_at": at(10), "received_at": at(11), "point": PLACE, "accuracy_m": 8.0} | change

    outcome = follow(make_line()).ping(Ping(**values))

    assert (outcome.refused.code if outcome.refused else None) == code
    assert (outcome.fix is None) == (code is not None)


def test_time_without_a_zone_is_refused_not_raised():
    outcome = follow(make_line()).ping(
        Ping(fix_at=at(10).replace(tzinfo=None), received_at=at(11), point=PLACE), now=at(11)
    )

    assert outcome.refused is not None
    assert outcome.refused.code is RefusalCode.BAD_VALUE
    assert "time zone" in outcome.refused.message


def test_jump_of_over_300_km_per_hour_is_refused_and_the_next_true_fix_is_taken():
    followed = follow_pings(
        make_line(), [make_ping(0, xy(0, 0)), make_ping(60, xy(5_300, 0)), make_ping(65, xy(500, 0))]
    )

    refused = [o.refused.code for o in followed.outcomes if o.refused]
    assert refused == [RefusalCode.IMPOSSIBLE_SPEED]
    assert followed.outcomes[2].fix is not None


def test_jump_of_just_under_300_km_per_hour_is_taken():
    followed = follow_pings(make_line(), [make_ping(0, xy(0, 0)), make_ping(60, xy(4_900, 0))])

    assert followed.outcomes[1].fix is not None


def test_late_fix_is_judged_against_the_one_after_it_too():
    followed = follow_pings(make_line(), [make_ping(0, xy(0, 0)), make_ping(600, xy(1000, 0))])

    outcome = followed.ping(make_ping(590, xy(9000, 0), received_s=610))

    assert outcome.refused is not None
    assert outcome.refused.code is RefusalCode.IMPOSSIBLE_SPEED


def test_implausible_first_fix_does_not_lock_the_courier_out():
    pings = [make_ping(0, xy(900_000, 0)), *(make_ping(15 * i, xy(100 * i, 0)) for i in range(1, 6))]

    followed = follow_pings(make_line(), pings)

    assert [o.fix is not None for o in followed.outcomes] == [True, False, False, True, True, True]
    assert all(abs(p.lon - 24.94) < 1.0 for p in followed.state.track)


def test_outlier_among_many_good_fixes_does_not_win():
    good = [make_ping(5 * i, xy(40 * i, 0)) for i in range(20)]
    bad = [make_ping(100 + i, xy(300_000, 0)) for i in range(3)]

    followed = follow_pings(make_line(), [*good, *bad, make_ping(105, xy(840, 0))])

    assert [o.refused is not None for o in followed.outcomes[20:]] == [True, True, True, False]


def test_two_fixes_that_disagree_do_not_win_together():
    pings = [make_ping(0, xy(900_000, 0))] + [make_ping(15 * i, xy(0, 50_000 * i)) for i in range(1, 6)]

    followed = follow_pings(make_line(), pings)

    assert all(o.refused for o in followed.outcomes[1:])


def test_heartbeat_moves_nobody():
    followed = follow_pings(make_line(), [make_ping(0, xy(300, 0))])
    before = followed.state.motion

    outcome = followed.ping(make_ping(10, None))

    assert outcome.fix is None
    assert outcome.refused is None
    assert followed.state.motion == before
    assert followed.state.last_life_ts == at(11).timestamp()


def test_same_id_of_the_phone_within_a_second_is_a_duplicate():
    followed = follow_pings(make_line(), [make_ping(0, xy(0, 0), ping_id="a")])

    assert followed.ping(make_ping(0.4, xy(1, 0), ping_id="a")).duplicate


def test_an_id_that_the_phone_uses_again_drops_no_other_fix():
    followed = follow_pings(make_line(), [make_ping(0, xy(0, 0), ping_id="7"), make_ping(5, xy(40, 0), ping_id="7")])

    assert followed.ping(make_ping(6, xy(48, 0), ping_id="7")).fix is not None
    assert followed.ping(make_ping(3, xy(24, 0), ping_id="7")).fix is not None
    assert [point.at_ts for point in followed.state.track] == [at(s).timestamp() for s in (0, 3, 5, 6)]


def untimed(seconds: float, point: LonLat | None, **changes: Any) -> Ping:
    """A ping that tells no time: the moment of receiving stands in for it."""
    return replace(make_ping(seconds, point, received_s=seconds, **changes), flags=(PingFlag.TIME_ASSUMED_NOW,))


@pytest.mark.parametrize("point", [xy(0, 0), None], ids=["place", "heartbeat"])
def test_a_ping_without_a_time_that_says_the_same_within_the_retries_of_an_app_is_one(point: LonLat | None):
    followed = follow_pings(make_line(), [untimed(0, point)])

    again = followed.ping(untimed(45, point), now=at(45))
    anew = followed.ping(untimed(61, point), now=at(61))

    assert (again.duplicate, anew.duplicate) == (True, False)
    assert followed.state.last_life_ts == at(61).timestamp()


@pytest.mark.parametrize(
    "other",
    [
        untimed(5, xy(0, 1)),
        untimed(5, xy(0, 0), speed_mps=1.0),
        untimed(5, xy(0, 0), accuracy_m=9.0),
        make_ping(5, xy(0, 0)),
    ],
)
def test_a_ping_without_a_time_that_says_something_else_is_another(other: Ping):
    followed = follow_pings(make_line(), [untimed(0, xy(0, 0))])

    assert followed.ping(other).fix is not None


def test_a_phone_that_stands_and_tells_no_times_is_not_silent():
    followed = follow_pings(make_line(), [untimed(s, along(make_line(), 8.0 * s)) for s in range(0, 100, 5)])

    for s in range(100, 400, 10):
        followed.ping(untimed(s, along(make_line(), 760)))
        followed.tick(s + 9)

    assert DeviationKind.GAP not in followed.kinds(DeviationOpened)


def test_a_call_for_help_without_a_time_is_never_one_with_what_was_said_before():
    followed = follow_pings(make_line(), [untimed(0, None)])

    assert not followed.ping(replace(untimed(5, None), alarm="sos")).duplicate


def test_refusal_says_what_came_and_what_to_do():
    outcome = follow(make_line()).ping(make_ping(600, PLACE), now=DAY_AT)

    assert outcome.refused is not None
    assert "600 s ahead" in outcome.refused.message
    assert "clock" in outcome.refused.message


def test_useless_position_proves_that_the_phone_lives():
    followed = follow_pings(make_line(), [make_ping(0, xy(300, 0))])

    followed.ping(make_ping(80, xy(300, 0), accuracy_m=900.0))

    assert followed.state.last_life_ts == at(81).timestamp()
    assert not followed.tick(81 + DEFAULT_RULES.gap_s - 1).events


def test_reception_long_after_the_fix_is_no_fault():
    outcome = follow(make_line()).ping(make_ping(10, PLACE), now=DAY_AT + timedelta(hours=3))

    assert outcome.fix is not None


def test_place_of_a_phone_that_knows_none_is_the_reason_even_with_a_date_of_1989():
    ping = make_ping(0, LonLat(lon=0.0, lat=0.0))

    outcome = follow(make_line()).ping(replace(ping, fix_at=ping.fix_at - timedelta(days=13_000)), now=DAY_AT)

    assert outcome.refused is not None
    assert outcome.refused.code is RefusalCode.NULL_ISLAND
