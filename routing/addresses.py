"""Reads the addresses of an OSM extract: what stands where, by street and house number."""

from dataclasses import dataclass
from pathlib import Path

import osmium

from routing.errors import RoadNetworkError
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A house: street and number as signed there, the postcode ("" when not mapped), and its point."""

    street: str
    house_number: str
    point: LonLat
    postcode: str = ""

    @property
    def text(self) -> str:
        """Street and number, as people write it."""
        return f"{self.street} {self.house_number}"


def read_addresses(pbf: Path) -> list[Address]:
    """
    Addresses of an OSM extract by street, then number as text, each street and number once (the first one mapped).

    A building's point is the middle of its corners. Houses without a street are left out.

    Raises
    ------
    RoadNetworkError
        When the file is missing or is no OSM extract.
    """
    found: dict[tuple[str, str], Address] = {}
    try:
        houses = osmium.FileProcessor(str(pbf)).with_locations()
        houses.with_filter(osmium.filter.KeyFilter("addr:housenumber"))
        for house in houses:
            street, number = house.tags.get("addr:street"), house.tags.get("addr:housenumber")
            point = _point(house)
            if street and number and point and (street, number) not in found:
                found[street, number] = Address(
                    street=street, house_number=number, point=point, postcode=house.tags.get("addr:postcode") or ""
                )
    except RuntimeError as error:  # osmium has no finer class for a file it cannot read
        raise RoadNetworkError(
            f"expected an OSM extract (.osm.pbf) at {pbf}, but it cannot be read as one: {error}; "
            "download it again, or check that it is the right file"
        ) from error
    return [found[key] for key in sorted(found)]


def _point(house: object) -> LonLat | None:
    if isinstance(house, osmium.osm.Node):
        return LonLat(lon=house.location.lon, lat=house.location.lat)
    if isinstance(house, osmium.osm.Way):
        corners = [node.location for node in house.nodes if node.location.valid()]
        if len(corners) > 1 and house.is_closed():
            corners.pop()
        if corners:
            lon = sum(corner.lon for corner in corners) / len(corners)
            lat = sum(corner.lat for corner in corners) / len(corners)
            return LonLat(lon=round(lon, 7), lat=round(lat, 7))
    return None
