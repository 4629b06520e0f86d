from datetime import datetime

import pytest

from tests.tracking.builders import along, at, drive, follow, follow_pings, make_line, make_ping, xy
from tracking.events import DeviationOpened, VisitArrived
from tracking.ping import RefusalCode
from tracking.pipeline import advance_many, complete_visit, start, tick
from zones.lonlat import LonLat

LINE = make_line()


def test_batch_leads_to_the_same_place_and_visits_as_one_ping_after_another():
    pings = [*drive(LINE, 0, 250), *(make_ping(s, along(LINE, 2000)) for s in range(255, 320, 5))]

    outcome = advance_many(start(LINE, at(0)), list(reversed(pings)), LINE, None, at(320))

    one_by_one = follow_pings(LINE, pings)
    assert outcome.state.track[-1].at_ts == one_by_one.state.track[-1].at_ts
    assert outcome.state.motion.place == one_by_one.state.motion.place
    assert [e.visit_id for e in outcome.events if isinstance(e, VisitArrived)] == ["v0"]
    assert [e.visit_id for e in outcome.etas] == ["v0", "v1", "v2"]


def test_each_ping_of_a_batch_has_its_own_result_in_the_order_given():
    good, null_island = make_ping(5, xy(40, 0)), make_ping(6, LonLat(lon=0.0, lat=0.0))

    outcome = advance_many(start(LINE, at(0)), [good, null_island, good, make_ping(1, None)], LINE, None, at(10))

    first, second, third, heartbeat = outcome.results
    assert first.fix is not None
    assert second.refused is not None
    assert second.refused.code is RefusalCode.NULL_ISLAND
    assert third.duplicate
    assert heartbeat == type(heartbeat)()


def test_instant_without_a_time_zone_fails_alone():
    naive = make_ping(3, xy(1, 1))
    naive = type(naive)(fix_at=datetime(2026, 3, 2, 9, 0), received_at=naive.received_at, point=naive.point)  # noqa: DTZ001

    outcome = advance_many(start(LINE, at(0)), [naive, make_ping(5, xy(40, 0))], LINE, None, at(10))

    assert outcome.results[0].refused is not None
    assert outcome.results[1].fix is not None


def test_empty_batch_and_one_without_a_route_are_no_fault():
    assert advance_many(start(LINE, at(0)), [], LINE, None, at(1)).results == ()

    outcome = advance_many(start(None, at(0)), drive(LINE, 0, 20), None, None, at(21))

    assert all(r.fix is not None for r in outcome.results)


@pytest.mark.parametrize("in_one", [True, False])
def test_backlog_is_no_long_service_although_its_outcome_comes_after_it(in_one: bool):
    followed = follow_pings(LINE, drive(LINE, 0, 245))
    backlog = [make_ping(s, along(LINE, 2000), received_s=600) for s in range(250, 600, 5)]

    followed.tick(400)
    if in_one:
        followed.take(advance_many(followed.state, backlog, LINE, None, at(600)))
    else:
        for ping in backlog:
            followed.ping(ping)
    followed.take(complete_visit(followed.state, LINE, "v0", at(380), at(600)))

    assert followed.kinds(DeviationOpened) == ["gap"]


def test_silent_phone_does_not_serve_long():
    followed = follow_pings(
        LINE, [*drive(LINE, 0, 250), *(make_ping(s, along(LINE, 2000)) for s in range(255, 480, 5))]
    )

    for seconds in range(480, 900, 15):
        followed.tick(seconds)

    assert followed.kinds(DeviationOpened) == ["gap"]


def test_late_start_waits_for_the_first_word_of_a_state_made_late():
    state = start(LINE, at(900), phone_expected=False)

    at_once = tick(state, LINE, None, at(901))
    later = tick(at_once.state, LINE, None, at(961))

    assert not [e for e in at_once.events if isinstance(e, DeviationOpened)]
    assert [e.kind for e in later.events if isinstance(e, DeviationOpened)] == ["late_start"]
    assert follow(LINE).events == []
