"""
What a leg costs besides its length: pulling out, the last turns, looking for where to stop.

A drive of two minutes takes longer against its plan than one of twenty, because both begin and end once. How many
seconds that is, a city shows by itself: for each of some candidates the scatter of log(seen / (planned + candidate)) is
kept, and candidates count by how well they explain the drives (the marginal likelihood of a normal sample whose mean
and variance are not known), from a prior that expects little.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from routing.travel_matrix import NO_STARTS, LegStarts
from tracking.line_times import LineTimes
from tracking.shrinkage import Cell, Cells, key_of, moved

STARTS_S = (0, 15, 30, 60, 90, 120, 180)
"""Candidates, seconds a leg."""

_USUAL_S = 60.0
_WIDTHS_S = (7.5, 15.0, 22.5, 30.0, 30.0, 45.0, 60.0)
"""Seconds that each candidate stands for: half the way to those beside it."""

_PRIOR_DRIVES = 4.0
_PRIOR_LOG_SD = 0.30
_SURPRISE_SDS = 2.0
_HALF_LIFE_DAYS = 60.0


def start_keys() -> tuple[str, ...]:
    """The keys of the cells that are read and changed by every drive."""
    return tuple(key_of("start", start_s) for start_s in STARTS_S)


def observe_start(cells: Cells, planned_s: float, observed_s: float, weight: float, at_ts: float) -> dict[str, Cell]:
    """The cells of all candidates after one more drive."""
    after: dict[str, Cell] = {}
    for start_s, key in zip(STARTS_S, start_keys(), strict=True):
        cell = cells.get(key, Cell())
        shown = (_PRIOR_DRIVES * _PRIOR_LOG_SD**2 + cell.weight * cell.scatter_log2) / (_PRIOR_DRIVES + cell.weight)
        reach = _SURPRISE_SDS * math.sqrt(shown * (1.0 + 1.0 / cell.weight)) if cell.weight > 0.0 else math.inf
        log_ratio = math.log(observed_s / (planned_s + start_s))
        log_ratio = max(cell.mean_log - reach, min(cell.mean_log + reach, log_ratio))
        after[key] = moved(cell, log_ratio, weight, at_ts, _HALF_LIFE_DAYS)
    return after


def leg_starts(cells: Cells) -> LegStarts:
    """What the drives so far say a leg costs besides its length."""
    seen = [cells.get(key) for key in start_keys()]
    found = [cell for cell in seen if cell is not None and cell.weight > 0.0]
    if len(found) < len(STARTS_S):
        return NO_STARTS
    logs = [
        math.log(width_s)
        - start_s / _USUAL_S
        - 0.5
        * (_PRIOR_DRIVES + cell.weight)
        * math.log(_PRIOR_DRIVES * _PRIOR_LOG_SD**2 + cell.weight * cell.scatter_log2)
        for start_s, width_s, cell in zip(STARTS_S, _WIDTHS_S, found, strict=True)
    ]
    shares = [math.exp(one - max(logs)) for one in logs]
    start_s = sum(share * one for share, one in zip(shares, STARTS_S, strict=True)) / sum(shares)
    mean_log = float(np.interp(start_s, STARTS_S, [cell.mean_log for cell in found]))
    return LegStarts(start_s, math.exp(max(0.0, found[0].mean_log - mean_log)))


@lru_cache(maxsize=1024)
def stretched_flow_s(times: LineTimes, starts: LegStarts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Planned seconds from the start of a line to each of its legs' ends, as the plan has them and stretched.

    Both begin with 0, so that places between two ends can be read off.
    """
    legs_s = starts.all_stretched_s(np.diff(times.flow_s, prepend=0.0))
    flow_s = np.concatenate(([0.0], times.flow_s))
    return flow_s, np.concatenate(([0.0], np.cumsum(legs_s)))
