"""What surely has no place in a route: a bound that costs next to nothing to ask."""

from datetime import datetime, timedelta

import numpy as np

from routing.eligibility import FreeStart
from routing.problem import RoutingProblem, earliest_departure
from routing.stop import Stop
from routing.timing import service_start

_ROUNDING_S = 0.001


class RouteSlack:
    """
    How early each place of a route without reloads can be left and how late the next one reached.

    Setups, breaks and releases are not counted, so what does not fit between the two cannot be put there, and what does
    still has to be tried.
    """

    def __init__(self, problem: RoutingProblem, start: FreeStart, sequence: tuple[int, ...]) -> None:
        self._problem = problem
        self._durations_s = problem.matrix_of(start.shift).durations_s
        self._least = 1.0 if problem.hour_factors is None else problem.hour_factors.least_ratio
        self._rows = [problem.start_node(start.shift), *(problem.stop_node(index) for index in sequence)]
        self._ends_anywhere = start.end_row is None
        # Whoever ends anywhere drives nowhere after his last visit; any row does, its drive is not counted.
        self._rows_after = [*self._rows[1:], start.end_row or 0]
        stops = [problem.stops[index] for index in sequence]
        depot = problem.depots[problem.depot_node(start.shift.start_depot_id)]
        left_at = [earliest_departure(start.shift, depot)]
        for stop, a, b in zip(stops, self._rows, self._rows_after, strict=False):
            arrives_at = left_at[-1] + timedelta(seconds=int(self._durations_s[a, b]) * self._least)
            starts_at = service_start(arrives_at, stop.windows) or arrives_at
            left_at.append(starts_at + timedelta(seconds=stop.service_s))
        self._left_s = np.array([self._seconds(at) for at in left_at])
        self._due_s = np.full(len(sequence) + 1, -np.inf)
        self._due_s[-1] = self._seconds(start.shift.ends_at)
        for position in range(len(stops) - 1, len(start.frozen) - 1, -1):
            last_s = self._last_starts_s(stops[position], self._rows[position + 1])
            self._due_s[position] = last_s[position + 1]

    def positions(self, stop_index: int) -> list[int]:
        """Where in the sequence the stop may fit; everywhere else it does not, whatever else is changed."""
        stop, row = self._problem.stops[stop_index], self._problem.stop_node(stop_index)
        arrives_s = self._left_s + self._durations_s[self._rows, row] * self._least
        starts_s = arrives_s
        if stop.windows:
            starts_s = np.full(len(arrives_s), np.inf)
            for window in stop.windows:
                opens_s, closes_s = self._seconds(window.opens_at), self._seconds(window.closes_at)
                inside_s = np.where(arrives_s <= closes_s + _ROUNDING_S, np.maximum(arrives_s, opens_s), np.inf)
                starts_s = np.minimum(starts_s, inside_s)
        fits = starts_s <= self._last_starts_s(stop, row) + _ROUNDING_S
        return [int(position) for position in np.flatnonzero(fits)]

    def _last_starts_s(self, stop: Stop, row: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """For each position the last start of service at `row` that lets what is there now begin in time."""
        drives_s = self._durations_s[row, self._rows_after] * self._least
        if self._ends_anywhere:
            drives_s[-1] = 0
        last_s = self._due_s - drives_s - stop.service_s
        if not stop.windows:
            return np.asarray(last_s)
        inside_s = np.full(len(last_s), -np.inf)
        for window in stop.windows:
            opens_s, closes_s = self._seconds(window.opens_at), self._seconds(window.closes_at)
            inside_s = np.maximum(
                inside_s, np.where(last_s + _ROUNDING_S >= opens_s, np.minimum(last_s, closes_s), -np.inf)
            )
        return inside_s

    def _seconds(self, at: datetime) -> float:
        return (at - self._problem.horizon_start).total_seconds()
