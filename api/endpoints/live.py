"""The live stream of a city, as server-sent events."""

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint

from api.actions.board import city_id_of
from api.auth import allow
from api.context import Role
from api.errors import BadRequestError
from api.live import LiveHub
from api.schemas.common import CityQuery
from api.web import caller, runtime, services

blueprint = APIBlueprint("live", __name__)


@blueprint.get("/v1/live", summary="What happens, as it happens")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_live(query: CityQuery) -> Response:
    """Events after `Last-Event-ID` without loss or repeat, then what happens; positions; heartbeats."""
    asked = request.headers.get("Last-Event-ID", "").strip()
    if asked and not (asked.isdecimal() and len(asked) < 19):
        raise BadRequestError("expected Last-Event-ID to be the id of an event, a whole number")
    hub = runtime().get(LiveHub)
    city_id = city_id_of(services(), caller(), query.city)
    if request.method == "HEAD":
        # nobody would read the stream, and so nothing would ever end it
        return Response(content_type="text/event-stream; charset=utf-8")
    subscription = hub.subscribe(caller().tenant_id, city_id, int(asked) if asked else None)
    response = Response(hub.stream(subscription), content_type="text/event-stream; charset=utf-8")
    # a client that goes away before the first frame never enters the stream, whose own end would do this
    response.call_on_close(lambda: hub.unsubscribe(subscription))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
