from dataclasses import replace

import pytest

from routing.plan import Leg
from tests.tracking.builders import make_leg, make_line, make_route, xy
from tracking.errors import EmptyLineError
from tracking.route_line import RouteLine, route_line
from zones.lonlat import distance_m


def test_legs_lie_end_to_end_and_visits_at_their_ends():
    line = make_line()

    assert [round(v.along_m, -1) for v in line.visits] == [2000, 3500, 5500]
    assert round(line.along_m[-1], -1) == 7000
    assert line.source == "osrm"


def test_planned_seconds_are_those_of_the_legs():
    line = make_line()

    assert line.free_flow_s[-1] == sum(leg.duration_s for leg in make_route().legs)
    assert line.geometry.free_flow_at(1000.0) == pytest.approx(125.0, abs=1.0)


def test_metres_and_seconds_never_fall_along_the_line():
    line = make_line()

    assert list(line.along_m) == sorted(line.along_m)
    assert list(line.free_flow_s) == sorted(line.free_flow_s)


def test_leg_without_path_is_the_straight_line_between_its_halts():
    route = make_route()
    bare = replace(route, legs=(route.legs[0], Leg(distance_m=1600, duration_s=200), *route.legs[2:]))

    line = route_line("plan-1", bare, {})

    assert distance_m(line.geometry.point_at(line.visits[1].along_m), route.visits[1].point) < 1.0
    assert line.visits[1].along_m - line.visits[0].along_m == pytest.approx(1500, abs=5)
    assert line.source == "great_circle"


def test_leg_of_no_length_keeps_its_seconds():
    route = make_route(legs=(make_leg((0, 0), (1000, 0)), Leg(distance_m=0, duration_s=30, path=(xy(1000, 0),) * 2)))

    line = route_line("plan-1", route, {})

    assert line.free_flow_s[-1] - line.free_flow_s[-2] == 30


def test_visit_without_facts_has_no_window_and_no_promise():
    line = route_line("plan-1", make_route(), {})

    assert line.visits[0].windows == ()
    assert line.visits[0].promised_until_at is None


def test_line_of_nothing_is_refused():
    line = make_line()

    with pytest.raises(EmptyLineError, match="route_line"):
        replace(line, points=(), along_m=(), free_flow_s=())


def test_line_of_one_point_works():
    line = make_line()
    point = line.points[0]

    dot: RouteLine = replace(line, points=(point,), along_m=(0.0,), free_flow_s=(0.0,), visits=())

    assert dot.geometry.length_m == 0.0
    assert distance_m(dot.geometry.point_at(50.0), point) < 0.001
