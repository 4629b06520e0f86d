"""Driving times and distances between every pair of points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.errors import MatrixShapeError

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
