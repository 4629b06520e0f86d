"""Where a simulated courier really is, second by second: the drive, the stops and what goes wrong on the way."""

import itertools
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from routing.plan import Leg, Route
from routing.roads import RoadNetwork
from tracking.simulated_aside import cut, line_of, off_plan_m, way_aside
from zones.lonlat import LocalMetres, LonLat, distance_m

_AWAY_FROM_STOPS_M = 150.0
_OFF_PLAN_M = 30.0
_DEFAULT_SERVICE_S = 180
_SLOWEST_MPS = 0.5
_USUAL_MPS = 7.8
_RACING_MPS = 45.0
"""162 km/h: above the highest general limit for cars."""
_BEND_PIECES = 8
_STRAIGHT_SHARE = 0.96
_STANDING = ("stall", "breakdown")
_AT_STOPS = ("stall_at_stop", "skipped_stop")
_WALK_S = 20.0


class Hazard(Protocol):
    """What the drive needs to know of a disturbance; see `simulate.Disturbance`."""

    @property
    def kind(self) -> str:
        """One of detour, stall, breakdown, slow_traffic, wrong_way, stall_at_stop, skipped_stop, speeding."""

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
        """How far aside, or back."""

    @property
    def factor(self) -> float:
        """How much slower."""


class Conditions(Protocol):
    """How fast the streets and the doors are; see `simulated_city.CityConditions`."""

    def driving_s(self, a: LonLat, b: LonLat, at_s: float, free_s: float) -> float:
        """Real seconds from `a` to `b`, `at_s` after the departure, where `free_s` are planned."""

    def halt_s(self, a: LonLat, b: LonLat) -> float:
        """Seconds lost at `b`."""

    def service_s(self, planned_s: float) -> float:
        """Real seconds at a door."""

    def walk_m(self) -> tuple[float, float]:
        """From the parked vehicle to the door, metres east and north."""


