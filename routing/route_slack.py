"""What surely has no place in a route: a bound that costs nothing to ask."""

from datetime import datetime, timedelta

from routing.eligibility import FreeStart
from routing.problem import RoutingProblem, earliest_departure
from routing.stop import Stop
from routing.timing import service_start


class RouteSlack:
    """
    How early each place of a route without reloads can be left and how late the next one reached.

    Setups, breaks and releases are not counted, so what does not fit between the two cannot be put there, and what does
    still has to be tried.
    """

    def __init__(self, problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...]) -> None:
        self._problem = problem
        self._durations_s = problem.matrix_of(start.shift).durations_s
        self._least = 1.0 if problem.hour_factors is None else min(problem.hour_factors.factors)
        self._rows = [problem.start_node(start.shift), *(problem.stop_node(index) for index in sequence)]
        self._rows_after = [*self._rows[1:], start.end_row]
        stops = [problem.stops[index] for index in sequence]
        depot = problem.depots[problem.depot_node(start.shift.start_depot_id)]
        self._left_at = [earliest_departure(start.shift, depot)]
        for stop, a, b in zip(stops, self._rows, self._rows_after, strict=False):
            arrives_at = self._left_at[-1] + self._drive(a, b)
            starts_at = service_start(arrives_at, stop.windows) or arrives_at
            self._left_at.append(starts_at + timedelta(seconds=stop.service_s))
        self._due_at: list[datetime | None] = [None] * len(sequence) + [start.shift.ends_at]
        for position in range(len(stops) - 1, len(start.frozen) - 1, -1):
            self._due_at[position] = self._last_start(stops[position], self._rows[position + 1], position + 1)

    def may_take(self, stop_index: int, position: int) -> bool:
        """False when the stop cannot be put before the one at `position`, whatever else is changed."""
        stop, row = self._problem.stops[stop_index], self._problem.stop_node(stop_index)
        arrives_at = self._left_at[position] + self._drive(self._rows[position], row)
        starts_at, last_at = service_start(arrives_at, stop.windows), self._last_start(stop, row, position)
        return starts_at is not None and last_at is not None and starts_at <= last_at

    def _drive(self, a: int, b: int | None) -> timedelta:
        return timedelta(seconds=0 if b is None else int(self._durations_s[a, b]) * self._least)

    def _last_start(self, stop: Stop, row: int, position: int) -> datetime | None:
        """The last start of service at `row` that lets what is at `position` in the route begin in time."""
        due_at = self._due_at[position]
        if due_at is None:
            return None
        last_at = due_at - self._drive(row, self._rows_after[position]) - timedelta(seconds=stop.service_s)
        opened = [min(last_at, window.closes_at) for window in stop.windows if window.opens_at <= last_at]
        return max(opened, default=None) if stop.windows else last_at
