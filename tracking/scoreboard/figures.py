"""Goals beside what was reached, and the intervals that say how far a count can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRow:
    """
    One figure beside its goal, the goal itself included; `source` is "real" or "simulated".

    `value` None means that nothing was measured: such a goal is not met. `count` is what the figure rests on, in the
    words of `of`; `interval` its 95 % interval.
    """

    name: str
    value: float | None
    goal: float
    at_least: bool = False
    unit: str = ""
    source: str = "simulated"
    count: int = 0
    of: str = ""
    interval: tuple[float, float] | None = None
    upper_goal: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is reached; with `upper_goal` the value has to lie between the two."""
        if self.value is None:
            return False
        value = round(self.value, 9)
        if self.upper_goal is not None:
            return self.goal <= value <= self.upper_goal
        return value >= self.goal if self.at_least else value <= self.goal

    def goal_words(self) -> str:
        """The goal as people write it."""
        if self.upper_goal is not None:
            return f"{self.goal:g} to {self.upper_goal:g}{self.unit}"
        return f"{'>=' if self.at_least else '<='} {self.goal:g}{self.unit}"

    def facts(self) -> dict[str, object]:
        """The row as JSON has it."""
        return {
            "name": self.name,
            "value": self.value,
            "goal": self.goal if self.upper_goal is None else [self.goal, self.upper_goal],
            "better": "inside" if self.upper_goal is not None else ("higher" if self.at_least else "lower"),
            "unit": self.unit.strip(),
            "met": self.met,
            "source": self.source,
            "count": self.count,
            "of": self.of,
            "interval_95": list(self.interval) if self.interval is not None else None,
        }


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of the values do not exceed, between two by weight; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """Ours in parts of theirs; None when either is not known or theirs is nothing."""
    return ours / theirs if ours is not None and theirs else None


def share_interval(hits: int, count: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); None of nothing."""
    if not count:
        return None
    p, z2 = hits / count, _Z95**2
    middle = (p + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z95 * math.sqrt(p * (1 - p) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate_interval(events: int, exposure: float) -> tuple[float, float] | None:
    """The 95 % interval of events for each unit of exposure, by Byar's approximation (Breslow & Day 1987, eq. 2.13)."""
    if exposure <= 0.0:
        return None
    low = events * (1 - 1 / (9 * events) - _Z95 / (3 * math.sqrt(events))) ** 3 if events else 0.0
    more = events + 1
    high = more * (1 - 1 / (9 * more) + _Z95 / (3 * math.sqrt(more))) ** 3
    return max(0.0, low) / exposure, high / exposure
