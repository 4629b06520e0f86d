"""Which shift could take which stop at all, alone: the one place that the model and the explanations ask."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.errors import ProblemError
from routing.fleet import Shift
from routing.order import LOAD_DIMENSIONS, Load
from routing.plan import UnassignedCode
from routing.problem import RoutingProblem, earliest_departure
from routing.route_timing import time_route
from routing.stop import Stop, StopKind
from routing.timing import service_start
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeStart:
    """
    Where a shift's free part begins: after its frozen visits, or at its start when it has none.

    `row` and `point` say where that is, `end_row` is None for a shift that ends anywhere, `load` is what the frozen
    visits take together. `closed` shifts can take nothing more: they cannot be back in time, or their frozen visits
    alone are too much for the vehicle. `held_elsewhere` are visits that other shifts have frozen or in their order.
    """

    shift: Shift
    row: int
    end_row: int | None
    free_at: datetime
    point: LonLat
    frozen: tuple[int, ...] = ()
    load: Load = field(default_factory=Load)
    closed: bool = False
    held_elsewhere: frozenset[str] = frozenset()


def free_starts(problem: RoutingProblem) -> tuple[FreeStart, ...]:
    """The free start of every shift of the problem, in their order."""
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    held_by = {
        visit_id: shift.shift_id
        for shift in problem.shifts
        for visit_id in (*shift.frozen_visit_ids, *shift.ordered_visit_ids)
    }
    return tuple(_free_start(problem, shift, index_of, held_by) for shift in problem.shifts)


def _free_start(problem: RoutingProblem, shift: Shift, index_of: dict[str, int], held_by: dict[str, str]) -> FreeStart:
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    held_elsewhere = frozenset(visit_id for visit_id, shift_id in held_by.items() if shift_id != shift.shift_id)
    if not shift.frozen_visit_ids:
        leaves_at = earliest_departure(shift, depot)
        return FreeStart(
            shift=shift,
            row=problem.start_node(shift),
            end_row=problem.end_node(shift),
            free_at=leaves_at,
            point=shift.start_point or shift.home_point or depot.point,
            closed=leaves_at > shift.ends_at,
            held_elsewhere=held_elsewhere,
        )
    frozen = tuple(index_of[visit_id] for visit_id in shift.frozen_visit_ids)
    timed = time_route(problem, shift, frozen)
    if timed is None:
        raise ProblemError(f"the frozen visits of shift {shift.shift_id} are not joined by streets; unfreeze them")
    stops = [problem.stops[index] for index in frozen]
    return FreeStart(
        shift=shift,
        row=problem.stop_node(frozen[-1]),
        end_row=problem.end_node(shift),
        free_at=timed.visits[-1].leaves_at,
        point=stops[-1].point,
        frozen=frozen,
        load=sum((stop.load for stop in stops), Load()),
        closed=timed.returns_at > shift.ends_at or not trip_fits(stops, shift.capacity),
        held_elsewhere=held_elsewhere,
    )


def trip_fits(trip: list[Stop], capacity: Load) -> bool:
    """
    Whether one trip's stops, in this order, never need more room than there is.

    Goods to deliver are on board until their stop, collected ones from theirs; cash is taken at the door and kept.
    """
    return all(_dimension_fits(trip, name, getattr(capacity, name)) for name in LOAD_DIMENSIONS)


def _dimension_fits(trip: list[Stop], name: str, room: int) -> bool:
    is_cash = name == "cash_minor"
    amounts = [(stop.kind, getattr(stop.load, name)) for stop in trip]
    on_board = 0 if is_cash else sum(amount for kind, amount in amounts if kind is StopKind.DELIVERY)
    if on_board > room:
        return False
    for kind, amount in amounts:
        takes_away = kind is StopKind.DROPOFF or (kind is StopKind.DELIVERY and not is_cash)
        on_board += -amount if takes_away else amount
        if on_board > room:
            return False
    return True


def refusal(problem: RoutingProblem, stop_index: int, start: FreeStart) -> UnassignedCode | None:
    """
    The first reason why this shift cannot take the stop even if it took nothing else; None when it can.

    The order of the checks is that of `REFUSALS_IN_ORDER`. A stop bound to another shift, or held by its order, is
    refused with `COURIERS_HAVE_LEFT`: its parcel is in another vehicle. Breaks and lockers are not asked.
    """
    stop, shift = problem.stops[stop_index], start.shift
    if stop.only_shift_id not in (None, shift.shift_id) or stop.visit_id in start.held_elsewhere:
        return UnassignedCode.COURIERS_HAVE_LEFT
    refused = static_refusal(stop, shift)
    if refused is not None:
        return refused
    if not stop.load.fits_in(shift.capacity):
        return UnassignedCode.TOO_LARGE
    refused = _time_refusal(problem, stop_index, start)
    if refused is not None:
        return refused
    if shift.on_the_road and stop.kind is StopKind.DELIVERY and stop.only_shift_id != shift.shift_id:
        return UnassignedCode.COURIERS_HAVE_LEFT
    return None if _has_room(problem, stop, start) else UnassignedCode.CAPACITY_FULL


def _has_room(problem: RoutingProblem, stop: Stop, start: FreeStart) -> bool:
    shift = start.shift
    if shift.max_stops is not None and len(start.frozen) >= shift.max_stops:
        return False
    # A dropoff is not without its pickup, which is judged for itself; what is left behind after a reload has room.
    if not start.frozen or stop.kind is StopKind.DROPOFF or shift.max_trips > 1:
        return True
    return trip_fits([*(problem.stops[index] for index in start.frozen), stop], shift.capacity)


REFUSALS_IN_ORDER: tuple[UnassignedCode, ...] = (
    UnassignedCode.NO_COURIER_WITH_SKILL,
    UnassignedCode.NO_COURIER_FOR_ZONE,
    UnassignedCode.NO_COURIER_AT_DEPOT,
    UnassignedCode.TOO_LARGE,
    UnassignedCode.UNREACHABLE,
    UnassignedCode.WINDOW_OUTSIDE_SHIFTS,
    UnassignedCode.WINDOW_UNREACHABLE,
    UnassignedCode.NO_TIME_LEFT,
    UnassignedCode.COURIERS_HAVE_LEFT,
    UnassignedCode.CAPACITY_FULL,
)
"""What `refusal` can answer, first check first."""


def static_refusal(stop: Stop, shift: Shift) -> UnassignedCode | None:
    """Why this shift may not have the stop whatever the time and load (skill, zone, depot); None when it may."""
    if not stop.required_skills <= shift.skills or stop.forbidden_skills & shift.skills:
        return UnassignedCode.NO_COURIER_WITH_SKILL
    if not shift.may_enter(stop.zone_id):
        return UnassignedCode.NO_COURIER_FOR_ZONE
    if stop.kind is not StopKind.DELIVERY:
        return None
    # What is bound to this shift is in its vehicle already, wherever it was loaded.
    if stop.depot_id not in (None, shift.start_depot_id) and stop.only_shift_id != shift.shift_id:
        return UnassignedCode.NO_COURIER_AT_DEPOT
    return None


def _time_refusal(problem: RoutingProblem, stop_index: int, start: FreeStart) -> UnassignedCode | None:
    stop, shift = problem.stops[stop_index], start.shift
    row = problem.stop_node(stop_index)
    matrix = problem.matrix_of(shift)
    there_s = int(matrix.durations_s[start.row, row])
    home_s = 0 if start.end_row is None else int(matrix.durations_s[row, start.end_row])
    if there_s >= UNREACHABLE_S or home_s >= UNREACHABLE_S:
        return UnassignedCode.UNREACHABLE
    if stop.windows:
        in_shift = service_start(shift.starts_at, stop.windows)
        if in_shift is None or in_shift > shift.ends_at:
            return UnassignedCode.WINDOW_OUTSIDE_SHIFTS
    if start.closed or _is_too_far(problem, row, start):
        return UnassignedCode.NO_TIME_LEFT
    free_at = start.free_at
    if _loads_later(stop, shift, free_at):
        if start.frozen and shift.max_trips == 1:
            return UnassignedCode.COURIERS_HAVE_LEFT
        free_at = stop.ready_at or free_at
    setup_s = stop.setup_s if stop.point != start.point else 0
    leaves_at = _after_serving(problem, stop, free_at, there_s, setup_s)
    if leaves_at is None:
        return UnassignedCode.WINDOW_UNREACHABLE
    if leaves_at + timedelta(seconds=_drive_s(problem, home_s, leaves_at)) > shift.ends_at:
        return UnassignedCode.WINDOW_UNREACHABLE if stop.windows else UnassignedCode.NO_TIME_LEFT
    bounded = not start.frozen and shift.max_route_s is not None and problem.hour_factors is None
    if bounded and there_s + setup_s + stop.service_s + home_s > (shift.max_route_s or 0):
        return UnassignedCode.NO_TIME_LEFT
    return None


def _loads_later(stop: Stop, shift: Shift, free_at: datetime) -> bool:
    return (
        stop.kind is StopKind.DELIVERY
        and not shift.on_the_road
        and stop.ready_at is not None
        and stop.ready_at > free_at
    )


def _after_serving(
    problem: RoutingProblem, stop: Stop, free_at: datetime, there_s: int, setup_s: int
) -> datetime | None:
    """When the stop is left by who drives there at `free_at`; None when its last window has closed by then."""
    arrives_at = free_at + timedelta(seconds=_drive_s(problem, there_s, free_at))
    starts_at = service_start(arrives_at + timedelta(seconds=setup_s), stop.windows)
    return None if starts_at is None else starts_at + timedelta(seconds=stop.service_s)


def _drive_s(problem: RoutingProblem, matrix_s: int, leaves_at: datetime) -> int:
    return matrix_s if problem.hour_factors is None else problem.hour_factors.drive_s(matrix_s, leaves_at)


def _is_too_far(problem: RoutingProblem, row: int, start: FreeStart) -> bool:
    """Whether even the way there and home alone is longer than the courier may drive."""
    if start.shift.max_distance_m is None:
        return False
    metres = problem.matrix_of(start.shift).distances_m
    home_m = 0 if start.end_row is None else int(metres[row, start.end_row])
    return int(metres[start.row, row]) + home_m > start.shift.max_distance_m
