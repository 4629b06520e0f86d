"""What `plan_check` asks about trips: reloads, loads on board, when goods can be loaded, pairs and lockers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.check_times import violation
from routing.fleet import Shift
from routing.order import LOAD_DIMENSIONS
from routing.plan import HaltKind, Plan, Route, Violation, Visit
from routing.problem import RoutingProblem
from routing.stop import Stop, StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """The visits between two loadings at the depot; `loaded` is False for a trip that began before this plan."""

    leaves_at: datetime
    placed: tuple[tuple[Visit, Stop], ...]
    loaded: bool = True


def trips_of(shift: Shift, route: Route, placed: Sequence[tuple[Visit, Stop]]) -> list[Trip]:
    """The trips of a route: the first from its departure, each other from the end of a reload."""
    trips: list[Trip] = []
    leaves_at, current = route.departs_at, list[tuple[Visit, Stop]]()
    for one, leg in zip(placed, route.legs, strict=False):
        for halt in leg.halts:
            if halt.kind is HaltKind.RELOAD:
                on_board = not trips and shift.start_point is not None
                trips.append(Trip(leaves_at=leaves_at, placed=tuple(current), loaded=not on_board))
                leaves_at, current = halt.starts_at + timedelta(seconds=halt.duration_s), []
        current.append(one)
    on_board = not trips and shift.start_point is not None
    return [*trips, Trip(leaves_at=leaves_at, placed=tuple(current), loaded=not on_board)]


def check_reloads(problem: RoutingProblem, shift: Shift, route: Route) -> Iterator[Violation]:
    """Reloads are at the shift's own depot, between visits, long enough, and not more than the shift allows."""
    halts = [(number, halt) for number, leg in enumerate(route.legs) for halt in leg.halts]
    reloads = [(number, halt) for number, halt in halts if halt.kind is HaltKind.RELOAD]
    if not reloads:
        return
    if shift.start_point is not None or shift.home_point is not None:
        yield violation("reload_forbidden", route.shift_id, "only a courier who starts at a depot can reload")
    if len(reloads) >= shift.max_trips:
        message = f"drives {len(reloads) + 1} trips, at most {shift.max_trips} are allowed"
        yield violation("max_trips", route.shift_id, message)
    service_s = problem.depots[problem.depot_node(shift.start_depot_id)].service_s
    numbers = [number for number, _ in reloads]
    for number, halt in reloads:
        if halt.name != shift.start_depot_id:
            message = f"reloads at {halt.name}, the shift loads at {shift.start_depot_id}"
            yield violation("reload_depot", route.shift_id, message)
        if halt.duration_s < service_s:
            message = f"a reload of {halt.duration_s} s is planned, loading takes {service_s} s"
            yield violation("reload_time", route.shift_id, message)
        if number in (0, len(route.visits)) or numbers.count(number) > 1:
            yield violation("reload_empty", route.shift_id, "a trip without visits has no reload")


def check_loads(shift: Shift, trips: Sequence[Trip]) -> Iterator[Violation]:
    """
    No trip has more on board at any time than the vehicle holds, in any dimension.

    Goods to deliver are on board from the start of the trip, collected ones to its end, those of a pair between its
    visits. Cash is taken at the door and kept to the end of the trip.
    """
    for name in LOAD_DIMENSIONS:
        most = max(_most_on_board(trip, name) for trip in trips)
        holds = getattr(shift.capacity, name)
        if most > holds:
            yield violation("capacity", shift.shift_id, f"{name}: {most} on board, the vehicle holds {holds}")


def _most_on_board(trip: Trip, name: str) -> int:
    leaves_depot = {StopKind.DELIVERY} if name != "cash_minor" else set[StopKind]()
    on_board: int = sum(getattr(stop.load, name) for _, stop in trip.placed if stop.kind in leaves_depot)
    most = on_board
    for _, stop in trip.placed:
        handed_out = stop.kind is StopKind.DROPOFF or stop.kind in leaves_depot
        on_board += -getattr(stop.load, name) if handed_out else getattr(stop.load, name)
        most = max(most, on_board)
    return most


def check_released(trips: Sequence[Trip]) -> Iterator[Violation]:
    """A trip leaves its depot not before what it delivers is ready."""
    for trip in trips:
        for visit, stop in trip.placed if trip.loaded else ():
            if stop.kind is StopKind.DELIVERY and stop.ready_at is not None and trip.leaves_at < stop.ready_at:
                message = f"leaves the depot at {trip.leaves_at.isoformat()}, ready at {stop.ready_at.isoformat()}"
                yield violation("ready_at", visit.visit_id, message)


def check_brought(trips: Sequence[Trip], left_at: Mapping[str, datetime]) -> Iterator[Violation]:
    """What another visit brings is loaded after that, and not at all without it; `left_at` is by visit id."""
    for trip in trips:
        for visit, stop in trip.placed:
            if stop.loads_after is None:
                continue
            brought_by = stop.loads_after.visit_id
            if brought_by not in left_at:
                yield violation("not_brought", visit.visit_id, f"visit {brought_by}, which brings it, is left out")
                continue
            possible_at = left_at[brought_by] + timedelta(seconds=stop.loads_after.gap_s)
            if stop.kind is StopKind.DELIVERY and trip.loaded and trip.leaves_at < possible_at:
                message = f"leaves the depot at {trip.leaves_at.isoformat()}, brought by {possible_at.isoformat()}"
                yield violation("loads_after", visit.visit_id, message)


def check_pairs(problem: RoutingProblem, trips_by_shift: Mapping[str, Sequence[Trip]]) -> Iterator[Violation]:
    """A pickup and its dropoff are in one trip, in this order, or both left out."""
    place_of = {
        visit.visit_id: (shift_id, number, position)
        for shift_id, trips in trips_by_shift.items()
        for number, trip in enumerate(trips)
        for position, (visit, _) in enumerate(trip.placed)
    }
    for stop in problem.stops:
        if stop.kind is not StopKind.DROPOFF or stop.pickup_visit_id is None:
            continue
        pickup, dropoff = place_of.get(stop.pickup_visit_id), place_of.get(stop.visit_id)
        if pickup is None and dropoff is None:
            continue
        if pickup is None or dropoff is None or pickup[0] != dropoff[0]:
            message = f"not with the courier of its pickup {stop.pickup_visit_id}"
            yield violation("pair_torn", stop.visit_id, message)
        elif pickup[1:] > dropoff[1:]:
            yield violation("pair_order", stop.visit_id, f"before its pickup {stop.pickup_visit_id}")
        elif pickup[1] != dropoff[1]:
            message = f"a reload lies between it and its pickup {stop.pickup_visit_id}"
            yield violation("pair_trip", stop.visit_id, message)


def check_lockers(problem: RoutingProblem, plan: Plan) -> Iterator[Violation]:
    """Every order brought to a locker finds a cell of its size or larger."""
    routed = {visit.visit_id for route in plan.routes for visit in route.visits}
    for locker in problem.lockers:
        sizes = [s.cell_size for s in problem.stops if s.locker_id == locker.locker_id and s.visit_id in routed]
        for size in range(len(locker.free_cells)):
            needed, free = sum(one >= size for one in sizes), sum(locker.free_cells[size:])
            if needed > free:
                message = f"{needed} orders need cells of size {size} or larger, {free} are free"
                yield violation("locker_full", locker.locker_id, message)
                break
