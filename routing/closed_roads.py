"""
A street network with closed areas: drives that would cross one go around it.

The engine below cannot leave streets out of a single question, so a drive through a closed area is asked again by way
of points around it; the shortest answer that stays outside is taken, and none means that there is no way. That is exact
for every drive asked by `drive` and `route`, up to the choice of points: a shorter way around may exist. In a whole
table only drives that matter are asked like this (each place's nearest others), for the rest a drive whose straight
line crosses is made longer by the way around the area as the crow flies. Whoever uses such a drive asks `drive`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from routing.change_rules import Closure
from routing.plan import Leg
from routing.roads import Matched, RoadNetwork, Snapped
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix, TravelRows
from zones.lonlat import LocalMetres, LonLat

NEAREST = 10
"""Drives to so many nearest places of each place are asked exactly in a table."""

MOST_ASKED = 1_500
"""So many drives of one table are asked exactly at most, the shortest first."""

ASIDE_M = (40.0, 200.0, 700.0)
"""How far from the closed area the points lie by which drives are led; the next is tried when none stays outside."""


class ClosedRoads:
    """A `RoadNetwork` in which nobody drives through these closures; who is inside one may leave it."""

    def __init__(self, roads: RoadNetwork, closures: Sequence[Closure]) -> None:
        self._roads = roads
        self._metres = LocalMetres(closures[0].ring[0])
        areas = [_area(closure, self._metres) for closure in closures]
        self._areas: list[Polygon] = _polygons(shapely.union_all(areas))
        self._known: dict[tuple[LonLat, LonLat], Leg | None] = {}

    @property
    def source(self) -> str:
        """Who answers: that of the network below."""
        return self._roads.source

    @property
    def build(self) -> str:
        """Which build of the network below this is."""
        return self._roads.build

    def is_inside(self, point: LonLat) -> bool:
        """Whether a place, or the street nearest to it, lies in a closed area, its border included."""
        places = [point, *(one.point for one in self._roads.nearest(point))]
        return len(self._areas_without(places)) < len(self._areas)

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """Times and distances between all `points` with closed areas in mind, as far as the module says."""
        base = self._roads.matrix(points)
        durations_s, distances_m = self._corrected(points, points, base.durations_s, base.distances_m)
        return TravelMatrix(durations_s, distances_m, base.source)

    def rows(self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]) -> TravelRows:
        """Times and distances from each of the first points to each of the second, as `matrix` gives them."""
        base = self._roads.rows(points_from, points_to)
        durations_s, distances_m = self._corrected(points_from, points_to, base.durations_s, base.distances_m)
        return TravelRows(durations_s, distances_m, base.source)

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        """The legs through `points` in order, around closed areas; None when a pair is not joined."""
        legs = tuple(self.drive(a, b) for a, b in pairwise(points))
        joined = tuple(leg for leg in legs if leg is not None)
        return joined if len(joined) == len(legs) else None

    def drive(self, a: LonLat, b: LonLat) -> Leg | None:
        """The drive from `a` to `b` around closed areas; None when there is none."""
        if (a, b) not in self._known:
            self._known[a, b] = self._asked(a, b)
        return self._known[a, b]

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        """Places on streets, closed ones too."""
        return self._roads.nearest(point, count)

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        """Lay a track onto the streets, closed ones too."""
        return self._roads.match(points, at, accuracy_m)

    def _asked(self, a: LonLat, b: LonLat) -> Leg | None:
        found = self._roads.route([a, b])
        if found is None:
            return None
        # The street at an end counts too: who stands beside a closed one drives out of it.
        areas = self._areas_without([a, b, *found[0].path[:1], *found[0].path[-1:]])
        crossed = self._crossed(found[0].path, areas)
        return found[0] if not crossed else self._around(a, b, areas, crossed)

    def _areas_without(self, places: Sequence[LonLat]) -> list[Polygon]:
        """The areas that hold none of these places."""
        points = [Point(self._metres.to_xy_m(one)) for one in places]
        return [area for area in self._areas if not any(area.intersects(point) for point in points)]

    def _crossed(self, path: Sequence[LonLat], areas: Sequence[Polygon]) -> list[Polygon]:
        if len(path) < 2:
            return []
        line = LineString(self._metres.many_to_xy_m(path))
        return [area for area in areas if area.intersects(line)]

    def _around(self, a: LonLat, b: LonLat, areas: list[Polygon], crossed: list[Polygon]) -> Leg | None:
        """The shortest drive by points around what it would cross that stays outside of every area."""
        obstacles = [*crossed, MultiPolygon(crossed).convex_hull] if len(crossed) > 1 else crossed
        for aside_m in ASIDE_M:
            ways: list[Leg] = []
            for obstacle in obstacles:
                for by in self._points_around(obstacle, aside_m, a, b):
                    legs = self._roads.route([a, *by, b])
                    if legs is None:
                        continue
                    leg = _joined(legs)
                    if not self._crossed(leg.path, areas):
                        ways.append(leg)
            if ways:
                return min(ways, key=lambda leg: (leg.duration_s, leg.distance_m))
        return None

    def _points_around(self, obstacle: BaseGeometry, aside_m: float, a: LonLat, b: LonLat) -> list[list[LonLat]]:
        """Points to drive by, in order: those of the tight ways around on both sides, and each corner alone."""
        hull = obstacle.convex_hull.buffer(aside_m, join_style="mitre", mitre_limit=2.0).simplify(aside_m / 4)
        corners = shapely.get_coordinates(hull)[:-1]
        ends = [self._metres.to_xy_m(a), self._metres.to_xy_m(b)]
        ring = _ring_through(corners, ends)
        if ring is None:
            ring = corners
            ends = [corners[int(np.hypot(*(corners - end).T).argmin())] for end in ends]
        points = [self._metres.to_lonlat(float(x), float(y)) for x, y in ring]
        first, last = (int(np.hypot(*(ring - end).T).argmin()) for end in ends)
        size, is_tight = len(points), ring is not corners
        onward = [points[(first + n) % size] for n in range((last - first) % size + 1)]
        backward = [points[(first - n) % size] for n in range((first - last) % size + 1)]
        ways = [way[1:-1] if is_tight else way for way in (onward, backward)]
        return [way for way in ways if way] + [[self._metres.to_lonlat(float(x), float(y))] for x, y in corners]

    def _corrected(
        self,
        points_from: Sequence[LonLat],
        points_to: Sequence[LonLat],
        durations_s: NDArray[np.int32],
        distances_m: NDArray[np.int32],
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        durations_s, distances_m = durations_s.copy(), distances_m.copy()
        xy_from, xy_to = self._metres.many_to_xy_m(points_from), self._metres.many_to_xy_m(points_to)
        may_cross = np.zeros(durations_s.shape, dtype=bool)
        for area in self._areas:
            may_cross |= _may_cross(area, xy_from, xy_to, distances_m)
        may_cross &= durations_s < UNREACHABLE_S
        asked = self._asked_mask(may_cross, durations_s)
        self._lengthen(may_cross & ~asked, xy_from, xy_to, durations_s, distances_m)
        for row, column in np.argwhere(asked).tolist():
            leg = self.drive(points_from[row], points_to[column])
            durations_s[row, column] = UNREACHABLE_S if leg is None else leg.duration_s
            distances_m[row, column] = UNREACHABLE_S if leg is None else leg.distance_m
        return durations_s, distances_m

    def _asked_mask(self, may_cross: NDArray[np.bool_], durations_s: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Of the drives that may cross, those to and from the nearest places, at most `MOST_ASKED`."""
        asked = np.zeros_like(may_cross)
        for axis in (0, 1):
            order = np.argsort(durations_s, axis=axis, kind="stable")
            nearest = np.take(order, np.arange(min(NEAREST + 1, order.shape[axis])), axis=axis)
            np.put_along_axis(asked, nearest, True, axis=axis)
        asked &= may_cross
        chosen = np.argwhere(asked)
        if len(chosen) > MOST_ASKED:
            longest_first = np.argsort(-durations_s[tuple(chosen.T)], kind="stable")
            beyond = chosen[longest_first[: len(chosen) - MOST_ASKED]]
            asked[tuple(beyond.T)] = False
        return asked

    def _lengthen(
        self,
        cells: NDArray[np.bool_],
        xy_from: NDArray[np.float64],
        xy_to: NDArray[np.float64],
        durations_s: NDArray[np.int32],
        distances_m: NDArray[np.int32],
    ) -> None:
        """Make drives longer whose straight line crosses, by the way around the area's hull as the crow flies."""
        rows, columns = np.nonzero(cells)
        if not len(rows):
            return
        ends = np.stack([xy_from[rows], xy_to[columns]], axis=1)
        lines = np.asarray(shapely.linestrings(ends))
        for area in self._areas:
            hull = area.convex_hull
            shapely.prepare(hull)
            crossing = np.flatnonzero(shapely.intersects(hull, lines))
            share = _longer_by(shapely.get_coordinates(hull), ends[crossing])
            cell = (rows[crossing], columns[crossing])
            for table in (durations_s, distances_m):
                table[cell] = np.minimum(np.rint(table[cell] * share), UNREACHABLE_S - 1).astype(np.int32)


