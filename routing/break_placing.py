"""On which drives of a sequence the courier takes his breaks."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import NamedTuple

from routing.fleet import Break
from routing.timing import Place, Schedule, reach, run, serve
from routing.travel_matrix import HourFactors


class _Step(NamedTuple):
    """The last place of a way through the first places: the steps before, breaks taken on the drive to it, leaving."""

    before: "_Step | None"
    taken: tuple[Break, ...]
    leaves_at: datetime


class _Label(NamedTuple):
    """How good a way is: visits after their window, time, then the sum of all starts; the less the better."""

    late: int
    at: datetime
    starts_s: float
    last: _Step | None


def rests_outside(rest: Break, departs_at: datetime, returns_at: datetime) -> bool:
    """Whether the break can be over before the route begins, or begin after it has ended."""
    return departs_at >= rest.opens_at + timedelta(seconds=rest.duration_s) or returns_at <= rest.closes_at


def run_with_breaks(
    places: Sequence[Place], departs_at: datetime, breaks: Sequence[Break], factors: HourFactors | None
) -> Schedule:
    """
    The earliest times of `places` with every break that cannot be taken outside the route.

    Who is at a place earlier can do all that he could later, so the earliest way through the first places for each set
    of breaks taken is enough to find the way that returns first. When no way has room for all breaks the times are
    those without, and the schedule names what was missed.
    """
    schedule = run(places, departs_at, factors)
    if schedule is None:
        raise AssertionError("a run without breaks cannot come too late for one")
    missed = tuple(rest for rest in breaks if not rests_outside(rest, departs_at, schedule.returns_at))
    if not missed:
        return schedule
    taken = _taken(places, departs_at, breaks, factors)
    with_rests = None if taken is None else run(places, departs_at, factors, taken)
    if with_rests is None:
        schedule.missed_breaks = missed
        return schedule
    return with_rests


def _taken(
    places: Sequence[Place], departs_at: datetime, breaks: Sequence[Break], factors: HourFactors | None
) -> list[tuple[Break, ...]] | None:
    """The breaks to take on the drive to each place; None when there is no way to take those that are needed."""
    ordered = sorted(breaks, key=lambda rest: (rest.opens_at, rest.closes_at))
    labels: dict[frozenset[str], _Label] = {frozenset(): _Label(0, departs_at, 0.0, None)}
    for place in places:
        following: dict[frozenset[str], _Label] = {}
        for rested, label in labels.items():
            for chosen in _choices([rest for rest in ordered if rest.break_id not in rested]):
                new = _further(label, place, chosen, departs_at, factors)
                if new is None:
                    continue
                key = rested.union(rest.break_id for rest in chosen)
                if key not in following or new[:3] < following[key][:3]:
                    following[key] = new
        labels = following
    possible = [
        label
        for rested, label in labels.items()
        if all(rest.break_id in rested or rests_outside(rest, departs_at, label.at) for rest in ordered)
    ]
    if not possible:
        return None
    return [step.taken for step in _steps(min(possible, key=lambda label: label[:3]).last)]


def _choices(breaks: Sequence[Break]) -> Iterator[tuple[Break, ...]]:
    """Any of the breaks, in any order: with overlapping times the one that opens first is not always the first one."""
    for count in range(len(breaks) + 1):
        yield from permutations(breaks, count)


def _further(
    label: _Label, place: Place, chosen: tuple[Break, ...], departs_at: datetime, factors: HourFactors | None
) -> _Label | None:
    reached = reach(place, label.at, chosen, factors)
    if reached is None:
        return None
    left_at = [step.leaves_at for step in _steps(label.last)] if place.waits_for else ()
    starts_at, leaves_at, is_late = serve(place, reached[0], left_at)
    starts_s = label.starts_s + (starts_at - departs_at).total_seconds()
    return _Label(label.late + is_late, leaves_at, starts_s, _Step(label.last, chosen, leaves_at))


def _steps(last: _Step | None) -> list[_Step]:
    steps = []
    while last is not None:
        steps.append(last)
        last = last.before
    return steps[::-1]
