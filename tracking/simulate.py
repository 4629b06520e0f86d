"""
A courier's day on real streets, with noise, gaps, detours, stalls and slow traffic, and the truth beside it.

Pure and seeded: the same arguments give the same track. Nothing here knows how the detectors work.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from routing.plan import Route
from routing.roads import RoadNetwork
from tracking.ping import Ping
from tracking.simulated_drive import Conditions, Drive, Moment, drive_route
from tracking.simulated_odd import by_a_clock, made_up
from tracking.simulated_phone import PhoneHabits, dead_zones, pings_of
from zones.lonlat import LonLat

DEFAULT_HABITS = PhoneHabits()
"""A phone in a holder: 6 m of noise, a second of delay."""


class DisturbanceKind(StrEnum):
    """What goes wrong on the road."""

    DETOUR = "detour"
    STALL = "stall"
    GAP = "gap"
    SLOW_TRAFFIC = "slow_traffic"
    WRONG_WAY = "wrong_way"
    SKIPPED_STOP = "skipped_stop"
    STALL_AT_STOP = "stall_at_stop"
    BREAKDOWN = "breakdown"
    SPEEDING = "speeding"
    MOCK_LOCATION = "mock_location"
    CLOCK_SKEW = "clock_skew"
    OUTSIDE_ZONES = "outside_zones"


_MOCK = DisturbanceKind.MOCK_LOCATION
_SKEW = DisturbanceKind.CLOCK_SKEW
_OF_THE_PHONE = (DisturbanceKind.GAP, _MOCK, _SKEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """
    One thing that goes wrong, once.

    It begins `start_s` after the departure, or, with `on_leg`, on the drive to visit number `on_leg` (0 is the first)
    or at that visit; a detour, a stall, a breakdown, a wrong way and speeding wait for a place away from stops.
    `size_s` is how long a stall, a breakdown, a gap, slow traffic or made-up positions last, and how far ahead
    (negative: behind) a wrong clock is from then on; `size_m` how far aside a detour or a drive out of the zones leads,
    how far back a wrong way, for how far the courier speeds, and a stop is skipped by the direct way to the next one
    (0: by driving past it along the plan); `factor` is how much slower slow traffic is.
    """

    kind: DisturbanceKind
    start_s: float | None = None
    on_leg: int | None = None
    size_s: float = 300.0
    size_m: float = 500.0
    factor: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """
    When a disturbance really was, and at which visit, if at one.

    A detour counts while the courier is off the planned streets by over 30 m; a stop is skipped when the courier has
    passed it, or takes the other way.
    """

    kind: DisturbanceKind
    began_at: datetime
    ended_at: datetime
    visit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueVisit:
    """When a visit really was made."""

    visit_id: str
    arrived_at: datetime
    left_at: datetime


class ReportKind(StrEnum):
    """What the courier presses."""

    ARRIVED = "arrived"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReport:
    """What the courier's phone reports of a visit: pressed at `at`, received at `received_at`."""

    visit_id: str
    kind: ReportKind
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """
    A simulated day of one courier; `pings` and `outcomes` in the order in which the service receives them.

    `ended_at` is when the courier is back at the end of the route. `drive` is where he really was, by seconds after
    `started_at`; `silences` are when his phone could not be heard. `taken_at` are the real times of the pings' fixes
    where the phone's clock was wrong, as many as pings; without them the pings' own times are right.
    """

    pings: tuple[Ping, ...]
    outcomes: tuple[VisitReport, ...]
    truth: tuple[Truth, ...]
    ended_at: datetime
    started_at: datetime
    visits: tuple[TrueVisit, ...]
    drive: Drive
    silences: tuple[tuple[datetime, datetime], ...]
    taken_at: tuple[datetime, ...] = ()

    def fixed_at(self) -> tuple[datetime, ...]:
        """When each of the pings' fixes really was."""
        return self.taken_at or tuple(p.fix_at for p in self.pings)

    def true_point(self, at: datetime) -> LonLat:
        """Where the courier really was then."""
        return self.drive.point_at((at - self.started_at).total_seconds())

    def messages(self) -> Iterator[Ping | VisitReport]:
        """All that the phone sends, in order of receipt; a report comes after the pings of its moment."""
        both: list[Ping | VisitReport] = [*self.pings, *self.outcomes]
        yield from sorted(both, key=lambda m: (m.received_at, isinstance(m, VisitReport)))


