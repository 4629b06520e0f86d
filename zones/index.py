"""Finds the zone that a point lies in, exactly, and says why this one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Point, STRtree
from shapely.ops import nearest_points

from zones.lonlat import LocalMetres, LonLat, distance_m
from zones.zone import Zone, ZoneSet

BORDER_M = 0.05
"""A point outside every zone but this near to one lies on its border: drawn borders rarely meet to the last digit."""


class Reason(StrEnum):
    """Which rule decided: the only zone there, or what set the winner apart from the next one; or none is there."""

    ONLY = "only"
    PRIORITY = "priority"
    SMALLER_AREA = "smaller_area"
    SMALLER_ID = "smaller_id"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """
    The zone of a point, and why.

    Parameters
    ----------
    zone
        None when the point is outside every zone.
    losers
        Other zones that hold the point, best first.
    nearest, nearest_m
        When outside: the zone that is nearest and the metres to its border. None when inside, or without zones.
    """

    zone: Zone | None
    reason: Reason
    losers: tuple[Zone, ...] = ()
    nearest: Zone | None = None
    nearest_m: float | None = None


def rank_key(zone: Zone) -> tuple[int, float, str]:
    """Sorts zones by who wins where several hold a point: higher priority, then smaller area, then smaller id."""
    return (-zone.priority, float(zone.area.area), zone.zone_id)


class ZoneIndex:
    """
    All zones of one set, ready to be asked. Safe to share between threads: nothing changes after it is made.

    One rule for borders and overlaps: a border belongs to every zone that touches it, and among all zones that hold a
    point the highest priority wins, then the smaller area, then the smaller id. So a point always gets the same zone,
    whatever the order of the zones in the file.
    """

    def __init__(self, zone_set: ZoneSet) -> None:
        self._zones = tuple(sorted(zone_set.zones, key=rank_key))
        self._areas = np.array([zone.area for zone in self._zones], dtype=object)
        shapely.prepare(self._areas)
        self._tree = STRtree(self._areas)
        self._metres: LocalMetres | None = None
        if self._zones:
            west, south, east, north = shapely.total_bounds(self._areas).tolist()
            self._metres = LocalMetres(LonLat(lon=(west + east) / 2, lat=(south + north) / 2))
            # A degree of longitude is shorter than one of latitude: "nearest" has to be asked in metres.
            self._tree_m = STRtree(shapely.transform(self._areas, self._to_metres))

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, the strongest first."""
        return self._zones

    def resolve(self, point: LonLat) -> Resolved:
        """The zone of one point."""
        found = self._tree.query(Point(point.lon, point.lat))
        holds = shapely.intersects_xy(self._areas[found], point.lon, point.lat)
        return self._decide(point, sorted(found[holds].tolist()))

    def resolve_many(self, points: Sequence[LonLat]) -> tuple[Resolved, ...]:
        """The zone of each point, in the order given; the same answers as `resolve`."""
        return tuple(self._decide(point, ranks) for point, ranks in zip(points, self._holders(points), strict=True))

    def _holders(self, points: Sequence[LonLat]) -> Iterator[list[int]]:
        """For each point the ranks of all zones that hold it, best first."""
        lonlat = np.array([(point.lon, point.lat) for point in points], dtype=np.float64).reshape(-1, 2)
        asked, found = self._tree.query(shapely.points(lonlat))
        holds = shapely.intersects_xy(self._areas[found], lonlat[asked, 0], lonlat[asked, 1])
        asked, found = asked[holds], found[holds]
        order = np.lexsort((found, asked))
        asked, found = asked[order], found[order]
        ends = np.searchsorted(asked, np.arange(len(points) + 1))
        for start, end in pairwise(ends.tolist()):
            yield found[start:end].tolist()

    def _decide(self, point: LonLat, ranks: list[int]) -> Resolved:
        if not ranks:
            return self._outside(point)
        winner, *losers = (self._zones[rank] for rank in ranks)
        return Resolved(zone=winner, reason=_why(winner, losers), losers=tuple(losers))

    def _outside(self, point: LonLat) -> Resolved:
        if self._metres is None:
            return Resolved(zone=None, reason=Reason.OUTSIDE)
        here = Point(*self._metres.to_xy_m(point))
        touching = sorted(self._tree_m.query(here, predicate="dwithin", distance=BORDER_M).tolist())
        if touching:
            winner, *losers = (self._zones[rank] for rank in touching)
            return Resolved(zone=winner, reason=_why(winner, losers), losers=tuple(losers))
        # Several may be equally near: the strongest of them, so that the answer does not depend on the tree's order.
        rank = int(np.min(self._tree_m.query_nearest(here)))
        place, _ = nearest_points(self._tree_m.geometries[rank], here)
        metres = distance_m(point, self._metres.to_lonlat(place.x, place.y))
        return Resolved(zone=None, reason=Reason.OUTSIDE, nearest=self._zones[rank], nearest_m=metres)

    def _to_metres(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self._metres is not None  # noqa: S101 - only called once it is set
        return self._metres.many_to_xy_m([LonLat(lon=lon, lat=lat) for lon, lat in lonlat.tolist()])


def _why(winner: Zone, losers: Sequence[Zone]) -> Reason:
    if not losers:
        return Reason.ONLY
    second = losers[0]
    if winner.priority != second.priority:
        return Reason.PRIORITY
    if winner.area.area != second.area.area:
        return Reason.SMALLER_AREA
    return Reason.SMALLER_ID
