"""Taking orders in: each is judged for itself, so a bad one never fails its neighbours."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.actions.order_checks import (
    NewOrder,
    Placed,
    Spot,
    check_order,
    local_day,
    place_order,
    point_of,
    spot_of,
)
from api.actions.zone_indexes import IndexedZones, zones_of_day
from api.context import Caller, Services
from api.db import audit, city_store, fleet_store, order_store
from api.db.event_log import append_events
from api.db.promise_store import add_promises
from api.db.tables import City, Event, Order, Promise, new_id
from api.errors import InputProblem, InvalidInputError, NotFoundError
from desk.customer import to_e164
from zones.lonlat import LonLat

JOIN_FROM = 100
"""From so many points on they are joined with the zones in bulk instead of being asked one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOrder:
    """What became of one order: `order_id` and `status` are None when it was refused, `problems` say why."""

    where: str
    order_no: str
    order_id: str | None = None
    status: str | None = None
    problems: tuple[InputProblem, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Counter:
    """Where orders of one city are taken in: everything that is the same for all of them."""

    city: City
    depots: Mapping[str, str]
    taken: set[str]


def take_orders(
    services: Services, caller: Caller, city_slug: str | None, orders: Sequence[NewOrder]
) -> list[TakenOrder]:
    """
    Keep every order that can be kept, and say for each what became of it, in the order given.

    `city_slug` is for orders that name no city themselves.
    """
    now = services.clock.now()
    with services.db.write() as session:
        return take_in(session, caller, city_slug, orders, now)


def take_in(
    session: Session,
    caller: Caller,
    city_slug: str | None,
    orders: Sequence[NewOrder],
    now: datetime,
) -> list[TakenOrder]:
    """As `take_orders`, in the caller's transaction."""
    counters: dict[str | None, _Counter | InputProblem] = {}
    taken = set(order_store.taken_numbers(session, caller.tenant_id, {one.order_no for one in orders if one.order_no}))
    results: dict[int, TakenOrder] = {}
    good: list[tuple[int, NewOrder, _Counter]] = []
    for number, new in enumerate(orders):
        slug = new.city or city_slug
        if slug not in counters:
            counters[slug] = _open_counter(session, caller, slug, taken)
        counter = counters[slug]
        if isinstance(counter, InputProblem):
            unknown = InputProblem(code=counter.code, where=f"{new.where}.city", message=counter.message)
            results[number] = TakenOrder(where=new.where, order_no=new.order_no, problems=(unknown,))
            continue
        problems = check_order(new, phone_region=counter.city.phone_region, depots=counter.depots, taken=taken)
        if problems:
            results[number] = TakenOrder(where=new.where, order_no=new.order_no, problems=tuple(problems))
            continue
        taken.add(new.order_no)
        good.append((number, new, counter))
    placed = _place_all(session, good, now)
    rows = [_order_row(caller, counter, new, placed[number], now) for number, new, counter in good]
    order_store.add_orders(session, rows)
    _tell(session, caller, rows, now)
    for (number, new, _), row in zip(good, rows, strict=True):
        problem = placed[number][0].problem
        results[number] = TakenOrder(
            where=new.where,
            order_no=row.order_no,
            order_id=row.id,
            status=row.status,
            problems=() if problem is None else (problem,),
        )
    return [results[number] for number in range(len(orders))]


def count_by_status(results: Sequence[TakenOrder]) -> dict[str, int]:
    """How many orders were kept in each status."""
    return dict(sorted(Counter(one.status for one in results if one.status is not None).items()))


def _open_counter(session: Session, caller: Caller, slug: str | None, taken: set[str]) -> _Counter | InputProblem:
    try:
        city = city_store.get_city(session, caller.tenant_id, slug)
    except (NotFoundError, InvalidInputError) as error:
        return InputProblem(code="unknown_city", where="city", message=error.detail)
    depots: dict[str, str] = {}
    for depot in fleet_store.list_depots(session, caller.tenant_id, city.id):
        depots |= {depot.code: depot.id, depot.id: depot.id}
    return _Counter(city=city, depots=depots, taken=taken)


def find_spots(zones: IndexedZones, points: Sequence[LonLat]) -> list[Spot]:
    """What the zones say of each point, in the order given; whole files are joined in bulk."""
    if len(points) < JOIN_FROM:
        return [spot_of(resolved) for resolved in zones.index.resolve_many(points)]
    return [
        spot_of(zones.index.resolve(point)) if zone_id is None else Spot(zone_id=zone_id)
        for zone_id, point in zip(zones.find_zone_ids(points), points, strict=True)
    ]


def _place_all(
    session: Session, good: Sequence[tuple[int, NewOrder, _Counter]], now: datetime
) -> dict[int, tuple[Placed, IndexedZones | None]]:
    """The place of every order by its number: orders of one version of zones are looked up together."""
    versions: dict[tuple[str, object], IndexedZones | None] = {}
    asked: dict[str, list[tuple[int, LonLat]]] = {}
    zones_for: dict[int, IndexedZones | None] = {}
    by_id: dict[str, IndexedZones] = {}
    for number, new, counter in good:
        day = local_day(new, ZoneInfo(counter.city.timezone), now)
        key = (counter.city.id, day)
        if key not in versions:
            versions[key] = zones_of_day(session, counter.city, day, now)
        zones = zones_for[number] = versions[key]
        point = point_of(new.lon, new.lat)
        if zones is not None and isinstance(point, LonLat):
            by_id[zones.zone_set_id] = zones
            asked.setdefault(zones.zone_set_id, []).append((number, point))
    spots: dict[int, Spot] = {}
    for zone_set_id, points in asked.items():
        found = find_spots(by_id[zone_set_id], [point for _, point in points])
        spots |= {number: spot for (number, _), spot in zip(points, found, strict=True)}
    return {
        number: (
            place_order(where=new.where, address=new.address, lon=new.lon, lat=new.lat, spot=spots.get(number)),
            zones_for[number],
        )
        for number, new, _ in good
    }


def _order_row(
    caller: Caller, counter: _Counter, new: NewOrder, place: tuple[Placed, IndexedZones | None], now: datetime
) -> Order:
    placed, zones = place
    city = counter.city
    point = point_of(new.lon, new.lat)
    kept = point if isinstance(point, LonLat) else None
    return Order(
        id=new_id("ord"),
        tenant_id=caller.tenant_id,
        city_id=city.id,
        order_no=new.order_no,
        on_date=local_day(new, ZoneInfo(city.timezone), now),
        client_name=new.client_name,
        phone_e164=to_e164(new.phone, city.phone_region) if new.phone else None,
        language=new.language or city.language,
        address=new.address,
        entrance=new.entrance,
        floor=new.floor,
        flat=new.flat,
        door_code=new.door_code,
        landmark=new.landmark,
        note=new.note,
        lon=None if kept is None else kept.lon,
        lat=None if kept is None else kept.lat,
        zone_id=placed.zone_id,
        zone_version=zones.version if zones is not None and placed.zone_id is not None else None,
        windows=windows_as_text(new.windows),
        service_s=new.service_s,
        items=new.items,
        weight_g=new.weight_g,
        volume_ml=new.volume_ml,
        payment_form=str(new.payment_form),
        due_minor=new.due_minor,
        change_from_minor=new.change_from_minor,
        skills=sorted(set(new.skills)),
        depot_id=None if new.depot is None else counter.depots[new.depot],
        priority=new.priority,
        ready_at=new.ready_at,
        status=placed.status,
        status_detail=placed.detail,
        created_at=now,
        updated_at=now,
    )


def windows_as_text(windows: Sequence[tuple[datetime, datetime]]) -> list[list[str]]:
    """Windows as the orders table keeps them: in order, pairs of ISO texts in UTC."""
    return [[a.astimezone(UTC).isoformat(), b.astimezone(UTC).isoformat()] for a, b in sorted(windows)]


def first_promise(order: Order, now: datetime) -> Promise | None:
    """
    What the client is told with his order: his window.

    One who offered several is promised the one that the first plan picks, and one who named none nothing.
    """
    if len(order.windows) != 1:
        return None
    from_at, until_at = (datetime.fromisoformat(text) for text in order.windows[0])
    return Promise(
        tenant_id=order.tenant_id,
        order_id=order.id,
        from_at=from_at,
        until_at=until_at,
        told_at=now,
        told_by="system",
        channel="order",
        language=order.language,
        words="",
        cause_id=None,
    )


def _tell(session: Session, caller: Caller, orders: Sequence[Order], now: datetime) -> None:
    """The promises, audit lines and events of new orders, written together."""
    promises = [first_promise(order, now) for order in orders]
    add_promises(session, [promise for promise in promises if promise is not None])
    for order in orders:
        after = {"order_no": order.order_no, "status": order.status, "zone_id": order.zone_id, "windows": order.windows}
        audit.record(session, caller, now, action="order.create", entity="order", entity_id=order.id, after=after)
    events = [
        Event(
            tenant_id=order.tenant_id,
            city_id=order.city_id,
            kind="order.created",
            at=now,
            recorded_at=now,
            courier_id=None,
            order_id=order.id,
            visit_id=None,
            cause_id=None,
            data={"order_no": order.order_no, "status": order.status},
        )
        for order in orders
    ]
    append_events(session, events)
