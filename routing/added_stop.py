"""One more stop in a problem that has its matrix: one row and one column instead of a new table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from routing.problem import RoutingProblem, node_points
from routing.roads import RoadNetwork
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, eq=False)
class PointTravel:
    """
    The drives between a new point and every node of a problem, int32, entry by matrix row.

    `to_s` and `to_m` lead from the nodes to the point, `from_s` and `from_m` from the point to the nodes.
    """

    to_s: NDArray[np.int32]
    to_m: NDArray[np.int32]
    from_s: NDArray[np.int32]
    from_m: NDArray[np.int32]

    def of_rows(self, rows: NDArray[np.int64]) -> "PointTravel":
        """The drives between the point and these nodes only."""
        return PointTravel(self.to_s[rows], self.to_m[rows], self.from_s[rows], self.from_m[rows])


@dataclass(frozen=True, slots=True, eq=False)
class NewStop:
    """
    A stop that is not in a problem yet, with its drives; `profile_travel` replaces `travel` for the vehicle profiles
    for which the problem has a matrix of their own.
    """

    stop: Stop
    travel: PointTravel
    profile_travel: Mapping[str, PointTravel] = field(default_factory=dict)

    def travel_of(self, vehicle_profile: str) -> PointTravel:
        """The drives of a vehicle of this profile."""
        return self.profile_travel.get(vehicle_profile, self.travel)


def point_travel(
    problem: RoutingProblem, point: LonLat, roads: RoadNetwork, rows: Sequence[int] | None = None
) -> PointTravel:
    """
    Ask the streets for the drives between a point and every node of the problem: one row and one column.

    With `rows` only these nodes are asked about and the others are unreachable from the point: on a large street
    network each costs a third of a millisecond, and most are out of question (`routing.solver.live_places`).
    """
    nodes = node_points(problem.depots, problem.stops, problem.shifts)
    asked = list(range(len(nodes))) if rows is None else list(rows)
    found = np.full((4, len(nodes)), UNREACHABLE_S, dtype=np.int32)
    if asked:
        points = [nodes[row] for row in asked]
        there, back = roads.rows(points, [point]), roads.rows([point], points)
        found[:, asked] = there.durations_s[:, 0], there.distances_m[:, 0], back.durations_s[0], back.distances_m[0]
    return PointTravel(*found)


def known_stop(problem: RoutingProblem, stop_index: int) -> NewStop:
    """A stop of the problem as if it were new to it."""
    row = problem.stop_node(stop_index)
    return NewStop(
        problem.stops[stop_index],
        _travel_of_row(problem.matrix, row),
        {profile: _travel_of_row(matrix, row) for profile, matrix in problem.matrices.items()},
    )


def with_stop(problem: RoutingProblem, new: NewStop) -> RoutingProblem:
    """
    The problem with one stop more, after its other stops.

    Raises
    ------
    ProblemError
        When its visit is in the problem already, or what it needs (locker, parcel) is not.
    """
    row = problem.stop_node(len(problem.stops))
    return replace(
        problem,
        stops=(*problem.stops, new.stop),
        matrix=grown(problem.matrix, row, new.travel),
        matrices={p: grown(matrix, row, new.travel_of(p)) for p, matrix in problem.matrices.items()},
    )


def grown(matrix: TravelMatrix, row: int, travel: PointTravel) -> TravelMatrix:
    """The matrix with a new point as its row and column number `row`; those from there on move by one."""
    return TravelMatrix(
        _grown(matrix.durations_s, row, travel.to_s, travel.from_s),
        _grown(matrix.distances_m, row, travel.to_m, travel.from_m),
        matrix.source,
    )


def _grown(table: NDArray[np.int32], row: int, into: NDArray[np.int32], out_of: NDArray[np.int32]) -> NDArray[np.int32]:
    size = len(table) + 1
    larger = np.empty((size, size), dtype=np.int32)
    larger[:row, :row] = table[:row, :row]
    larger[row + 1 :, row + 1 :] = table[row:, row:]
    larger[:row, row + 1 :] = table[:row, row:]
    larger[row + 1 :, :row] = table[row:, :row]
    larger[:row, row], larger[row + 1 :, row] = into[:row], into[row:]
    larger[row, :row], larger[row, row + 1 :] = out_of[:row], out_of[row:]
    larger[row, row] = 0
    return larger


def _travel_of_row(matrix: TravelMatrix, row: int) -> PointTravel:
    return PointTravel(
        matrix.durations_s[:, row], matrix.distances_m[:, row], matrix.durations_s[row], matrix.distances_m[row]
    )
