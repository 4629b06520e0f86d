"""Where a simulated courier really is, second by second: the drive, the stops and what goes wrong on the way."""

import itertools
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from routing.plan import Route
from routing.roads import RoadNetwork
from tracking.line_geometry import LineGeometry, line_geometry
from zones.lonlat import LocalMetres, LonLat, distance_m

_PIECE_M = 25.0
_AWAY_FROM_STOPS_M = 150.0
_OFF_PLAN_M = 30.0
_CLEARLY_OFF_M = 120.0
_DEFAULT_SERVICE_S = 180
_SLOWEST_MPS = 0.5
_USUAL_MPS = 7.8


class Hazard(Protocol):
    """What the drive needs to know of a disturbance; see `simulate.Disturbance`."""

    @property
    def kind(self) -> str:
        """One of detour, stall, slow_traffic."""

    @property
    def start_s(self) -> float | None:
        """Seconds after the departure."""

    @property
    def on_leg(self) -> int | None:
        """Number of the leg instead of a time."""

    @property
    def size_s(self) -> float:
        """How long."""

    @property
    def size_m(self) -> float:
        """How far aside."""

    @property
    def factor(self) -> float:
        """How much slower."""


@dataclass(frozen=True, slots=True)
class Knot:
    """The courier is at `point` `t_s` seconds after the departure; between two knots the way is straight."""

    t_s: float
    point: LonLat


@dataclass(frozen=True, slots=True)
class Moment:
    """A visit made: reached, and finished, in seconds after the departure."""

    visit_id: str
    arrived_s: float
    done_s: float


@dataclass(frozen=True, slots=True)
class Drive:
    """A whole day: knots in order of time, visits, and what went wrong from when to when."""

    knots: tuple[Knot, ...]
    moments: tuple[Moment, ...]
    truth: tuple[tuple[str, float, float], ...]

    def point_at(self, t_s: float) -> LonLat:
        """Where the courier is; before the start and after the end at those places."""
        i = bisect_right(self.knots, t_s, key=lambda k: k.t_s) - 1
        if i < 0:
            return self.knots[0].point
        if i + 1 >= len(self.knots):
            return self.knots[-1].point
        a, b = self.knots[i], self.knots[i + 1]
        share = (t_s - a.t_s) / (b.t_s - a.t_s) if b.t_s > a.t_s else 1.0
        return LonLat(
            lon=a.point.lon + share * (b.point.lon - a.point.lon), lat=a.point.lat + share * (b.point.lat - a.point.lat)
        )


def drive_route(
    route: Route, service_s: Mapping[str, int], roads: RoadNetwork | None, seed: int, hazards: Sequence[Hazard]
) -> Drive:
    """Drive the legs at a slightly varying pace, serve the visits, meet the hazards; each of them once."""
    driver = _Driver(roads, seed, hazards)
    for i, leg in enumerate(route.legs):
        path = leg.path or (() if not driver.knots else (driver.knots[-1].point,))
        if not leg.path and i < len(route.visits):
            path = (*path, route.visits[i].point)
        driver.drive(i, path, float(leg.duration_s), last=i == len(route.visits))
        if i < len(route.visits):
            visit = route.visits[i]
            opens_s = (visit.starts_at - route.departs_at).total_seconds() if visit.wait_s > 0 else 0.0
            driver.serve(visit.visit_id, float(service_s.get(visit.visit_id, _DEFAULT_SERVICE_S)), opens_s)
    return Drive(tuple(driver.knots), tuple(driver.moments), tuple(driver.truth))


