"""A line of points on the plane around it, made once per route so that a ping costs microseconds."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zones.lonlat import LocalMetres, LonLat


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on the line near a point: metres from the start, signed metres aside (left is positive), direction."""

    along_m: float
    lateral_m: float
    distance_m: float
    unit_x: float
    unit_y: float


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

    def candidates(self, x_m: float, y_m: float, from_m: float, to_m: float) -> list[Candidate]:
        """The nearest place of each segment that touches [from_m, to_m], clipped to it; never empty for a real line."""
        along = self.along_m
        last = len(along) - 1
        if last == 0:
            return [self._only_point(x_m, y_m)]
        from_m = min(max(from_m, 0.0), along[last])
        to_m = min(max(to_m, from_m), along[last])
        first = max(0, bisect_right(along, from_m) - 1)
        found: list[Candidate] = []
        for i in range(min(first, last - 1), last):
            if along[i] > to_m and found:
                break
            found.append(self._on_segment(i, x_m, y_m, from_m, to_m))
        return found

    def _on_segment(self, i: int, x_m: float, y_m: float, from_m: float, to_m: float) -> Candidate:
        ax, ay = self.xs_m[i], self.ys_m[i]
        dx, dy = self.xs_m[i + 1] - ax, self.ys_m[i + 1] - ay
        start_m = self.along_m[i]
        step_m = self.along_m[i + 1] - start_m
        squared = dx * dx + dy * dy
        share = ((x_m - ax) * dx + (y_m - ay) * dy) / squared if squared > 0.0 else 0.0
        share = min(1.0, max(0.0, share))
        if step_m > 0.0:
            share = min(max(share, (from_m - start_m) / step_m), max(0.0, (to_m - start_m) / step_m), 1.0)
            share = max(share, 0.0)
        px, py = x_m - ax - share * dx, y_m - ay - share * dy
        distance = (px * px + py * py) ** 0.5
        long_m = squared**0.5
        unit_x, unit_y = (dx / long_m, dy / long_m) if long_m > 0.0 else (0.0, 0.0)
        left = unit_x * py - unit_y * px
        return Candidate(start_m + share * step_m, distance if left >= 0.0 else -distance, distance, unit_x, unit_y)

    def _only_point(self, x_m: float, y_m: float) -> Candidate:
        distance = ((x_m - self.xs_m[0]) ** 2 + (y_m - self.ys_m[0]) ** 2) ** 0.5
        return Candidate(0.0, distance, distance, 0.0, 0.0)

    def distances_m(self, x_m: float, y_m: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For every segment the distance to the point and the metres along at its nearest place, shape (n - 1,)."""
        if len(self.along_m) == 1:
            only = self._only_point(x_m, y_m)
            return np.array([only.distance_m]), np.array([0.0])
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
