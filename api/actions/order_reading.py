"""Orders as people read them: rows of a day, and one order with everything that happened to it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.cities import today
from api.context import Caller, Services
from api.db import city_store, fleet_store, order_store
from api.db.board_store import OrderFacts, load_orders
from api.db.day_store import newest_plan
from api.db.promise_store import list_promises
from api.db.tables import Event, Order, Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    """One order: what is known now, its depot's code, and what happened, oldest first."""

    facts: OrderFacts
    depot_code: str | None
    happened: tuple[dict[str, Any], ...]


def list_orders(
    services: Services, caller: Caller, city_slug: str | None, on_date: date | None, status: str | None
) -> list[OrderFacts]:
    """Orders of a day by number (today without a date), of one status only when it is named."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        day = on_date or today(city, services.clock.now())
        orders = order_store.list_orders(session, caller.tenant_id, city.id, day, (status,) if status else ())
        plan = newest_plan(session, caller.tenant_id, city.id, day)
        facts = load_orders(session, caller.tenant_id, [one.id for one in orders], plan.id if plan else None)
    return [facts[one.id] for one in orders]


def read_order(services: Services, caller: Caller, order_id: str) -> OrderStory:
    """One order of the caller's organisation."""
    with services.db.read() as session:
        order = order_store.get_order(session, caller.tenant_id, order_id)
        return tell_order(session, order)


def tell_order(session: Session, order: Order) -> OrderStory:
    """An order with its story, in the caller's transaction."""
    plan = newest_plan(session, order.tenant_id, order.city_id, order.on_date)
    facts = load_orders(session, order.tenant_id, [order.id], plan.id if plan else None)[order.id]
    depots = fleet_store.list_depots(session, order.tenant_id, order.city_id)
    events = order_store.list_order_events(session, order.tenant_id, order.id)
    promises = list_promises(session, order.tenant_id, [order.id])
    happened: list[tuple[datetime, dict[str, Any]]] = [(one.at, _event(one)) for one in events]
    happened += [(one.told_at, _promise(one)) for one in promises]
    happened.sort(key=lambda pair: pair[0])
    return OrderStory(
        facts=facts,
        depot_code=next((depot.code for depot in depots if depot.id == order.depot_id), None),
        happened=tuple(told for _, told in happened),
    )


def _event(event: Event) -> dict[str, Any]:
    return {"at": event.at, "kind": event.kind, "cause_id": event.cause_id, "data": event.data}


def _promise(promise: Promise) -> dict[str, Any]:
    data = {
        "from_at": promise.from_at,
        "until_at": promise.until_at,
        "channel": promise.channel,
        "told_by": promise.told_by,
        "words": promise.words,
    }
    return {"at": promise.told_at, "kind": "promise", "cause_id": promise.cause_id, "data": data}
