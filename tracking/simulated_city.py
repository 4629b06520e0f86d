"""
What a simulated city hides from the tracker: traffic by zone and hour, signals, turns, and how long doors take.

Nothing here is told to the service; a learned factor has to find it out. Same seed, same city. The shapes are those
that travel time studies find (two peaks on working days, places that differ, a common factor of the day, log-normal
scatter: Emam & Al-Deek 2006, doi:10.1177/0361198106195900116); the sizes are drawn anew for each city, so that nothing
can be fitted to one of them.
"""

import math
from datetime import datetime, timedelta
from functools import cache

import numpy as np

from zones.lonlat import LocalMetres, LonLat, bearing_deg

_ZONE_M = 1_500.0
_BLOCK_M = 150.0
_WOBBLE_LOG_SD = 0.15
_WOBBLE_S = 120.0
_DAY_LOG_SD = 0.06
_SERVICE_LOG_SD = 0.35
_LIGHT_SHARE = 0.2
_RED_SHARE = 0.35
_RED_MOST_S = 50.0
_TURN_DEG = 40.0
_WEEKEND_SHARE = 0.35


@cache
def _zone_shape(seed: int, x: int, y: int) -> tuple[float, float, float]:
    random = np.random.default_rng([seed, 11, x + 10_000, y + 10_000])
    base = float(np.exp(random.normal(0.05, 0.08)))
    return base, float(random.uniform(0.15, 0.6)), float(random.uniform(0.2, 0.7))


@cache
def _has_light(seed: int, x: int, y: int) -> bool:
    return bool(np.random.default_rng([seed, 12, x + 100_000, y + 100_000]).random() < _LIGHT_SHARE)


@cache
def _day_factor(seed: int, ordinal: int) -> float:
    return float(np.exp(np.random.default_rng([seed, 13, ordinal]).normal(0.0, _DAY_LOG_SD)))


class HiddenCity:
    """The hidden truth of one city; zones are squares of 1.5 km around `centre`."""

    def __init__(self, centre: LonLat, seed: int) -> None:
        self.seed = seed
        self.plane = LocalMetres(centre)
        self.service_ratio = float(np.exp(np.random.default_rng([seed, 14]).normal(0.1, 0.1)))

    def zone_of(self, point: LonLat) -> str:
        """The id of the zone around `point`."""
        x, y = self._cell(point, _ZONE_M)
        return f"z{x}_{y}"

    def factor_at(self, point: LonLat, at: datetime) -> float:
        """Real driving time over free flow there and then, before the scatter of a single drive."""
        base, morning, evening = _zone_shape(self.seed, *self._cell(point, _ZONE_M))
        hour = at.hour + at.minute / 60.0
        peaks = morning * _bump(hour, 8.5, 1.2) + evening * _bump(hour, 17.8, 1.6) + 0.15 * _bump(hour, 13.0, 2.5)
        share = 1.0 if at.weekday() < 5 else _WEEKEND_SHARE
        return base * (1.0 + share * peaks) * _day_factor(self.seed, at.toordinal())

    def has_light(self, point: LonLat) -> bool:
        """Whether there is a traffic signal in the block around `point`."""
        return _has_light(self.seed, *self._cell(point, _BLOCK_M))

    def same_block(self, a: LonLat, b: LonLat) -> bool:
        """Whether two places are at the same signal."""
        return self._cell(a, _BLOCK_M) == self._cell(b, _BLOCK_M)

    def _cell(self, point: LonLat, size_m: float) -> tuple[int, int]:
        x_m, y_m = self.plane.to_xy_m(point)
        return math.floor(x_m / size_m), math.floor(y_m / size_m)


def _bump(hour: float, middle: float, width: float) -> float:
    return math.exp(-(((hour - middle) / width) ** 2))


class CityConditions:
    """
    What one drive meets in a `HiddenCity`; see `simulated_drive.Conditions`.

    The scatter of a drive around the hidden factor is a log-normal process that forgets over two minutes.
    """

    def __init__(self, city: HiddenCity, start_at: datetime, seed: int) -> None:
        self.city = city
        self.start_at = start_at
        self.random = np.random.default_rng([seed, 5])
        self.wobble = float(self.random.normal(0.0, _WOBBLE_LOG_SD))
        self.bearing: float | None = None

    def driving_s(self, a: LonLat, b: LonLat, at_s: float, free_s: float) -> float:
        """Real seconds for a stretch of `free_s` planned ones."""
        kept = math.exp(-free_s / _WOBBLE_S)
        fresh = math.sqrt(1.0 - kept**2) * float(self.random.normal(0.0, _WOBBLE_LOG_SD))
        self.wobble = kept * self.wobble + fresh
        return free_s * self.city.factor_at(b, self.start_at + timedelta(seconds=at_s)) * math.exp(self.wobble)

    def halt_s(self, a: LonLat, b: LonLat) -> float:
        """Seconds lost at `b`: a red light, a turn."""
        bearing = bearing_deg(a, b)
        turned = 0.0
        if self.bearing is not None:
            turned = abs((bearing - self.bearing + 180.0) % 360.0 - 180.0)
        self.bearing = bearing
        lost_s = float(self.random.uniform(2.0, 8.0)) if turned > _TURN_DEG else 0.0
        is_new = not self.city.same_block(a, b)
        if is_new and self.city.has_light(b) and self.random.random() < _RED_SHARE:
            lost_s += float(self.random.uniform(3.0, _RED_MOST_S))
        return lost_s

    def service_s(self, planned_s: float) -> float:
        """Seconds at the door: log-normal around the planned ones times the city's hidden ratio."""
        return planned_s * self.city.service_ratio * float(np.exp(self.random.normal(0.0, _SERVICE_LOG_SD)))

    def walk_m(self) -> tuple[float, float]:
        """How far the door is from where the courier parks, metres east and north."""
        away_m = float(self.random.uniform(4.0, 28.0))
        angle = float(self.random.uniform(0.0, 2.0 * math.pi))
        return away_m * math.cos(angle), away_m * math.sin(angle)
