"""Moves of unlocked stops between a few routes of a plan in progress, all weighed at once by what they would save."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.eligibility import static_refusal
from routing.order import LOAD_DIMENSIONS
from routing.problem import SECONDS_AN_HOUR, RoutingProblem
from routing.solver.live_route import AFTER, BEFORE, DEPART, LATEST, NEVER, SECOND_US, VISIT, LiveRoute, whole_windows
from routing.stop import Stop, StopKind

_FAR: Final = 2**60

type Sequences = dict[int, tuple[int, ...]]
"""New sequences by the number of the route in the chosen ones."""


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """
    The chosen routes laid out flat: one row a place (gap) and one row a stop that may move.

    `gap` has BEFORE, AFTER as numbers of the small drive tables, `gap_route` and `gap_position` say where it is; the
    gap before the stop number u is `gap_of[u]`, the one behind it `gap_of[u]` + 1. `cost` is by route, from, to.
    """

    routes: Sequence[LiveRoute]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    depart: NDArray[np.int64]
    latest: NDArray[np.int64]
    is_visit: NDArray[np.bool_]
    gap_route: NDArray[np.int64]
    gap_position: NDArray[np.int64]
    gap_of: NDArray[np.int64]
    stop_node: NDArray[np.int64]
    stop_route: NDArray[np.int64]
    end_of: NDArray[np.int64]
    drive_us: NDArray[np.int64]
    cost: NDArray[np.float64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    service: NDArray[np.int64]
    may: NDArray[np.bool_]
    collected: NDArray[np.int64]
    loads: NDArray[np.int64]
    room: NDArray[np.int64]
    """By route, 1 for collections, dimension: what the vehicle holds beyond all stops of that kind."""


type StopFacts = tuple[list[tuple[int, int]], int, list[bool], int, list[int]]
"""Windows and service of a stop in microseconds, which routes may have it, 1 for who is collected, its loads."""


def saving_moves(
    problem: RoutingProblem, routes: Sequence[LiveRoute], most: int, known: dict[int, StopFacts]
) -> list[tuple[float, Sequences]]:
    """
    At most `most` moves that save driving and break no window by what is known of times, the best first.

    Relocations of one stop, swaps of two stops and exchanges of tails. Waiting and setups are not weighed, loads
    only in sum: each move has still to be judged. Locked visits stay where they are. `known` remembers, by row of the
    stop, what stays the same from one call to the next.
    """
    field = _field(problem, routes, known)
    if not len(field.stop_node):
        return []
    found: list[tuple[float, int, int, int]] = []
    for kind, saved in enumerate((_relocations(field), _swaps(field), _tails(field))):
        flat = saved.ravel()
        chosen = np.argpartition(-flat, min(most, len(flat) - 1))[:most]
        found += [(float(flat[n]), kind, *divmod(int(n), saved.shape[1])) for n in chosen if flat[n] > 1]
    found.sort(key=lambda one: (-one[0], one[1:]))
    moved = (_relocated, _swapped, _crossed)
    return [(saved, moved[kind](field, a, b)) for saved, kind, a, b in found[:most]]


def _field(problem: RoutingProblem, routes: Sequence[LiveRoute], known: dict[int, StopFacts]) -> _Field:
    tables = [one.table for one in routes]
    table = np.concatenate(tables)
    gap_route = np.repeat(np.arange(len(routes)), [len(one) for one in tables])
    nodes, numbers = np.unique(np.concatenate([table[:, BEFORE], table[:, AFTER]]), return_inverse=True)
    before, after = numbers[: len(table)], numbers[len(table) :]
    matrix = problem.matrix_of(routes[0].start.shift)
    part = np.ix_(nodes, nodes)
    seconds, metres = matrix.durations_s[part].astype(np.int64), matrix.distances_m[part].astype(np.int64)
    seconds[:, nodes < 0] = metres[:, nodes < 0] = 0
    prices = [problem.weights.of_shift(one.start.shift) for one in routes]
    movable = np.flatnonzero(table[:, VISIT])
    facts = [_facts(problem, routes, row, known) for row in table[movable, AFTER].tolist()]
    opens, closes = _padded_windows([one[0] for one in facts])
    ends = np.cumsum([len(one) for one in tables]) - 1
    return _Field(
        routes=routes,
        before=before,
        after=after,
        depart=table[:, DEPART],
        latest=table[:, LATEST],
        is_visit=table[:, VISIT] == 1,
        gap_route=gap_route,
        gap_position=table[:, 0],
        gap_of=movable,
        stop_node=after[movable],
        stop_route=gap_route[movable],
        end_of=after[ends],
        drive_us=seconds * SECOND_US,
        cost=np.stack([seconds * (one.per_hour / SECONDS_AN_HOUR) + metres * (one.per_km / 1000) for one in prices]),
        opens=opens,
        closes=closes,
        service=np.array([one[1] for one in facts], dtype=np.int64),
        may=np.array([one[2] for one in facts], dtype=np.bool_).reshape(-1, len(routes)),
        collected=np.array([one[3] for one in facts], dtype=np.int64),
        loads=np.array([one[4] for one in facts], dtype=np.int64).reshape(-1, len(LOAD_DIMENSIONS)),
        room=np.array([_room(problem, one) for one in routes], dtype=np.int64),
    )


def _facts(problem: RoutingProblem, routes: Sequence[LiveRoute], row: int, known: dict[int, StopFacts]) -> StopFacts:
    if row not in known:
        stop = problem.stops[row - len(problem.depots)]
        windows = whole_windows(problem, stop.windows) or [(NEVER, _FAR)]
        loads = [getattr(stop.load, name) for name in LOAD_DIMENSIONS]
        may = [_may_move(stop, one) for one in routes]
        known[row] = windows, stop.service_s * SECOND_US, may, int(stop.kind is not StopKind.DELIVERY), loads
    return known[row]


def _room(problem: RoutingProblem, route: LiveRoute) -> list[list[int]]:
    stops = [problem.stops[index] for index in route.sequence]
    return [
        [
            getattr(route.start.shift.capacity, name)
            - sum(getattr(stop.load, name) for stop in stops if (stop.kind is not StopKind.DELIVERY) == collected)
            for name in LOAD_DIMENSIONS
        ]
        for collected in (False, True)
    ]


def _padded_windows(windows: Sequence[list[tuple[int, int]]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When windows open and close, shape (windows, stops); one that is never open fills up stops with fewer."""
    most = max((len(one) for one in windows), default=1)
    padded = np.array([one + [(_FAR, NEVER)] * (most - len(one)) for one in windows], dtype=np.int64)
    padded = padded.reshape(-1, most, 2)
    return padded[:, :, 0].T, padded[:, :, 1].T


