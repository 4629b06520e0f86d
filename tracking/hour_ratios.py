"""Learned travel factors of the hours ahead, by zone, laid out for one quick pass."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class HourRatios:
    """
    Factors on planned driving seconds by zone (rows) and hour ahead (columns).

    Column i holds from `first_ts` + i hours for an hour; the first also before, the last also after. `rows` says which
    row is which zone's; row 0 is for places whose zone is not known or has taught nothing.
    """

    first_ts: float
    rows: Mapping[str, int]
    ratios: NDArray[np.float64]

    def ratio_at(self, zone_id: str | None, at_ts: float) -> float:
        """The factor of a zone at an instant."""
        row = self.rows.get(zone_id, 0) if zone_id is not None else 0
        column = int((at_ts - self.first_ts) // HOUR_S)
        return float(self.ratios[row, min(max(column, 0), self.ratios.shape[1] - 1)])
