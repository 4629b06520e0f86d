"""Which shift could take which stop at all, alone: the one place that the model and the explanations ask."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from routing.errors import ProblemError
from routing.fleet import Shift
from routing.order import Load
from routing.plan import UnassignedCode
from routing.problem import RoutingProblem, earliest_departure
from routing.stop import Stop
from routing.timing import TimedSequence, service_start, time_sequence
from routing.travel_matrix import UNREACHABLE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeStart:
    """
    Where a shift's free part begins: after its frozen visits, or at its start when it has none.

    `row` is a matrix row, `load` what the frozen visits take. `closed` shifts can take nothing more: they cannot be
    back in time, or their frozen visits alone are too much for the vehicle.
    """

    shift: Shift
    row: int
    end_row: int
    free_at: datetime
    frozen: tuple[int, ...] = ()
    load: Load = field(default_factory=Load)
    closed: bool = False


def free_starts(problem: RoutingProblem) -> tuple[FreeStart, ...]:
    """The free start of every shift of the problem, in their order."""
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    return tuple(_free_start(problem, shift, index_of) for shift in problem.shifts)


def _free_start(problem: RoutingProblem, shift: Shift, index_of: dict[str, int]) -> FreeStart:
    row = problem.start_node(shift)
    end_row = problem.depot_node(shift.end_depot_id)
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    leaves_at = earliest_departure(shift, depot)
    if not shift.frozen_visit_ids:
        return FreeStart(shift=shift, row=row, end_row=end_row, free_at=leaves_at, closed=leaves_at > shift.ends_at)
    frozen = tuple(index_of[visit_id] for visit_id in shift.frozen_visit_ids)
    stops = [problem.stops[index] for index in frozen]
    if not shift.on_the_road:
        leaves_at = max([leaves_at, *(stop.ready_at for stop in stops if stop.ready_at is not None)])
    timed = sequence_times(problem, shift, leaves_at, frozen)
    if timed is None:
        raise ProblemError(f"the frozen visits of shift {shift.shift_id} are not joined by streets; unfreeze them")
    load = sum((stop.load for stop in stops), Load())
    return FreeStart(
        shift=shift,
        row=problem.stop_node(frozen[-1]),
        end_row=end_row,
        free_at=timed.visits[-1].leaves_at,
        frozen=frozen,
        load=load,
        closed=timed.returns_at > shift.ends_at or not load.fits_in(shift.capacity),
    )


def sequence_times(
    problem: RoutingProblem, shift: Shift, leaves_from: datetime, stop_indices: tuple[int, ...]
) -> TimedSequence | None:
    """Time these stops in this order from `leaves_from`; None when a pair on the way is not joined by streets."""
    rows = [problem.start_node(shift), *(problem.stop_node(index) for index in stop_indices)]
    rows.append(problem.depot_node(shift.end_depot_id))
    drives_s = [int(problem.matrix.durations_s[a, b]) for a, b in pairwise(rows)]
    if any(drive_s >= UNREACHABLE_S for drive_s in drives_s):
        return None
    stops = [problem.stops[index] for index in stop_indices]
    return time_sequence(leaves_from, stops, drives_s, may_leave_later=not shift.on_the_road)


def refusal(problem: RoutingProblem, stop_index: int, start: FreeStart) -> UnassignedCode | None:
    """
    The first reason why this shift cannot take the stop even if it took nothing else; None when it can.

    The order of the checks is that of `REFUSALS_IN_ORDER`. A stop bound to another shift is refused with
    `COURIERS_HAVE_LEFT`: its parcel is in another vehicle.
    """
    stop, shift = problem.stops[stop_index], start.shift
    if stop.only_shift_id not in (None, shift.shift_id):
        return UnassignedCode.COURIERS_HAVE_LEFT
    refused = static_refusal(stop, shift)
    if refused is not None:
        return refused
    if not stop.load.fits_in(shift.capacity):
        return UnassignedCode.TOO_LARGE
    refused = _time_refusal(problem, stop_index, start)
    if refused is not None:
        return refused
    if shift.on_the_road and stop.only_shift_id != shift.shift_id:
        return UnassignedCode.COURIERS_HAVE_LEFT
    return None if (start.load + stop.load).fits_in(shift.capacity) else UnassignedCode.CAPACITY_FULL


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
    if not stop.required_skills <= shift.skills:
        return UnassignedCode.NO_COURIER_WITH_SKILL
    if not shift.may_enter(stop.zone_id):
        return UnassignedCode.NO_COURIER_FOR_ZONE
    # What is bound to this shift is in its vehicle already, wherever it was loaded.
    if stop.depot_id not in (None, shift.start_depot_id) and stop.only_shift_id != shift.shift_id:
        return UnassignedCode.NO_COURIER_AT_DEPOT
    return None


def _time_refusal(problem: RoutingProblem, stop_index: int, start: FreeStart) -> UnassignedCode | None:
    stop, shift = problem.stops[stop_index], start.shift
    row = problem.stop_node(stop_index)
    there_s = int(problem.matrix.durations_s[start.row, row])
    home_s = int(problem.matrix.durations_s[row, start.end_row])
    if there_s >= UNREACHABLE_S or home_s >= UNREACHABLE_S:
        return UnassignedCode.UNREACHABLE
    in_shift = service_start(shift.starts_at, stop.windows)
    if in_shift is None or in_shift > shift.ends_at:
        return UnassignedCode.WINDOW_OUTSIDE_SHIFTS
    if start.closed:
        return UnassignedCode.NO_TIME_LEFT
    free_at = start.free_at
    if stop.ready_at is not None and not shift.on_the_road and stop.ready_at > free_at:
        if start.frozen:
            return UnassignedCode.COURIERS_HAVE_LEFT
        free_at = stop.ready_at
    starts_at = service_start(free_at + timedelta(seconds=there_s), stop.windows)
    if starts_at is None:
        return UnassignedCode.WINDOW_UNREACHABLE
    if starts_at + timedelta(seconds=stop.service_s + home_s) > shift.ends_at:
        return UnassignedCode.WINDOW_UNREACHABLE if stop.windows else UnassignedCode.NO_TIME_LEFT
    return None
