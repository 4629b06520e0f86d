"""A day of couriers in one city: routes over real streets, hidden traffic, trouble, phones of several kinds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from routing.plan import Leg, Route, Visit
from routing.roads import RoadNetwork
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.simulate import Disturbance, DisturbanceKind, Track, Truth, simulate_courier
from tracking.simulated_city import CityConditions, HiddenCity
from tracking.simulated_errors import Multipath
from tracking.simulated_odd import area_around, outside_s
from tracking.simulated_phone import PhoneHabits
from zones.lonlat import LonLat, distance_m

_NEAR_A_STREET_M = 60.0
_TRIES = 40
_LEAST_LEG_M = 250.0
_MUCH = (
    DisturbanceKind.DETOUR,
    DisturbanceKind.STALL,
    DisturbanceKind.WRONG_WAY,
    DisturbanceKind.DETOUR,
    DisturbanceKind.SKIPPED_STOP,
    DisturbanceKind.GAP,
    DisturbanceKind.DETOUR,
    DisturbanceKind.STALL_AT_STOP,
    DisturbanceKind.SLOW_TRAFFIC,
    DisturbanceKind.BREAKDOWN,
)


_AWAY_FROM_STOPS = (
    DisturbanceKind.WRONG_WAY,
    DisturbanceKind.STALL,
    DisturbanceKind.BREAKDOWN,
    DisturbanceKind.DETOUR,
    DisturbanceKind.SPEEDING,
    DisturbanceKind.OUTSIDE_ZONES,
)
_ODD = (DisturbanceKind.SPEEDING, DisturbanceKind.MOCK_LOCATION, DisturbanceKind.OUTSIDE_ZONES)
_ZONE_MARGIN_M = 400.0


class Trouble(StrEnum):
    """
    How much goes wrong in a day: as on ordinary days, on every second leg, or nothing.

    `ODD` is on every second leg what has nothing to do with the way: speeding, made-up positions, leaving the zones
    that lie around the plan, and with every second courier a phone whose clock is set wrong.
    """

    USUAL = "usual"
    MUCH = "much"
    NONE = "none"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySettings:
    """
    What a simulated day is like.

    `spread_m` is how far from the depot a courier's stops lie at most, `hours` when shifts begin (UTC, taken as local).
    The plan's times take drives times `planned_travel` and services times `planned_service`; a client is promised to be
    served at most `promise_after_s` after the planned arrival. In a day of usual trouble a leg has one disturbance with
    the probability `trouble_per_leg`.
    """

    couriers: int = 6
    stops: int = 18
    spread_m: float = 2_500.0
    hours: tuple[int, ...] = (7, 9, 11, 13, 15)
    ping_every_s: float = 5.0
    trouble: Trouble = Trouble.USUAL
    trouble_per_leg: float = 0.02
    planned_travel: float = 1.0
    planned_service: float = 1.0
    promise_after_s: float = 2_700.0
    multipath_per_hour: float = 12.0
    dead_per_hour: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierDay:
    """One courier's day: the plan, what the phone sent, and the truth."""

    courier_id: str
    city: HiddenCity
    route: Route
    line: RouteLine
    track: Track


def simulate_day(
    roads: RoadNetwork,
    places: Sequence[LonLat],
    day_at: datetime,
    seed: int,
    settings: DaySettings | None = None,
    city_seed: int = 1,
) -> tuple[CourierDay, ...]:
    """
    Drive a day of couriers between some of `places`, which lie on or near streets.

    `day_at` is midnight of the day; `city_seed` names the city's hidden traffic, `seed` the day. Places without streets
    between them are left out, so a very small network may give fewer couriers or stops.
    """
    settings = settings or DaySettings()
    city = HiddenCity(places[0], city_seed)
    days: list[CourierDay] = []
    for number in range(settings.couriers):
        own = seed * 1_000 + number
        random = np.random.default_rng([own, 31])
        departs_at = day_at + timedelta(hours=int(random.choice(settings.hours)), minutes=int(random.integers(0, 60)))
        points = _stops(roads, places, random, settings)
        legs = roads.route([*points, points[0]]) if len(points) > 2 else None
        if legs is None:
            continue
        service_s = [int(random.choice((90, 120, 180, 240, 300))) for _ in points[1:]]
        route = _route(points, legs, service_s, departs_at, settings, f"courier-{number}")
        days.append(_drive(roads, city, route, service_s, own, random, settings))
    return tuple(days)


