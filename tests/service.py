"""
A real service for tests: a temporary SQLite database (or any by its address), a seeded city, and signed-in clients.

    services = make_services(tmp_path)
    town = seed_town(services)
    app = create_app(services)
    response = client_for(app, town.dispatcher).get("/v1/me")
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
from flask import Flask
from flask.testing import FlaskClient

from api.actions.accounts import open_session
from api.app import create_services
from api.auth import COOKIE, wall_now
from api.clock import Clock
from api.context import Caller, Role, Services
from api.credentials import hash_token, make_token
from api.db.tables import AccessToken, Base, City, Courier, Depot, Shift, Tenant, User, new_id
from api.settings import Settings

MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""09:00 in Helsinki, a Monday."""


class HandClock(Clock):
    """A clock that stands still until a test moves it."""

    _reads: datetime

    def __init__(self, now: datetime = MORNING) -> None:
        super().__init__()
        self.set(now)

    def now(self) -> datetime:
        return self._reads

    def at(self, wall: datetime) -> datetime:
        return self.now()

    def set(self, now: datetime) -> None:
        object.__setattr__(self, "_reads", now)

    def advance(self, seconds: float) -> None:
        self.set(self.now() + timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True)
class Town:
    """What `seed_town` stored. Couriers `C1`.. have shifts with the same index; depots are `D1`, `D2`."""

    tenant: Tenant
    city: City
    dispatcher: User
    operator: User
    admin: User
    depots: list[Depot]
    couriers: list[Courier]
    shifts: list[Shift]
    on_date: date

    def caller(self, user: User | None = None) -> Caller:
        """A caller for actions: the dispatcher unless another person is given."""
        person = user or self.dispatcher
        return Caller(
            tenant_id=self.tenant.id,
            role=Role(person.role),
            actor=f"user:{person.id}",
            name=person.name,
            user_id=person.id,
            language=person.language,
        )

    def courier_caller(self, index: int = 0) -> Caller:
        """A caller for actions: the phone of the courier with this index."""
        courier = self.couriers[index]
        return Caller(
            tenant_id=self.tenant.id,
            role=Role.COURIER,
            actor=f"courier:{courier.id}",
            name=courier.name,
            courier_id=courier.id,
        )


def make_services(folder: Path, clock: Clock | None = None, url: str = "", **settings: object) -> Services:
    """Services on an empty database with all tables; the clock stands at MORNING unless another is given."""
    services = create_services(
        Settings(folder=folder, database_url=url, clock=clock or HandClock(), **settings)  # type: ignore[arg-type]
    )
    Base.metadata.create_all(services.db.engine)
    return services


def seed_town(services: Services, *, couriers: int = 3, slug: str = "helsinki", tenant_name: str = "Apteekki") -> Town:
    """A tenant with one city (centre of Helsinki), two depots, couriers with a shift 08:00-18:00 local time today."""
    now = services.clock.now()
    on_date = (now + timedelta(hours=2)).date()
    tenant = Tenant(id=new_id("ten"), name=tenant_name, created_at=now)
    city = City(
        id=new_id("cty"),
        tenant_id=tenant.id,
        slug=slug,
        name="Helsinki",
        timezone="Europe/Helsinki",
        country="FI",
        phone_region="FI",
        currency="EUR",
        language="en",
        lon=24.9410,
        lat=60.1700,
    )
    dispatcher, operator, admin = (_user(tenant, role, now) for role in (Role.DISPATCHER, Role.OPERATOR, Role.ADMIN))
    depots = [_depot(city, "D1", 24.9384, 60.1699), _depot(city, "D2", 24.9500, 60.1650)]
    staff = [_courier(city, index) for index in range(couriers)]
    shifts = [
        Shift(
            id=new_id("shf"),
            tenant_id=tenant.id,
            city_id=city.id,
            courier_id=courier.id,
            on_date=on_date,
            starts_at=datetime(on_date.year, on_date.month, on_date.day, 6, tzinfo=UTC),
            ends_at=datetime(on_date.year, on_date.month, on_date.day, 16, tzinfo=UTC),
            start_depot_id=depots[index % 2].id,
            end_depot_id=depots[index % 2].id,
            state="planned",
            started_at=None,
            ended_at=None,
        )
        for index, courier in enumerate(staff)
    ]
    with services.db.write() as session:
        for rows in ([tenant], [city], [dispatcher, operator, admin], depots, staff, shifts):
            session.add_all(rows)
            session.flush()
    return Town(tenant, city, dispatcher, operator, admin, depots, staff, shifts, on_date)


