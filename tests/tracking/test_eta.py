from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.order import TimeWindow
from routing.plan import Halt, HaltKind, Leg
from tests.tracking.builders import (
    DAY_AT,
    along,
    at,
    drive,
    follow,
    follow_pings,
    make_leg,
    make_line,
    make_ping,
    make_route,
    xy,
)
from tracking.calibration import Band
from tracking.eta import level_of
from tracking.events import EtaChanged, Level, Reason
from tracking.hour_ratios import HourRatios
from tracking.learning import Factor, Factors
from tracking.pipeline import adopt, advance, advance_many, complete_visit, start, tick
from tracking.route_line import RouteLine


def seconds_of(instant) -> float:
    return (instant - DAY_AT).total_seconds()


class StreetsAside:
    """Streets on which every way takes ten minutes."""

    source, build = "osrm", "test"

    def route(self, points):
        return tuple(Leg(distance_m=5000, duration_s=600) for _ in points[1:])


def test_courier_on_plan_is_expected_when_planned():
    line = make_line()

    etas = follow_pings(line, drive(line, 0, 100)).outcomes[-1].etas

    for eta, planned in zip(etas, line.visits, strict=True):
        assert abs((eta.expected_at - planned.planned_arrives_at).total_seconds()) < 20
        assert eta.early_at < eta.expected_at < eta.late_at


def test_the_further_ahead_the_wider_the_interval():
    line = make_line()

    etas = follow_pings(line, drive(line, 0, 100)).outcomes[-1].etas

    widths = [(e.late_at - e.early_at).total_seconds() for e in etas]
    assert widths == sorted(widths)


def test_driving_on_plan_is_no_news():
    line = make_line()

    assert not follow_pings(line, drive(line, 0, 250)).news()


def test_lost_signal_keeps_the_estimate_and_widens_its_late_end():
    line = make_line(promised_after_s=300.0)
    followed = follow_pings(line, drive(line, 0, 100))
    before = followed.outcomes[-1].etas[1]

    for seconds in range(110, 330, 10):
        followed.tick(seconds)

    after = followed.outcomes[-1].etas[1]
    assert abs((after.expected_at - before.expected_at).total_seconds()) < 30
    assert (after.late_at - before.late_at).total_seconds() > 150
    assert Reason.NO_SIGNAL in [e.reason for e in followed.news()]


def test_early_courier_waits_for_the_window():
    window = TimeWindow(at(2000), at(4000))
    line = make_line(windows={"v1": (window,)})

    etas = follow_pings(line, drive(line, 0, 100)).outcomes[-1].etas

    assert seconds_of(etas[1].expected_at) == 2000
    assert seconds_of(etas[1].early_at) == 2000
    assert seconds_of(etas[2].expected_at) == pytest.approx(2000 + 120 + 250, abs=25)


def test_learned_factor_stretches_the_road_ahead():
    line = make_line()
    factors = Factors(travel=Factor(ratio=1.5))
    state = start(line, DAY_AT, factors=factors)

    outcome = advance(state, make_ping(0, xy(0, 0)), line, None, at(1), factors=factors)

    assert seconds_of(outcome.etas[0].expected_at) == pytest.approx(1.5 * 250, abs=10)


@pytest.mark.parametrize(
    ("expected_s", "late_s", "level"),
    [
        (50.0, 100.0, Level.ON_TIME),
        (50.0, 100.1, Level.AT_RISK),
        (100.0, 150.0, Level.AT_RISK),
        (100.1, 150.0, Level.LATE),
    ],
)
def test_level_at_the_edge_of_the_promise(expected_s: float, late_s: float, level: Level):
    assert level_of(expected_s, late_s, 100.0) is level


def test_without_a_promise_nothing_is_late():
    assert level_of(1e9, 2e9, None) is Level.ON_TIME


def test_stall_moves_the_estimates_and_is_named_as_the_cause():
    line = make_line(promised_after_s=600.0)
    stands = [make_ping(105 + 5 * i, along(line, 800)) for i in range(60)]

    followed = follow_pings(line, [*drive(line, 0, 100), *stands])

    news = followed.news()
    opened = next(e for e in followed.events if getattr(e, "kind", "") == "stall")
    assert news
    assert {e.reason for e in news} == {Reason.STALL}
    assert {e.cause_id for e in news} == {opened.deviation_id}
    assert all((e.new.expected_at - e.old.expected_at).total_seconds() > 0 for e in news)


