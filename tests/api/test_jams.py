"""Couriers in one jam are one incident: it grows, ends with the last of them, and each one's part ends by itself."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api.actions.tracking import follow
from api.actions.tracking_events import write_events
from api.app import create_app, runtime_of
from api.context import Services
from api.db.jam_store import slow_drives_of_open_jams
from api.db.tables import Cause, Event, JamCourier
from tests.postgres import PostgresServer
from tests.service import HandClock, Town, client_for, make_services, seed_town
from tests.tracked_day import Phone, publish_straight_days
from tracking.events import DeviationKind, DeviationRetracted

SPACING_M = 6000.0
FREE_MPS, CRAWL_MPS = 7.0, 2.0


class Street:
    """Couriers who follow each other along one street; each drive moves the clock for all."""

    def __init__(self, apps: Sequence[Flask], services: Services, town: Town, clock: HandClock) -> None:
        prefixes = {index: f"C{index}-" for index in range(len(town.couriers))}
        self.days = publish_straight_days(services, town, prefixes, slack_s=180.0, spacing_m=SPACING_M)
        self.phones = [Phone(apps[day.index % len(apps)], day, clock) for day in self.days]
        self.clock = clock
        self.board = client_for(apps[0], town.dispatcher)
        for phone in self.phones:
            phone.start()
            phone.ping()

    def drive(self, *, seconds: float, mps: dict[int, float]) -> None:
        """Let all couriers drive at once, each at his own pace; a phone sends four positions a minute, all at once."""
        for _ in range(round(seconds / 60.0)):
            for index, pings in self.minute(mps).items():
                self.phones[index].send(pings)

    def minute(self, mps: dict[int, float]) -> dict[int, list[dict[str, Any]]]:
        """What each phone has to send after a minute."""
        kept: dict[int, list[dict[str, Any]]] = {index: [] for index in mps}
        for _ in range(4):
            self.clock.advance(15.0)
            for index, speed_mps in mps.items():
                self.phones[index].east_m += speed_mps * 15.0
                kept[index].append(self.phones[index].here())
        return kept

    def lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.board.get("/v1/snapshot").get_json()["inbox"]
        return lines

    def causes(self, kind: str = "slow_traffic") -> list[dict[str, Any]]:
        causes: list[dict[str, Any]] = self.board.get("/v1/snapshot").get_json()["causes"]
        return [cause for cause in causes if cause["kind"] == kind]


@pytest.fixture
def street(app: Flask, services: Services, town: Town, clock: HandClock) -> Street:
    return Street([app], services, town, clock)


def names(cause: dict[str, Any], *, there: bool = True) -> list[str]:
    return [one["name"] for one in cause["couriers"] if (one["left_at"] is None) is there]


def test_couriers_slow_on_one_street_are_one_incident_with_all_their_orders(street: Street) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS, 2: FREE_MPS})
    street.drive(seconds=600, mps={0: CRAWL_MPS, 1: CRAWL_MPS, 2: CRAWL_MPS})

    [cause] = street.causes()
    lines = street.lines()

    assert len(names(cause)) == 3
    assert sorted(cause["order_ids"]) == sorted(order.id for day in street.days for order in day.orders)
    assert {line["cause_id"] for line in lines} == {cause["id"]}


def test_a_jam_grows_and_shrinks_under_one_id(street: Street) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS})
    street.drive(seconds=300, mps={0: CRAWL_MPS})
    [alone] = street.causes()
    street.drive(seconds=120, mps={0: CRAWL_MPS, 1: FREE_MPS})
    street.drive(seconds=360, mps={0: CRAWL_MPS, 1: CRAWL_MPS})
    [together] = street.causes()
    street.drive(seconds=240, mps={0: FREE_MPS, 1: CRAWL_MPS})
    [left] = street.causes()
    street.drive(seconds=300, mps={0: FREE_MPS, 1: FREE_MPS})

    assert alone["id"] == together["id"] == left["id"]
    assert (len(names(alone)), len(names(together)), len(names(left))) == (1, 2, 1)
    assert left["courier_name"] == names(left)[0] == names(together)[1]
    assert street.causes() == []


def test_far_from_each_other_they_are_two_incidents(street: Street) -> None:
    street.drive(seconds=240, mps={0: FREE_MPS})
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=420, mps={0: CRAWL_MPS, 1: CRAWL_MPS})

    assert [len(names(cause)) for cause in street.causes()] == [1, 1]


def test_a_place_that_was_slow_long_before_is_another_incident(street: Street) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS})
    street.drive(seconds=2400, mps={0: CRAWL_MPS})
    street.drive(seconds=120, mps={0: CRAWL_MPS, 1: FREE_MPS})
    street.drive(seconds=360, mps={0: CRAWL_MPS, 1: CRAWL_MPS})

    assert [len(names(cause)) for cause in street.causes()] == [1, 1]


def test_the_log_says_who_came_and_who_left(street: Street, services: Services) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=420, mps={0: CRAWL_MPS, 1: CRAWL_MPS})
    [cause] = street.causes()
    street.drive(seconds=240, mps={0: FREE_MPS, 1: FREE_MPS})

    with services.db.read() as session:
        events = session.scalars(select(Event).where(Event.cause_id == cause["id"]).order_by(Event.id)).all()
        told = [(e.kind, e.courier_id, e.data.get("couriers")) for e in events if e.kind.startswith("deviation.")]
    first, second = (day.town.couriers[day.index].id for day in street.days[:2])
    assert [one for one in told if one[0] != "deviation.updated"] == [
        ("deviation.opened", first, None),
        ("deviation.opened", second, 2),
        ("deviation.closed", first, 1),
        ("deviation.closed", second, 0),
    ]


def test_each_courier_shows_his_own_part(street: Street) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=420, mps={0: CRAWL_MPS, 1: 0.6 * CRAWL_MPS})

    [cause] = street.causes()
    rows = street.board.get("/v1/snapshot").get_json()["couriers"]
    slow = {row["name"]: one for row in rows for one in row["deviations"] if one["kind"] == "slow_traffic"}

    assert {one["cause_id"] for one in slow.values()} == {cause["id"]}
    assert cause["measure"] == max(one["measure"] for one in slow.values())
    assert len({one["measure"] for one in slow.values()}) == 2


def test_with_the_shift_his_part_of_the_jam_ends(street: Street, services: Services) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=420, mps={0: CRAWL_MPS, 1: CRAWL_MPS})

    assert street.phones[0].client.post("/v1/me/shift/end", json={}).status_code == 200
    [cause] = street.causes()
    assert street.phones[1].client.post("/v1/me/shift/end", json={}).status_code == 200

    assert (len(names(cause)), len(names(cause, there=False))) == (1, 1)
    with services.db.read() as session:
        assert set(session.scalars(select(Cause.state))) == {"closed"}
        assert set(session.scalars(select(JamCourier.state))) == {"closed"}


def test_what_was_no_slow_drive_leaves_the_jam_with_its_orders_and_calls(street: Street, services: Services) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=540, mps={0: CRAWL_MPS, 1: CRAWL_MPS})
    [cause] = street.causes()
    his = {order.id for order in street.days[0].orders}
    assert {line["order_id"] for line in street.lines()} & his

    take_back(street, services, 0, cause["id"])
    [left] = street.causes()
    lines = street.lines()
    take_back(street, services, 1)

    assert (left["id"], len(left["couriers"])) == (cause["id"], 1)
    assert not set(left["order_ids"]) & his
    assert {line["order_id"] for line in lines if line["state"] == "open"} == set(left["order_ids"])
    gone = street.board.get(f"/v1/causes/{cause['id']}").get_json()
    assert (gone["state"], bool(gone["retraction"]), street.lines()) == ("retracted", True, [])


def take_back(street: Street, services: Services, index: int, deviation_id: str | None = None) -> None:
    """What tracking says when late pings show that this courier was not slow."""
    day, now = street.days[index], street.clock.now()
    courier_id = day.town.couriers[day.index].id
    with services.db.write() as session:
        part = session.scalars(select(JamCourier).where(JamCourier.courier_id == courier_id)).one()
        assert deviation_id in (None, part.deviation_id)
        followed, _ = follow(session, services, day.town.tenant.id, courier_id, now)
        event = DeviationRetracted(
            at=now, deviation_id=part.deviation_id, kind=DeviationKind.SLOW_TRAFFIC, why="the usual pace"
        )
        write_events(session, followed.courier, followed.roads, [event], now)


def test_couriers_of_another_tenant_are_in_a_jam_of_their_own(app: Flask, services: Services, clock: HandClock) -> None:
    towns = [seed_town(services, couriers=1, tenant_name=name) for name in ("Apteekki", "Kukkia")]
    streets = [Street([app], services, town, clock) for town in towns]
    for mps, minutes in ((FREE_MPS, 2), (CRAWL_MPS, 7)):
        for _ in range(minutes):
            began_at = clock.now()
            for street in streets:
                clock.set(began_at)
                street.drive(seconds=60, mps={0: mps})

    causes = [street.causes() for street in streets]

    assert [len(each) for each in causes] == [1, 1]
    assert [len(each[0]["couriers"]) for each in causes] == [1, 1]
    with services.db.read() as session:
        until_at = clock.now()
        begin_at = until_at - timedelta(hours=1)
        ids = [(town.tenant.id, city.city.id) for town in towns for city in towns]
        found = [set(slow_drives_of_open_jams(session, *pair, begin_at, until_at)) for pair in ids]
    assert found == [{causes[0][0]["id"]}, set(), set(), {causes[1][0]["id"]}]


def test_two_services_that_find_one_jam_at_once_open_one_incident(tmp_path: Path, postgres: PostgresServer) -> None:
    clock, url = HandClock(), postgres.make_database()
    both = [make_services(tmp_path / name, clock=clock, url=url) for name in ("a", "b")]
    apps = [create_app(services) for services in both]
    street = Street(apps, both[0], seed_town(both[0], couriers=2), clock)
    for app in apps:
        runtime_of(app).start()
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})

    with ThreadPoolExecutor(2) as pool:
        for _ in range(7):
            kept = street.minute({0: CRAWL_MPS, 1: CRAWL_MPS})
            list(pool.map(lambda index, kept=kept: street.phones[index].send(kept[index]), kept))

    [cause] = street.causes()
    assert len(names(cause)) == 2
    for app, services in zip(apps, both, strict=True):
        runtime_of(app).stop()
        services.db.close()


def test_after_a_restart_the_jam_goes_on(street: Street, services: Services) -> None:
    street.drive(seconds=120, mps={0: FREE_MPS, 1: FREE_MPS})
    street.drive(seconds=300, mps={0: CRAWL_MPS})
    [before] = street.causes()

    again = make_services(services.settings.folder, clock=street.clock)
    for day, phone in zip(street.days, street.phones, strict=True):
        phone.client = Phone(create_app(again), day, street.clock).client
    street.drive(seconds=420, mps={0: CRAWL_MPS, 1: CRAWL_MPS})
    [after] = street.causes()

    assert (before["id"], len(names(before)), len(names(after))) == (after["id"], 1, 2)
    again.db.close()
