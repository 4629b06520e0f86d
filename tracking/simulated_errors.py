"""
Errors of satellite positions as phones in cities have them: slow wandering, and bursts beside high houses.

Wandering is a first-order Gauss-Markov process (AR(1) in time; Rankin 1994, "An error model for sensor simulation GPS
and differential GPS"; Olynik 2002, "Temporal characteristics of GPS error sources and their impact on relative
positioning"). Bursts are signals reflected by houses: errors of tens of metres that hold their direction for seconds
(Groves 2011, doi:10.1017/S0373463311000087; Hsu 2018, doi:10.1007/s10291-017-0667-9).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipath:
    """
    Bursts of reflected signals.

    `per_hour` of them begin while the phone is on; each lasts `mean_s` on average (exponential) and throws the position
    `median_m` aside (log-normal with `log_sd`). In `told_share` of them the phone knows: its accuracy grows as well.
    """

    per_hour: float = 0.0
    mean_s: float = 10.0
    median_m: float = 30.0
    log_sd: float = 0.5
    most_m: float = 120.0
    told_share: float = 0.7


NO_BURSTS = Multipath()
"""Open sky."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Metres east and north for each fix, shape (n, 2), and the part of them that the phone knows of, shape (n,)."""

    offsets_m: NDArray[np.float64]
    known_m: NDArray[np.float64]


def position_errors(
    times_s: Sequence[float], noise_m: float, correlation_s: float, bursts: Multipath, seed: int
) -> Errors:
    """Errors at ascending `times_s`; `noise_m` is the standard deviation in each direction."""
    random = np.random.default_rng([seed, 21])
    times = np.asarray(times_s, dtype=np.float64)
    count = len(times)
    fresh = random.normal(0.0, noise_m, (count, 2))
    offsets = np.zeros((count, 2))
    error = fresh[0] if count else np.zeros(2)
    for i in range(count):
        if i:
            kept = math.exp(-(times[i] - times[i - 1]) / correlation_s)
            error = kept * error + math.sqrt(1.0 - kept * kept) * fresh[i]
        offsets[i] = error
    known = np.zeros(count)
    if count and bursts.per_hour > 0.0:
        _throw(times, offsets, known, bursts, random)
    return Errors(offsets, known)


def _throw(
    times: NDArray[np.float64],
    offsets: NDArray[np.float64],
    known: NDArray[np.float64],
    bursts: Multipath,
    random: np.random.Generator,
) -> None:
    begin, end = float(times[0]), float(times[-1])
    for _ in range(int(random.poisson(bursts.per_hour * (end - begin) / 3600.0))):
        from_s = float(random.uniform(begin, end))
        to_s = from_s + float(random.exponential(bursts.mean_s))
        aside_m = min(bursts.most_m, bursts.median_m * float(np.exp(random.normal(0.0, bursts.log_sd))))
        angle = float(random.uniform(0.0, 2.0 * math.pi))
        hit = (times >= from_s) & (times < to_s)
        # Within a burst the reflections change a little as the courier moves on.
        sizes = aside_m * np.exp(random.normal(0.0, 0.15, int(hit.sum())))
        turns = angle + random.normal(0.0, 0.2, int(hit.sum()))
        offsets[hit] += np.column_stack((sizes * np.cos(turns), sizes * np.sin(turns)))
        if random.random() < bursts.told_share:
            known[hit] += aside_m