def test_one_visit_is_told_at_most_once_a_minute():
    line = make_line(promised_after_s=300.0)
    stands = [make_ping(105 + 5 * i, along(line, 800)) for i in range(150)]

    followed = follow_pings(line, [*drive(line, 0, 100), *stands])

    told = [e.at for e in followed.news() if e.visit_id == "v1"]
    assert len(told) > 2
    assert min((b - a).total_seconds() for a, b in zip(told, told[1:], strict=False)) >= 60  # noqa: RUF007 - one liner


def test_lateness_that_stays_after_the_departure_keeps_its_cause():
    line = make_line(promised_after_s=600.0)
    at_stop = [make_ping(255 + 5 * i, along(line, 2000)) for i in range(100)]
    followed = follow_pings(line, [*drive(line, 0, 250), *at_stop])
    followed.take(complete_visit(followed.state, line, "v0", at(755), at(756)))
    for ping in drive(line, 760, 900, from_m=2000):
        followed.ping(ping)

    news = followed.news()
    assert news
    assert {e.reason for e in news if e.reason is not Reason.AHEAD} == {Reason.LONG_SERVICE}


def test_off_the_route_the_streets_tell_the_remaining_time():
    line = make_line()
    away = [make_ping(105 + 5 * i, xy(800 + 20 * i, -40.0 * i)) for i in range(1, 20)]

    followed = follow(line)
    for ping in [*drive(line, 0, 100), *away]:
        followed.ping(ping, roads=StreetsAside())

    eta = followed.outcomes[-1].etas[0]
    assert (eta.expected_at - eta.computed_at).total_seconds() == pytest.approx(600, abs=15)
    assert followed.news()[-1].reason is Reason.DETOUR
    assert followed.news()[-1].cause_id is not None


def test_off_the_route_without_streets_there_is_still_an_estimate():
    line = make_line()
    away = [make_ping(105 + 5 * i, xy(800, -40.0 * i)) for i in range(1, 30)]

    eta = follow_pings(line, [*drive(line, 0, 100), *away]).outcomes[-1].etas[0]

    # 1,670 m as the crow flies, x 1.45, at 28 km/h.
    assert (eta.expected_at - eta.computed_at).total_seconds() == pytest.approx(311, abs=40)


def test_late_start_is_the_reason():
    line = make_line(promised_after_s=600.0)

    followed = follow_pings(line, [make_ping(15 * i, xy(3, 3)) for i in range(40)])

    assert Reason.LATE_START in {e.reason for e in followed.news()}


def test_new_promise_is_no_movement_of_the_courier():
    line = make_line(promised_after_s=None)
    followed = follow_pings(line, drive(line, 0, 100))
    followed.line = make_line(promised_after_s=1.0)

    followed.ping(make_ping(105, along(line, 840)))

    assert not followed.news()


def shifted(line_seconds: int):
    route = make_route()
    legs = (route.legs[0], Leg(**{**_fields(route.legs[1]), "duration_s": line_seconds}), *route.legs[2:])
    return make_route(legs)


def _fields(leg: Leg) -> dict:
    return {"distance_m": leg.distance_m, "path": leg.path, "source": leg.source}


def test_adopting_a_slower_plan_tells_those_whom_it_moves_with_its_reason():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))

    outcome = adopt(followed.state, make_line(shifted(800), plan_id="plan-2"), Reason.NEW_STOP, "cause-7", at(101))

    news = [e for e in outcome.events if isinstance(e, EtaChanged)]
    assert [e.visit_id for e in news] == ["v1", "v2"]
    assert {(e.reason, e.cause_id) for e in news} == {(Reason.NEW_STOP, "cause-7")}
    assert outcome.state.plan_id == "plan-2"


def test_adopting_keeps_visits_made_and_the_place():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 250))
    followed.take(complete_visit(followed.state, line, "v0", at(255), at(256)))
    for ping in drive(line, 260, 320, from_m=2000):
        followed.ping(ping)

    outcome = adopt(followed.state, make_line(plan_id="plan-2"), Reason.REPLAN, None, at(321))

    assert [e.visit_id for e in outcome.etas] == ["v1", "v2"]
    assert outcome.state.motion.place.along_m == pytest.approx(2480, abs=15)
    assert not [e for e in outcome.events if isinstance(e, EtaChanged)]


def test_taking_the_route_away_closes_what_was_open():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))
    followed.tick(300)

    outcome = adopt(followed.state, None, Reason.REPLAN, None, at(301))

    assert outcome.etas == ()
    assert outcome.state.timed == ()
    assert [type(e).__name__ for e in outcome.events] == ["DeviationClosed"]


