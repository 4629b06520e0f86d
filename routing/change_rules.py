"""What a new plan for the rest of a day may change, and what each change costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from zones.lonlat import LonLat


class LockLevel(StrEnum):
    """
    How much of a visit stays as planned, the most first.

    `TIMES`: courier, sequence and the start of service. `SEQUENCE`: courier and the order among locked visits, others
    may come between. `COURIER`: the courier only.
    """

    TIMES = "times"
    SEQUENCE = "sequence"
    COURIER = "courier"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHorizon:
    """Every visit planned to start within `within_s` of now is locked at this level."""

    within_s: int
    level: LockLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedTime:
    """When a client was told that service would start, both ends included."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePrices:
    """
    What changes cost the search, in units of one second of driving; nothing by default.

    `per_moved` for each visit given to another courier, `per_retimed_min` for each minute that a promised visit starts
    more than `tolerance_s` before or after its promised time.
    """

    per_moved: int = 0
    per_retimed_min: float = 0.0
    tolerance_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """
    A courier who drives no further: his shift ends now.

    What he has not loaded yet is free for others. What is on board stays with him and is left out, unless `handover`:
    then each parcel can be picked up where he stands, in `handover_s` of service, and be brought by somebody else.
    `place` is where he stands; None is his last known place.
    """

    shift_id: str
    handover: bool = False
    handover_s: int = 60
    place: LonLat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """
    An area that nobody drives through from `from_at` to `until_at`; a closed street is a narrow one.

    `ring` are its corners in order, the first not repeated. Whoever is inside may drive out.
    """

    closure_id: str
    ring: tuple[LonLat, ...]
    from_at: datetime
    until_at: datetime
    name: str = ""

    def holds_between(self, from_at: datetime, until_at: datetime) -> bool:
        """Whether it is closed at any time of this span, both ends included."""
        return self.from_at <= until_at and from_at <= self.until_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """
    What a new plan for the rest of the day has to respect of the plan in force; by default nothing but what is frozen.

    `locks` are by visit id and go before `horizons`; of several horizons the strictest holds. `max_changed` is how many
    visits may be moved, dropped or re-timed by more than the tolerance. `promised` is by visit id.
    """

    locks: Mapping[str, LockLevel] = field(default_factory=dict)
    horizons: tuple[LockHorizon, ...] = ()
    prices: ChangePrices = field(default_factory=ChangePrices)
    max_changed: int | None = None
    promised: Mapping[str, PromisedTime] = field(default_factory=dict)
    breakdowns: tuple[Breakdown, ...] = ()
    closures: tuple[Closure, ...] = ()

    def level_of(self, visit_id: str, planned_at: datetime, now: datetime) -> LockLevel | None:
        """How a visit that was planned to start at `planned_at` is locked; None when it is free."""
        if visit_id in self.locks:
            return self.locks[visit_id]
        levels = {one.level for one in self.horizons if planned_at <= now + timedelta(seconds=one.within_s)}
        return next((level for level in LockLevel if level in levels), None)
