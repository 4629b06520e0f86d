import json

import pytest

from routing.errors import RoadNetworkError
from routing.network_build import build_city_network, build_id, build_network, current_network, read_build
from routing.osrm import open_network
from zones.lonlat import LonLat

HEADER_ONLY_OSM = '<?xml version="1.0"?><osm version="0.6"></osm>'


def test_a_build_describes_itself(helsinki_network_dir):
    build = read_build(helsinki_network_dir)

    west, south, east, north = build.bounds
    assert west < build.centre.lon < east
    assert south < build.centre.lat < north
    assert build.profile == "car"
    assert build.street_count > 2000
    assert build.drivable_node_count > 1000
    assert build.attribution == "© OpenStreetMap contributors"
    assert helsinki_network_dir.name == build.build


def test_the_same_extract_and_profile_give_the_same_build_id(helsinki_pbf, helsinki_network_dir):
    assert build_id(helsinki_pbf) == read_build(helsinki_network_dir).build
    assert build_id(helsinki_pbf, "bicycle") != build_id(helsinki_pbf, "car")


def test_networks_are_kept_apart_by_city_profile_and_build(helsinki_pbf, tmp_path):
    built = build_city_network(helsinki_pbf, tmp_path, "helsinki", "foot")

    assert built.network_dir == tmp_path / "helsinki" / "foot" / built.build
    assert current_network(tmp_path, "helsinki", "foot") == built.network_dir
    assert current_network(tmp_path, "helsinki", "car") is None
    assert current_network(tmp_path, "espoo", "foot") is None
    place = LonLat(lon=24.9452, lat=60.1671)
    assert open_network(built.network_dir).nearest(place)


def test_a_second_build_of_the_same_extract_leaves_the_first_alone(helsinki_pbf, helsinki_network_dir):
    before = (helsinki_network_dir / "network.json").stat().st_mtime_ns

    again = build_network(helsinki_pbf, helsinki_network_dir)

    assert again == read_build(helsinki_network_dir)
    assert (helsinki_network_dir / "network.json").stat().st_mtime_ns == before


def test_current_follows_the_newest_build_and_survives_a_removed_one(helsinki_network_dir, tmp_path):
    folder = tmp_path / "helsinki" / "car"
    (folder / "b1").mkdir(parents=True)
    known = json.loads((helsinki_network_dir / "network.json").read_text())
    (folder / "b1" / "network.json").write_text(json.dumps(known | {"build": "b1"}))

    (folder / "CURRENT").write_text("b1\n")
    assert current_network(tmp_path, "helsinki") == folder / "b1"

    (folder / "CURRENT").write_text("gone\n")
    assert current_network(tmp_path, "helsinki") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "check the path"),
        (b"", "is empty"),
        (b"<html>not found</html>", "cannot be read as one"),
        (b'{"type": "FeatureCollection"}' * 50, "cannot be read as one"),
    ],
    ids=["missing", "empty", "html", "geojson"],
)
def test_a_file_that_is_no_extract_is_refused_and_leaves_nothing_behind(tmp_path, content, words):
    pbf = tmp_path / "city.osm.pbf"
    if content is not None:
        pbf.write_bytes(content)

    with pytest.raises(RoadNetworkError, match=words) as refused:
        build_city_network(pbf, tmp_path / "networks", "city")

    assert str(pbf) in str(refused.value)
    assert not list(tmp_path.glob("networks/city/car/*"))


def test_a_cut_off_extract_is_refused(helsinki_pbf, tmp_path):
    half = tmp_path / "half.osm.pbf"
    half.write_bytes(helsinki_pbf.read_bytes()[:300_000])

    with pytest.raises(RoadNetworkError, match="cannot be read as one"):
        build_network(half, tmp_path / "network")


def test_an_extract_without_streets_is_refused(tmp_path):
    pbf = tmp_path / "sea.osm"
    pbf.write_text(HEADER_ONLY_OSM)

    with pytest.raises(RoadNetworkError, match="has none"):
        build_network(pbf, tmp_path / "network")


def test_a_folder_is_no_extract(tmp_path):
    with pytest.raises(RoadNetworkError, match="check the path"):
        build_network(tmp_path, tmp_path / "network")


def test_unknown_profiles_and_city_ids_that_are_paths_are_refused(helsinki_pbf, tmp_path):
    with pytest.raises(RoadNetworkError, match="expected a profile of car, bicycle, foot, got 'plane'"):
        build_network(helsinki_pbf, tmp_path / "network", "plane")
    for city_id in ("", "..", "a/b"):
        with pytest.raises(RoadNetworkError, match="leave out slashes"):
            current_network(tmp_path, city_id)


def test_a_place_that_cannot_be_written_is_named(helsinki_pbf, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RoadNetworkError, match="check free space and permissions"):
        build_network(helsinki_pbf, tmp_path / "file" / "network")


def test_a_folder_with_another_build_is_replaced_whole(helsinki_pbf, helsinki_network_dir, tmp_path):
    out_dir = tmp_path / "network"
    out_dir.mkdir()
    known = json.loads((helsinki_network_dir / "network.json").read_text())
    (out_dir / "network.json").write_text(json.dumps(known | {"build": "older"}))
    (out_dir / "left_over").write_text("of the older build")

    built = build_network(helsinki_pbf, out_dir)

    assert built.build == read_build(helsinki_network_dir).build
    assert not (out_dir / "left_over").exists()
    assert list(tmp_path.iterdir()) == [out_dir]


def test_a_folder_with_other_files_is_left_alone(helsinki_pbf, tmp_path):
    (tmp_path / "letters").write_text("dear")

    with pytest.raises(RoadNetworkError, match="holds other files"):
        build_network(helsinki_pbf, tmp_path)

    assert (tmp_path / "letters").read_text() == "dear"
