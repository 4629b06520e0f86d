"""Somebody plays a track again against a plan: what would the service have told?"""

from dataclasses import dataclass
from typing import Any

from api.actions.tracking import find_line
from api.actions.tracking_rules import rules_of
from api.context import Caller, Services
from api.db import city_store, plan_store
from api.db.tables import City
from api.errors import InputProblem, InvalidInputError
from api.json_answer import json_bytes
from routing.plan import Plan
from tracking.city_rules import rules_for
from tracking.files.plan import nearest_plan
from tracking.files.plan_geojson import plans_of
from tracking.files.track import FileProblem, FileTrack, TrackFileError, read_tracks
from tracking.replayed import ReplayedDeviation, replay_deviations, replay_file_track
from tracking.route_line import RouteLine

MOST_FIXES = 5_000
"""Seven hours at a fix each 5 s: what one request may ask for."""
MOST_VERTICES = 50_000
"""Of a plan given inline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a track led to, and the items of it that could not be read."""

    deviations: tuple[ReplayedDeviation, ...]
    left_out: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayQuestion:
    """A track (see `tracking.files.json_track`) and its plan: by id and shift, as GeoJSON, or within the track."""

    track: dict[str, Any] | list[Any]
    plan_id: str | None
    shift_id: str | None
    plan: dict[str, Any] | list[list[float]] | None
    vehicle: str


def replay_track(services: Services, caller: Caller, question: ReplayQuestion) -> Replayed:
    """
    Play a track against a plan; nothing is stored.

    Raises
    ------
    InvalidInputError
        When track or plan cannot be read or are too large, with every problem.
    NotFoundError
        When there is no such plan.
    """
    try:
        tracks = read_tracks(json_bytes(question.track), "track")
        fixes = sum(len(track.pings) for track in tracks)
        if fixes > MOST_FIXES:
            raise _refused("track", "too_many", f"at most {MOST_FIXES} fixes are played at once, got {fixes}; cut it")
        found: list[ReplayedDeviation] = []
        for track in tracks:
            found += _of_stored(services, caller, question, track) if question.plan_id else _of_inline(question, track)
    except TrackFileError as error:
        listed = tuple(InputProblem(code=p.code, where=p.where, message=p.message) for p in error.problems)
        raise InvalidInputError(f"the track was not played: {error}", listed) from error
    found.sort(key=lambda one: (one.at, one.told_at))
    return Replayed(deviations=tuple(found), left_out=tuple(p for track in tracks for p in track.problems))


def _of_inline(question: ReplayQuestion, track: FileTrack) -> tuple[ReplayedDeviation, ...]:
    if question.plan is not None:
        plans = plans_of(question.plan)
        if sum(len(plan.points) for plan in plans) > MOST_VERTICES:
            raise _refused("plan", "too_many", f"at most {MOST_VERTICES} points of lines are taken; simplify them")
        if question.shift_id is not None:
            plans = tuple(plan for plan in plans if plan.name == question.shift_id)
            if not plans:
                raise _refused("shift_id", "unknown", f"the plan has no route {question.shift_id!r}")
        plan = nearest_plan(plans, [ping.point for ping in track.pings if ping.point is not None])
    elif track.plan is not None:
        plan = track.plan
    else:
        raise _refused("plan", "missing", "give plan_id, plan (GeoJSON), or a track that carries its own plan")
    return replay_file_track(track, plan, None, rules_for(None, question.vehicle))


def _of_stored(
    services: Services, caller: Caller, question: ReplayQuestion, track: FileTrack
) -> tuple[ReplayedDeviation, ...]:
    with services.db.read() as session:
        row = plan_store.get_plan(session, caller.tenant_id, question.plan_id or "")
        city = city_store.get_city_by_id(session, caller.tenant_id, row.city_id)
        plan = plan_store.load_plan(session, row)
        shift_id = question.shift_id or _only_shift(plan)
        line = find_line(session, caller.tenant_id, row.id, shift_id)
    if line is None:
        raise _refused("shift_id", "unknown", f"the plan has no route of shift {shift_id!r}")
    return _played(services, city, question, line, track)


def _only_shift(plan: Plan) -> str:
    shifts = [route.shift_id for route in plan.routes if route.visits]
    if len(shifts) != 1:
        raise _refused("shift_id", "missing", f"the plan has {len(shifts)} routes; say which shift's")
    return shifts[0]


def _played(
    services: Services, city: City, question: ReplayQuestion, line: RouteLine, track: FileTrack
) -> tuple[ReplayedDeviation, ...]:
    roads = services.roads.get(city.slug, question.vehicle)
    return replay_deviations(track, line, roads, rules_of(city, question.vehicle))


def _refused(where: str, code: str, message: str) -> InvalidInputError:
    return InvalidInputError(message, (InputProblem(code=code, where=where, message=message),))
