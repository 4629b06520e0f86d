"""The cities of the caller's organisation."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import cities
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.fleet_answers import city_row
from api.web import caller, services

blueprint = APIBlueprint("cities", __name__)


@blueprint.get("/v1/cities", summary="Cities")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_cities() -> Response:
    """All cities, by slug."""
    return json_answer({"cities": [city_row(city) for city in cities.list_cities(services(), caller())]})
