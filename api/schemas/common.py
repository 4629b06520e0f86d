"""Pieces that several requests share."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

LARGEST = 2_000_000_000
"""The largest whole number a column of the database takes on every engine."""

type Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")
]
type Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
type Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")]
type Count = Annotated[int, Field(ge=0, le=LARGEST)]
type Lon = Annotated[float, Field(ge=-180, le=180)]
type Lat = Annotated[float, Field(ge=-90, le=90)]
type Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2199, 12, 31))]
type Instant = Annotated[
    AwareDatetime, Field(ge=dt.datetime(2000, 1, 1, tzinfo=dt.UTC), le=dt.datetime(2199, 12, 31, tzinfo=dt.UTC))
]
type Window = tuple[Instant, Instant]
"""When service may start: `[opens_at, closes_at]`, both ends included."""


class Body(BaseModel):
    """A request's body or query: a name that is not known is a mistake, and said so."""

    model_config = ConfigDict(extra="forbid")


class OptionalBody(Body):
    """A body that may be left out altogether: then every field has its default."""

    @model_validator(mode="before")
    @classmethod
    def none_is_empty(cls, value: Any) -> Any:
        """Read no body as an empty one."""
        return {} if value is None else value


class CityQuery(Body):
    """Which city; a tenant with one city may leave it out."""

    city: Code | None = None


class ProblemShape(BaseModel):
    """One thing that is wrong: machine code, where it stands, what is wrong and what to do."""

    code: str
    where: str
    message: str
