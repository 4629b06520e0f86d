import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, affinity

from tests.zones.builders import CENTRE, PUBLISHED_AT, at, make_zone, make_zone_set, square
from zones.geojson import ZoneDraft, read_geojson, write_geojson
from zones.problem import Severity
from zones.zone import Zone, ZoneSet


def corners(area: Polygon) -> list[list[float]]:
    return [list(corner) for corner in area.exterior.coords]


def feature(*, rings=None, geometry=None, name="Old Town", zone_id=None, **properties):
    return {
        "type": "Feature",
        **({"id": zone_id} if zone_id is not None else {}),
        "properties": {**({"name": name} if name is not None else {}), **properties},
        "geometry": geometry or {"type": "Polygon", "coordinates": rings or [corners(square(0, 0, 1, 1))]},
    }


def read(*features, **members) -> ZoneDraft:
    return read_geojson(json.dumps({"type": "FeatureCollection", "features": features, **members}).encode(), CENTRE)


def codes(draft: ZoneDraft) -> list[str]:
    return [problem.code for problem in draft.problems]


GOOD = feature(name="Harbour", rings=[corners(square(5, 0, 6, 1))])


def test_a_sound_file_gives_its_zones_and_no_problem():
    draft = read(feature(zone_id="old", priority=2), GOOD)

    assert draft.problems == ()
    assert draft.can_be_published
    assert draft.zones[0].area.equals(square(0, 0, 1, 1))
    assert [(zone.zone_id, zone.name, zone.priority) for zone in draft.zones] == [
        ("old", "Old Town", 2),
        ("Harbour", "Harbour", 0),
    ]


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"", "not_json", "line 1, column 1"),
        (b'{"type": "FeatureCollection",\n "features": [}', "not_json", "line 2, column 15"),
        (b"lon;lat\n24;60", "not_json", "line 1, column 1"),
        (b"\xff\xfe\x00", "not_utf8", "byte 0"),
        (b"[" * 100_000, "not_json", "file"),
        (b"[]", "not_a_feature_collection", "file"),
        (b"null", "not_a_feature_collection", "file"),
        (b'{"type": "Feature", "geometry": null}', "not_a_feature_collection", "file"),
        (b'{"type": "FeatureCollection"}', "not_a_feature_collection", "file"),
        (b'{"type": "FeatureCollection", "features": {}}', "not_a_feature_collection", "file"),
        (b'{"type": "FeatureCollection", "features": []}', "no_zones", "file"),
    ],
)
def test_a_file_that_is_no_collection_of_zones_says_where_it_fails(content, code, where):
    draft = read_geojson(content)

    assert draft.zones == ()
    assert not draft.can_be_published
    (problem,) = draft.problems
    assert (problem.code, problem.where, problem.severity) == (code, where, Severity.ERROR)
    assert ";" in problem.message


def test_a_byte_order_mark_does_no_harm():
    content = json.dumps({"type": "FeatureCollection", "features": [GOOD]}).encode("utf-8-sig")

    assert read_geojson(content).can_be_published


SQUARE = corners(square(0, 0, 1, 1))
BOW_TIE = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
OUTSIDE_HOLE = corners(square(3, 3, 4, 4))


