"""`corridor demo`: a day in central Helsinki, from nothing to moving couriers."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx
from rich.console import Console

from api.app import create_services
from api.cli.output import read_settings
from api.cli.simulate import run_phones
from api.clock import Clock
from api.db.migrate import upgrade
from api.demo.disturbances import spread_troubles
from api.demo.setup import CITY, LOGINS, PASSWORD, SPARE_COURIER, DemoTown, build_streets, fill_town, find_extract
from api.road_networks import RoadNetworks
from api.server import check_port
from api.settings import Settings

MORNING_S = 7 * 60
"""Seconds of the day that lie before the moment of launch; they are rushed through when the page is up."""
GET_READY_S = 10
"""Wall seconds for the service and the phones to be ready before the first shift."""
RUSH_S = 25
"""Wall seconds in which the morning passes."""
START_WITHIN_S = 60
STOP_WITHIN_S = 8
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""A closed terminal ends the demo too; a shell that starts it in the background has SIGINT ignored until now."""
PHONES_STOP_WITHIN_S = 2.0
"""Phones that still wait for an answer then are left alone; they end with the program."""


@click.command()
@click.option("--speed", type=click.FloatRange(0.1, 60.0), default=1.0, show_default=True, help="Seconds a second.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where the demo's data lies; var/demo by default.")
def demo(speed: float, port: int, folder: Path | None) -> None:
    """
    Plan a day of a pharmacy chain in central Helsinki, start the service and move its couriers, until Ctrl-C.

    The day is made anew each time; street networks are kept.
    """
    for ending in _ENDINGS:
        signal.signal(ending, _as_ctrl_c)
    settings = replace(read_settings(), folder=folder or Path("var/demo"), port=port, database_url="")
    check_port(settings.host, settings.port)
    console = Console(stderr=True)
    with console.status("building the streets of central Helsinki") as status:
        launched_at = datetime.now(tz=UTC)
        _empty(settings.folder)
        town = _set_up(settings, launched_at, status.update)
    _write_token(settings.folder, town.tokens[SPARE_COURIER.code])
    bend_at = datetime.now(tz=UTC) + timedelta(seconds=GET_READY_S + RUSH_S)
    morning_s = (bend_at - launched_at).total_seconds() + MORNING_S
    clock = Clock(bend_at=bend_at, speed=speed, fast=morning_s / RUSH_S)
    settings = replace(settings, clock=clock)
    with _Server(settings) as server:
        with console.status("starting the service"):
            server.wait_until_up()
        _greet(console, settings, town)
        _follow(console, settings, town, server)


def _set_up(settings: Settings, launched_at: datetime, tell: Callable[[str], None]) -> DemoTown:
    starts_at = launched_at - timedelta(seconds=MORNING_S)
    # Until the service runs, time stands still shortly before the first shift.
    before = Clock(bend_at=launched_at - timedelta(seconds=MORNING_S + 300), speed=1e-9, fast=1e-9)
    services = create_services(replace(settings, clock=before))
    try:
        upgrade(services.db)
        extract = find_extract()
        network = build_streets(services, extract)
        tell("storing zones, couriers and orders")
        return fill_town(services, extract, network, starts_at, tell)
    finally:
        services.db.close()


def _follow(console: Console, settings: Settings, town: DemoTown, server: "_Server") -> None:
    stop = threading.Event()
    clock = settings.clock
    phones = run_phones(
        url=server.url,
        tokens={code: token for code, token in town.tokens.items() if code != SPARE_COURIER.code},
        clock=clock,
        networks_folder=settings.networks_folder,
        disturbances=spread_troubles(town.days, RoadNetworks(settings.networks_folder).get(CITY), clock.bend_at),
        stop=stop,
    )
    try:
        with console.status("couriers are loading") as status:
            while any(phone.is_alive() for phone in phones) and server.runs():
                moving = sum(phone.is_alive() for phone in phones)
                status.update(f"{clock.now().astimezone():%H:%M:%S} - {moving} couriers on their way - Ctrl-C stops")
                time.sleep(0.5)
        if server.runs():
            console.print("Every courier is back. The service goes on until Ctrl-C.")
            server.wait()
        else:
            raise click.ClickException(f"the service has stopped by itself; see {server.log_file}")
    except KeyboardInterrupt:
        console.print("stopping")
    finally:
        stop.set()
        until = time.monotonic() + PHONES_STOP_WITHIN_S
        for phone in phones:
            phone.join(timeout=max(0.0, until - time.monotonic()))


class _Server:
    """The service as a process of its own, stopped at the end of the `with` block."""

    def __init__(self, settings: Settings) -> None:
        self.url = f"http://{settings.host}:{settings.port}"
        self.log_file = settings.folder / "server.log"
        self._environ = os.environ | {
            "CORRIDOR_MQTT_URL": "",
            "CORRIDOR_FOLDER": str(settings.folder),
            "CORRIDOR_DATABASE_URL": "",
            "CORRIDOR_HOST": settings.host,
            "CORRIDOR_PORT": str(settings.port),
            "CORRIDOR_CLOCK": settings.clock.to_text(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "_Server":
        with self.log_file.open("wb") as log:
            # its own session: Ctrl-C reaches only the demo, which then stops phones and service in order
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "serve"],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        for again in _ENDINGS:  # who presses Ctrl-C twice must not leave the service behind
            signal.signal(again, signal.SIG_IGN)
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_WITHIN_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # whatever of its session is left
        self._process.wait()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        if self._process is not None:
            self._process.wait()

    def wait_until_up(self) -> None:
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until and self.runs():
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise click.ClickException(f"the service did not start; see {self.log_file}")


def _greet(console: Console, settings: Settings, town: DemoTown) -> None:
    plan = town.plan
    console.print(
        f"\n[bold]Corridor is at http://{settings.host}:{settings.port}[/]\n"
        + "\n".join(
            f"  sign in as [bold]{login}[/] ({name}), password [bold]{PASSWORD}[/]" for login, name, _ in LOGINS
        )
        + f"\n  {sum(town.by_status.values())} orders, {plan['visits']} planned on {plan['routes']} routes, "
        f"{len(plan['unassigned'])} without a courier"
        f"\n  The morning is rushed through in {RUSH_S} s; a detour, a stall, a lost signal and slow traffic follow.\n",
        highlight=False,
    )


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name == "networks":
            continue
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()


def _write_token(folder: Path, token: str) -> None:
    file = folder / "phone.token"
    file.touch(mode=0o600)
    file.write_text(token)


def _as_ctrl_c(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
