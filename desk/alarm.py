"""How loud a cause is: act now, decide, or only know. Two of three kinds of noise are kept from people here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from tracking.events import DeviationKind, Level

SILENT = timedelta(minutes=10)
"""Shorter silences mend themselves."""
SILENCE_MATTERS = timedelta(minutes=45)
"""A silent courier is a decision when a promise ends sooner than this."""
NO_COURIER_URGENT = timedelta(minutes=60)
"""An order without a courier is urgent when its promise ends sooner than this."""

UNASSIGNED = "unassigned"
SOS = "sos"
LATE_IN_TRAFFIC = "late_in_traffic"
LATE_AT_STOP = "late_at_stop"
RUNNING_LATE = "running_late"
DELAYS = frozenset({LATE_IN_TRAFFIC, LATE_AT_STOP, RUNNING_LATE})
"""A courier who is late though nothing departs from the plan: a line once a promise breaks, see `alarm_level`."""

_ALWAYS_A_DECISION = frozenset({DeviationKind.STALL.value, DeviationKind.OFF_ROUTE.value})


class AlarmLevel(IntEnum):
    """1: act now, with a sound. 2: decide, a line. 3: counters and marks only."""

    ACT_NOW = 1
    DECIDE = 2
    KNOW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One order behind a cause, not yet delivered: how it stands to its promise and when that ends."""

    level: Level
    promised_until_at: datetime | None


def alarm_level(
    kind: str, since_at: datetime, now: datetime, affected: Sequence[Affected], next_promise_at: datetime | None = None
) -> AlarmLevel:
    """
    The level of an open cause.

    `affected` are the orders whose estimate it moved; `next_promise_at` the first promise the courier still has to
    keep, moved or not: it decides whether silence matters.
    """
    if kind == SOS:
        return AlarmLevel.ACT_NOW
    if kind == UNASSIGNED:
        ends = [order.promised_until_at for order in affected if order.promised_until_at is not None]
        urgent = any(end - now < NO_COURIER_URGENT for end in ends)
        return AlarmLevel.ACT_NOW if urgent else AlarmLevel.DECIDE if affected else AlarmLevel.KNOW
    if kind in _ALWAYS_A_DECISION or any(order.level is Level.LATE for order in affected):
        return AlarmLevel.DECIDE
    if (
        kind == DeviationKind.GAP
        and now - since_at > SILENT
        and next_promise_at is not None
        and next_promise_at - now < SILENCE_MATTERS
    ):
        return AlarmLevel.DECIDE
    return AlarmLevel.KNOW
