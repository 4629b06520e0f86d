"""
Travel and service time factors learned from what happened, with their uncertainty.

A factor is what happened over what was planned: 1.2 means a fifth longer. Logarithms of such ratios are averaged in
nested cells (city -> hour x kind of day -> zone -> zone at that hour; see `shrinkage`), each shrunk towards those
around it. What is learned of a city is a `Learned`; `factors.factors_at` makes of it what applies to one courier now.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum

import msgspec

from routing.travel_matrix import NO_STARTS, LegStarts
from tracking.calibration import NOT_CALIBRATED, Band, Calibration
from tracking.hour_ratios import HourRatios
from tracking.leg_starts import leg_starts, observe_start
from tracking.service_times import ObservedService, ServiceRatios, observe_service
from tracking.shrinkage import Cell, Cells, Estimator, Level, Part, fitted, key_of, observed

TRAVEL = Estimator(
    levels=(
        Level("city", 0.30),
        Level("hour", 0.15),
        Level("zone", 0.12),
        Level("zone_hour", 0.10),
        Level("recent", 0.08, half_life_days=0.125),
    ),
    single_log_sd=0.25,
)
"""
Sd of the log between cells, before they have shown their own, and of one drive of 10 minutes or more. The last level is
what the whole city is like just now (snow, a closed bridge): it is half forgotten after three hours.
"""

RECENT = "recent"
"""Key of the cell of the last hours."""

_TRIP_LOG_SD = 0.25
_BETWEEN_LOG_SD = 0.15
_SHORT_DRIVE_S = 180.0
_PACE_SAYS_S = 600.0
_SETTLED_FROM = 40.0
_SHORTEST_DRIVE_S = 30.0


class DayKind(StrEnum):
    """Days whose traffic is alike."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Factor(msgspec.Struct, frozen=True):
    """
    What happened over what was planned: the `ratio` expected, and how far one trip or service may be from it.

    `log_sd` is the uncertainty of the factor itself, shared by all that is ahead; `trip_log_sd` is the scatter of a
    single trip or service around it. Both are standard deviations of the natural logarithm.
    """

    ratio: float = 1.0
    log_sd: float = 0.15
    trip_log_sd: float = _TRIP_LOG_SD


@dataclass(frozen=True, slots=True)
class Factors:
    """
    What applies to one courier now: `travel` on the line's own planned seconds, `service` on planned service.

    `hours` replaces `travel.ratio` for what is ahead by zone and hour, `service_ratios` (by zone and type of order)
    that of `service`; `bands` are the calibrated ends of intervals by horizon. None where nothing was learned. `starts`
    is what each leg costs besides its length.
    """

    travel: Factor = field(default_factory=Factor)
    service: Factor = field(default_factory=lambda: Factor(log_sd=0.2, trip_log_sd=0.5))
    hours: HourRatios | None = None
    service_ratios: ServiceRatios | None = None
    bands: tuple[Band, ...] = NOT_CALIBRATED.bands()
    starts: LegStarts = NO_STARTS


