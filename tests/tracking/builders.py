"""Values for tracking tests: a route on an invented grid of streets, its line, and pings along it."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routing.order import TimeWindow
from routing.plan import Leg, Route, Visit
from tracking.courier_state import CourierState
from tracking.events import EtaChanged, TrackingEvent
from tracking.ping import Ping
from tracking.pipeline import Outcome, advance, complete_visit, start, tick
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.simulate import Track, VisitReport
from zones.lonlat import LocalMetres, LonLat, distance_m

DEPOT = LonLat(lon=24.94, lat=60.17)
PLANE = LocalMetres(DEPOT)
DAY_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SPEED_MPS = 8.0
SERVICE_S = 120


def at(seconds: float) -> datetime:
    """The instant so many seconds after the departure."""
    return DAY_AT + timedelta(seconds=seconds)


def xy(x_m: float, y_m: float) -> LonLat:
    """The place so many metres east and north of the depot."""
    return PLANE.to_lonlat(x_m, y_m)


def make_leg(*corners: tuple[float, float], speed_mps: float = SPEED_MPS) -> Leg:
    path = tuple(xy(*c) for c in corners)
    metres = sum(distance_m(a, b) for a, b in itertools.pairwise(path))
    return Leg(distance_m=round(metres), duration_s=round(metres / speed_mps), path=path, source="osrm")


def make_route(legs: Sequence[Leg] | None = None, service_s: int = SERVICE_S, departs_at: datetime = DAY_AT) -> Route:
    """Without `legs` a 7 km square over three visits: east, north, west, south."""
    if legs is None:
        legs = (
            make_leg((0, 0), (2000, 0)),
            make_leg((2000, 0), (2000, 1500)),
            make_leg((2000, 1500), (0, 1500)),
            make_leg((0, 1500), (0, 0)),
        )
    clock = departs_at
    visits = []
    for i, leg in enumerate(legs[:-1]):
        clock += timedelta(seconds=leg.duration_s)
        leaves_at = clock + timedelta(seconds=service_s)
        visits.append(
            Visit(
                visit_id=f"v{i}",
                order_id=f"o{i}",
                point=leg.path[-1],
                arrives_at=clock,
                starts_at=clock,
                leaves_at=leaves_at,
            )
        )
        clock = leaves_at
    return Route(
        shift_id="shift-1",
        courier_id="courier-1",
        departs_at=departs_at,
        returns_at=clock + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )


def make_line(
    route: Route | None = None,
    *,
    plan_id: str = "plan-1",
    service_s: int = SERVICE_S,
    promised_after_s: float | None = 900.0,
    windows: dict[str, tuple[TimeWindow, ...]] | None = None,
) -> RouteLine:
    """The line of `route`; each visit is promised until `promised_after_s` after its planned arrival."""
    route = route or make_route(service_s=service_s)
    facts = {
        v.visit_id: VisitFacts(
            windows=(windows or {}).get(v.visit_id, ()),
            service_s=service_s,
            promised_until_at=(
                v.arrives_at + timedelta(seconds=promised_after_s) if promised_after_s is not None else None
            ),
        )
        for v in route.visits
    }
    return route_line(plan_id, route, facts)


def make_ping(
    seconds: float,
    point: LonLat | None,
    *,
    received_s: float | None = None,
    accuracy_m: float | None = 8.0,
    speed_mps: float | None = None,
    bearing_deg: float | None = None,
    ping_id: str | None = None,
) -> Ping:
    return Ping(
        fix_at=at(seconds),
        received_at=at(seconds + 1.0 if received_s is None else received_s),
        point=point,
        accuracy_m=accuracy_m,
        speed_mps=speed_mps,
        bearing_deg=bearing_deg,
        ping_id=ping_id,
    )


@dataclass
class Followed:
    """A courier followed through the pipeline, with all that was said on the way."""

    state: CourierState
    line: RouteLine | None
    events: list[TrackingEvent]
    outcomes: list[Outcome]

    def of(self, kind: type) -> list:
        return [e for e in self.events if isinstance(e, kind)]

    def kinds(self, kind: type) -> list[str]:
        return [str(e.kind) for e in self.of(kind)]

    def news(self) -> list[EtaChanged]:
        return self.of(EtaChanged)

    def take(self, outcome: Outcome) -> Outcome:
        self.state = outcome.state
        self.events.extend(outcome.events)
        self.outcomes.append(outcome)
        return outcome

    def ping(self, ping: Ping, now: datetime | None = None, roads=None) -> Outcome:
        return self.take(advance(self.state, ping, self.line, roads, now or ping.received_at))

    def tick(self, seconds: float, roads=None) -> Outcome:
        return self.take(tick(self.state, self.line, roads, at(seconds)))


def follow(line: RouteLine | None, state: CourierState | None = None) -> Followed:
    state = state or start(line, line.departs_at if line else DAY_AT)
    return Followed(state=state, line=line, events=[], outcomes=[])


def follow_pings(line: RouteLine | None, pings: Iterable[Ping], roads=None) -> Followed:
    followed = follow(line)
    for ping in pings:
        followed.ping(ping, roads=roads)
    return followed


def follow_track(line: RouteLine, track: Track, roads=None, tick_every_s: float = 15.0) -> Followed:
    """Play a simulated day: all that the phone sends in order of receipt, with ticks in between."""
    followed = follow(line)
    tick_at = line.departs_at
    for message in track.messages():
        while tick_at < message.received_at:
            followed.take(tick(followed.state, line, roads, tick_at))
            tick_at += timedelta(seconds=tick_every_s)
        if isinstance(message, VisitReport):
            if message.kind == "delivered":
                followed.take(
                    complete_visit(followed.state, line, message.visit_id, message.at, message.received_at, roads=roads)
                )
        else:
            followed.take(advance(followed.state, message, line, roads, message.received_at))
    return followed


def along(line: RouteLine, metres: float) -> LonLat:
    """The place on the line so many metres from its start."""
    return line.geometry.point_at(metres)


def drive(
    line: RouteLine, from_s: float, to_s: float, *, every_s: float = 5.0, from_m: float = 0.0, mps: float = SPEED_MPS
) -> list[Ping]:
    """Exact pings of a courier who drives along the line without a halt."""
    count = int((to_s - from_s) // every_s) + 1
    return [make_ping(from_s + i * every_s, along(line, from_m + i * every_s * mps)) for i in range(count)]