def _may_move(stop: Stop, route: LiveRoute) -> bool:
    start, shift = route.start, route.start.shift
    if stop.visit_id in start.held_elsewhere or stop.only_shift_id not in (None, shift.shift_id):
        return False
    if shift.on_the_road and stop.kind is StopKind.DELIVERY and stop.only_shift_id is None:
        return False
    return static_refusal(stop, shift) is None


def _starts(field: _Field, ready: NDArray[np.int64]) -> NDArray[np.int64]:
    """First starts of service, shape (stops, anything), for who is ready at these instants; `_FAR` for never."""
    starts = np.full_like(ready, _FAR)
    for opens, closes in zip(field.opens, field.closes, strict=True):
        begins = np.maximum(ready, opens[:, None])
        starts = np.where((ready <= closes[:, None]) & (begins < starts), begins, starts)
    return starts


def _relocations(field: _Field) -> NDArray[np.float64]:
    """What moving each stop into each gap saves; 0 or less where it cannot."""
    gap, node, own = field.gap_of, field.stop_node, field.stop_route
    before, behind = field.before[gap], field.after[gap + 1]
    removed = field.cost[own, before, node] + field.cost[own, node, behind] - field.cost[own, before, behind]
    into, onto, where = field.before, field.after, field.gap_route
    added = (
        field.cost[where[None, :], into[None, :], node[:, None]]
        + field.cost[where[None, :], node[:, None], onto[None, :]]
        - field.cost[where, into, onto][None, :]
    )
    same = own[:, None] == where[None, :]
    numbers = np.arange(len(into))[None, :]
    # Within a route its own leaving makes room: at most the time it takes now.
    freed = field.drive_us[before, node] + field.drive_us[node, behind] - field.drive_us[before, behind]
    freed = np.maximum(freed + field.service, 0)[:, None]
    departs = field.depart[None, :] - np.where(same & (numbers > gap[:, None]), freed, 0)
    latest = field.latest[None, :] + np.where(same & (numbers < gap[:, None]), freed, 0)
    starts = _starts(field, departs + field.drive_us[into[None, :], node[:, None]])
    done = starts + field.service[:, None] + field.drive_us[node[:, None], onto[None, :]]
    has_room = (field.loads[:, None, :] <= field.room[:, field.collected].transpose(1, 0, 2)).all(axis=2)
    fits = (done <= latest) & (has_room[:, where] | same)
    stays = (numbers == gap[:, None]) | (numbers == gap[:, None] + 1)
    fits &= ~stays & field.may[:, where]
    return np.where(fits, removed[:, None] - added, 0.0)


