"""The limits by which a city's couriers are followed."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import tracking_rules
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.common import CityQuery
from api.schemas.tracking_rules import RulesAnswer, RulesBody, rules_row
from api.web import caller, services

blueprint = APIBlueprint("tracking_rules", __name__)


@blueprint.get("/v1/tracking-rules", responses={200: RulesAnswer}, summary="Limits of detectors in a city")
@allow(Role.DISPATCHER)
def get_tracking_rules(query: CityQuery) -> Response:
    """What the city has set, the defaults, and what is in force, by vehicle."""
    return json_answer(rules_row(*tracking_rules.get_settings(services(), caller(), query.city)))


@blueprint.put("/v1/tracking-rules", responses={200: RulesAnswer}, summary="Set the limits of detectors in a city")
@allow(Role.DISPATCHER)
def put_tracking_rules(query: CityQuery, body: RulesBody) -> Response:
    """All limits at once; every problem is listed, and then nothing is changed."""
    return json_answer(rules_row(*tracking_rules.set_settings(services(), caller(), query.city, body.settings)))
