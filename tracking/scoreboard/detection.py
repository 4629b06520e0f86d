"""Alarms against the truth: which departures and disturbances were found and when, and what was told falsely."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracking.events import DeviationClosed, DeviationKind, DeviationOpened, DeviationRetracted, TrackingEvent
from tracking.scoreboard.truth import OFF_M, REACHES_M, Case, Departure
from tracking.simulate import DisturbanceKind, Truth

SHOWN_AFTER_S = 20.0
"""A cause line waits this long for dispatchers; what is over by then is not shown."""

GOOD_ACCURACY_M = 15.0
"""Departures are expected to be found where the phone reports at most this."""

_FOUND_AS = {
    DisturbanceKind.WRONG_WAY: (DeviationKind.WRONG_WAY,),
    DisturbanceKind.SKIPPED_STOP: (DeviationKind.WRONG_SEQUENCE,),
    DisturbanceKind.STALL: (DeviationKind.STALL,),
    DisturbanceKind.BREAKDOWN: (DeviationKind.STALL,),
    DisturbanceKind.STALL_AT_STOP: (DeviationKind.LONG_SERVICE, DeviationKind.STALL),
    DisturbanceKind.GAP: (DeviationKind.GAP,),
    DisturbanceKind.SLOW_TRAFFIC: (DeviationKind.SLOW_TRAFFIC,),
    DisturbanceKind.SPEEDING: (DeviationKind.SPEEDING,),
    DisturbanceKind.MOCK_LOCATION: (DeviationKind.MOCK_LOCATION,),
    DisturbanceKind.CLOCK_SKEW: (DeviationKind.CLOCK_SKEW,),
    DisturbanceKind.OUTSIDE_ZONES: (DeviationKind.OUTSIDE_ZONES,),
}
_LEAST_FIXES = {DisturbanceKind.SPEEDING: 4, DisturbanceKind.OUTSIDE_ZONES: 6, DisturbanceKind.MOCK_LOCATION: 5}
"""What lasts shorter than so many fixes (and half a minute) need not be found, though being told of it is not false."""
_LEAST_S = 30.0
_GRACE_S = {
    DisturbanceKind.SKIPPED_STOP: 1_800.0,
    DisturbanceKind.WRONG_WAY: 60.0,
}
_GRACE_OTHERS_S = 90.0
_EXPLAINS = {
    DeviationKind.OFF_ROUTE: (DisturbanceKind.DETOUR, DisturbanceKind.SKIPPED_STOP),
    DeviationKind.WRONG_WAY: (DisturbanceKind.WRONG_WAY, DisturbanceKind.DETOUR),
    DeviationKind.WRONG_SEQUENCE: (DisturbanceKind.SKIPPED_STOP,),
    # Who stands in a jam stands.
    DeviationKind.STALL: (
        DisturbanceKind.STALL,
        DisturbanceKind.BREAKDOWN,
        DisturbanceKind.STALL_AT_STOP,
        DisturbanceKind.SLOW_TRAFFIC,
    ),
    # Who is done at a stop and stands a few doors on does not leave it, whatever the reason.
    DeviationKind.LONG_SERVICE: (DisturbanceKind.STALL_AT_STOP, DisturbanceKind.STALL, DisturbanceKind.BREAKDOWN),
    DeviationKind.GAP: (DisturbanceKind.GAP,),
    DeviationKind.SLOW_TRAFFIC: (DisturbanceKind.SLOW_TRAFFIC,),
    DeviationKind.SPEEDING: (DisturbanceKind.SPEEDING,),
    DeviationKind.MOCK_LOCATION: (DisturbanceKind.MOCK_LOCATION,),
    DeviationKind.CLOCK_SKEW: (DisturbanceKind.CLOCK_SKEW,),
    DeviationKind.OUTSIDE_ZONES: (DisturbanceKind.OUTSIDE_ZONES,),
}
_EXPLAINED_AFTER_S = 300.0
_OVERRUN_S = 60.0
_SILENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One departure as told: when (the service's clock), since when, and until when; `taken_back` when retracted."""

    kind: DeviationKind
    told_at: datetime
    since_at: datetime
    ended_at: datetime | None
    visit_id: str | None = None
    taken_back: bool = False

    @property
    def shown(self) -> bool:
        """Whether a dispatcher sees a line of it."""
        return self.ended_at is None or (self.ended_at - self.told_at).total_seconds() >= SHOWN_AFTER_S


