"""Small days on a grid where every answer can be worked out by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from routing.day_inputs import DayInputs
from routing.fleet import Depot, Shift
from routing.order import Load, TimeWindow
from routing.plan import Leg, Plan, Provenance, Unassigned, UnassignedCode
from routing.problem import CostWeights, RoutingProblem, node_points
from routing.roads import Matched, Snapped
from routing.route_building import build_routes
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix, TravelRows
from zones.lonlat import LonLat

DAY = datetime(2026, 3, 2, tzinfo=UTC)
STEP = 0.0001
"""Degrees that one second of driving covers on the grid, along a street."""


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return DAY + timedelta(hours=hour, minutes=minute, seconds=second)


def window(opens: datetime, closes: datetime) -> TimeWindow:
    return TimeWindow(opens, closes)


def place(east_s: float, north_s: float = 0) -> LonLat:
    """The place that many seconds of driving east and north of the main depot."""
    return LonLat(lon=20 + east_s * STEP, lat=50 + north_s * STEP)


def grid_matrix(points: Sequence[LonLat], cut_off: frozenset[LonLat] = frozenset()) -> TravelMatrix:
    """Streets run along the axes at 10 m/s; `cut_off` places are joined to nothing."""
    lon = np.array([point.lon for point in points])
    lat = np.array([point.lat for point in points])
    seconds = (np.abs(lon[:, None] - lon) + np.abs(lat[:, None] - lat)) / STEP
    durations_s = np.rint(seconds).astype(np.int32)
    distances_m = (durations_s * 10).astype(np.int32)
    for row in [n for n, point in enumerate(points) if point in cut_off]:
        for table in (durations_s, distances_m):
            table[row, :] = table[:, row] = UNREACHABLE_S
            table[row, row] = 0
    return TravelMatrix(durations_s, distances_m, "grid")


class GridRoads:
    """Streets along the axes; places in `cut_off` are on no street, and `nearest` moves every place by `snaps_to`."""

    source = "grid"
    build = "grid-1"

    def __init__(self, cut_off: Sequence[LonLat] = (), snaps_to: LonLat | None = None) -> None:
        self.cut_off = frozenset(cut_off)
        self.snaps_to = snaps_to

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        return grid_matrix(points, self.cut_off)

    def rows(self, points_from: Sequence[LonLat], points_to: Sequence[LonLat]) -> TravelRows:
        matrix = grid_matrix([*points_from, *points_to], self.cut_off)
        part = (slice(len(points_from)), slice(len(points_from), None))
        return TravelRows(matrix.durations_s[part], matrix.distances_m[part], self.source)

    def route(self, points: Sequence[LonLat]) -> tuple[Leg, ...] | None:
        matrix = self.matrix(points)
        pairs = list(zip(range(len(points)), range(1, len(points)), strict=False))
        if any(matrix.durations_s[a, b] >= UNREACHABLE_S for a, b in pairs):
            return None
        return tuple(
            Leg(
                distance_m=int(matrix.distances_m[a, b]),
                duration_s=int(matrix.durations_s[a, b]),
                path=(points[a], LonLat(lon=points[b].lon, lat=points[a].lat), points[b]),
                source=self.source,
            )
            for a, b in pairs
        )

    def nearest(self, point: LonLat, count: int = 1) -> tuple[Snapped, ...]:
        if point in self.cut_off:
            return () if self.snaps_to is None else (Snapped(point=self.snaps_to, distance_m=40.0),)
        return (Snapped(point=point, distance_m=0.0),)

    def match(self, points: Sequence[LonLat], at: Sequence[datetime], accuracy_m: Sequence[float | None]) -> Matched:
        return Matched(points=tuple(points), confidence=0.0, source=self.source)


def make_depot(depot_id: str = "main", point: LonLat | None = None, service_s: int = 0) -> Depot:
    return Depot(depot_id=depot_id, name=depot_id, point=point or place(0), service_s=service_s)


def make_stop(name: str = "a", point: LonLat | None = None, **changes: object) -> Stop:
    stop = Stop(visit_id=name, order_id=f"order-{name}", point=point or place(600))
    return replace(stop, **changes)  # type: ignore[arg-type]


def make_shift(name: str = "s1", **changes: object) -> Shift:
    shift = Shift(
        shift_id=name,
        courier_id=f"courier-{name}",
        starts_at=at(9),
        ends_at=at(18),
        start_depot_id="main",
        end_depot_id="main",
        capacity=Load(items=10, weight_g=10_000, volume_ml=10_000, cash_minor=10_000),
    )
    return replace(shift, **changes)  # type: ignore[arg-type]


def make_problem(
    stops: Sequence[Stop],
    shifts: Sequence[Shift] | None = None,
    depots: Sequence[Depot] | None = None,
    weights: CostWeights | None = None,
    cut_off: frozenset[LonLat] = frozenset(),
    **more: object,
) -> RoutingProblem:
    all_shifts = tuple(shifts) if shifts is not None else (make_shift(),)
    all_depots = tuple(depots) if depots is not None else (make_depot(),)
    return RoutingProblem(
        horizon_start=DAY,
        depots=all_depots,
        stops=tuple(stops),
        shifts=all_shifts,
        matrix=grid_matrix(node_points(all_depots, tuple(stops), all_shifts), cut_off),
        weights=weights or CostWeights(),
        **more,  # type: ignore[arg-type]
    )


def make_inputs(stops: Sequence[Stop], shifts: Sequence[Shift] | None = None, **changes: object) -> DayInputs:
    inputs = DayInputs(
        stops=tuple(stops),
        shifts=tuple(shifts) if shifts is not None else (make_shift(),),
        depots=(make_depot(),),
        horizon_start=DAY,
    )
    return replace(inputs, **changes)  # type: ignore[arg-type]


def make_plan(
    problem: RoutingProblem,
    sequences: dict[str, tuple[str, ...]],
    reloads: dict[str, tuple[int, ...]] | None = None,
) -> Plan:
    """The plan that visits these visit ids in these orders; all others are unassigned."""
    index_of = {stop.visit_id: n for n, stop in enumerate(problem.stops)}
    routed = {visit_id for sequence in sequences.values() for visit_id in sequence}
    return Plan(
        routes=build_routes(
            problem,
            {shift_id: tuple(index_of[visit_id] for visit_id in sequence) for shift_id, sequence in sequences.items()},
            reloads,
        ),
        unassigned=tuple(
            Unassigned(
                order_id=stop.order_id, visit_id=stop.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="left out"
            )
            for stop in problem.stops
            if stop.visit_id not in routed
        ),
        provenance=Provenance(engine="test", time_limit_s=0.1, seed=1, matrix_source="grid"),
    )
