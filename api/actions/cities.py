"""The cities a caller may see, and what day it is there."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.context import Caller, Services
from api.db import city_store
from api.db.tables import City


def list_cities(services: Services, caller: Caller) -> list[City]:
    """All cities of the caller's organisation, by slug."""
    with services.db.read() as session:
        return list(city_store.list_cities(session, caller.tenant_id))


def today(city: City, now: datetime) -> date:
    """The date by the city's own clock."""
    return now.astimezone(ZoneInfo(city.timezone)).date()
