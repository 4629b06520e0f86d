"""A small planned day on real streets behind a real HTTP server, with phones that post where the couriers are."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from api.actions.accounts import add_user, open_session
from api.actions.day_loading import load_day
from api.actions.order_checks import NewOrder
from api.actions.orders import take_orders
from api.actions.plan_publishing import publish_plan
from api.app import create_app, runtime_of
from api.auth import COOKIE, wall_now
from api.context import Role, Services
from api.db.tables import Courier, User
from routing.day_inputs import PlanLimits
from routing.judged_plan import judged_plan
from routing.planning import make_problem
from routing.solver.search import Solution
from tests.service import MORNING, HandClock, Town, courier_token, make_services, seed_town
from tracking.events import Reason
from zones.lonlat import LonLat, distance_m

PASSWORD = "nine lives of a cat"
OPERATOR, OTHER_OPERATOR, DISPATCHER = "saule", "dana", "timur"
PROMISED_UNTIL = MORNING + timedelta(minutes=30)
"""Every client was promised the half hour; one courier alone cannot keep all of that."""
NOBODY_CAN_BRING = "4199"
PHONE_OF_TWO_ORDERS = "+358 40 555 0199"
ROUTES = (("4111", "4107", "4106", "4109", "4108", "4110"), ("4105", "4100", "4101", "4102", "4103", "4104"))
"""The orders of the first two couriers as a search found them once: a day that is the same on every machine."""
LATE_COURIER = 0
"""The courier who is held up, Aibek."""

_CLIENTS = (
    ("Aigerim Bekova", "kk"),
    ("Dmitri Orlov", "ru"),
    ("Kateryna Shevchuk", "uk"),
    ("Anna Kowalska", "pl"),
    ("Emma Clarke", "en"),
    ("Zhanar Tulegenova", "kk"),
    ("Olga Petrova", "ru"),
    ("Oksana Honchar", "uk"),
    ("Piotr Zając", "pl"),
    ("Leo Heikkinen", "en"),
    ("Vera Sokolova", "ru"),
    ("Sofia Lind", "en"),
)
_SPOTS = (
    (24.9325, 60.1655),
    (24.9352, 60.1626),
    (24.9391, 60.1641),
    (24.9422, 60.1662),
    (24.9461, 60.1671),
    (24.9502, 60.1689),
    (24.9533, 60.1702),
    (24.9480, 60.1720),
    (24.9441, 60.1711),
    (24.9402, 60.1732),
    (24.9363, 60.1718),
    (24.9330, 60.1693),
)


def phone_of(number: int) -> str:
    """The phone of the client of order 4100 + `number`; the last two orders are of one client."""
    return PHONE_OF_TWO_ORDERS if number >= len(_SPOTS) - 2 else f"+358 40 555 01{number:02}"


def seed_day(folder: Path, networks: Path) -> Town:
    """
    Store a day at its start: three couriers, three people who may sign in, thirteen orders and their plan.

    Nobody can bring the last order: no courier has a cold box.
    """
    folder.mkdir(parents=True)
    (folder / "networks").symlink_to(networks, target_is_directory=True)
    services = make_services(folder, clock=HandClock())
    try:
        town = seed_town(services)
        _name_couriers(services, town)
        _add_people(services, town)
        orders = [_order(number) for number in range(len(_SPOTS))]
        taken = take_orders(services, town.caller(), "helsinki", [*orders, _order_nobody_can_bring()])
        assert [one.problems for one in taken] == [()] * len(taken)
        _publish_routes(services, town)
        return town
    finally:
        services.db.close()


def _publish_routes(services: Services, town: Town) -> None:
    """Publish `ROUTES`, timed, judged and explained as what a search finds."""
    now = services.clock.now()
    with services.db.write() as session:
        day = load_day(session, town.city, town.on_date, now)
        inputs, roads = day.inputs(), services.roads.get(town.city.slug)
        problem, set_aside = make_problem(inputs, roads)
        number_of = {day.orders[stop.order_id].order_no: number for number, stop in enumerate(problem.stops)}
        sequences = {
            shift.id: tuple(number_of[order_no] for order_no in route)
            for shift, route in zip(town.shifts, ROUTES, strict=False)
        }
        found = Solution(sequences=sequences, elapsed_s=0.0)
        plan = judged_plan(problem, found, inputs, roads, PlanLimits(explain_s=60.0), set_aside=set_aside)
        publish_plan(session, services, town.caller(), day, plan, reason=Reason.REPLAN, now=now)


def _name_couriers(services: Services, town: Town) -> None:
    with services.db.write() as session:
        for courier, name in zip(town.couriers, ("Aibek Nurlanov", "Marat Ospanov", "Kamila Iskakova"), strict=True):
            stored = session.get(Courier, courier.id)
            assert stored is not None
            stored.name = name


def _add_people(services: Services, town: Town) -> None:
    for login, name, role in (
        (OPERATOR, "Saule Tleu", Role.OPERATOR),
        (OTHER_OPERATOR, "Dana Kim", Role.OPERATOR),
        (DISPATCHER, "Timur Aliev", Role.DISPATCHER),
    ):
        add_user(services, town.caller(town.admin), login=login, name=name, role=role, password=PASSWORD)


def _order(number: int) -> NewOrder:
    name, language = _CLIENTS[number]
    lon, lat = _SPOTS[number]
    return NewOrder(
        where=f"orders[{number}]",
        order_no=str(4100 + number),
        client_name=name,
        phone=phone_of(number),
        language=language,
        address=f"Mannerheimintie {number + 3}",
        entrance="2",
        floor="5",
        flat="41",
        lon=lon,
        lat=lat,
        windows=((MORNING, PROMISED_UNTIL),),
        payment_form="cash",
        due_minor=12_40,
        change_from_minor=20_00,
        items=2,
    )


def _order_nobody_can_bring() -> NewOrder:
    return replace(
        _order(0), where="orders[12]", order_no=NOBODY_CAN_BRING, phone="+358 40 555 0150", skills=("cold_box",)
    )


class _Quiet(WSGIRequestHandler):
    """Tests read the browser's log, not the server's."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is werkzeug's
        pass


