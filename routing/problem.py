"""A routing problem: stops, shifts, depots, matrix and cost weights, checked when made."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.errors import NaiveTimeError, ProblemError
from routing.fleet import Depot, Shift
from routing.stop import Stop
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class CostWeights:
    """
    What the solver minimises, in units of one second of driving.

    Driving time counts 1 a second, distance `per_km` a kilometre, an opened route `per_route`, waiting `per_wait_s` a
    second; an order left out costs `unassigned` plus `priority_step` for each point of its priority.
    """

    per_km: int = 60
    per_route: int = 1_200
    per_wait_s: float = 0.1
    unassigned: int = 100_000
    priority_step: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProblem:
    """
    Everything the solver and `plan_check` need.

    `matrix` rows and columns: first the depots, then the stops, then the start points of shifts on the road, each in
    the order given here; `node_points()` lists them. The solver counts whole seconds since `horizon_start`.

    Raises
    ------
    ProblemError
        When there is no shift, an id occurs twice or is unknown, or the matrix has the wrong size.
    """

    horizon_start: datetime
    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    matrix: TravelMatrix
    weights: CostWeights = field(default_factory=CostWeights)

    def __post_init__(self) -> None:
        if self.horizon_start.tzinfo is None:
            raise NaiveTimeError("horizon_start", self.horizon_start)
        if not self.shifts:
            raise ProblemError("expected at least one shift, got none; add couriers with shifts on that day")
        _once("depot", [depot.depot_id for depot in self.depots])
        _once("visit", [stop.visit_id for stop in self.stops])
        _once("shift", [shift.shift_id for shift in self.shifts])
        known_depots = {depot.depot_id for depot in self.depots}
        for shift in self.shifts:
            for depot_id in (shift.start_depot_id, shift.end_depot_id):
                if depot_id not in known_depots:
                    raise ProblemError(f"shift {shift.shift_id} names depot {depot_id!r}, which is not in the problem")
        _known_visits(self.stops, self.shifts)
        size = len(node_points(self.depots, self.stops, self.shifts))
        if self.matrix.durations_s.shape != (size, size):
            raise ProblemError(
                f"expected a matrix of {size} x {size} (depots, stops, start points), "
                f"got {self.matrix.durations_s.shape}"
            )

    def depot_node(self, depot_id: str) -> int:
        """Row of a depot in the matrix."""
        return [depot.depot_id for depot in self.depots].index(depot_id)

    def stop_node(self, stop_index: int) -> int:
        """Row of the stop with this index in `stops`."""
        return len(self.depots) + stop_index

    def start_node(self, shift: Shift) -> int:
        """Row where this shift starts: its start point when on the road, else its depot."""
        if not shift.on_the_road:
            return self.depot_node(shift.start_depot_id)
        moving = [s.shift_id for s in self.shifts if s.on_the_road]
        return len(self.depots) + len(self.stops) + moving.index(shift.shift_id)

    def seconds(self, at: datetime) -> int:
        """Whole seconds since `horizon_start`, negative before it."""
        return int((at - self.horizon_start).total_seconds())


def node_points(depots: tuple[Depot, ...], stops: tuple[Stop, ...], shifts: tuple[Shift, ...]) -> list[LonLat]:
    """The points of the matrix in their order: depots, stops, start points of shifts on the road."""
    starts = [shift.start_point for shift in shifts if shift.start_point is not None]
    return [depot.point for depot in depots] + [stop.point for stop in stops] + starts


def earliest_departure(shift: Shift, depot: Depot) -> datetime:
    """
    When this shift can leave: at `available_at` when on the road, else once it has started and loaded.

    `available_at` of a shift still at its depot is a further "not before" (a plan made in the middle of the day).
    Orders with a later `ready_at` hold it back further.
    """
    if shift.on_the_road:
        return shift.available_at or shift.starts_at
    loaded_at = shift.starts_at + timedelta(seconds=depot.service_s)
    return loaded_at if shift.available_at is None else max(loaded_at, shift.available_at)


def _known_visits(stops: tuple[Stop, ...], shifts: tuple[Shift, ...]) -> None:
    bound_to = {stop.visit_id: stop.only_shift_id for stop in stops}
    frozen_by: dict[str, str] = {}
    for shift in shifts:
        for visit_id in shift.frozen_visit_ids:
            if visit_id not in bound_to:
                raise ProblemError(f"shift {shift.shift_id} freezes visit {visit_id!r}, which is not among the stops")
            if frozen_by.setdefault(visit_id, shift.shift_id) != shift.shift_id:
                raise ProblemError(f"visit {visit_id} is frozen in two shifts; leave it in one of them")
            if bound_to[visit_id] not in (None, shift.shift_id):
                raise ProblemError(
                    f"visit {visit_id} is frozen in shift {shift.shift_id}, but bound to shift {bound_to[visit_id]}"
                )


def _once(what: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ProblemError(f"expected each {what} id once, got {one!r} twice")
        seen.add(one)
