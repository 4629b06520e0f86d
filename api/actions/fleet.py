"""Depots, couriers and shifts: listed, added, each checked with every problem named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from api.actions.cities import today
from api.actions.order_checks import check_phone
from api.context import Caller, Services
from api.db import audit, city_store, fleet_store
from api.db.tables import City, Courier, Depot, Shift, new_id
from api.errors import ConflictError, InputProblem, InvalidInputError
from desk.customer import to_e164
from routing.order import Load

LONGEST_SHIFT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDepot:
    """A depot as somebody described it."""

    code: str
    name: str
    address: str
    phone: str
    lon: float
    lat: float
    service_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCourier:
    """A courier as somebody described him; `zone_ids` None means every zone."""

    code: str
    name: str
    phone: str
    vehicle_profile: str
    skills: tuple[str, ...]
    zone_ids: tuple[str, ...] | None
    capacity: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShift:
    """A shift as somebody described it: courier and depots by id or code, ending where it starts by default."""

    courier: str
    on_date: date | None
    starts_at: datetime
    ends_at: datetime
    start_depot: str
    end_depot: str | None


def list_depots(services: Services, caller: Caller, city_slug: str | None) -> Sequence[Depot]:
    """All depots of a city, by code."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        return fleet_store.list_depots(session, caller.tenant_id, city.id)


def list_couriers(services: Services, caller: Caller, city_slug: str | None) -> Sequence[Courier]:
    """All active couriers of a city, by code."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        return fleet_store.list_couriers(session, caller.tenant_id, city.id)


def list_shifts(services: Services, caller: Caller, city_slug: str | None, on_date: date | None) -> Sequence[Shift]:
    """All shifts of a day, the earliest first; today without a date."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        day = on_date or today(city, services.clock.now())
        return fleet_store.list_shifts(session, caller.tenant_id, city.id, day)


def add_depot(services: Services, caller: Caller, city_slug: str | None, new: NewDepot) -> Depot:
    """
    Add a depot.

    Raises
    ------
    InvalidInputError
        When its phone cannot be read.
    ConflictError
        When its code is taken.
    """
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        phone = _read_phone(city, new.phone)
        if fleet_store.find_depot(session, caller.tenant_id, city.id, new.code) is not None:
            raise ConflictError(f"the depot code {new.code!r} is taken in {city.slug}; choose another")
        depot = Depot(
            id=new_id("dep"),
            tenant_id=caller.tenant_id,
            city_id=city.id,
            code=new.code,
            name=new.name,
            address=new.address,
            phone_e164=phone,
            lon=new.lon,
            lat=new.lat,
            service_s=new.service_s,
        )
        fleet_store.add(session, depot)
        after = {"code": new.code, "name": new.name, "lon": new.lon, "lat": new.lat}
        audit.record(session, caller, now, action="depot.create", entity="depot", entity_id=depot.id, after=after)
    return depot


def add_courier(services: Services, caller: Caller, city_slug: str | None, new: NewCourier) -> Courier:
    """
    Add a courier.

    Raises
    ------
    InvalidInputError
        When the phone cannot be read.
    ConflictError
        When the code is taken.
    """
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        phone = _read_phone(city, new.phone)
        if fleet_store.has_courier_code(session, caller.tenant_id, city.id, new.code):
            raise ConflictError(f"the courier code {new.code!r} is taken in {city.slug}; choose another")
        courier = Courier(
            id=new_id("cou"),
            tenant_id=caller.tenant_id,
            city_id=city.id,
            code=new.code,
            name=new.name,
            phone_e164=phone,
            vehicle_profile=new.vehicle_profile,
            skills=sorted(set(new.skills)),
            zone_ids=None if new.zone_ids is None else sorted(set(new.zone_ids)),
            capacity_items=new.capacity.items,
            capacity_weight_g=new.capacity.weight_g,
            capacity_volume_ml=new.capacity.volume_ml,
            cash_limit_minor=new.capacity.cash_minor,
            active=True,
        )
        fleet_store.add(session, courier)
        after = {"code": new.code, "name": new.name, "skills": courier.skills, "zone_ids": courier.zone_ids}
        audit.record(session, caller, now, action="courier.create", entity="courier", entity_id=courier.id, after=after)
    return courier


