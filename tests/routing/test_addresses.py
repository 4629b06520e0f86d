import pytest

from routing.addresses import read_addresses
from routing.errors import RoadNetworkError
from routing.network_build import read_build

HOUSES = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" version="1" lon="24.0" lat="60.0"/>
  <node id="2" version="1" lon="24.2" lat="60.0"/>
  <node id="3" version="1" lon="24.2" lat="60.2"/>
  <node id="4" version="1" lon="24.0" lat="60.2"/>
  <node id="5" version="1" lon="24.5" lat="60.5">
    <tag k="addr:street" v="Abai St"/><tag k="addr:housenumber" v="7"/><tag k="addr:postcode" v="050000"/>
  </node>
  <node id="6" version="1" lon="24.6" lat="60.5">
    <tag k="addr:street" v="Abai St"/><tag k="addr:housenumber" v="7"/></node>
  <node id="7" version="1" lon="24.6" lat="60.5"><tag k="addr:housenumber" v="9"/></node>
  <way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
    <tag k="addr:street" v="Abai St"/><tag k="addr:housenumber" v="5"/></way>
  <way id="2" version="1"><nd ref="98"/><nd ref="99"/>
    <tag k="addr:street" v="Abai St"/><tag k="addr:housenumber" v="99"/></way>
</osm>"""


def test_addresses_of_the_extract_lie_inside_it(helsinki_pbf, helsinki_network_dir):
    addresses = read_addresses(helsinki_pbf)

    west, south, east, north = read_build(helsinki_network_dir).bounds
    assert len(addresses) > 500
    inside = [a for a in addresses if west <= a.point.lon <= east and south <= a.point.lat <= north]
    assert len(inside) > 0.9 * len(addresses)
    assert "Aleksanterinkatu 11" in {address.text for address in addresses}


def test_each_house_comes_once_from_its_point_or_the_middle_of_its_corners(tmp_path):
    extract = tmp_path / "houses.osm"
    extract.write_text(HOUSES)

    five, seven = read_addresses(extract)

    assert (five.street, five.house_number, five.postcode) == ("Abai St", "5", "")
    assert (five.point.lon, five.point.lat) == pytest.approx((24.1, 60.1))
    assert (seven.text, seven.postcode, seven.point.lon) == ("Abai St 7", "050000", pytest.approx(24.5))


def test_a_file_that_is_no_extract_is_refused(tmp_path):
    with pytest.raises(RoadNetworkError, match="cannot be read as one"):
        read_addresses(tmp_path / "missing.osm.pbf")
