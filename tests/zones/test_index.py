import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from tests.zones.builders import at, make_zone, make_zone_set, square
from zones.index import Reason, ZoneIndex
from zones.lonlat import LonLat, distance_m
from zones.zone import Zone


def winner(*zones: Zone, point: LonLat) -> str | None:
    zone = ZoneIndex(make_zone_set(*zones)).resolve(point).zone
    return zone.zone_id if zone else None


def test_a_point_inside_one_zone_gets_it():
    found = ZoneIndex(make_zone_set(make_zone("a"), make_zone("b", square(1, 0, 2, 1)))).resolve(at(0.5, 0.5))

    assert found.zone is not None
    assert found.zone.zone_id == "a"
    assert found.reason is Reason.ONLY
    assert found.losers == ()
    assert found.nearest is None


def test_a_point_outside_names_the_nearest_zone_and_its_distance():
    index = ZoneIndex(make_zone_set(make_zone("a"), make_zone("b", square(5, 0, 6, 1))))

    found = index.resolve(at(4, 0.5))

    assert found.zone is None
    assert found.reason is Reason.OUTSIDE
    assert found.nearest is not None
    assert found.nearest.zone_id == "b"
    assert found.nearest_m == pytest.approx(distance_m(at(4, 0.5), at(5, 0.5)), rel=1e-3)


def test_nearest_is_measured_in_metres_not_degrees():
    north, east = make_zone("north", square(0, 1.5, 1, 2)), make_zone("east", square(2, 0, 3, 1))

    found = ZoneIndex(make_zone_set(north, east)).resolve(at(0.2, 0.5))

    # 1.0 thousandths of a degree north are 111 m, 1.8 east are 100 m at this latitude
    assert found.nearest is not None
    assert found.nearest.zone_id == "east"


def test_without_zones_every_point_is_outside_and_nothing_is_near():
    index = ZoneIndex(make_zone_set())

    assert index.resolve(at(0, 0)).nearest is None
    assert [found.reason for found in index.resolve_many([at(0, 0), at(1, 1)])] == [Reason.OUTSIDE, Reason.OUTSIDE]
    assert index.resolve_many([]) == ()


@pytest.mark.parametrize("y", [0.0, 0.1, 0.3, 1 / 3, 0.7, 1.0])
def test_a_shared_border_always_resolves_to_the_same_zone(y):
    west, east = make_zone("west", square(0, 0, 1, 1)), make_zone("east", square(1, 0, 2, 1))
    edge = at(1, y)

    answers = {winner(*order, point=edge) for order in permutations([west, east])}

    assert len(answers) == 1
    assert answers != {None}


def test_equal_zones_are_told_apart_by_the_smaller_id():
    one, other = make_zone("b"), make_zone("a")

    found = ZoneIndex(make_zone_set(one, other)).resolve(at(0.5, 0.5))

    assert found.zone == other
    assert found.reason is Reason.SMALLER_ID
    assert found.losers == (one,)


def test_the_smaller_area_wins_an_overlap():
    small, large = make_zone("z", square(0, 0, 1, 1)), make_zone("a", square(0, 0, 2, 2))

    found = ZoneIndex(make_zone_set(large, small)).resolve(at(0.5, 0.5))

    assert found.zone == small
    assert found.reason is Reason.SMALLER_AREA


def test_priority_comes_before_area():
    small = make_zone("small", square(0, 0, 1, 1))
    large = make_zone("large", square(0, 0, 2, 2), priority=5)

    found = ZoneIndex(make_zone_set(large, small)).resolve(at(0.5, 0.5))

    assert found.zone == large
    assert found.reason is Reason.PRIORITY
    assert found.losers == (small,)


def test_a_hair_beyond_the_border_is_still_on_it_and_a_step_is_not():
    zone = make_zone("a")
    degrees_per_m = 1 / 111_195

    assert winner(zone, point=LonLat(lon=at(0.5, 0).lon, lat=at(0, 0).lat - 0.02 * degrees_per_m)) == "a"
    assert winner(zone, point=LonLat(lon=at(0.5, 0).lon, lat=at(0, 0).lat - 0.50 * degrees_per_m)) is None


def test_a_hole_is_outside_and_its_rim_inside():
    ring = Polygon(square(0, 0, 3, 3).exterior, [square(1, 1, 2, 2).exterior])
    zone = make_zone("ring", ring)

    assert winner(zone, point=at(1.5, 1.5)) is None
    assert winner(zone, point=at(1, 1.5)) == "ring"


def test_every_part_of_a_zone_counts():
    zone = Zone("parts", "Parts", MultiPolygon([square(0, 0, 1, 1), square(4, 0, 5, 1)]))

    assert winner(zone, point=at(4.5, 0.5)) == "parts"
    assert winner(zone, point=at(2.5, 0.5)) is None


coordinates = st.floats(min_value=-1, max_value=5, allow_nan=False)
corners = st.integers(min_value=0, max_value=4)


@st.composite
def zone_sets(draw):
    zones = []
    for number in range(draw(st.integers(min_value=0, max_value=6))):
        x, y = draw(corners), draw(corners)
        area = square(x, y, x + draw(st.integers(1, 2)), y + draw(st.integers(1, 2)))
        zones.append(make_zone(f"z{number}", area, priority=draw(st.integers(0, 1))))
    return zones


@given(zones=zone_sets(), places=st.lists(st.tuples(coordinates | corners, coordinates | corners), max_size=8))
def test_many_points_get_the_answers_of_single_ones_and_the_winner_holds_the_point(zones, places):
    index = ZoneIndex(make_zone_set(*zones))
    points = [at(x, y) for x, y in places]

    answers = index.resolve_many(points)

    assert answers == tuple(index.resolve(point) for point in points)
    assert answers == ZoneIndex(make_zone_set(*reversed(zones))).resolve_many(points)
    for point, answer in zip(points, answers, strict=True):
        holding = [zone for zone in zones if zone.area.intersects(Point(point.lon, point.lat))]
        if holding:
            assert answer.zone == min(holding, key=lambda zone: (-zone.priority, zone.area.area, zone.zone_id))
            assert set(answer.losers) == set(holding) - {answer.zone}
        elif answer.zone is None and zones:
            assert answer.nearest_m is not None
            assert math.isfinite(answer.nearest_m)
