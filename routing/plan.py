"""A plan: every shift's route with its visits and legs, what stayed unassigned and why, and how it was made."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """
    A stop placed in a route: after `setup_s` and waiting `wait_s`, service runs from `starts_at` to `leaves_at`.

    `setup_s` is 0 where the halt before (a visit, or the start of the trip) was at the same point. Windows are about
    `starts_at`.
    """

    visit_id: str
    order_id: str
    point: LonLat
    arrives_at: datetime
    starts_at: datetime
    leaves_at: datetime
    setup_s: int = 0

    @property
    def wait_s(self) -> int:
        """Seconds spent neither on the setup nor on service."""
        return int((self.starts_at - self.arrives_at).total_seconds()) - self.setup_s


class HaltKind(StrEnum):
    """What a courier halts for between two visits."""

    RELOAD = "reload"
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """
    A halt on a leg that is no visit: a break, or the way back to a depot for the next trip.

    It lasts from `starts_at` for `duration_s`, which counts waiting: for goods at the depot, for a break to open.
    `name` is the break's or the depot's id.
    """

    kind: HaltKind
    name: str
    starts_at: datetime
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """
    The drive between two visits: `duration_s` free-flow seconds times factors, `path` the streets, first to last point.

    `source` says who answered: "osrm" or "great_circle". `street` is the first named street driven, "" when unknown.
    `halts` are in the order of their times and not counted in `duration_s`; a leg with a reload leads by that depot,
    with the drives there and on in its sums. Where the route ends anywhere, the last leg has 0 s and 0 m.
    `free_flow_s` is `duration_s` without the factors of the hours, None where there are none.
    """

    distance_m: int
    duration_s: int
    path: tuple[LonLat, ...] = ()
    source: str = "great_circle"
    street: str = ""
    halts: tuple[Halt, ...] = ()
    free_flow_s: int | None = None

    @property
    def unfactored_s(self) -> int:
        """Seconds of driving without the factors of the hours, against which traffic is learned."""
        return self.duration_s if self.free_flow_s is None else self.free_flow_s

    @property
    def elapsed_s(self) -> int:
        """Seconds from leaving the last place to arriving at the next: the drive and the halts on it."""
        return self.duration_s + sum(halt.duration_s for halt in self.halts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """
    One shift's visits in order. `legs` has one more entry than `visits`: start -> first, ..., last -> end depot.

    A shift without visits has no route.
    """

    shift_id: str
    courier_id: str
    departs_at: datetime
    returns_at: datetime
    visits: tuple[Visit, ...]
    legs: tuple[Leg, ...]


class UnassignedCode(StrEnum):
    """Why an order is not in the plan; one machine word each."""

    NO_ADDRESS = "no_address"
    UNREACHABLE = "unreachable"
    OUTSIDE_ZONES = "outside_zones"
    NO_COURIER_FOR_ZONE = "no_courier_for_zone"
    NO_COURIER_WITH_SKILL = "no_courier_with_skill"
    NO_COURIER_AT_DEPOT = "no_courier_at_depot"
    COURIERS_HAVE_LEFT = "couriers_have_left"
    TOO_LARGE = "too_large"
    WINDOW_OUTSIDE_SHIFTS = "window_outside_shifts"
    WINDOW_UNREACHABLE = "window_unreachable"
    LOCKER_FULL = "locker_full"
    NOT_BROUGHT = "not_brought"
    CAPACITY_FULL = "capacity_full"
    NO_TIME_LEFT = "no_time_left"
    TOO_COSTLY = "too_costly"
    COURIER_OUT = "courier_out"
    AREA_CLOSED = "area_closed"


class RemedyKind(StrEnum):
    """What could be changed so that an order left out is served; one machine word each."""

    WINDOW_EARLIER = "window_earlier"
    WINDOW_LATER = "window_later"
    SHIFT_LATER = "shift_later"
    CAPACITY = "capacity"
    SKILL = "skill"
    ZONE = "zone"
    PRIORITY = "priority"
    LOCKER_CELL = "locker_cell"
    EXTRA_COURIER = "extra_courier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """
    One single change with which the order is served and nobody else is left out: proved by placing it.

    `amount` is in minutes for windows and shifts, in the unit of the load dimension for capacity, in points for
    priority, else 1. `name` says which dimension, skills, zone or locker; `shift_id` whose shift it is about.
    """

    kind: RemedyKind
    text: str
    amount: int = 1
    name: str = ""
    shift_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """An order left out: the machine code, a sentence that names the fact, and what would have served it."""

    order_id: str
    visit_id: str
    code: UnassignedCode
    message: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a plan breaks, found by `plan_check`: machine code, the visit or shift, a sentence."""

    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a plan was made, kept with it: engine, seconds given, seed, matrix source, zone version, weights."""

    engine: str
    time_limit_s: float
    seed: int
    matrix_source: str
    zone_version: int | None = None
    network_build: str | None = None
    cost: int = 0
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All routes of one city and day, what stayed out, and where it came from. Immutable; a change is a new version."""

    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChange:
    """
    A visit that is in both plans and differs: `later_s` is new minus old start of service, negative when sooner.

    `must_tell`: its client was promised a time that no longer holds.
    """

    visit_id: str
    order_id: str
    old_shift_id: str
    new_shift_id: str
    old_starts_at: datetime
    new_starts_at: datetime
    must_tell: bool = False

    @property
    def later_s(self) -> int:
        """Seconds by which service starts later than before; negative when sooner."""
        return int((self.new_starts_at - self.old_starts_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a dispatcher should know about a new plan: machine code, the visit or shift, a sentence."""

    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """
    What a new plan changes: visits given to another courier, re-timed with the same courier, added, and dropped.

    `moved` visits may be re-timed as well. Every tuple is in the order of `visit_id`. `changed_ids` are the visits that
    a change budget counts: moved, dropped, or re-timed by more than the tolerance. `tell_ids` are those whose client
    was promised a time and has to be told: `must_tell`, or dropped with a promise.
    `cost_before` is what the rest of the day would cost with nothing re-planned, `cost_after` what it costs now, both
    in units of one second of driving and without the price of changes, which is `change_cost`; None when not known.
    """

    moved: tuple[VisitChange, ...] = ()
    retimed: tuple[VisitChange, ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    changed_ids: tuple[str, ...] = ()
    tell_ids: tuple[str, ...] = ()
    cost_before: int | None = None
    cost_after: int | None = None
    change_cost: int | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when both plans visit the same places by the same couriers at the same times."""
        return not (self.moved or self.retimed or self.added or self.dropped)
