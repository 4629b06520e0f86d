"""What the console reads and does: the board, causes, the inbox, search and streets."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import board, causes, inbox, sos
from api.auth import allow
from api.context import Role
from api.file_answer import file_answer
from api.json_answer import json_answer
from api.schemas.common import CityQuery
from api.schemas.console import CauseBody, IdPath, SearchBody, ToldBody
from api.web import caller, services

blueprint = APIBlueprint("console", __name__)


@blueprint.get("/v1/snapshot", summary="The whole board of a city")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_snapshot(query: CityQuery) -> Response:
    """Couriers, causes, inbox, counters, and the event they are as new as."""
    return json_answer(board.snapshot(services(), caller(), query.city))


@blueprint.get("/v1/couriers/<id>/day", summary="One courier's day")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_courier_day(path: IdPath) -> Response:
    """Route on the streets and stops."""
    return json_answer(board.courier_day(services(), caller(), path.id))


@blueprint.get("/v1/causes/<id>", summary="A cause and the orders behind it")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_cause(path: IdPath) -> Response:
    """A cause with its orders and its retraction."""
    return json_answer(causes.read_cause(services(), caller(), path.id))


@blueprint.post("/v1/causes/<id>/acknowledge", summary="I know of this cause")
@allow(Role.DISPATCHER)
def post_cause_acknowledge(path: IdPath) -> Response:
    """Acknowledge a cause."""
    return json_answer(causes.acknowledge(services(), caller(), path.id))


@blueprint.post("/v1/causes/<id>/take", summary="I look after this cause")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_cause_take(path: IdPath) -> Response:
    """Take a cause; operators take calls for help."""
    return json_answer(sos.take_call(services(), caller(), path.id))


@blueprint.post("/v1/causes/<id>/close", summary="This call for help is over")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_cause_close(path: IdPath) -> Response:
    """Close a cause that only a person can close."""
    return json_answer(causes.close(services(), caller(), path.id))


@blueprint.post("/v1/inbox/acknowledge", summary="I know of every line of a cause")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_inbox_acknowledge_cause(body: CauseBody) -> Response:
    """Acknowledge all open lines of a cause."""
    return json_answer({"lines": inbox.acknowledge_cause(services(), caller(), body.cause_id)})


@blueprint.post("/v1/inbox/<id>/acknowledge", summary="I know of this line")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_inbox_acknowledge(path: IdPath) -> Response:
    """Acknowledge one line."""
    return json_answer(inbox.acknowledge(services(), caller(), path.id))


@blueprint.post("/v1/inbox/<id>/lock", summary="I am calling this client")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_inbox_lock(path: IdPath) -> Response:
    """Keep a line for three minutes."""
    return json_answer(inbox.lock(services(), caller(), path.id))


@blueprint.post("/v1/inbox/<id>/unlock", summary="I do not call this client")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_inbox_unlock(path: IdPath) -> Response:
    """Give a line back."""
    return json_answer(inbox.unlock(services(), caller(), path.id))


@blueprint.post("/v1/inbox/<id>/told", summary="The client was told")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_inbox_told(path: IdPath, body: ToldBody) -> Response:
    """Close a line as told."""
    return json_answer(inbox.tell(services(), caller(), path.id, body.channel))


@blueprint.post("/v1/search", summary="Find orders and couriers")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_search(body: SearchBody) -> Response:
    """By number, address, name or phone."""
    return json_answer(board.search(services(), caller(), body.city, body.text))


@blueprint.get("/v1/map/streets", summary="The city's streets for the map")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_streets(query: CityQuery) -> Response:
    """GeoJSON of streets, parks, waters and rails; empty where no network was built."""
    file = board.streets_file(services(), caller(), query.city)
    if file is None:
        return json_answer({"type": "FeatureCollection", "features": []})
    return file_answer(file.parent, file.name, "application/geo+json", cache_control="private, no-cache")
