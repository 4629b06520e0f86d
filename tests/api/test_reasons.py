"""
Every reason that a client may be given has an incident behind it, which holds his order and ends: told by real pings.

Three kinds of news have none by nature: AHEAD (nothing went wrong), the first estimate of a visit (nothing has moved),
and an arrival at risk only because it became less certain (it has not moved either, so nothing has moved it).
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.actions.order_changes import OrderEdits, edit_order
from api.actions.tracking import tick_courier
from api.context import Services
from api.db.tables import Cause, CauseOrder, Event, Visit
from routing.roads import DETOUR, STRAIGHT_SPEED_MPS
from tests.api.orders import order_json
from tests.api.planning import post_orders
from tests.service import HandClock, client_for, seed_town
from tests.tracked_day import Phone, StraightDay, publish_straight_day
from tracking.events import Reason

SPACING_M = 3000.0
PLANNED_MPS = STRAIGHT_SPEED_MPS / DETOUR
TIGHT_S, WIDE_S = 180.0, 420.0
"""A promise that a departure endangers, and one that leaves a planner some room."""


@dataclass
class Scene:
    """One courier on his way past three stops, 3 km apart, with everything that can happen to him."""

    services: Services
    day: StraightDay
    phone: Phone
    board: FlaskClient
    clock: HandClock

    def start(self, east_m: float = 300.0) -> None:
        self.phone.start()
        self.phone.ping()
        self.phone.go(east_m=east_m, speed_mps=7.0)

    def stand(self, minutes: float) -> None:
        for _ in range(round(minutes * 4)):
            self.clock.advance(15.0)
            self.phone.ping(speed_mps=0.0)

    def wait(self, minutes: float) -> None:
        """Time passes without a word from the phone."""
        for _ in range(round(minutes * 2)):
            self.clock.advance(30.0)
            with self.services.db.write() as session:
                courier = self.day.town.couriers[0]
                tick_courier(session, self.services, self.day.town.tenant.id, courier.id, self.clock.now())

    def finish(self) -> None:
        """All visits are made, and the shift ends."""
        with self.services.db.read() as session:
            left = list(session.scalars(select(Visit.id).where(Visit.state.in_(("open", "arrived")))))
        for visit_id in left:
            done = {"outcome_id": visit_id, "kind": "delivered", "device_at": self.clock.now().isoformat()}
            assert self.phone.client.post(f"/v1/visits/{visit_id}/outcomes", json=done).status_code == 200
        assert self.phone.client.post("/v1/me/shift/end", json={}).status_code == 200


@pytest.fixture
def make_scene(app: Flask, services: Services, clock: HandClock) -> Callable[[float], Scene]:
    """A day whose promises end so many seconds after the planned arrival."""

    def make(slack_s: float) -> Scene:
        town = seed_town(services, couriers=1)
        day = publish_straight_day(services, town, slack_s=slack_s, spacing_m=SPACING_M)
        return Scene(services, day, Phone(app, day, clock), client_for(app, town.dispatcher), clock)

    return make


def drives_round_a_block(scene: Scene) -> None:
    scene.start()
    scene.phone.go(north_m=1500.0, speed_mps=7.0)
    scene.phone.go(east_m=1000.0, speed_mps=7.0)


def stands_on_the_way(scene: Scene) -> None:
    scene.start(900.0)
    scene.stand(10)


def takes_his_time_at_a_stop(scene: Scene) -> None:
    scene.start(SPACING_M)
    scene.stand(5)


def stays_long_at_a_stop(scene: Scene) -> None:
    scene.start(SPACING_M)
    scene.stand(15)


def falls_silent(scene: Scene) -> None:
    scene.start(900.0)
    scene.wait(20)


def crawls(scene: Scene) -> None:
    scene.start(900.0)
    scene.phone.go(east_m=900.0, speed_mps=2.0)


def drives_slower_than_planned(scene: Scene) -> None:
    slow_mps = 0.8 * PLANNED_MPS
    scene.phone.start()
    scene.phone.ping()
    scene.phone.go(east_m=SPACING_M, speed_mps=slow_mps)
    scene.stand(3)
    scene.phone.go(east_m=0.9 * SPACING_M, speed_mps=slow_mps)


def does_not_leave(scene: Scene) -> None:
    scene.phone.start()
    scene.phone.ping()
    scene.stand(20)


def leaves_a_stop_out(scene: Scene) -> None:
    scene.start(SPACING_M)
    scene.stand(3)
    scene.phone.go(north_m=400.0, speed_mps=7.0)
    scene.phone.go(east_m=2 * SPACING_M, speed_mps=7.0)
    scene.phone.go(north_m=-400.0, speed_mps=7.0)
    scene.stand(4)


def gets_another_order(scene: Scene) -> None:
    near = scene.day.orders[0]
    windows = [[scene.clock.now().isoformat(), scene.day.orders[1].windows[0][1]]]
    order = order_json(1, lon=near.lon, lat=near.lat + 0.0009, windows=windows, service_s=300)
    (order_id,) = post_orders(scene.board, order)
    inserted = scene.board.post(f"/v1/orders/{order_id}/insert", json={})
    assert inserted.status_code == 200, inserted.text
    scene.start()


def loses_an_order(scene: Scene) -> None:
    scene.start()
    answer = scene.board.post(f"/v1/orders/{scene.day.orders[0].id}/cancel", json={"reason": "not at home"})
    assert answer.status_code == 200, answer.text


def has_an_order_changed(scene: Scene) -> None:
    scene.start()
    edit_order(scene.services, scene.day.town.caller(), scene.day.orders[0].id, OrderEdits(service_s=540))


@pytest.mark.parametrize(
    ("reason", "kinds", "slack_s", "happens"),
    [
        (Reason.DETOUR, {"off_route"}, TIGHT_S, drives_round_a_block),
        (Reason.STALL, {"stall"}, TIGHT_S, stands_on_the_way),
        (Reason.LONG_SERVICE, {"late_at_stop"}, TIGHT_S, takes_his_time_at_a_stop),
        (Reason.LONG_SERVICE, {"late_at_stop", "long_service"}, TIGHT_S, stays_long_at_a_stop),
        (Reason.NO_SIGNAL, {"gap"}, TIGHT_S, falls_silent),
        (Reason.TRAFFIC, {"slow_traffic", "late_in_traffic"}, TIGHT_S, crawls),
        (Reason.SLOWER_THAN_PLANNED, {"running_late"}, TIGHT_S, drives_slower_than_planned),
        (Reason.LATE_START, {"late_start"}, TIGHT_S, does_not_leave),
        (Reason.WRONG_SEQUENCE, {"wrong_sequence"}, TIGHT_S, leaves_a_stop_out),
        (Reason.NEW_STOP, {"new_stop"}, WIDE_S, gets_another_order),
        (Reason.STOP_DROPPED, {"cancelled"}, WIDE_S, loses_an_order),
        (Reason.EDITED, {"edited"}, WIDE_S, has_an_order_changed),
    ],
)
def test_each_reason_has_an_incident_with_its_orders_that_ends(
    make_scene: Callable[[float], Scene],
    reason: Reason,
    kinds: set[str],
    slack_s: float,
    happens: Callable[[Scene], None],
) -> None:
    scene = make_scene(slack_s)
    happens(scene)
    shown = {cause["id"]: set(cause["order_ids"]) for cause in scene.board.get("/v1/snapshot").get_json()["causes"]}
    with scene.services.db.read() as session:
        before = {(pair.cause_id, pair.order_id) for pair in session.scalars(select(CauseOrder))}
    scene.finish()

    with scene.services.db.read() as session:
        news = [e for e in session.scalars(select(Event).where(Event.kind == "eta.changed")) if e.data["old"]]
        causes = {cause.id: cause for cause in session.scalars(select(Cause))}
        pairs = {(pair.cause_id, pair.order_id) for pair in session.scalars(select(CauseOrder))}
    told = [e for e in news if e.data["reason"] == reason]
    assert told, [(e.data["reason"], e.data["cause_kind"]) for e in news]
    assert {causes[e.cause_id].kind for e in told} <= kinds
    assert {e.data["cause_kind"] for e in told} <= kinds
    assert {(e.cause_id, e.order_id) for e in told} <= pairs
    assert all(e.cause_id is not None for e in news if e.data["reason"] != Reason.AHEAD)
    assert {cause.state for cause in causes.values()} == {"closed"}
    assert {(cause, order) for cause, orders in shown.items() for order in orders} == {
        p for p in before if p[0] in shown
    }
