"""Cities of a tenant."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import City
from api.errors import InvalidInputError, NotFoundError


def list_cities(session: Session, tenant_id: str) -> Sequence[City]:
    """All cities, by slug."""
    return session.scalars(select(City).where(City.tenant_id == tenant_id).order_by(City.slug)).all()


def get_city(session: Session, tenant_id: str, slug: str | None) -> City:
    """
    The city with this slug; without a slug the tenant's only city.

    Raises
    ------
    NotFoundError
        When there is no such city, or none at all.
    InvalidInputError
        When no slug was given and there are several cities.
    """
    cities = list_cities(session, tenant_id)
    known = ", ".join(city.slug for city in cities)
    if slug is not None and slug != "":
        found = next((city for city in cities if city.slug == slug), None)
        if found is None:
            raise NotFoundError(f"there is no city {slug!r}; known cities: {known or 'none'}")
        return found
    if not cities:
        raise NotFoundError("there is no city yet; add one first")
    if len(cities) > 1:
        raise InvalidInputError(f"there are several cities, name one of them: {known}")
    return cities[0]


def get_city_by_id(session: Session, tenant_id: str, city_id: str) -> City:
    """The city that a row names."""
    city = session.get(City, city_id)
    if city is None or city.tenant_id != tenant_id:
        raise NotFoundError("there is no such city")
    return city


def lock_city(session: Session, tenant_id: str, city_id: str) -> None:
    """
    Let nobody else give out the next version of this city's plan or zones until the transaction ends.

    SQLite has one writer at a time anyway.
    """
    session.execute(select(City.id).where(City.tenant_id == tenant_id, City.id == city_id).with_for_update())


def add_city(session: Session, city: City) -> None:
    """Keep a new city."""
    session.add(city)
    session.flush()
