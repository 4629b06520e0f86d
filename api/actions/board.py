"""What the console shows at once: the whole board, one courier's day, and what a search finds."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.actions.tracking import find_line
from api.context import Caller, Services
from api.db import answer_store, board_store, cause_store, fleet_store, inbox_store
from api.db.city_store import get_city, get_city_by_id
from api.db.courier_state_store import read_state
from api.db.day_store import CityDay, city_day
from api.db.event_log import newest_event_id
from api.db.tables import City, Courier
from api.errors import NotFoundError
from api.rows import Touched, build_rows, counters, order_row
from desk.customer import to_e164
from desk.errors import InvalidPhoneError
from routing.street_map import STREETS_FILE
from tracking.polyline import decode

_SEARCHED = timedelta(days=60)
_BBOX = re.compile(rb'"bbox":\s*\[([-0-9.,e ]+)\]')
"""Stands in the first lines of the drawing, which may be megabytes long."""


def snapshot(services: Services, caller: Caller, city_slug: str | None) -> dict[str, Any]:
    """The whole board of a city, and the event it is as new as; this person has now seen the causes shown."""
    now = services.clock.now()
    with services.db.read() as session:
        # Read before the rows: an event that comes in between is then sent once more, never lost.
        event_id = newest_event_id(session)
        city = get_city(session, caller.tenant_id, city_slug)
        day = city_day(session, city, now)
        board = _board(session, services, day, now)
        unseen = _unseen(session, caller, board["causes"], now)
    if unseen and caller.user_id is not None:
        with services.db.write() as session:
            cause_store.note_sightings(session, caller.tenant_id, caller.user_id, unseen, now)
    return {
        "event_id": event_id,
        "now": now,
        "clock": {"speed": services.clock.pace()},
        "city": _city_row(services, city),
        "user": {
            "id": caller.user_id or caller.actor,
            "name": caller.name,
            "role": caller.role.value,
            "language": caller.language,
        },
        "day": day.on_date.isoformat(),
        "plan": {"id": day.plan.id, "version": day.plan.version} if day.plan else None,
    } | board


def courier_day(services: Services, caller: Caller, courier_id: str) -> dict[str, Any]:
    """
    One courier's day: row, route on the streets with the part already driven, and stops.

    Raises
    ------
    NotFoundError
        When the tenant has no such courier.
    """
    now = services.clock.now()
    with services.db.read() as session:
        courier = session.get(Courier, courier_id)
        if courier is None or courier.tenant_id != caller.tenant_id:
            raise NotFoundError("there is no such courier")
        day = city_day(session, get_city_by_id(session, caller.tenant_id, courier.city_id), now)
        plan_id = day.plan.id if day.plan else None
        facts = board_store.load_couriers(session, caller.tenant_id, [courier.id], day.on_date, plan_id)[0]
        orders = board_store.load_orders(session, caller.tenant_id, facts.order_ids, plan_id)
        row = build_rows(session, day, Touched(couriers={courier.id}), now).couriers[courier.id]
        depots = {depot.id: depot for depot in fleet_store.list_depots(session, caller.tenant_id, courier.city_id)}
        depot = depots.get(facts.shift.start_depot_id) if facts.shift else None
        return {
            "courier": row,
            "route": _route(session, courier, plan_id, facts.shift.id if facts.shift else None),
            "stops": [
                order_row(stop)
                | {
                    "planned_arrives_at": stop.place.arrives_at if stop.place else None,
                    "arrived_at": stop.visit.arrived_at if stop.visit else None,
                    "done_at": stop.visit.done_at if stop.visit else None,
                    "place_lon": stop.place.lon if stop.place else None,
                    "place_lat": stop.place.lat if stop.place else None,
                }
                for order_id in facts.order_ids
                if (stop := orders.get(order_id)) is not None
            ],
            "depot": {"id": depot.id, "name": depot.name, "lon": depot.lon, "lat": depot.lat} if depot else None,
        }


def search(services: Services, caller: Caller, city_slug: str | None, text: str) -> dict[str, Any]:
    """Orders and couriers that a text finds: an order's number, an address, a name, or a phone in any written form."""
    now = services.clock.now()
    wanted = text.strip()
    if not wanted:
        return {"orders": [], "couriers": []}
    with services.db.read() as session:
        city = get_city(session, caller.tenant_id, city_slug)
        day = city_day(session, city, now)
        try:
            phone = to_e164(wanted, city.phone_region)
        except InvalidPhoneError:
            phone = None
        orders = answer_store.search_orders(session, caller.tenant_id, city.id, wanted, phone, now - _SEARCHED)
        courier_ids = answer_store.search_couriers(session, caller.tenant_id, city.id, wanted)
        touched = Touched(couriers=set(courier_ids), orders={order.id for order in orders})
        rows = build_rows(session, day, touched, now)
        return {
            "orders": [rows.orders[order.id] for order in orders if order.id in rows.orders],
            "couriers": [rows.couriers[courier_id] for courier_id in courier_ids if courier_id in rows.couriers],
        }


