"""Street networks of the extracts, and random places on their streets."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from benchmarks.options import CACHE_DIR, corpus_dir
from routing.network_build import build_city_network
from routing.osrm import OsrmRoads, open_network
from routing.street_map import STREETS_FILE
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LocalMetres, LonLat

EXTRACTS = {
    "porto": "porto_portugal.osm.pbf",
    "heidelberg": "heidelberg.test.pbf",
    "almaty": "almaty.osm.pbf",
}

_ON_FOOT = 4
"""Streets of this class on the map are for those on foot."""

CENTRES = {
    "porto": LonLat(lon=-8.615, lat=41.155),
    "heidelberg": LonLat(lon=8.690, lat=49.410),
    "almaty": LonLat(lon=76.930, lat=43.245),
}
"""The middle of each town; extracts reach far beyond."""


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """One city's network and the places that orders may come from: points on its named streets."""

    name: str
    roads: OsrmRoads
    places: tuple[LonLat, ...]

    def around(self, centre: LonLat, radius_m: float) -> list[LonLat]:
        """Places within a radius."""
        offsets_m = LocalMetres(centre).many_to_xy_m(self.places)
        near = (offsets_m**2).sum(axis=1) <= radius_m**2
        return [self.places[i] for i in np.flatnonzero(near)]


def find_extract(city: str) -> Path | None:
    """The extract of this city, None when it is not here."""
    path = corpus_dir() / "roads" / EXTRACTS[city]
    return path if path.is_file() else None


def open_city(city: str, extract: Path) -> City:
    """The city's network, built on first use and kept with other caches."""
    built = build_city_network(extract, CACHE_DIR / "roads", city)
    drawn = json.loads((built.network_dir / STREETS_FILE).read_bytes())
    places = [
        LonLat(lon=lon, lat=lat)
        for feature in drawn["features"]
        if feature["properties"].get("class", _ON_FOOT) < _ON_FOOT and feature["properties"].get("name")
        for lon, lat in feature["geometry"]["coordinates"]
    ]
    return City(city, open_network(built.network_dir), tuple(places))


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """
    Places with driving seconds and metres between all of them; `matrix_s` is how long OSRM took for these.

    It was asked for an eighth more places, in case some cannot be reached.
    """

    places: tuple[LonLat, ...]
    durations_s: NDArray[np.int32]
    distances_m: NDArray[np.int32]
    matrix_s: float


def reachable_places(city: City, rng: Random, centre: LonLat, radius_m: float, count: int) -> Neighbourhood:
    """
    Random places around a centre, each pair joined by streets both ways.

    Raises
    ------
    ValueError
        When the neighbourhood has too few such places.
    """
    near = city.around(centre, radius_m)
    if len(near) < 2 * count:
        raise ValueError(f"expected {2 * count} places within {radius_m:g} m in {city.name}, found {len(near)}")
    drawn = rng.sample(near, min(count + count // 8 + 20, len(near)))
    began = monotonic()
    matrix = city.roads.matrix(drawn)
    matrix_s = monotonic() - began
    kept = np.arange(len(drawn))
    while True:
        closed = (matrix.durations_s[np.ix_(kept, kept)] >= UNREACHABLE_S).astype(np.int64)
        unreached = closed.sum(axis=0) + closed.sum(axis=1)
        if not unreached.any():
            break
        kept = np.delete(kept, int(unreached.argmax()))
    if len(kept) < count:
        raise ValueError(f"expected {count} places that streets join in {city.name}, found {len(kept)}")
    kept = kept[:count]
    chosen = np.ix_(kept, kept)
    places = tuple(drawn[i] for i in kept)
    return Neighbourhood(places, matrix.durations_s[chosen], matrix.distances_m[chosen], matrix_s)