@dataclass(slots=True)
class Day:
    """A day that a test owns: its server, its clock, its phones."""

    services: Services
    town: Town
    clock: HandClock
    url: str
    server: BaseWSGIServer

    def phone(self, courier: int) -> "Phone":
        """The phone of a courier, who has started his shift."""
        token = courier_token(self.services, self.town.couriers[courier])
        client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        phone = Phone(self, self.town.couriers[courier].id, client)
        phone.post("/v1/me/shift/start", {})
        return phone

    def route_of(self, courier: int) -> list[LonLat]:
        """The streets that a courier is planned to drive, as the console draws them."""
        with self.signed_in(DISPATCHER) as client:
            day = client.get(f"/v1/couriers/{self.town.couriers[courier].id}/day").raise_for_status().json()
        return [LonLat(lon=lon, lat=lat) for lon, lat in day["route"]["coordinates"]]

    def orders_of(self, courier: int) -> list[dict[str, Any]]:
        """The orders of a courier in the order of his stops."""
        with self.signed_in(DISPATCHER) as client:
            stops: list[dict[str, Any]] = client.get(f"/v1/couriers/{self.town.couriers[courier].id}/day").json()[
                "stops"
            ]
        return stops

    def session_of(self, login: str) -> str:
        """The cookie of a new session, as the login form would give it."""
        with self.services.db.read() as session:
            user = session.scalars(select(User).where(User.login == login)).one()
        return open_session(self.services, user, now=wall_now())

    @contextmanager
    def signed_in(self, login: str) -> Iterator[httpx.Client]:
        """A program in which a person is signed in, for what another browser does meanwhile."""
        cookies = {COOKIE: self.session_of(login)}
        headers = {"Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=self.url, timeout=30, headers=headers, cookies=cookies) as client:
            yield client

    def stop_server(self) -> None:
        """The service goes away, streams and all."""
        runtime_of(self.server.app).stop()  # type: ignore[arg-type] # it is the Flask app that was given
        self.server.shutdown()
        self.server.server_close()


@dataclass(slots=True)
class Phone:
    """Posts a courier's positions, four a minute, in batches as phones do."""

    day: Day
    courier_id: str
    client: httpx.Client
    every_s: int = 15

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post(path, json=body).raise_for_status().json()
        return answer

    def drive(self, route: Sequence[LonLat], from_m: float, to_m: float, speed_mps: float = 6.0) -> float:
        """Drive along a route; the day's clock goes with it. Gives the metre reached."""
        at_m = from_m
        while at_m < to_m:
            pings = []
            for _ in range(4):
                self.day.clock.advance(self.every_s)
                at_m = min(to_m, at_m + speed_mps * self.every_s)
                pings.append(self._ping(point_along(route, at_m), speed_mps))
            self.post("/v1/pings", {"pings": pings})
        return at_m

    def stand(self, point: LonLat, minutes: int) -> None:
        """Stay at a place; the day's clock goes on."""
        for _ in range(minutes):
            pings = []
            for _ in range(4):
                self.day.clock.advance(self.every_s)
                pings.append(self._ping(point, 0.0))
            self.post("/v1/pings", {"pings": pings})

    def last_place(self) -> LonLat:
        """Where the service last saw this courier."""
        with self.day.signed_in(DISPATCHER) as client:
            place = client.get(f"/v1/couriers/{self.courier_id}/day").json()["courier"]["position"]
        return LonLat(lon=place["lon"], lat=place["lat"])

    def _ping(self, point: LonLat, speed_mps: float) -> dict[str, Any]:
        return {
            "fix_at": self.day.clock.now().isoformat(),
            "lon": point.lon,
            "lat": point.lat,
            "accuracy_m": 6,
            "speed_mps": speed_mps,
        }


def point_along(route: Sequence[LonLat], metres: float) -> LonLat:
    """The place so many metres from the start of a line; its end when the line is shorter."""
    for a, b in pairwise(route):
        leg_m = distance_m(a, b)
        if metres <= leg_m:
            share = metres / leg_m if leg_m else 0.0
            return LonLat(lon=a.lon + (b.lon - a.lon) * share, lat=a.lat + (b.lat - a.lat) * share)
        metres -= leg_m
    return route[-1]


def hold_up(day: Day) -> None:
    """The first courier drives a little and then stands for a quarter of an hour."""
    route = day.route_of(LATE_COURIER)
    phone = day.phone(LATE_COURIER)
    reached_m = phone.drive(route, 0, 200)
    phone.stand(point_along(route, reached_m), minutes=16)


@contextmanager
def open_day(template: Path, folder: Path, town: Town, at: datetime = MORNING) -> Iterator[Day]:
    """A copy of a stored day, served over HTTP on a free port, its clock standing `at` an instant."""
    shutil.copytree(template, folder, symlinks=True)
    clock = HandClock(at)
    services = make_services(folder, clock=clock)
    app = create_app(services)
    runtime_of(app).start()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined] # a threaded server has it
    thread = threading.Thread(target=server.serve_forever, name="console-server", daemon=True)
    thread.start()
    day = Day(services, town, clock, f"http://127.0.0.1:{server.server_port}", server)
    try:
        yield day
    finally:
        day.stop_server()
        thread.join(timeout=5)
        services.db.close()
