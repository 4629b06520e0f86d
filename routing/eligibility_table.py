"""Who could take which stop alone, for all stops and shifts at once: `eligibility.refusal` as a table."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from routing.eligibility import FreeStart, refusal, static_refusal, trip_fits
from routing.order import LOAD_DIMENSIONS
from routing.problem import RoutingProblem
from routing.stop import Stop, StopKind
from routing.travel_matrix import UNREACHABLE_S

_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = np.iinfo(np.int64).min // 4, np.iinfo(np.int64).max // 4

type _Ints = NDArray[np.int64]
type _Bools = NDArray[np.bool_]


def eligible(problem: RoutingProblem, starts: Sequence[FreeStart]) -> _Bools:
    """True at [stop, start] where `refusal` has nothing against it; rows are the problem's stops, columns `starts`."""
    if problem.hour_factors is not None:
        rows = [[refusal(problem, index, start) is None for start in starts] for index in range(len(problem.stops))]
        return np.array(rows, dtype=np.bool_).reshape(len(problem.stops), len(starts))
    table = np.zeros((len(problem.stops), len(starts)), dtype=np.bool_)
    if not problem.stops:
        return table
    columns = _Columns(problem)
    for number, start in enumerate(starts):
        if not start.closed:
            table[:, number] = columns.permitted(start) & columns.loadable(start) & columns.in_time(start)
    return table


class _Columns:
    """What is asked of every stop, an array each; times in microseconds since the problem's horizon."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        stops = self.stops = problem.stops
        self.nodes = np.arange(len(stops)) + len(problem.depots)
        self.delivered = np.array([stop.kind is StopKind.DELIVERY for stop in stops])
        self.bound = np.array([stop.only_shift_id or "" for stop in stops])
        self.service_us = np.array([stop.service_s for stop in stops], dtype=np.int64) * 1_000_000
        self.setup_us = np.array([stop.setup_s for stop in stops], dtype=np.int64) * 1_000_000
        self.ready_us = np.array([_FIRST if stop.ready_at is None else self._us(stop.ready_at) for stop in stops])
        self.windowed = np.array([bool(stop.windows) for stop in stops])
        most = max([1, *(len(stop.windows) for stop in stops)])
        # A stop without windows has one that is always open; those with fewer than others have some that never are.
        self.opens_us = np.full((len(stops), most), _LAST)
        self.closes_us = np.full((len(stops), most), _FIRST)
        for number, stop in enumerate(stops):
            for n, window in enumerate(stop.windows):
                self.opens_us[number, n] = self._us(window.opens_at)
                self.closes_us[number, n] = self._us(window.closes_at)
        self.opens_us[~self.windowed, 0] = _FIRST
        self.closes_us[~self.windowed, 0] = _LAST
        self.loads = np.array([[getattr(stop.load, name) for name in LOAD_DIMENSIONS] for stop in stops])
        self.points = np.array([(stop.point.lon, stop.point.lat) for stop in stops])
        self.groups, self.group_of = _groups(stops)

    def _us(self, at: datetime) -> int:
        return (at - self.problem.horizon_start) // _MICROSECOND

    def permitted(self, start: FreeStart) -> _Bools:
        """Skills, zones, depots, and who holds the stop."""
        shift = start.shift
        allowed = np.array([static_refusal(stop, shift) is None for stop in self.groups])[self.group_of]
        allowed &= (self.bound == "") | (self.bound == shift.shift_id)
        if start.held_elsewhere:
            allowed &= np.array([stop.visit_id not in start.held_elsewhere for stop in self.stops])
        return allowed

    def loadable(self, start: FreeStart) -> _Bools:
        """Room in the vehicle, and whether the courier can still load."""
        shift = start.shift
        fits: _Bools = (self.loads <= [getattr(shift.capacity, name) for name in LOAD_DIMENSIONS]).all(axis=1)
        if shift.on_the_road:
            fits &= ~self.delivered | (self.bound == shift.shift_id)
        if shift.max_stops is not None and len(start.frozen) >= shift.max_stops:
            fits[:] = False
        if start.frozen and shift.max_trips == 1:
            frozen = [self.stops[index] for index in start.frozen]
            for index in np.flatnonzero(fits):
                stop = self.stops[index]
                fits[index] = stop.kind is StopKind.DROPOFF or trip_fits([*frozen, stop], shift.capacity)
        return fits

    def in_time(self, start: FreeStart) -> _Bools:
        """Streets, windows, the end of the shift, and its longest route."""
        shift, matrix = start.shift, self.problem.matrix_of(start.shift)
        there_s, home_s = self._drives(matrix.durations_s, start)
        there_m, home_m = self._drives(matrix.distances_m, start)
        good: _Bools = (there_s < UNREACHABLE_S) & (home_s < UNREACHABLE_S)
        if shift.max_distance_m is not None:
            good &= there_m + home_m <= shift.max_distance_m
        starts_us, opens = self._service_start(np.full(len(self.stops), self._us(shift.starts_at)))
        good &= ~self.windowed | (opens & (starts_us <= self._us(shift.ends_at)))
        free_us = np.full(len(self.stops), self._us(start.free_at))
        later = self.delivered & (self.ready_us > free_us) & (not shift.on_the_road)
        if start.frozen and shift.max_trips == 1:
            good &= ~later
        free_us = np.where(later, self.ready_us, free_us)
        elsewhere = (self.points != (start.point.lon, start.point.lat)).any(axis=1)
        setup_us = np.where(elsewhere, self.setup_us, 0)
        starts_us, opens = self._service_start(free_us + there_s * 1_000_000 + setup_us)
        good &= opens & (starts_us + self.service_us + home_s * 1_000_000 <= self._us(shift.ends_at))
        if shift.max_route_s is not None and not start.frozen:
            work_us = (there_s + home_s) * 1_000_000 + setup_us + self.service_us
            good &= work_us <= shift.max_route_s * 1_000_000
        return good

    def _drives(self, table: NDArray[np.int32], start: FreeStart) -> tuple[_Ints, _Ints]:
        there = table[start.row, self.nodes].astype(np.int64)
        home = np.zeros_like(there) if start.end_row is None else table[self.nodes, start.end_row].astype(np.int64)
        return there, home

    def _service_start(self, ready_us: _Ints) -> tuple[_Ints, _Bools]:
        """The first instant in a window at or after `ready_us`, and whether there is one."""
        open_still = ready_us[:, None] <= self.closes_us
        starts_us = np.where(open_still, np.maximum(ready_us[:, None], self.opens_us), _LAST).min(axis=1)
        return starts_us, open_still.any(axis=1)


def _groups(stops: Sequence[Stop]) -> tuple[list[Stop], NDArray[np.intp]]:
    """One stop of each kind that `static_refusal` can tell apart, and which of them each stop is like."""
    number_of: dict[object, int] = {}
    like: list[Stop] = []
    group_of = []
    for stop in stops:
        key = (
            stop.required_skills,
            stop.forbidden_skills,
            stop.zone_id,
            stop.depot_id,
            stop.kind,
            stop.only_shift_id,
        )
        if key not in number_of:
            number_of[key] = len(like)
            like.append(stop)
        group_of.append(number_of[key])
    return like, np.array(group_of, dtype=np.intp)
