"""Drives around closed areas: outside of them, not shorter than before, and honest when there is no way."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from routing.change_rules import Closure
from routing.closed_roads import ClosedRoads, closures_between, street_ring
from routing.plan import Leg
from routing.roads import Snapped, StraightLineRoads
from tests.routing.builders import at
from zones.lonlat import LonLat


def spot(east: float, north: float) -> LonLat:
    """A place that many thousandths of a degree from the middle."""
    return LonLat(lon=20 + east / 1000, lat=50 + north / 1000)


def closure(*corners, name="c"):
    return Closure(closure_id=name, ring=tuple(spot(*one) for one in corners), from_at=at(8), until_at=at(12))


BLOCK = closure((-5, -5), (5, -5), (5, 5), (-5, 5))
AREA = Polygon([(point.lon, point.lat) for point in BLOCK.ring])


def line_of(leg: Leg) -> LineString:
    return LineString([(point.lon, point.lat) for point in leg.path])


def test_a_drive_through_a_closed_area_goes_around_it():
    open_roads, roads = StraightLineRoads(), ClosedRoads(StraightLineRoads(), [BLOCK])
    a, b = spot(-20, 0), spot(20, 0)

    leg = roads.drive(a, b)
    straight = open_roads.route([a, b])

    assert leg is not None
    assert straight is not None
    assert not line_of(leg).intersects(AREA)
    assert (leg.path[0], leg.path[-1]) == (a, b)
    # The way by a corner 5 in 20 aside is about 5 % longer than the straight one.
    assert 1.02 < leg.duration_s / straight[0].duration_s < 1.15


def test_drives_that_stay_outside_are_as_before():
    roads = ClosedRoads(StraightLineRoads(), [BLOCK])
    points = [spot(-20, 10), spot(20, 10), spot(0, 30)]

    assert roads.route(points) == StraightLineRoads().route(points)


def test_who_is_inside_may_leave_and_the_area_is_known_as_closed():
    roads = ClosedRoads(StraightLineRoads(), [BLOCK])

    assert roads.is_inside(spot(0, 0))
    assert roads.is_inside(spot(5, 0))
    assert not roads.is_inside(spot(6, 0))
    assert roads.drive(spot(0, 0), spot(20, 0)) == StraightLineRoads().route([spot(0, 0), spot(20, 0)])[0]


class StreetInside(StraightLineRoads):
    """The only street near any place runs through the middle."""

    def nearest(self, point, count=1):
        return (Snapped(point=spot(0, 0), distance_m=10.0),)


def test_a_place_whose_street_is_closed_counts_as_inside():
    assert ClosedRoads(StreetInside(), [BLOCK]).is_inside(spot(6, 0))


def test_a_closed_street_is_a_narrow_area_along_its_line():
    ring = street_ring((spot(0, -5), spot(0, 5)), 20)
    street = Closure(closure_id="s", ring=ring, from_at=at(8), until_at=at(9))

    roads = ClosedRoads(StraightLineRoads(), [street])

    assert roads.is_inside(spot(0, 0))
    assert not roads.is_inside(spot(0.2, 0))  # 14 m aside of a street 20 m wide
    leg = roads.drive(spot(-3, 0), spot(3, 0))
    assert leg is not None
    assert not line_of(leg).intersects(Polygon([(point.lon, point.lat) for point in ring]))


class OneStreet(StraightLineRoads):
    """A single street from west to east: there is no way around."""

    def route(self, points):
        return super().route([LonLat(lon=one.lon, lat=50.0) for one in points])


def test_without_a_way_around_a_pair_is_not_joined():
    roads = ClosedRoads(OneStreet(), [BLOCK])

    assert roads.drive(spot(-20, 0), spot(20, 0)) is None
    assert roads.route([spot(-20, 0), spot(20, 0), spot(30, 0)]) is None
    assert roads.matrix([spot(-20, 0), spot(20, 0)]).durations_s[0, 1] >= 2**30


def test_two_areas_side_by_side_are_both_avoided():
    areas = [BLOCK, closure((8, -12), (12, -12), (12, 12), (8, 12), name="d")]
    roads = ClosedRoads(StraightLineRoads(), areas)

    leg = roads.drive(spot(-20, 0), spot(25, 0))

    assert leg is not None
    for one in areas:
        assert not line_of(leg).intersects(Polygon([(point.lon, point.lat) for point in one.ring]))


places = st.tuples(st.integers(-40, 40), st.integers(-40, 40)).filter(lambda one: max(map(abs, one)) > 6)


@settings(max_examples=40, deadline=None)
@given(st.lists(places, min_size=2, max_size=6, unique=True))
def test_no_drive_crosses_and_none_becomes_shorter(spots):
    points = [spot(*one) for one in spots]
    roads = ClosedRoads(StraightLineRoads(), [BLOCK])

    table, before = roads.matrix(points), StraightLineRoads().matrix(points)

    assert (table.durations_s >= before.durations_s - 1).all()
    rows = roads.rows(points, points)
    assert np.array_equal(rows.durations_s, table.durations_s)
    for row, a in enumerate(points):
        for column, b in enumerate(points):
            if a != b:
                leg = roads.drive(a, b)
                assert leg is not None
                assert not line_of(leg).intersects(AREA)
                assert leg.duration_s == pytest.approx(table.durations_s[row, column], abs=1)


def test_a_drive_too_far_down_the_table_is_lengthened_as_the_crow_flies():
    others = [spot(-20 + n / 10, -20) for n in range(30)]
    points = [spot(-20, 0), *others, spot(20, 0)]

    table = ClosedRoads(StraightLineRoads(), [BLOCK]).matrix(points)

    before = StraightLineRoads().matrix(points)
    assert 1.02 < table.durations_s[0, -1] / before.durations_s[0, -1] < 1.3


def test_a_street_that_is_closed_in_a_real_city_is_not_driven(helsinki_roads):
    a, b = LonLat(lon=24.930, lat=60.1665), LonLat(lon=24.952, lat=60.1700)
    usual = helsinki_roads.route([a, b])[0]
    middle = usual.path[len(usual.path) // 2]
    corners = ((-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5))
    ring = tuple(LonLat(lon=middle.lon + x * 8e-4, lat=middle.lat + y * 8e-4) for x, y in corners)
    roads = ClosedRoads(helsinki_roads, [Closure(closure_id="c", ring=ring, from_at=at(8), until_at=at(9))])

    leg = roads.drive(a, b)

    area = Polygon([(point.lon, point.lat) for point in ring])
    assert line_of(usual).intersects(area)
    assert leg is not None
    assert not line_of(leg).intersects(area)
    assert leg.duration_s >= usual.duration_s
    assert leg.source == "osrm"


def test_only_closures_of_the_time_asked_count():
    early, late = at(6), at(12) + timedelta(seconds=1)

    assert closures_between([BLOCK], early, at(8)) == (BLOCK,)
    assert closures_between([BLOCK], early, at(7, 59)) == ()
    assert closures_between([BLOCK], late, at(20)) == ()
