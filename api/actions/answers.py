"""Where is my order? One request, and everything for the call: interval, reason, history and words to say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.actions.order_history import order_history
from api.actions.promises import promise_row
from api.context import Caller, Services
from api.db import answer_store, board_store, inbox_store, ping_store
from api.db.actor_store import names_of_actors
from api.db.board_store import OrderFacts
from api.db.city_store import get_city, get_city_by_id, list_cities
from api.db.day_store import CityDay, order_day
from api.db.tables import Order
from api.errors import InputProblem, InvalidInputError
from api.rows import likely_of, order_row, standing_of
from desk.customer import to_e164
from desk.errors import InvalidPhoneError
from desk.order_status import Status, Telling, sentences
from desk.promise import dots, told_interval
from tracking.events import Level, Reason

CALL_BACK_WITHIN = timedelta(minutes=20)
"""With no time to give, the client hears when somebody will call him with one."""
_LAST_ORDERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the caller knows: exactly one of phone (in any written form), order number and order id."""

    city: str | None = None
    phone: str | None = None
    order_no: str | None = None
    order_id: str | None = None


def answer(services: Services, caller: Caller, question: Question) -> dict[str, Any]:
    """
    Answer; reads only. An unknown number and an unknown order give the very same answer.

    Raises
    ------
    InvalidInputError
        When not exactly one thing is asked by, or the phone is no phone number.
    """
    given = [name for name in ("phone", "order_no", "order_id") if getattr(question, name)]
    if len(given) != 1:
        problem = InputProblem(code="one_of", where="phone", message="send exactly one of phone, order_no, order_id")
        raise InvalidInputError("expected exactly one of phone, order_no and order_id", (problem,))
    now = services.clock.now()
    with services.db.read() as session:
        orders = _orders(session, caller, question)
        if not orders:
            return _empty("unknown", now)
        person_phone = orders[0].phone_e164
        # Asked by number there is one order to speak of, with the person's others beside it.
        if not question.phone:
            return _one(session, caller, orders[0], _others(session, caller, orders[0], person_phone), now)
        still_open = [order for order in orders if order.status in answer_store.OPEN]
        if len(still_open) == 1:
            return _one(session, caller, still_open[0], still_open, now)
        listed = still_open or orders[:_LAST_ORDERS]
        return _empty("many" if still_open else "none_open", now) | {
            "person": _person(session, caller, listed[0]),
            "orders": _order_rows(session, caller, listed, now),
        }


def _orders(session: Session, caller: Caller, question: Question) -> list[Order]:
    if question.order_id:
        found = answer_store.find_by_id(session, caller.tenant_id, question.order_id)
        return [found] if found else []
    if question.order_no:
        found = answer_store.find_by_number(session, caller.tenant_id, question.order_no.strip())
        return [found] if found else []
    phones = _phones(session, caller, question)
    return [order for phone in phones for order in answer_store.orders_of_phone(session, caller.tenant_id, phone)]


def _phones(session: Session, caller: Caller, question: Question) -> list[str]:
    """The number as each of the tenant's countries would read it: a caller of any city may be asked about."""
    cities = (
        [get_city(session, caller.tenant_id, question.city)]
        if question.city
        else list_cities(session, caller.tenant_id)
    )
    phones: list[str] = []
    failure: InvalidPhoneError | None = None
    for region in dict.fromkeys(city.phone_region for city in cities):
        try:
            phones.append(to_e164(question.phone or "", region))
        except InvalidPhoneError as error:
            failure = error
    if not phones:
        message = str(failure) if failure else "there is no city yet"
        raise InvalidInputError(
            "this is no phone number", (InputProblem(code="bad_phone", where="phone", message=message),)
        )
    return list(dict.fromkeys(phones))


def _others(session: Session, caller: Caller, order: Order, phone: str | None) -> list[Order]:
    same = answer_store.orders_of_phone(session, caller.tenant_id, phone) if phone else ()
    return [order, *(o for o in same if o.id != order.id and o.status in answer_store.OPEN)]


def _one(session: Session, caller: Caller, order: Order, listed: list[Order], now: datetime) -> dict[str, Any]:
    day = _day_of(session, order, now)
    facts = board_store.load_orders(session, caller.tenant_id, [order.id], day.plan.id if day.plan else None)[order.id]
    likely = likely_of(facts.eta) if facts.eta and facts.is_open else None
    interval = told_interval(likely) if likely else None
    courier = _courier(session, facts, day)
    call_back_at = _call_back_at(facts, now)
    status = _status(facts, interval, courier, call_back_at)
    stands = standing_of(facts)
    line = inbox_store.find_open_line(session, caller.tenant_id, order.id)
    history = order_history(session, caller.tenant_id, order)
    names = names_of_actors(session, caller.tenant_id, [facts.promises.latest.told_by] if facts.promises else [])
    latest = facts.promises.latest if facts.promises else None
    return _empty("one", now) | {
        "person": _person(session, caller, order),
        "orders": _order_rows(session, caller, listed, now),
        "order": order_row(facts) | _order_details(session, order, day),
        "interval": {"from_at": interval[0], "until_at": interval[1]} if interval else None,
        "expected_at": likely.expected_at if likely else None,
        "dots": list(dots(likely)) if likely else [],
        "sentence": sentences(status, now, ZoneInfo(day.city.timezone)),
        "reason": facts.eta.reason if facts.eta and stands and stands.level is not Level.ON_TIME else None,
        "last_change": history.last_change,
        "history": history.entries,
        "courier": courier,
        "promise": promise_row(latest, names.get(latest.told_by, latest.told_by)) if latest else None,
        "call_back_by_at": call_back_at,
        "inbox_id": line.id if line else None,
    }


