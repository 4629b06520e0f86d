"""What a courier's phone does besides telling where it is."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import courier_work
from api.auth import allow
from api.context import Role
from api.errors import InputProblem, InvalidInputError
from api.json_answer import json_answer
from api.schemas.console import IdPath, OutcomeBody, ShiftTimeBody
from api.tracking_service import PingWriter
from api.web import caller, runtime, services

blueprint = APIBlueprint("courier_work", __name__)


@blueprint.get("/v1/me/tasks", summary="My stops of today")
@allow(Role.COURIER)
def get_tasks() -> Response:
    """The shift and its stops, with all that is needed at the door."""
    return json_answer(courier_work.read_tasks(services(), caller()))


@blueprint.post("/v1/me/shift/start", summary="Begin my shift")
@allow(Role.COURIER)
def post_shift_start(body: ShiftTimeBody) -> Response:
    """Begin the shift; repeating it changes nothing."""
    parts, phone, now = services(), caller(), services().clock.now()
    work = runtime().get(PingWriter)
    return json_answer(work.run(lambda session: courier_work.start_shift(session, parts, phone, body.at, now)))


@blueprint.post("/v1/me/shift/end", summary="End my shift")
@allow(Role.COURIER)
def post_shift_end(body: ShiftTimeBody) -> Response:
    """End the shift; repeating it changes nothing."""
    parts, phone, now = services(), caller(), services().clock.now()
    work = runtime().get(PingWriter)
    return json_answer(work.run(lambda session: courier_work.end_shift(session, parts, phone, body.at, now)))


@blueprint.post("/v1/couriers/<id>/shift/start", summary="Begin a courier's shift for him")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_courier_shift_start(path: IdPath, body: ShiftTimeBody) -> Response:
    """Begin the shift of a courier whose app has no button for it; repeating it changes nothing."""
    parts, now = services(), services().clock.now()
    person = courier_work.in_place_of(parts, caller(), path.id)
    work = runtime().get(PingWriter)
    return json_answer(work.run(lambda session: courier_work.start_shift(session, parts, person, body.at, now)))


@blueprint.post("/v1/couriers/<id>/shift/end", summary="End a courier's shift for him")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_courier_shift_end(path: IdPath, body: ShiftTimeBody) -> Response:
    """End the shift of a courier whose app has no button for it; repeating it changes nothing."""
    parts, now = services(), services().clock.now()
    person = courier_work.in_place_of(parts, caller(), path.id)
    work = runtime().get(PingWriter)
    return json_answer(work.run(lambda session: courier_work.end_shift(session, parts, person, body.at, now)))


@blueprint.post("/v1/visits/<id>/outcomes", summary="How a visit ended")
@allow(Role.COURIER)
def post_outcome(path: IdPath, body: OutcomeBody) -> Response:
    """Delivered or failed; the same `outcome_id` again changes nothing."""
    if body.kind == "failed" and not body.reason:
        problem = InputProblem(code="missing", where="reason", message="say why it failed, for example nobody_home")
        raise InvalidInputError("a failed visit needs a reason", (problem,))
    parts, phone, now = services(), caller(), services().clock.now()
    return json_answer(
        runtime()
        .get(PingWriter)
        .run(
            lambda session: courier_work.record_outcome(
                session,
                parts,
                phone,
                visit_id=path.id,
                outcome_id=body.outcome_id,
                kind=body.kind,
                reason=body.reason,
                note=body.note,
                device_at=body.device_at,
                now=now,
            )
        )
    )
