from dataclasses import dataclass, field

import pytest

from routing.roads import StraightLineRoads
from tests.tracking.builders import at, drive, follow, make_line, make_ping, xy
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