def _status(
    facts: OrderFacts,
    interval: tuple[datetime, datetime] | None,
    courier: dict[str, Any] | None,
    call_back_at: datetime | None,
) -> Status:
    order, visit = facts.order, facts.visit
    no = order.order_no
    if order.status == "delivered":
        return Status(telling=Telling.DELIVERED, order_no=no, at=visit.done_at if visit else order.updated_at)
    if order.status == "failed":
        return Status(telling=Telling.FAILED, order_no=no)
    if order.status == "cancelled":
        return Status(telling=Telling.CANCELLED, order_no=no)
    if interval is not None:
        stands = standing_of(facts)
        is_later = stands is not None and stands.level is Level.LATE
        is_on_the_way = courier is not None and order.status == "on_route"
        return Status(
            telling=Telling.LATER if is_later else Telling.EXPECTED,
            order_no=no,
            from_at=interval[0],
            until_at=interval[1],
            stops_before=courier["stops_before"] if courier is not None and is_on_the_way else None,
            reason=Reason(facts.eta.reason) if facts.eta is not None and facts.eta.reason else None,
        )
    if call_back_at is not None:
        return Status(telling=Telling.CALL_BACK, order_no=no, at=call_back_at)
    return Status(telling=Telling.IN_WORK, order_no=no)


def _call_back_at(facts: OrderFacts, now: datetime) -> datetime | None:
    """Only for an order that should have a time and has none; rounded up to five minutes."""
    if facts.eta is not None or not facts.is_open:
        return None
    at = now + CALL_BACK_WITHIN
    return at - timedelta(seconds=at.timestamp() % 300) + timedelta(minutes=5 if at.timestamp() % 300 else 0)


def _courier(session: Session, facts: OrderFacts, day: CityDay) -> dict[str, Any] | None:
    if facts.courier_id is None or facts.place is None or not facts.is_open or day.plan is None:
        return None
    courier = board_store.load_couriers(session, day.city.tenant_id, [facts.courier_id], day.on_date, day.plan.id)
    order_ids = courier[0].order_ids if courier else ()
    route = board_store.load_orders(session, day.city.tenant_id, order_ids, day.plan.id)
    before = [
        stop
        for stop in route.values()
        if stop.place is not None
        and stop.place.sequence < facts.place.sequence
        and stop.visit is not None
        and stop.visit.state in {"open", "arrived"}
    ]
    seen = ping_store.last_seen(session, day.city.tenant_id, [facts.courier_id])
    return {
        "name": facts.courier_name,
        "stops_before": len(before),
        "sequence": facts.place.sequence,
        "total": len(order_ids),
        "last_seen_at": seen.get(facts.courier_id),
    }


def _person(session: Session, caller: Caller, order: Order) -> dict[str, Any]:
    total, kept = (
        answer_store.kept_of_phone(session, caller.tenant_id, order.phone_e164) if order.phone_e164 else (1, 0)
    )
    return {
        "name": order.client_name,
        "phone": order.phone_e164,
        "language": order.language,
        "orders": total,
        "on_time": kept,
    }


def _order_rows(session: Session, caller: Caller, orders: list[Order], now: datetime) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for city_id, on_date in {(order.city_id, order.on_date) for order in orders}:
        same = [order for order in orders if (order.city_id, order.on_date) == (city_id, on_date)]
        day = _day_of(session, same[0], now)
        facts = board_store.load_orders(
            session, caller.tenant_id, [order.id for order in same], day.plan.id if day.plan else None
        )
        rows.update({order_id: order_row(fact) for order_id, fact in facts.items()})
    return [rows[order.id] for order in orders if order.id in rows]


def _day_of(session: Session, order: Order, now: datetime) -> CityDay:
    """The day of the order itself, which may be tomorrow or last week."""
    city = get_city_by_id(session, order.tenant_id, order.city_id)
    return order_day(session, city, order.on_date, now)


def _order_details(session: Session, order: Order, day: CityDay) -> dict[str, Any]:
    return {
        "entrance": order.entrance,
        "floor": order.floor,
        "flat": order.flat,
        "door_code": order.door_code,
        "landmark": order.landmark,
        "note": order.note,
        "date": order.on_date.isoformat(),
        "payment": {
            "form": order.payment_form,
            "due_minor": order.due_minor,
            "change_from_minor": order.change_from_minor,
            "currency": day.city.currency,
        },
        "items": order.items,
        "zone": {"name": answer_store.zone_name(session, order), "version": order.zone_version}
        if order.zone_id
        else None,
    }


def _empty(result: str, now: datetime) -> dict[str, Any]:
    return {
        "result": result,
        "person": None,
        "orders": [],
        "order": None,
        "interval": None,
        "expected_at": None,
        "dots": [],
        "now": now,
        "sentence": None,
        "reason": None,
        "last_change": None,
        "history": [],
        "courier": None,
        "promise": None,
        "call_back_by_at": None,
        "inbox_id": None,
    }
