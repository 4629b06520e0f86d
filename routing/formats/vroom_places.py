"""Where the tasks and vehicles of a VROOM problem are, and the matrices between those places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.formats.json_values import warn_unknown
from routing.matrix_check import check_matrix
from routing.problem_check import LARGEST, ProblemList
from routing.roads import RoadNetwork
from zones.lonlat import LonLat

type Table = NDArray[np.int64]

type PlaceKey = int | LonLat
"""The row in the file's matrices, or the coordinates when it has none."""

ANYWHERE = LonLat(lon=-180.0, lat=-90.0)
"""Stands for the start of a vehicle that starts at its first task: no drive leads away from it."""


@dataclass(frozen=True, slots=True)
class FileMatrix:
    """What the file has for one profile; None where it has nothing."""

    durations: Table
    distances: Table | None = None
    costs: Table | None = None


@dataclass(slots=True)
class VroomPlaces:
    """
    The places named so far: by row when the file has matrices, else by coordinates.

    `points` are the coordinates of rows that have some; `uses` counts how often each place is named.
    """

    matrices: dict[str, FileMatrix]
    by_index: bool
    rows: int | None
    points: dict[int, LonLat] = field(default_factory=dict)
    uses: dict[PlaceKey, int] = field(default_factory=dict)

    def place(
        self, location: LonLat | None, index: int | None, where: str, names: tuple[str, str], problems: ProblemList
    ) -> PlaceKey | None:
        """The key of a place; None when it is not given at all, or wrong, which is then in `problems`."""
        key = self._by_index(location, index, where, names, problems) if self.by_index else location
        if not self.by_index and location is None and index is not None:
            message = f"{names[1]} names a row, and the file has no matrices; add them, or give {names[0]}"
            problems.error("index_without_matrix", f"{where}.{names[1]}", message)
        if key is not None:
            self.uses[key] = self.uses.get(key, 0) + 1
        return key

    def _by_index(
        self, location: LonLat | None, index: int | None, where: str, names: tuple[str, str], problems: ProblemList
    ) -> int | None:
        if index is None:
            if location is not None:
                message = f"the file has matrices, so {names[1]} must name the row of this place; add it"
                problems.error("missing_index", where, message)
            return None
        if not 0 <= index < (LARGEST if self.rows is None else self.rows):
            message = f"expected a row 0..{(self.rows or 1) - 1} of the matrices, got {index}; correct it"
            problems.error("index_out_of_range", f"{where}.{names[1]}", message)
            return None
        if location is not None:
            self.points.setdefault(index, location)
        return index

    @property
    def has_coordinates(self) -> bool:
        """True when every place has coordinates of its own."""
        return not self.by_index or all(key in self.points for key in self.uses)

    def point(self, key: PlaceKey) -> LonLat:
        """The coordinates of a place; some that only tell places apart when not every place has them."""
        if isinstance(key, LonLat):
            return key
        return self.points[key] if self.has_coordinates else LonLat(lon=key % 1000 / 1000, lat=key // 1000 / 1000)

    def matrix_of(self, profile: str, keys: Sequence[PlaceKey | None], roads: RoadNetwork) -> FileMatrix:
        """
        The matrix between these places, in this order; None stands for the start anywhere.

        `roads` answer for a profile that has no matrix in the file.
        """
        real = [key for key in keys if key is not None]
        given = self.matrices.get(profile)
        if given is None:
            travel = roads.matrix([self.point(key) for key in real])
            found = FileMatrix(travel.durations_s.astype(np.int64), travel.distances_m.astype(np.int64))
        else:
            rows = np.array(real, dtype=np.int64)
            chosen = np.ix_(rows, rows)
            found = FileMatrix(
                given.durations[chosen],
                None if given.distances is None else given.distances[chosen],
                None if given.costs is None else given.costs[chosen],
            )
        at = np.array([position for position, key in enumerate(keys) if key is not None], dtype=np.int64)
        if len(at) == len(keys):
            return found
        return FileMatrix(*(_spread(table, at, len(keys)) for table in (found.durations, found.distances, found.costs)))


def _spread(table: Any, at: NDArray[np.int64], size: int) -> Any:
    """The table with rows and columns of zeros for the places that are not `at`."""
    if table is None:
        return None
    wide = np.zeros((size, size), dtype=np.int64)
    wide[np.ix_(at, at)] = table
    return wide


def read_matrices(document: dict[str, Any], problems: ProblemList) -> VroomPlaces:
    """The file's matrices, checked; every one must be square and all of one size."""
    given = document.get("matrices")
    if given is None and document.get("matrix") is not None:
        given = {"car": {"durations": document["matrix"]}}
    if given is None:
        return VroomPlaces({}, by_index=False, rows=None)
    if not isinstance(given, dict):
        problems.error("wrong_type", "$.matrices", "expected an object: profile -> {durations, distances, costs}")
        return VroomPlaces({}, by_index=True, rows=None)
    matrices: dict[str, FileMatrix] = {}
    size: int | None = None
    for profile, tables in given.items():
        where = f"$.matrices.{profile}"
        if not isinstance(tables, dict) or "durations" not in tables:
            problems.error("missing_field", where, "expected an object with durations; add them")
            continue
        warn_unknown(tables, ("durations", "distances", "costs"), where, problems)
        read: dict[str, Table | None] = {}
        for name in ("durations", "distances", "costs"):
            if tables.get(name) is not None:
                read[name] = check_matrix(tables[name], f"{where}.{name}", problems, size)
                if size is None and isinstance(tables[name], list):
                    size = len(tables[name])
        durations = read.get("durations")
        if durations is not None:
            matrices[profile] = FileMatrix(durations, read.get("distances"), read.get("costs"))
    return VroomPlaces(matrices, by_index=True, rows=size)
