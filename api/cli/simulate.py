"""`corridor simulate`: move simulated couriers along the plan in force, through the public API of a running service."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import httpx
import structlog

from api.actions.accounts import add_token
from api.actions.fleet import list_couriers
from api.cli.output import json_option, open_services, operator_of, show, tenant_option
from api.clock import Clock
from api.context import Role
from api.demo.disturbances import troubles_in_turn
from api.demo.phones import PhoneError, PlannedDisturbance, SimulatedPhone, phone_seeds
from api.road_networks import RoadNetworks

log = structlog.get_logger(__name__)


@click.command()
@click.argument("city")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service answers.")
@click.option("--disturb", is_flag=True, help="Let the first four couriers, by code, meet trouble in a minute.")
@tenant_option
@json_option
def simulate(city: str, url: str, disturb: bool, tenant_name: str | None, as_json: bool) -> None:
    """
    Move a simulated phone for every courier of CITY who has stops today, until the last is back or Ctrl-C.

    It makes a token for each phone in the database that CORRIDOR_FOLDER or CORRIDOR_DATABASE_URL names, then speaks
    HTTP only. Give it the same CORRIDOR_CLOCK as the service.
    """
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
