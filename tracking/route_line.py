"""A planned route as tracking sees it: one line on the streets, with the visits along it."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.order import TimeWindow
from routing.plan import Leg, Route
from tracking.errors import EmptyLineError
from tracking.line_arrays import LineArrays, line_arrays
from tracking.line_geometry import LineGeometry, line_geometry
from tracking.line_times import LineTimes, PlannedHalt, VisitTimes, line_times
from tracking.permitted_area import PermittedArea
from tracking.service_times import UNKNOWN_TYPE, OrderType
from zones.lonlat import LonLat, distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """
    A visit along the line. `along_m` is the metres from the start of the line to its place on it.

    `promised_until_at` is the end of the latest promise the client was given; None when nothing was promised yet.
    After `setup_s` from the arrival service can begin; `halts` are those on the leg that leads here.
    """

    visit_id: str
    order_id: str
    point: LonLat
    along_m: float
    windows: tuple[TimeWindow, ...]
    service_s: int
    planned_arrives_at: datetime
    promised_until_at: datetime | None
    setup_s: int = 0
    halts: tuple[PlannedHalt, ...] = ()
    zone_id: str | None = None
    order_type: OrderType = UNKNOWN_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """
    What a `routing.plan.Visit` does not carry: windows and service time of its stop, the latest promise, its zone and
    the type of the order.
    """

    windows: tuple[TimeWindow, ...] = ()
    service_s: int = 180
    promised_until_at: datetime | None = None
    zone_id: str | None = None
    order_type: OrderType = UNKNOWN_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """
    One courier's route of one plan version.

    `points` are the vertices, `along_m` metres from the start and `free_flow_s` planned driving seconds from the start
    at each of them (both ascending, as long as `points`); service, waiting and hour factors are not in it. `geometry`,
    `visits_xy_m` (each visit's point, then its place on the line, on the geometry's plane) and `visits_free_flow_s`
    follow from them and are made once: keep the line in memory between pings instead of storing it, and rebuild it by
    `route_line`. `permitted` is where the courier may be; None permits everything.

    Raises
    ------
    EmptyLineError
        When there is no point, or the three differ in length.
    """

    plan_id: str
    shift_id: str
    courier_id: str
    departs_at: datetime
    returns_at: datetime
    points: tuple[LonLat, ...]
    along_m: tuple[float, ...]
    free_flow_s: tuple[float, ...]
    visits: tuple[PlannedVisit, ...]
    source: str
    permitted: PermittedArea | None = field(default=None, repr=False, compare=False)
    geometry: LineGeometry = field(init=False, repr=False, compare=False)
    visits_xy_m: tuple[tuple[float, float, float, float], ...] = field(init=False, repr=False, compare=False)
    visits_free_flow_s: tuple[float, ...] = field(init=False, repr=False, compare=False)
    times: LineTimes = field(init=False, repr=False, compare=False)
    packed: LineArrays = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.points or not len(self.points) == len(self.along_m) == len(self.free_flow_s):
            raise EmptyLineError(len(self.points), len(self.along_m), len(self.free_flow_s))
        geometry = line_geometry(self.points, self.along_m, self.free_flow_s)
        object.__setattr__(self, "geometry", geometry)
        object.__setattr__(self, "visits_xy_m", tuple(_visit_xy_m(v, geometry) for v in self.visits))
        flows_s = tuple(geometry.free_flow_at(v.along_m) for v in self.visits)
        object.__setattr__(self, "visits_free_flow_s", flows_s)
        object.__setattr__(self, "times", line_times([_times(v, s) for v, s in zip(self.visits, flows_s, strict=True)]))
        along_m = [v.along_m for v in self.visits]
        breaks_s = [sum(halt.duration_s for halt in v.halts) for v in self.visits]
        packed = line_arrays(geometry, self.departs_at, self.visits_xy_m, along_m, breaks_s)
        object.__setattr__(self, "packed", packed)


def route_line(plan_id: str, route: Route, facts: Mapping[str, VisitFacts]) -> RouteLine:
    """
    Lay the legs of `route` end to end; a leg without a path becomes the straight line between its halts.

    `facts` is by visit id; a visit without them has no window, 180 s of service and no promise.
    """
    points: list[LonLat] = []
    along: list[float] = []
    free_flow: list[float] = []
    visit_along: list[float] = []
    for i, leg in enumerate(route.legs):
        _lay(_path_of(route, i, points), leg, points, along, free_flow)
        visit_along.append(along[-1])
    visits = tuple(
        _planned(visit.visit_id, i, route, visit_along[i], facts.get(visit.visit_id, VisitFacts()))
        for i, visit in enumerate(route.visits)
    )
    sources = {leg.source for leg in route.legs}
    return RouteLine(
        plan_id=plan_id,
        shift_id=route.shift_id,
        courier_id=route.courier_id,
        departs_at=route.departs_at,
        returns_at=route.returns_at,
        points=tuple(points),
        along_m=tuple(along),
        free_flow_s=tuple(free_flow),
        visits=visits,
        # One straight leg makes the whole line an estimate.
        source="great_circle" if "great_circle" in sources or not sources else sources.pop(),
    )


def _times(visit: PlannedVisit, flow_s: float) -> VisitTimes:
    return VisitTimes(
        flow_s=flow_s,
        service_s=visit.service_s,
        setup_s=visit.setup_s,
        windows=visit.windows,
        halts=visit.halts,
        promised_until_ts=visit.promised_until_at.timestamp() if visit.promised_until_at is not None else None,
        zone_id=visit.zone_id,
        order_type=visit.order_type,
    )


def _visit_xy_m(visit: PlannedVisit, geometry: LineGeometry) -> tuple[float, float, float, float]:
    on_line = geometry.point_at(visit.along_m)
    return (*geometry.plane.to_xy_m(visit.point), *geometry.plane.to_xy_m(on_line))


def _planned(visit_id: str, i: int, route: Route, along_m: float, facts: VisitFacts) -> PlannedVisit:
    visit = route.visits[i]
    return PlannedVisit(
        visit_id=visit_id,
        order_id=visit.order_id,
        point=visit.point,
        along_m=along_m,
        windows=facts.windows,
        service_s=facts.service_s,
        planned_arrives_at=visit.arrives_at,
        promised_until_at=facts.promised_until_at,
        setup_s=visit.setup_s,
        halts=_halts(route, i),
        zone_id=facts.zone_id,
        order_type=facts.order_type,
    )


def _halts(route: Route, i: int) -> tuple[PlannedHalt, ...]:
    leaves_at = route.visits[i - 1].leaves_at if i > 0 else route.departs_at
    return tuple(
        PlannedHalt(halt.starts_at.timestamp(), (halt.starts_at - leaves_at).total_seconds(), halt.duration_s)
        for halt in route.legs[i].halts
    )


def _path_of(route: Route, i: int, laid: list[LonLat]) -> tuple[LonLat, ...]:
    path = route.legs[i].path
    if path:
        return path
    visits = route.visits
    to = visits[i].point if i < len(visits) else None
    from_ = laid[-1] if laid else (visits[i - 1].point if i > 0 else to)
    ends = tuple(p for p in (from_, to) if p is not None)
    return ends if ends else ()


def _lay(path: tuple[LonLat, ...], leg: Leg, points: list[LonLat], along: list[float], free_flow: list[float]) -> None:
    steps = [distance_m(a, b) for a, b in itertools.pairwise(path)]
    length_m = sum(steps)
    start_m = along[-1] if along else 0.0
    start_s = free_flow[-1] if free_flow else 0.0
    if points and path and (joint_m := distance_m(points[-1], path[0])) > 0.0:
        # Streets of two legs may begin a few metres apart (two sides of a stop): the step belongs to the line.
        start_m += joint_m
    if path:
        points.append(path[0])
        along.append(start_m)
        free_flow.append(start_s)
    done_m = 0.0
    for point, step_m in zip(path[1:], steps, strict=True):
        done_m += step_m
        points.append(point)
        along.append(start_m + done_m)
        free_flow.append(start_s + (leg.unfactored_s * done_m / length_m if length_m > 0.0 else 0.0))
    if points and length_m == 0.0 and leg.duration_s > 0:
        # The way back to a depot that is not known, or a stop at the same door: the seconds stay, the metres are none.
        points.append(points[-1])
        along.append(along[-1])
        free_flow.append(start_s + leg.unfactored_s)