def _area(closure: Closure, metres: LocalMetres) -> BaseGeometry:
    return shapely.make_valid(Polygon(metres.many_to_xy_m(closure.ring)))


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]


def _may_cross(
    area: Polygon, xy_from: NDArray[np.float64], xy_to: NDArray[np.float64], distances_m: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Drives that are long enough to touch the area; from and to inside it they are left alone."""
    away_from = np.asarray(shapely.distance(area, np.asarray(shapely.points(xy_from))))
    away_to = np.asarray(shapely.distance(area, np.asarray(shapely.points(xy_to))))
    # a metre in two hundred: the plane is not the earth, and the streets' end is not quite the place
    reach_m = distances_m * 1.005 + 200
    outside = (away_from > 0)[:, None] & (away_to > 0)[None, :]
    return np.asarray(outside & (away_from[:, None] + away_to[None, :] <= reach_m))


def _ring_through(corners: NDArray[np.float64], ends: Sequence[tuple[float, float]]) -> NDArray[np.float64] | None:
    """The corners of the tight band around the obstacle and both ends; None when an end is not on it."""
    band = shapely.get_coordinates(MultiPoint(np.concatenate([corners, np.array(ends)])).convex_hull)[:-1]
    is_on = all(len(band) and float(np.hypot(*(band - end).T).min()) < 1e-6 for end in ends)
    return band if is_on else None


def _longer_by(corners: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    How much longer the way around a convex area is than the straight line, for lines (n, 2, 2) that cross it.

    The way is taken by the corner that lies farthest aside, on the better side of the line.
    """
    start, along = ends[:, None, 0], ends[:, 1] - ends[:, 0]
    straight_m = np.maximum(np.hypot(*along.T), 1.0)
    offset = corners[None] - start
    aside = along[:, None, 0] * offset[..., 1] - along[:, None, 1] * offset[..., 0]
    ways_m = []
    for farthest in (aside.argmax(axis=1), aside.argmin(axis=1)):
        corner = corners[farthest]
        ways_m.append(np.hypot(*(corner - ends[:, 0]).T) + np.hypot(*(corner - ends[:, 1]).T))
    way_m = np.minimum(*ways_m)
    return np.asarray(np.maximum(way_m / straight_m, 1.0))


def _joined(legs: Sequence[Leg]) -> Leg:
    path = legs[0].path + tuple(point for leg in legs[1:] for point in leg.path[1:])
    return replace(
        legs[0],
        distance_m=sum(leg.distance_m for leg in legs),
        duration_s=sum(leg.duration_s for leg in legs),
        path=path,
    )


def street_ring(line: Sequence[LonLat], width_m: float) -> tuple[LonLat, ...]:
    """The corners of a street `width_m` wide along a line: a closed street as a narrow closed area."""
    metres = LocalMetres(line[0])
    band = LineString(metres.many_to_xy_m(line)).buffer(width_m / 2, cap_style="flat", join_style="mitre")
    corners = shapely.get_coordinates(band.exterior if isinstance(band, Polygon) else band.convex_hull)
    return tuple(metres.to_lonlat(float(x), float(y)) for x, y in corners[:-1])


def closures_between(closures: Iterable[Closure], from_at: datetime, until_at: datetime) -> tuple[Closure, ...]:
    """The closures that hold at any time of this span."""
    return tuple(one for one in closures if one.holds_between(from_at, until_at))
