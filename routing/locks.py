"""Locks of a plan in force as rules of the problem: frozen prefixes, kept orders, exact windows, bound couriers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.change_rules import LockLevel
from routing.eligibility import trip_fits
from routing.fleet import Shift
from routing.order import TimeWindow
from routing.plan import Plan, Remark, Visit
from routing.plan_sequences import PlanSequences, sequences_of
from routing.problem import RoutingProblem
from routing.route_timing import TimedRoute, time_route
from routing.stop import Stop, StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """
    The problem with its locks, and a remark for each lock that could not be kept as asked.

    `levels` are the locks that hold, by visit id.
    """

    problem: RoutingProblem
    levels: Mapping[str, LockLevel]
    remarks: tuple[Remark, ...] = ()


def with_locks(problem: RoutingProblem, plan: Plan, wanted: Mapping[str, LockLevel]) -> Locked:
    """
    The problem in which these visits stay as planned; what is not in the problem or in no route is not locked.

    Times that a courier cannot keep any more (he is late) are relaxed to the sequence, and said so. A locked visit is
    never left out: where its window has passed for its courier, the window goes, and where its route is not back in
    time, the shift is lengthened for it.
    """
    planned = {visit.visit_id: visit for route in plan.routes for visit in route.visits}
    taken = sequences_of(problem, plan)
    stops = {stop.visit_id: stop for stop in problem.stops}
    shifts: list[Shift] = []
    remarks: list[Remark] = []
    levels: dict[str, LockLevel] = {}
    for shift in problem.shifts:
        sequence = taken.sequences.get(shift.shift_id, ())
        ids = [problem.stops[index].visit_id for index in sequence]
        here = {visit_id: wanted[visit_id] for visit_id in ids if visit_id in wanted}
        kept = _ShiftLocks(problem, shift, ids, here, planned, taken).settled()
        remarks += kept.remarks
        levels |= kept.levels
        stops |= kept.stops
        shifts.append(kept.shift)
    changed = replace(problem, stops=tuple(stops[one.visit_id] for one in problem.stops), shifts=tuple(shifts))
    return Locked(problem=changed, levels=levels, remarks=tuple(remarks))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    shift: Shift
    stops: dict[str, Stop]
    levels: dict[str, LockLevel]
    remarks: list[Remark]


class _ShiftLocks:
    """The locks of one shift's route: what is left of it, in its planned order."""

    def __init__(
        self,
        problem: RoutingProblem,
        shift: Shift,
        ids: list[str],
        levels: dict[str, LockLevel],
        planned: Mapping[str, Visit],
        taken: PlanSequences,
    ) -> None:
        self.problem, self.shift, self.ids, self.planned = problem, shift, ids, planned
        self.levels = dict(levels)
        self.reloads = taken.reloads.get(shift.shift_id, ())
        self.index_of = {problem.stops[n].visit_id: n for n in taken.sequences.get(shift.shift_id, ())}
        self.remarks: list[Remark] = []
        self._join_pairs()

    def _join_pairs(self) -> None:
        """A pickup and its dropoff are with one courier anyway: locking one binds the other to him."""
        by_id = {one: self.problem.stops[self.index_of[one]] for one in self.ids}
        for visit_id, stop in by_id.items():
            pickup = stop.pickup_visit_id if stop.kind is StopKind.DROPOFF else None
            if pickup in by_id and (visit_id in self.levels) != (pickup in self.levels):
                self.levels.setdefault(visit_id, LockLevel.COURIER)
                self.levels.setdefault(pickup, LockLevel.COURIER)

    def settled(self) -> _Settled:
        if not self.levels:
            return _Settled(shift=self.shift, stops={}, levels={}, remarks=[])
        stops = {
            visit_id: replace(self.problem.stops[self.index_of[visit_id]], only_shift_id=self.shift.shift_id)
            for visit_id in self.levels
        }
        frozen = self._frozen_ids()
        held = [one for one in self.ids if one in frozen or self.levels.get(one) in _IN_SEQUENCE]
        exact = {one for one in self.levels if self.levels[one] is LockLevel.TIMES}
        shift = replace(
            self.shift,
            frozen_visit_ids=frozen,
            ordered_visit_ids=(*self.shift.ordered_visit_ids, *(one for one in held if one not in frozen)),
        )
        while True:
            narrowed = stops | {one: _at_exactly(stops[one], self.planned[one].starts_at) for one in exact}
            timed = self._timed(shift, held, narrowed)
            late = self._late(timed, held, exact)
            if not late:
                break
            exact -= late
            for visit_id in sorted(late):
                self.levels[visit_id] = LockLevel.SEQUENCE
                self.remarks.append(_relaxed(visit_id, self.planned[visit_id].starts_at))
        shift, widened = self._made_possible(shift, timed, held, narrowed)
        return _Settled(shift=shift, stops=widened, levels=self.levels, remarks=self.remarks)

    def _frozen_ids(self) -> tuple[str, ...]:
        """What is frozen already, and the visits locked in their sequence that follow at once."""
        frozen = list(self.shift.frozen_visit_ids)
        if self.reloads:
            return tuple(frozen)
        for visit_id in self.ids[len(frozen) :]:
            if self.levels.get(visit_id) is not LockLevel.TIMES:
                break
            frozen.append(visit_id)
        # A vehicle that starts overloaded, or waits for a parcel of another route, is no frozen prefix.
        stops = [self.problem.stops[self.index_of[one]] for one in frozen]
        simple = all(stop.loads_after is None for stop in stops)
        if not simple or not trip_fits(stops, self.shift.capacity):
            return self.shift.frozen_visit_ids
        return tuple(frozen)

    def _timed(self, shift: Shift, held: list[str], narrowed: Mapping[str, Stop]) -> TimedRoute | None:
        """The locked visits alone, driven in their order: what else is in the route only makes them later."""
        if not held:
            return None
        stops = tuple(narrowed.get(one.visit_id, one) for one in self.problem.stops)
        problem = replace(self.problem, stops=stops, shifts=_replaced(self.problem.shifts, shift))
        indices = tuple(self.index_of[one] for one in held)
        return time_route(problem, shift, indices, self._kept_reloads(held))

    def _kept_reloads(self, held: list[str]) -> tuple[int, ...]:
        before = [set(self.ids[:position]) for position in self.reloads]
        positions = {sum(one in ids for one in held) for ids in before}
        return tuple(sorted(one for one in positions if 0 < one < len(held)))

    def _late(self, timed: TimedRoute | None, held: list[str], exact: set[str]) -> set[str]:
        """The first locked time that cannot be kept: relaxing it may save those behind it."""
        if timed is None:
            return set(exact)
        late = [visit.visit_id for visit in timed.visits if visit.visit_id in exact & timed.late_visit_ids]
        return set(late[:1])

    def _made_possible(
        self, shift: Shift, timed: TimedRoute | None, held: list[str], stops: Mapping[str, Stop]
    ) -> tuple[Shift, dict[str, Stop]]:
        """Windows and the shift's end as they have to be, so that locked visits are never left out."""
        changed = dict(stops)
        if timed is None:
            return shift, changed
        # With all of the route kept as planned it comes no sooner: others that go on as planned do not lock it out.
        whole = self._timed(shift, self.ids, stops) or timed
        starts_at = {visit.visit_id: _whole_second(visit.starts_at) for visit in (*timed.visits, *whole.visits)}
        for visit_id in held:
            if visit_id in timed.late_visit_ids and visit_id not in shift.frozen_visit_ids:
                changed[visit_id] = _open_until(changed[visit_id], starts_at[visit_id])
                text = (
                    f"its window passes before its courier is there; it is kept, until {starts_at[visit_id]:%H:%M} UTC"
                )
                self.remarks.append(Remark(code="lock_late", where=visit_id, message=text))
        if timed.returns_at > shift.ends_at and len(held) > len(shift.frozen_visit_ids):
            text = f"its locked visits end at {timed.returns_at:%H:%M} UTC, after the shift; unlock some"
            self.remarks.append(Remark(code="lock_overtime", where=shift.shift_id, message=text))
            shift = replace(shift, ends_at=_whole_second(timed.returns_at))
        return shift, changed


_IN_SEQUENCE = (LockLevel.TIMES, LockLevel.SEQUENCE)


def _at_exactly(stop: Stop, starts_at: datetime) -> Stop:
    """Only at this second: the search counts whole ones."""
    opens_at = starts_at.replace(microsecond=0)
    closes_at = opens_at if opens_at == starts_at else opens_at + timedelta(seconds=1)
    return replace(stop, windows=(TimeWindow(opens_at, closes_at),))


def _open_until(stop: Stop, at: datetime) -> Stop:
    """The last window open until then; a stop without windows is never late."""
    if not stop.windows:
        return stop
    last = stop.windows[-1]
    return replace(stop, windows=(*stop.windows[:-1], TimeWindow(last.opens_at, max(at, last.closes_at))))


def _whole_second(at: datetime) -> datetime:
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


def _relaxed(visit_id: str, planned_at: datetime) -> Remark:
    text = f"its courier cannot be there at {planned_at:%H:%M:%S} UTC as planned; only the sequence is kept"
    return Remark(code="lock_relaxed", where=visit_id, message=text)


def _replaced(shifts: tuple[Shift, ...], shift: Shift) -> tuple[Shift, ...]:
    return tuple(shift if one.shift_id == shift.shift_id else one for one in shifts)
