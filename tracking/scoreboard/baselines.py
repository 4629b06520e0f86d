"""What others do about a courier off the route, on the same pings: simple rules on the distance to the line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracking.events import DeviationKind
from tracking.scoreboard.detection import Alarm
from tracking.scoreboard.truth import Case
from tracking.simulated_aside import off_line_m


@dataclass(frozen=True, slots=True)
class Measured:
    """One ping as a rule sees it: its distance to the nearest place of the line."""

    fix_at: datetime
    received_at: datetime
    offset_m: float
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class DistanceRule:
    """Alarm when the distance has been above `limit_m` for `pings` in a row and `lasts_s` seconds."""

    name: str
    limit_m: Callable[[float | None], float]
    pings: int = 1
    lasts_s: float = 0.0


def _mapbox_m(accuracy_m: float | None) -> float:
    return max(50.0, (accuracy_m or 0.0) + 20.0)


RULES = (
    DistanceRule("500 m for 2 min", lambda _: 500.0, lasts_s=120.0),
    DistanceRule("50 m twice", lambda _: 50.0, pings=2),
    DistanceRule("Traccar 25 m once", lambda _: 25.0),
    DistanceRule("Mapbox max(50, accuracy + 20)", _mapbox_m),
)
"""The baselines: a dispatcher's rule of thumb, a common one, Traccar's and Mapbox' defaults as reported."""


def measured(case: Case) -> tuple[Measured, ...]:
    """The pings of a case in order of receipt with their distances to the line."""
    placed = [(p, p.point) for p in case.pings if p.point is not None]
    offsets = off_line_m(case.line.points, [point for _, point in placed])
    return tuple(
        Measured(ping.fix_at, ping.received_at, float(offset), ping.accuracy_m)
        for (ping, _), offset in zip(placed, offsets, strict=True)
    )


def alarms_by(rule: DistanceRule, seen: Sequence[Measured]) -> tuple[Alarm, ...]:
    """When the rule alarms and when it stops; a ping within the limit ends it."""
    found: list[Alarm] = []
    since: datetime | None = None
    count = 0
    is_open = False
    for ping in seen:
        if ping.offset_m <= rule.limit_m(ping.accuracy_m):
            if is_open:
                last = found[-1]
                found[-1] = Alarm(last.kind, last.told_at, last.since_at, ping.received_at)
            since, count, is_open = None, 0, False
            continue
        since = since or ping.fix_at
        count += 1
        if not is_open and count >= rule.pings and (ping.fix_at - since).total_seconds() >= rule.lasts_s:
            found.append(Alarm(DeviationKind.OFF_ROUTE, ping.received_at, since, None))
            is_open = True
    return tuple(found)