def add_shift(services: Services, caller: Caller, city_slug: str | None, new: NewShift) -> Shift:
    """
    Add a shift.

    Raises
    ------
    InvalidInputError
        With every problem: unknown courier or depot, an end before the start, a shift that overlaps another of his.
    """
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        courier = fleet_store.find_courier(session, caller.tenant_id, city.id, new.courier)
        start = fleet_store.find_depot(session, caller.tenant_id, city.id, new.start_depot)
        end = fleet_store.find_depot(session, caller.tenant_id, city.id, new.end_depot or new.start_depot)
        on_date = new.on_date or today(city, new.starts_at)
        problems = _shift_problems(session, new, courier, start, end, on_date)
        if problems or courier is None or start is None or end is None:
            raise InvalidInputError(f"the shift has {len(problems)} problem(s)", tuple(problems))
        shift = Shift(
            id=new_id("shf"),
            tenant_id=caller.tenant_id,
            city_id=city.id,
            courier_id=courier.id,
            on_date=on_date,
            starts_at=new.starts_at.astimezone(UTC),
            ends_at=new.ends_at.astimezone(UTC),
            start_depot_id=start.id,
            end_depot_id=end.id,
            state="planned",
            started_at=None,
            ended_at=None,
        )
        fleet_store.add(session, shift)
        after = {
            "courier_id": courier.id,
            "starts_at": shift.starts_at.isoformat(),
            "ends_at": shift.ends_at.isoformat(),
        }
        audit.record(session, caller, now, action="shift.create", entity="shift", entity_id=shift.id, after=after)
    return shift


def _shift_problems(
    session: Session, new: NewShift, courier: Courier | None, start: Depot | None, end: Depot | None, on_date: date
) -> list[InputProblem]:
    found: list[InputProblem] = []
    if courier is None:
        message = f"there is no courier {new.courier!r} in this city; use an id or code of GET /v1/couriers"
        found.append(InputProblem(code="unknown_courier", where="courier", message=message))
    for field, depot, wish in (("start_depot", start, new.start_depot), ("end_depot", end, new.end_depot)):
        if depot is None and wish is not None:
            message = f"there is no depot {wish!r} in this city; use an id or code of GET /v1/depots"
            found.append(InputProblem(code="unknown_depot", where=field, message=message))
    if new.ends_at <= new.starts_at:
        message = (
            f"the shift ends before it starts: {new.starts_at.isoformat()} .. {new.ends_at.isoformat()}; swap them"
        )
        found.append(InputProblem(code="shift_ends_before_start", where="ends_at", message=message))
    elif new.ends_at - new.starts_at > LONGEST_SHIFT:
        message = "a shift lasts 24 hours at most; correct a date or make two shifts"
        found.append(InputProblem(code="shift_too_long", where="ends_at", message=message))
    elif courier is not None:
        for other in fleet_store.list_shifts_of_courier(session, courier.tenant_id, courier.id, on_date):
            if new.starts_at < other.ends_at and other.starts_at < new.ends_at:
                message = (
                    f"{courier.name} works already {other.starts_at.isoformat()} .. {other.ends_at.isoformat()}; "
                    "choose times that do not overlap"
                )
                found.append(InputProblem(code="shifts_overlap", where="starts_at", message=message))
    return found


def _read_phone(city: City, written: str) -> str | None:
    if not written:
        return None
    problems = check_phone("phone", written, city.phone_region)
    if problems:
        raise InvalidInputError(problems[0].message, tuple(problems))
    return to_e164(written, city.phone_region)