class SteadyConditions:
    """Streets as planned, with a little scatter."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    def driving_s(self, a: LonLat, b: LonLat, at_s: float, free_s: float) -> float:
        """Planned seconds, give or take a tenth."""
        return free_s * float(np.exp(self.random.normal(0.0, 0.1)))

    def halt_s(self, a: LonLat, b: LonLat) -> float:
        """No lights."""
        return 0.0

    def service_s(self, planned_s: float) -> float:
        """Planned seconds, give or take a tenth."""
        return planned_s * float(np.exp(self.random.normal(0.0, 0.1)))

    def walk_m(self) -> tuple[float, float]:
        """Right at the door."""
        return 0.0, 0.0


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
    """
    A whole day: knots in order of time, visits, and what went wrong from when to when.

    `truth` names the visit for what happens at one ("" elsewhere); `aside_s` are the times on other streets than those
    planned for the leg (they may be those of another leg), `walks_s` those between the vehicle and a door.
    """

    knots: tuple[Knot, ...]
    moments: tuple[Moment, ...]
    truth: tuple[tuple[str, float, float, str], ...]
    aside_s: tuple[tuple[float, float], ...] = ()
    walks_s: tuple[tuple[float, float], ...] = ()
    times_s: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", tuple(k.t_s for k in self.knots))

    def point_at(self, t_s: float) -> LonLat:
        """Where the courier is; before the start and after the end at those places."""
        i = bisect_right(self.times_s, t_s) - 1
        if i < 0:
            return self.knots[0].point
        if i + 1 >= len(self.knots):
            return self.knots[-1].point
        a, b = self.knots[i], self.knots[i + 1]
        share = (t_s - a.t_s) / (b.t_s - a.t_s) if b.t_s > a.t_s else 1.0
        return LonLat(
            lon=a.point.lon + share * (b.point.lon - a.point.lon), lat=a.point.lat + share * (b.point.lat - a.point.lat)
        )

    def is_aside(self, t_s: float) -> bool:
        """Whether the courier drives on other streets than those planned for the leg then."""
        return any(begin <= t_s <= end for begin, end in self.aside_s)


def drive_route(
    route: Route,
    service_s: Mapping[str, int],
    roads: RoadNetwork | None,
    seed: int,
    hazards: Sequence[Hazard],
    conditions: Conditions | None = None,
) -> Drive:
    """Drive the legs, serve the visits, meet the hazards, each of them once; without `conditions` at a steady pace."""
    driver = _Driver(roads, seed, hazards, conditions)
    legs = list(route.legs)
    for i, visit in enumerate(route.visits):
        hazard = driver.due_at_stop(i, "skipped_stop") if i + 1 < len(route.visits) else None
        if hazard is not None:
            legs[i + 1] = driver.leave_out(hazard, route, i, legs[i], legs[i + 1])
            continue
        driver.drive(i, driver.path_to(legs[i], visit.point), float(legs[i].duration_s), last=False)
        opens_s = (visit.starts_at - route.departs_at).total_seconds() if visit.wait_s > 0 else 0.0
        driver.serve(i, visit.visit_id, float(service_s.get(visit.visit_id, _DEFAULT_SERVICE_S)), opens_s)
    home = legs[len(route.visits)] if len(legs) > len(route.visits) else None
    if home is not None:
        driver.drive(len(route.visits), driver.path_to(home, None), float(home.duration_s), last=True)
    return Drive(
        tuple(driver.knots), tuple(driver.moments), tuple(driver.truth), tuple(driver.aside), tuple(driver.walks)
    )


class _Driver:
    """Goes along and writes knots; lives for one drive only."""

    def __init__(
        self, roads: RoadNetwork | None, seed: int, hazards: Sequence[Hazard], conditions: Conditions | None
    ) -> None:
        self.roads = roads
        self.random = np.random.default_rng([seed, 1])
        self.conditions = conditions or SteadyConditions(self.random)
        self.waiting = list(hazards)
        self.slow: list[tuple[float, float, float]] = []
        self.t_s = 0.0
        self.knots: list[Knot] = []
        self.moments: list[Moment] = []
        self.truth: list[tuple[str, float, float, str]] = []
        self.aside: list[tuple[float, float]] = []
        self.walks: list[tuple[float, float]] = []
        self.off_plan = False

    def path_to(self, leg: Leg, stop: LonLat | None) -> Sequence[LonLat]:
        """The leg's streets; without any the straight way to `stop`."""
        here = (self.knots[-1].point,) if self.knots else ()
        if leg.path:
            return leg.path
        return (*here, stop) if stop is not None else here

    def drive(self, leg: int, path: Sequence[LonLat], duration_s: float, *, last: bool) -> None:
        """One leg, cut into short pieces; hazards due on it are met at the first fitting place."""
        length_m = sum(distance_m(a, b) for a, b in itertools.pairwise(path))
        mps = length_m / duration_s if duration_s > 0.0 and length_m > 0.0 else _USUAL_MPS
        mps = max(_SLOWEST_MPS, mps) / float(np.exp(self.random.normal(0.0, 0.05)))
        pieces = cut(path)
        if not pieces:
            return
        began_s = self.t_s
        self._go_to(pieces[0], mps)
        done_m = 0.0
        i = 1
        race_m = 0.0
        raced_from_s: float | None = None
        while i < len(pieces):
            races = done_m < race_m and length_m - done_m > _AWAY_FROM_STOPS_M and _is_straight(pieces, i)
            if races and raced_from_s is None:
                raced_from_s = self.t_s
            elif not races and raced_from_s is not None:
                self.truth.append(("speeding", raced_from_s, self.t_s, ""))
                raced_from_s = None
            away = done_m >= min(_AWAY_FROM_STOPS_M, 0.4 * length_m) and length_m - done_m > _AWAY_FROM_STOPS_M
            hazard = self._due(leg, away=away and not last, back_m=done_m)
            if hazard is not None and hazard.kind == "detour":
                self._detour(hazard, pieces[i - 1 :], mps)
                break
            if hazard is not None and hazard.kind == "wrong_way":
                self._go_back(hazard, pieces[:i], mps)
            elif hazard is not None and hazard.kind == "speeding":
                race_m = done_m + hazard.size_m
            elif hazard is not None:
                self._meet(hazard)
            done_m += distance_m(pieces[i - 1], pieces[i])
            if races:
                self._race_to(pieces[i])
            else:
                self._go_to(pieces[i], mps)
            i += 1
        if raced_from_s is not None:
            self.truth.append(("speeding", raced_from_s, self.t_s, ""))
        if self.off_plan:
            self.aside.append((began_s, self.t_s))
            self.off_plan = False

    def serve(self, leg: int, visit_id: str, service_s: float, opens_s: float) -> None:
        """Stand at the stop until it is served; not before its window opens."""
        arrived_s = self.t_s
        took_s = self.conditions.service_s(service_s)
        done_s = max(arrived_s, opens_s) + took_s
        self._walk(arrived_s, done_s)
        self.t_s = done_s
        self.moments.append(Moment(visit_id, arrived_s, self.t_s))
        self.knots.append(Knot(self.t_s, self.knots[-1].point))
        hazard = self.due_at_stop(leg, "stall_at_stop")
        if hazard is not None:
            self.t_s += hazard.size_s
            self.knots.append(Knot(self.t_s, self.knots[-1].point))
            self.truth.append((hazard.kind, done_s, self.t_s, visit_id))

    def due_at_stop(self, leg: int, kind: str) -> Hazard | None:
        """The hazard of this kind that is due at the stop at the end of this leg, once."""
        hazard = next((h for h in self._take_due(leg) if h.kind == kind), None)
        if hazard is not None:
            self.waiting.remove(hazard)
        return hazard

    def leave_out(self, hazard: Hazard, route: Route, i: int, leg: Leg, onward: Leg) -> Leg:
        """
        Do not make visit `i`: drive past it along the plan, or with a size in metres go on by the direct way.

        Gives the leg to drive next.
        """
        began_s, visit_id = self.t_s, route.visits[i].visit_id
        here = self.knots[-1].point if self.knots else route.legs[0].path[0]
        direct = self.roads.route((here, route.visits[i + 1].point)) if self.roads and hazard.size_m > 0.0 else None
        if direct is None:
            self.drive(-1, self.path_to(leg, route.visits[i].point), float(leg.duration_s), last=False)
            self.truth.append((hazard.kind, self.t_s, self.t_s, visit_id))
            return onward
        self.truth.append((hazard.kind, began_s, began_s, visit_id))
        self.off_plan = True
        return direct[0]

    def _walk(self, arrived_s: float, done_s: float) -> None:
        parked = self.knots[-1].point
        x_m, y_m = self.conditions.walk_m()
        if (x_m, y_m) == (0.0, 0.0) or done_s - arrived_s < 3.0 * _WALK_S:
            return
        door = LocalMetres(parked).to_lonlat(x_m, y_m)
        self.knots += [Knot(arrived_s + 5.0, parked), Knot(arrived_s + _WALK_S, door), Knot(done_s - _WALK_S, door)]
        self.walks.append((arrived_s, done_s))

    def _go_to(self, point: LonLat, mps: float) -> None:
        if self.knots:
            last = self.knots[-1].point
            slower = max([1.0, *(f for begin, end, f in self.slow if begin <= self.t_s < end)])
            step_s = distance_m(last, point) / mps
            self.t_s += self.conditions.driving_s(last, point, self.t_s, step_s) * slower
            halt_s = self.conditions.halt_s(last, point) if step_s > 0.0 else 0.0
            if halt_s > 0.0:
                self.knots.append(Knot(self.t_s, point))
                self.t_s += halt_s
        self.knots.append(Knot(self.t_s, point))

    def _race_to(self, point: LonLat) -> None:
        """Whatever the street and the traffic are like."""
        self.t_s += distance_m(self.knots[-1].point, point) / _RACING_MPS
        self.knots.append(Knot(self.t_s, point))

    def _take_due(self, leg: int) -> list[Hazard]:
        return [
            h
            for h in self.waiting
            if (h.start_s is not None and self.t_s >= h.start_s) or (h.on_leg is not None and leg >= h.on_leg)
        ]

    def _due(self, leg: int, *, away: bool, back_m: float) -> Hazard | None:
        for hazard in self._take_due(leg):
            if hazard.kind in _AT_STOPS or (hazard.kind == "wrong_way" and back_m < hazard.size_m + _AWAY_FROM_STOPS_M):
                continue
            if away or hazard.kind == "slow_traffic":
                self.waiting.remove(hazard)
                return hazard
        return None

    def _meet(self, hazard: Hazard) -> None:
        began_s = self.t_s
        if hazard.kind in _STANDING:
            self.t_s += hazard.size_s
            self.knots.append(Knot(self.t_s, self.knots[-1].point))
        else:
            self.slow.append((began_s, began_s + hazard.size_s, hazard.factor))
        self.truth.append((hazard.kind, began_s, began_s + hazard.size_s, ""))

    def _go_back(self, hazard: Hazard, driven: Sequence[LonLat], mps: float) -> None:
        """Turn round, drive back along the line, turn round again."""
        began_s = self.t_s
        back: list[LonLat] = []
        gone_m = 0.0
        for a, b in itertools.pairwise(reversed(driven)):
            back.append(b)
            gone_m += distance_m(a, b)
            if gone_m >= hazard.size_m:
                break
        for point in back:
            self._go_to(point, mps)
        self.truth.append((hazard.kind, began_s, self.t_s, ""))
        for point in (*reversed(back[:-1]), driven[-1]):
            self._go_to(point, mps)

    def _detour(self, hazard: Hazard, planned: Sequence[LonLat], mps: float) -> None:
        """Leave the planned streets for a point aside, and go on to the stop from there."""
        plan = line_of(planned)
        began_s = self.t_s
        off_s: list[float] = []
        for stretch in way_aside(self.roads, planned, hazard.size_m, mps):
            for point in cut(stretch.path):
                self._go_to(point, max(_SLOWEST_MPS, stretch.mps))
                if off_plan_m(plan, point) > _OFF_PLAN_M:
                    off_s.append(self.t_s)
        self.aside.append((began_s, self.t_s))
        if off_s:
            self.truth.append((hazard.kind, off_s[0], off_s[-1], ""))


def _is_straight(pieces: Sequence[LonLat], i: int) -> bool:
    """Whether nobody has to brake for a bend here: at 162 km/h its radius would be beyond 400 m."""
    near = pieces[max(0, i - _BEND_PIECES) : i + _BEND_PIECES + 1]
    along_m = sum(distance_m(a, b) for a, b in itertools.pairwise(near))
    return distance_m(near[0], near[-1]) >= _STRAIGHT_SHARE * along_m
