"""Simulated couriers' phones: they know only what the public API tells a phone, and speak to it as phones do."""

import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from api.clock import Clock
from routing.plan import Leg, Route, Visit
from routing.roads import RoadNetwork
from tracking.ping import Ping
from tracking.simulate import Disturbance, ReportKind, Track, VisitReport, simulate_courier
from zones.lonlat import LonLat

log = structlog.get_logger(__name__)

MOST_PINGS_A_POST = 200
LOOK_EVERY = timedelta(seconds=20)
"""How often, on the shared clock, a phone looks whether its list of stops has changed."""
SLEEP_S = 1.0
"""Wall seconds between two looks at what is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDisturbance:
    """A disturbance that begins at an instant of the shared clock, or at the first fitting place after it."""

    begins_at: datetime
    disturbance: Disturbance


class PhoneError(Exception):
    """The service did not take what a phone sent; the message says what it answered."""


class SimulatedPhone:
    """One courier's phone from the beginning of the shift to its end; `run` blocks until then or until `stop`."""

    def __init__(
        self,
        http: httpx.Client,
        token: str,
        clock: Clock,
        roads: RoadNetwork,
        seed: int,
        disturbances: Sequence[PlannedDisturbance] = (),
    ) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self._clock = clock
        self._roads = roads
        self._seed = seed
        self._disturbances = tuple(disturbances)
        self._here: LonLat | None = None
        self._service_s: dict[str, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Drive the day: start the shift, follow the list of stops, take up a changed list, end the shift."""
        tasks = self._tasks()
        shift = tasks["shift"]
        if shift is None or not _open_tasks(tasks):
            return
        route = self._route(tasks, at=_instant(shift["starts_at"]))
        if route is None:
            log.warning("a simulated courier has no way to his stops", shift=shift["id"])
            return
        if not self._wait_until(route.departs_at, stop):
            return
        self._post("/v1/me/shift/start", {"at": route.departs_at.isoformat()})
        while not stop.is_set():
            changed = self._follow(route, tasks, stop)
            if changed is None:
                break
            tasks = changed
            again = self._route(tasks, at=self._clock.now())
            if again is None:
                break
            route = again
        if not stop.is_set():
            self._post("/v1/me/shift/end", {})

    def _follow(self, route: Route, tasks: dict[str, Any], stop: threading.Event) -> dict[str, Any] | None:
        """Send what the drive gives; the new list of stops when it changes on the way, None at the end."""
        track = self._drive(route)
        messages = list(track.messages())
        sent = 0
        look_at = self._clock.now() + LOOK_EVERY
        while sent < len(messages) and not stop.is_set():
            now = self._clock.now()
            due = sent
            while due < len(messages) and messages[due].received_at <= now:
                due += 1
            self._send(messages[sent:due], stop)
            sent = due
            if now >= look_at:
                look_at = now + LOOK_EVERY
                newer = self._tasks()
                if _stops(newer) != _stops(tasks) and _changed_beyond(newer, tasks):
                    return newer
                tasks = newer
            stop.wait(SLEEP_S)
        return None

    def _drive(self, route: Route) -> Track:
        disturbances, self._disturbances = self._disturbances, ()  # each happens once, also when the list changes
        return drive(route, self._service_s, self._roads, self._seed, disturbances)

    def _route(self, tasks: dict[str, Any], at: datetime) -> Route | None:
        """The way a navigator would lead: from here (or the depot) through the open stops to the depot of the end."""
        stops = _open_tasks(tasks)
        home, end = tasks["shift"]["start_depot"], tasks["shift"]["end_depot"]
        here = self._here or LonLat(lon=home["lon"], lat=home["lat"])
        points = [here, *(LonLat(lon=s["lon"], lat=s["lat"]) for s in stops), LonLat(lon=end["lon"], lat=end["lat"])]
        legs = self._roads.route(points)
        if legs is None:
            return None
        departs_at = at
        if self._here is None and stops:
            departs_at = max(at, _instant(stops[0]["planned_arrives_at"]) - timedelta(seconds=legs[0].duration_s))
        return _timed(tasks, stops, points[1:-1], legs, departs_at)

    def _send(self, messages: Sequence[Ping | VisitReport], stop: threading.Event) -> None:
        batch: list[Ping] = []
        for message in messages:
            if stop.is_set():
                return
            if isinstance(message, Ping):
                batch.append(message)
                if len(batch) == MOST_PINGS_A_POST:
                    self._send_pings(batch)
                    batch = []
            elif message.kind is ReportKind.DELIVERED:
                self._send_pings(batch)
                batch = []
                self._send_outcome(message)
        self._send_pings(batch)

    def _send_pings(self, pings: Sequence[Ping]) -> None:
        if not pings:
            return
        self._post("/v1/pings", {"pings": [_ping_json(ping) for ping in pings]})
        self._here = next((ping.point for ping in reversed(pings) if ping.point is not None), self._here)

    def _send_outcome(self, report: VisitReport) -> None:
        body = {"outcome_id": f"sim-{report.visit_id}", "kind": "delivered", "device_at": report.at.isoformat()}
        # a visit that was dropped or moved to somebody else meanwhile is no fault of the phone
        self._post(f"/v1/visits/{report.visit_id}/outcomes", body, fine=(404, 409))

    def _tasks(self) -> dict[str, Any]:
        answer = self._asked(lambda: self._http.get("/v1/me/tasks", headers=self._headers))
        if answer.status_code != 200:
            raise PhoneError(f"GET /v1/me/tasks answered {answer.status_code}: {answer.text[:200]}")
        tasks: dict[str, Any] = answer.json()
        self._service_s = {task["visit_id"]: task["service_s"] for task in tasks["tasks"]}
        return tasks

    def _post(self, path: str, body: dict[str, Any], fine: tuple[int, ...] = ()) -> None:
        answer = self._asked(lambda: self._http.post(path, json=body, headers=self._headers))
        if answer.status_code >= 300 and answer.status_code not in fine:
            raise PhoneError(f"POST {path} answered {answer.status_code}: {answer.text[:200]}")

    def _asked(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        for _ in range(2):
            try:
                return ask()
            except httpx.TransportError as error:
                log.info("a simulated phone asks again", error=str(error))
        return ask()

    def _wait_until(self, instant: datetime, stop: threading.Event) -> bool:
        while self._clock.now() < instant:
            if stop.wait(SLEEP_S):
                return False
        return not stop.is_set()


def phone_seeds(codes: Iterable[str]) -> dict[str, int]:
    """Each courier's phone has a seed of its own, by courier code."""
    return {code: seed for seed, code in enumerate(sorted(codes), start=1)}


def drive(
    route: Route,
    service_s: Mapping[str, int],
    roads: RoadNetwork,
    seed: int,
    disturbances: Sequence[PlannedDisturbance] = (),
) -> Track:
    """A courier's day on this route, with his own pace at doors; `service_s` is the planned one by visit id."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable day, no secret
    return simulate_courier(
        route,
        {visit.visit_id: int(service_s[visit.visit_id] * rng.uniform(0.7, 1.25)) for visit in route.visits},
        roads,
        route.departs_at,
        seed,
        tuple(
            replace(planned.disturbance, start_s=max(30.0, (planned.begins_at - route.departs_at).total_seconds()))
            for planned in disturbances
        ),
    )


def _timed(
    tasks: dict[str, Any], stops: Sequence[dict[str, Any]], points: Sequence[LonLat], legs: Sequence[Leg], at: datetime
) -> Route:
    visits: list[Visit] = []
    clock_at = at
    for stop, point, leg in zip(stops, points, legs[:-1], strict=True):
        arrives_at = clock_at + timedelta(seconds=leg.duration_s)
        opens_at = _instant(stop["window"][0]) if stop["window"] else arrives_at
        starts_at = max(arrives_at, opens_at)
        clock_at = starts_at + timedelta(seconds=150)
        visits.append(
            Visit(
                visit_id=stop["visit_id"],
                order_id=stop["order_no"],
                point=point,
                arrives_at=arrives_at,
                starts_at=starts_at,
                leaves_at=clock_at,
            )
        )
    return Route(
        shift_id=tasks["shift"]["id"],
        courier_id="",
        departs_at=at,
        returns_at=clock_at + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _open_tasks(tasks: dict[str, Any]) -> list[dict[str, Any]]:
    return [task for task in tasks["tasks"] if task["state"] in {"open", "arrived"}]


def _stops(tasks: dict[str, Any]) -> list[str]:
    return [task["visit_id"] for task in _open_tasks(tasks)]


def _changed_beyond(newer: dict[str, Any], older: dict[str, Any]) -> bool:
    """Whether the list changed by more than stops that were finished."""
    finished = {task["visit_id"] for task in newer["tasks"]} - set(_stops(newer))
    return _stops(newer) != [visit_id for visit_id in _stops(older) if visit_id not in finished]


def _ping_json(ping: Ping) -> dict[str, Any]:
    body: dict[str, Any] = {"id": ping.ping_id, "fix_at": ping.fix_at.isoformat()}
    if ping.point is not None:
        body |= {"lon": round(ping.point.lon, 6), "lat": round(ping.point.lat, 6)}
    for name in ("accuracy_m", "speed_mps", "bearing_deg", "battery_share"):
        value = getattr(ping, name)
        if value is not None:
            body[name] = round(value, 2)
    return {name: value for name, value in body.items() if value is not None}
