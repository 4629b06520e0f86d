"""What really was, in the form that figures are counted in: departures by true offset, disturbances, visits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.simulate import TrueVisit, Truth, VisitReport
from tracking.simulated_aside import off_line_m
from tracking.simulated_day import CourierDay

OFF_M = 30.0
"""A true offset above this is off the plan: the time at which it is first above is time zero."""

REACHES_M = 60.0
"""Departures whose true offset reaches this have to be found."""

_JOINED_S = 120.0


@dataclass(frozen=True, slots=True)
class Departure:
    """From when to when the true offset was above 30 m (pauses under two minutes included), and its largest value."""

    began_at: datetime
    ended_at: datetime
    most_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One courier's track to be judged: what the service receives, and what really was.

    `offset_m` is the true offset from the nearest place of the plan at each ping (by place in `pings`), None where the
    truth is not known. `aside` is when the courier was on other streets than those planned for the leg, though they may
    be planned for another one: being told then is not false. `silences` are when the phone could not be heard. `source`
    is "real" or "simulated".
    """

    name: str
    line: RouteLine
    pings: tuple[Ping, ...]
    offset_m: tuple[float | None, ...]
    departures: tuple[Departure, ...]
    source: str
    outcomes: tuple[VisitReport, ...] = ()
    disturbances: tuple[Truth, ...] = ()
    visits: tuple[TrueVisit, ...] = ()
    silences: tuple[tuple[datetime, datetime], ...] = ()
    aside: tuple[tuple[datetime, datetime], ...] = ()
    interval_s: float = 5.0

    @property
    def hours(self) -> float:
        """How long the courier was on the road."""
        fixes = [p.fix_at for p in self.pings]
        return (max(fixes) - min(fixes)).total_seconds() / 3600.0 if fixes else 0.0

    def is_aside(self, begin: datetime, end: datetime) -> bool:
        """Whether the courier was on other streets than those planned for the leg at some time between the two."""
        return any(b <= end and e >= begin for b, e in self.aside)


def departures_of(samples: Iterable[tuple[datetime, float | None]]) -> tuple[Departure, ...]:
    """Departures by ascending instants with true offsets; where the truth is not known nothing is added."""
    found: list[Departure] = []
    joined = timedelta(seconds=_JOINED_S)
    for at, offset_m in samples:
        if offset_m is None or offset_m <= OFF_M:
            continue
        if found and at - found[-1].ended_at <= joined:
            last = found[-1]
            found[-1] = Departure(last.began_at, at, max(last.most_m, offset_m))
        else:
            found.append(Departure(at, at, offset_m))
    return tuple(found)


def simulated_case(day: CourierDay, interval_s: float) -> Case:
    """A simulated courier's day as a case; the true offset is looked at every second."""
    track, line = day.track, day.line
    samples: list[tuple[datetime, float | None]] = []
    for begin_s, end_s in track.drive.aside_s:
        times_s = [float(t) for t in range(int(begin_s), int(end_s) + 1)]
        offsets = off_line_m(line.points, [track.drive.point_at(t_s) for t_s in times_s])
        samples += [
            (track.started_at + timedelta(seconds=t), float(off)) for t, off in zip(times_s, offsets, strict=True)
        ]
    return Case(
        name=line.plan_id,
        line=line,
        pings=track.pings,
        offset_m=_offsets_m(day),
        departures=departures_of(sorted(samples, key=lambda s: s[0])),
        source="simulated",
        outcomes=track.outcomes,
        disturbances=track.truth,
        visits=track.visits,
        silences=track.silences,
        aside=tuple(
            (track.started_at + timedelta(seconds=a), track.started_at + timedelta(seconds=b))
            for a, b in track.drive.aside_s
        ),
        interval_s=interval_s,
    )


def _offsets_m(day: CourierDay) -> tuple[float, ...]:
    drive, offsets = day.track.drive, [0.0] * len(day.track.pings)
    times_s = [(at - day.track.started_at).total_seconds() for at in day.track.fixed_at()]
    away = (*drive.aside_s, *drive.walks_s)
    places = [i for i, t_s in enumerate(times_s) if any(begin <= t_s <= end for begin, end in away)]
    found = off_line_m(day.line.points, [drive.point_at(times_s[i]) for i in places])
    for i, offset in zip(places, found, strict=True):
        offsets[i] = float(offset)
    return tuple(offsets)
