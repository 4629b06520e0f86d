"""What OSRM's answers mean, wherever they came from: the engine in this process or a server over HTTP."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import RoutingError
from routing.plan import Leg
from routing.roads import Matched, Snapped
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat

SOURCE = "osrm"

type Answer = Any
"""An OSRM answer: nested mappings and sequences. The engine's own containers and plain JSON read alike."""


class OsrmRefusedError(RoutingError):
    """OSRM's own "no": `code` is its machine word, such as NoRoute, NoSegment, NoMatch, TooBig or InvalidValue."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"OSRM refused: {code}: {message}")


def _point(location: Answer) -> LonLat:
    lon, lat = location
    return LonLat(lon=lon, lat=lat)


def table_block(answer: Answer, max_snap_m: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Seconds and metres of one table answer, shape (sources, destinations).

    `UNREACHABLE_S` where no street joins a pair, and in the rows and columns of points farther than `max_snap_m` from
    any street: OSRM would silently move them, over any distance.
    """
    too_far = np.logical_or.outer(
        np.array([place["distance"] > max_snap_m for place in answer["sources"]], dtype=bool),
        np.array([place["distance"] > max_snap_m for place in answer["destinations"]], dtype=bool),
    )
    # None (no street joins the pair) becomes nan
    durations = np.array([list(row) for row in answer["durations"]], dtype=np.float64)
    distances = np.array([list(row) for row in answer["distances"]], dtype=np.float64)
    no_way = too_far | np.isnan(durations) | np.isnan(distances)
    return _whole(durations, no_way), _whole(distances, no_way)


def _whole(values: NDArray[np.float64], no_way: NDArray[np.bool_]) -> NDArray[np.int32]:
    rounded = np.rint(np.where(no_way, 0.0, values)).astype(np.int32)
    rounded[no_way] = UNREACHABLE_S
    return rounded


def legs(answer: Answer, max_snap_m: float) -> tuple[Leg, ...] | None:
    """The legs of a route answer; None when a waypoint had to be moved more than `max_snap_m`."""
    if any(place["distance"] > max_snap_m for place in answer["waypoints"]):
        return None
    return tuple(_leg(leg) for leg in answer["routes"][0]["legs"])


def _leg(leg: Answer) -> Leg:
    path: list[LonLat] = []
    for step in leg["steps"]:
        for location in step["geometry"]["coordinates"]:
            point = _point(location)
            if not path or path[-1] != point:
                path.append(point)
    return Leg(
        distance_m=round(leg["distance"]),
        duration_s=round(leg["duration"]),
        path=tuple(path),
        source=SOURCE,
        street=next((str(step["name"]) for step in leg["steps"] if step["name"]), ""),
    )


def snapped(answer: Answer) -> tuple[Snapped, ...]:
    """Places of a nearest answer, nearest first."""
    places = (
        Snapped(point=_point(place["location"]), distance_m=round(place["distance"], 2), street=str(place["name"]))
        for place in answer["waypoints"]
    )
    return tuple(sorted(places, key=lambda place: place.distance_m))  # OSRM orders by a coarser distance


def matched(answer: Answer, fixes: Sequence[int], count: int) -> Matched:
    """
    A match answer as one entry a fix.

    Parameters
    ----------
    answer
        A track may fall apart into several matchings; their confidences are weighed by their fixes.
    fixes
        Which of the `count` fixes were asked about, in order; the others stay None.
    """
    points: list[LonLat | None] = [None] * count
    confidences: list[float] = []
    for fix, place in zip(fixes, answer["tracepoints"], strict=True):
        if place is None:
            continue
        points[fix] = _point(place["location"])
        confidences.append(answer["matchings"][int(place["matchings_index"])]["confidence"])
    return Matched(
        points=tuple(points),
        confidence=round(sum(confidences) / count, 6) if count else 0.0,
        source=SOURCE,
    )
