"""When each visit of a given sequence happens: the arithmetic that plans, edits and the solver's read-back share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.order import TimeWindow
from routing.plan import Visit
from routing.stop import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedSequence:
    """Departure, visits and return of one sequence; `late_visit_ids` start service after their last window closed."""

    departs_at: datetime
    visits: tuple[Visit, ...]
    returns_at: datetime
    late_visit_ids: frozenset[str]


def service_start(arrives_at: datetime, windows: Sequence[TimeWindow]) -> datetime | None:
    """The first instant at or after arriving that lies in a window; None when the last one has closed."""
    if not windows:
        return arrives_at
    starts = [max(arrives_at, window.opens_at) for window in windows if arrives_at <= window.closes_at]
    return min(starts, default=None)


def time_sequence(
    leaves_from: datetime, stops: Sequence[Stop], drives_s: Sequence[int], *, may_leave_later: bool
) -> TimedSequence:
    """
    Time `stops` in this order; `drives_s` has one more entry than `stops`, the last one leads to the end depot.

    Every service starts as early as the sequence allows. With `may_leave_later` the courier leaves just late enough
    not to wait at the first door, which makes no visit later: waiting there would be pure loss, waiting further on
    keeps a reserve against traffic. A visit after its last window starts on arrival and is named as late.
    """
    departs_at = at = leaves_from
    visits: list[Visit] = []
    late: set[str] = set()
    for stop, drive_s in zip(stops, drives_s, strict=False):
        arrives_at = at + timedelta(seconds=drive_s)
        starts_at = service_start(arrives_at, stop.windows)
        if starts_at is None:
            late.add(stop.visit_id)
            starts_at = arrives_at
        if may_leave_later and not visits:
            departs_at += starts_at - arrives_at
            arrives_at = starts_at
        at = starts_at + timedelta(seconds=stop.service_s)
        visits.append(
            Visit(
                visit_id=stop.visit_id,
                order_id=stop.order_id,
                point=stop.point,
                arrives_at=arrives_at,
                starts_at=starts_at,
                leaves_at=at,
            )
        )
    return TimedSequence(
        departs_at=departs_at,
        visits=tuple(visits),
        returns_at=at + timedelta(seconds=drives_s[-1]),
        late_visit_ids=frozenset(late),
    )
