from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.roads import DETOUR, STRAIGHT_SPEED_MPS, RoadNetwork, StraightLineRoads
from zones.lonlat import LonLat, distance_m

HOME = LonLat(lon=24.94, lat=60.17)
WORK = LonLat(lon=24.97, lat=60.18)

places = st.builds(LonLat, lon=st.floats(24, 26, allow_nan=False), lat=st.floats(59, 61, allow_nan=False))


def test_distance_is_the_great_circle_with_a_detour_at_28_km_h():
    roads: RoadNetwork = StraightLineRoads()

    legs = roads.route([HOME, WORK])

    assert legs is not None
    assert legs[0].distance_m == pytest.approx(distance_m(HOME, WORK) * 1.45, abs=1)
    assert legs[0].duration_s == pytest.approx(legs[0].distance_m / 28 * 3.6, abs=1)
    assert legs[0].path == (HOME, WORK)


def test_every_answer_says_that_it_is_a_straight_line():
    roads = StraightLineRoads()

    assert roads.source == "great_circle"
    assert roads.build == ""
    assert roads.matrix([HOME, WORK]).source == "great_circle"
    assert roads.route([HOME, WORK])[0].source == "great_circle"
    assert roads.match([HOME], [datetime(2026, 1, 5, tzinfo=UTC)], [5.0]).source == "great_circle"
    assert roads.match([HOME], [datetime(2026, 1, 5, tzinfo=UTC)], [5.0]).confidence == 0.0


def test_nearest_is_the_point_itself():
    (found,) = StraightLineRoads().nearest(HOME, count=3)

    assert found.point == HOME
    assert found.distance_m == 0.0
    assert found.street == ""


def test_nothing_asked_gives_nothing():
    roads = StraightLineRoads()

    assert roads.matrix([]).durations_s.shape == (0, 0)
    assert roads.route([]) == ()
    assert roads.route([HOME]) == ()


@given(st.lists(places, min_size=1, max_size=6))
def test_the_matrix_agrees_with_the_legs_both_ways(points):
    roads = StraightLineRoads()

    matrix = roads.matrix(points)

    assert (matrix.durations_s == matrix.durations_s.T).all()
    assert (matrix.distances_m.diagonal() == 0).all()
    for i, leg in enumerate(roads.route(points) or ()):
        assert matrix.distances_m[i, i + 1] == pytest.approx(leg.distance_m, abs=1)
        assert matrix.durations_s[i, i + 1] == pytest.approx(leg.duration_s, abs=1)
        assert leg.distance_m == pytest.approx(distance_m(points[i], points[i + 1]) * DETOUR, abs=1)
        assert leg.duration_s == pytest.approx(leg.distance_m / STRAIGHT_SPEED_MPS, abs=1)


@given(st.lists(places, min_size=1, max_size=4), st.lists(places, min_size=1, max_size=4))
def test_rows_are_a_part_of_the_matrix(points_from, points_to):
    roads = StraightLineRoads()

    rows = roads.rows(points_from, points_to)

    whole = roads.matrix([*points_from, *points_to])
    part = (slice(len(points_from)), slice(len(points_from), None))
    assert rows.durations_s.tolist() == whole.durations_s[part].tolist()
    assert rows.distances_m.tolist() == whole.distances_m[part].tolist()
