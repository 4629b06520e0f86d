"""One route of a plan in progress: its times as whole numbers, place by place, for quick bounds on what fits where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.eligibility import FreeStart
from routing.order import TimeWindow
from routing.plan import Route, Visit
from routing.problem import RoutingProblem, earliest_departure
from routing.stop import Stop, StopKind

MICROSECOND: Final = timedelta(microseconds=1)
SECOND_US: Final = 1_000_000
NEVER: Final = -(2**60)
"""Before every instant, in microseconds."""

# Columns of a route's table of places, one row for each place where a stop can go: between what is BEFORE (a row of the
# matrix) and what is AFTER (-1 where the route ends with its last visit). Instants and durations are microseconds since
# the horizon's start. DEPART is when the place before can be left, READY and START when the next visit could begin and
# does, LATEST its last start that keeps the rest in time. WAIT is the wait at the next visit as far as it costs, LATER
# the waits beyond it. UNPAID marks the first place of a courier who leaves later instead of waiting, VISIT the places
# that a visit comes after.
POSITION: Final = 0
BEFORE: Final = 1
AFTER: Final = 2
DEPART: Final = 3
READY: Final = 4
START: Final = 5
LATEST: Final = 6
SETUP: Final = 7
WAIT: Final = 8
LATER: Final = 9
UNPAID: Final = 10
VISIT: Final = 11
COLUMNS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiveRoute:
    """
    What is known of one shift's route.

    Parameters
    ----------
    sequence, reloads
        As in `time_route`; the first `len(start.frozen)` visits are locked.
    route
        As timed; None for a shift without visits.
    cost
        What the route costs; None when it breaks a rule as it is, so that nothing may be added.
    table, points
        The places: COLUMNS of whole numbers, and lon, lat of the places before and after. Without rows where bounds say
        nothing (reloads, drives that depend on the hour): there every place is tried.
    waits_known
        Whether WAIT and LATER say what one more stop does to the waiting; else only `idle_us` bounds it.
    soft_cost
        What its soft windows cost now.
    """

    start: FreeStart
    sequence: tuple[int, ...]
    reloads: tuple[int, ...] = ()
    route: Route | None
    cost: float | None
    table: NDArray[np.int64]
    points: NDArray[np.float64]
    waits_known: bool
    idle_us: int
    soft_cost: float
    kinds: frozenset[StopKind]
    loads: tuple[int, ...]
    """The sum of all its loads by dimension; what is on board at most while all stops are of one kind and trip."""

    @property
    def locked(self) -> tuple[Visit, ...]:
        """The locked visits; they keep their times."""
        return () if self.route is None else self.route.visits[: len(self.start.frozen)]

    @property
    def is_bounded(self) -> bool:
        """Whether `table` says where a stop cannot go."""
        return bool(len(self.table))


def microseconds(problem: RoutingProblem, at: datetime) -> int:
    """Microseconds since the horizon's start."""
    return (at - problem.horizon_start) // MICROSECOND


def first_start(ready: int, windows: Sequence[tuple[int, int]]) -> int | None:
    """The first instant from `ready` on that lies in a window; None when the last has closed."""
    if not windows:
        return ready
    return min((max(ready, opens) for opens, closes in windows if ready <= closes), default=None)


def last_start(latest: int, windows: Sequence[tuple[int, int]]) -> int:
    """The last instant up to `latest` that lies in a window; `NEVER` when the first has not opened."""
    if not windows:
        return latest
    return max((min(latest, closes) for opens, closes in windows if opens <= latest), default=NEVER)


def whole_windows(problem: RoutingProblem, windows: Sequence[TimeWindow]) -> list[tuple[int, int]]:
    """Windows in microseconds."""
    return [(microseconds(problem, one.opens_at), microseconds(problem, one.closes_at)) for one in windows]


