"""Zones with only what matters to a test, around one place in Helsinki."""

from datetime import UTC, datetime

from shapely import Polygon, box

from zones.lonlat import LonLat
from zones.zone import Zone, ZoneSet

CENTRE = LonLat(lon=24.94, lat=60.17)
PUBLISHED_AT = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def at(x: float, y: float) -> LonLat:
    """A point `x` and `y` thousandths of a degree east and north of the centre."""
    return LonLat(lon=CENTRE.lon + x / 1000, lat=CENTRE.lat + y / 1000)


def square(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    south_west, north_east = at(x0, y0), at(x1, y1)
    return box(south_west.lon, south_west.lat, north_east.lon, north_east.lat)


def make_zone(zone_id: str = "a", area: Polygon | None = None, *, name: str | None = None, priority: int = 0) -> Zone:
    return Zone(zone_id, name or zone_id.upper(), area or square(0, 0, 1, 1), priority)


def make_zone_set(*zones: Zone) -> ZoneSet:
    return ZoneSet(city_id="helsinki", version=1, valid_from=PUBLISHED_AT, zones=zones)
