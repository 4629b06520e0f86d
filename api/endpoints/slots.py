"""Slots for a client on the phone."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import slots
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.slots import SlotsAnswer, SlotsBody, read_question, slots_row
from api.web import caller, services

blueprint = APIBlueprint("slots", __name__)


@blueprint.post("/v1/slots", responses={200: SlotsAnswer}, summary="Which windows can be kept at a place")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_slots(body: SlotsBody) -> Response:
    """For each window of today and tomorrow: can it be kept, at what added cost, and when. Nothing is stored."""
    return json_answer(slots_row(slots.offer(services(), caller(), read_question(body))))
