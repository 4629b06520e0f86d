"""Shapes of a replay: a track and a plan in, departures out."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.actions.replays import Replayed, ReplayQuestion
from api.schemas.common import Body, Code, Name, ProblemShape


class ReplayBody(Body):
    """
    A track and what it is held against.

    `track` is `{"started_at", "interval_s", "lonlat", ...}`, `{"pings": [...]}` with the names of POST /v1/pings, or a
    list of either, or GeoJSON. The plan is one of the service (`plan_id`, and `shift_id` where it has several routes),
    GeoJSON with a line and its stops, a list of coordinates, or the track's own `plan`.
    """

    track: dict[str, Any] | list[dict[str, Any]]
    plan_id: Code | None = None
    shift_id: Name | None = None
    plan: dict[str, Any] | list[list[float]] | None = None
    vehicle: Code = "car"


class ReplayedShape(BaseModel):
    """
    A departure that was raised, closed or taken back at `at`, which the service would have told at `told_at`.

    The unit of `measure` hangs on `kind`: metres, seconds, metres a second, a factor or a count.
    """

    at: datetime
    kind: str
    state: Literal["open", "closed", "retracted"]
    since_at: datetime
    measure: float
    lon: float | None
    lat: float | None
    visit_id: str | None
    deviation_id: str
    told_at: datetime
    track: str
    why: str | None = None


class ReplayAnswer(BaseModel):
    """Departures in order of time, and the items of the track that could not be read."""

    deviations: list[ReplayedShape]
    left_out: list[ProblemShape]


def read_replay(body: ReplayBody) -> ReplayQuestion:
    """The question as the action takes it."""
    return ReplayQuestion(
        track=body.track, plan_id=body.plan_id, shift_id=body.shift_id, plan=body.plan, vehicle=body.vehicle
    )


def replayed_row(replayed: Replayed) -> dict[str, Any]:
    """What a track led to, as JSON."""
    return {
        "deviations": [one.row() for one in replayed.deviations],
        "left_out": [{"code": p.code, "where": p.where, "message": p.message} for p in replayed.left_out],
    }