@pytest.mark.parametrize(
    ("bad", "code", "where"),
    [
        (feature(rings=[SQUARE[:-1]]), "ring_not_closed", 'feature 1 "Old Town", ring 0, point 3'),
        (feature(rings=[BOW_TIE]), "ring_crosses_itself", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[SQUARE, OUTSIDE_HOLE]), "broken_area", 'feature 1 "Old Town"'),
        (feature(rings=[[SQUARE[0], SQUARE[1], SQUARE[0]]]), "ring_too_short", 'feature 1 "Old Town", ring 0'),
        (feature(rings=[[]]), "ring_too_short", 'feature 1 "Old Town", ring 0'),
        (feature(rings=["round"]), "not_a_ring", 'feature 1 "Old Town", ring 0'),
        (feature(rings=[[*SQUARE[:2], [24.9], *SQUARE[2:]]]), "not_a_point", 'feature 1 "Old Town", ring 0, point 2'),
        (feature(rings=[[*SQUARE[:2], "24.9", *SQUARE[2:]]]), "not_a_point", 'feature 1 "Old Town", ring 0, point 2'),
        (feature(rings=[[["24.9", 60.1], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[24.9, None], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[24.9, True], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[float("nan"), 60.1], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[24.9, float("inf")], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[10**400, 60.1], *SQUARE]]), "not_a_number", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[2776000.0, 8437000.0], *SQUARE]]), "off_the_earth", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(rings=[[[60.1, 124.9], *SQUARE]]), "swapped_axes", 'feature 1 "Old Town", ring 0, point 0'),
        (feature(geometry={"type": "Point", "coordinates": [24.9, 60.1]}), "wrong_geometry", 'feature 1 "Old Town"'),
        (feature(geometry={"type": "Polygon"}), "no_rings", 'feature 1 "Old Town"'),
        (feature(geometry={"type": "Polygon", "coordinates": []}), "no_rings", 'feature 1 "Old Town"'),
        (feature(geometry={"type": "MultiPolygon", "coordinates": 3}), "no_rings", 'feature 1 "Old Town"'),
        (
            feature(geometry={"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE[:-1]]]}),
            "ring_not_closed",
            'feature 1 "Old Town", part 1, ring 0, point 3',
        ),
        (
            feature(geometry={"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}),
            "broken_area",
            'feature 1 "Old Town"',
        ),
        ({**feature(), "geometry": None}, "no_geometry", 'feature 1 "Old Town"'),
        (feature(priority="high"), "priority_not_whole", 'feature 1 "Old Town"'),
        (feature(priority=1.5), "priority_not_whole", 'feature 1 "Old Town"'),
        (feature(name=None), "no_name", "feature 1"),
        (feature(name="Harbour"), "duplicate_id", 'feature 1 "Harbour"'),
        ({"type": "Polygon", "coordinates": [SQUARE]}, "not_a_feature", "feature 1"),
        (7, "not_a_feature", "feature 1"),
    ],
)
def test_a_bad_feature_is_named_and_its_neighbours_are_kept(bad, code, where):
    draft = read(GOOD, bad, feature(name="North", rings=[corners(square(0, 5, 1, 6))]))

    (problem,) = draft.problems
    assert (problem.code, problem.where, problem.severity) == (code, where, Severity.ERROR)
    assert not draft.can_be_published
    kept = {zone.zone_id for zone in draft.zones}
    assert "North" in kept
    assert ("Harbour" in kept) == (code != "duplicate_id")


def test_a_crossing_is_located_on_the_map():
    (problem,) = read(feature(rings=[BOW_TIE])).problems

    assert problem.point is not None
    assert (problem.point.lon, problem.point.lat) == pytest.approx((at(0.5, 0.5).lon, at(0.5, 0.5).lat))
    assert "crosses itself at 24.940500, 60.170500" in problem.message


def test_every_problem_of_every_feature_is_listed_errors_first():
    draft = read(
        feature(rings=[SQUARE[:-1], [["x", 60.1], *SQUARE]], name="A", priority="no"),
        feature(name=None, zone_id="b", rings=[corners(square(5, 5, 6, 6))]),
        feature(name="C", geometry={"type": "Point"}),
    )

    assert codes(draft) == ["priority_not_whole", "ring_not_closed", "not_a_number", "wrong_geometry", "no_name"]
    assert [zone.zone_id for zone in draft.zones] == ["b"]


def test_a_ring_with_every_point_wrong_needs_few_lines():
    swapped = [[60.1 + i / 1000, 124.9] for i in range(300)]

    draft = read(feature(rings=[swapped]))

    assert codes(draft) == ["swapped_axes"] * 5 + ["more_points"]
    assert "295 more points" in draft.problems[-1].message


def test_swapped_axes_are_found_by_the_distance_to_the_city():
    swapped = [[lat, lon] for lon, lat in SQUARE]

    draft = read(feature(rings=[swapped]), GOOD)

    (problem,) = draft.problems
    assert (problem.code, problem.where) == ("swapped_axes", 'feature 0 "Old Town"')
    assert not draft.can_be_published


def test_a_missing_name_is_a_warning_where_there_is_an_id():
    draft = read(feature(name=None, zone_id=17))

    assert [(problem.code, problem.severity) for problem in draft.problems] == [("no_name", Severity.WARNING)]
    assert draft.can_be_published
    assert (draft.zones[0].zone_id, draft.zones[0].name) == ("17", "17")


def test_altitudes_are_left_out_with_a_warning():
    draft = read(feature(rings=[[[*corner, 12.5] for corner in SQUARE]]))

    assert codes(draft) == ["altitude_left_out"]
    assert draft.can_be_published
    assert not draft.zones[0].area.has_z


def test_coordinates_of_another_system_are_refused_and_wgs84_is_not():
    mercator = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}

    assert codes(read(GOOD, crs=mercator)) == ["other_coordinates"]
    assert read(GOOD, crs=crs84).can_be_published


def test_names_are_one_clean_line():
    draft = read(feature(name="  Vanha\n kaupunki\u0000\ud800 "))

    assert draft.zones[0].name == "Vanha kaupunki"
    assert write_geojson(ZoneSet("helsinki", 1, PUBLISHED_AT, draft.zones))


def test_repeated_points_are_left_out():
    draft = read(feature(rings=[[SQUARE[0], *SQUARE]]))

    assert draft.problems == ()
    assert len(draft.zones[0].area.exterior.coords) == 5


def test_an_export_follows_the_standard():
    ring = Polygon(square(0, 0, 3, 3).exterior, [square(1, 1, 2, 2).exterior])

    exported = json.loads(write_geojson(make_zone_set(make_zone("ö", ring, name="Öster", priority=1))))

    assert exported["type"] == "FeatureCollection"
    (only,) = exported["features"]
    assert (only["id"], only["properties"]) == ("ö", {"name": "Öster", "priority": 1})
    outer, hole = only["geometry"]["coordinates"]
    assert Polygon(outer).exterior.is_ccw
    assert not Polygon(hole).exterior.is_ccw
    assert outer[0] == outer[-1] == min(outer)


areas = st.builds(
    lambda x, y, turn, parts: affinity.rotate(
        MultiPolygon([square(x + 3 * i, y, x + 3 * i + 1.5, y + 1) for i in range(parts)]), turn
    ),
    x=st.floats(-50, 50),
    y=st.floats(-50, 50),
    turn=st.floats(0, 360),
    parts=st.integers(1, 3),
)
names = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)


@given(
    zones=st.lists(
        st.builds(Zone, zone_id=names, name=names, area=areas, priority=st.integers(-3, 3)),
        max_size=4,
        unique_by=lambda zone: zone.zone_id,
    ),
    shuffle=st.randoms(use_true_random=False),
)
def test_reading_an_export_and_writing_it_again_gives_the_same_bytes(zones, shuffle):
    first = write_geojson(ZoneSet("helsinki", 3, PUBLISHED_AT, tuple(zones)))
    again = list(read_geojson(first, CENTRE).zones)
    shuffle.shuffle(again)

    second = write_geojson(ZoneSet("helsinki", 3, PUBLISHED_AT, tuple(again)))

    assert second == first
    for zone in again:
        before = next(old for old in zones if old.zone_id == zone.zone_id)
        assert (zone.name, zone.priority) == (before.name, before.priority)
        assert zone.area.equals(before.area)
