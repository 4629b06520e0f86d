from dataclasses import replace

import pytest

from tests.tracking.builders import along, at, drive, follow_pings, make_leg, make_line, make_ping, make_route, xy
from tracking.events import DeviationOpened, VisitArrived, VisitLeft
from tracking.pipeline import complete_visit


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
