"""What a client was told against what is now likely: lateness, risk, and whether a change is worth a person's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist

from tracking.events import Level

_NORMAL = NormalDist()
_Z90 = _NORMAL.inv_cdf(0.9)
ROUND_TO_S = 300
"""Clients hear times in steps of five minutes."""

WORTH_TELLING_S = 120.0
"""A late arrival that moves by less than this against what was last written down is not told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """
    When an arrival is likely: P10, P50 and P90, joined to a distribution by two half normals around P50.

    Equal instants are allowed: an arrival that has happened has no spread.
    """

    early_at: datetime
    expected_at: datetime
    late_at: datetime

    def at(self, share: float) -> datetime:
        """The instant before which the arrival falls with probability `share`, 0 < share < 1."""
        z = _NORMAL.inv_cdf(share)
        side = self.late_at - self.expected_at if z > 0 else self.expected_at - self.early_at
        return self.expected_at + side * (z / _Z90)

    def chance_after(self, instant: datetime) -> float:
        """The probability, 0..1, that the arrival falls after `instant`."""
        away_s = (instant - self.expected_at).total_seconds()
        side = self.late_at - self.expected_at if away_s > 0 else self.expected_at - self.early_at
        side_s = side.total_seconds()
        if side_s <= 0.0:
            return 0.0 if away_s >= 0 else 1.0
        return 1.0 - _NORMAL.cdf(away_s / side_s * _Z90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an arrival stands to its promise: `late_min` is P50 past its end (negative when before), None without one."""

    level: Level
    late_min: int | None
    risk_share: float | None


def level_by(expected_at: datetime, late_at: datetime, promised_until_at: datetime | None) -> Level:
    """How an arrival stands to the end of the latest promise; on its very end it is kept."""
    if promised_until_at is None or (expected_at <= promised_until_at and late_at <= promised_until_at):
        return Level.ON_TIME
    return Level.LATE if expected_at > promised_until_at else Level.AT_RISK


def standing(likely: Likely, promised_until_at: datetime | None) -> Standing:
    """Measure an arrival against the end of the latest promise; on its very end it is kept."""
    level = level_by(likely.expected_at, likely.late_at, promised_until_at)
    if promised_until_at is None:
        return Standing(level=level, late_min=None, risk_share=None)
    late_s = (likely.expected_at - promised_until_at).total_seconds()
    # One second past the promise is late, so that it never reads "+0".
    late_min = max(1, round(late_s / 60)) if late_s > 0 else min(0, round(late_s / 60))
    return Standing(level=level, late_min=late_min, risk_share=round(likely.chance_after(promised_until_at), 3))


def is_worth_a_line(
    old_level: Level, new_level: Level, noted_expected_at: datetime | None, expected_at: datetime
) -> bool:
    """
    True when news of an arrival is for an operator too: its level changed, or a broken promise moved on.

    `noted_expected_at` is the estimate that people last saw for it; None when they saw none.
    """
    if old_level is not new_level:
        return True
    if new_level is not Level.LATE:
        return False
    return noted_expected_at is None or abs((expected_at - noted_expected_at).total_seconds()) >= WORTH_TELLING_S


def told_interval(likely: Likely) -> tuple[datetime, datetime]:
    """P10 to P90 rounded outwards to five minutes, at least five minutes wide."""
    from_at, until_at = _floor(likely.early_at), _ceiling(likely.late_at)
    return from_at, max(until_at, from_at + timedelta(seconds=ROUND_TO_S))


def dots(likely: Likely, count: int = 20) -> tuple[datetime, ...]:
    """`count` instants of equal chance, earliest first: the middles of equal slices, in whole seconds."""
    return tuple(likely.at((i + 0.5) / count).replace(microsecond=0) for i in range(count))


def is_kept(arrived_at: datetime, first_until_at: datetime) -> bool:
    """On time is counted against the first promise, its end included."""
    return arrived_at <= first_until_at


def on_time_share(arrivals: Sequence[tuple[datetime, datetime]]) -> float | None:
    """The share of (arrived, end of first promise) pairs that were kept; None, not 0 or 1, when there are none."""
    if not arrivals:
        return None
    return round(sum(is_kept(arrived, until) for arrived, until in arrivals) / len(arrivals), 4)


def _floor(instant: datetime) -> datetime:
    past_s = instant.timestamp() % ROUND_TO_S
    return instant - timedelta(seconds=past_s)


def _ceiling(instant: datetime) -> datetime:
    past_s = instant.timestamp() % ROUND_TO_S
    return instant if past_s == 0 else instant + timedelta(seconds=ROUND_TO_S - past_s)
