"""What happened, in the past tense: the facts that the pipeline finds and the service stores and streams."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from zones.lonlat import LonLat


class DeviationKind(StrEnum):
    """What departs from the plan. Each is a state of its own that opens and closes."""

    OFF_ROUTE = "off_route"
    WRONG_WAY = "wrong_way"
    WRONG_SEQUENCE = "wrong_sequence"
    STALL = "stall"
    LONG_SERVICE = "long_service"
    GAP = "gap"
    SLOW_TRAFFIC = "slow_traffic"
    LATE_START = "late_start"
    OUTSIDE_ZONES = "outside_zones"
    SPEEDING = "speeding"
    MOCK_LOCATION = "mock_location"
    CLOCK_SKEW = "clock_skew"


class Reason(StrEnum):
    """Why a promised arrival moved."""

    DETOUR = "detour"
    STALL = "stall"
    LONG_SERVICE = "long_service"
    NO_SIGNAL = "no_signal"
    TRAFFIC = "traffic"
    LATE_START = "late_start"
    WRONG_SEQUENCE = "wrong_sequence"
    NEW_STOP = "new_stop"
    STOP_DROPPED = "stop_dropped"
    EDITED = "edited"
    REPLAN = "replan"
    AHEAD = "ahead"
    SLOWER_THAN_PLANNED = "slower_than_planned"


class Level(StrEnum):
    """How an arrival stands to its promise: P90 inside; P50 inside but P90 past the end; P50 past the end."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


class Eta(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    When service at a visit is likely to start: `early_at` P10, `expected_at` P50, `late_at` P90.

    `sd_s` is the spread of the model before calibration, seconds; 0 where the courier is there or a window decides.
    """

    visit_id: str
    order_id: str
    early_at: datetime
    expected_at: datetime
    late_at: datetime
    computed_at: datetime
    sd_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationOpened:
    """
    A departure from the plan began at `since_at` and was noticed at `at`.

    `deviation_id` is also the id of the cause that ETA changes name. `measure` is metres off the corridor for
    OFF_ROUTE, metres gone back for WRONG_WAY, seconds for STALL, GAP and LATE_START, seconds beyond the plan for
    LONG_SERVICE, the factor on travel time for SLOW_TRAFFIC, how many stops were skipped for WRONG_SEQUENCE, metres
    outside for OUTSIDE_ZONES, the highest metres a second for SPEEDING, how many positions were made up for
    MOCK_LOCATION, and seconds that the phone's clock is ahead (negative: behind) for CLOCK_SKEW.
    `near_visit_id` is the visit it happened before (or at, for LONG_SERVICE).
    """

    at: datetime
    deviation_id: str
    kind: DeviationKind
    since_at: datetime
    measure: float
    point: LonLat | None
    near_visit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationUpdated:
    """An open departure has grown or shrunk enough to tell (its measure), at most one in 30 s."""

    at: datetime
    deviation_id: str
    kind: DeviationKind
    measure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationClosed:
    """The departure ended at `at`."""

    at: datetime
    deviation_id: str
    kind: DeviationKind
    since_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRetracted:
    """Late pings showed that the departure never was; whoever saw it must be told."""

    at: datetime
    deviation_id: str
    kind: DeviationKind
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitArrived:
    """The courier reached the stop."""

    at: datetime
    visit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLeft:
    """The courier left the stop after `dwell_s` seconds there."""

    at: datetime
    visit_id: str
    dwell_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaChanged:
    """
    A promised arrival moved enough to be news.

    `old` is None for the first estimate. `cause_id` is a deviation's or a delay's id, or the id of the replan, edit or
    cancellation that moved it; None when no single cause is known.
    """

    at: datetime
    visit_id: str
    order_id: str
    old: Eta | None
    new: Eta
    reason: Reason
    cause_id: str | None
    old_level: Level | None
    new_level: Level


class DelayBegan(msgspec.Struct, frozen=True, kw_only=True):
    """
    The courier runs late since `since_at` though nothing departs from the plan; noticed at `at`, near a place.

    `delay_id` is the cause that ETA changes name, `reason` TRAFFIC, LONG_SERVICE (a stop that takes its time, not yet
    long by the rule of that departure) or SLOWER_THAN_PLANNED, `delay_s` the most seconds by which it has moved an
    arrival that is still ahead.
    """

    at: datetime
    delay_id: str
    reason: Reason
    since_at: datetime
    delay_s: int
    near_visit_id: str | None = None
    lon: float | None = None
    lat: float | None = None


class DelayGrew(msgspec.Struct, frozen=True, kw_only=True):
    """The delay has grown or shrunk enough to tell, or its reason is known better; at most one in 30 s."""

    at: datetime
    delay_id: str
    reason: Reason
    delay_s: int


class DelayEnded(msgspec.Struct, frozen=True, kw_only=True):
    """It was made up, or nobody is left to wait for it; `into_id` is the departure that explains it from now on."""

    at: datetime
    delay_id: str
    since_at: datetime
    into_id: str | None = None


type TrackingEvent = (
    DeviationOpened
    | DeviationUpdated
    | DeviationClosed
    | DeviationRetracted
    | VisitArrived
    | VisitLeft
    | EtaChanged
    | DelayBegan
    | DelayGrew
    | DelayEnded
)
