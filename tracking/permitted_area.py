"""Where a courier may be: the zones permitted to him as one shape that a fix is held against in microseconds."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zones.lonlat import LocalMetres, LonLat

NOWHERE_M = 20_038_000.0
"""Half round the earth: as far as a border that does not exist can be. A state holds no infinite number."""


class PermittedArea(Protocol):
    """Where a courier may be."""

    def margin_m(self, *, lon: float, lat: float) -> float:
        """Metres to the border of the area: positive inside, negative outside."""


class ZonesArea:
    """
    The union of some zones.

    Parameters
    ----------
    areas
        Polygons or multipolygons in degrees, longitude first. None at all permits nothing.
    """

    def __init__(self, areas: Iterable[BaseGeometry]) -> None:
        self._shape = shapely.union_all(list(areas))
        self._border: BaseGeometry | None = None
        if self._shape.is_empty:
            return
        centre = self._shape.centroid
        self._plane = LocalMetres(LonLat(lon=centre.x, lat=centre.y))
        self._shape = shapely.transform(self._shape, self._to_metres)
        self._border = shapely.boundary(self._shape)
        shapely.prepare(self._shape)
        shapely.prepare(self._border)

    def margin_m(self, *, lon: float, lat: float) -> float:
        """Metres to the border: positive inside, negative outside; minus `NOWHERE_M` where nothing is."""
        if self._border is None:
            return -NOWHERE_M
        x, y = self._plane.to_xy_m(LonLat(lon=lon, lat=lat))
        distance = float(shapely.distance(self._border, shapely.Point(x, y)))
        return distance if shapely.contains_xy(self._shape, x, y) else -distance

    def _to_metres(self, degrees: np.ndarray) -> np.ndarray:
        return np.array([self._plane.to_xy_m(LonLat(lon=float(lon), lat=float(lat))) for lon, lat in degrees])
