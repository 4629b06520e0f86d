"""A routing problem: stops, shifts, depots, matrix and cost weights, checked when made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.errors import NaiveTimeError, ProblemError
from routing.fleet import Depot, Locker, Shift, ShiftCosts
from routing.stop import Stop, StopKind
from routing.travel_matrix import HourFactors, TravelMatrix
from zones.lonlat import LonLat

SECONDS_AN_HOUR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class CostWeights:
    """
    What the solver minimises, in units of one second of driving.

    Driving time counts `per_drive_s` a second, distance `per_km` a kilometre, an opened route `per_route`, waiting
    `per_wait_s` a second; a shift's own `ShiftCosts` replace all but the last. A stop outside its courier's home zones
    costs `per_foreign_stop`. Balance: each second of driving and service of the longest route costs
    `per_longest_work_s`, each visit of the route with the most visits `per_most_stops`.
    An order left out costs `unassigned` plus `priority_step` for each point of its priority.
    """

    per_drive_s: float = 1.0
    per_km: float = 60
    per_route: float = 1_200
    per_wait_s: float = 0.1
    per_foreign_stop: float = 0
    per_longest_work_s: float = 0.0
    per_most_stops: float = 0.0
    unassigned: int = 100_000
    priority_step: int = 10_000

    def of_shift(self, shift: Shift) -> ShiftCosts:
        """What an opened route, an hour of driving and a kilometre cost with this shift."""
        return shift.costs or ShiftCosts(
            per_route=self.per_route, per_hour=self.per_drive_s * SECONDS_AN_HOUR, per_km=self.per_km
        )

    def left_out(self, stop: Stop) -> int:
        """What leaving this stop out costs; a pair costs it once, at its dropoff."""
        if stop.kind is StopKind.PICKUP:
            return 0
        return self.unassigned + self.priority_step * stop.priority


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProblem:
    """
    Everything the solver and `plan_check` need.

    `matrix` rows and columns: first the depots, then the stops, then the points where shifts start that do not start at
    a depot, then those where shifts end that do not end at one, each in the order given here; `node_points()` lists
    them. `matrices` replaces it for the vehicle profiles it names. The solver counts whole seconds since
    `horizon_start`. With `hour_factors` drives take longer at some hours than the matrix says.

    Raises
    ------
    ProblemError
        When there is no shift, an id occurs twice or is unknown, a pair is torn, or a matrix has the wrong size.
    """

    horizon_start: datetime
    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    matrix: TravelMatrix
    weights: CostWeights = field(default_factory=CostWeights)
    matrices: Mapping[str, TravelMatrix] = field(default_factory=dict)
    lockers: tuple[Locker, ...] = ()
    hour_factors: HourFactors | None = None
    _depot_nodes: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _start_nodes: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _end_nodes: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.horizon_start.tzinfo is None:
            raise NaiveTimeError("horizon_start", self.horizon_start)
        if not self.shifts:
            raise ProblemError("expected at least one shift, got none; add couriers with shifts on that day")
        _once("depot", [depot.depot_id for depot in self.depots])
        _once("visit", [stop.visit_id for stop in self.stops])
        _once("shift", [shift.shift_id for shift in self.shifts])
        _once("locker", [locker.locker_id for locker in self.lockers])
        known_depots = {depot.depot_id for depot in self.depots}
        for shift in self.shifts:
            for depot_id in (shift.start_depot_id, shift.end_depot_id):
                if depot_id not in known_depots:
                    raise ProblemError(f"shift {shift.shift_id} names depot {depot_id!r}, which is not in the problem")
        _known_visits(self.stops, self.shifts)
        _whole_pairs(self.stops)
        _known_lockers(self.stops, self.lockers)
        size = len(node_points(self.depots, self.stops, self.shifts))
        for matrix in (self.matrix, *self.matrices.values()):
            if matrix.durations_s.shape != (size, size):
                raise ProblemError(
                    f"expected a matrix of {size} x {size} (depots, stops, starts and ends of shifts elsewhere), "
                    f"got {matrix.durations_s.shape}"
                )
        self._number_nodes()

    def _number_nodes(self) -> None:
        first = len(self.depots) + len(self.stops)
        starting = [shift.shift_id for shift in self.shifts if _start_elsewhere(shift) is not None]
        ending = [shift.shift_id for shift in self.shifts if shift.end_point is not None]
        numbered = {
            "_depot_nodes": {depot.depot_id: node for node, depot in enumerate(self.depots)},
            "_start_nodes": {shift_id: first + node for node, shift_id in enumerate(starting)},
            "_end_nodes": {shift_id: first + len(starting) + node for node, shift_id in enumerate(ending)},
        }
        for name, nodes in numbered.items():
            object.__setattr__(self, name, nodes)

    def depot_node(self, depot_id: str) -> int:
        """Row of a depot in the matrix."""
        return self._depot_nodes[depot_id]

    def stop_node(self, stop_index: int) -> int:
        """Row of the stop with this index in `stops`."""
        return len(self.depots) + stop_index

    def start_node(self, shift: Shift) -> int:
        """Row where this shift starts: its start or home point when it has one, else its depot."""
        elsewhere = self._start_nodes.get(shift.shift_id)
        return self.depot_node(shift.start_depot_id) if elsewhere is None else elsewhere

    def end_node(self, shift: Shift) -> int | None:
        """Row where this shift ends: its end point or its depot; None when it ends wherever its last visit is."""
        if shift.ends_anywhere:
            return None
        elsewhere = self._end_nodes.get(shift.shift_id)
        return self.depot_node(shift.end_depot_id) if elsewhere is None else elsewhere

    def matrix_of(self, shift: Shift) -> TravelMatrix:
        """The matrix of the shift's vehicle profile, or the common one."""
        return self.matrices.get(shift.vehicle_profile, self.matrix)

    def seconds(self, at: datetime) -> int:
        """Whole seconds since `horizon_start`, negative before it."""
        return int((at - self.horizon_start).total_seconds())