def streets_file(services: Services, caller: Caller, city_slug: str | None) -> Path | None:
    """The drawing of the city's streets; None when no network was built."""
    with services.db.read() as session:
        city = get_city(session, caller.tenant_id, city_slug)
    folder = services.roads.find_folder(city.slug)
    file = folder / STREETS_FILE if folder else None
    return file if file is not None and file.is_file() else None


def city_id_of(services: Services, caller: Caller, city_slug: str | None) -> str:
    """The id of the city that a request names."""
    with services.db.read() as session:
        return get_city(session, caller.tenant_id, city_slug).id


def _board(session: Session, services: Services, day: CityDay, now: datetime) -> dict[str, Any]:
    tenant_id, city_id = day.city.tenant_id, day.city.id
    unassigned = board_store.unassigned_ids(session, tenant_id, day.plan.id) if day.plan else ()
    touched = Touched(
        couriers=set(board_store.couriers_of_city(session, tenant_id, city_id)),
        causes=set(cause_store.open_cause_ids(session, tenant_id, city_id)),
        inbox={line.id for line in inbox_store.open_lines(session, tenant_id, city_id)},
        orders=set(unassigned),
    )
    rows = build_rows(session, day, touched, now)
    return {
        "counters": counters(session, day, now),
        "causes": list(rows.causes.values()),
        "couriers": list(rows.couriers.values()),
        "inbox": list(rows.inbox.values()),
        "depots": [
            {"id": depot.id, "name": depot.name, "lon": depot.lon, "lat": depot.lat}
            for depot in fleet_store.list_depots(session, tenant_id, city_id)
        ],
        "unassigned": list(rows.orders.values()),
        "small_changes": board_store.count_small_changes(session, tenant_id, city_id, day.begins_at),
    }


def _unseen(session: Session, caller: Caller, causes: list[dict[str, Any]], now: datetime) -> set[str]:
    if caller.user_id is None:
        return set()
    shown = {cause["id"] for cause in causes if cause["shows_at"] <= now}
    return cause_store.unseen_by(session, caller.tenant_id, caller.user_id, shown)


def _city_row(services: Services, city: City) -> dict[str, Any]:
    return {
        "slug": city.slug,
        "name": city.name,
        "timezone": city.timezone,
        "country": city.country,
        "currency": city.currency,
        "centre": {"lon": city.lon, "lat": city.lat},
        "bounds": _bounds(services, city),
    }


def _bounds(services: Services, city: City) -> list[float]:
    """West, south, east, north: those of the drawn streets, or some kilometres around the centre."""
    folder = services.roads.find_folder(city.slug)
    if folder is not None and (file := folder / STREETS_FILE).is_file():
        with file.open("rb") as opened:
            found = _BBOX.search(opened.read(2_000))
        if found:
            return [float(part) for part in found[1].split(b",")]
    return [city.lon - 0.06, city.lat - 0.03, city.lon + 0.06, city.lat + 0.03]


def _route(session: Session, courier: Courier, plan_id: str | None, shift_id: str | None) -> dict[str, Any] | None:
    line = find_line(session, courier.tenant_id, plan_id, shift_id)
    if line is None:
        return None
    state = read_state(session, courier.tenant_id, courier.id)
    place = state.motion.place if state is not None and state.plan_id == plan_id else None
    travelled_m = place.along_m if place is not None else 0.0
    # Off the route: the new way through the stops that remain.
    approach = state.approach if state is not None and place is not None else None
    return {
        "coordinates": [[round(point.lon, 6), round(point.lat, 6)] for point in line.points],
        "way": [[point.lon, point.lat] for point in decode(approach.way)] if approach is not None else None,
        "travelled_to": sum(along_m <= travelled_m for along_m in line.along_m) - 1 if place is not None else 0,
    }
