"""Driving times and distances between every pair of points."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from routing.errors import HourFactorsError, MatrixShapeError

UNREACHABLE_S = np.int32(2**30)
"""In `durations_s` and `distances_m`: no street joins this pair."""

SHORTEST_LEG_S = 30.0
"""Seconds; what pulling out and finding a place to stop cost is not paid on a shorter leg."""


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """
    Driving times and distances between every pair of points.

    Parameters
    ----------
    durations_s
        Seconds, int32, shape (n, n). Row = from, column = to; one-way streets make it asymmetric.
        `UNREACHABLE_S` where no street joins the pair.
    distances_m
        Metres, same dtype, shape and order.
    source
        What answered: "osrm" or "great_circle".

    Raises
    ------
    MatrixShapeError
        When the arrays are not square or differ in shape.
    """

    durations_s: NDArray[np.int32]
    distances_m: NDArray[np.int32]
    source: str

    def __post_init__(self) -> None:
        shape = self.durations_s.shape
        if len(shape) != 2 or shape[0] != shape[1] or shape != self.distances_m.shape:
            raise MatrixShapeError(shape, self.distances_m.shape)


@dataclass(frozen=True, slots=True, eq=False)
class TravelRows:
    """
    Driving times and distances from some points to others: int32 arrays of shape (from, to), as in `TravelMatrix`.

    Raises
    ------
    MatrixShapeError
        When the arrays differ in shape.
    """

    durations_s: NDArray[np.int32]
    distances_m: NDArray[np.int32]
    source: str

    def __post_init__(self) -> None:
        if self.durations_s.ndim != 2 or self.durations_s.shape != self.distances_m.shape:
            raise MatrixShapeError(self.durations_s.shape, self.distances_m.shape)


@dataclass(frozen=True, slots=True)
class LegStarts:
    """
    `start_s` that each leg costs besides the seconds of its streets, and how much longer the `typical` leg is for it.

    A factor holds for the typical leg; a shorter one is stretched by more, a longer one by less. A leg below
    `SHORTEST_LEG_S` is the next door: nobody looks for a place to stop again.
    """

    start_s: float = 0.0
    typical: float = 1.0

    def stretched_s(self, planned_s: float) -> float:
        """Seconds of a whole leg as they are to be multiplied by a factor."""
        return (planned_s + self.start_s) / self.typical if planned_s >= SHORTEST_LEG_S else planned_s / self.typical

    def all_stretched_s(self, planned_s: NDArray[np.number]) -> NDArray[np.float64]:
        """`stretched_s` of every element of an array of any shape."""
        stretched: NDArray[np.float64] = np.where(planned_s >= SHORTEST_LEG_S, planned_s + self.start_s, planned_s)
        return stretched / self.typical


NO_STARTS = LegStarts()
"""Legs differ by their length alone."""


@dataclass(frozen=True, slots=True)
class HourFactors:
    """
    How much longer drives take than the matrix says, by time of day: piecewise constant over the planned day.

    `factors[i]` holds from `starts_at[i]` to the next start; the first also before, the last also after. They go on
    the seconds of a leg as `leg_starts` stretches them.
    A drive over a change of factor is taken piece by piece, so that who leaves later never arrives earlier (Ichoua,
    Gendreau and Potvin 2003, doi 10.1016/S0377-2217(02)00147-9).

    Raises
    ------
    HourFactorsError
        When the starts are empty, not rising, or not as many as the factors, or a factor is not positive.
    """

    starts_at: tuple[datetime, ...]
    factors: tuple[float, ...]
    leg_starts: LegStarts = NO_STARTS

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.starts_at))
        if not self.starts_at or len(self.starts_at) != len(self.factors) or not rising or min(self.factors) <= 0:
            raise HourFactorsError(len(self.starts_at), len(self.factors))

    @property
    def least_ratio(self) -> float:
        """No drive takes less than this times what the matrix says."""
        return min(self.factors) / max(1.0, self.leg_starts.typical)

    def drive_s(self, matrix_s: int, leaves_at: datetime) -> int:
        """Whole seconds (rounded up) that a drive of `matrix_s` takes when it begins at this instant."""
        piece = max(bisect_right(self.starts_at, leaves_at) - 1, 0)
        left_s, at = self.leg_starts.stretched_s(matrix_s), leaves_at
        while piece + 1 < len(self.starts_at):
            span_s = (self.starts_at[piece + 1] - at).total_seconds()
            if left_s * self.factors[piece] <= span_s:
                break
            left_s -= span_s / self.factors[piece]
            at = self.starts_at[piece + 1]
            piece += 1
        arrives_at = at + timedelta(seconds=left_s * self.factors[piece])
        return ceil(round((arrives_at - leaves_at).total_seconds(), 3))
