from itertools import pairwise

import pytest

from routing.plan import Route, Visit
from tests.tracking.builders import DAY_AT, SERVICE_S, at, follow_track, make_leg, make_line, make_route
from tracking.events import DeviationClosed, DeviationOpened, DeviationRetracted, EtaChanged, VisitArrived
from tracking.ping import Ping
from tracking.route_line import VisitFacts, route_line
from tracking.simulate import Disturbance, DisturbanceKind, VisitReport, simulate_courier
from zones.lonlat import LonLat, distance_m

SERVICES = {f"v{i}": SERVICE_S for i in range(3)}
DETOUR = Disturbance(kind=DisturbanceKind.DETOUR, on_leg=1, size_m=700)
STALL = Disturbance(kind=DisturbanceKind.STALL, on_leg=1, size_s=400)
GAP = Disturbance(kind=DisturbanceKind.GAP, on_leg=1, size_s=240)
SLOW = Disturbance(kind=DisturbanceKind.SLOW_TRAFFIC, on_leg=2, size_s=500, factor=5.0)


def simulated(*disturbances: Disturbance, seed: int = 3, every_s: float = 5.0):
    return simulate_courier(make_route(), SERVICES, None, DAY_AT, seed, disturbances, every_s)


def test_the_same_seed_gives_the_same_day():
    assert simulated(STALL) == simulated(STALL)
    assert simulated(seed=4) != simulated(seed=3)


def test_a_ping_comes_at_each_interval_and_messages_in_order_of_receipt():
    track = simulated(GAP)

    fixes = sorted(p.fix_at for p in track.pings)
    messages = list(track.messages())
    assert {(b - a).total_seconds() for a, b in pairwise(fixes)} == {5.0}
    assert all(a.received_at <= b.received_at for a, b in pairwise(messages))
    assert sum(isinstance(m, VisitReport) for m in messages) == 6


def test_what_a_silent_phone_kept_comes_in_one_batch_after_the_gap():
    track = simulated(GAP)

    gap = next(t for t in track.truth if t.kind is DisturbanceKind.GAP)
    held = [p for p in track.pings if gap.began_at <= p.fix_at < gap.ended_at]
    assert len(held) == 48
    assert all(p.received_at >= gap.ended_at for p in held)
    assert max(p.received_at for p in track.pings if p not in held) > gap.ended_at


def test_detour_leads_off_the_planned_streets():
    track = simulated(DETOUR)

    truth = next(t for t in track.truth if t.kind is DisturbanceKind.DETOUR)
    line = make_line()
    offsets = [
        float(line.geometry.distances_m(*line.geometry.xy_m(p.point.lon, p.point.lat))[0].min())
        for p in track.pings
        if p.point is not None and truth.began_at < p.fix_at < truth.ended_at
    ]
    assert max(offsets) > 300


@pytest.mark.parametrize("every_s", [5.0, 15.0])
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_quiet_day_raises_nothing(seed: int, every_s: float):
    followed = follow_track(make_line(), simulated(seed=seed, every_s=every_s))

    assert not followed.of(DeviationOpened)
    assert not followed.of(EtaChanged)
    assert [e.visit_id for e in followed.of(VisitArrived)] == ["v0", "v1", "v2"]


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("every_s", [5.0, 15.0])
@pytest.mark.parametrize(
    ("disturbance", "kind", "within_s"),
    [(DETOUR, "off_route", 60), (STALL, "stall", 150), (SLOW, "slow_traffic", 300)],
)
def test_each_disturbance_opens_and_closes_one_departure_in_time(
    disturbance: Disturbance, kind: str, within_s: float, every_s: float, seed: int
):
    track = simulated(disturbance, seed=seed, every_s=every_s)

    followed = follow_track(make_line(), track)

    assert followed.kinds(DeviationOpened) == [kind]
    assert followed.kinds(DeviationClosed) == [kind]
    assert not followed.of(DeviationRetracted)
    delay_s = (followed.of(DeviationOpened)[0].at - track.truth[0].began_at).total_seconds()
    assert 0 < delay_s <= within_s


def test_gap_opens_once_and_is_taken_back_when_its_pings_come():
    followed = follow_track(make_line(), simulated(GAP))

    assert followed.kinds(DeviationOpened) == ["gap"]
    assert followed.kinds(DeviationRetracted) == ["gap"]


def test_long_detour_is_the_cause_of_later_arrivals(helsinki_roads):
    streets = helsinki_roads
    points = [LonLat(lon=24.9316, lat=60.1699), LonLat(lon=24.9525, lat=60.1685), LonLat(lon=24.9384, lat=60.1620)]
    legs = streets.route([*points, points[0]])
    assert legs is not None
    route = _real_route(legs, points)
    line = route_line("plan-1", route, {v.visit_id: VisitFacts(service_s=120) for v in route.visits})

    track = simulate_courier(
        route,
        {v.visit_id: 120 for v in route.visits},
        streets,
        DAY_AT,
        1,
        (Disturbance(kind=DisturbanceKind.DETOUR, on_leg=0, size_m=600),),
    )
    followed = follow_track(line, track, roads=streets)

    assert followed.kinds(DeviationOpened).count("off_route") >= 1
    assert set(followed.kinds(DeviationOpened)) <= {"off_route", "slow_traffic"}
    assert all(isinstance(p, Ping) for p in track.pings)
    assert distance_m(track.pings[0].point, line.points[0]) < 60


def _real_route(legs, points) -> Route:
    template = make_route((make_leg((0, 0), (1, 0)),) * 3)
    clock = 0.0
    visits: list[Visit] = []
    for visit, leg, point in zip(template.visits, legs, points[1:], strict=False):
        clock += leg.duration_s
        visits.append(
            Visit(
                visit_id=visit.visit_id,
                order_id=visit.order_id,
                point=point,
                arrives_at=at(clock),
                starts_at=at(clock),
                leaves_at=at(clock + 120),
            )
        )
        clock += 120
    return Route(
        shift_id="shift-1",
        courier_id="courier-1",
        departs_at=DAY_AT,
        returns_at=at(clock + legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )
