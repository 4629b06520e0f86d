import json
import math

import pytest
from shapely.geometry import Point, shape

from routing.street_map import STREETS_FILE, read_street_map, to_geojson

WATER_EAST_OF_THE_COAST = """<?xml version="1.0"?>
<osm version="0.6">
  <bounds minlon="24.0" minlat="60.0" maxlon="24.1" maxlat="60.1"/>
  <node id="1" version="1" lon="24.05" lat="59.9"/>
  <node id="2" version="1" lon="24.05" lat="60.05"/>
  <node id="3" version="1" lon="24.05" lat="60.2"/>
  <way id="1" version="1"><nd ref="{a}"/><nd ref="2"/><nd ref="{b}"/><tag k="natural" v="coastline"/></way>
</osm>"""


@pytest.fixture(scope="module")
def drawn(helsinki_network_dir):
    return json.loads((helsinki_network_dir / STREETS_FILE).read_bytes())


def of_kind(drawn, kind):
    return [feature for feature in drawn["features"] if feature["properties"]["kind"] == kind]


def test_streets_have_a_class_and_their_local_name(drawn):
    streets = of_kind(drawn, "street")

    by_name = {street["properties"].get("name"): street["properties"]["class"] for street in streets}
    assert {street["properties"]["class"] for street in streets} == {0, 1, 2, 3, 4}
    assert by_name["Mannerheimintie"] == 0
    assert "Aleksanterinkatu" in by_name
    assert "" not in by_name


def test_rails_and_parks_are_drawn(drawn):
    esplanade = Point(24.9477, 60.1676)

    assert of_kind(drawn, "rail")
    assert any(shape(park["geometry"]).contains(esplanade) for park in of_kind(drawn, "park"))


def test_the_bay_is_water_and_the_market_square_is_not(drawn):
    bay, market_square = Point(24.9460, 60.1768), Point(24.9520, 60.1678)

    waters = [shape(water["geometry"]) for water in of_kind(drawn, "water")]

    assert any(water.contains(bay) for water in waters)
    assert not any(water.contains(market_square) for water in waters)


def test_wide_streets_are_painted_last_and_areas_first(drawn):
    kinds = [feature["properties"]["kind"] for feature in drawn["features"]]
    classes = [street["properties"]["class"] for street in of_kind(drawn, "street")]

    assert kinds == sorted(kinds, key=["water", "park", "rail", "street"].index)
    assert classes == sorted(classes, reverse=True)


def test_the_map_is_compact_and_credits_its_source(helsinki_network_dir, drawn):
    content = (helsinki_network_dir / STREETS_FILE).read_bytes()

    assert drawn["attribution"] == "© OpenStreetMap contributors"
    assert b": " not in content
    for feature in drawn["features"]:
        for lon, lat in corners(feature["geometry"]["coordinates"]):
            assert math.isclose(lon, round(lon, 5), abs_tol=1e-12)
            assert math.isclose(lat, round(lat, 5), abs_tol=1e-12)


def corners(coordinates):
    if isinstance(coordinates[0], float):
        return [coordinates]
    return [corner for part in coordinates for corner in corners(part)]


@pytest.mark.parametrize(("a", "b", "sea_lon"), [(1, 3, 24.075), (3, 1, 24.025)])
def test_the_sea_is_on_the_right_of_a_coast(tmp_path, a, b, sea_lon):
    extract = tmp_path / "coast.osm"
    extract.write_text(WATER_EAST_OF_THE_COAST.format(a=a, b=b))

    waters = read_street_map(extract).waters

    assert len(waters) == 1
    assert waters[0].contains(Point(sea_lon, 60.05))
    assert waters[0].bounds[1] == pytest.approx(60.0)
    assert waters[0].bounds[3] == pytest.approx(60.1)


def test_a_map_of_nothing_is_an_empty_collection(tmp_path):
    extract = tmp_path / "nothing.osm"
    extract.write_text('<?xml version="1.0"?><osm version="0.6"></osm>')

    drawn = read_street_map(extract)

    assert drawn.drivable_node_count == 0
    assert json.loads(to_geojson(drawn))["features"] == []


CUT_OPEN = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" version="1" lon="24.1" lat="60.1"/><node id="2" version="1" lon="24.2" lat="60.1"/>
  <node id="5" version="1" lon="24.5" lat="60.1"/><node id="6" version="1" lon="24.6" lat="60.1"/>
  <way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="6"/>
    <tag k="highway" v="primary_link"/></way>
</osm>"""


def test_a_street_that_leaves_the_extract_is_not_drawn_across_the_gap(tmp_path):
    extract = tmp_path / "cut.osm"
    extract.write_text(CUT_OPEN)

    streets = read_street_map(extract).streets

    assert [street.line.bounds[::2] for street in streets] == [(24.1, 24.2), (24.5, 24.6)]
    assert {street.street_class for street in streets} == {0}