def node_points(depots: tuple[Depot, ...], stops: tuple[Stop, ...], shifts: tuple[Shift, ...]) -> list[LonLat]:
    """The points of the matrix in their order: depots, stops, starts of shifts elsewhere, ends of shifts elsewhere."""
    starts = [point for shift in shifts if (point := _start_elsewhere(shift)) is not None]
    ends = [shift.end_point for shift in shifts if shift.end_point is not None]
    return [depot.point for depot in depots] + [stop.point for stop in stops] + starts + ends


def _start_elsewhere(shift: Shift) -> LonLat | None:
    return shift.start_point if shift.start_point is not None else shift.home_point


def earliest_departure(shift: Shift, depot: Depot) -> datetime:
    """
    When this shift can leave: at `available_at` when on the road, else once it has started and loaded.

    A courier who starts at his `home_point` has loaded beforehand.
    `available_at` of a shift still at its depot is a further "not before" (a plan made in the middle of the day).
    Orders with a later `ready_at` hold it back further.
    """
    if shift.on_the_road:
        return shift.available_at or shift.starts_at
    loading_s = 0 if shift.home_point is not None else depot.service_s
    loaded_at = shift.starts_at + timedelta(seconds=loading_s)
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
        for visit_id in shift.ordered_visit_ids:
            if visit_id not in bound_to:
                raise ProblemError(f"shift {shift.shift_id} orders visit {visit_id!r}, which is not among the stops")
            if bound_to[visit_id] not in (None, shift.shift_id) or frozen_by.get(visit_id, shift.shift_id) != (
                shift.shift_id
            ):
                raise ProblemError(f"visit {visit_id} is ordered in shift {shift.shift_id}, but held by another shift")


def _whole_pairs(stops: tuple[Stop, ...]) -> None:
    by_id = {stop.visit_id: stop for stop in stops}
    waiting = {stop.visit_id for stop in stops if stop.kind is StopKind.PICKUP}
    for stop in stops:
        if stop.loads_after is not None and stop.loads_after.visit_id not in by_id:
            raise ProblemError(
                f"visit {stop.visit_id} loads after {stop.loads_after.visit_id!r}, which is not among the stops"
            )
        if stop.kind is not StopKind.DROPOFF:
            continue
        if stop.pickup_visit_id not in waiting:
            raise ProblemError(
                f"dropoff {stop.visit_id} names pickup {stop.pickup_visit_id!r}, which is no pickup or has another "
                "dropoff; each pickup has one dropoff"
            )
        waiting.remove(stop.pickup_visit_id)
        if by_id[stop.pickup_visit_id].load != stop.load:
            raise ProblemError(f"dropoff {stop.visit_id} and its pickup carry different loads; make them equal")
    for visit_id in sorted(waiting):
        raise ProblemError(f"pickup {visit_id} has no dropoff; add one, or make it a collection")


def _known_lockers(stops: tuple[Stop, ...], lockers: tuple[Locker, ...]) -> None:
    sizes = {locker.locker_id: len(locker.free_cells) for locker in lockers}
    for stop in stops:
        if stop.locker_id is not None and not 0 <= stop.cell_size < sizes.get(stop.locker_id, 0):
            raise ProblemError(
                f"visit {stop.visit_id} needs cell size {stop.cell_size} of locker {stop.locker_id!r}, which is not in "
                "the problem"
            )


def _once(what: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ProblemError(f"expected each {what} id once, got {one!r} twice")
        seen.add(one)
