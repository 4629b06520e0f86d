"""One incident for all the news of a courier who runs late through no departure from the plan."""

import itertools

from tests.tracking.builders import SPEED_MPS, Followed, at, drive, follow, make_leg, make_line, make_ping, make_route
from tracking.courier_state import from_bytes, to_bytes
from tracking.events import DelayBegan, DelayEnded, DelayGrew, DeviationOpened, EtaChanged, Reason
from tracking.pipeline import adopt, complete_visit
from tracking.route_line import RouteLine

LEGS = [
    make_leg((0, 0), (12000, 0)),
    make_leg((12000, 0), (12000, 3000)),
    make_leg((12000, 3000), (9000, 3000)),
    make_leg((9000, 3000), (0, 0)),
]


def late_line(promised_after_s: float = 300.0) -> RouteLine:
    return make_line(make_route(LEGS), promised_after_s=promised_after_s)


def drive_slowly(line: RouteLine, until_s: float, share: float = 0.62) -> Followed:
    """A courier who from the start on is slower than planned, but not so slow that it is a jam."""
    followed = follow(line)
    for ping in drive(line, 0, until_s, mps=share * SPEED_MPS):
        followed.ping(ping)
    return followed


def test_news_that_no_departure_explains_are_one_incident():
    followed = drive_slowly(late_line(), 900)

    began = followed.of(DelayBegan)
    assert not followed.of(DeviationOpened)
    assert len(began) == 1
    assert began[0].since_at < began[0].at
    assert {(e.cause_id, e.reason) for e in followed.news()} <= {
        (began[0].delay_id, Reason.TRAFFIC),
        (began[0].delay_id, Reason.SLOWER_THAN_PLANNED),
    }
    assert {e.order_id for e in followed.news()} == {"o0", "o1", "o2"}


def test_the_incident_is_told_before_the_news_that_name_it():
    followed = drive_slowly(late_line(), 900)

    first = next(e for e in followed.events if isinstance(e, DelayBegan | EtaChanged))

    assert isinstance(first, DelayBegan)


def test_the_incident_grows_with_the_delay_at_most_twice_a_minute():
    followed = drive_slowly(late_line(), 1500)

    grew = followed.of(DelayGrew)
    assert grew
    assert [e.delay_s for e in grew] == sorted(e.delay_s for e in grew)
    assert {e.delay_id for e in grew} == {followed.of(DelayBegan)[0].delay_id}
    assert all((b.at - a.at).total_seconds() >= 30 for a, b in itertools.pairwise(grew))


def test_the_incident_ends_when_the_time_is_made_up():
    line = late_line()
    followed = drive_slowly(line, 900)

    for ping in drive(line, 905, 1205, from_m=900 * 0.62 * SPEED_MPS, mps=2.2 * SPEED_MPS):
        followed.ping(ping)

    assert [e.into_id for e in followed.of(DelayEnded)] == [None]
    assert followed.state.delay is None


def test_the_incident_ends_with_the_last_visit_it_was_told_of():
    line = late_line()
    followed = drive_slowly(line, 900)

    for i, visit in enumerate(line.visits):
        followed.take(complete_visit(followed.state, line, visit.visit_id, at(910 + i), at(910 + i)))

    assert len(followed.of(DelayEnded)) == 1


def test_a_jam_that_is_found_takes_the_place_of_the_incident():
    line = late_line()
    followed = drive_slowly(line, 900)

    for ping in drive(line, 905, 1400, from_m=900 * 0.62 * SPEED_MPS, mps=0.2 * SPEED_MPS):
        followed.ping(ping)

    jam = next(e for e in followed.of(DeviationOpened) if e.kind == "slow_traffic")
    assert [e.into_id for e in followed.of(DelayEnded)] == [jam.deviation_id]
    after = [e for e in followed.news() if e.at > jam.at]
    assert {e.cause_id for e in after} == {jam.deviation_id}


def test_what_a_stall_delays_is_no_part_of_the_incident():
    line = late_line()
    followed = drive_slowly(line, 900)
    before_s = max(followed.state.delay.slipped_s.values())
    here = line.geometry.point_at(900 * 0.62 * SPEED_MPS)

    for i in range(80):
        followed.ping(make_ping(905 + 5 * i, here, speed_mps=0.0))

    stall = next(e for e in followed.of(DeviationOpened) if e.kind == "stall")
    assert max(followed.state.delay.slipped_s.values()) < before_s + 90
    assert stall.deviation_id in {e.cause_id for e in followed.news()}


def test_the_incident_survives_a_restart():
    followed = drive_slowly(late_line(), 900)

    again = from_bytes(to_bytes(followed.state))

    assert again.delay == followed.state.delay
    assert again.delay is not None


def test_a_route_that_is_taken_away_ends_the_incident():
    followed = drive_slowly(late_line(), 900)

    outcome = adopt(followed.state, None, Reason.REPLAN, None, at(905))

    assert [e.delay_id for e in outcome.events if isinstance(e, DelayEnded)] == [followed.state.delay.delay_id]
    assert outcome.state.delay is None


def test_a_courier_who_keeps_the_plan_makes_no_incident():
    line = late_line()
    followed = follow(line)
    for ping in drive(line, 0, 700):
        followed.ping(ping)

    assert not followed.of(DelayBegan)


def stand_at_the_first_stop(line: RouteLine, stands_s: float) -> Followed:
    """A courier who keeps the plan and stands so long at its first stop."""
    followed = follow(line)
    for ping in drive(line, 0, LEGS[0].duration_s):
        followed.ping(ping)
    for seconds in range(0, round(stands_s), 5):
        followed.ping(make_ping(LEGS[0].duration_s + 5 + seconds, line.geometry.point_at(12000), speed_mps=0.0))
    return followed


def test_a_stop_that_takes_its_time_is_the_incident_of_all_it_delays():
    followed = stand_at_the_first_stop(late_line(promised_after_s=30.0), 230)

    [began] = followed.of(DelayBegan)
    assert began.reason is Reason.LONG_SERVICE
    assert not followed.of(DeviationOpened)
    news = [e for e in followed.news() if e.reason is not Reason.AHEAD]
    assert {(e.reason, e.cause_id) for e in news} == {(Reason.LONG_SERVICE, began.delay_id)}
    assert {e.order_id for e in news} == {"o1", "o2"}


def test_a_service_that_turns_out_long_takes_the_place_of_that_incident():
    followed = stand_at_the_first_stop(late_line(promised_after_s=30.0), 600)

    [long_service] = followed.of(DeviationOpened)
    assert long_service.kind == "long_service"
    assert [e.into_id for e in followed.of(DelayEnded)] == [long_service.deviation_id]
    after = [e for e in followed.news() if e.at > long_service.at and e.reason is not Reason.AHEAD]
    assert {(e.reason, e.cause_id) for e in after} == {(Reason.LONG_SERVICE, long_service.deviation_id)}


def test_a_long_service_is_not_the_cause_of_slow_streets_before_it():
    line = late_line()
    followed = drive_slowly(line, 2430)

    for i in range(120):
        followed.ping(make_ping(2435 + 5 * i, line.geometry.point_at(12000), speed_mps=0.0))

    assert followed.kinds(DeviationOpened) == ["long_service"]
    assert followed.state.delay is not None
    assert followed.state.delay.reason is not Reason.LONG_SERVICE
