from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.builders import DAY_AT, along, at, drive, follow, follow_pings, make_line, make_ping, xy
from tracking.courier_state import from_bytes, to_bytes
from tracking.events import Reason
from tracking.ping import Ping
from tracking.pipeline import adopt, advance, complete_visit, live_position, start, tick
from zones.lonlat import LonLat

LINE = make_line()
NOW = at(1200)

floats = st.one_of(st.none(), st.floats())
any_ping = st.builds(
    Ping,
    fix_at=st.one_of(
        st.datetimes(timezones=st.just(UTC)),
        st.datetimes(),
        st.floats(-5000, 2000).map(at),
    ),
    received_at=st.floats(-5000, 2000).map(at),
    point=st.one_of(
        st.none(),
        st.builds(LonLat, lon=st.floats(-180, 180), lat=st.floats(-90, 90)),
        st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)).map(lambda p: xy(*p)),
    ),
    accuracy_m=floats,
    speed_mps=floats,
    bearing_deg=floats,
    ping_id=st.one_of(st.none(), st.sampled_from("abc")),
)
plausible_seconds = st.lists(st.integers(0, 240), min_size=1, max_size=25, unique=True)


def ping_at(seconds: int) -> Ping:
    return make_ping(seconds, along(LINE, 8.0 * seconds), received_s=1199)


def test_the_same_ping_twice_changes_nothing():
    followed = follow_pings(LINE, drive(LINE, 0, 100))
    before = followed.state

    again = followed.ping(drive(LINE, 0, 100)[7], now=at(102))

    assert again.duplicate
    assert again.state == before
    assert again.events == ()
    assert len(again.etas) == 3


def test_late_ping_is_taken_and_does_not_move_the_courier():
    followed = follow_pings(LINE, [ping_at(0), ping_at(5), ping_at(60)])

    outcome = followed.ping(ping_at(30), now=NOW)

    assert outcome.fix is not None
    assert outcome.fix.late
    assert live_position(followed.state).at_ts == at(60).timestamp()
    assert abs(followed.state.motion.place.along_m - 480) < 1


def test_courier_without_a_route_has_positions_only():
    followed = follow_pings(None, [ping_at(0), ping_at(10), ping_at(5)])

    assert [o.fix is not None for o in followed.outcomes] == [True, True, True]
    assert live_position(followed.state).at_ts == at(10).timestamp()
    assert followed.tick(900).events == ()
    assert followed.events == []


def test_courier_who_gets_a_route_later_is_placed_on_it():
    followed = follow_pings(None, drive(LINE, 0, 100))

    outcome = adopt(followed.state, LINE, Reason.NEW_STOP, None, at(101))

    assert [e.visit_id for e in outcome.etas] == ["v0", "v1", "v2"]
    assert abs(outcome.state.motion.place.along_m - 800) < 5


def test_line_of_another_version_is_followed_without_a_fault():
    followed = follow_pings(LINE, drive(LINE, 0, 100))
    shorter = replace(LINE, plan_id="plan-2", visits=LINE.visits[1:])

    outcome = advance(followed.state, ping_at(105), shorter, None, at(106))

    assert outcome.state.plan_id == "plan-2"
    assert [e.visit_id for e in outcome.etas] == ["v1", "v2"]


def test_unknown_visit_can_be_completed_without_a_fault():
    state = start(LINE, DAY_AT)

    outcome = complete_visit(state, LINE, "of another day", at(5), at(6))

    assert len(outcome.etas) == 3


def test_tick_without_anything_new_says_nothing():
    followed = follow_pings(LINE, drive(LINE, 0, 100))

    assert followed.tick(103).events == ()
    assert followed.tick(104).events == ()


@settings(max_examples=60, deadline=None)
@given(plausible_seconds, st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_change_what_is_accepted(seconds: list[int], random):
    shuffled = list(seconds)
    random.shuffle(shuffled)
    bad = [make_ping(10, LonLat(lon=0.0, lat=0.0)), make_ping(9000, xy(0, 0)), make_ping(20, xy(1, 1), accuracy_m=999)]
    pings = [ping_at(s) for s in seconds] + bad
    mixed = [ping_at(s) for s in shuffled] + bad
    random.shuffle(mixed)

    def accepted(order: list[Ping]) -> set[datetime]:
        followed = follow(LINE)
        return {p.fix_at for p in order if followed.ping(p, now=NOW).fix is not None}

    assert accepted(mixed) == accepted(pings) == {at(s) for s in seconds}


@settings(max_examples=60, deadline=None)
@given(plausible_seconds, st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_change_where_the_courier_is(seconds: list[int], random):
    shuffled = list(seconds)
    random.shuffle(shuffled)
    in_order, mixed = follow(LINE), follow(LINE)

    for s in sorted(seconds):
        in_order.ping(ping_at(s), now=NOW)
    for s in shuffled:
        mixed.ping(ping_at(s), now=NOW)

    assert mixed.state.track == in_order.state.track
    assert mixed.state.motion.place == in_order.state.motion.place


@settings(max_examples=80, deadline=None)
@given(st.lists(any_ping, max_size=12), st.booleans())
def test_whatever_a_phone_sends_nothing_is_raised_and_each_ping_has_one_fate(pings: list[Ping], with_line: bool):
    followed = follow(LINE if with_line else None)

    for ping in pings:
        outcome = followed.ping(ping, now=NOW)
        fates = [outcome.fix is not None, outcome.refused is not None, outcome.duplicate]
        assert sum(fates) == (0 if ping.point is None and not any(fates) else 1)
    followed.take(tick(followed.state, followed.line, None, NOW + timedelta(seconds=200)))

    assert from_bytes(to_bytes(followed.state)) == followed.state


@settings(max_examples=60, deadline=None)
@given(st.lists(any_ping, max_size=8))
def test_each_ping_a_second_time_changes_nothing(pings: list[Ping]):
    followed = follow(LINE)

    for ping in pings:
        first = followed.ping(ping, now=NOW)
        second = followed.ping(ping, now=NOW)
        assert second.state == first.state
        assert second.events == ()
        assert second.fix is None
