"""Shapes of requests and answers about zones."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.schemas.common import LARGEST, Body, Code, Lat, Lon


class CheckQuery(Body):
    """The city against whose centre zones are judged; without it they are judged among themselves."""

    city: Code | None = None


class ZonesQuery(Body):
    """A city, and one version of its zones; the one in force when none is named."""

    city: Code | None = None
    version: Annotated[int, Field(ge=1, le=LARGEST)] | None = None


class ImportZonesQuery(Body):
    """A city, and whether its new zones are put in force at once."""

    city: Code | None = None
    publish: bool = False


class ResolveBody(Body):
    """A place whose zone is asked."""

    city: Code | None = None
    lon: Lon
    lat: Lat


class ChangesShape(BaseModel):
    """Ids of zones that differ from the version in force before."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class ImportedZonesAnswer(BaseModel):
    """The new version."""

    version: int
    state: str
    zones: int
    changes: ChangesShape
