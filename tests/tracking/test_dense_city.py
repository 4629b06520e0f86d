"""A dense day on real streets: stops a minute's walk apart, legs that cross and share streets."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.addresses import read_addresses
from routing.plan import Route, Visit
from tests.tracking.builders import DAY_AT, follow_track
from tracking.events import DeviationClosed, DeviationOpened, VisitArrived
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.simulate import Disturbance, DisturbanceKind, simulate_courier
from tracking.simulated_phone import PhoneHabits
from zones.lonlat import LonLat, distance_m

CENTRE = LonLat(lon=24.9414, lat=60.1672)
STOPS = 10
SERVICE_S = 120
DETOUR = Disturbance(kind=DisturbanceKind.DETOUR, start_s=400.0)
STALL = Disturbance(kind=DisturbanceKind.STALL, start_s=400.0)
GAP = Disturbance(kind=DisturbanceKind.GAP, start_s=400.0)


@pytest.fixture(scope="module")
def houses(helsinki_pbf) -> list[LonLat]:
    return [a.point for a in read_addresses(helsinki_pbf)]


def dense_route(houses: list[LonLat], roads, seed: int) -> tuple[Route, RouteLine]:
    """From one house to the nearest of the others, and so on, within about a kilometre."""
    chance = random.Random(seed)
    near = chance.sample([h for h in houses if distance_m(h, CENTRE) < 600], 4 * STOPS)
    # Courtyards and islands at the edge of the extract have no street that leads out.
    left = [h for h in near if roads.route((CENTRE, h, CENTRE)) is not None][: STOPS + 1]
    order = [left.pop()]
    while left:
        order.append(min(left, key=lambda h: distance_m(h, order[-1])))
        left.remove(order[-1])
    legs = roads.route((*order, order[0]))
    assert legs is not None
    clock = DAY_AT
    visits = []
    for i, (leg, point) in enumerate(zip(legs, order[1:], strict=False)):
        clock += timedelta(seconds=leg.duration_s)
        leaves_at = clock + timedelta(seconds=SERVICE_S)
        visits.append(
            Visit(
                visit_id=f"v{i}", order_id=f"o{i}", point=point, arrives_at=clock, starts_at=clock, leaves_at=leaves_at
            )
        )
        clock = leaves_at
    route = Route(
        shift_id="shift-1",
        courier_id="courier-1",
        departs_at=DAY_AT,
        returns_at=clock + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )
    return route, route_line("plan-1", route, {v.visit_id: VisitFacts(service_s=SERVICE_S) for v in visits})


def dense_day(
    houses: list[LonLat], roads, seed: int, *disturbances: Disturbance, every_s: float = 5.0, noise_m: float = 6.0
):
    route, line = dense_route(houses, roads, seed)
    service_s = {v.visit_id: SERVICE_S for v in route.visits}
    habits = PhoneHabits(noise_m=noise_m)
    track = simulate_courier(route, service_s, roads, DAY_AT, seed, disturbances, every_s, habits)
    return track, follow_track(line, track)


@pytest.mark.parametrize(("every_s", "noise_m"), [(5.0, 6.0), (15.0, 10.0)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quiet_dense_day_raises_nothing(houses, helsinki_roads, seed: int, every_s: float, noise_m: float):
    _, followed = dense_day(houses, helsinki_roads, seed, every_s=every_s, noise_m=noise_m)

    assert followed.kinds(DeviationOpened) == []
    assert [e.visit_id for e in followed.of(VisitArrived)] == [f"v{i}" for i in range(STOPS)]


@pytest.mark.parametrize("seed", [1, 2])
def test_quiet_dense_day_of_a_phone_that_reports_no_outcome_raises_nothing(houses, helsinki_roads, seed: int):
    track, _ = dense_day(houses, helsinki_roads, seed)
    _, line = dense_route(houses, helsinki_roads, seed)

    followed = follow_track(line, replace(track, outcomes=()))

    assert followed.kinds(DeviationOpened) == []


@pytest.mark.parametrize(("disturbance", "kind"), [(STALL, "stall"), (GAP, "gap")])
@pytest.mark.parametrize("seed", [1, 2])
def test_disturbance_of_a_dense_day_opens_one_departure(
    houses, helsinki_roads, seed: int, disturbance: Disturbance, kind: str
):
    _, followed = dense_day(houses, helsinki_roads, seed, disturbance)

    assert followed.kinds(DeviationOpened) == [kind]


@pytest.mark.parametrize("seed", [1, 2])
def test_detour_of_a_dense_day_is_noticed_within_a_minute_and_ends(houses, helsinki_roads, seed: int):
    track, followed = dense_day(houses, helsinki_roads, seed, DETOUR)

    opened = followed.of(DeviationOpened)
    assert 1 <= len(opened) <= 2
    assert {e.kind for e in opened} <= {"off_route", "wrong_way"}
    assert (opened[0].at - track.truth[0].began_at).total_seconds() <= 60
    assert len(followed.of(DeviationClosed)) == len(opened)
