"""
The clock that goes from stop to stop along a route: expected arrivals and their spread, all visits in one quick pass.

It stands in one file, apart from the detectors' kernel, so that numba's own cache sees every change of it.
"""

import math
from typing import Any

import numpy as np

from tracking.kernel.compiling import compiled, compiled_inside

type Array = Any
"""A float64 array, or int64 where it holds numbers of rows; what each one is, `tracking.line_times` says."""

# Places in `terms`.
BASE, START, NOW, FROM_FLOW, NEAR, NEAR_LOG_SD, USUAL_LOG_SD, TRIP_LOG_SD = range(8)
SERVICE_LOG_SD, SERVICE_TRIP_LOG_SD, OWN_VAR, UNSEEN, REST = range(8, 13)
HOURS_FROM, BANDS = 13, 14
"""
Seconds since 1970 from which time to go is counted, when the courier can drive on, and now; planned seconds done; the
pace seen now over the usual one; standard deviations of the log of the factor now, of the usual one, of a trip, of the
service factor, of one service; variance so far; seconds nobody saw; seconds of halts left on this leg; when the first
hour of the factors began; and from `BANDS` on the calibrated early and late end of each horizon.
"""

ROWS = 4
EARLY, EXPECTED, LATE, SD = range(ROWS)
"""
Rows of `out`: P10, P50, P90 of the start of service, and the model's own sd to a tenth of a second, 0 where a window
decides.
"""

HOUR_S = 3600.0
FADES_S = 900.0
BLOCK_S = 300.0
ASIDE_SHARE = 0.3
EDGE = 0.15
P90_SD = 1.2816


@compiled
def arrivals(
    order: Array,
    aside_s: Array,
    flow_s: Array,
    service_s: Array,
    setup_s: Array,
    halts_s: Array,
    windows_ts: Array,
    zone_row: Array,
    ratios: Array,
    ends_s: Array,
    terms: Array,
    out: Array,
) -> None:
    """
    Fill the last columns of `out` for the visits of `order`: those along the line first, then as many aside of it as
    `aside_s` has entries.

    `ratios` (zones, hours) are the factors on planned seconds, `ends_s` says where horizons end.
    """
    base, ts, now = terms[BASE], terms[START], terms[NOW]
    near, near_log_sd = terms[NEAR], terms[NEAR_LOG_SD]
    trip_log2 = terms[TRIP_LOG_SD] * terms[TRIP_LOG_SD]
    own_var, unseen, from_flow = terms[OWN_VAR], terms[UNSEEN], terms[FROM_FLOW]
    planned = driven = served = near_s = 0.0
    along = len(order) - len(aside_s)
    first = out.shape[1] - len(order)
    for k in range(len(order)):
        i, column = order[k], first + k
        if k < along:
            drive = max(0.0, flow_s[i] - from_flow)
            from_flow = max(from_flow, flow_s[i])
            ts += terms[REST] if k == 0 else halts_s[i]
        else:
            drive = aside_s[k - along]
            own_var += ASIDE_SHARE * ASIDE_SHARE * drive * drive
        step = _driven_s(drive, ts, zone_row[i], ratios, terms[HOURS_FROM])
        # The pace seen now fades into the usual one: integral of exp(-x / fade) over the planned seconds x.
        faded = FADES_S * (math.exp(-planned / FADES_S) - math.exp(-(planned + drive) / FADES_S))
        if drive > 0.0:
            faded *= step / drive
        step += (near - 1.0) * faded
        near_s += faded
        planned += drive
        driven += step
        ts += step
        own_var += trip_log2 * step * BLOCK_S
        common = near_log_sd * near_s + terms[USUAL_LOG_SD] * max(0.0, driven - near_s)
        sd = math.sqrt(own_var + common * common + (terms[SERVICE_LOG_SD] * served) ** 2)
        early_sd, late_sd = _band(ts - now, terms[BANDS:], ends_s)
        expected = max(ts, now)
        early = min(max(ts + early_sd * sd, min(base, ts), now), expected)
        late = max(ts + late_sd * sd + unseen, expected)
        starts = _begins(ts + setup_s[i], windows_ts, i)
        early = _begins(early + setup_s[i], windows_ts, i)
        expected = _begins(expected + setup_s[i], windows_ts, i)
        late = _begins(late + setup_s[i], windows_ts, i)
        # A window that shut while the others still wait for the next one must not turn the order round.
        least, most = min(early, expected, late), max(early, expected, late)
        out[EARLY, column], out[LATE, column] = least, most
        out[EXPECTED, column] = early + expected + late - least - most
        waits = starts > ts + setup_s[i]
        out[SD, column] = 0.0 if waits else np.rint(10.0 * sd) / 10.0
        ts = starts
        if waits:
            # Waiting for a window swallows part of the doubt about when the courier comes.
            own_var = (max(0.0, most - starts) / P90_SD) ** 2
            planned = driven = served = near_s = unseen = 0.0
            base, near, near_log_sd = starts, 1.0, terms[USUAL_LOG_SD]
        ts += service_s[i]
        served += service_s[i]
        own_var += (terms[SERVICE_TRIP_LOG_SD] * service_s[i]) ** 2


@compiled_inside
def _driven_s(drive_s: float, ts: float, row: int, ratios: Array, first_ts: float) -> float:
    """Seconds for a drive of so many planned ones that begins at `ts`, each piece by the factor of its hour."""
    last = ratios.shape[1] - 1
    column = min(max(math.floor((ts - first_ts) / HOUR_S), 0), last)
    left, at = drive_s, ts
    while column < last:
        span = first_ts + (column + 1) * HOUR_S - at
        if left * ratios[row, column] <= span:
            break
        left -= span / ratios[row, column]
        at += span
        column += 1
    taken: float = at - ts + left * ratios[row, column]
    return taken


@compiled_inside
def _begins(ts: float, windows_ts: Array, i: int) -> float:
    """When service may start for a courier who is ready then: at once inside a window, else when the next one opens."""
    for k in range(windows_ts.shape[1]):
        if ts <= windows_ts[i, k, 1]:
            opens: float = windows_ts[i, k, 0]
            return max(ts, opens)
    return ts


@compiled_inside
def _band(to_go_s: float, bands: Array, ends_s: Array) -> tuple[float, float]:
    """The calibrated ends for so many seconds to go; near the end of a horizon they pass into those of the next."""
    for k in range(len(ends_s)):
        begins, done = (1.0 - EDGE) * ends_s[k], (1.0 + EDGE) * ends_s[k]
        if to_go_s < begins:
            return bands[2 * k], bands[2 * k + 1]
        if to_go_s < done:
            share = (to_go_s - begins) / (done - begins)
            early = bands[2 * k] + share * (bands[2 * k + 2] - bands[2 * k])
            return early, bands[2 * k + 1] + share * (bands[2 * k + 3] - bands[2 * k + 1])
    return bands[2 * len(ends_s)], bands[2 * len(ends_s) + 1]


def warm_up() -> None:
    """Compile the clock, or load it, so that no courier waits for that."""
    one, numbers = np.zeros(1), np.zeros(1, np.int64)
    terms = np.ones(BANDS + 4)
    arrivals(
        numbers, np.zeros(0), one, one, one, one, np.zeros((1, 1, 2)), numbers, np.ones((1, 1)), one, terms,
        np.zeros((ROWS, 1)),
    )  # fmt: skip