def simulate_courier(
    route: Route,
    service_s: Mapping[str, int],
    roads: RoadNetwork | None,
    start_at: datetime,
    seed: int,
    disturbances: tuple[Disturbance, ...] = (),
    ping_every_s: float = 5.0,
    habits: PhoneHabits = DEFAULT_HABITS,
    conditions: Conditions | None = None,
) -> Track:
    """
    Drive `route` from `start_at`, deliver, and let the phone post a ping every `ping_every_s`.

    `service_s` is by visit id (180 s when it is not there). A detour asks `roads` for the way; without streets it goes
    straight to a point aside and on to the stop. Without `conditions` streets and doors take what is planned.
    """
    hazards = [_as_driven(d) for d in disturbances if d.kind not in _OF_THE_PHONE]
    drive = drive_route(route, service_s, roads, seed, hazards, conditions)
    gaps = tuple(_silence(d, drive) for d in disturbances if d.kind is DisturbanceKind.GAP)
    silences = (*gaps, *dead_zones(drive.knots[-1].t_s, habits, seed))
    pings = pings_of(drive, start_at, seed, ping_every_s, silences, habits)
    odd = [(d, *_silence(d, drive)) for d in disturbances if d.kind in (_MOCK, _SKEW)]
    mocked = [(_at(start_at, a), _at(start_at, b)) for d, a, b in odd if d.kind is _MOCK]
    pings = made_up(pings, mocked) if mocked else pings
    reports = _reports(drive, start_at, silences, habits)
    taken_at: tuple[datetime, ...] = ()
    ended_at = _at(start_at, drive.knots[-1].t_s)
    skewed = [(d.size_s, _at(start_at, began_s)) for d, began_s, _ in odd if d.kind is _SKEW][:1]
    for ahead_s, since_at in skewed:
        taken_at = tuple(p.fix_at for p in pings)
        pings = by_a_clock(pings, since_at, ahead_s)
        reports = tuple(replace(r, at=r.at + timedelta(seconds=ahead_s)) if r.at >= since_at else r for r in reports)
    truth = [
        Truth(
            kind=DisturbanceKind(kind),
            began_at=_at(start_at, began_s),
            ended_at=_at(start_at, ended_s),
            visit_id=visit_id or None,
        )
        for kind, began_s, ended_s, visit_id in drive.truth
    ]
    truth += [
        Truth(kind=DisturbanceKind.GAP, began_at=_at(start_at, began_s), ended_at=_at(start_at, ended_s))
        for began_s, ended_s in gaps
    ]
    truth += [Truth(kind=_MOCK, began_at=begin, ended_at=end) for begin, end in mocked]
    truth += [Truth(kind=_SKEW, began_at=since_at, ended_at=ended_at) for _, since_at in skewed]
    return Track(
        pings=pings,
        outcomes=reports,
        truth=tuple(sorted(truth, key=lambda t: t.began_at)),
        ended_at=ended_at,
        taken_at=taken_at,
        started_at=start_at,
        visits=tuple(
            TrueVisit(visit_id=m.visit_id, arrived_at=_at(start_at, m.arrived_s), left_at=_at(start_at, m.done_s))
            for m in drive.moments
        ),
        drive=drive,
        silences=tuple((_at(start_at, a), _at(start_at, b)) for a, b in silences),
    )


def _as_driven(disturbance: Disturbance) -> Disturbance:
    """Out of the zones leads a detour that is long enough."""
    if disturbance.kind is DisturbanceKind.OUTSIDE_ZONES:
        return replace(disturbance, kind=DisturbanceKind.DETOUR)
    return disturbance


def _reports(
    drive: Drive, start_at: datetime, silences: tuple[tuple[float, float], ...], habits: PhoneHabits
) -> tuple[VisitReport, ...]:
    reports = [
        VisitReport(
            visit_id=moment.visit_id,
            kind=kind,
            at=_at(start_at, t_s),
            received_at=_at(start_at, _heard_s(t_s, silences) + habits.delay_s),
        )
        for moment in drive.moments
        for kind, t_s in ((ReportKind.ARRIVED, moment.arrived_s), (ReportKind.DELIVERED, moment.done_s))
    ]
    return tuple(sorted(reports, key=lambda r: r.received_at))


def _silence(disturbance: Disturbance, drive: Drive) -> tuple[float, float]:
    began_s = disturbance.start_s if disturbance.start_s is not None else 0.0
    if disturbance.on_leg is not None and drive.moments:
        # A little after leaving the stop before.
        before = disturbance.on_leg - 1
        moment: Moment | None = drive.moments[min(before, len(drive.moments) - 1)] if before >= 0 else None
        began_s = (moment.done_s if moment is not None else 0.0) + 20.0
    return began_s, began_s + disturbance.size_s


def _heard_s(t_s: float, silences: tuple[tuple[float, float], ...]) -> float:
    return max([t_s, *(end for begin, end in silences if begin <= t_s < end)])


def _at(start_at: datetime, t_s: float) -> datetime:
    return start_at + timedelta(seconds=round(t_s, 3))
