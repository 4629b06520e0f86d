"""Shapes of requests and answers about plans and jobs."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.schemas.common import LARGEST, Body, Code, Day


class PlanBody(Body):
    """A wish for a plan of a city's day; today without a date."""

    city: Code | None = None
    date: Day | None = None
    time_limit_s: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0, le=LARGEST)] = 1


class PlansQuery(Body):
    """A city and a day; today without a date."""

    city: Code | None = None
    date: Day | None = None


class PlanPath(BaseModel):
    """A plan's id."""

    plan_id: str


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
