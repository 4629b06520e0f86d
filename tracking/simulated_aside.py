"""Ways that leave the planned streets, and how far a place is from them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.roads import RoadNetwork
from tracking.line_geometry import LineGeometry, line_geometry
from zones.lonlat import LocalMetres, LonLat, distance_m

_PIECE_M = 25.0
_CLEARLY_OFF_M = 120.0
_AT_ONCE = 128
_LONGER_AT_MOST = 2.0
_LONGER_AT_MOST_M = 3_000.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a way, and the pace of its streets, metres a second."""

    path: Sequence[LonLat]
    mps: float

    @property
    def length_m(self) -> float:
        """Metres along it."""
        return sum(distance_m(a, b) for a, b in itertools.pairwise(self.path))


def way_aside(roads: RoadNetwork | None, planned: Sequence[LonLat], size_m: float, mps: float) -> Sequence[Stretch]:
    """
    The way over a point aside that leads furthest from the plan; the first that is clearly off it.

    Nobody who means to go on to the stop drives several times as far: such a way is not taken, and the plan is when no
    other is left. `mps` is the pace on the plan, and where there are no streets.
    """
    plan = line_of(planned)
    most_m = _LONGER_AT_MOST * float(plan.length_m) + _LONGER_AT_MOST_M
    best: Sequence[Stretch] = (Stretch(planned, mps),)
    best_m = 0.0
    for size in (size_m, 1.6 * size_m, 2.5 * size_m):
        for side in (1.0, -1.0):
            way = _way_over(roads, planned, side * size, mps)
            off_m = max(off_plan_m(plan, p) for stretch in way for p in stretch.path)
            if off_m > best_m and sum(stretch.length_m for stretch in way) <= most_m:
                best, best_m = way, off_m
        if best_m > _CLEARLY_OFF_M:
            break
    return best


def off_plan_m(plan: LineGeometry, point: LonLat) -> float:
    """Metres from a place to the nearest place of the plan."""
    return float(plan.distances_m(*plan.xy_m(point.lon, point.lat))[0].min())


def off_line_m(line: Sequence[LonLat], points: Sequence[LonLat]) -> NDArray[np.float64]:
    """Metres from each of many places to the nearest place of a line of at least one point, shape (n,)."""
    plane = LocalMetres(line[0])
    vertices = plane.many_to_xy_m(line)
    places = plane.many_to_xy_m(points) if points else np.zeros((0, 2))
    starts, steps = (vertices[:-1], np.diff(vertices, axis=0)) if len(line) > 1 else (vertices, np.zeros((1, 2)))
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    found = np.empty(len(places))
    for i in range(0, len(places), _AT_ONCE):
        off = places[i : i + _AT_ONCE, None, :] - starts[None, :, :]
        share = np.clip((off * steps).sum(axis=2) / squared, 0.0, 1.0)
        aside = off - share[:, :, None] * steps
        found[i : i + _AT_ONCE] = np.sqrt((aside**2).sum(axis=2).min(axis=1))
    return found


def line_of(points: Sequence[LonLat]) -> LineGeometry:
    """The geometry of a path."""
    along = [0.0]
    for a, b in itertools.pairwise(points):
        along.append(along[-1] + distance_m(a, b))
    return line_geometry(points, along, along)


def cut(path: Sequence[LonLat]) -> list[LonLat]:
    """The path with points about 25 m apart."""
    points = list(path[:1])
    for a, b in itertools.pairwise(path):
        count = max(1, round(distance_m(a, b) / _PIECE_M))
        points += [
            LonLat(lon=a.lon + (b.lon - a.lon) * k / count, lat=a.lat + (b.lat - a.lat) * k / count)
            for k in range(1, count + 1)
        ]
    return points


def _way_over(roads: RoadNetwork | None, planned: Sequence[LonLat], aside_m: float, mps: float) -> Sequence[Stretch]:
    plane = LocalMetres(planned[0])
    end_x, end_y = plane.to_xy_m(planned[-1])
    long_m = max(1.0, (end_x**2 + end_y**2) ** 0.5)
    via = plane.to_lonlat(end_x / 2 - end_y / long_m * aside_m, end_y / 2 + end_x / long_m * aside_m)
    if roads is None:
        return (Stretch((planned[0], via, planned[-1]), mps),)
    snapped = roads.nearest(via)
    via = snapped[0].point if snapped else via
    legs = roads.route((planned[0], via, planned[-1]))
    if legs is None:
        return (Stretch(planned, mps),)
    way = [Stretch(leg.path, leg.distance_m / leg.duration_s if leg.duration_s else mps) for leg in legs if leg.path]
    return way or (Stretch((planned[0], via, planned[-1]), mps),)
