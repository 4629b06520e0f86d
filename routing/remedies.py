"""One single change of a problem that could let an order in: which ones there are, and the problem with it made."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from routing.fleet import Shift
from routing.order import LOAD_DIMENSIONS, Load, TimeWindow
from routing.plan import Remedy, RemedyKind
from routing.problem import RoutingProblem
from routing.stop import Stop

MOST_MIN = 240
"""Windows and shifts are not widened by more than this."""

STEP_MIN = 5
"""Nobody agrees on a window to the minute: these amounts are multiples of it."""

MOST_PRIORITY = 100

EXTRA_SHIFT_ID = "extra"
"""The shift of a further courier; unless a shift is called so already, then with a number behind."""

_UNITS = {"items": "items", "weight_g": "g", "volume_ml": "ml", "cash_minor": "in cash (minor units)"}


def widest_remedies(problem: RoutingProblem, stop_index: int) -> Iterator[Remedy]:
    """
    Each kind of change at its largest amount, the easiest to agree on first; `PRIORITY` is priced elsewhere.

    A remedy about a shift without a `shift_id` changes every shift at once: who has a place then is the one to ask.
    """
    stop = problem.stops[stop_index]
    if stop.windows:
        yield Remedy(kind=RemedyKind.WINDOW_LATER, text="", amount=MOST_MIN)
        yield Remedy(kind=RemedyKind.WINDOW_EARLIER, text="", amount=MOST_MIN)
    if stop.locker_id is not None:
        yield Remedy(kind=RemedyKind.LOCKER_CELL, text="", name=stop.locker_id)
    yield Remedy(kind=RemedyKind.SHIFT_LATER, text="", amount=MOST_MIN)
    if any(not shift.may_enter(stop.zone_id) for shift in problem.shifts):
        yield Remedy(kind=RemedyKind.ZONE, text="", name=stop.zone_id or "")
    if any(not stop.required_skills <= shift.skills for shift in problem.shifts):
        yield Remedy(kind=RemedyKind.SKILL, text="")
    for name in LOAD_DIMENSIONS:
        if getattr(stop.load, name):
            yield Remedy(kind=RemedyKind.CAPACITY, text="", amount=getattr(stop.load, name), name=name)
    if _template(problem, stop) is not None:
        yield Remedy(kind=RemedyKind.EXTRA_COURIER, text="", shift_id=extra_shift_id(problem))


def relaxed(problem: RoutingProblem, stop_index: int, remedy: Remedy) -> RoutingProblem:
    """The problem with this one change made for this stop; stops and matrix rows keep their numbers."""
    stop = problem.stops[stop_index]
    match remedy.kind:
        case RemedyKind.WINDOW_LATER | RemedyKind.WINDOW_EARLIER | RemedyKind.PRIORITY:
            changed = relaxed_stop(stop, remedy)
            return replace(problem, stops=(*problem.stops[:stop_index], changed, *problem.stops[stop_index + 1 :]))
        case RemedyKind.LOCKER_CELL:
            lockers = tuple(
                replace(
                    one,
                    free_cells=tuple(
                        free + remedy.amount * (size == stop.cell_size) for size, free in enumerate(one.free_cells)
                    ),
                )
                if one.locker_id == stop.locker_id
                else one
                for one in problem.lockers
            )
            return replace(problem, lockers=lockers)
        case RemedyKind.EXTRA_COURIER:
            template = _template(problem, stop)
            return problem if template is None else replace(problem, shifts=(*problem.shifts, template))
        case _:
            return replace(
                problem,
                shifts=tuple(
                    _relaxed_shift(shift, stop, remedy) if remedy.shift_id in (None, shift.shift_id) else shift
                    for shift in problem.shifts
                ),
            )


def told(problem: RoutingProblem, stop_index: int, remedy: Remedy) -> Remedy:
    """The remedy with a text for people."""
    stop = problem.stops[stop_index]
    shift = next((one for one in relaxed(problem, stop_index, remedy).shifts if one.shift_id == remedy.shift_id), None)
    courier = shift.courier_id if shift is not None else ""
    match remedy.kind:
        case RemedyKind.WINDOW_LATER:
            text = f"it can be served with its window open {remedy.amount} min longer"
        case RemedyKind.WINDOW_EARLIER:
            text = f"it can be served with its window opening {remedy.amount} min sooner"
        case RemedyKind.SHIFT_LATER:
            text = f"it can be served when courier {courier} works {remedy.amount} min longer"
        case RemedyKind.CAPACITY:
            text = f"it can be served with room for {remedy.amount} {_UNITS[remedy.name]} more with courier {courier}"
        case RemedyKind.SKILL:
            text = f"it can be served when courier {courier} has {remedy.name}"
        case RemedyKind.ZONE:
            text = f"it can be served when courier {courier} is permitted in zone {remedy.name}"
        case RemedyKind.PRIORITY:
            text = f"it is worth its costs with priority {stop.priority + remedy.amount} instead of {stop.priority}"
        case RemedyKind.LOCKER_CELL:
            text = f"it can be served with one more free cell in locker {remedy.name}"
        case RemedyKind.EXTRA_COURIER:
            span = "" if shift is None else f" {shift.starts_at:%H:%M}-{shift.ends_at:%H:%M} UTC from depot "
            text = f"it can be served by one more courier{span}{'' if shift is None else shift.start_depot_id}"
    return replace(remedy, text=text)


def relaxed_stop(stop: Stop, remedy: Remedy) -> Stop:
    """The stop with a window or priority changed like this."""
    if remedy.kind is RemedyKind.PRIORITY:
        return replace(stop, priority=stop.priority + remedy.amount)
    span = timedelta(minutes=remedy.amount)
    if remedy.kind is RemedyKind.WINDOW_LATER:
        last = stop.windows[-1]
        return replace(stop, windows=(*stop.windows[:-1], TimeWindow(last.opens_at, last.closes_at + span)))
    first = stop.windows[0]
    return replace(stop, windows=(TimeWindow(first.opens_at - span, first.closes_at), *stop.windows[1:]))


def _relaxed_shift(shift: Shift, stop: Stop, remedy: Remedy) -> Shift:
    match remedy.kind:
        case RemedyKind.SHIFT_LATER:
            return replace(shift, ends_at=shift.ends_at + timedelta(minutes=remedy.amount))
        case RemedyKind.CAPACITY:
            return replace(shift, capacity=shift.capacity + Load(**{remedy.name: remedy.amount}))
        case RemedyKind.SKILL:
            return replace(shift, skills=shift.skills | stop.required_skills)
        case _:
            zones = shift.allowed_zone_ids
            allowed = zones if zones is None or stop.zone_id is None else zones | {stop.zone_id}
            return replace(shift, allowed_zone_ids=allowed)


def extra_shift_id(problem: RoutingProblem) -> str:
    """A shift id that is free."""
    taken = {shift.shift_id for shift in problem.shifts}
    free = (EXTRA_SHIFT_ID if not n else f"{EXTRA_SHIFT_ID}-{n}" for n in range(len(taken) + 1))
    return next(one for one in free if one not in taken)


def _template(problem: RoutingProblem, stop: Stop) -> Shift | None:
    """One more courier like the one with the longest shift who may have the stop; he starts and ends at depots."""
    if stop.only_shift_id is not None:
        return None
    fitting = [
        shift
        for shift in problem.shifts
        if stop.required_skills <= shift.skills
        and not stop.forbidden_skills & shift.skills
        and shift.may_enter(stop.zone_id)
        and stop.depot_id in (None, shift.start_depot_id)
    ]
    if not fitting:
        return None
    longest = max(fitting, key=lambda shift: (shift.ends_at - shift.starts_at, shift.shift_id))
    name = extra_shift_id(problem)
    return replace(
        longest,
        shift_id=name,
        courier_id=name,
        start_point=None,
        home_point=None,
        end_point=None,
        frozen_visit_ids=(),
        ordered_visit_ids=(),
    )
