"""Plan visits somewhat before their windows close, so that a usual delay breaks no promise."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from routing.stop import SoftWindow, Stop

USUAL_RESERVE_MIN = 10
"""Minutes kept free where nobody asks for others; what other lengths and prices gave is in docs/decisions/0015."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowReserve:
    """
    How long before its last window closes a visit is wished to begin; at most half of that window.

    Each minute of the reserve that a plan uses up costs `per_min`, in units of `CostWeights`: 30 is half a minute of
    driving.
    """

    before_close_min: int = USUAL_RESERVE_MIN
    per_min: float = 30.0


def with_reserve(stops: Iterable[Stop], reserve: WindowReserve) -> tuple[Stop, ...]:
    """The stops with the wish to begin before the reserve; one that has a soft window of its own keeps it."""
    return tuple(_wishing(stop, reserve) for stop in stops)


def _wishing(stop: Stop, reserve: WindowReserve) -> Stop:
    if not stop.windows or stop.soft_window is not None or not reserve.before_close_min:
        return stop
    last = max(stop.windows, key=lambda window: window.closes_at)
    before = min(timedelta(minutes=reserve.before_close_min), (last.closes_at - last.opens_at) / 2)
    first_at = min(window.opens_at for window in stop.windows)
    wish = SoftWindow(opens_at=first_at, closes_at=last.closes_at - before, per_late_min=reserve.per_min)
    return replace(stop, soft_window=wish)
