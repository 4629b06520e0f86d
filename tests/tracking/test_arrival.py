from dataclasses import replace

import pytest

from tests.tracking.builders import (
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
from tracking.city_rules import rules_for
from tracking.events import DeviationOpened, VisitArrived, VisitLeft
from tracking.pipeline import advance, complete_visit


def stay(line, metres: float, from_s: float, to_s: float):
    return [make_ping(s, along(line, metres)) for s in range(int(from_s), int(to_s), 5)]


def test_arrival_is_the_first_fix_standing_near_and_leaving_counts_the_dwell():
    line = make_line()

    followed = follow_pings(
        line, [*drive(line, 0, 250), *stay(line, 2000, 255, 370), *drive(line, 370, 400, from_m=2000)]
    )

    arrived, left = followed.of(VisitArrived), followed.of(VisitLeft)
    assert [(e.visit_id, e.at) for e in arrived] == [("v0", at(250))]
    assert [e.visit_id for e in left] == ["v0"]
    assert left[0].dwell_s == pytest.approx(140, abs=10)


def test_driving_past_a_stop_is_no_arrival():
    line = make_line()

    followed = follow_pings(line, drive(line, 0, 300))

    assert not followed.of(VisitArrived)


def test_poor_accuracy_is_no_arrival():
    line = make_line()
    vague = [make_ping(s, along(line, 2000), accuracy_m=80.0) for s in range(250, 330, 5)]

    followed = follow_pings(line, [*drive(line, 0, 230), *vague])

    assert not followed.of(VisitArrived)


def test_walking_about_within_the_wider_radius_is_not_leaving():
    line = make_line()
    walk = [make_ping(300 + 5 * i, xy(2000 + 80 * (i % 2), 0)) for i in range(20)]

    followed = follow_pings(line, [*drive(line, 0, 250), *stay(line, 2000, 255, 300), *walk])

    assert len(followed.of(VisitArrived)) == 1
    assert not followed.of(VisitLeft)


def test_outcome_at_the_door_is_an_arrival_too():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 245))

    followed.take(complete_visit(followed.state, line, "v0", at(250), at(251)))

    assert [e.visit_id for e in followed.of(VisitArrived)] == ["v0"]
    assert [e.visit_id for e in followed.outcomes[-1].etas] == ["v1", "v2"]


def test_outcome_from_far_away_finishes_the_visit_without_an_arrival():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))

    followed.take(complete_visit(followed.state, line, "v0", at(101), at(102)))

    assert not followed.of(VisitArrived)
    assert [e.visit_id for e in followed.outcomes[-1].etas] == ["v1", "v2"]


def test_outcome_twice_changes_nothing():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 245))
    followed.take(complete_visit(followed.state, line, "v0", at(250), at(251)))
    before = followed.state

    again = followed.take(complete_visit(followed.state, line, "v0", at(300), at(301)))

    assert again.state == before
    assert again.events == ()


def test_late_ping_does_not_reopen_a_finished_visit():
    line = make_line()
    followed = follow_pings(line, [*drive(line, 0, 250), *stay(line, 2000, 255, 300)])
    followed.take(complete_visit(followed.state, line, "v0", at(300), at(301)))
    for ping in drive(line, 305, 360, from_m=2000):
        followed.ping(ping)

    outcome = followed.ping(make_ping(252, along(line, 2000), received_s=361))

    assert outcome.fix is not None
    assert outcome.fix.late
    assert [e.visit_id for e in outcome.etas] == ["v1", "v2"]
    assert not [e for e in outcome.events if isinstance(e, VisitArrived)]


def test_two_orders_for_one_door_are_reached_together():
    legs = (
        make_leg((0, 0), (1000, 0)),
        replace(make_leg((1000, 0), (1001, 0)), duration_s=1),
        make_leg((1001, 0), (0, 0)),
    )
    line = make_line(make_route(legs))

    followed = follow_pings(line, [*drive(line, 0, 125), *stay(line, 1000, 130, 200)])

    assert [e.visit_id for e in followed.of(VisitArrived)] == ["v0", "v1"]
    assert not followed.of(DeviationOpened)


def walked_past_the_first_stop(*, stands_s: float = 0.0, speeds: tuple[float | None, float | None] = (None, None)):
    """Pings each 5 s of a courier at 1.2 m/s past the stop at 2000 m, who may stand there; his speeds there and not."""
    line, moving, standing = make_line(), *speeds
    at_door_s = 200 / 1.2
    pings = []
    for s in range(0, 420 + int(stands_s), 5):
        walks_s = s - min(max(0.0, s - at_door_s), stands_s)
        is_there = at_door_s < s < at_door_s + stands_s
        pings.append(make_ping(s, along(line, 1800 + 1.2 * walks_s), speed_mps=standing if is_there else moving))
    followed = follow(line)
    for ping in pings:
        followed.take(advance(followed.state, ping, line, None, ping.received_at, rules=rules_for(None, "foot")))
    return followed


@pytest.mark.parametrize("speed_mps", [None, 1.2])
def test_walking_past_a_door_at_a_usual_pace_is_no_arrival_on_foot(speed_mps):
    followed = walked_past_the_first_stop(speeds=(speed_mps, None))

    assert not followed.of(VisitArrived)


@pytest.mark.parametrize(("stands_s", "speeds"), [(45, (1.2, 0.0)), (90, (None, None))])
def test_standing_at_a_door_is_an_arrival_on_foot_sooner_where_the_phone_says_that_he_stands(stands_s, speeds):
    followed = walked_past_the_first_stop(stands_s=stands_s, speeds=speeds)

    assert [e.visit_id for e in followed.of(VisitArrived)] == ["v0"]
