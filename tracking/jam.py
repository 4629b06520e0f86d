"""Whether couriers who drive slowly are in one jam: by the places where each was slow, and when he was there."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tracking.rules import TrackingRules
from zones.lonlat import LocalMetres, LonLat

type SlowDrive = NDArray[np.float64]
"""The fixes of one courier's slow drive, shape (n, 3): seconds since 1970, longitude, latitude."""


def find_jam(drive: SlowDrive, jams: Mapping[str, SlowDrive], rules: TrackingRules) -> str | None:
    """
    The jam that a slow drive is in: the nearest one in which somebody was slow near it and about then; None without.

    `jams` holds the slow drives of all couriers in each jam, one after another. Both drives are slow by the detector's
    own proof, so that being near each other is enough; the way they go is not asked, since queues turn corners.
    """
    near = {jam_id: _nearest_m(drive, known, rules.jam_together_s) for jam_id, known in jams.items()}
    found = min(near, key=lambda jam_id: near[jam_id], default=None)
    return found if found is not None and near[found] <= rules.jam_near_m else None


def _nearest_m(drive: SlowDrive, known: SlowDrive, together_s: float) -> float:
    """Metres between the nearest two fixes that are no more than so many seconds apart; infinite without such."""
    if not len(drive) or not len(known):
        return float("inf")
    scale = LocalMetres(LonLat(lon=float(drive[0, 1]), lat=float(drive[0, 2]))).m_per_deg
    apart = (drive[:, None, 1:] - known[None, :, 1:]) * scale
    apart_m = np.hypot(apart[..., 0], apart[..., 1])
    apart_m[np.abs(drive[:, None, 0] - known[None, :, 0]) > together_s] = np.inf
    return float(apart_m.min())
