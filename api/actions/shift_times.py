"""When a courier was at work: positions outside a shift are not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from api.db.courier_work_store import shifts_begun
from api.db.tables import Shift
from tracking.rules import DEFAULT_RULES

CLOCKS_DIFFER = timedelta(minutes=2)
"""A phone's clock may be so far from ours: positions this much before the begin and after the end are kept."""
OVERTIME = timedelta(hours=6)
"""A shift that nobody ended counts as ended so long after its planned end."""

OFF_SHIFT = "off_shift"
"""The code told to a phone for a ping that was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTimes:
    """A shift that was begun, and its time with what clocks may differ; both ends included."""

    shift_id: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class WorkTimes:
    """The shifts whose positions may still come, earliest first."""

    shifts: Sequence[ShiftTimes]

    def shift_at(self, fix_at: datetime | None, now: datetime) -> str | None:
        """
        The shift in which a ping was made; None when it was none.

        A ping whose own time is none, or cannot be believed, is judged by when it came.
        """
        at = fix_at if fix_at is not None and _is_believable(fix_at, now) else now
        return next((one.shift_id for one in reversed(self.shifts) if one.from_at <= at <= one.until_at), None)


def work_times(session: Session, tenant_id: str, courier_id: str, now: datetime) -> WorkTimes:
    """A courier's shifts that were begun and may still be sent for."""
    since = now - timedelta(seconds=DEFAULT_RULES.oldest_s) - OVERTIME - timedelta(days=1)
    found = (_times(shift) for shift in shifts_begun(session, tenant_id, courier_id, since))
    return WorkTimes([times for times in found if times is not None])


def _times(shift: Shift) -> ShiftTimes | None:
    if shift.started_at is None:
        return None
    ended_at = shift.ended_at if shift.ended_at is not None else shift.ends_at + OVERTIME
    return ShiftTimes(shift_id=shift.id, from_at=shift.started_at - CLOCKS_DIFFER, until_at=ended_at + CLOCKS_DIFFER)


def _is_believable(fix_at: datetime, now: datetime) -> bool:
    if fix_at.tzinfo is None:
        return False
    age_s = (now - fix_at.astimezone(UTC)).total_seconds()
    return -DEFAULT_RULES.future_s <= age_s <= DEFAULT_RULES.oldest_s
