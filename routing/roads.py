"""What planning and tracking ask of a street network, and the straight-line answer when there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.plan import Leg
from routing.travel_matrix import TravelMatrix, TravelRows
from zones.lonlat import EARTH_RADIUS_M, LonLat, distance_m

DETOUR = 1.45
"""Street metres for each straight metre in cities: without a network a distance is 13-19 % off, a time 20-23 %."""

STRAIGHT_SPEED_MPS = 28 / 3.6
"""28 km/h: a car's pace in a city, lights and turns included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """A point moved to the street network: where, how far it was moved, and the street's name ("" when it has none)."""

    point: LonLat
    distance_m: float
    street: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A track laid onto the streets: one entry a fix, None where it fits no street; `confidence` 0..1."""

    points: tuple[LonLat | None, ...]
    confidence: float
    source: str


class RoadNetwork(Protocol):
    """Streets of one city for one vehicle profile and one build."""

    @property
    def source(self) -> str:
        """Who answers: "osrm" or "great_circle"."""

    @property
    def build(self) -> str:
        """Which build of the network this is; "" for the straight-line fallback."""

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """Times and distances between all `points`; `UNREACHABLE_S` where no street joins a pair."""

    def rows(self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]) -> TravelRows:
        """Times and distances from each of the first points to each of the second; the same figures as `matrix`."""

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        """The legs through `points` in order (n points give n - 1 legs), None when a pair is not joined."""

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        """Up to `count` nearest places on streets, nearest first; empty when none is near."""

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        """Lay a track onto the streets."""


class StraightLineRoads:
    """
    A `RoadNetwork` for a city without one: great circle x `DETOUR` at `STRAIGHT_SPEED_MPS`.

    Everything is reachable, a leg's path is the straight line, and every answer says "great_circle".
    """

    @property
    def source(self) -> str:
        """Always "great_circle"."""
        return "great_circle"

    @property
    def build(self) -> str:
        """Always "": there is no network."""
        return ""

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """Times and distances between all `points`, by the haversine formula on the whole table at once."""
        rows = self.rows(points, points)
        return TravelMatrix(rows.durations_s, rows.distances_m, self.source)

    def rows(self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]) -> TravelRows:
        """Times and distances from each of the first points to each of the second."""
        lon_from, lat_from = _radians(points_from)
        lon_to, lat_to = _radians(points_to)
        dlon, dlat = lon_from[:, None] - lon_to[None, :], lat_from[:, None] - lat_to[None, :]
        h = np.sin(dlat / 2) ** 2 + np.cos(lat_from)[:, None] * np.cos(lat_to)[None, :] * np.sin(dlon / 2) ** 2
        street_m = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))) * DETOUR
        return TravelRows(
            np.rint(street_m / STRAIGHT_SPEED_MPS).astype(np.int32), np.rint(street_m).astype(np.int32), self.source
        )

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        """Straight legs through `points`; never None."""
        return tuple(self._leg(a, b) for a, b in pairwise(points))

    def _leg(self, a: LonLat, b: LonLat) -> Leg:
        street_m = distance_m(a, b) * DETOUR
        return Leg(
            distance_m=round(street_m),
            duration_s=round(street_m / STRAIGHT_SPEED_MPS),
            path=(a, b),
            source=self.source,
        )

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        """The point itself: there is no street to move it to."""
        return (Snapped(point=point, distance_m=0.0),)[:count]

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        """The track as it came, with no confidence: there is no street to lay it onto."""
        return Matched(points=tuple(points), confidence=0.0, source=self.source)


def _radians(points: Sequence[LonLat]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon = np.radians(np.array([point.lon for point in points], dtype=np.float64))
    lat = np.radians(np.array([point.lat for point in points], dtype=np.float64))
    return lon, lat
