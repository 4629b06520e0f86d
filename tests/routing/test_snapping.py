import numpy as np
import pytest

from routing.addresses import read_addresses
from routing.roads import StraightLineRoads
from routing.snapping import reachable_points
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat, distance_m

DEPOT = LonLat(lon=24.94695, lat=60.16904)
GULF_OF_GUINEA = LonLat(lon=0.0, lat=0.0)


@pytest.fixture(scope="module")
def doors(helsinki_pbf):
    return [address.point for address in read_addresses(helsinki_pbf)]


def test_the_extract_has_pairs_that_no_street_joins(helsinki_roads, doors):
    durations_s = helsinki_roads.matrix(doors).durations_s

    assert (durations_s == UNREACHABLE_S).any()
    assert np.mean(durations_s == UNREACHABLE_S) < 0.2


def test_every_door_becomes_reachable_from_the_depot_and_back_or_is_set_aside(helsinki_roads, doors):
    places = reachable_points(helsinki_roads, doors, [DEPOT], max_snap_m=300)

    assert len(places) == len(doors)
    kept = [(door, place) for door, place in zip(doors, places, strict=True) if place is not None]
    assert len(kept) > 0.98 * len(doors)
    assert all(distance_m(door, place) <= 301 for door, place in kept)
    durations_s = helsinki_roads.matrix([DEPOT, *(place for _, place in kept)]).durations_s
    assert (durations_s < UNREACHABLE_S).all()


def test_doors_that_are_joined_already_stay_where_they_are(helsinki_roads, doors):
    durations_s = helsinki_roads.matrix([DEPOT, *doors]).durations_s
    joined = (durations_s[0, 1:] < UNREACHABLE_S) & (durations_s[1:, 0] < UNREACHABLE_S)

    places = reachable_points(helsinki_roads, doors, [DEPOT])

    moved = [i for i, (door, place) in enumerate(zip(doors, places, strict=True)) if place not in (door, None)]
    assert moved
    assert not joined[moved].any()


def test_a_point_far_from_streets_is_set_aside_and_its_neighbours_are_not(helsinki_roads, doors):
    places = reachable_points(helsinki_roads, [DEPOT, GULF_OF_GUINEA, DEPOT], [DEPOT])

    assert places == (DEPOT, None, DEPOT)


def test_a_short_leash_sets_more_doors_aside(helsinki_roads, doors):
    near, far = (reachable_points(helsinki_roads, doors, [DEPOT], max_snap_m=metres) for metres in (10, 300))

    assert near.count(None) > far.count(None)


def test_without_anchors_or_streets_points_stay(helsinki_roads):
    assert reachable_points(helsinki_roads, [GULF_OF_GUINEA], []) == (GULF_OF_GUINEA,)
    assert reachable_points(StraightLineRoads(), [GULF_OF_GUINEA], [DEPOT]) == (GULF_OF_GUINEA,)
    assert reachable_points(helsinki_roads, [], [DEPOT]) == ()