def test_visit_of_a_new_stop_gets_its_first_estimate():
    route = make_route()
    short = make_line(make_route((route.legs[0], route.legs[1], route.legs[3])), plan_id="plan-0")
    followed = follow_pings(short, drive(short, 0, 100))

    outcome = adopt(followed.state, make_line(), Reason.NEW_STOP, "order-9", at(101))

    first = [e for e in outcome.events if isinstance(e, EtaChanged) and e.visit_id == "v2"]
    assert [e.old for e in first] == [None]


def test_estimate_never_lies_in_the_past():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))

    outcome = tick(followed.state, line, None, DAY_AT + timedelta(hours=5))

    assert all(e.expected_at >= e.computed_at - timedelta(seconds=1) for e in outcome.etas)


def with_break(starts_s: float, lasts_s: int = 900, leg: int = 1) -> RouteLine:
    route = make_route()
    rest = Halt(kind=HaltKind.BREAK, name="lunch", starts_at=at(starts_s), duration_s=lasts_s)
    legs = tuple(replace(one, halts=(rest,)) if i == leg else one for i, one in enumerate(route.legs))
    return make_line(replace(route, legs=legs))


def test_planned_break_on_a_later_leg_counts():
    plain, rested = make_line(), with_break(400)
    pings = drive(plain, 0, 100)

    before = follow_pings(plain, pings).outcomes[-1].etas
    after = follow_pings(rested, pings).outcomes[-1].etas

    later_s = [(b.expected_at - a.expected_at).total_seconds() for a, b in zip(before, after, strict=True)]
    assert later_s == pytest.approx([0.0, 900.0, 900.0], abs=2.0)


def test_break_on_this_leg_counts_only_as_far_as_it_is_to_come():
    line = with_break(60, lasts_s=600, leg=0)
    pings = drive(line, 0, 60)
    rests = [make_ping(60 + 15 * i, along(line, 480)) for i in range(1, 40)]

    early = follow_pings(line, pings).outcomes[-1].etas[0]
    over = follow_pings(line, [*pings, *rests]).outcomes[-1].etas[0]

    assert seconds_of(early.expected_at) == pytest.approx(250 + 600, abs=30)
    assert seconds_of(over.expected_at) == pytest.approx(250 + 600, abs=60)


def test_setup_comes_before_the_service():
    route = make_route()
    visits = tuple(replace(v, setup_s=90) for v in route.visits)
    slow = make_line(replace(route, visits=visits))

    eta = follow_pings(slow, drive(slow, 0, 100)).outcomes[-1].etas[0]

    assert seconds_of(eta.expected_at) == pytest.approx(250 + 90, abs=15)


def hourly(ratios: list[float], first_s: float = 0.0) -> Factors:
    table = np.array([ratios])
    return Factors(travel=Factor(ratio=ratios[0]), hours=HourRatios(at(first_s).timestamp(), {}, table))


def test_each_part_of_the_way_has_the_factor_of_its_hour():
    line = make_line()
    # The slow hour begins half way to the first stop: 125 s are driven at once, the other 125 at half the pace.
    factors = hourly([1.0, 2.0], first_s=125.0 - 3600.0)

    outcome = advance(start(line, DAY_AT, factors=factors), make_ping(0, xy(0, 0)), line, None, at(0), factors=factors)

    assert seconds_of(outcome.etas[0].expected_at) == pytest.approx(125 + 250, abs=2)


@given(
    st.lists(st.floats(0.5, 3.0), min_size=1, max_size=5),
    st.floats(-7200.0, 3600.0),
    st.floats(0.0, 600.0),
)
def test_who_leaves_later_is_never_expected_earlier(ratios: list[float], first_s: float, wait_s: float):
    line = make_line()
    factors = hourly(ratios, first_s)

    now = advance(start(line, DAY_AT), make_ping(0, xy(0, 0)), line, None, at(0), factors=factors).etas
    later = advance(start(line, DAY_AT), make_ping(wait_s, xy(0, 0)), line, None, at(wait_s), factors=factors).etas

    assert all(b.expected_at >= a.expected_at for a, b in zip(now, later, strict=True))


@given(st.floats(-3.0, 0.0), st.floats(0.0, 5.0))
def test_calibrated_band_moves_the_ends_and_not_the_middle(early: float, late: float):
    line = make_line()
    factors = Factors(bands=(Band(early, late),) * 4)

    wide = advance(start(line, DAY_AT), make_ping(0, xy(0, 0)), line, None, at(0), factors=factors).etas
    usual = advance(start(line, DAY_AT), make_ping(0, xy(0, 0)), line, None, at(0)).etas

    for a, b in zip(wide, usual, strict=True):
        assert a.early_at <= a.expected_at <= a.late_at
        assert a.expected_at == b.expected_at
        assert (a.late_at - a.expected_at).total_seconds() == pytest.approx(late * a.sd_s, abs=2.0)