def place_table(
    problem: RoutingProblem, start: FreeStart, sequence: Sequence[int], not_before: Mapping[str, datetime]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    The table of places of a route without reloads (see `LiveRoute`), and their points.

    `not_before` says by visit id when a parcel that another visit brings can be loaded.
    """
    shift, stops = start.shift, [problem.stops[index] for index in sequence]
    rows = [problem.start_node(shift), *(problem.stop_node(index) for index in sequence)]
    after = [*rows[1:], -1 if (end := problem.end_node(shift)) is None else end]
    durations_s = problem.matrix_of(shift).durations_s
    drives = [int(s) * SECOND_US for s in durations_s[rows, after]]
    if end is None:
        drives[-1] = 0
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    points = [shift.start_point or shift.home_point or depot.point, *(stop.point for stop in stops)]
    setups = [
        stop.setup_s * SECOND_US if stop.point != point else 0 for stop, point in zip(stops, points, strict=False)
    ]
    windows = [whole_windows(problem, stop.windows) for stop in stops]
    departs, readies, starts = _forward(
        microseconds(problem, _leaves_from(problem, start, stops, not_before)), drives, setups, windows, stops
    )
    latests = _backward(microseconds(problem, shift.ends_at), drives, setups, windows, stops)
    waits = [starts[n] - readies[n] for n in range(len(stops))] + [0]
    if not shift.on_the_road:
        waits[0] = 0
    later = np.append(np.cumsum(waits[::-1])[::-1][1:], 0)
    first = len(start.frozen)
    table = np.zeros((len(stops) + 1, COLUMNS), dtype=np.int64)
    table[:, POSITION] = range(len(stops) + 1)
    table[:, BEFORE], table[:, AFTER] = rows, after
    table[:, DEPART], table[:, READY], table[:, START], table[:, LATEST] = departs, readies, starts, latests
    table[:, SETUP] = [stop.setup_s * SECOND_US for stop in stops] + [0]
    table[:, WAIT], table[:, LATER] = waits, later
    table[0, UNPAID] = not shift.on_the_road
    table[:-1, VISIT] = 1
    end_point = shift.end_point or problem.depots[problem.depot_node(shift.end_depot_id)].point
    lonlat = [(point.lon, point.lat) for point in [*points, end_point]]
    places = np.hstack([np.array(lonlat[:-1]), np.array(lonlat[1:])])
    return table[first:], places[first:]


def _leaves_from(
    problem: RoutingProblem, start: FreeStart, stops: Sequence[Stop], not_before: Mapping[str, datetime]
) -> datetime:
    shift = start.shift
    leaves_at = earliest_departure(shift, problem.depots[problem.depot_node(shift.start_depot_id)])
    if shift.on_the_road:
        return leaves_at
    loaded = [stop for stop in stops if stop.kind is StopKind.DELIVERY]
    ready = [stop.ready_at for stop in loaded if stop.ready_at is not None]
    return max([leaves_at, *ready, *(not_before[stop.visit_id] for stop in loaded if stop.visit_id in not_before)])


def _forward(
    leaves: int, drives: list[int], setups: list[int], windows: list[list[tuple[int, int]]], stops: list[Stop]
) -> tuple[list[int], list[int], list[int]]:
    """When each place can be left, and when service at the next can and does start; the last entry is the end's."""
    departs, readies, starts = [leaves], list[int](), list[int]()
    for stop, drive, setup, opened in zip(stops, drives, setups, windows, strict=False):
        ready = departs[-1] + drive + setup
        begins = first_start(ready, opened)
        readies.append(ready)
        starts.append(ready if begins is None else begins)
        departs.append(starts[-1] + stop.service_s * SECOND_US)
    readies.append(departs[-1] + drives[-1])
    return departs, readies, [*starts, readies[-1]]


def _backward(
    ends: int, drives: list[int], setups: list[int], windows: list[list[tuple[int, int]]], stops: list[Stop]
) -> list[int]:
    """The last start at each visit, and at the end, that keeps all after it in time."""
    latests, setup_after = [ends], 0
    for number in range(len(stops) - 1, -1, -1):
        leaves = latests[-1] - setup_after - drives[number + 1]
        latests.append(last_start(leaves - stops[number].service_s * SECOND_US, windows[number]))
        setup_after = setups[number]
    return latests[::-1]
