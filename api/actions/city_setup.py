"""Somebody brings a city of their own."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel import Locale
from babel.numbers import get_territory_currencies, list_currencies
from sqlalchemy.exc import IntegrityError

from api.actions.accounts import LANGUAGES
from api.context import Services, system_caller
from api.db import account_store, audit
from api.db.tables import City, new_id
from api.errors import ConflictError, InputProblem, InvalidInputError
from zones.errors import InvalidLonLatError
from zones.lonlat import LonLat

_SLUG_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def add_city(
    services: Services,
    *,
    tenant_name: str,
    slug: str,
    name: str,
    timezone: str,
    country: str,
    lon: float,
    lat: float,
    currency: str | None = None,
    language: str = "en",
) -> City:
    """
    Add a city to an organisation, which is made when there is none of this name.

    The phone region is the country; the currency is the country's own unless another is given.

    Raises
    ------
    InvalidInputError
        With everything that is wrong: slug, time zone, country, currency, language, place.
    ConflictError
        When the organisation has a city with this slug.
    """
    country = country.upper()
    money = currency or next(iter(_currencies_of(country)), "")
    problems = _problems(slug, timezone, country, money, language, lon, lat)
    if problems:
        raise InvalidInputError(f"{len(problems)} problem(s) with the city {name!r}", tuple(problems))
    now = services.clock.now()
    try:
        with services.db.write() as session:
            tenant = account_store.find_tenant(session, tenant_name)
            if tenant is None:
                tenant = account_store.add_tenant(session, tenant_name, now)
            city = City(
                id=new_id("cty"),
                tenant_id=tenant.id,
                slug=slug,
                name=name,
                timezone=timezone,
                country=country,
                phone_region=country,
                currency=money,
                language=language,
                lon=lon,
                lat=lat,
            )
            session.add(city)
            session.flush()
            caller = system_caller(tenant.id)
            audit.record(
                session, caller, now, action="add_city", entity="city", entity_id=city.id, after={"slug": slug}
            )
    except IntegrityError as error:
        raise ConflictError(f"{tenant_name} has a city {slug!r} already; choose another slug") from error
    return city


def _problems(
    slug: str, timezone: str, country: str, currency: str, language: str, lon: float, lat: float
) -> list[InputProblem]:
    found: list[InputProblem] = []

    def refuse(where: str, message: str) -> None:
        found.append(InputProblem(code=f"bad_{where}", where=where, message=message))

    if not slug or not set(slug) <= _SLUG_LETTERS or slug.startswith("-"):
        refuse("slug", f"expected small latin letters, digits and dashes (it names folders), got {slug!r}")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        refuse("timezone", f"expected a name of the IANA list such as Europe/Helsinki, got {timezone!r}")
    if country not in phonenumbers.SUPPORTED_REGIONS:
        refuse("country", f"expected a two-letter country code such as FI, got {country!r}")
    elif currency not in list_currencies():
        refuse("currency", f"expected a three-letter currency code such as EUR, got {currency!r}")
    if language not in LANGUAGES:
        refuse("language", f"expected one of {', '.join(LANGUAGES)}, got {language!r}")
    try:
        LonLat(lon=lon, lat=lat)
    except InvalidLonLatError as error:
        refuse("lon_lat", str(error))
    return found


def _currencies_of(country: str) -> list[str]:
    if country not in Locale("en").territories:
        return []
    return [str(code) for code in get_territory_currencies(country)]
