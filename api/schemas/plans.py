"""Shapes of requests and answers about plans and jobs."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from api.schemas.common import LARGEST, Body, Code, Count, Day, Instant, Lat, Lon, Text
from routing.change_rules import LockLevel
from routing.window_reserve import USUAL_RESERVE_MIN

type LonLatPair = tuple[Lon, Lat]
type Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class LockShape(Body):
    """One visit, named by itself or by its order, and how much of it stays as planned."""

    visit_id: Code | None = None
    order_id: Code | None = None
    level: LockLevel

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.visit_id is None) == (self.order_id is None):
            raise ValueError("name either visit_id or order_id")
        return self


class LockHorizonShape(Body):
    """Everything planned to start within so many seconds of now is locked at this level."""

    within_s: Annotated[int, Field(ge=0, le=7 * 86_400)]
    level: LockLevel


class ChangeCostsShape(Body):
    """What changes cost the search, in units of one second of driving."""

    per_moved: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    per_retimed_min: Price = 0.0
    tolerance_s: Annotated[int, Field(ge=0, le=86_400)] = 600


class ClosureShape(Body):
    """
    A closed area (`area`: corners of a polygon) or street (`street`: points of its line, `width_m` wide), and when.
    """

    id: Code | None = None
    name: Text = ""
    area: Annotated[list[LonLatPair], Field(min_length=3, max_length=500)] | None = None
    street: Annotated[list[LonLatPair], Field(min_length=2, max_length=500)] | None = None
    width_m: Annotated[float, Field(gt=0, le=200, allow_inf_nan=False)] = 20.0
    from_at: Instant
    until_at: Instant

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.area is None) == (self.street is None):
            raise ValueError("give either area or street")
        if self.until_at < self.from_at:
            raise ValueError("until_at must not be before from_at")
        return self


class BreakdownShape(Body):
    """A courier who drives no further, named by his shift or himself; `lon` and `lat` say where he stands."""

    shift_id: Code | None = None
    courier_id: Code | None = None
    handover: bool = False
    handover_s: Annotated[int, Field(ge=0, le=3_600)] = 60
    lon: Lon | None = None
    lat: Lat | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.shift_id is None) == (self.courier_id is None):
            raise ValueError("name either shift_id or courier_id")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("give both lon and lat, or neither")
        return self


class PlanBody(Body):
    """
    A wish for a plan of a city's day; today without a date. What follows `preview` bounds what it may change.

    Visits start `reserve_min` minutes before their windows close where that costs little; 0 for no such wish.

    With `preview` nothing is published: the job's result says what the plan would change.
    """

    city: Code | None = None
    date: Day | None = None
    time_limit_s: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0, le=LARGEST)] = 1
    reserve_min: Annotated[int, Field(ge=0, le=120)] = USUAL_RESERVE_MIN
    preview: bool = False
    locks: Annotated[list[LockShape], Field(default_factory=list, max_length=10_000)]
    lock_horizons: Annotated[list[LockHorizonShape], Field(default_factory=list, max_length=10)]
    change_costs: ChangeCostsShape = ChangeCostsShape()
    max_changed: Count | None = None
    closures: Annotated[list[ClosureShape], Field(default_factory=list, max_length=50)]
    breakdowns: Annotated[list[BreakdownShape], Field(default_factory=list, max_length=100)]

    def rules(self) -> dict[str, Any]:
        """What bounds the change, as JSON: empty when nothing does."""
        names = {"locks", "lock_horizons", "change_costs", "max_changed", "closures", "breakdowns"}
        return self.model_dump(mode="json", include=names, exclude_defaults=True)


class PlansQuery(Body):
    """A city and a day; today without a date."""

    city: Code | None = None
    date: Day | None = None


class PlanPath(BaseModel):
    """A plan's id."""

    plan_id: str


class PlanVisitPath(BaseModel):
    """A visit of a plan."""

    plan_id: str
    visit_id: str


class JobPath(BaseModel):
    """A job's id."""

    job_id: str


class JobShape(BaseModel):
    """A piece of long work: queued, running, done, failed or cancelled."""

    id: str
    kind: str
    state: str
    progress: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobAnswer(BaseModel):
    """The job that makes the plan."""

    job: JobShape
