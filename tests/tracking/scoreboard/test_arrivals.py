"""Estimates of a known error against a known truth."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.tracking.builders import at, make_line, make_ping
from tracking.events import Eta, EtaChanged, Level, Reason
from tracking.learning import DEFAULT_FACTORS
from tracking.scoreboard.arrivals import crow_mps, judge_arrivals
from tracking.scoreboard.following import Followed, Look
from tracking.scoreboard.truth import Case
from tracking.simulate import DisturbanceKind, TrueVisit, Truth

LINE = make_line(promised_after_s=900.0)
REACHED_S, LEFT_S = 300.0, 420.0


def eta(visit_id: str, expected_s: float, late_s: float) -> Eta:
    return Eta(
        visit_id=visit_id,
        order_id=visit_id,
        early_at=at(expected_s),
        expected_at=at(expected_s),
        late_at=at(late_s),
        computed_at=at(0.0),
    )


def case(*disturbances: Truth) -> Case:
    return Case(
        name="case",
        line=LINE,
        pings=tuple(make_ping(float(s), LINE.points[0]) for s in range(0, 3600, 60)),
        offset_m=(0.0,) * 60,
        departures=(),
        source="simulated",
        disturbances=disturbances,
        visits=(TrueVisit(visit_id="v0", arrived_at=at(REACHED_S), left_at=at(LEFT_S)),),
    )


def look(seconds: float, along_m: float, *etas: Eta) -> Look:
    return Look(at(seconds), along_m, etas, {})


def news(seconds: float, level: Level, reason: Reason = Reason.TRAFFIC) -> EtaChanged:
    return EtaChanged(
        at=at(seconds),
        visit_id="v0",
        order_id="o0",
        old=None,
        new=eta("v0", 400.0, 500.0),
        reason=reason,
        cause_id=None,
        old_level=Level.ON_TIME,
        new_level=level,
    )


def test_errors_are_those_of_the_estimates_and_of_free_flow():
    # The line's first leg is 2,000 m at 8 m/s: 250 s of free flow; 10 m/s straight: 200 s.
    followed = Followed(looks=[look(1.0, 0.0, eta("v0", 340.0, 360.0))])

    tally = judge_arrivals(case(), followed, 10.0, DEFAULT_FACTORS)

    ((ours, free, crow),) = tally.legs
    assert ours == pytest.approx(40.0)
    assert free == pytest.approx(300.0 - 251.0, abs=1.0)
    assert crow == pytest.approx(300.0 - 201.0, abs=1.0)
    assert tally.all_left == tally.legs


def test_late_end_counts_as_covered_on_its_edge_and_signed_errors_keep_their_sign():
    looks = [look(1.0, 0.0, eta("v0", 290.0, 300.0)), look(61.0, 0.0, eta("v0", 280.0, 290.0))]

    tally = judge_arrivals(case(), Followed(looks=looks), 10.0, DEFAULT_FACTORS)

    assert (tally.covered[0], tally.seen[0]) == (1, 2)
    assert tally.signed_s[0] == pytest.approx(-30.0)
    assert tally.to_go_s[0] == pytest.approx(299.0 + 239.0)


def test_static_plan_is_judged_at_half_of_the_leg():
    looks = [look(1.0, 0.0, eta("v0", 250.0, 400.0)), look(150.0, 1_000.0, eta("v0", 290.0, 400.0))]

    tally = judge_arrivals(case(), Followed(looks=looks), 10.0, DEFAULT_FACTORS)

    ((live, static),) = tally.half
    assert live == pytest.approx(10.0)
    assert static == pytest.approx(50.0, abs=1.0)


def test_inbox_line_needs_a_disturbance_or_a_broken_promise():
    told = [(at(100.0), news(100.0, Level.AT_RISK)), (at(200.0), news(200.0, Level.LATE))]
    stall = Truth(kind=DisturbanceKind.STALL, began_at=at(50.0), ended_at=at(150.0))

    calm = judge_arrivals(case(), Followed(told=list(told)), 10.0, DEFAULT_FACTORS)
    disturbed = judge_arrivals(case(stall), Followed(told=list(told)), 10.0, DEFAULT_FACTORS)

    assert (calm.lines, calm.lines_unexplained) == (2, 2)
    assert (disturbed.lines, disturbed.lines_unexplained) == (2, 0)


def test_better_news_and_news_of_the_same_level_make_no_line():
    told = [
        (at(100.0), news(100.0, Level.AT_RISK)),
        (at(160.0), news(160.0, Level.AT_RISK)),
        (at(220.0), news(220.0, Level.ON_TIME, Reason.AHEAD)),
    ]

    tally = judge_arrivals(case(), Followed(told=told), 10.0, DEFAULT_FACTORS)

    assert tally.lines == 1


def test_jumps_and_hours_are_kept():
    tally = judge_arrivals(case(), Followed(jumps_s=Counter({3: 2})), 10.0, DEFAULT_FACTORS)

    assert tally.jumps_s == {3: 2}
    assert timedelta(hours=tally.hours) == timedelta(minutes=59)


def test_pace_of_the_great_circle_is_that_of_the_drives_between_stops():
    whole = case()
    second = TrueVisit(visit_id="v1", arrived_at=at(LEFT_S + 150.0), left_at=at(LEFT_S + 200.0))
    moved = Case(
        name="two",
        line=LINE,
        pings=whole.pings,
        offset_m=whole.offset_m,
        departures=(),
        source="simulated",
        visits=(*whole.visits, second),
    )

    assert crow_mps([moved]) == pytest.approx(10.0, rel=0.01)
    assert crow_mps([]) == pytest.approx(5.36, abs=0.01)
