from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from routing.errors import RoadNetworkError
from routing.osrm import OsrmRoads, open_network, read_build
from routing.roads import RoadNetwork
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat, distance_m

ESPLANADI = LonLat(lon=24.9452, lat=60.1671)
SNELLMANINKATU = LonLat(lon=24.95333, lat=60.17188)
FABIANINKATU = LonLat(lon=24.94946, lat=60.16783)
GULF_OF_GUINEA = LonLat(lon=0.0, lat=0.0)
NOON = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def drive(roads: OsrmRoads, start: LonLat, end: LonLat) -> tuple[LonLat, ...]:
    legs = roads.route([start, end])
    assert legs is not None
    return legs[0].path


def test_a_network_says_which_build_it_is(helsinki_roads, helsinki_network_dir):
    roads: RoadNetwork = helsinki_roads

    assert roads.source == "osrm"
    assert roads.build == read_build(helsinki_network_dir).build


def test_a_route_follows_streets_from_point_to_point(helsinki_roads):
    legs = helsinki_roads.route([ESPLANADI, SNELLMANINKATU])

    assert len(legs) == 1
    (leg,) = legs
    assert leg.source == "osrm"
    assert leg.street == "Eteläesplanadi"
    assert leg.distance_m > distance_m(ESPLANADI, SNELLMANINKATU)
    assert distance_m(leg.path[0], ESPLANADI) < 30
    assert distance_m(leg.path[-1], SNELLMANINKATU) < 30
    along_m = sum(distance_m(a, b) for a, b in zip(leg.path, leg.path[1:], strict=False))
    assert along_m == pytest.approx(leg.distance_m, rel=0.02)


def test_legs_take_as_long_as_the_matrix_says(helsinki_roads):
    points = [ESPLANADI, SNELLMANINKATU, FABIANINKATU, ESPLANADI]

    matrix = helsinki_roads.matrix(points)
    legs = helsinki_roads.route(points)

    assert [leg.duration_s for leg in legs] == [int(matrix.durations_s[i, i + 1]) for i in range(3)]
    assert [leg.distance_m for leg in legs] == [
        pytest.approx(int(matrix.distances_m[i, i + 1]), abs=2) for i in range(3)
    ]


def test_one_way_streets_make_the_matrix_asymmetric(helsinki_roads):
    matrix = helsinki_roads.matrix([ESPLANADI, SNELLMANINKATU])

    assert matrix.source == "osrm"
    assert matrix.durations_s.dtype == np.int32
    assert matrix.durations_s[0, 1] != matrix.durations_s[1, 0]


def test_a_point_far_from_every_street_spoils_only_its_own_pairs(helsinki_roads):
    matrix = helsinki_roads.matrix([ESPLANADI, GULF_OF_GUINEA, SNELLMANINKATU])

    assert matrix.durations_s[1].tolist() == [UNREACHABLE_S, 0, UNREACHABLE_S]
    assert matrix.durations_s[:, 1].tolist() == [UNREACHABLE_S, 0, UNREACHABLE_S]
    assert matrix.distances_m[0, 1] == UNREACHABLE_S
    assert matrix.durations_s[0, 2] < 1000


def test_no_route_leads_to_a_point_far_from_every_street(helsinki_roads):
    assert helsinki_roads.route([ESPLANADI, GULF_OF_GUINEA]) is None
    assert helsinki_roads.nearest(GULF_OF_GUINEA) == ()


def test_few_points_need_no_streets(helsinki_roads):
    assert helsinki_roads.matrix([]).durations_s.shape == (0, 0)
    assert helsinki_roads.matrix([GULF_OF_GUINEA]).durations_s.tolist() == [[0]]
    assert helsinki_roads.route([]) == ()
    assert helsinki_roads.route([ESPLANADI]) == ()


def test_nearest_streets_come_nearest_first_with_their_names(helsinki_roads):
    found = helsinki_roads.nearest(ESPLANADI, count=5)

    assert len(found) == 5
    assert found[0].street == "Eteläesplanadi"
    assert [place.distance_m for place in found] == sorted(place.distance_m for place in found)
    assert found[0].distance_m == pytest.approx(distance_m(ESPLANADI, found[0].point), abs=1)


def test_a_noisy_track_is_laid_back_onto_its_streets(helsinki_roads):
    truth = drive(helsinki_roads, ESPLANADI, SNELLMANINKATU)[::3]
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 4e-5, (len(truth), 2)).tolist()  # about 4 m
    track = [LonLat(lon=p.lon + dx, lat=p.lat + dy / 2) for p, (dx, dy) in zip(truth, noise, strict=True)]
    at = [NOON + timedelta(seconds=8 * i) for i in range(len(track))]

    matched = helsinki_roads.match(track, at, [10.0] * len(track))

    assert matched.source == "osrm"
    assert matched.confidence > 0.5
    offsets = [distance_m(a, b) for a, b in zip(matched.points, truth, strict=True) if a is not None]
    assert len(offsets) >= len(truth) - 1
    assert float(np.median(offsets)) < 10


def test_a_fix_that_fits_no_street_is_none_and_the_rest_is_matched(helsinki_roads):
    truth = drive(helsinki_roads, ESPLANADI, SNELLMANINKATU)[::3]
    track = [*truth[:5], GULF_OF_GUINEA, *truth[5:10]]
    at = [NOON + timedelta(seconds=8 * i) for i in range(len(track))]

    matched = helsinki_roads.match(track, at, [None] * len(track))

    assert matched.points[5] is None
    assert sum(point is not None for point in matched.points) >= len(track) - 2


def test_fixes_of_one_second_and_tracks_of_nothing_do_no_harm(helsinki_roads):
    truth = drive(helsinki_roads, ESPLANADI, SNELLMANINKATU)[::3]
    at = [NOON + timedelta(seconds=8 * i) for i in range(len(truth))]
    at[3] = at[2] + timedelta(milliseconds=200)

    matched = helsinki_roads.match(truth, at, [5.0] * len(truth))

    assert matched.points[3] is None
    assert matched.points[4] is not None
    assert helsinki_roads.match([], [], []).points == ()
    assert helsinki_roads.match([ESPLANADI], [NOON], [5.0]).points == (None,)
    assert helsinki_roads.match([GULF_OF_GUINEA] * 2, at[:2], [5.0] * 2).points == (None, None)


def test_opening_a_folder_without_a_network_says_how_to_build_one(tmp_path):
    with pytest.raises(RoadNetworkError, match="corridor roads build"):
        open_network(tmp_path)


def test_opening_a_broken_network_says_to_build_it_again(helsinki_network_dir, tmp_path):
    (tmp_path / "network.json").write_bytes((helsinki_network_dir / "network.json").read_bytes())

    with pytest.raises(RoadNetworkError, match="build it again"):
        open_network(tmp_path)

    (tmp_path / "network.json").write_text('{"build": 1}')
    with pytest.raises(RoadNetworkError, match="cannot read"):
        open_network(tmp_path)


def test_rows_are_a_part_of_the_matrix(helsinki_roads):
    points = [ESPLANADI, SNELLMANINKATU, GULF_OF_GUINEA, FABIANINKATU]

    there = helsinki_roads.rows(points[:1], points)
    back = helsinki_roads.rows(points, points[:1])

    matrix = helsinki_roads.matrix(points)
    assert there.durations_s.tolist() == matrix.durations_s[:1].tolist()
    assert there.distances_m.tolist() == matrix.distances_m[:1].tolist()
    assert back.durations_s.tolist() == matrix.durations_s[:, :1].tolist()
