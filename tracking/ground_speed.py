"""How fast a courier certainly drove, from what the phone reports and from where it was."""

import math
from collections.abc import Sequence

from tracking.courier_state import TrackPoint

_M_PER_DEG = 111_194.9
_USUAL_ACCURACY_M = 10.0
_OVER_S = 10.0
"""Two fixes closer in time than this say little of the speed between them."""
_NOT_OVER_S = 120.0
"""Nor do two further apart: the way between them is not known."""


def certain_mps(track: Sequence[TrackPoint], i: int, limit_mps: float) -> float:
    """
    The speed at fix `i` that is certain enough to be held against `limit_mps`.

    A reported speed above the limit counts as far as the places allow it, a jump of the places only where no speed is
    reported, and each less the doubt of both fixes: an outlier alone never shows a speed for long.
    """
    point = track[i]
    reported = point.speed_mps
    if reported is not None and reported <= limit_mps:
        return reported
    between = _between(track, i)
    if between is None:
        return 0.0
    least_mps, most_mps = between
    return min(reported, most_mps) if reported is not None else least_mps


def apart_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Metres between two places of one city, on the plane."""
    dy = (lat_b - lat_a) * _M_PER_DEG
    dx = (lon_b - lon_a) * _M_PER_DEG * math.cos(math.radians(lat_b))
    return math.hypot(dx, dy)


def _between(track: Sequence[TrackPoint], i: int) -> tuple[float, float] | None:
    """The least and the most speed between fix `i` and the last one at least ten seconds before it."""
    point = track[i]
    for j in range(i - 1, -1, -1):
        before = track[j]
        dt_s = point.at_ts - before.at_ts
        if dt_s > _NOT_OVER_S:
            return None
        if dt_s >= _OVER_S:
            metres = apart_m(before.lon, before.lat, point.lon, point.lat)
            slack_m = (before.accuracy_m or _USUAL_ACCURACY_M) + (point.accuracy_m or _USUAL_ACCURACY_M)
            return max(0.0, metres - slack_m) / dt_s, (metres + slack_m) / dt_s
    return None
