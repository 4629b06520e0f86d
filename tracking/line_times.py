"""What the estimates need of a route's visits, laid out once per line so that a look at all of them is one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.order import TimeWindow
from tracking.service_times import OrderType

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlannedHalt:
    """
    A halt on the way to a visit that is no visit: a break, or loading at the depot.

    It was planned from `starts_ts`, `after_s` seconds after leaving the place before, for `duration_s`.
    """

    starts_ts: float
    after_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTimes:
    """What one visit is made of: planned driving seconds from the start of the line, service, windows, halts before."""

    flow_s: float
    service_s: float
    setup_s: float
    windows: tuple[TimeWindow, ...]
    halts: tuple[PlannedHalt, ...]
    promised_until_ts: float | None
    zone_id: str | None
    order_type: OrderType


@dataclass(frozen=True, slots=True, eq=False)
class LineTimes:
    """
    The visits of a line as arrays, a row each in planned order.

    `windows_ts` has shape (visits, windows, 2); what a visit lacks of them is closed since ever. `halts_s` sums the
    halts on the leg to each visit. `places` are the different pairs of zone and order type and `place_of` says which
    a visit has; `zone_names` and `zone_of` the same for zones alone.
    """

    flow_s: Floats
    service_s: Floats
    setup_s: Floats
    windows_ts: Floats
    halts_s: Floats
    halts: tuple[tuple[PlannedHalt, ...], ...]
    promised_until_ts: tuple[float | None, ...]
    places: tuple[tuple[str | None, OrderType], ...]
    place_of: NDArray[np.int64]
    zone_names: tuple[str | None, ...]
    zone_of: NDArray[np.int64]


def line_times(visits: Sequence[VisitTimes]) -> LineTimes:
    """Lay out the visits of a line."""
    widest = max((len(v.windows) for v in visits), default=0)
    windows = np.full((len(visits), widest, 2), -np.inf)
    for i, visit in enumerate(visits):
        for k, window in enumerate(visit.windows):
            windows[i, k] = window.opens_at.timestamp(), window.closes_at.timestamp()
    places = tuple(dict.fromkeys((v.zone_id, v.order_type) for v in visits))
    zones = tuple(dict.fromkeys(v.zone_id for v in visits))
    return LineTimes(
        flow_s=_column([v.flow_s for v in visits]),
        service_s=_column([v.service_s for v in visits]),
        setup_s=_column([v.setup_s for v in visits]),
        windows_ts=windows,
        halts_s=_column([sum(h.duration_s for h in v.halts) for v in visits]),
        halts=tuple(v.halts for v in visits),
        promised_until_ts=tuple(v.promised_until_ts for v in visits),
        places=places,
        place_of=np.array([places.index((v.zone_id, v.order_type)) for v in visits], dtype=np.int64),
        zone_names=zones,
        zone_of=np.array([zones.index(v.zone_id) for v in visits], dtype=np.int64),
    )


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