def _drive(
    roads: RoadNetwork,
    city: HiddenCity,
    route: Route,
    service_s: Sequence[int],
    seed: int,
    random: np.random.Generator,
    settings: DaySettings,
) -> CourierDay:
    planned_s = {v.visit_id: s for v, s in zip(route.visits, service_s, strict=True)}
    facts = {
        v.visit_id: VisitFacts(
            service_s=planned_s[v.visit_id],
            zone_id=city.zone_of(v.point),
            promised_until_at=v.arrives_at + timedelta(seconds=settings.promise_after_s),
        )
        for v in route.visits
    }
    started_at = route.departs_at + timedelta(seconds=float(random.uniform(0.0, 90.0)))
    track = simulate_courier(
        route,
        planned_s,
        roads,
        started_at,
        seed,
        _disturbances(route, random, settings),
        settings.ping_every_s,
        _habits(random, settings),
        CityConditions(city, started_at, seed),
    )
    line = route_line(f"plan-{seed}", route, facts)
    if settings.trouble is Trouble.ODD:
        line = replace(line, permitted=area_around(line.points, _ZONE_MARGIN_M))
        track = _with_zones(track, line)
    return CourierDay(courier_id=route.courier_id, city=city, route=route, line=line, track=track)


def _with_zones(track: Track, line: RouteLine) -> Track:
    if line.permitted is None:
        return track
    spans = [tuple(track.started_at + timedelta(seconds=t) for t in s) for s in outside_s(track.drive, line.permitted)]
    truth = [Truth(kind=DisturbanceKind.OUTSIDE_ZONES, began_at=begin, ended_at=end) for begin, end in spans]
    return replace(track, truth=tuple(sorted((*track.truth, *truth), key=lambda t: t.began_at)))


def _route(
    points: Sequence[LonLat],
    legs: tuple[Leg, ...],
    service_s: Sequence[int],
    departs_at: datetime,
    settings: DaySettings,
    courier_id: str,
) -> Route:
    clock = departs_at
    visits: list[Visit] = []
    for i, (leg, point) in enumerate(zip(legs, points[1:], strict=False)):
        arrives_at = clock + timedelta(seconds=round(leg.duration_s * settings.planned_travel))
        clock = arrives_at + timedelta(seconds=round(service_s[i] * settings.planned_service))
        visits.append(
            Visit(
                visit_id=f"{courier_id}-{departs_at:%m%d}-v{i}",
                order_id=f"{courier_id}-{departs_at:%m%d}-o{i}",
                point=point,
                arrives_at=arrives_at,
                starts_at=arrives_at,
                leaves_at=clock,
            )
        )
    return Route(
        shift_id=f"shift-{courier_id}",
        courier_id=courier_id,
        departs_at=departs_at,
        returns_at=clock + timedelta(seconds=round(legs[-1].duration_s * settings.planned_travel)),
        visits=tuple(visits),
        legs=legs,
    )


