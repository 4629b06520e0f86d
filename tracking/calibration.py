"""
How wide an interval must be so that nine of ten arrivals come before its late end: split-conformal, per horizon.

What is kept are normalised residuals: (actual - expected) / the model's own standard deviation, of finished visits, a
window of the last ones for each horizon. The (n + 1) * 0.9-th smallest of n of them is exceeded by the next one with
probability at most 0.1 (Vovk, Gammerman & Shafer 2005, ch. 2; Lei et al. 2018, doi:10.1080/01621459.2017.1307116).
Newer ones weigh more, so that a city which has changed is followed (Barber et al. 2023, doi:10.1214/23-AOS2276).
A right-skewed prior stands beside them, with the weight of a day or two.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

HORIZON_ENDS_S = (600.0, 1800.0, 3600.0)
"""Where one horizon ends and the next begins, seconds to go; an end belongs to the next one."""

HORIZONS = len(HORIZON_ENDS_S) + 1
"""0-10, 10-30, 30-60 and 60 minutes and more."""

_WINDOW = 500
_KEPT = 0.996
_PRIOR_COUNT = 39
_FURTHEST = 12.0
_LONGEST_S = 4 * 3600.0
_SKEW = 0.2
_PRIOR_SCALE = 1.0
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Band:
    """Normalised residuals at P10 and P90: how many standard deviations from the expected time the ends lie."""

    early: float
    late: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What was said of a visit once, to be held against what happened: `sd_s` is the model's own.

    `visits_before` were to be made before it: when it comes to others, the day went another way than was forecast.
    """

    visit_id: str
    horizon: int
    made_ts: float
    expected_ts: float
    sd_s: float
    visits_before: int = 0

    def residual(self, actual_ts: float) -> float:
        """How many standard deviations later than expected it happened."""
        return (actual_ts - self.expected_ts) / self.sd_s


@dataclass(frozen=True, slots=True)
class Calibration:
    """The last normalised residuals of each horizon, oldest first; immutable."""

    residuals: tuple[tuple[float, ...], ...] = ((),) * HORIZONS

    def observe(self, horizon: int, residual: float) -> "Calibration":
        """The calibration after one more visit; what is no number changes nothing."""
        if not math.isfinite(residual):
            return self
        kept = (*self.residuals[horizon], max(-_FURTHEST, min(_FURTHEST, residual)))[-_WINDOW:]
        return replace(self, residuals=(*self.residuals[:horizon], kept, *self.residuals[horizon + 1 :]))

    def quantiles(self, horizon: int) -> Band:
        """The band of a horizon; its early end is never above its late end."""
        seen = self.residuals[horizon]
        weighed = [(score, _KEPT**age) for age, score in enumerate(reversed(seen))]
        # Those of one day err together: a hundred of them say far less than a hundred days, so the prior keeps a voice.
        scores = sorted([*weighed, *((score, 1.0) for score in _prior(_PRIOR_COUNT))])
        # The visit to come has the weight of the newest, and may lie anywhere.
        total = sum(weight for _, weight in scores) + 1.0
        late = _first_reaching(0.9 * total, scores)
        early = -_first_reaching(0.9 * total, [(-score, weight) for score, weight in reversed(scores)])
        # An interval that does not hold what is expected would be told by nobody.
        return Band(min(early, 0.0), max(late, 0.0))

    def bands(self) -> tuple[Band, ...]:
        """The band of every horizon."""
        return tuple(self.quantiles(horizon) for horizon in range(HORIZONS))


NOT_CALIBRATED = Calibration()
"""Nothing seen yet."""


def horizon_of(to_go_s: float) -> int:
    """Which horizon so many seconds to go belong to."""
    return sum(1 for end_s in HORIZON_ENDS_S if to_go_s >= end_s)


def due_horizon(visit_id: str, to_go_s: float) -> int | None:
    """
    The horizon for which a forecast of this visit is to be kept now, if none is kept yet; None when it is not due.

    Each visit has a moment of its own in each horizon, by its id, so that all parts of a horizon are heard.
    """
    if to_go_s <= 0.0:
        return None
    horizon = horizon_of(to_go_s)
    begins_s = HORIZON_ENDS_S[horizon - 1] if horizon else 0.0
    ends_s = HORIZON_ENDS_S[horizon] if horizon < HORIZONS - 1 else _LONGEST_S
    share = (zlib.crc32(f"{horizon}:{visit_id}".encode()) % 1000 + 50) / 1050.0
    return horizon if to_go_s <= begins_s + share * (ends_s - begins_s) else None


def _first_reaching(wanted: float, scores: Sequence[tuple[float, float]]) -> float:
    """The least score up to which the weights sum to what is wanted; the greatest when all of them do not."""
    summed = 0.0
    for score, weight in scores:
        summed += weight
        if summed >= wanted - 1e-9:
            return score
    return scores[-1][0]


def _prior(count: int) -> list[float]:
    """So many residuals spread evenly over the prior: normal, its late half stretched, its early half shortened."""
    deviates = [_NORMAL.inv_cdf((i + 0.5) / count) for i in range(count)]
    return [_PRIOR_SCALE * d * (1.0 + _SKEW if d > 0.0 else 1.0 - _SKEW) for d in deviates]
