"""What the city's traffic and holidays are known to be, for people who ask."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.context import Caller, Services
from api.db import audit, city_store, learning_store
from api.db.tables import City
from tracking.city_factors import city_factors, factors_at
from tracking.learning import DayKind, Learned, local_hour, travel_parts
from tracking.shrinkage import REST, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelFactor:
    """
    The factor of one zone (None: any other place) in one hour, with the parts whose product explains it.

    The part `rest` is what the last hours were like, and that sums of drives go by their mean, not their median.
    """

    zone_id: str | None
    ratio: float
    drives: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficThen:
    """A city's factors at one instant."""

    city: City
    at: datetime
    hour: int
    day_kind: DayKind
    factors: tuple[TravelFactor, ...]


def traffic_at(
    services: Services, caller: Caller, slug: str, at: datetime | None, zone_id: str | None = None
) -> TrafficThen:
    """Every zone's factor at an instant, now without one; only one zone's when it is named."""
    now = services.clock.now()
    at = at or now
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, slug)
        learned = learning_store.load_learned(session, city)
        holidays = learning_store.list_holidays(session, city)
    timezone = ZoneInfo(city.timezone)
    factors = factors_at(city_factors(learned, timezone, holidays), at)
    hour, kind = local_hour(at.timestamp(), timezone, holidays)
    known = [None, *sorted(factors.hours.rows)] if factors.hours is not None else [None]
    asked = known if zone_id is None else [zone_id]
    return TrafficThen(
        city=city,
        at=at,
        hour=hour,
        day_kind=kind,
        factors=tuple(
            _factor(learned, zone, hour, kind, factors.hours.ratio_at(zone, at.timestamp()) if factors.hours else 1.0)
            for zone in asked
        ),
    )


def list_holidays(services: Services, caller: Caller, slug: str) -> tuple[City, Mapping[date, str]]:
    """The days on which a city's traffic is that of a Sunday."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, slug)
        return city, learning_store.list_holidays(session, city)


def replace_holidays(
    services: Services, caller: Caller, slug: str, holidays: Mapping[date, str]
) -> tuple[City, Mapping[date, str]]:
    """Keep these holidays of a city and no others."""
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, slug)
        before = learning_store.list_holidays(session, city)
        learning_store.replace_holidays(session, city, holidays)
        audit.record(
            session,
            caller,
            now,
            action="city.holidays",
            entity="city",
            entity_id=city.id,
            before={on.isoformat(): name for on, name in before.items()},
            after={on.isoformat(): name for on, name in holidays.items()},
        )
    return city, holidays


def _factor(learned: Learned, zone_id: str | None, hour: int, kind: DayKind, ratio: float) -> TravelFactor:
    parts = travel_parts(learned.travel, zone_id, hour, kind)
    # What is told is what the narrowest cell that has seen anything has seen.
    drives = next((part.seen for part in reversed(parts) if part.seen), 0)
    rest = ratio / math.prod(part.ratio for part in parts)
    return TravelFactor(zone_id=zone_id, ratio=ratio, drives=drives, parts=(*parts, Part(REST, REST, rest, drives)))
