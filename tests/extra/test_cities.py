import numpy as np
import pytest

from routing.addresses import read_addresses
from routing.osrm import open_network
from routing.snapping import reachable_points
from routing.travel_matrix import UNREACHABLE_S
from tests.conftest import EXTRA_DATA_DIR, build_once
from zones.lonlat import LonLat

ALMATY = EXTRA_DATA_DIR / "roads" / "almaty.osm.pbf"
CENTRE = LonLat(lon=76.945, lat=43.253)


@pytest.fixture(scope="module")
def almaty():
    return build_once(ALMATY, "almaty")


def test_a_city_in_cyrillic_builds_and_keeps_its_street_names(almaty):
    streets = (almaty.network_dir / "streets.geojson").read_text(encoding="utf-8")

    assert almaty.street_count > 3000
    assert "улица" in streets


def test_doors_across_the_city_are_joined_to_its_centre(almaty):
    roads = open_network(almaty.network_dir)
    rng = np.random.default_rng(5)
    around = rng.uniform(-0.03, 0.03, (120, 2)).tolist()
    doors = [LonLat(lon=CENTRE.lon + x, lat=CENTRE.lat + y) for x, y in around]

    places = reachable_points(roads, doors, [CENTRE])
    kept = [place for place in places if place is not None]
    durations_s = roads.matrix([CENTRE, *kept]).durations_s

    assert len(kept) > 0.9 * len(doors)
    assert (durations_s < UNREACHABLE_S).all()
    legs = roads.route([CENTRE, *kept[:5]])
    assert [leg.duration_s for leg in legs] == [int(durations_s[i, i + 1]) for i in range(5)]


def test_addresses_are_read():
    assert all(address.street and address.house_number for address in read_addresses(ALMATY))
