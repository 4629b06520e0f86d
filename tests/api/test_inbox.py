"""The operators' inbox and the dispatchers' causes: who knows, who calls, what was told, what was taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.actions.causes import open_change_cause, sync_unassigned
from api.actions.tracking import follow
from api.actions.tracking_events import write_events
from api.context import Role, Services
from api.db import cause_store
from api.db.tables import AuditRow, Cause, Event, InboxLine, Order, PlanRow, PlanUnassigned, User, Visit, new_id
from tests.service import MORNING, HandClock, Town, client_for
from tests.tracked_day import PLANE, Phone, StraightDay, first_promise, make_order, publish_straight_day
from tracking.events import DeviationKind, DeviationOpened, DeviationRetracted, Eta, EtaChanged, Level, Reason
from zones.lonlat import LonLat


@pytest.fixture
def day(services: Services, town: Town) -> StraightDay:
    return publish_straight_day(services, town, slack_s=300)


@pytest.fixture
def operator(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.operator)


@pytest.fixture
def dispatcher(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


class Tracker:
    """Feeds the service with what tracking would find, so that each rule can be tried by itself."""

    def __init__(self, services: Services, day: StraightDay, clock: HandClock) -> None:
        self.services, self.day, self.clock = services, day, clock

    def write(self, *events: Any) -> None:
        now = self.clock.now()
        with self.services.db.write() as session:
            followed, _ = follow(session, self.services, self.day.town.tenant.id, self.day.town.couriers[0].id, now)
            write_events(session, followed.courier, followed.roads, events, now)

    def leave(self, deviation_id: str = "dev1") -> None:
        now = self.clock.now()
        self.write(
            DeviationOpened(
                at=now,
                deviation_id=deviation_id,
                kind=DeviationKind.OFF_ROUTE,
                since_at=now - timedelta(seconds=30),
                measure=120.0,
                point=LonLat(lon=24.95, lat=60.17),
            )
        )

    def change(
        self,
        late_min: float,
        old: Level,
        new: Level,
        cause_id: str | None = "dev1",
        order: int = 0,
        reason: Reason = Reason.DETOUR,
    ) -> None:
        """The arrival is now expected so many minutes after the promise."""
        until_at = datetime.fromisoformat(self.day.orders[order].windows[0][1])
        expected_at = until_at + timedelta(minutes=late_min)

        def eta(at: datetime) -> Eta:
            return Eta(
                visit_id=self.day.visits[order].id,
                order_id=self.day.orders[order].id,
                early_at=at - timedelta(minutes=2),
                expected_at=at,
                late_at=at + timedelta(minutes=3),
                computed_at=self.clock.now(),
            )

        self.write(
            EtaChanged(
                at=self.clock.now(),
                visit_id=self.day.visits[order].id,
                order_id=self.day.orders[order].id,
                old=eta(until_at - timedelta(minutes=5)),
                new=eta(expected_at),
                reason=reason,
                cause_id=cause_id,
                old_level=old,
                new_level=new,
            )
        )


@pytest.fixture
def tracker(services: Services, day: StraightDay, clock: HandClock) -> Tracker:
    return Tracker(services, day, clock)


def inbox(client: FlaskClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/v1/snapshot").get_json()["inbox"]
    return rows


def test_news_without_a_changed_level_is_only_counted(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.change(-9, Level.ON_TIME, Level.ON_TIME, cause_id=None)
    tracker.change(-1, Level.AT_RISK, Level.AT_RISK, cause_id=None)

    board = operator.get("/v1/snapshot").get_json()

    assert (board["inbox"], board["small_changes"]) == ([], 2)


def test_a_later_change_replaces_the_unread_one_and_keeps_the_path(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(-1, Level.ON_TIME, Level.AT_RISK)
    tracker.change(9, Level.AT_RISK, Level.LATE)
    tracker.change(15, Level.LATE, Level.LATE)

    [line] = inbox(operator)

    assert (line["level"], line["late_min"], len(line["path"])) == ("late", 15, 2)


def test_making_up_some_of_a_delay_keeps_its_reason(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(20, Level.ON_TIME, Level.LATE)
    tracker.change(9, Level.LATE, Level.LATE, cause_id=None, reason=Reason.AHEAD)

    [line] = inbox(operator)

    assert (line["late_min"], line["reason"], line["cause_id"]) == (9, "detour", "dev1")


def test_what_moved_for_another_reason_is_not_behind_it(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.change(9, Level.ON_TIME, Level.LATE, cause_id=None, reason=Reason.TRAFFIC)

    tracker.leave()

    assert inbox(operator)[0]["cause_id"] is None


def test_being_ahead_of_a_late_plan_needs_no_call(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.change(-1, Level.LATE, Level.AT_RISK, cause_id=None, reason=Reason.AHEAD)

    assert inbox(operator) == []


def test_a_broken_promise_that_hardly_moves_changes_no_line(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    tracker.change(10, Level.LATE, Level.LATE)

    [line] = inbox(operator)

    assert (line["late_min"], line["path"]) == (9, [])


def test_a_change_after_acknowledging_is_unread_again(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    [line] = inbox(operator)
    operator.post(f"/v1/inbox/{line['id']}/acknowledge")

    tracker.change(20, Level.LATE, Level.LATE)

    assert [row["state"] for row in inbox(operator)] == ["open"]


def test_a_promise_that_holds_again_needs_no_call(services: Services, tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    tracker.change(-8, Level.LATE, Level.ON_TIME)

    assert inbox(operator) == []
    with services.db.read() as session:
        assert session.scalars(select(InboxLine.state)).all() == ["retracted"]


def test_one_acknowledge_takes_every_line_of_a_cause(tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE, order=0)
    tracker.change(9, Level.ON_TIME, Level.LATE, order=1)

    lines = operator.post("/v1/inbox/acknowledge", json={"cause_id": "dev1"}).get_json()["lines"]

    assert [line["state"] for line in lines] == ["acknowledged"] * 2
    assert [line["acknowledged_by"] for line in lines] == ["Operator"] * 2
    assert len(inbox(operator)) == 2


def test_told_closes_the_line_once(services: Services, tracker: Tracker, operator: FlaskClient) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    [line] = inbox(operator)

    first = operator.post(f"/v1/inbox/{line['id']}/told", json={"channel": "sms"}).get_json()
    again = operator.post(f"/v1/inbox/{line['id']}/told", json={"channel": "call"}).get_json()

    assert (first["state"], first["told_channel"], first["told_by"]) == ("told", "sms", "Operator")
    assert again == first
    assert inbox(operator) == []
    with services.db.read() as session:
        actions = list(session.scalars(select(AuditRow.action).where(AuditRow.entity == "inbox_line")))
    assert actions == ["inbox.told"]


def test_two_operators_never_call_the_same_client(
    tracker: Tracker, operator: FlaskClient, dispatcher: FlaskClient, clock: HandClock
) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    [line] = inbox(operator)
    address = f"/v1/inbox/{line['id']}"
    locked = operator.post(f"{address}/lock").get_json()

    refused = dispatcher.post(f"{address}/lock")
    told = dispatcher.post(f"{address}/told", json={"channel": "call"})

    assert locked["locked_by"] == "Operator"
    assert (refused.status_code, told.status_code) == (409, 409)
    assert "Operator" in refused.get_json()["detail"]
    clock.advance(181)
    assert inbox(operator)[0]["locked_by"] is None
    assert dispatcher.post(f"{address}/lock").get_json()["locked_by"] == "Dispatcher"
    assert operator.post(f"{address}/unlock").status_code == 409
    assert dispatcher.post(f"{address}/unlock").get_json()["locked_by"] is None


def test_a_retracted_cause_tells_who_saw_it_and_takes_its_lines_back(
    services: Services, tracker: Tracker, operator: FlaskClient, dispatcher: FlaskClient, clock: HandClock
) -> None:
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE, order=0)
    tracker.change(9, Level.ON_TIME, Level.LATE, order=1)
    clock.advance(30)
    operator.get("/v1/snapshot")
    [first, _] = inbox(operator)
    operator.post(f"/v1/inbox/{first['id']}/told", json={"channel": "call"})

    tracker.write(
        DeviationRetracted(
            at=clock.now(), deviation_id="dev1", kind=DeviationKind.OFF_ROUTE, why="late pings were on the route"
        )
    )

    cause = dispatcher.get("/v1/causes/dev1").get_json()
    assert cause["state"] == "retracted"
    assert cause["retraction"]["why"] == "late pings were on the route"
    with services.db.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "deviation.retracted")).one()
        assert [person["name"] for person in event.data["seen_by"]] == ["Operator"]
        assert session.scalars(select(InboxLine.state)).all() == ["retracted", "retracted"]
        told = [e.data["was_told"] for e in session.scalars(select(Event).where(Event.kind == "inbox.retracted"))]
        assert sorted(told) == [False, True]


def test_a_cause_not_yet_shown_was_seen_by_nobody(
    services: Services, tracker: Tracker, operator: FlaskClient, clock: HandClock, town: Town
) -> None:
    tracker.leave()
    clock.advance(19)

    operator.get("/v1/snapshot")

    with services.db.read() as session:
        assert cause_store.seen_by(session, town.tenant.id, "dev1") == []


def test_a_cause_is_taken_and_acknowledged_by_name(
    services: Services, tracker: Tracker, dispatcher: FlaskClient, operator: FlaskClient
) -> None:
    tracker.leave()

    taken = dispatcher.post("/v1/causes/dev1/take").get_json()
    known = dispatcher.post("/v1/causes/dev1/acknowledge").get_json()
    again = dispatcher.post("/v1/causes/dev1/acknowledge").get_json()

    assert (taken["state"], taken["taken_by"]) == ("taken", "Dispatcher")
    assert (known["state"], known["acknowledged_by"]) == ("acknowledged", "Dispatcher")
    assert again["acknowledged_at"] == known["acknowledged_at"]
    assert operator.post("/v1/causes/dev1/take").status_code == 403
    with services.db.read() as session:
        actions = list(session.scalars(select(AuditRow.action).where(AuditRow.entity == "cause")))
    assert actions == ["cause.taken", "cause.acknowledged"]


def test_delivery_before_anybody_called_ends_the_line(
    app: Flask, services: Services, tracker: Tracker, day: StraightDay, operator: FlaskClient, clock: HandClock
) -> None:
    phone = Phone(app, day, clock)
    phone.start()
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)

    outcome = {"outcome_id": "o", "kind": "delivered", "device_at": clock.now().isoformat()}
    phone.client.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome)

    assert inbox(operator) == []
    with services.db.read() as session:
        assert session.scalars(select(InboxLine.state)).all() == ["done"]


def test_orders_without_a_courier_are_one_cause_that_ends_with_the_last(
    services: Services, town: Town, day: StraightDay, dispatcher: FlaskClient
) -> None:
    now = services.clock.now()
    orders = [
        make_order(town, f"U{k}", PLANE.to_lonlat(100, 0), now, now + timedelta(minutes=50), "+358401234567")
        for k in range(2)
    ]
    with services.db.write() as session:
        plan = session.get(PlanRow, day.plan_id)
        assert plan is not None
        for order in orders:
            order.status = "ready"
            session.add(order)
            session.flush()
            session.add(first_promise(order, now))
            visit = Visit(id=new_id("vis"), tenant_id=town.tenant.id, order_id=order.id, state="open", created_at=now)
            session.add(visit)
            session.flush()
            session.add(
                PlanUnassigned(
                    plan_id=plan.id,
                    order_id=order.id,
                    tenant_id=town.tenant.id,
                    visit_id=visit.id,
                    code="capacity_full",
                    message="every vehicle is full",
                )
            )
        session.flush()
        sync_unassigned(session, town.city, plan, now)

    board = dispatcher.get("/v1/snapshot").get_json()
    [cause] = board["causes"]
    assert (cause["kind"], cause["level"], len(cause["order_ids"])) == ("unassigned", 1, 2)
    assert board["counters"]["unassigned"] == 2
    assert [row["unassigned"]["code"] for row in board["unassigned"]] == ["capacity_full"] * 2
    with services.db.write() as session:
        plan = session.get(PlanRow, day.plan_id)
        assert plan is not None
        for order in orders:
            stored = session.get(Order, order.id)
            assert stored is not None
            stored.status = "cancelled"
        session.flush()
        sync_unassigned(session, town.city, plan, now)
    assert dispatcher.get("/v1/snapshot").get_json()["causes"] == []


def test_a_change_by_people_stays_a_cause_while_it_breaks_a_promise(
    services: Services, town: Town, tracker: Tracker, day: StraightDay, operator: FlaskClient
) -> None:
    now = services.clock.now()
    with services.db.write() as session:
        cause_id = open_change_cause(session, tenant_id=town.tenant.id, city_id=town.city.id, kind="edited", now=now)
    tracker.change(9, Level.ON_TIME, Level.LATE, cause_id=cause_id)
    later = {"from_at": (now + timedelta(hours=1)).isoformat(), "until_at": (now + timedelta(hours=2)).isoformat()}

    operator.post("/v1/promises", json={"order_id": day.orders[0].id, **later})

    with services.db.read() as session:
        cause = session.get(Cause, cause_id)
        assert cause is not None
        assert cause.state == "closed"


def test_a_colleague_of_the_same_name_is_another_person(
    app: Flask, services: Services, town: Town, tracker: Tracker, operator: FlaskClient
) -> None:
    twin = User(
        id=new_id("usr"),
        tenant_id=town.tenant.id,
        login="twin",
        name="Operator",
        role=Role.OPERATOR.value,
        language="en",
        password_hash="-",
        active=True,
        created_at=MORNING,
    )
    with services.db.write() as session:
        session.add(twin)
    tracker.leave()
    tracker.change(9, Level.ON_TIME, Level.LATE)
    [line] = inbox(operator)
    operator.post(f"/v1/inbox/{line['id']}/lock")

    assert client_for(app, twin).post(f"/v1/inbox/{line['id']}/lock").status_code == 409
