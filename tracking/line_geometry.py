"""A line of points on the plane around it, made once per route so that a ping costs microseconds."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zones.lonlat import LocalMetres, LonLat


@dataclass(frozen=True, slots=True, eq=False)
class LineGeometry:
    """
    The vertices of a line east and north of its first point, with metres and planned seconds at each.

    Plain lists serve the short window around the courier, the arrays the search of the whole line.
    """

    plane: LocalMetres
    xs_m: list[float]
    ys_m: list[float]
    along_m: list[float]
    free_flow_s: list[float]
    starts: NDArray[np.float64]
    steps: NDArray[np.float64]
    steps_m2: NDArray[np.float64]

    @property
    def length_m(self) -> float:
        """Metres from the first vertex to the last."""
        return self.along_m[-1]

    def xy_m(self, lon: float, lat: float) -> tuple[float, float]:
        """East and north of the first point of the line, metres."""
        return self.plane.to_xy_m(LonLat(lon=lon, lat=lat))

    def distances_m(self, x_m: float, y_m: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For every segment the distance to the point and the metres along at its nearest place, shape (n - 1,)."""
        if len(self.along_m) == 1:
            only_m = ((x_m - self.xs_m[0]) ** 2 + (y_m - self.ys_m[0]) ** 2) ** 0.5
            return np.array([only_m]), np.array([0.0])
        off = np.array([x_m, y_m]) - self.starts
        share = np.clip(np.einsum("ij,ij->i", off, self.steps) / self.steps_m2, 0.0, 1.0)
        aside = off - share[:, None] * self.steps
        along = np.asarray(self.along_m)
        return np.hypot(aside[:, 0], aside[:, 1]), along[:-1] + share * np.diff(along)

    def point_at(self, along_m: float) -> LonLat:
        """The place `along_m` metres from the start; before the start or past the end gives that end."""
        i, share = self._where(along_m)
        j = min(i + 1, len(self.xs_m) - 1)
        return self.plane.to_lonlat(
            self.xs_m[i] + share * (self.xs_m[j] - self.xs_m[i]),
            self.ys_m[i] + share * (self.ys_m[j] - self.ys_m[i]),
        )

    def free_flow_at(self, along_m: float) -> float:
        """Planned driving seconds from the start to `along_m`."""
        i, share = self._where(along_m)
        j = min(i + 1, len(self.free_flow_s) - 1)
        return self.free_flow_s[i] + share * (self.free_flow_s[j] - self.free_flow_s[i])

    def _where(self, along_m: float) -> tuple[int, float]:
        along = self.along_m
        last = len(along) - 1
        if along_m >= along[last]:
            return last, 0.0
        i = max(0, bisect_right(along, along_m) - 1)
        step = along[i + 1] - along[i]
        return i, max(0.0, (along_m - along[i]) / step) if step > 0.0 else 0.0


def line_geometry(points: Sequence[LonLat], along_m: Sequence[float], free_flow_s: Sequence[float]) -> LineGeometry:
    """The geometry of a line; `along_m` and `free_flow_s` are as long as `points`."""
    plane = LocalMetres(points[0])
    xy = plane.many_to_xy_m(points)
    steps = np.diff(xy, axis=0)
    return LineGeometry(
        plane=plane,
        xs_m=xy[:, 0].tolist(),
        ys_m=xy[:, 1].tolist(),
        along_m=[float(m) for m in along_m],
        free_flow_s=[float(s) for s in free_flow_s],
        starts=xy[:-1],
        steps=steps,
        # A segment of no length would divide by zero; any positive number serves, its share is zero all the same.
        steps_m2=np.maximum(np.einsum("ij,ij->i", steps, steps), 1e-9),
    )
