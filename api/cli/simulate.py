"""
`corridor simulate`: move simulated couriers along the plan in force, through the public API of a running service; or
write days of couriers and the truth beside their pings to a file.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import httpx
import structlog

from api.actions.accounts import add_token
from api.actions.fleet import list_couriers
from api.cli.output import json_option, open_services, operator_of, read_settings, show, tenant_option
from api.clock import Clock
from api.context import Role
from api.demo.disturbances import troubles_in_turn
from api.demo.phones import PhoneError, PlannedDisturbance, SimulatedPhone, phone_seeds
from api.road_networks import RoadNetworks
from api.scoreboard_run import street_places
from routing.network_build import read_build
from routing.osrm import open_network
from tracking.scoreboard.days import FIRST_DAY
from tracking.simulated_day import DaySettings, Trouble, simulate_day
from tracking.simulated_lines import json_line

log = structlog.get_logger(__name__)


@click.command()
@click.argument("city")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service answers.")
@click.option("--disturb", is_flag=True, help="Let the first four couriers, by code, meet trouble in a minute.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.jsonl", help="Write days to this file instead.")
@click.option("--days", default=1, show_default=True, help="With --out: how many days, from 2 March 2026 on.")
@click.option("--couriers", default=6, show_default=True, help="With --out: couriers a day.")
@click.option("--stops", default=18, show_default=True, help="With --out: stops of each courier.")
@click.option("--interval", "interval_s", default=5.0, show_default=True, help="With --out: seconds between pings.")
@click.option("--trouble", type=click.Choice(["none", "usual", "much"]), default="usual", help="With --out: how much.")
@click.option("--seed", default=1, show_default=True, help="With --out: another seed gives other days.")
@tenant_option
@json_option
def simulate(
    city: str, url: str, disturb: bool, tenant_name: str | None, as_json: bool, out: Path | None, **written: Any
) -> None:
    """
    Move couriers of CITY, or with --out write what they would send, and the truth beside it.

    Move a simulated phone for every courier of CITY who has stops today, until the last is back or Ctrl-C.

    It makes a token for each phone in the database that CORRIDOR_FOLDER or CORRIDOR_DATABASE_URL names, then speaks
    HTTP only. Give it the same CORRIDOR_CLOCK as the service.

    With --out no service is needed, only the built network of CITY: each line of the file is one courier's day, in the
    form that `corridor scoreboard --tracks` and `corridor replay` read.
    """
    if out is not None:
        _write_days(city, out, as_json=as_json, **written)
        return
    with open_services() as services:
        caller = operator_of(services, tenant_name)
        couriers = list_couriers(services, caller, city)
        tokens = {
            courier.code: add_token(
                services, caller, name="corridor simulate", role=Role.COURIER, courier_code=courier.code
            )[1]
            for courier in couriers
            if courier.active
        }
        clock, folder = services.clock, services.settings.networks_folder
    stop = threading.Event()
    phones = run_phones(
        url=url,
        tokens=tokens,
        clock=clock,
        networks_folder=folder,
        city_slug=city,
        disturbances=troubles_in_turn(clock.now(), sorted(tokens)) if disturb else {},
        stop=stop,
    )
    try:
        for phone in phones:
            while phone.is_alive():
                phone.join(timeout=0.5)
    finally:
        stop.set()
    failed = [phone.name for phone in phones if phone.failure]
    show({"phones": len(phones), "failed": failed}, f"{len(phones)} phones, {len(failed)} failed", as_json=as_json)
    if failed:
        raise click.ClickException(next(phone.failure for phone in phones if phone.failure))


def _write_days(
    city: str,
    out: Path,
    *,
    days: int,
    couriers: int,
    stops: int,
    interval_s: float,
    trouble: str,
    seed: int,
    as_json: bool,
) -> None:
    if min(days, couriers) < 1 or stops < 4 or not 1.0 <= interval_s <= 600.0:
        raise click.UsageError("expected at least 1 day, 1 courier, 4 stops and 1 to 600 seconds between pings")
    folder = RoadNetworks(read_settings().networks_folder).find_folder(city)
    if folder is None:
        raise click.ClickException(f"no streets of {city} here; build them: `corridor roads build {city} FILE`")
    streets, places = open_network(folder), street_places(read_build(folder))
    settings = DaySettings(couriers=couriers, stops=stops, ping_every_s=interval_s, trouble=Trouble(trouble))
    tracks = pings = 0
    with out.open("w", encoding="utf-8") as file:
        for day in range(days):
            day_at = FIRST_DAY + timedelta(days=day)
            for one in simulate_day(streets, places, day_at, seed * 100 + day, settings, city_seed=seed):
                file.write(json_line(one, interval_s) + "\n")
                tracks, pings = tracks + 1, pings + len(one.track.pings)
    words = f"{tracks} tracks with {pings} pings and the truth in {out}"
    show({"tracks": tracks, "pings": pings, "file": str(out)}, words, as_json=as_json)


class PhoneThread(threading.Thread):
    """One simulated phone; `failure` is what made it stop, "" when nothing did."""

    def __init__(self, phone: SimulatedPhone, code: str, stop: threading.Event) -> None:
        super().__init__(name=code, daemon=True)
        self.failure = ""
        self._phone = phone
        self._stop_asked = stop

    def run(self) -> None:
        """Run the phone; a failure is logged and kept, the other phones go on."""
        try:
            self._phone.run(self._stop_asked)
        except (PhoneError, httpx.HTTPError) as error:
            if not self._stop_asked.is_set():
                self.failure = f"phone of {self.name}: {error}"
                log.warning("a simulated phone stopped", courier=self.name, error=str(error))


def run_phones(
    *,
    url: str,
    tokens: Mapping[str, str],
    clock: Clock,
    networks_folder: Path,
    stop: threading.Event,
    city_slug: str = "helsinki",
    disturbances: Mapping[str, Sequence[PlannedDisturbance]],
) -> list[PhoneThread]:
    """Start a phone a token, each in a thread of its own; they end by themselves, or when `stop` is set."""
    roads = RoadNetworks(networks_folder).get(city_slug)
    threads = []
    for code, seed in phone_seeds(tokens).items():
        http = httpx.Client(base_url=url, timeout=20)
        phone = SimulatedPhone(http, tokens[code], clock, roads, seed, disturbances.get(code, ()))
        threads.append(PhoneThread(phone, code, stop))
    for thread in threads:
        thread.start()
    return threads
