"""The limits that tracking works by in a city, as its people set them, and where its couriers are permitted."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from api.actions.zone_indexes import zones_of_day
from api.context import Caller, Services
from api.db import audit, city_store
from api.db.tables import City, Courier
from api.errors import InputProblem, InvalidInputError
from api.json_answer import json_bytes
from tracking.city_rules import RuleSettingsError, check_settings, rules_for
from tracking.permitted_area import PermittedArea, ZonesArea
from tracking.rules import TrackingRules

_MOST_AREAS = 500

_areas: OrderedDict[tuple[str, tuple[str, ...]], ZonesArea] = OrderedDict()
_lock = threading.Lock()


def get_settings(services: Services, caller: Caller, city_slug: str | None) -> tuple[City, dict[str, Any]]:
    """What a city has set; empty when it goes by the defaults."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        return city, dict(city.tracking_rules or {})


def set_settings(
    services: Services, caller: Caller, city_slug: str | None, settings: Mapping[str, Any]
) -> tuple[City, dict[str, Any]]:
    """
    Put a city's limits in place of those before; couriers on the road go by them from the next ping on.

    Raises
    ------
    InvalidInputError
        With everything that is wrong; what was set before stays.
    """
    problems = check_settings(settings)
    if problems:
        listed = tuple(InputProblem(code=p.code, where=p.where, message=p.message) for p in problems)
        raise InvalidInputError(f"{len(listed)} problem(s) with the limits; nothing was changed", listed)
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        before = dict(city.tracking_rules or {})
        city.tracking_rules = {profile: dict(limits) for profile, limits in settings.items()}
        session.flush()
        audit.record(
            session,
            caller,
            now,
            action="city.tracking_rules_set",
            entity="city",
            entity_id=city.id,
            before=before,
            after=city.tracking_rules,
        )
        return city, dict(city.tracking_rules)


def rules_of(city: City, vehicle_profile: str) -> TrackingRules:
    """The limits for a vehicle in a city."""
    return _resolved(json_bytes(city.tracking_rules or {}), vehicle_profile)


def permitted_area(
    session: Session, city: City, courier: Courier, on_date: date, now: datetime
) -> PermittedArea | None:
    """Where a courier may be on a day; None when he may be everywhere, or the city has no zones in force."""
    if courier.zone_ids is None:
        return None
    zones = zones_of_day(session, city, on_date, now)
    if zones is None:
        return None
    key = (zones.zone_set_id, tuple(sorted(courier.zone_ids)))
    with _lock:
        if key in _areas:
            _areas.move_to_end(key)
            return _areas[key]
    area = ZonesArea(zone.area for zone in zones.zone_set.zones if zone.zone_id in courier.zone_ids)
    with _lock:
        _areas[key] = area
        while len(_areas) > _MOST_AREAS:
            _areas.popitem(last=False)
    return area


@lru_cache(maxsize=256)
def _resolved(settings: bytes, vehicle_profile: str) -> TrackingRules:
    # The very same object for the same settings: detectors keep what they make of it.
    try:
        return rules_for(json.loads(settings), vehicle_profile)
    except RuleSettingsError:
        # Limits that a newer or older version wrote must not stop couriers from being followed.
        return rules_for(None, vehicle_profile)
