"""The cities of the caller's organisation."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import cities, traffic
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.fleet_answers import city_row
from api.schemas.traffic import CityPath, HolidaysBody, TravelFactorsQuery, holidays_answer, traffic_answer
from api.web import caller, services

blueprint = APIBlueprint("cities", __name__)


@blueprint.get("/v1/cities", summary="Cities")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_cities() -> Response:
    """All cities, by slug."""
    return json_answer({"cities": [city_row(city) for city in cities.list_cities(services(), caller())]})


@blueprint.get("/v1/cities/<slug>/travel-factors", summary="What a city's traffic has taught")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_travel_factors(path: CityPath, query: TravelFactorsQuery) -> Response:
    """How much longer drives take than on empty streets, by zone, with the legs that say so and a sentence."""
    found = traffic.traffic_at(services(), caller(), path.slug, query.at, query.zone)
    return json_answer(traffic_answer(found, caller().language))


@blueprint.get("/v1/cities/<slug>/holidays", summary="A city's holidays")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_holidays(path: CityPath) -> Response:
    """The days on which traffic is that of a Sunday, earliest first."""
    _, holidays = traffic.list_holidays(services(), caller(), path.slug)
    return json_answer(holidays_answer(holidays))


@blueprint.put("/v1/cities/<slug>/holidays", summary="Replace a city's holidays")
@allow(Role.DISPATCHER)
def put_holidays(path: CityPath, body: HolidaysBody) -> Response:
    """Keep these days and no others; a Sunday's traffic is expected on them."""
    _, holidays = traffic.replace_holidays(services(), caller(), path.slug, body.by_date())
    return json_answer(holidays_answer(holidays))
