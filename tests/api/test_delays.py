"""A courier who is late through no departure from the plan: one cause that grows, ends, and is handed over to a jam."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.actions.tracking import follow
from api.actions.tracking_events import write_events
from api.context import Services
from api.db.tables import Cause, Event
from desk.alarm import DELAYS
from tests.service import HandClock, Town, client_for
from tests.tracked_day import Phone, StraightDay, publish_straight_day
from tracking.events import (
    DelayBegan,
    DelayEnded,
    DelayGrew,
    DeviationKind,
    DeviationOpened,
    Eta,
    EtaChanged,
    Level,
    Reason,
)
from zones.lonlat import LonLat


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town, slack_s=300)


@pytest.fixture
def dispatcher(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


class Told:
    """Writes down what tracking would say of one courier."""

    def __init__(self, services: Services, day: StraightDay, clock: HandClock) -> None:
        self.services, self.day, self.clock = services, day, clock

    def write(self, *events: Any) -> None:
        with self.services.db.write() as session:
            courier_id = self.day.town.couriers[0].id
            followed, _ = follow(session, self.services, self.day.town.tenant.id, courier_id, self.clock.now())
            write_events(session, followed.courier, followed.roads, events, self.clock.now())

    def begin(self, reason: Reason = Reason.TRAFFIC, delay_s: int = 300) -> None:
        now = self.clock.now()
        since_at = now - timedelta(minutes=4)
        self.write(
            DelayBegan(
                at=now, delay_id="late1", reason=reason, since_at=since_at, delay_s=delay_s, lon=24.95, lat=60.17
            )
        )

    def move(self, order: int, late_min: float = 9.0, cause_id: str = "late1") -> None:
        until_at = datetime.fromisoformat(self.day.orders[order].windows[0][1])
        self.write(
            EtaChanged(
                at=self.clock.now(),
                visit_id=self.day.visits[order].id,
                order_id=self.day.orders[order].id,
                old=self._eta(order, until_at - timedelta(minutes=5)),
                new=self._eta(order, until_at + timedelta(minutes=late_min)),
                reason=Reason.TRAFFIC,
                cause_id=cause_id,
                old_level=Level.ON_TIME,
                new_level=Level.LATE,
            )
        )

    def _eta(self, order: int, at: datetime) -> Eta:
        return Eta(
            visit_id=self.day.visits[order].id,
            order_id=self.day.orders[order].id,
            early_at=at - timedelta(minutes=2),
            expected_at=at,
            late_at=at + timedelta(minutes=3),
            computed_at=self.clock.now(),
        )


@pytest.fixture
def told(services: Services, day: StraightDay, clock: HandClock) -> Told:
    return Told(services, day, clock)


def test_all_orders_of_a_delay_are_one_line_for_dispatchers(told: Told, dispatcher: FlaskClient) -> None:
    told.begin()
    for order in range(3):
        told.move(order)

    board = dispatcher.get("/v1/snapshot").get_json()

    [cause] = board["causes"]
    assert (cause["id"], cause["kind"], cause["measure"], cause["level"]) == ("late1", "late_in_traffic", 300.0, 2)
    assert (cause["promises_moved"], cause["promises_broken"], cause["shift_min_to"]) == (3, 3, 14)
    assert {(line["cause_id"], line["reason"]) for line in board["inbox"]} == {("late1", "traffic")}


def test_a_delay_that_breaks_no_promise_is_no_line(told: Told, dispatcher: FlaskClient) -> None:
    told.begin()

    [cause] = dispatcher.get("/v1/snapshot").get_json()["causes"]

    assert cause["level"] == 3


def test_a_delay_grows_in_place_and_ends(told: Told, services: Services, clock: HandClock) -> None:
    told.begin(Reason.SLOWER_THAN_PLANNED)
    told.move(0)

    told.write(DelayGrew(at=clock.now(), delay_id="late1", reason=Reason.TRAFFIC, delay_s=840))
    told.write(DelayEnded(at=clock.now(), delay_id="late1", since_at=clock.now()))

    with services.db.read() as session:
        [cause] = session.scalars(select(Cause)).all()
        kinds = list(session.scalars(select(Event.kind).where(Event.cause_id == "late1").order_by(Event.id)))
    assert (cause.kind, cause.measure, cause.state) == ("late_in_traffic", 840.0, "closed")
    assert [kind for kind in kinds if kind.startswith("deviation.")] == [
        "deviation.opened",
        "deviation.updated",
        "deviation.closed",
    ]


def test_what_a_delay_moved_is_behind_the_jam_that_explains_it(
    told: Told, dispatcher: FlaskClient, clock: HandClock
) -> None:
    told.begin()
    told.move(0)
    told.move(1)
    now = clock.now()

    told.write(
        DeviationOpened(
            at=now,
            deviation_id="jam1",
            kind=DeviationKind.SLOW_TRAFFIC,
            since_at=now - timedelta(minutes=4),
            measure=2.8,
            point=LonLat(lon=24.95, lat=60.17),
        ),
        DelayEnded(at=now, delay_id="late1", since_at=now, into_id="jam1"),
    )

    board = dispatcher.get("/v1/snapshot").get_json()
    assert [(c["id"], c["promises_broken"]) for c in board["causes"]] == [("jam1", 2)]
    assert {line["cause_id"] for line in board["inbox"]} == {"jam1"}


def test_a_courier_who_drives_slowly_all_the_way_is_one_cause(
    app: Flask, services: Services, town: Town, clock: HandClock
) -> None:
    day = publish_straight_day(services, town, slack_s=240.0, spacing_m=6000.0)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()

    phone.go(east_m=4500.0, speed_mps=3.4)

    board = client_for(app, town.dispatcher).get("/v1/snapshot").get_json()
    [cause] = board["causes"]
    assert cause["kind"] in ("late_in_traffic", "running_late")
    assert len(cause["order_ids"]) == 3
    assert {line["cause_id"] for line in board["inbox"]} == {cause["id"]}


def test_with_the_shift_the_delay_ends(app: Flask, services: Services, town: Town, clock: HandClock) -> None:
    day = publish_straight_day(services, town, slack_s=240.0, spacing_m=6000.0)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=4500.0, speed_mps=3.4)

    assert phone.client.post("/v1/me/shift/end", json={}).status_code == 200

    with services.db.read() as session:
        assert set(session.scalars(select(Cause.state).where(Cause.kind.in_(DELAYS)))) == {"closed"}
