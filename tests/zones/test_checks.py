import pytest
from shapely import Polygon

from tests.zones.builders import CENTRE, make_zone, square
from zones.checks import FAR_M, area_m2, check
from zones.lonlat import LonLat
from zones.problem import Severity
from zones.zone import Zone


def swap(zone: Zone) -> Zone:
    return Zone(zone.zone_id, zone.name, Polygon([(lat, lon) for lon, lat in zone.area.exterior.coords]))


def codes(zones, centre=CENTRE):
    return [problem.code for problem in check(zones, centre)]


def moved(zone_id: str, lon: float, lat: float) -> Zone:
    ring = [(lon, lat), (lon + 0.01, lat), (lon + 0.01, lat + 0.01), (lon, lat + 0.01)]
    return Zone(zone_id, zone_id.upper(), Polygon(ring))


def test_no_zones_have_no_problems():
    assert check([], CENTRE) == []


def test_neighbours_that_share_a_border_have_no_problems():
    assert codes([make_zone("a"), make_zone("b", square(1, 0, 2, 1)), make_zone("c", square(1, 1, 2, 2))]) == []


def test_an_overlap_is_measured_and_its_winner_named():
    left, right = make_zone("left", square(0, 0, 2, 1)), make_zone("right", square(1, 0, 2.5, 1))

    (problem,) = check([left, right], CENTRE)

    assert (problem.code, problem.severity) == ("overlap", Severity.WARNING)
    assert problem.zone_ids == ("left", "right")
    assert problem.where == 'zone "LEFT" and zone "RIGHT"'
    # a thousandth of a degree here: 111.4 m north, 55.5 m east
    assert area_m2(square(1, 0, 2, 1)) == pytest.approx(111.4 * 55.5, rel=0.01)
    assert f"{area_m2(square(1, 0, 2, 1)):,.0f} m2" in problem.message
    assert '"RIGHT" (smaller area)' in problem.message


def test_priority_names_another_winner():
    zones = [make_zone("left", square(0, 0, 2, 1), priority=1), make_zone("right", square(1, 0, 2.5, 1))]

    assert '"LEFT" (higher priority)' in check(zones, CENTRE)[0].message


def test_an_overlap_below_a_square_metre_is_no_problem():
    assert codes([make_zone("a"), make_zone("b", square(1 - 1e-6, 0, 2, 1))]) == []


def test_a_hole_between_zones_is_a_gap_and_a_hole_within_one_is_meant():
    ring = [make_zone("w", square(0, 0, 1, 3)), make_zone("e", square(2, 0, 3, 3))]
    ring += [make_zone("s", square(1, 0, 2, 1)), make_zone("n", square(1, 2, 2, 3))]
    holed = make_zone("holed", Polygon(square(0, 0, 3, 3).exterior, [square(1, 1, 2, 2).exterior]))

    (gap,) = check(ring, CENTRE)

    assert gap.code == "gap"
    assert set(gap.zone_ids) == {"w", "e", "s", "n"}
    assert codes([holed]) == []


def test_swapped_axes_are_told_from_another_city():
    zones = [make_zone("good"), swap(make_zone("bad", square(3, 0, 4, 1))), moved("almaty", 76.9, 43.2)]

    problems = check(zones, CENTRE)

    assert [(p.code, p.zone_ids, p.severity) for p in problems] == [
        ("swapped_axes", ("bad",), Severity.ERROR),
        ("far_from_city", ("almaty",), Severity.ERROR),
    ]


def test_all_axes_swapped_are_found_by_the_city_and_one_by_the_others():
    good = [make_zone(f"g{i}", square(i, 0, i + 1, 1)) for i in range(3)]

    assert codes([swap(zone) for zone in good]) == ["swapped_axes"] * 3
    assert codes([*good, swap(make_zone("bad", square(5, 0, 6, 1)))], centre=None) == ["swapped_axes"]
    assert codes([make_zone()], centre=None) == []


def test_a_zone_just_inside_the_limit_is_not_far():
    degrees = FAR_M / 111_195

    assert codes([moved("near", CENTRE.lon, CENTRE.lat - degrees * 0.98)]) == []
    assert codes([moved("far", CENTRE.lon, CENTRE.lat - degrees * 1.02)]) == ["far_from_city"]


def test_a_city_on_the_diagonal_cannot_be_judged_and_is_left_alone():
    ring = [(31.0, 31.1), (31.01, 31.1), (31.01, 31.11), (31.0, 31.11)]

    assert codes([Zone("z", "Z", Polygon([(y, x) for x, y in ring]))], LonLat(lon=31.0, lat=31.1)) == []


def test_slivers_and_continents_are_warned_about():
    sliver, continent = make_zone("sliver", square(0, 0, 0.1, 0.1)), make_zone("land", square(5, 0, 2000, 1000))

    assert codes([sliver]) == ["very_small"]
    assert codes([continent]) == ["very_large"]
    assert all(problem.severity is Severity.WARNING for problem in check([sliver, continent], CENTRE))