def _stops(
    roads: RoadNetwork, places: Sequence[LonLat], random: np.random.Generator, settings: DaySettings
) -> list[LonLat]:
    """A depot and places near it, in the order of a nearest-neighbour tour."""
    for _ in range(_TRIES):
        depot = _near_street(roads, places[int(random.integers(0, len(places)))])
        if depot is None:
            continue
        near = [p for p in places if distance_m(p, depot) < settings.spread_m]
        found: list[LonLat] = []
        for i in random.permutation(len(near))[: 12 * settings.stops]:
            place = _near_street(roads, near[int(i)])
            if place is None or any(distance_m(place, other) < _LEAST_LEG_M for other in (depot, *found)):
                continue
            # Courtyards and islands of the network have no street that leads out.
            if roads.route((depot, place, depot)) is not None:
                found.append(place)
            if len(found) == settings.stops:
                break
        if len(found) >= max(3, settings.stops // 2):
            return _tour(depot, found)
    return []


def _near_street(roads: RoadNetwork, place: LonLat) -> LonLat | None:
    near = roads.nearest(place)
    return near[0].point if near and near[0].distance_m <= _NEAR_A_STREET_M else None


def _tour(depot: LonLat, places: Sequence[LonLat]) -> list[LonLat]:
    left = list(places)
    tour = [depot]
    while left:
        tour.append(min(left, key=lambda p: distance_m(p, tour[-1])))
        left.remove(tour[-1])
    return tour


def _disturbances(route: Route, random: np.random.Generator, settings: DaySettings) -> tuple[Disturbance, ...]:
    if settings.trouble is Trouble.NONE:
        return ()
    kinds = _ODD if settings.trouble is Trouble.ODD else _MUCH
    chosen: list[Disturbance] = []
    legs = range(1, len(route.visits) - 1)
    if settings.trouble is not Trouble.USUAL:
        # Every second leg, so that one is over before the next begins; each kind in turn from a random one on.
        first = int(random.integers(0, len(kinds)))
        plan = [(leg, kinds[(first + i) % len(kinds)]) for i, leg in enumerate(legs[::2])]
    else:
        plan = [
            (leg, kinds[int(random.integers(0, len(kinds)))])
            for leg in legs
            if random.random() < settings.trouble_per_leg
        ]
    for leg, kind in plan:
        chosen.append(_disturbance(kind, leg, route, random, much=settings.trouble is not Trouble.USUAL))
    if settings.trouble is Trouble.ODD and random.random() < 0.5:
        # Set wrong by hand, or never set: fast by up to minutes, or slow by more than a message waits.
        ahead_s = float(random.uniform(30.0, 300.0) if random.random() < 0.5 else random.uniform(-900.0, -180.0))
        chosen.append(Disturbance(kind=DisturbanceKind.CLOCK_SKEW, on_leg=2 * len(route.visits) // 3, size_s=ahead_s))
    return tuple(chosen)


def _disturbance(
    kind: DisturbanceKind, leg: int, route: Route, random: np.random.Generator, *, much: bool
) -> Disturbance:
    if kind in _AWAY_FROM_STOPS:
        # They need a drive away from stops: the longest of the next legs.
        ahead = range(leg, min(leg + (1 if much else 4), len(route.visits)))
        leg = max(ahead, key=lambda i: route.legs[i].distance_m)
    size_s = {
        DisturbanceKind.STALL: float(random.uniform(300.0, 1_200.0)),
        DisturbanceKind.STALL_AT_STOP: float(random.uniform(600.0, 1_500.0)),
        DisturbanceKind.BREAKDOWN: float(random.uniform(1_800.0, 3_600.0)),
        DisturbanceKind.GAP: float(random.uniform(240.0, 900.0)),
        DisturbanceKind.SLOW_TRAFFIC: float(random.uniform(900.0, 2_400.0)),
        **({DisturbanceKind.MOCK_LOCATION: float(random.uniform(120.0, 900.0))} if kind in _ODD else {}),
    }.get(kind, 300.0)
    size_m = {
        DisturbanceKind.DETOUR: float(random.uniform(200.0, 700.0)),
        DisturbanceKind.WRONG_WAY: float(random.uniform(300.0, 700.0)),
        DisturbanceKind.SKIPPED_STOP: float(random.choice((0.0, 1.0))),
        DisturbanceKind.SPEEDING: 4_000.0,
        DisturbanceKind.OUTSIDE_ZONES: 1_500.0,
    }.get(kind, 0.0)
    return Disturbance(kind=kind, on_leg=leg, size_s=size_s, size_m=size_m, factor=float(random.uniform(2.5, 4.0)))


def _habits(random: np.random.Generator, settings: DaySettings) -> PhoneHabits:
    """Phones differ in noise, honesty, delay and whether they send positions together."""
    troubled = settings.trouble in (Trouble.MUCH, Trouble.ODD)
    return PhoneHabits(
        noise_m=float(random.uniform(3.0, 7.0)),
        reports_accuracy=bool(troubled or random.random() < 0.85),
        correlation_s=float(random.uniform(10.0, 60.0)),
        bursts=Multipath(per_hour=settings.multipath_per_hour),
        delay_s=float(random.uniform(0.3, 2.0)),
        delay_log_sd=0.4,
        batch_s=0.0 if troubled or random.random() < 0.8 else 30.0,
        drain_s=0.0,
        dead_per_hour=0.0 if troubled else settings.dead_per_hour,
    )
