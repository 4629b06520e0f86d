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
class HourFactors:
    """
    How much longer drives take than the matrix says, by time of day: piecewise constant over the planned day.

    `factors[i]` holds from `starts_at[i]` to the next start; the first also before, the last also after.
    A drive over a change of factor is taken piece by piece, so that who leaves later never arrives earlier (Ichoua,
    Gendreau and Potvin 2003, doi 10.1016/S0377-2217(02)00147-9).

    Raises
    ------
    HourFactorsError
        When the starts are empty, not rising, or not as many as the factors, or a factor is not positive.
    """

    starts_at: tuple[datetime, ...]
    factors: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.starts_at))
        if not self.starts_at or len(self.starts_at) != len(self.factors) or not rising or min(self.factors) <= 0:
            raise HourFactorsError(len(self.starts_at), len(self.factors))

    def drive_s(self, matrix_s: int, leaves_at: datetime) -> int:
        """Whole seconds (rounded up) that a drive of `matrix_s` takes when it begins at this instant."""
        piece = max(bisect_right(self.starts_at, leaves_at) - 1, 0)
        left_s, at = float(matrix_s), leaves_at
        while piece + 1 < len(self.starts_at):
            span_s = (self.starts_at[piece + 1] - at).total_seconds()
            if left_s * self.factors[piece] <= span_s:
                break
            left_s -= span_s / self.factors[piece]
            at = self.starts_at[piece + 1]
            piece += 1
        arrives_at = at + timedelta(seconds=left_s * self.factors[piece])
        return ceil(round((arrives_at - leaves_at).total_seconds(), 3))
