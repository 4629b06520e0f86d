"""What `plan_check` asks about times: legs against the matrix, halts, setups, service, breaks and departures."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from routing.fleet import Break, Shift
from routing.plan import Halt, HaltKind, Leg, Route, Violation, Visit
from routing.problem import RoutingProblem
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S, HourFactors
from zones.lonlat import LonLat


def violation(code: str, where: str, message: str) -> Violation:
    """A violation, written shortly."""
    return Violation(code=code, where=where, message=message)


def check_drives(problem: RoutingProblem, shift: Shift, route: Route, row_of: Mapping[str, int]) -> Iterator[Violation]:
    """
    Legs are those of the matrix at their hour, halts lie on them, and times follow from both.

    `row_of` gives the matrix row of each visit.
    """
    matrix = problem.matrix_of(shift)
    end = problem.end_node(shift)
    rows = [problem.start_node(shift), *(row_of[visit.visit_id] for visit in route.visits)]
    rows.append(rows[-1] if end is None else end)
    reload_row = problem.depot_node(shift.start_depot_id)
    left_at = [route.departs_at, *(visit.leaves_at for visit in route.visits)]
    for number, leg in enumerate(route.legs):
        where = route.visits[number].visit_id if number < len(route.visits) else route.shift_id
        by = [reload_row for halt in leg.halts if halt.kind is HaltKind.RELOAD]
        via = [rows[number], *by, rows[number + 1]]
        pieces_s = [int(matrix.durations_s[a, b]) for a, b in pairwise(via)]
        metres = sum(int(matrix.distances_m[a, b]) for a, b in pairwise(via))
        if end is None and number == len(route.visits):
            pieces_s, metres = [0] * len(pieces_s), 0
        if max(pieces_s) >= UNREACHABLE_S:
            yield violation("no_street", where, "no street joins this place to the one before")
            continue
        driven_s = _driven_s(leg, pieces_s, left_at[number], problem.hour_factors)
        if driven_s is None:
            yield violation("halt_time", where, "a halt begins at a time when the courier is not where it is taken")
        elif leg.duration_s != driven_s or leg.distance_m != metres:
            message = f"the leg says {leg.duration_s} s, {leg.distance_m} m; the matrix {driven_s} s, {metres} m"
            yield violation("leg_matrix", where, message)
    yield from check_chain(route, 0, route.departs_at)


def _driven_s(leg: Leg, pieces_s: Sequence[int], left_at: datetime, factors: HourFactors | None) -> int | None:
    """
    Seconds of driving on a leg whose halts are where they say; None when one of them cannot be.

    A reload is at the end of the drive to the depot, a break anywhere (with factors by the hour: at an end of a drive).
    """

    def whole_s(matrix_s: float, at: datetime) -> float:
        return matrix_s if factors is None else factors.drive_s(int(matrix_s), at)

    pieces = list(pieces_s)
    at, left_s, driven_s = left_at, float(pieces.pop(0)), 0.0
    for halt in leg.halts:
        gap_s = (halt.starts_at - at).total_seconds()
        rest_s = whole_s(left_s, at)
        at_end = gap_s == rest_s
        if halt.kind is HaltKind.RELOAD:
            if not at_end:
                return None
            left_s = float(pieces.pop(0))
        elif at_end:
            left_s = 0.0
        elif gap_s == 0 or (factors is None and 0 < gap_s < rest_s):
            left_s -= gap_s
        else:
            return None
        driven_s += gap_s
        at = halt.starts_at + timedelta(seconds=halt.duration_s)
    return round(driven_s + whole_s(left_s, at))


def check_chain(route: Route, first: int, leaves_at: datetime) -> Iterator[Violation]:
    """
    From the visit number `first` on, each arrival is the last departure plus the leg with its halts.

    Of a halt that had begun before `leaves_at` only what is left of it counts.
    """
    at = leaves_at
    for visit, leg in zip(route.visits[first:], route.legs[first:], strict=False):
        due_at = _arrival(leg, at)
        if visit.arrives_at != due_at:
            message = f"left at {at.isoformat()}, there by {due_at.isoformat()}, not {visit.arrives_at.isoformat()}"
            yield violation("travel_time", visit.visit_id, message)
        at = visit.leaves_at
    due_at = _arrival(route.legs[-1], at)
    if route.returns_at != due_at:
        message = f"left at {at.isoformat()}, back by {due_at.isoformat()}, not {route.returns_at.isoformat()}"
        yield violation("travel_time", route.shift_id, message)


def _arrival(leg: Leg, leaves_at: datetime) -> datetime:
    arrives_at = leaves_at + timedelta(seconds=leg.duration_s)
    for halt in leg.halts:
        over_at = halt.starts_at + timedelta(seconds=halt.duration_s)
        arrives_at += max(over_at - max(halt.starts_at, leaves_at), timedelta(0))
    return arrives_at


def check_setups(
    placed: Sequence[tuple[Visit, Stop]], legs: Sequence[Leg], start: LonLat | None, depot: LonLat
) -> Iterator[Violation]:
    """
    Setup is paid where the halt before was at another point, and only there.

    `start` None means that nobody knows where the courier comes from: both are right at the first visit.
    """
    before = start
    for (visit, stop), leg in zip(placed, legs, strict=False):
        if any(halt.kind is HaltKind.RELOAD for halt in leg.halts):
            before = depot
        allowed = {stop.setup_s if visit.point != before else 0} | ({0} if before is None else set())
        if visit.setup_s not in allowed:
            message = f"setup takes {max(allowed)} s after the halt before, {visit.setup_s} s are planned"
            yield violation("setup_time", visit.visit_id, message)
        before = visit.point


def check_service(placed: Sequence[tuple[Visit, Stop]], may_be_late: frozenset[str]) -> Iterator[Violation]:
    """Service begins after arriving and setup, inside a window, and lasts as long as the stop says."""
    for visit, stop in placed:
        if visit.starts_at < visit.arrives_at + timedelta(seconds=visit.setup_s):
            yield violation("time_order", visit.visit_id, "service starts before arriving and setup")
        if visit.leaves_at - visit.starts_at != timedelta(seconds=stop.service_s):
            message = f"service takes {stop.service_s} s, {visit.leaves_at - visit.starts_at} is planned"
            yield violation("service_time", visit.visit_id, message)
        inside = any(window.opens_at <= visit.starts_at <= window.closes_at for window in stop.windows)
        too_late = bool(stop.windows) and visit.starts_at > stop.windows[-1].closes_at
        if stop.windows and not inside and not (too_late and visit.visit_id in may_be_late):
            message = f"service starts at {visit.starts_at.isoformat()}, outside its windows"
            yield violation("window", visit.visit_id, message)


def check_breaks(shift: Shift, route: Route) -> Iterator[Violation]:
    """Each break of the shift is taken once: in the route at its time, before it or after it (see `Break`)."""
    halts = [halt for leg in route.legs for halt in leg.halts if halt.kind is HaltKind.BREAK]
    count = Counter(halt.name for halt in halts)
    known = {rest.break_id: rest for rest in shift.breaks}
    for halt in halts:
        if halt.name not in known:
            yield violation("break_unknown", route.shift_id, f"the shift has no break {halt.name!r}")
        elif not _holds(halt, known[halt.name]):
            message = f"break {halt.name} from {halt.starts_at.isoformat()} is outside its times or too short"
            yield violation("break_time", route.shift_id, message)
    for rest in shift.breaks:
        rested_at = rest.opens_at + timedelta(seconds=rest.duration_s)
        outside = route.departs_at >= rested_at or route.returns_at <= rest.closes_at
        if count[rest.break_id] > 1:
            yield violation(
                "break_twice", route.shift_id, f"break {rest.break_id} is taken {count[rest.break_id]} times"
            )
        if count[rest.break_id] == 0 and not outside:
            message = f"break {rest.break_id} is neither in the route nor possible before or after it"
            yield violation("break_missing", route.shift_id, message)


def _holds(halt: Halt, rest: Break) -> bool:
    begins_at = max(halt.starts_at, rest.opens_at)
    over_at = halt.starts_at + timedelta(seconds=halt.duration_s)
    return begins_at <= rest.closes_at and begins_at + timedelta(seconds=rest.duration_s) <= over_at


def check_departure(problem: RoutingProblem, shift: Shift, route: Route) -> Iterator[Violation]:
    """Nobody leaves before the shift has begun and he has loaded, or before he is available."""
    if shift.start_point is not None:
        yield from check_not_before(route, shift.available_at or shift.starts_at, "available_at")
        return
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    loading_s = depot.service_s if shift.home_point is None else 0
    yield from check_not_before(route, shift.starts_at + timedelta(seconds=loading_s), "shift_start")
    if shift.available_at is not None:
        yield from check_not_before(route, shift.available_at, "available_at")


def check_not_before(route: Route, earliest: datetime, code: str) -> Iterator[Violation]:
    """The route departs not before an instant."""
    if route.departs_at < earliest:
        message = f"leaves at {route.departs_at.isoformat()}, possible from {earliest.isoformat()}"
        yield violation(code, route.shift_id, message)


def check_shift_end(shift: Shift, route: Route) -> Iterator[Violation]:
    """The courier is back when the shift ends."""
    if route.returns_at > shift.ends_at:
        message = f"back at {route.returns_at.isoformat()}, the shift ends at {shift.ends_at.isoformat()}"
        yield violation("shift_end", route.shift_id, message)


def check_limits(shift: Shift, route: Route) -> Iterator[Violation]:
    """The longest route by time, metres and visits that the shift allows."""
    lasts_s = (route.returns_at - route.departs_at).total_seconds()
    if shift.max_route_s is not None and lasts_s > shift.max_route_s:
        message = f"lasts {lasts_s:.0f} s, at most {shift.max_route_s} s are allowed"
        yield violation("max_route_time", route.shift_id, message)
    metres = sum(leg.distance_m for leg in route.legs)
    if shift.max_distance_m is not None and metres > shift.max_distance_m:
        message = f"drives {metres} m, at most {shift.max_distance_m} m are allowed"
        yield violation("max_distance", route.shift_id, message)
    if shift.max_stops is not None and len(route.visits) > shift.max_stops:
        message = f"has {len(route.visits)} visits, at most {shift.max_stops} are allowed"
        yield violation("max_stops", route.shift_id, message)
