"""Delivery zones: checked, imported, published, exported, asked."""

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint

from api.actions import zones
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.zone_answers import imported_row, problem_row, resolved_row
from api.schemas.zones import CheckQuery, ImportedZonesAnswer, ImportZonesQuery, ResolveBody, ZonesQuery
from api.web import caller, services
from zones.lonlat import LonLat

blueprint = APIBlueprint("zones", __name__)


@blueprint.post("/v1/zones/check", summary="Check a file of zones")
@allow(Role.DISPATCHER)
def check(query: CheckQuery) -> Response:
    """Read and judge GeoJSON; nothing is stored."""
    draft = zones.check_zones(services(), caller(), query.city, request.get_data())
    return json_answer({"problems": [problem_row(one) for one in draft.problems], "zones": len(draft.zones)})


@blueprint.post("/v1/zones", responses={201: ImportedZonesAnswer}, summary="Import zones as a new version")
@allow(Role.DISPATCHER)
def post_zones(query: ImportZonesQuery) -> Response:
    """Keep GeoJSON as the next version, in force at once with `publish=1`."""
    imported = zones.import_zones(services(), caller(), query.city, request.get_data(), publish=query.publish)
    return json_answer(imported_row(imported), 201)


@blueprint.get("/v1/zones", summary="Zones as GeoJSON")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_zones(query: ZonesQuery) -> Response:
    """The version in force, or the one named."""
    content = zones.export_zones(services(), caller(), query.city, query.version)
    return Response(content, content_type="application/geo+json", headers={"Cache-Control": "no-store"})


@blueprint.post("/v1/zones/resolve", summary="The zone of a place")
@allow(Role.DISPATCHER, Role.OPERATOR)
def resolve(body: ResolveBody) -> Response:
    """Which zone a place lies in, and why; outside every one, the nearest."""
    place = zones.resolve_place(services(), caller(), body.city, LonLat(lon=body.lon, lat=body.lat))
    return json_answer(resolved_row(place))