def client_for(app: Flask, user: User) -> FlaskClient:
    """A browser in which this person is signed in."""
    client = app.test_client()
    token = open_session(app.extensions["corridor"], user, now=wall_now())
    client.set_cookie(COOKIE, token)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def courier_client(app: Flask, courier: Courier) -> FlaskClient:
    """A courier's phone with its token."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {courier_token(app.extensions['corridor'], courier)}"
    return client


def courier_token(services: Services, courier: Courier) -> str:
    """A new token for a courier's phone."""
    token = make_token()
    with services.db.write() as session:
        session.add(
            AccessToken(
                token_hash=hash_token(token),
                id=new_id("tok"),
                tenant_id=courier.tenant_id,
                name="phone",
                role=Role.COURIER.value,
                courier_id=courier.id,
                created_at=services.clock.now(),
                revoked_at=None,
            )
        )
    return token


def begin_shifts(services: Services, town: Town, *, started_at: datetime | None = None) -> None:
    """Every courier of the town is at work since then, for ten hours; since five in the morning UTC when not said."""
    for shift in town.shifts:
        set_shift(services, shift, "started", started_at=started_at or services.clock.now().replace(hour=5, minute=0))
        if started_at is not None:
            with services.db.write() as session:
                row = session.get_one(Shift, shift.id)
                row.starts_at, row.ends_at = started_at, started_at + timedelta(hours=10)


def set_shift(
    services: Services,
    shift: Shift,
    state: str,
    *,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> None:
    """Put a shift into a state, as the phone's own words would have."""
    with services.db.write() as session:
        row = session.get_one(Shift, shift.id)
        row.state, row.started_at, row.ended_at = state, started_at, ended_at


def _user(tenant: Tenant, role: Role, now: datetime) -> User:
    return User(
        id=new_id("usr"),
        tenant_id=tenant.id,
        login=f"{role.value}-{tenant.id}",
        name=role.value.title(),
        role=role.value,
        language="en",
        password_hash="none: these people come in by client_for()",
        active=True,
        created_at=now,
    )


def _depot(city: City, code: str, lon: float, lat: float) -> Depot:
    return Depot(
        id=new_id("dep"),
        tenant_id=city.tenant_id,
        city_id=city.id,
        code=code,
        name=f"Pharmacy {code}",
        address="",
        phone_e164=None,
        lon=lon,
        lat=lat,
        service_s=300,
    )


def _courier(city: City, index: int) -> Courier:
    return Courier(
        id=new_id("cou"),
        tenant_id=city.tenant_id,
        city_id=city.id,
        code=f"C{index + 1}",
        name=f"Courier {index + 1}",
        phone_e164=None,
        vehicle_profile="car",
        skills=["card_terminal"],
        zone_ids=None,
        capacity_items=60,
        capacity_weight_g=120_000,
        capacity_volume_ml=600_000,
        cash_limit_minor=50_000_00,
        active=True,
    )


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A service in processes of its own, as `corridor serve` starts it."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """Ask it to stop, wait, and give its exit code; one that does not stop is killed and fails the test."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def running_server(folder: Path, *, command: Sequence[str] | None = None, **environ: str) -> Iterator[RunningServer]:
    """
    Run `corridor serve` (or another command, given the port as its last argument) on a free port and wait until it
    answers. The database in `folder` must be of this version: `upgrade(services.db)` or `corridor migrate` before.
    """
    port = free_port()
    log = folder / "server.log"
    words = [*(command or (sys.executable, "-m", "api.cli", "serve", "--port")), str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            words,
            env={**os.environ, "CORRIDOR_FOLDER": str(folder), "CORRIDOR_HOST": "127.0.0.1", **environ},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: process.poll() is not None or answers(port), "the server answers", seconds=60)
        if process.poll() is not None:
            raise AssertionError(f"the server did not start:\n{log.read_text()}")
        yield RunningServer(f"http://127.0.0.1:{port}", port, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a session of its own: only what this test started


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether a service answers on this port."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 20) -> None:
    """Look again and again until it is so; fail with what was waited for when it never is."""
    pause = threading.Event()
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        pause.wait(0.05)
