"""What planning and tracking ask of a street network, and the straight-line answer when there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from routing.plan import Leg
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat


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

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        """The legs through `points` in order (n points give n - 1 legs), None when a pair is not joined."""

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        """Up to `count` nearest places on streets, nearest first; empty when none is near."""

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        """Lay a track onto the streets."""
