"""Which day a city is in, and the plan in force on it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.db.tables import City, PlanRow, Shift

_NEWEST_PLAN = (
    select(PlanRow)
    .where(
        PlanRow.tenant_id == bindparam("tenant_id"),
        PlanRow.city_id == bindparam("city_id"),
        PlanRow.on_date == bindparam("on_date"),
    )
    .order_by(PlanRow.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityDay:
    """A city's working day: its date, when that began, and the newest plan of it (None before the first)."""

    city: City
    on_date: date
    begins_at: datetime
    plan: PlanRow | None


def city_day(session: Session, city: City, now: datetime) -> CityDay:
    """
    The day the city is in by its own clock.

    After midnight it is still the day before while that day's shifts run and the new day has no plan.
    """
    zone = ZoneInfo(city.timezone)
    today = now.astimezone(zone).date()
    plan = newest_plan(session, city.tenant_id, city.id, today)
    if plan is None:
        yesterday = today - timedelta(days=1)
        older = newest_plan(session, city.tenant_id, city.id, yesterday)
        if older is not None and _still_works(session, city, yesterday, now):
            return CityDay(city=city, on_date=yesterday, begins_at=_midnight(yesterday, zone), plan=older)
    return CityDay(city=city, on_date=today, begins_at=_midnight(today, zone), plan=plan)


def newest_plan(session: Session, tenant_id: str, city_id: str, on_date: date) -> PlanRow | None:
    """The plan in force on a date; None when none was made."""
    return session.scalars(_NEWEST_PLAN, {"tenant_id": tenant_id, "city_id": city_id, "on_date": on_date}).first()


def _midnight(on_date: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on_date, time(), zone).astimezone(UTC)


def _still_works(session: Session, city: City, on_date: date, now: datetime) -> bool:
    query = select(Shift.id).where(
        Shift.tenant_id == city.tenant_id,
        Shift.city_id == city.id,
        Shift.on_date == on_date,
        Shift.ends_at > now - timedelta(hours=2),
        Shift.state != "ended",
    )
    return session.scalars(query.limit(1)).first() is not None


def order_day(session: Session, city: City, on_date: date, now: datetime) -> CityDay:
    """The day of an order, whichever that is, with the plan in force on it."""
    today = city_day(session, city, now)
    if today.on_date == on_date:
        return today
    plan = newest_plan(session, city.tenant_id, city.id, on_date)
    return CityDay(city=city, on_date=on_date, begins_at=_midnight(on_date, ZoneInfo(city.timezone)), plan=plan)