def with_setup(setup_s: int) -> RouteLine:
    route = make_route()
    return make_line(replace(route, visits=tuple(replace(v, setup_s=setup_s) for v in route.visits)))


def test_arriving_at_a_stop_takes_nothing_off_its_setup():
    line = with_setup(90)
    followed = follow_pings(line, drive(line, 0, 250))
    before = followed.outcomes[-1].etas

    for seconds in range(255, 325, 5):
        followed.ping(make_ping(seconds, along(line, 2000)))

    here, then = followed.outcomes[-1].etas[:2]
    assert followed.state.motion.visits[0].arrived_ts is not None
    assert seconds_of(here.expected_at) == pytest.approx(seconds_of(before[0].expected_at), abs=15)
    assert seconds_of(then.expected_at) == pytest.approx(seconds_of(before[1].expected_at), abs=15)


def test_orders_for_one_door_are_set_up_for_once():
    legs = (make_leg((0, 0), (2000, 0)), make_leg((2000, 0), (2000, 0)), make_leg((2000, 0), (0, 0)))
    route = make_route(legs)
    first, second = route.visits
    line = make_line(replace(route, visits=(replace(first, setup_s=90), second)))
    stands = [make_ping(s, along(line, 2000)) for s in range(255, 300, 5)]

    etas = follow_pings(line, [*drive(line, 0, 250), *stands]).outcomes[-1].etas
    reported = complete_visit(
        follow_pings(line, [*drive(line, 0, 250), *stands]).state, line, "v0", at(300), at(301)
    ).etas

    assert [seconds_of(e.expected_at) for e in etas] == pytest.approx([340, 340], abs=15)
    assert [seconds_of(e.expected_at) for e in reported] == pytest.approx([300], abs=15)


def test_who_waits_at_a_stop_for_its_window_is_expected_when_it_opens_and_goes_on_after_it():
    line = make_line(windows={"v0": (TimeWindow(at(900), at(2000)),)})
    stands = [make_ping(s, along(line, 2000)) for s in range(255, 400, 5)]

    here, then, _ = follow_pings(line, [*drive(line, 0, 250), *stands]).outcomes[-1].etas

    assert [seconds_of(ts) for ts in (here.early_at, here.expected_at, here.late_at)] == [900.0] * 3
    assert seconds_of(then.expected_at) == pytest.approx(900 + 120 + 1500 / 8, abs=15)


@pytest.mark.parametrize("in_one_from", [10, 45, 60, 70])
def test_pings_of_one_request_that_span_a_departure_lead_to_the_estimates_of_each_by_itself(in_one_from: int):
    line = make_line()
    stands = [make_ping(s, along(line, 2000)) for s in range(255, 375, 5)]
    leaves = [make_ping(375 + 5 * i, along(line, 2000 + 40 * i)) for i in range(1, 9)]
    pings = [*drive(line, 0, 250), *stands, *leaves]

    before = follow_pings(line, pings[:in_one_from]).state
    outcome = advance_many(before, pings[in_one_from:], line, None, pings[-1].received_at)

    assert list(outcome.etas) == list(follow_pings(line, pings).outcomes[-1].etas)
    assert [e.visit_id for e in outcome.etas] == ["v1", "v2"]


@pytest.mark.parametrize("reported", [False, True])
def test_break_after_a_stop_that_was_never_reached_is_over_in_its_time(reported: bool):
    plain, rested = make_line(), with_break(700, lasts_s=300, leg=2)
    drives = [make_ping(375 + 5 * i, along(plain, 2000 + 40 * i)) for i in range(1, 64)]
    pings = [*drive(plain, 0, 250), *(make_ping(s, along(plain, 2000)) for s in range(255, 375, 5)), *drives]
    added_s = []

    for until_s in (695, 850, 1010):
        etas = []
        for line in (plain, rested):
            rests = [make_ping(s, along(plain, 2000 + 40 * 63)) for s in range(695, until_s, 5)]
            followed = follow_pings(line, [*pings, *rests])
            if reported:
                followed.take(complete_visit(followed.state, line, "v1", at(600), at(until_s)))
            etas.append({e.visit_id: e for e in followed.outcomes[-1].etas}["v2"])
        added_s.append((etas[1].expected_at - etas[0].expected_at).total_seconds())

    assert added_s == pytest.approx([300, 150, 0], abs=15)
