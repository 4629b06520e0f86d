"""Points on the earth, the distance between two of them, and metres around one city."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zones.errors import InvalidLonLatError

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG 1980, R1), metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LonLat:
    """
    A point on the earth, WGS 84 degrees; longitude first, by keyword only.

    Raises
    ------
    InvalidLonLatError
        When a value is off the earth or not finite.
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise InvalidLonLatError(self.lon, self.lat)


def distance_m(a: LonLat, b: LonLat) -> float:
    """Great-circle distance in metres by the haversine formula (Sinnott 1984, Sky and Telescope 68(2))."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_dlat = (lat_b - lat_a) / 2
    half_dlon = math.radians(b.lon - a.lon) / 2
    h = math.sin(half_dlat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_dlon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def bearing_deg(a: LonLat, b: LonLat) -> float:
    """Direction of travel from `a` to `b`: degrees clockwise from north, 0 <= x < 360."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    dlon = math.radians(b.lon - a.lon)
    y = math.sin(dlon) * math.cos(lat_b)
    x = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(dlon)
    return math.degrees(math.atan2(y, x)) % 360.0


@dataclass(frozen=True, slots=True)
class LocalMetres:
    """
    Degrees to metres and back on a plane that touches the earth at `origin`.

    Equirectangular: within 50 km of the origin and below 70 degrees of latitude a distance is off by less than 0.5 %.
    """

    origin: LonLat
    _m_per_deg_lon: float = field(init=False, repr=False)
    _m_per_deg_lat: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        m_per_deg = math.radians(1.0) * EARTH_RADIUS_M
        object.__setattr__(self, "_m_per_deg_lat", m_per_deg)
        object.__setattr__(self, "_m_per_deg_lon", m_per_deg * math.cos(math.radians(self.origin.lat)))

    @property
    def m_per_deg(self) -> tuple[float, float]:
        """Metres in a degree of longitude and in one of latitude."""
        return self._m_per_deg_lon, self._m_per_deg_lat

    def to_xy_m(self, point: LonLat) -> tuple[float, float]:
        """East and north of the origin, metres."""
        return (
            (point.lon - self.origin.lon) * self._m_per_deg_lon,
            (point.lat - self.origin.lat) * self._m_per_deg_lat,
        )

    def many_to_xy_m(self, points: Sequence[LonLat]) -> NDArray[np.float64]:
        """East and north of the origin, metres, shape (n, 2); empty input gives shape (0, 2)."""
        lonlat = np.array([(p.lon, p.lat) for p in points], dtype=np.float64).reshape(-1, 2)
        scale = np.array([self._m_per_deg_lon, self._m_per_deg_lat])
        xy: NDArray[np.float64] = (lonlat - np.array([self.origin.lon, self.origin.lat])) * scale
        return xy

    def to_lonlat(self, x_m: float, y_m: float) -> LonLat:
        """The point that lies `x_m` east and `y_m` north of the origin."""
        return LonLat(
            lon=self.origin.lon + x_m / self._m_per_deg_lon,
            lat=self.origin.lat + y_m / self._m_per_deg_lat,
        )
