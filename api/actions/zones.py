"""Zones: checked, kept under a new number, put in force, asked. A published version never changes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.actions.cities import today
from api.actions.order_checks import place_order, point_of
from api.actions.orders import find_spots
from api.actions.zone_indexes import IndexedZones, indexed, zones_of_day
from api.context import Caller, Services
from api.db import audit, city_store, order_store, zone_store
from api.db.event_log import append_event
from api.db.tables import City, ZoneSetRow
from api.errors import InputProblem, InvalidInputError, NotFoundError
from zones.geojson import ZoneDraft, read_geojson, write_geojson
from zones.index import Resolved
from zones.lonlat import LonLat
from zones.problem import Severity, ZoneProblem
from zones.zone import ZoneChanges, ZoneSet, changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedZones:
    """A new version: what it changes against the one in force before, and what is worth a second look."""

    version: int
    state: str
    zones: int
    changes: ZoneChanges
    warnings: tuple[ZoneProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPlace:
    """The zone of a place and why; `version` is None when the city has no zones in force."""

    version: int | None
    resolved: Resolved | None


def check_zones(services: Services, caller: Caller, city_slug: str | None, content: bytes) -> ZoneDraft:
    """Read and judge a file of zones; nothing is stored."""
    with services.db.read() as session:
        cities = city_store.list_cities(session, caller.tenant_id)
        city = city_store.get_city(session, caller.tenant_id, city_slug) if city_slug or len(cities) == 1 else None
    return read_geojson(content, None if city is None else LonLat(lon=city.lon, lat=city.lat))


def import_zones(
    services: Services,
    caller: Caller,
    city_slug: str | None,
    content: bytes,
    *,
    publish: bool,
    source_name: str = "",
) -> ImportedZones:
    """
    Keep a file of zones as the next version, and put it in force at once when `publish` is set.

    Orders of today and later that are not on a route yet are looked up in the new zones when they come into force.

    Raises
    ------
    InvalidInputError
        With every problem of the file; then nothing is stored.
    """
    now = services.clock.now()
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
    draft = read_geojson(content, LonLat(lon=city.lon, lat=city.lat))
    if not draft.can_be_published:
        errors = [one for one in draft.problems if one.severity is Severity.ERROR]
        raise InvalidInputError(
            f"the zones have {len(errors)} problem(s) and were not stored", tuple(input_problem(one) for one in errors)
        )
    with services.db.write() as session:
        city_store.lock_city(session, caller.tenant_id, city.id)
        before = zone_store.find_in_force(session, caller.tenant_id, city.id, now)
        old = None if before is None else indexed(session, before).zone_set
        row = zone_store.add_draft(
            session,
            tenant_id=caller.tenant_id,
            city_id=city.id,
            version=zone_store.newest_version(session, caller.tenant_id, city.id) + 1,
            zones=draft.zones,
            now=now,
            created_by=caller.actor,
            source_name=source_name,
        )
        new = ZoneSet(city_id=city.id, version=row.version, valid_from=now, zones=draft.zones)
        after = {"version": row.version, "zones": len(draft.zones)}
        audit.record(session, caller, now, action="zones.import", entity="zone_set", entity_id=row.id, after=after)
        if publish:
            _publish(session, caller, city, row, now)
    return ImportedZones(
        version=row.version,
        state=row.state,
        zones=len(draft.zones),
        changes=changes(old, new),
        warnings=draft.problems,
    )


def export_zones(services: Services, caller: Caller, city_slug: str | None, version: int | None) -> bytes:
    """
    GeoJSON of one version, or of the one in force; always the same bytes for the same zones.

    Raises
    ------
    NotFoundError
        When there is no such version, or none in force.
    """
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        if version is None:
            row = zone_store.find_in_force(session, caller.tenant_id, city.id, services.clock.now())
        else:
            row = zone_store.find_version(session, caller.tenant_id, city.id, version)
        if row is None:
            what = "no zones are in force" if version is None else f"there is no version {version} of the zones"
            raise NotFoundError(f"{what} in {city.slug}; import some")
        return write_geojson(zone_store.load_zones(session, caller.tenant_id, row))


def resolve_place(services: Services, caller: Caller, city_slug: str | None, point: LonLat) -> ResolvedPlace:
    """The zone that a place lies in now, by the rule for borders and overlaps, and the nearest one outside."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        row = zone_store.find_in_force(session, caller.tenant_id, city.id, services.clock.now())
        zones = None if row is None else indexed(session, row)
    if zones is None:
        return ResolvedPlace(version=None, resolved=None)
    return ResolvedPlace(version=zones.version, resolved=zones.index.resolve(point))


def input_problem(problem: ZoneProblem) -> InputProblem:
    """A problem of a file of zones in the form every error answer has."""
    return InputProblem(code=problem.code, where=problem.where, message=problem.message)


def _publish(session: Session, caller: Caller, city: City, row: ZoneSetRow, now: datetime) -> None:
    zone_store.publish(session, row, now)
    after = {"version": row.version, "valid_from": now.isoformat()}
    audit.record(session, caller, now, action="zones.publish", entity="zone_set", entity_id=row.id, after=after)
    zones = zones_of_day(session, city, today(city, now), now)
    moved = 0 if zones is None else _assign_waiting_orders(session, caller, city, zones, now)
    append_event(
        session,
        tenant_id=caller.tenant_id,
        city_id=city.id,
        kind="zones.published",
        at=now,
        now=now,
        data={"version": row.version, "orders_moved": moved},
    )


def _assign_waiting_orders(session: Session, caller: Caller, city: City, zones: IndexedZones, now: datetime) -> int:
    """Look up orders from today on that no plan holds yet in the new zones; says how many changed."""
    orders = order_store.list_waiting(session, caller.tenant_id, city.id, today(city, now))
    points = [point_of(order.lon, order.lat) for order in orders]
    placed = [(order, point) for order, point in zip(orders, points, strict=True) if isinstance(point, LonLat)]
    moved = 0
    for (order, _), spot in zip(placed, find_spots(zones, [point for _, point in placed]), strict=True):
        new = place_order(where="order", address=order.address, lon=order.lon, lat=order.lat, spot=spot)
        if (new.status, new.zone_id) != (order.status, order.zone_id):
            moved += 1
        order.status, order.status_detail, order.zone_id = new.status, new.detail, new.zone_id
        order.zone_version = zones.version if new.zone_id is not None else None
        order.updated_at = now
    return moved
