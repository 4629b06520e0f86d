from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.tracking.builders import along, at, drive, follow, make_line, make_ping
from tracking.events import DeviationClosed, DeviationOpened
from tracking.ping import RefusalCode
from tracking.pipeline import complete_visit, live_position

LINE = make_line()


def shifted(pings, seconds: float):
    """The same pings from a phone whose clock is ahead by so many seconds."""
    return [replace(p, fix_at=p.fix_at + timedelta(seconds=seconds)) for p in pings]


def taken(pings):
    followed = follow(LINE)
    for ping in pings:
        followed.ping(ping)
    return followed


@pytest.mark.parametrize("ahead_s", [3600.0, 40.0, 86_400.0 * 7168])
def test_phone_ahead_is_believed_after_a_few_pings_and_told(ahead_s: float):
    followed = taken(shifted(drive(LINE, 0, 200), ahead_s))

    accepted = [o for o in followed.outcomes if o.fix is not None]
    assert len(accepted) >= len(followed.outcomes) - 2
    assert followed.kinds(DeviationOpened) == ["clock_skew"]
    assert followed.of(DeviationOpened)[0].measure == pytest.approx(ahead_s, abs=2)
    assert live_position(followed.state).at_ts == pytest.approx(at(200).timestamp(), abs=2)
    assert accepted[-1].fix.fix_at == pytest.approx(at(200), abs=timedelta(seconds=2))


def test_phone_behind_is_believed_when_its_delay_stays_the_same():
    followed = taken(shifted(drive(LINE, 0, 240), -3600.0))

    assert followed.kinds(DeviationOpened) == ["clock_skew"]
    assert followed.of(DeviationOpened)[0].measure == pytest.approx(-3600.0, abs=2)
    assert live_position(followed.state).at_ts == pytest.approx(at(240).timestamp(), abs=2)


def test_one_wrong_time_shifts_nothing():
    pings = drive(LINE, 0, 100)
    pings[10] = replace(pings[10], fix_at=pings[10].fix_at + timedelta(hours=1))
    pings[14] = replace(pings[14], fix_at=pings[14].fix_at - timedelta(hours=1))

    followed = taken(pings)

    assert followed.outcomes[10].refused is not None
    assert followed.outcomes[10].refused.code is RefusalCode.FROM_THE_FUTURE
    assert followed.state.clock.ahead_s == 0.0
    assert followed.kinds(DeviationOpened) == []


@pytest.mark.parametrize("drain_s", [0.05, 1.0, 3.0])
def test_backlog_that_empties_is_no_wrong_clock(drain_s: float):
    backlog = drive(LINE, 0, 240)
    pings = [
        replace(p, received_at=max(p.received_at, at(600 + drain_s * i)), fix_at=p.fix_at)
        for i, p in enumerate(backlog)
    ]

    assert taken(pings).state.clock.ahead_s == 0.0


def test_fixes_that_waited_as_the_phone_itself_says_are_no_wrong_clock():
    pings = [
        replace(p, received_at=p.received_at + timedelta(minutes=10), sent_at=p.fix_at + timedelta(minutes=10))
        for p in drive(LINE, 0, 240)
    ]

    assert taken(pings).state.clock.ahead_s == 0.0


def test_phone_that_sends_by_the_minute_has_no_wrong_clock():
    pings = [
        replace(p, received_at=at(60 * (1 + (p.fix_at - at(0)).total_seconds() // 60))) for p in drive(LINE, 0, 240)
    ]

    assert taken(pings).state.clock == follow(LINE).state.clock


def test_clock_that_is_put_right_closes_the_departure():
    wrong = shifted(drive(LINE, 0, 100), 3600.0)

    followed = taken([*wrong, *drive(LINE, 105, 200, from_m=840)])

    assert followed.kinds(DeviationOpened) == ["clock_skew"]
    assert followed.kinds(DeviationClosed) == ["clock_skew"]
    assert followed.state.clock.ahead_s == 0.0


def test_outcome_of_a_phone_with_a_wrong_clock_has_its_right_time():
    followed = taken(shifted(drive(LINE, 0, 245), 3600.0))
    for i in range(1, 12):
        followed.ping(shifted([make_ping(245 + 5 * i, along(LINE, 2000))], 3600.0)[0])

    followed.take(complete_visit(followed.state, LINE, "v0", at(300 + 3600), at(330)))

    assert followed.state.done["v0"] == pytest.approx(at(300).timestamp(), abs=2)


def test_time_at_the_end_of_the_calendar_is_refused_not_a_fault():
    followed = taken(shifted(drive(LINE, 0, 100), -7200.0))
    assert followed.state.clock.ahead_s < -7000

    outcome = followed.ping(make_ping_at_the_end())

    assert outcome.refused is not None


def make_ping_at_the_end():
    return replace(make_ping(105, along(LINE, 840)), fix_at=datetime.max.replace(tzinfo=UTC))
