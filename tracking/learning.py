"""
Travel and service time factors learned from what happened, with their uncertainty.

A factor is what happened over what was planned: 1.2 means a fifth longer. Logarithms of such ratios are averaged in
nested cells (city -> zone -> hour) and each cell is shrunk towards the one around it: an empirical Bayes estimate for
normal means (Efron & Morris 1975, JASA 70(350), doi:10.1080/01621459.1975.10479864) with the between-cell variance
given instead of estimated, so that one observation can be taken at a time.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

_TRIP_LOG_SD = 0.25
_BETWEEN_LOG_SD = 0.15
_COUNT_CAP = 400.0


@dataclass(frozen=True, slots=True)
class Factor:
    """
    What happened over what was planned: the median `ratio`, and how far one trip or service may be from it.

    `log_sd` is the uncertainty of the factor itself, shared by all that is ahead; `trip_log_sd` is the scatter of a
    single trip or service around it. Both are standard deviations of the natural logarithm.
    """

    ratio: float = 1.0
    log_sd: float = 0.15
    trip_log_sd: float = _TRIP_LOG_SD


@dataclass(frozen=True, slots=True)
class Factors:
    """What applies to one courier now: `travel` on the line's own planned seconds, `service` on planned service."""

    travel: Factor = Factor()
    service: Factor = field(default_factory=lambda: Factor(log_sd=0.2, trip_log_sd=0.5))


DEFAULT_FACTORS = Factors()
"""Nothing learned yet: what was planned, and honest doubt about it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Sums of one cell: how many observations (old ones fade), their mean log ratio and its scatter."""

    count: float = 0.0
    mean_log: float = 0.0
    scatter_log2: float = 0.0


type CellKey = tuple[str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class TravelFactors:
    """
    Learned factors of one kind (travel or service), by city, zone and hour of the local day; immutable.

    Ratios are taken against planned seconds: learn against the same seconds that the factor will be applied to.
    """

    cells: Mapping[CellKey, Cell] = field(default_factory=dict)
    trip_log_sd: float = _TRIP_LOG_SD

    def observe(
        self, city: str, zone_id: str | None, hour: int | None, *, observed_s: float, planned_s: float
    ) -> "TravelFactors":
        """The factors after one more trip; trips that say nothing (not above zero on either side) change nothing."""
        if not (observed_s > 0.0 and planned_s > 0.0 and math.isfinite(observed_s) and math.isfinite(planned_s)):
            return self
        # One forgotten "delivered" button must not teach that a street takes an hour.
        log_ratio = max(-1.5, min(1.5, math.log(observed_s / planned_s)))
        cells = dict(self.cells)
        for key in _nested(city, zone_id, hour):
            cells[key] = _with(cells.get(key, Cell()), log_ratio)
        return TravelFactors(cells=cells, trip_log_sd=self.trip_log_sd)

    def estimate(self, city: str, zone_id: str | None = None, hour: int | None = None) -> Factor:
        """The factor of the narrowest cell named, shrunk towards the wider ones; an unknown city gives 1.0."""
        mean_log = 0.0
        variance = _BETWEEN_LOG_SD**2
        scatter = self.trip_log_sd**2
        for key in _nested(city, zone_id, hour):
            cell = self.cells.get(key)
            if cell is None:
                continue
            scatter = _cell_scatter(cell, scatter)
            prior = _BETWEEN_LOG_SD**2
            noise = scatter / cell.count
            weight = prior / (prior + noise)
            mean_log += weight * (cell.mean_log - mean_log)
            variance = prior * noise / (prior + noise)
        return Factor(ratio=math.exp(mean_log), log_sd=math.sqrt(variance), trip_log_sd=math.sqrt(scatter))


def adapted(factor: Factor, observed_s: float, planned_s: float) -> Factor:
    """
    The factor of this courier on this route: the learned one moved by what was driven lately.

    Normal prior on the log ratio, one observation whose variance falls with the minutes planned for the stretch.
    """
    if observed_s <= 0.0 or planned_s <= 0.0:
        return factor
    prior = factor.log_sd**2 + _BETWEEN_LOG_SD**2
    minutes = planned_s / 60.0
    noise = factor.trip_log_sd**2 / max(minutes / 3.0, 0.05)
    weight = prior / (prior + noise)
    seen_log = max(-1.0, min(2.0, math.log(observed_s / planned_s)))
    mean_log = math.log(factor.ratio) + weight * (seen_log - math.log(factor.ratio))
    return Factor(
        ratio=math.exp(mean_log),
        log_sd=math.sqrt(prior * noise / (prior + noise)),
        trip_log_sd=factor.trip_log_sd,
    )


def _nested(city: str, zone_id: str | None, hour: int | None) -> list[CellKey]:
    keys: list[CellKey] = [(city, None, None)]
    if zone_id is not None:
        keys.append((city, zone_id, None))
    if hour is not None:
        keys.append((city, zone_id, hour))
    return keys


def _with(cell: Cell, log_ratio: float) -> Cell:
    # Capped: last month's traffic must not outweigh this week's for ever.
    count = min(cell.count + 1.0, _COUNT_CAP)
    step = log_ratio - cell.mean_log
    mean = cell.mean_log + step / count
    scatter = cell.scatter_log2 + (step * (log_ratio - mean) - cell.scatter_log2) / count
    return Cell(count=count, mean_log=mean, scatter_log2=scatter)


def _cell_scatter(cell: Cell, prior: float) -> float:
    # Ten trips' worth of the wider cell's scatter keep a cell of two equal trips from looking certain.
    return (10.0 * prior + cell.count * cell.scatter_log2) / (10.0 + cell.count)
