"""Turns the rings of a GeoJSON polygon into an area, or says what is wrong with each point and ring."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import shapely
from shapely import LinearRing, Polygon

from zones.lonlat import LonLat

type Corner = tuple[float, float]

_POINTS_NAMED = 5
"""A ring whose every point is wrong (exchanged axes) needs few lines, not thousands."""


@dataclass(slots=True)
class RingReader:
    """
    Reads polygons of one feature and gathers their problems.

    `report` is called as (code, place inside the feature, message, point or None) for each error.
    """

    report: Callable[[str, str, str, LonLat | None], None]
    has_altitude: bool = field(default=False, init=False)

    def polygon(self, rings: Any, place: str) -> Polygon | None:
        """The polygon of an outer ring and its holes; None when any of it is wrong."""
        if not isinstance(rings, list) or not rings:
            self._wrong("no_rings", place, "the polygon has no rings; draw its outline, or remove the feature")
            return None
        read = [self._ring(ring, _join(place, f"ring {number}")) for number, ring in enumerate(rings)]
        sound = [ring for ring in read if ring is not None]
        if len(sound) < len(read):
            return None
        polygon = Polygon(sound[0], sound[1:])
        if not polygon.is_valid:
            self._report_shape(polygon, place)
            return None
        return polygon

    def _ring(self, ring: Any, place: str) -> list[Corner] | None:
        if not isinstance(ring, list):
            self._wrong("not_a_ring", place, f"expected a list of points, got {_shown(ring)}; export the file again")
            return None
        corners: list[Corner] = []
        wrong = 0
        for number, position in enumerate(ring):
            found = self._corner(position)
            if not isinstance(found, _BadPoint):
                corners.append(found)
                continue
            wrong += 1
            if wrong <= _POINTS_NAMED:
                self._wrong(found.code, _join(place, f"point {number}"), found.message)
        if wrong > _POINTS_NAMED:
            more = wrong - _POINTS_NAMED
            self._wrong("more_points", place, f"{more} more points of this ring are wrong as well; correct them too")
        if wrong:
            return None
        if not corners:
            self._wrong("ring_too_short", place, "the ring has no points; draw it, or remove it")
            return None
        is_closed = corners[0] == corners[-1]
        if not is_closed:
            first, last = corners[0], corners[-1]
            self._wrong(
                "ring_not_closed",
                _join(place, f"point {len(corners) - 1}"),
                f"the ring is not closed: it starts at {_place(first)} and ends at {_place(last)}; "
                "repeat the first point at the end",
                last,
            )
        distinct = len(set(corners))
        if distinct < 3:
            self._wrong(
                "ring_too_short",
                place,
                f"the ring has {distinct} different points, an area needs 3; add points, or remove the ring",
                corners[0],
            )
        elif is_closed and not LinearRing(corners).is_simple:
            self._report_crossing(corners, place)
        elif is_closed:
            return _without_repeats(corners)
        return None

    def _corner(self, position: Any) -> "Corner | _BadPoint":
        if not isinstance(position, list) or len(position) < 2:
            return _BadPoint(
                "not_a_point", f"expected [longitude, latitude], got {_shown(position)}; correct the point"
            )
        lon, lat = _number(position[0]), _number(position[1])
        if lon is None or lat is None:
            bad = position[0] if lon is None else position[1]
            return _BadPoint(
                "not_a_number",
                f"expected two numbers, got {_shown(bad)}; write degrees such as 24.94, without quotes",
            )
        self.has_altitude |= len(position) > 2
        if abs(lon) <= 180 and abs(lat) <= 90:
            return (lon, lat)
        if abs(lat) <= 180 and abs(lon) <= 90:
            return _BadPoint(
                "swapped_axes",
                f"a latitude of {lat:g} is off the earth, with the axes exchanged it fits; write longitude first",
            )
        return _BadPoint(
            "off_the_earth",
            f"longitude {lon:g}, latitude {lat:g} is off the earth; export the file in degrees (WGS 84), not in metres",
        )

    def _report_crossing(self, corners: list[Corner], place: str) -> None:
        """Name the place where a closed ring crosses or touches itself, and the nearest point before it."""
        reason, at = _invalid_at(Polygon(corners))
        if at is None:
            self._wrong("ring_crosses_itself", place, f"the ring crosses itself ({reason}); redraw it", corners[0])
            return
        number = _edge_through(corners, at)
        self._wrong(
            "ring_crosses_itself",
            _join(place, f"point {number}"),
            f"the ring crosses itself at {_place(at)}, after point {number}; move or remove a point there",
            at,
        )

    def _report_shape(self, polygon: Polygon, place: str) -> None:
        reason, at = _invalid_at(polygon)
        shown = f" at {_place(at)}" if at else ""
        self._wrong(
            "broken_area",
            place,
            f"the rings do not make an area: {reason.lower()}{shown}; "
            "holes lie inside the outer ring and do not cross it or each other",
            at,
        )

    def _wrong(self, code: str, place: str, message: str, at: Corner | None = None) -> None:
        self.report(code, place, message, LonLat(lon=at[0], lat=at[1]) if at else None)


@dataclass(frozen=True, slots=True)
class _BadPoint:
    code: str
    message: str


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON has whole numbers of any length
        return None
    return number if math.isfinite(number) else None


def _without_repeats(corners: list[Corner]) -> list[Corner]:
    return [corner for i, corner in enumerate(corners) if i == 0 or corner != corners[i - 1]]


def _invalid_at(polygon: Polygon) -> tuple[str, Corner | None]:
    """GEOS answers such as `Self-intersection[24.94 60.17]`."""
    reason, _, at = str(shapely.is_valid_reason(polygon)).partition("[")
    try:
        lon, lat = (float(number) for number in at.rstrip("]").split()[:2])
    except ValueError:
        return reason.strip(), None
    return reason.strip(), (lon, lat)


def _edge_through(corners: list[Corner], at: Corner) -> int:
    """The number of the point that starts the first edge through `at`: a crossing lies on two, but for rounding."""
    edges = shapely.linestrings(list(pairwise(corners)))
    away_deg = shapely.distance(edges, shapely.Point(at))
    return int((away_deg <= away_deg.min() + 1e-9).argmax())


def _place(corner: Corner) -> str:
    return f"{corner[0]:.6f}, {corner[1]:.6f}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _join(place: str, inner: str) -> str:
    return f"{place}, {inner}" if place else inner
