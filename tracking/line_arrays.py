"""A route's line as the compiled detectors read it, laid out once per line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tracking.kernel.layout import PLANNED_COLUMNS
from tracking.line_geometry import LineGeometry


@dataclass(frozen=True, slots=True, eq=False)
class LineArrays:
    """The plane and the departure (`head`), the vertices, and the visits; columns as `tracking.kernel.layout` says."""

    head: NDArray[np.float64]
    vertices: NDArray[np.float64]
    planned: NDArray[np.float64]


def line_arrays(
    geometry: LineGeometry,
    departs_at: datetime,
    visits_xy_m: Sequence[tuple[float, float, float, float]],
    visits_along_m: Sequence[float],
    breaks_s: Sequence[float],
) -> LineArrays:
    """The arrays of a line with these visits; `breaks_s` are those planned on the way to each."""
    plane = geometry.plane
    rows = [
        (*xy_m, along_m, break_s) for xy_m, along_m, break_s in zip(visits_xy_m, visits_along_m, breaks_s, strict=True)
    ]
    return LineArrays(
        head=np.array([plane.origin.lon, plane.origin.lat, *plane.m_per_deg, departs_at.timestamp()]),
        vertices=np.ascontiguousarray(
            np.array([geometry.xs_m, geometry.ys_m, geometry.along_m, geometry.free_flow_s]).T
        ),
        planned=np.array(rows, dtype=np.float64).reshape(-1, PLANNED_COLUMNS),
    )
