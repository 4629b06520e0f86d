"""Moves points that no street joins to the depots onto the nearest street that does, or sets them aside."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.roads import RoadNetwork
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat

MAX_SNAP_M = 300.0
"""How far a courier is taken to walk from the street to a door."""

_POINTS_AT_ONCE = 100
_CANDIDATES = 64


def reachable_points(
    roads: RoadNetwork,
    points: Sequence[LonLat],
    anchors: Sequence[LonLat],
    max_snap_m: float = MAX_SNAP_M,
) -> tuple[LonLat | None, ...]:
    """
    For each point, a place where it can be served: itself, or the nearest street that is joined to an anchor.

    A small piece of the street graph (a yard behind one-way streets, a pier) can be entered and not left, or neither.

    Parameters
    ----------
    anchors
        Places that must be reachable both ways, usually depots: one of them is enough. With none, points stay.
    max_snap_m
        No point is moved farther than this, and one farther from any street is set aside.

    Returns
    -------
    tuple
        In the order of `points`: the same `LonLat` where nothing was wrong, a moved one, or None to set it aside.
    """
    if not anchors:
        return tuple(points)
    places: list[LonLat | None] = []
    for start in range(0, len(points), _POINTS_AT_ONCE):
        part = points[start : start + _POINTS_AT_ONCE]
        joined = _joined(roads, part, anchors)
        for point, is_joined in zip(part, joined, strict=True):
            near = roads.nearest(point)
            if not near or near[0].distance_m > max_snap_m:
                places.append(None)
            else:
                places.append(point if is_joined else _nearest_joined(roads, point, anchors, max_snap_m))
    return tuple(places)


def _nearest_joined(roads: RoadNetwork, point: LonLat, anchors: Sequence[LonLat], max_snap_m: float) -> LonLat | None:
    near = [place.point for place in roads.nearest(point, _CANDIDATES) if place.distance_m <= max_snap_m]
    candidates = list(dict.fromkeys(near))
    joined = _joined(roads, candidates, anchors)
    return next((place for place, is_joined in zip(candidates, joined, strict=True) if is_joined), None)


def _joined(roads: RoadNetwork, points: Sequence[LonLat], anchors: Sequence[LonLat]) -> NDArray[np.bool_]:
    """Whether streets lead from some anchor to each point and back to that anchor."""
    durations_s = roads.matrix([*points, *anchors]).durations_s
    count = len(points)
    there = durations_s[count:, :count] < UNREACHABLE_S
    back = durations_s[:count, count:].T < UNREACHABLE_S
    joined: NDArray[np.bool_] = (there & back).any(axis=0)
    return joined
