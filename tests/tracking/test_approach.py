from dataclasses import dataclass, field, replace

import pytest

from routing.roads import StraightLineRoads
from tests.tracking.builders import SERVICE_S, at, drive, follow, make_line, make_ping, xy
from tracking.events import DeviationClosed, DeviationOpened
from tracking.polyline import decode

LINE = make_line()


@dataclass
class CountedRoads:
    """Straight-line roads that remember what they were asked."""

    asked: list[int] = field(default_factory=list)
    unjoined: int = 99

    def route(self, points):
        self.asked.append(len(points))
        return StraightLineRoads().route(points) if len(points) < self.unjoined else None


def leave(roads, until_s: int = 125):
    followed = follow(LINE)
    for ping in drive(LINE, 0, 60):
        followed.ping(ping, roads=roads)
    for i in range((until_s - 65) // 5 + 1):
        followed.ping(make_ping(65 + 5 * i, xy(520 + 40.0 * i, 300)), roads=roads)
    return followed


def test_one_call_gives_the_way_through_all_stops_that_remain():
    roads = CountedRoads()
    followed = leave(roads, until_s=80)

    assert followed.kinds(DeviationOpened) == ["off_route"]
    assert roads.asked == [5]
    approach = followed.state.approach
    assert approach.visit_id == "v0"
    assert [visit_id for visit_id, _ in approach.later] == ["v1", "v2"]
    way = decode(approach.way)
    assert [(p.lon, p.lat) for p in way[1:4]] == [
        pytest.approx((v.point.lon, v.point.lat), abs=2e-5) for v in LINE.visits
    ]


def test_streets_are_asked_again_only_now_and_then_and_not_without_moving():
    roads = CountedRoads()
    followed = leave(roads, until_s=125)
    calls = len(roads.asked)
    for i in range(20):
        followed.ping(make_ping(130 + 5 * i, xy(1000, 300)), roads=roads)
        followed.tick(132 + 5 * i, roads=roads)

    assert 2 <= calls <= 5
    assert len(roads.asked) <= calls + 1


def test_way_is_forgotten_when_the_courier_is_back():
    followed = leave(CountedRoads())
    for ping in drive(LINE, 130, 200, from_m=1040):
        followed.ping(ping)

    assert followed.kinds(DeviationClosed) == ["off_route"]
    assert followed.state.approach is None


def test_stop_that_no_street_reaches_does_not_cost_the_way_to_the_next_one():
    roads = CountedRoads(unjoined=4)
    followed = leave(roads, until_s=80)

    assert roads.asked == [5, 2]
    assert followed.state.approach.drive_s > 0
    assert len(decode(followed.state.approach.way)) == 2


def test_without_streets_the_drive_is_as_the_crow_flies():
    followed = leave(None, until_s=80)

    assert followed.state.approach.way == ""
    assert followed.state.approach.drive_s == pytest.approx(1350 * 1.45 * 3.6 / 28, rel=0.1)
    assert followed.state.approach.at_ts <= at(81).timestamp()


@dataclass
class SlowRoads:
    """Every drive takes so many seconds, whatever the plan says of it."""

    seconds: int

    def route(self, points):
        legs = StraightLineRoads().route(points)
        return [replace(leg, duration_s=self.seconds) for leg in legs]


def expected_s(followed):
    return {eta.visit_id: (eta.expected_at - at(0)).total_seconds() for eta in followed.outcomes[-1].etas}


def test_estimates_follow_the_new_way_through_all_stops_that_remain():
    followed = leave(SlowRoads(500), until_s=80)

    arrivals = expected_s(followed)
    assert followed.kinds(DeviationOpened) == ["off_route"]
    assert arrivals["v0"] == pytest.approx(80 + 500, abs=5)
    assert arrivals["v1"] - arrivals["v0"] == pytest.approx(500 + SERVICE_S, abs=5)
    assert arrivals["v2"] - arrivals["v1"] == pytest.approx(500 + SERVICE_S, abs=5)


def test_a_stop_that_was_left_out_comes_last_on_the_new_way_too():
    followed = follow(LINE)
    for ping in drive(LINE, 0, 400):
        if not 225 <= (ping.fix_at - at(0)).total_seconds() <= 275:
            followed.ping(ping, roads=SlowRoads(300))
    assert followed.kinds(DeviationOpened) == ["wrong_sequence"]

    for i in range(12):
        followed.ping(make_ping(405 + 5 * i, xy(2000 - 40 * i, 1240)), roads=SlowRoads(300))

    approach = followed.state.approach
    assert [approach.visit_id, *(visit_id for visit_id, _ in approach.later)] == ["v1", "v2", "v0"]
    arrivals = expected_s(followed)
    assert arrivals["v0"] - arrivals["v2"] == pytest.approx(300 + SERVICE_S, abs=5)
