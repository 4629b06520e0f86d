"""
5,000 orders of one day over 14 cities: a problem for each city and shift wave.

There are three extracts, so each stands for several cities: other centres, other orders, another size.
"""

from dataclasses import dataclass
from math import ceil
from random import Random

from benchmarks.city.day import HOUR_S, DaySpec

CITY_COUNT = 14
WAVES = {"morning": 8 * HOUR_S, "evening": 14 * HOUR_S}
"""Each wave lasts six hours from here."""

WAVE_S = 6 * HOUR_S
ORDERS_A_COURIER = 14
_SMALLEST = 0.35
"""No city is smaller than this part of the mean."""

_RADIUS_M = {"porto": 5_000.0, "heidelberg": 5_000.0, "almaty": 6_000.0}


@dataclass(frozen=True, slots=True)
class WaveOfCity:
    """One problem: the extract it is on, how far its centre lies east and north of the town's, and what is asked."""

    extract: str
    east_m: float
    north_m: float
    spec: DaySpec


def waves_of_day(orders: int, seed: int, extracts: list[str]) -> list[WaveOfCity]:
    """The problems of a day; their orders sum up to `orders`. Those of one extract come together."""
    rng = Random(f"fourteen {orders} {seed}")  # noqa: S311 - a day, not a secret
    weights = [_SMALLEST + rng.expovariate(1 / (1 - _SMALLEST)) for _ in range(CITY_COUNT)]
    sizes = shared_out(orders, weights)
    waves = []
    for number, size in enumerate(sizes):
        extract = extracts[number * len(extracts) // CITY_COUNT]
        east_m, north_m = rng.uniform(-1_500, 1_500), rng.uniform(-1_500, 1_500)
        parts = shared_out(size, [rng.uniform(0.4, 0.6), 0.5])
        for (wave, opens_s), part in zip(WAVES.items(), parts, strict=True):
            spec = DaySpec(
                name=f"city{number + 1:02d}_{wave}_{part}",
                orders=part,
                couriers=max(6, ceil(part / ORDERS_A_COURIER) + 2),
                radius_m=_RADIUS_M[extract],
                seed=100 * seed + number,
                opens_s=opens_s,
                closes_s=opens_s + WAVE_S,
                shift_s=WAVE_S,
            )
            waves.append(WaveOfCity(extract, east_m, north_m, spec))
    return waves


def shared_out(total: int, weights: list[float]) -> list[int]:
    """Whole parts of `total` in about these proportions; they sum up to it."""
    whole = sum(weights)
    bounds = [round(total * sum(weights[: i + 1]) / whole) for i in range(len(weights))]
    return [b - a for a, b in zip([0, *bounds], bounds, strict=False)]