def _swaps(field: _Field) -> NDArray[np.float64]:
    """What putting each two stops of different routes into each other's place saves."""
    gap, node, own = field.gap_of, field.stop_node, field.stop_route
    before, behind = field.before[gap], field.after[gap + 1]
    now = field.cost[own, before, node] + field.cost[own, node, behind]
    # Row u, column v: stop u in the place of stop v.
    instead = (
        field.cost[own[None, :], before[None, :], node[:, None]]
        + field.cost[own[None, :], node[:, None], behind[None, :]]
    )
    starts = _starts(field, field.depart[gap][None, :] + field.drive_us[before[None, :], node[:, None]])
    done = starts + field.service[:, None] + field.drive_us[node[:, None], behind[None, :]]
    fits = (done <= field.latest[gap + 1][None, :]) & field.may[:, own]
    # What leaves makes room for what comes only when both are of one kind.
    alike = field.collected[:, None] == field.collected[None, :]
    more = field.loads[:, None, :] - field.loads[None, :, :] * alike[:, :, None]
    fits &= (more <= field.room[own[None, :], field.collected[:, None]]).all(axis=2)
    both = fits & fits.T & (own[:, None] < own[None, :])
    return np.where(both, now[:, None] + now[None, :] - instead - instead.T, 0.0)


def _tails(field: _Field) -> NDArray[np.float64]:
    """What exchanging the tails behind each two gaps of different routes saves."""
    before, after, own = field.before, field.after, field.gap_route
    # Row g, column h: the head before gap g goes on with the tail behind gap h, or home when that is empty.
    onto = np.where(field.is_visit[None, :], after[None, :], field.end_of[own][:, None])
    joined = field.cost[own[:, None], before[:, None], onto]
    in_time = field.depart[:, None] + field.drive_us[before[:, None], onto]
    fits = in_time <= np.where(field.is_visit[None, :], field.latest[None, :], _FAR)
    fits &= _tails_allowed(field)[:, own].T
    now = field.cost[own, before, after]
    both = fits & fits.T & (own[:, None] < own[None, :]) & (field.is_visit[:, None] | field.is_visit[None, :])
    return np.where(both, now[:, None] + now[None, :] - joined - joined.T, 0.0)


def _tails_allowed(field: _Field) -> NDArray[np.bool_]:
    """By gap and route: whether that route may have all stops behind the gap."""
    allowed = np.ones((len(field.before), len(field.routes)), dtype=np.bool_)
    number_of = {int(gap): number for number, gap in enumerate(field.gap_of)}
    for gap in range(len(field.before) - 1, -1, -1):
        if gap in number_of:
            allowed[gap] = allowed[gap + 1] & field.may[number_of[gap]]
    return allowed


def _relocated(field: _Field, stop: int, gap: int) -> Sequences:
    here, there = int(field.stop_route[stop]), int(field.gap_route[gap])
    old, target = field.routes[here].sequence, field.routes[there].sequence
    from_at, to_at = int(field.gap_position[field.gap_of[stop]]), int(field.gap_position[gap])
    rest = (*old[:from_at], *old[from_at + 1 :])
    if here != there:
        return {here: rest, there: (*target[:to_at], old[from_at], *target[to_at:])}
    to_at -= to_at > from_at
    return {here: (*rest[:to_at], old[from_at], *rest[to_at:])}


def _swapped(field: _Field, one: int, other: int) -> Sequences:
    here, there = int(field.stop_route[one]), int(field.stop_route[other])
    a, b = list(field.routes[here].sequence), list(field.routes[there].sequence)
    i, j = int(field.gap_position[field.gap_of[one]]), int(field.gap_position[field.gap_of[other]])
    a[i], b[j] = b[j], a[i]
    return {here: tuple(a), there: tuple(b)}


def _crossed(field: _Field, one: int, other: int) -> Sequences:
    here, there = int(field.gap_route[one]), int(field.gap_route[other])
    a, b = field.routes[here].sequence, field.routes[there].sequence
    i, j = int(field.gap_position[one]), int(field.gap_position[other])
    return {here: (*a[:i], *b[j:]), there: (*b[:j], *a[i:])}