@dataclass(slots=True)
class Tally:
    """Counts over many cases; `delays_s` by the pings' interval, `found` and `total` by what was to be found."""

    delays_s: dict[float, list[float]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)
    on_route_pings: int = 0
    false_corridor: int = 0
    false_lines: dict[str, int] = field(default_factory=dict)
    hours: float = 0.0
    missed: list[str] = field(default_factory=list)
    falsely_told: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take over the counts of another part."""
        for interval_s, delays in other.delays_s.items():
            self.delays_s.setdefault(interval_s, []).extend(delays)
        for mine, theirs in (
            (self.found, other.found),
            (self.total, other.total),
            (self.false_lines, other.false_lines),
        ):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count
        self.on_route_pings += other.on_route_pings
        self.false_corridor += other.false_corridor
        self.hours += other.hours
        self.missed += other.missed
        self.falsely_told += other.falsely_told

    def note(self, what: str, *, found: bool, where: str = "") -> None:
        """Count one thing that was to be found."""
        self.total[what] = self.total.get(what, 0) + 1
        self.found[what] = self.found.get(what, 0) + int(found)
        if not found:
            self.missed.append(f"{what} {where}")


def alarms_of(told: Iterable[tuple[datetime, TrackingEvent]]) -> tuple[Alarm, ...]:
    """The departures that were told, in order, with their ends."""
    opened: dict[str, Alarm] = {}
    for at, event in told:
        if isinstance(event, DeviationOpened):
            opened[event.deviation_id] = Alarm(event.kind, at, event.since_at, None, event.near_visit_id)
        elif isinstance(event, DeviationClosed | DeviationRetracted) and event.deviation_id in opened:
            last = opened[event.deviation_id]
            taken_back = isinstance(event, DeviationRetracted)
            ended_at = last.ended_at if last.ended_at is not None and taken_back else at
            opened[event.deviation_id] = Alarm(
                last.kind, last.told_at, last.since_at, ended_at, last.visit_id, taken_back
            )
    return tuple(opened.values())


def judge(case: Case, alarms: Sequence[Alarm]) -> Tally:
    """Hold the alarms of one case against its truth."""
    tally = Tally(hours=case.hours)
    tally.on_route_pings = sum(
        1
        for ping, offset in zip(case.pings, case.offset_m, strict=True)
        if offset is not None and offset <= OFF_M and not case.is_aside(ping.fix_at, ping.fix_at)
    )
    corridor = [a for a in alarms if a.kind is DeviationKind.OFF_ROUTE]
    for departure in case.departures:
        if _is_reported(case, departure) and _is_clear(case, departure.began_at, departure.ended_at):
            _note_departure(tally, case, departure.began_at, departure.ended_at, corridor)
    for truth in case.disturbances:
        if truth.kind in _FOUND_AS and _must_be_found(truth, case):
            tally.note(truth.kind.value, found=_is_found(truth, alarms, case), where=_where(case, truth.began_at))
    tally.false_corridor = sum(1 for alarm in corridor if _is_false(alarm, case))
    for alarm in alarms:
        if alarm.shown and _is_false(alarm, case):
            tally.false_lines[alarm.kind.value] = tally.false_lines.get(alarm.kind.value, 0) + 1
            tally.falsely_told.append(f"{alarm.kind.value} {_where(case, alarm.told_at)}")
    return tally


def _where(case: Case, at: datetime) -> str:
    return f"{case.name} {at:%Y-%m-%d %H:%M:%S}, pings every {case.interval_s:g} s"


def _note_departure(
    tally: Tally, case: Case, began_at: datetime, ended_at: datetime, corridor: Sequence[Alarm]
) -> None:
    until = ended_at + timedelta(seconds=_GRACE_OTHERS_S)
    open_then = [a for a in corridor if a.told_at <= until and (a.ended_at is None or a.ended_at >= began_at)]
    tally.note("departure", found=bool(open_then), where=_where(case, began_at))
    if open_then and min(a.told_at for a in open_then) >= began_at:
        # Whoever was known to be on another leg's streets was found before: that says nothing of the time it takes.
        delay_s = (min(a.told_at for a in open_then) - began_at).total_seconds()
        tally.delays_s.setdefault(case.interval_s, []).append(delay_s)


def _is_reported(case: Case, departure: Departure) -> bool:
    """Whether the true offset reached 60 m at a fix of the phone: what lies between two fixes nobody has reported."""
    return any(
        offset is not None and offset >= REACHES_M and departure.began_at <= ping.fix_at <= departure.ended_at
        for ping, offset in zip(case.pings, case.offset_m, strict=True)
    )


def _is_clear(case: Case, began_at: datetime, ended_at: datetime) -> bool:
    """Whether the phone could be heard and said that it knows its place well."""
    if not _is_heard(case, began_at, ended_at):
        return False
    told = [p.accuracy_m for p in case.pings if began_at <= p.fix_at <= ended_at and p.accuracy_m is not None]
    return not told or sorted(told)[len(told) // 2] <= GOOD_ACCURACY_M


def _is_heard(case: Case, began_at: datetime, ended_at: datetime) -> bool:
    return not any(begin < ended_at and end > began_at for begin, end in case.silences)


def _must_be_found(truth: Truth, case: Case) -> bool:
    if truth.kind is DisturbanceKind.WRONG_WAY and not _is_heard(case, truth.began_at, truth.ended_at):
        # It is over in a minute: told after a silence it would be history.
        return False
    fixes = _LEAST_FIXES.get(truth.kind)
    lasts_s = (truth.ended_at - truth.began_at).total_seconds()
    return fixes is None or lasts_s >= max(_LEAST_S, fixes * case.interval_s)


def _is_found(truth: Truth, alarms: Sequence[Alarm], case: Case) -> bool:
    until = truth.ended_at + timedelta(seconds=_GRACE_S.get(truth.kind, _GRACE_OTHERS_S))
    kinds = _FOUND_AS[truth.kind]
    return any(
        a.kind in kinds and a.told_at <= until and (a.ended_at is None or a.ended_at >= truth.began_at) for a in alarms
    )


def _is_false(alarm: Alarm, case: Case) -> bool:
    """
    Whether nothing explains the alarm, as far as anybody can know.

    Where the truth of the fix that raised an off_route is not known (a street that the map lacks), it is neither true
    nor false, as that fix is neither on the route nor off it.
    """
    if alarm.kind is DeviationKind.OFF_ROUTE and not _is_truth_known(alarm.told_at, case):
        return False
    return not _is_true(alarm, case)


def _is_truth_known(at: datetime, case: Case) -> bool:
    """Whether the truth of the newest fix received by then is known."""
    known = [(p.fix_at, o) for p, o in zip(case.pings, case.offset_m, strict=True) if p.received_at <= at]
    return not known or max(known, key=lambda k: k[0])[1] is not None


def _is_true(alarm: Alarm, case: Case) -> bool:
    """Whether something really was that explains the alarm: then, or in the five minutes before it was told."""
    slack = timedelta(seconds=_EXPLAINED_AFTER_S)
    if alarm.kind is DeviationKind.OFF_ROUTE:
        was_off = any(d.began_at <= alarm.told_at and d.ended_at >= alarm.since_at - slack for d in case.departures)
        return was_off or case.is_aside(alarm.since_at - slack, alarm.told_at)
    if alarm.kind is DeviationKind.WRONG_WAY and case.is_aside(alarm.since_at - slack, alarm.told_at):
        # The direct way on from a stop that is left out may lead back along the line.
        return True
    if alarm.kind is DeviationKind.WRONG_SEQUENCE:
        # What was left out stays left out.
        return any(t.kind is DisturbanceKind.SKIPPED_STOP and t.began_at <= alarm.told_at for t in case.disturbances)
    if alarm.kind is DeviationKind.GAP and any(
        begin <= alarm.told_at and end >= alarm.since_at and (end - begin).total_seconds() >= _SILENCE_S
        for begin, end in case.silences
    ):
        return True
    if alarm.kind is DeviationKind.LONG_SERVICE and _served_long(alarm, case):
        return True
    kinds = _EXPLAINS.get(alarm.kind, ())
    return any(
        t.kind in kinds and t.began_at <= alarm.told_at and t.ended_at >= alarm.since_at - slack
        for t in case.disturbances
    )


def _served_long(alarm: Alarm, case: Case) -> bool:
    """Whether a service going on then really took a minute longer than planned."""
    planned_s = {v.visit_id: v.service_s for v in case.line.visits}
    return any(
        visit.arrived_at <= alarm.told_at <= visit.left_at + timedelta(seconds=_EXPLAINED_AFTER_S)
        and (visit.left_at - visit.arrived_at).total_seconds() > planned_s.get(visit.visit_id, 0) + _OVERRUN_S
        for visit in case.visits
    )
