"""Streets by OSRM: in this process, from a network that `routing.network_build` built."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import osrm
from numpy.typing import NDArray

from routing import osrm_answers
from routing.errors import RoadNetworkError
from routing.network_build import (
    NETWORK_FILE,
    NetworkBuild,
    build_city_network,
    build_network,
    current_network,
    read_build,
)
from routing.osrm_answers import Answer, OsrmRefusedError
from routing.plan import Leg
from routing.roads import Matched, Snapped
from routing.travel_matrix import TravelMatrix, TravelRows
from zones.lonlat import LonLat

__all__ = [
    "MAX_SNAP_M",
    "NetworkBuild",
    "OsrmEngine",
    "OsrmRoads",
    "build_city_network",
    "build_network",
    "current_network",
    "open_network",
    "read_build",
]

MAX_SNAP_M = 500.0
"""A point farther than this from every street is not on the network: its pairs are unreachable."""

_UNKNOWN_ACCURACY_M = 10.0
_WORST_ACCURACY_M = 50.0  # matching cost grows with the square of it, and finds wrong streets beyond
_NO_WAY = frozenset({"NoRoute", "NoSegment", "NoMatch", "NoTable"})


class OsrmEngine(Protocol):
    """Something that answers OSRM's questions: this process or a server. Raises `OsrmRefusedError` for OSRM's "no"."""

    table_size: int
    """How many sources, and how many destinations, one table question may have."""

    match_size: int
    """How many fixes one match question may have."""

    def table(self, points: Sequence[LonLat], sources: Sequence[int], destinations: Sequence[int]) -> Answer:
        """Durations and distances from `sources` to `destinations`, which are indexes into `points`."""

    def route(self, points: Sequence[LonLat]) -> Answer:
        """The fastest way through `points`, with steps and their geometry; turning back at a point is allowed."""

    def nearest(self, point: LonLat, count: int) -> Answer:
        """Up to `count` places on streets."""

    def match(self, points: Sequence[LonLat], at_s: Sequence[int], radius_m: Sequence[float]) -> Answer:
        """A track laid onto streets; `at_s` must rise."""


class _InProcessEngine:
    """
    OSRM in this process. It holds the GIL for the whole call: large tables belong in a solver's own process.

    A contraction hierarchy: a city takes a minute or two longer to build than MLD's cells would, but 1,000 x 1,000
    times and distances then take 0.8 s of CPU instead of 9 s (Porto), and each plan waits for them.
    """

    table_size = 100_000
    match_size = 10_000

    def __init__(self, network: Path) -> None:
        try:
            self._osrm = osrm.OSRM(algorithm="CH", storage_config=str(network), use_shared_memory=False)
        except RuntimeError as error:
            raise RoadNetworkError(
                f"expected a street network at {network.parent}, OSRM says: {error}; "
                "build it again with `corridor roads build`"
            ) from error

    def table(self, points: Sequence[LonLat], sources: Sequence[int], destinations: Sequence[int]) -> Answer:
        asked = osrm.TableParameters(
            coordinates=_pairs(points),
            sources=list(sources),
            destinations=list(destinations),
            annotations=["duration", "distance"],
            generate_hints=False,
        )
        return _ask(self._osrm.Table, asked)

    def route(self, points: Sequence[LonLat]) -> Answer:
        asked = osrm.RouteParameters(
            coordinates=_pairs(points),
            steps=True,
            geometries="geojson",
            overview="false",
            continue_straight=False,
            generate_hints=False,
        )
        return _ask(self._osrm.Route, asked)

    def nearest(self, point: LonLat, count: int) -> Answer:
        asked = osrm.NearestParameters(coordinates=_pairs([point]), generate_hints=False)
        asked.number_of_results = count
        return _ask(self._osrm.Nearest, asked)

    def match(self, points: Sequence[LonLat], at_s: Sequence[int], radius_m: Sequence[float]) -> Answer:
        asked = osrm.MatchParameters(
            coordinates=_pairs(points),
            timestamps=list(at_s),
            radiuses=list(radius_m),
            overview="false",
            generate_hints=False,
        )
        return _ask(self._osrm.Match, asked)


def _pairs(points: Sequence[LonLat]) -> list[tuple[float, float]]:
    return [(point.lon, point.lat) for point in points]


def _ask(service: Answer, asked: Answer) -> Answer:
    try:
        return service(asked)
    except RuntimeError as error:  # the binding has no finer class; its text is "Code - words"
        code, _, words = str(error).partition(" - ")
        raise OsrmRefusedError(code, words) from error


class OsrmRoads:
    """
    A `RoadNetwork` answered by OSRM.

    Parameters
    ----------
    engine
        Who is asked.
    build
        Which build of the network this is.
    max_snap_m
        Points farther than this from every street are unreachable.
    """

    def __init__(self, engine: OsrmEngine, build: str, max_snap_m: float = MAX_SNAP_M) -> None:
        self._engine = engine
        self._build = build
        self._max_snap_m = max_snap_m

    @property
    def source(self) -> str:
        """Always "osrm"."""
        return osrm_answers.SOURCE

    @property
    def build(self) -> str:
        """Which build of the network this is."""
        return self._build

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """
        Times and distances between all `points`; `UNREACHABLE_S` where no street joins a pair.

        A point that is on no street makes its own row and column unreachable and leaves the others alone.
        """
        rows = self.rows(points, points)
        return TravelMatrix(rows.durations_s, rows.distances_m, self.source)

    def rows(self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]) -> TravelRows:
        """Times and distances from each of the first points to each of the second; from a point to itself 0."""
        shape = (len(points_from), len(points_to))
        durations, distances = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
        size = self._engine.table_size
        for row in range(0, shape[0], size):
            for column in range(0, shape[1], size):
                block = (slice(row, row + size), slice(column, column + size))
                durations[block], distances[block] = self._table_block(points_from[block[0]], points_to[block[1]])
        columns_of: dict[LonLat, list[int]] = {}
        for column, point in enumerate(points_to):
            columns_of.setdefault(point, []).append(column)
        for row, point in enumerate(points_from):
            here = columns_of.get(point, [])
            durations[row, here] = distances[row, here] = 0
        return TravelRows(durations, distances, self.source)

    def _table_block(
        self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if points_from == points_to:
            asked = list(points_from)
            sources = destinations = range(len(asked))
        else:
            asked = [*points_from, *points_to]
            sources = range(len(points_from))
            destinations = range(len(sources), len(asked))
        if len(asked) == 1:  # the last point of a large matrix with itself; OSRM refuses a table of one
            return np.zeros((1, 1), dtype=np.int32), np.zeros((1, 1), dtype=np.int32)
        try:
            answer = self._engine.table(asked, sources, destinations)
        except OsrmRefusedError as error:
            raise RoadNetworkError(f"no table of {len(asked)} points: {error}") from error
        return osrm_answers.table_block(answer, self._max_snap_m)

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        """The legs through `points` in order (n points give n - 1 legs), None when a pair is not joined."""
        if len(points) < 2:
            return ()
        try:
            answer = self._engine.route(points)
        except OsrmRefusedError as error:
            if error.code in _NO_WAY:
                return None
            raise RoadNetworkError(f"no route through {len(points)} points: {error}") from error
        return osrm_answers.legs(answer, self._max_snap_m)

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        """Up to `count` nearest places on streets within the snapping distance, nearest first."""
        try:
            answer = self._engine.nearest(point, count)
        except OsrmRefusedError as error:
            if error.code in _NO_WAY:
                return ()
            raise RoadNetworkError(f"no street near {point}: {error}") from error
        return tuple(place for place in osrm_answers.snapped(answer) if place.distance_m <= self._max_snap_m)

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        """
        Lay a track onto the streets; `at` in rising order.

        OSRM counts whole seconds: a fix in the same second as the one before it stays None.
        """
        at_s = [int(instant.timestamp()) for instant in at]
        fixes = _rising(at_s)
        found: list[Matched] = []
        for start in range(0, len(fixes), self._engine.match_size):
            part = fixes[start : start + self._engine.match_size]
            if len(part) < 2:
                continue
            radius_m = [min(accuracy_m[i] or _UNKNOWN_ACCURACY_M, _WORST_ACCURACY_M) for i in part]
            try:
                answer = self._engine.match([points[i] for i in part], [at_s[i] for i in part], radius_m)
            except OsrmRefusedError as error:
                if error.code in _NO_WAY:
                    continue
                raise RoadNetworkError(f"no match of {len(part)} fixes: {error}") from error
            found.append(osrm_answers.matched(answer, part, len(points)))
        return Matched(
            points=tuple(next((m.points[i] for m in found if m.points[i]), None) for i in range(len(points))),
            confidence=sum(m.confidence for m in found),
            source=self.source,
        )


def _rising(at_s: Sequence[int]) -> list[int]:
    """Indexes of the instants that are later than all before them."""
    kept: list[int] = []
    for i, second in enumerate(at_s):
        if not kept or second > at_s[kept[-1]]:
            kept.append(i)
    return kept


def open_network(network_dir: Path) -> OsrmRoads:
    """
    The network that was built into `network_dir`.

    Raises
    ------
    RoadNetworkError
        When there is none, or its files are broken.
    """
    build = read_build(network_dir)
    return OsrmRoads(_InProcessEngine(network_dir / NETWORK_FILE), build.build)
