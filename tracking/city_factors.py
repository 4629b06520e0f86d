"""What a city has taught, made ready to be asked: by trackers every few seconds, by the planner for a whole day."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.travel_matrix import NO_STARTS, HourFactors, LegStarts
from tracking.calibration import Band
from tracking.hour_ratios import HOUR_S, HourRatios
from tracking.learning import (
    DEFAULT_FACTORS,
    RECENT,
    TRAVEL,
    DayKind,
    Factor,
    Factors,
    Learned,
    local_hour,
    travel_path,
)
from tracking.leg_starts import leg_starts
from tracking.service_times import SERVICE, ServiceRatios
from tracking.shrinkage import Fit, fitted

HOURS_AHEAD: Final = 36
"""So many hours from now have a factor of their own; later ones have the last one's."""

_KINDS = tuple(DayKind)
_RECENT_LEVEL = len(TRAVEL.levels) - 1
_RECENT_HALF_LIFE_H = 3.0
_SLOTS = 24 * len(_KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class CityFactors:
    """
    One city's factors by zone, hour and kind of day, found from its cells once; ask it through `factors_at`.

    `ratios` has a row for each zone and one, the first, for any other place; its columns are the 24 hours of a workday,
    of a Saturday, of a Sunday. `common_log_sd` is the doubt about the city's own factor in each of those hours.
    """

    timezone: tzinfo
    holidays: frozenset[date]
    rows: dict[str, int]
    ratios: NDArray[np.float64]
    common_log_sd: NDArray[np.float64]
    trip_log_sd: float
    travel_fit: Fit
    service_fit: Fit
    bands: tuple[Band, ...]
    starts: LegStarts = NO_STARTS
    _of_hour: dict[float, Factors] = field(default_factory=dict, repr=False)
    _services: dict[str, ServiceRatios] = field(default_factory=dict, repr=False)


def city_factors(learned: Learned, timezone: tzinfo, holidays: Collection[date] = ()) -> CityFactors:
    """Work out a city's factors from its cells; some milliseconds, so keep the result until more was learned."""
    fit = fitted(learned.travel, TRAVEL)
    zones = sorted({key.split("|", 1)[1] for key in learned.travel if key.startswith("zone|")})
    ratios = np.ones((len(zones) + 1, _SLOTS))
    doubt = np.zeros(_SLOTS)
    for slot in range(_SLOTS):
        kind, hour = _KINDS[slot // 24], slot % 24
        for row, zone_id in enumerate((None, *zones)):
            effects, _ = fit.log_effects(travel_path(zone_id, hour, kind))
            ratios[row, slot] = math.exp(sum(effects)) * fit.mean_over_median
        unplaced = travel_path(None, hour, kind)
        _, variance = fit.log_effects(unplaced)
        # Zones differ, but what is ahead leads through several of them: their own doubt is part of a trip's scatter.
        # How far one day is from the next is not: it is the same for all that is ahead today.
        variance -= sum(fit.between_log2[2:_RECENT_LEVEL])
        doubt[slot] = min(DEFAULT_FACTORS.travel.log_sd, math.sqrt(max(0.0, variance)))
    service_fit = fitted(learned.service, SERVICE)
    return CityFactors(
        timezone=timezone,
        holidays=frozenset(holidays),
        rows={zone_id: row for row, zone_id in enumerate(zones, start=1)},
        ratios=ratios,
        common_log_sd=doubt,
        trip_log_sd=math.sqrt(fit.single_log2),
        travel_fit=fit,
        service_fit=service_fit,
        bands=learned.calibration.bands(),
        starts=leg_starts(learned.travel),
    )


def factors_at(city: CityFactors, now: datetime, courier_id: str | None = None) -> Factors:
    """What applies to a courier at this instant and in the hours after it; cheap after the first call of an hour."""
    now_ts = now.timestamp()
    local = now.astimezone(city.timezone)
    hour_ts = float(round(now_ts - (local.minute * 60 + local.second + local.microsecond / 1e6)))
    known = city._of_hour.get(hour_ts)
    if known is None:
        known = _factors_of_hour(city, hour_ts)
        city._of_hour.clear()
        city._of_hour[hour_ts] = known
    if not courier_id:
        return known
    services = city._services.get(courier_id)
    if services is None:
        services = city._services.setdefault(courier_id, ServiceRatios(city.service_fit, courier_id))
    return replace(known, service_ratios=services)


def hour_factors(city: CityFactors, first_at: datetime, last_at: datetime, zone_id: str | None = None) -> HourFactors:
    """
    The city's (or one zone's) factors for the planner, from the hour of `first_at` to that of `last_at`, and what a leg
    costs besides.

    Hours in a row with the same factor (to a hundredth) are one piece.
    """
    row = city.rows.get(zone_id, 0) if zone_id is not None else 0
    local = first_at.astimezone(city.timezone)
    at = (local - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)).astimezone(UTC)
    starts: list[datetime] = []
    factors: list[float] = []
    while at <= last_at or not starts:
        ratio = round(float(city.ratios[row, _slot(city, at.timestamp())]), 2)
        if not factors or ratio != factors[-1]:
            starts.append(at)
            factors.append(ratio)
        at += timedelta(hours=1)
    return HourFactors(tuple(starts), tuple(factors), city.starts)


def _factors_of_hour(city: CityFactors, hour_ts: float) -> Factors:
    slots = [_slot(city, hour_ts + i * HOUR_S) for i in range(HOURS_AHEAD)]
    recent_log = city.travel_fit.recent_log_effect(RECENT, _RECENT_LEVEL, hour_ts)
    # Snow of this morning is not known to lie in the evening: what is particular now fades over the hours ahead.
    fading = 0.5 ** (np.arange(HOURS_AHEAD) / _RECENT_HALF_LIFE_H)
    # In rows one after another: the compiled pass knows no other order.
    ahead = np.ascontiguousarray(city.ratios[:, slots] * np.exp(recent_log * fading))
    now = Factor(float(ahead[0, 0]), float(city.common_log_sd[slots[0]]), city.trip_log_sd)
    services = ServiceRatios(city.service_fit, None)
    single = math.sqrt(city.service_fit.single_log2)
    _, doubt = city.service_fit.log_effects(("city", *[None] * (len(SERVICE.levels) - 1)))
    doubt -= sum(city.service_fit.between_log2[1:])
    return Factors(
        travel=now,
        service=Factor(1.0, min(DEFAULT_FACTORS.service.log_sd, math.sqrt(max(0.0, doubt))), single),
        hours=HourRatios(hour_ts, city.rows, ahead),
        service_ratios=services,
        bands=city.bands,
        starts=city.starts,
    )


def _slot(city: CityFactors, at_ts: float) -> int:
    hour, kind = local_hour(at_ts, city.timezone, city.holidays)
    return _KINDS.index(kind) * 24 + hour