class _Driver:
    """Goes along and writes knots; lives for one drive only."""

    def __init__(self, roads: RoadNetwork | None, seed: int, hazards: Sequence[Hazard]) -> None:
        self.roads = roads
        self.random = np.random.default_rng([seed, 1])
        self.waiting = list(hazards)
        self.slow: list[tuple[float, float, float]] = []
        self.t_s = 0.0
        self.knots: list[Knot] = []
        self.moments: list[Moment] = []
        self.truth: list[tuple[str, float, float]] = []

    def drive(self, leg: int, path: Sequence[LonLat], duration_s: float, *, last: bool) -> None:
        """One leg, cut into short pieces; hazards due on it are met at the first fitting place."""
        length_m = sum(distance_m(a, b) for a, b in itertools.pairwise(path))
        mps = length_m / duration_s if duration_s > 0.0 and length_m > 0.0 else _USUAL_MPS
        mps = max(_SLOWEST_MPS, mps) / float(np.exp(self.random.normal(0.0, 0.05)))
        pieces = _pieces(path)
        if not pieces:
            return
        self._go_to(pieces[0], mps)
        done_m = 0.0
        i = 1
        while i < len(pieces):
            away = done_m >= min(_AWAY_FROM_STOPS_M, 0.4 * length_m) and length_m - done_m > _AWAY_FROM_STOPS_M
            hazard = self._due(leg, away=away and not last)
            if hazard is not None and hazard.kind == "detour":
                self._detour(hazard, pieces[i - 1 :], mps)
                return
            if hazard is not None:
                self._meet(hazard)
            done_m += distance_m(pieces[i - 1], pieces[i])
            self._go_to(pieces[i], mps)
            i += 1

    def serve(self, visit_id: str, service_s: float, opens_s: float) -> None:
        """Stand at the stop until it is served; not before its window opens."""
        arrived_s = self.t_s
        took_s = service_s * float(np.exp(self.random.normal(0.0, 0.1)))
        self.t_s = max(arrived_s, opens_s) + took_s
        self.moments.append(Moment(visit_id, arrived_s, self.t_s))
        self.knots.append(Knot(self.t_s, self.knots[-1].point))

    def _go_to(self, point: LonLat, mps: float) -> None:
        if self.knots:
            step_s = distance_m(self.knots[-1].point, point) / mps
            slower = max([1.0, *(f for begin, end, f in self.slow if begin <= self.t_s < end)])
            self.t_s += step_s * slower * float(np.exp(self.random.normal(0.0, 0.1)))
        self.knots.append(Knot(self.t_s, point))

    def _due(self, leg: int, *, away: bool) -> Hazard | None:
        for hazard in self.waiting:
            on_time = hazard.start_s is not None and self.t_s >= hazard.start_s
            on_leg = hazard.on_leg is not None and leg >= hazard.on_leg
            if (on_time or on_leg) and (away or hazard.kind == "slow_traffic"):
                self.waiting.remove(hazard)
                return hazard
        return None

    def _meet(self, hazard: Hazard) -> None:
        began_s = self.t_s
        if hazard.kind == "stall":
            self.t_s += hazard.size_s
            self.knots.append(Knot(self.t_s, self.knots[-1].point))
        else:
            self.slow.append((began_s, began_s + hazard.size_s, hazard.factor))
        self.truth.append((hazard.kind, began_s, began_s + hazard.size_s))

    def _detour(self, hazard: Hazard, planned: Sequence[LonLat], mps: float) -> None:
        """Leave the planned streets for a point aside, and go on to the stop from there."""
        plan = _line_of(planned)
        way = _way_aside(self.roads, planned, plan, hazard.size_m)
        off_s: list[float] = []
        for point in _pieces(way):
            self._go_to(point, mps)
            if plan.distances_m(*plan.xy_m(point.lon, point.lat))[0].min() > _OFF_PLAN_M:
                off_s.append(self.t_s)
        if off_s:
            self.truth.append((hazard.kind, off_s[0], off_s[-1]))


def _way_aside(
    roads: RoadNetwork | None, planned: Sequence[LonLat], plan: LineGeometry, size_m: float
) -> Sequence[LonLat]:
    """The way over a point aside that leads furthest from the plan; the first that is clearly off it."""
    best: Sequence[LonLat] = planned
    best_m = 0.0
    for size in (size_m, 1.6 * size_m, 2.5 * size_m):
        for side in (1.0, -1.0):
            way = _way_over(roads, planned, side * size)
            off_m = max(float(plan.distances_m(*plan.xy_m(p.lon, p.lat))[0].min()) for p in way)
            if off_m > best_m:
                best, best_m = way, off_m
        if best_m > _CLEARLY_OFF_M:
            break
    return best


def _way_over(roads: RoadNetwork | None, planned: Sequence[LonLat], aside_m: float) -> Sequence[LonLat]:
    plane = LocalMetres(planned[0])
    end_x, end_y = plane.to_xy_m(planned[-1])
    long_m = max(1.0, (end_x**2 + end_y**2) ** 0.5)
    via = plane.to_lonlat(end_x / 2 - end_y / long_m * aside_m, end_y / 2 + end_x / long_m * aside_m)
    if roads is None:
        return (planned[0], via, planned[-1])
    snapped = roads.nearest(via)
    via = snapped[0].point if snapped else via
    legs = roads.route((planned[0], via, planned[-1]))
    if legs is None:
        return planned
    way = [p for leg in legs for p in leg.path]
    return way if len(way) > 1 else (planned[0], via, planned[-1])


def _line_of(points: Sequence[LonLat]) -> LineGeometry:
    along = [0.0]
    for a, b in itertools.pairwise(points):
        along.append(along[-1] + distance_m(a, b))
    return line_geometry(points, along, along)


def _pieces(path: Sequence[LonLat]) -> list[LonLat]:
    """The path with points at most `_PIECE_M` apart."""
    points = list(path[:1])
    for a, b in itertools.pairwise(path):
        count = max(1, round(distance_m(a, b) / _PIECE_M))
        points += [
            LonLat(lon=a.lon + (b.lon - a.lon) * k / count, lat=a.lat + (b.lat - a.lat) * k / count)
            for k in range(1, count + 1)
        ]
    return points
