"""What couriers' phones post."""

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint

from api.actions.pings import take_pings
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.pings import read_pings
from api.tracking_service import PingWriter
from api.web import caller, runtime, services

blueprint = APIBlueprint("pings", __name__)


@blueprint.post("/v1/pings", summary="Send positions")
@allow(Role.COURIER)
def post_pings() -> Response:
    """Take a batch of pings; the answer comes after they are safely stored."""
    parts, phone = services(), caller()
    now = parts.clock.now()
    pings, unreadable = read_pings(request.get_data(), now, parts.settings.max_pings_per_request)
    writer = runtime().get(PingWriter)
    return json_answer(writer.run(lambda session: take_pings(session, parts, phone, pings, unreadable, now)))
