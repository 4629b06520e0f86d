"""Depots, couriers and shifts."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import fleet
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.common import CityQuery
from api.schemas.fleet import CourierBody, DayQuery, DepotBody, ShiftBody
from api.schemas.fleet_answers import courier_row, depot_row, shift_row
from api.web import caller, services
from routing.order import Load

blueprint = APIBlueprint("fleet", __name__)


@blueprint.get("/v1/depots", summary="Depots of a city")
@allow(Role.DISPATCHER)
def get_depots(query: CityQuery) -> Response:
    """All depots, by code."""
    return json_answer({"depots": [depot_row(one) for one in fleet.list_depots(services(), caller(), query.city)]})


@blueprint.post("/v1/depots", summary="Add a depot")
@allow(Role.DISPATCHER)
def post_depot(body: DepotBody) -> Response:
    """Add a place where couriers load."""
    new = fleet.NewDepot(
        code=body.code,
        name=body.name,
        address=body.address,
        phone=body.phone or "",
        lon=body.lon,
        lat=body.lat,
        service_s=body.service_s,
    )
    return json_answer(depot_row(fleet.add_depot(services(), caller(), body.city, new)), 201)


@blueprint.get("/v1/couriers", summary="Couriers of a city")
@allow(Role.DISPATCHER)
def get_couriers(query: CityQuery) -> Response:
    """All active couriers, by code."""
    rows = [courier_row(one) for one in fleet.list_couriers(services(), caller(), query.city)]
    return json_answer({"couriers": rows})


@blueprint.post("/v1/couriers", summary="Add a courier")
@allow(Role.DISPATCHER)
def post_courier(body: CourierBody) -> Response:
    """Add a person with a vehicle."""
    new = fleet.NewCourier(
        code=body.code,
        name=body.name,
        phone=body.phone or "",
        vehicle_profile=body.vehicle_profile,
        skills=tuple(body.skills),
        zone_ids=None if body.zone_ids is None else tuple(body.zone_ids),
        capacity=Load(**body.capacity.model_dump()),
    )
    return json_answer(courier_row(fleet.add_courier(services(), caller(), body.city, new)), 201)


@blueprint.get("/v1/shifts", summary="Shifts of a day")
@allow(Role.DISPATCHER)
def get_shifts(query: DayQuery) -> Response:
    """All shifts of a day, the earliest first."""
    rows = [shift_row(one) for one in fleet.list_shifts(services(), caller(), query.city, query.date)]
    return json_answer({"shifts": rows})


@blueprint.post("/v1/shifts", summary="Add a shift")
@allow(Role.DISPATCHER)
def post_shift(body: ShiftBody) -> Response:
    """Add one courier's working time on one day."""
    new = fleet.NewShift(
        courier=body.courier,
        on_date=body.date,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        start_depot=body.start_depot,
        end_depot=body.end_depot,
    )
    return json_answer(shift_row(fleet.add_shift(services(), caller(), body.city, new)), 201)
