"""What following costs: CPU a ping of detectors and progress alone, and of the whole pipeline with its estimates."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routing.plan import Leg, Route, Visit
from tracking import pipeline
from tracking.courier_state import TrackPoint
from tracking.deviation import MotionRun, Terms, fresh_motion
from tracking.ping import Ping
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.rules import DEFAULT_RULES
from zones.lonlat import LocalMetres, LonLat, distance_m

VISITS = 30
BATCH = 10
"""The case the goal names: so many visits left, so many pings in a post."""

_EVERY_S = 5.0
_MPS = 8.0
_BLOCK_M = 150.0
_LEG_M = 1_500.0
_FIRST_LEG_M = 9_000.0
_PINGS = 200
_START_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_ORIGIN = LonLat(lon=24.94, lat=60.17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU microseconds a ping; the median of `rounds` rounds."""

    detector_us: float
    advance_us: float
    single_us: float
    rounds: int


def measure_costs(cpu_s: Callable[[], float], rounds: int = 15) -> Costs:
    """
    Measure on an invented route of `VISITS` visits, driven along its first leg; `cpu_s` tells this thread's CPU
    seconds.

    The first round compiles and warms up and is not counted.
    """
    line = _line()
    pings = [_ping(line, i) for i in range(_PINGS)]
    detector: list[float] = []
    whole: list[float] = []
    single: list[float] = []
    for number in range(rounds + 1):
        costs = (
            _detector_s(line, pings, cpu_s),
            _advance_s(line, pings, BATCH, cpu_s),
            _advance_s(line, pings, 1, cpu_s),
        )
        if number:
            for kept, cost_s in zip((detector, whole, single), costs, strict=True):
                kept.append(1e6 * cost_s / len(pings))
    return Costs(
        detector_us=sorted(detector)[len(detector) // 2],
        advance_us=sorted(whole)[len(whole) // 2],
        single_us=sorted(single)[len(single) // 2],
        rounds=rounds,
    )


def _detector_s(line: RouteLine, pings: list[Ping], cpu_s: Callable[[], float]) -> float:
    points = [
        TrackPoint(p.fix_at.timestamp(), p.received_at.timestamp(), p.point.lon, p.point.lat, p.accuracy_m)
        for p in pings
        if p.point is not None
    ]
    terms = Terms(line, {}, 1.0, DEFAULT_RULES)
    motion = fresh_motion(line)
    began_s = cpu_s()
    for i in range(0, len(points), BATCH):
        part = tuple(points[i : i + BATCH])
        run = MotionRun(motion, part, terms)
        while run.taken < len(part):
            run.go(len(part))
        motion = run.motion()
    return cpu_s() - began_s


def _advance_s(line: RouteLine, pings: list[Ping], batch: int, cpu_s: Callable[[], float]) -> float:
    state = pipeline.start(line, _START_AT)
    began_s = cpu_s()
    for i in range(0, len(pings), batch):
        part = pings[i : i + batch]
        outcome = pipeline.advance_many(state, part, line, None, part[-1].received_at)
        state = outcome.state
        for eta in outcome.etas:
            eta.expected_at  # noqa: B018 - an estimate that is made only when it is asked for has to be asked for
    return cpu_s() - began_s


def _line() -> RouteLine:
    """Legs of 1.5 km, the first of 9 km, with a turn at each block, as a town has them."""
    plane = LocalMetres(_ORIGIN)
    legs: list[Leg] = []
    visits: list[Visit] = []
    x_m = y_m = 0.0
    clock = _START_AT
    for number in range(VISITS + 1):
        path = [plane.to_lonlat(x_m, y_m)]
        for block in range(int((_LEG_M if number else _FIRST_LEG_M) / _BLOCK_M)):
            x_m, y_m = (x_m + _BLOCK_M, y_m) if block % 2 else (x_m, y_m + _BLOCK_M)
            path.append(plane.to_lonlat(x_m, y_m))
        metres = sum(distance_m(a, b) for a, b in itertools.pairwise(path))
        legs.append(Leg(distance_m=round(metres), duration_s=round(metres / _MPS), path=tuple(path), source="osrm"))
        if number == VISITS:
            break
        clock += timedelta(seconds=legs[-1].duration_s)
        visit_id = f"v{number}"
        leaves_at = clock + timedelta(seconds=180)
        visits.append(
            Visit(
                visit_id=visit_id,
                order_id=visit_id,
                point=path[-1],
                arrives_at=clock,
                starts_at=clock,
                leaves_at=leaves_at,
            )
        )
        clock = leaves_at
    route = Route(
        shift_id="shift",
        courier_id="courier",
        departs_at=_START_AT,
        returns_at=clock + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )
    facts = {v.visit_id: VisitFacts(promised_until_at=v.arrives_at + timedelta(hours=1)) for v in visits}
    return route_line("plan", route, facts)


def _ping(line: RouteLine, number: int) -> Ping:
    """At the planned pace along the first leg, so that all visits stay ahead; a few metres of noise that repeats."""
    along_m = number * _EVERY_S * _MPS
    point = LocalMetres(line.geometry.point_at(along_m)).to_lonlat((number * 7) % 9 - 4.0, (number * 5) % 9 - 4.0)
    fix_at = _START_AT + timedelta(seconds=number * _EVERY_S)
    return Ping(
        fix_at=fix_at,
        received_at=fix_at + timedelta(seconds=1),
        point=point,
        ping_id=str(number),
        accuracy_m=8.0,
        speed_mps=_MPS,
        bearing_deg=None,
    )
