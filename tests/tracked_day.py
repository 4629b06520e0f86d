"""
A day that is planned and followed, without a solver: one courier drives due east past his stops.

    day = publish_straight_day(services, town)
    phone = Phone(app, day, clock)
    phone.drive(until_m=900)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from api.actions.tracking import adopt_plan
from api.context import Services
from api.db import plan_store
from api.db.event_log import append_event
from api.db.tables import Order, PlanRow, Promise, Visit, new_id
from routing.plan import Plan, Provenance, Route
from routing.plan import Visit as PlannedVisit
from routing.roads import StraightLineRoads
from tests.service import HandClock, Town, courier_client
from tracking.events import Reason
from zones.lonlat import LocalMetres, LonLat

START = LonLat(lon=24.9384, lat=60.1699)
PLANE = LocalMetres(START)
SERVICE_S = 180


@dataclass(frozen=True, slots=True)
class StraightDay:
    """What was published: the orders in the order of the route, their visits, and when the courier departs."""

    town: Town
    plan_id: str
    orders: list[Order]
    visits: list[Visit]
    departs_at: datetime
    index: int


def publish_straight_day(
    services: Services,
    town: Town,
    *,
    stops: int = 3,
    spacing_m: float = 1500.0,
    slack_s: float = 240.0,
    index: int = 0,
    phone: str = "+358401234567",
    prefix: str = "E",
) -> StraightDay:
    """`slack_s` is how long after the planned arrival each promise ends."""
    [day] = publish_straight_days(
        services, town, {index: prefix}, stops=stops, spacing_m=spacing_m, slack_s=slack_s, phone=phone
    )
    return day


def publish_straight_days(
    services: Services,
    town: Town,
    prefixes: Mapping[int, str],
    *,
    stops: int = 3,
    spacing_m: float = 1500.0,
    slack_s: float = 240.0,
    phone: str = "+358401234567",
) -> list[StraightDay]:
    """One plan for several couriers on the same street: what each one's orders are called, by his index."""
    now = services.clock.now()
    laid = [_lay(town, index, prefix, now, stops, spacing_m, slack_s, phone) for index, prefix in prefixes.items()]
    plan = Plan(
        routes=tuple(route for route, _, _ in laid),
        unassigned=(),
        provenance=Provenance(engine="by hand", time_limit_s=0.0, seed=0, matrix_source="great_circle"),
    )
    with services.db.write() as session:
        session.add_all(order for _, orders, _ in laid for order in orders)
        session.flush()
        session.add_all(visit for _, _, visits in laid for visit in visits)
        session.flush()
        for _, orders, _ in laid:
            session.add_all(first_promise(order, now) for order in orders)
        row = save(session, town, plan, now)
        append_event(
            session, tenant_id=town.tenant.id, city_id=town.city.id, kind="plan.published", at=now, now=now, data={}
        )
        adopt_plan(session, services, town.caller(), row.id, Reason.REPLAN, None, now)
    return [
        StraightDay(town, row.id, orders, visits, now, index)
        for index, (_, orders, visits) in zip(prefixes, laid, strict=True)
    ]


def _lay(
    town: Town, index: int, prefix: str, now: datetime, stops: int, spacing_m: float, slack_s: float, phone: str
) -> tuple[Route, list[Order], list[Visit]]:
    points = [PLANE.to_lonlat(spacing_m * (k + 1), 0.0) for k in range(stops)]
    legs = StraightLineRoads().route([START, *points, START])
    assert legs is not None
    at, visits_planned, orders, visits = now, [], [], []
    for k, point in enumerate(points):
        arrives_at = at + timedelta(seconds=legs[k].duration_s)
        order = make_order(town, f"{prefix}{k + 1}", point, now, arrives_at + timedelta(seconds=slack_s), phone)
        visit = Visit(id=new_id("vis"), tenant_id=town.tenant.id, order_id=order.id, state="open", created_at=now)
        leaves_at = arrives_at + timedelta(seconds=SERVICE_S)
        visits_planned.append(
            PlannedVisit(
                visit_id=visit.id,
                order_id=order.id,
                point=point,
                arrives_at=arrives_at,
                starts_at=arrives_at,
                leaves_at=leaves_at,
            )
        )
        orders.append(order)
        visits.append(visit)
        at = leaves_at
    route = Route(
        shift_id=town.shifts[index].id,
        courier_id=town.couriers[index].id,
        departs_at=now,
        returns_at=at + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits_planned),
        legs=legs,
    )
    return route, orders, visits


def save(session: Any, town: Town, plan: Plan, now: datetime) -> PlanRow:
    return plan_store.save_plan(
        session,
        plan,
        tenant_id=town.tenant.id,
        city_id=town.city.id,
        on_date=town.on_date,
        based_on=None,
        reason="plan",
        zone_set_id=None,
        created_by="test",
        now=now,
    )


def make_order(town: Town, order_no: str, point: LonLat, now: datetime, until_at: datetime, phone: str) -> Order:
    return Order(
        id=new_id("ord"),
        tenant_id=town.tenant.id,
        city_id=town.city.id,
        order_no=f"{order_no}-{town.tenant.id[-4:]}",
        on_date=town.on_date,
        client_name="Aino Virtanen",
        phone_e164=phone,
        language="ru",
        address=f"Street {order_no}",
        lon=point.lon,
        lat=point.lat,
        windows=[[now.isoformat(), until_at.isoformat()]],
        service_s=SERVICE_S,
        items=1,
        weight_g=500,
        volume_ml=500,
        payment_form="prepaid",
        skills=[],
        status="planned",
        created_at=now,
        updated_at=now,
    )


def first_promise(order: Order, now: datetime) -> Promise:
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
    )


class Phone:
    """A courier's phone that drives east along the route; the clock moves with it."""

    def __init__(self, app: Flask, day: StraightDay, clock: HandClock) -> None:
        self.client = courier_client(app, day.town.couriers[day.index])
        self.clock = clock
        self.day = day
        self.east_m = 0.0
        self.north_m = 0.0

    def start(self) -> None:
        assert self.client.post("/v1/me/shift/start", json={}).status_code == 200

    def ping(self, **changes: Any) -> dict[str, Any]:
        """Send one ping of here and now."""
        return self.send([self.here() | changes])

    def here(self) -> dict[str, Any]:
        """A ping of here and now, not sent yet."""
        point = PLANE.to_lonlat(self.east_m, self.north_m)
        return {"fix_at": self.clock.now().isoformat(), "lon": point.lon, "lat": point.lat, "accuracy_m": 8}

    def send(self, pings: list[dict[str, Any]]) -> dict[str, Any]:
        response = self.client.post("/v1/pings", json={"pings": pings})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    def go(self, *, east_m: float = 0.0, north_m: float = 0.0, speed_mps: float = 6.0, every_s: float = 15.0) -> None:
        """Drive so far, with a ping every so often."""
        left_m = (east_m**2 + north_m**2) ** 0.5
        steps = max(1, round(left_m / (speed_mps * every_s)))
        for _ in range(steps):
            self.east_m += east_m / steps
            self.north_m += north_m / steps
            self.clock.advance(left_m / steps / speed_mps)
            self.ping()