DEFAULT_FACTORS = Factors()
"""Nothing learned yet: what was planned, and honest doubt about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLeg:
    """
    One leg driven as planned: seconds of driving against the plan's seconds without any factor.

    `hour` is the local hour in which its middle was driven, `zone_id` the zone it led to.
    """

    visit_id: str
    zone_id: str | None
    hour: int
    day_kind: DayKind
    planned_s: float
    observed_s: float
    ended_ts: float


@dataclass(frozen=True, slots=True)
class Learned:
    """All that one city has taught: cells of travel and of service, and how wide intervals must be. Immutable."""

    travel: Cells = field(default_factory=dict)
    service: Cells = field(default_factory=dict)
    calibration: Calibration = NOT_CALIBRATED

    def observe_leg(self, leg: ObservedLeg) -> "Learned":
        """What is known after one more leg; one that says nothing changes nothing."""
        changed = observe_leg(self.travel, leg)
        return replace(self, travel={**self.travel, **changed}) if changed else self

    def observe_service(self, service: ObservedService) -> "Learned":
        """What is known after one more service; one that says nothing changes nothing."""
        changed = observe_service(self.service, service)
        return replace(self, service={**self.service, **changed}) if changed else self

    def observe_arrival(self, horizon: int, residual: float) -> "Learned":
        """What is known after a forecast met what happened (`Forecast.residual`); nothing more in a city still new."""
        if not is_settled(self.travel):
            return self
        return replace(self, calibration=self.calibration.observe(horizon, residual))


def is_settled(travel: Cells) -> bool:
    """
    Whether a city has taught its own pace: how wrong forecasts were before that says nothing of those after it.

    The cell of the whole city is enough to know.
    """
    return travel.get("city", Cell()).weight >= _SETTLED_FROM


def day_kind_of(on: date, holidays: Collection[date] = ()) -> DayKind:
    """Workday, Saturday, or Sunday and holiday."""
    if on in holidays or on.weekday() == 6:
        return DayKind.SUNDAY
    return DayKind.SATURDAY if on.weekday() == 5 else DayKind.WORKDAY


def local_hour(at_ts: float, timezone: tzinfo, holidays: Collection[date] = ()) -> tuple[int, DayKind]:
    """The hour of the local day, and what kind of day it is."""
    local = datetime.fromtimestamp(at_ts, timezone)
    return local.hour, day_kind_of(local.date(), holidays)


def travel_path(
    zone_id: str | None, hour: int | None, kind: DayKind | None, *, now: bool = False
) -> tuple[str | None, ...]:
    """The cells that a drive belongs to, one for each level of `TRAVEL`; that of the last hours only with `now`."""
    timed = hour is not None and kind is not None
    return (
        "city",
        key_of("hour", kind, hour) if timed else None,
        key_of("zone", zone_id) if zone_id else None,
        key_of("zone_hour", zone_id, kind, hour) if zone_id and timed else None,
        RECENT if now else None,
    )


def observe_leg(cells: Cells, leg: ObservedLeg) -> dict[str, Cell]:
    """The cells that a driven leg changes; a short one says little, one of seconds nothing."""
    if not (
        leg.planned_s >= _SHORTEST_DRIVE_S and leg.observed_s > 0.0 and math.isfinite(leg.planned_s + leg.observed_s)
    ):
        return {}
    weight = leg.planned_s / (leg.planned_s + _SHORT_DRIVE_S)
    path = travel_path(leg.zone_id, leg.hour, leg.day_kind, now=True)
    starts = observe_start(cells, leg.planned_s, leg.observed_s, weight, leg.ended_ts)
    ratio = leg.observed_s / leg_starts(starts).stretched_s(leg.planned_s)
    changed = observed(cells, path, ratio, weight, leg.ended_ts, TRAVEL)
    return changed | starts if changed else {}


def travel_parts(cells: Cells, zone_id: str | None, hour: int | None, kind: DayKind | None) -> tuple[Part, ...]:
    """Why a factor is what it is: "the city 1.12, at 18 h 1.15, this zone 1.02", each with how many legs said so."""
    return fitted(cells, TRAVEL).parts(travel_path(zone_id, hour, kind))


def adapted(factor: Factor, observed_s: float, planned_s: float) -> Factor:
    """
    The factor of this courier on this route: the learned one moved by what was driven lately.

    Normal prior on the log ratio, one observation whose variance falls with the seconds planned for the stretch: over
    10 minutes it is that of one trip. Signals and turns make shorter ones say little.
    """
    if observed_s <= 0.0 or planned_s <= 0.0:
        return factor
    prior = factor.log_sd**2 + _BETWEEN_LOG_SD**2
    noise = factor.trip_log_sd**2 * max(_PACE_SAYS_S / planned_s, 0.1)
    weight = prior / (prior + noise)
    seen_log = max(-1.0, min(2.0, math.log(observed_s / planned_s)))
    mean_log = math.log(factor.ratio) + weight * (seen_log - math.log(factor.ratio))
    return Factor(
        ratio=math.exp(mean_log),
        log_sd=math.sqrt(prior * noise / (prior + noise)),
        trip_log_sd=factor.trip_log_sd,
    )
