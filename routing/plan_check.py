"""
The second opinion on a plan: every rule of the problem, judged from the plan's own figures.

Nothing here is shared with the solver or with the code that times routes, so that one mistake cannot hide in both.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from routing.courier_now import RouteContext
from routing.fleet import Shift
from routing.order import LOAD_DIMENSIONS
from routing.plan import Plan, Route, Violation, Visit
from routing.problem import RoutingProblem
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S


def check(problem: RoutingProblem, plan: Plan) -> list[Violation]:
    """
    Every rule of `problem` that `plan` breaks; an empty list means that the plan may be stored.

    Frozen visits happen whatever the rules say now: windows, skills, zones and depots are not asked of them, and a
    route of nothing but frozen visits may return after its shift and exceed its vehicle.
    """
    stops = {stop.visit_id: stop for stop in problem.stops}
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    found = list(_everything_once(problem, plan))
    for route in plan.routes:
        shift = shifts.get(route.shift_id)
        if shift is None:
            found.append(Violation(code="shift_unknown", where=route.shift_id, message="no such shift in the problem"))
            continue
        unknown = [visit.visit_id for visit in route.visits if visit.visit_id not in stops]
        if unknown or not route.visits or len(route.legs) != len(route.visits) + 1:
            found.extend(_broken_shape(route, unknown))
            continue
        placed = [(visit, stops[visit.visit_id]) for visit in route.visits]
        found.extend(_identity(route, shift, placed))
        found.extend(_drives(problem, shift, route))
        found.extend(_frozen_first(shift, route))
        found.extend(_service(placed, frozenset(shift.frozen_visit_ids)))
        found.extend(_departure(problem, shift, route, placed))
        found.extend(_bound(shift, placed))
        found.extend(_permissions(shift, placed))
        if not _only_frozen(shift, route):
            found.extend(_shift_end(shift, route))
            found.extend(_loads(shift, [stop for _, stop in placed]))
    return found


def check_route(route: Route, context: RouteContext, may_be_late: frozenset[str] = frozenset()) -> list[Violation]:
    """
    Judge one edited route in the middle of the day, before it is stored.

    Done visits are history and only count as load; once the courier has left, what is on board is no question of
    skills, zones or depots any more. `may_be_late` holds visits (and the shift's id for a late return)
    that were late before the edit (`RouteChange.late_ids`). Legs are judged by their own figures: the first leg that
    is left starts where the courier is now.
    """
    shift, courier = context.shift, context.courier
    stops = {stop.visit_id: stop for stop in context.stops}
    unknown = [visit.visit_id for visit in route.visits if visit.visit_id not in stops]
    if unknown or not route.visits or len(route.legs) != len(route.visits) + 1:
        return list(_broken_shape(route, unknown))
    placed = [(visit, stops[visit.visit_id]) for visit in route.visits]
    first_left = next(
        (n for n, visit in enumerate(route.visits) if visit.visit_id not in courier.done_visit_ids), len(placed)
    )
    left = placed[first_left:]
    found = list(_identity(route, shift, left, same_points=False))
    twice = [visit_id for visit_id, count in Counter(v.visit_id for v in route.visits).items() if count > 1]
    found += [_violation("visit_twice", visit_id, "visited more than once") for visit_id in twice]
    leaves_at = courier.now if courier.has_left else route.departs_at
    if courier.has_left and courier.position is None and first_left:
        leaves_at = max(courier.now, route.visits[first_left - 1].leaves_at)
    found += _chain(route, first_left, leaves_at)
    found += _service(left, may_be_late)
    found += _bound(shift, left)
    found += _loads(shift, [stop for _, stop in placed])
    if not courier.has_left:
        found += _permissions(shift, left)
        found += _not_before(route, shift.starts_at, "shift_start")
        found += _not_before(route, courier.now, "departure_in_the_past")
        found += _released(shift, route, placed)
    if shift.shift_id not in may_be_late:
        found += _shift_end(shift, route)
    return found


def _violation(code: str, where: str, message: str) -> Violation:
    return Violation(code=code, where=where, message=message)


def _everything_once(problem: RoutingProblem, plan: Plan) -> Iterator[Violation]:
    routed = Counter(visit.visit_id for route in plan.routes for visit in route.visits)
    out = Counter(one.visit_id for one in plan.unassigned)
    for visit_id, count in routed.items():
        if count > 1:
            yield _violation("visit_twice", visit_id, f"visited {count} times")
        if visit_id in out:
            yield _violation("visit_both", visit_id, "in a route and among the unassigned")
    for visit_id, count in out.items():
        if count > 1:
            yield _violation("unassigned_twice", visit_id, f"listed {count} times as unassigned")
    for stop in problem.stops:
        if stop.visit_id not in routed and stop.visit_id not in out:
            yield _violation("visit_missing", stop.visit_id, "neither in a route nor among the unassigned")
    for shift_id, count in Counter(route.shift_id for route in plan.routes).items():
        if count > 1:
            yield _violation("shift_twice", shift_id, f"has {count} routes")
    frozen_shift = {visit_id: shift.shift_id for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    for visit_id, shift_id in frozen_shift.items():
        if visit_id not in routed:
            yield _violation("frozen_prefix", visit_id, f"frozen in shift {shift_id}, but in no route")


def _broken_shape(route: Route, unknown: list[str]) -> Iterator[Violation]:
    for visit_id in unknown:
        yield _violation("visit_unknown", visit_id, "no such visit in the problem")
    if not route.visits:
        yield _violation("route_empty", route.shift_id, "a shift without visits has no route")
    if len(route.legs) != len(route.visits) + 1:
        message = f"expected {len(route.visits) + 1} legs for {len(route.visits)} visits, got {len(route.legs)}"
        yield _violation("leg_count", route.shift_id, message)


def _identity(
    route: Route, shift: Shift, placed: list[tuple[Visit, Stop]], *, same_points: bool = True
) -> Iterator[Violation]:
    if route.courier_id != shift.courier_id:
        message = f"the shift is of courier {shift.courier_id}, the route of {route.courier_id}"
        yield _violation("courier_mismatch", route.shift_id, message)
    for visit, stop in placed:
        if visit.order_id != stop.order_id:
            message = f"the stop is for order {stop.order_id}, the visit for {visit.order_id}"
            yield _violation("order_mismatch", visit.visit_id, message)
        if same_points and visit.point != stop.point:
            yield _violation("point_mismatch", visit.visit_id, "the visit is at another point than its stop")


def _drives(problem: RoutingProblem, shift: Shift, route: Route) -> Iterator[Violation]:
    """Legs are those of the matrix, and times follow from them."""
    row_of = {stop.visit_id: len(problem.depots) + n for n, stop in enumerate(problem.stops)}
    rows = [problem.start_node(shift), *(row_of[visit.visit_id] for visit in route.visits)]
    rows.append(problem.depot_node(shift.end_depot_id))
    for number, (leg, (a, b)) in enumerate(zip(route.legs, pairwise(rows), strict=True)):
        where = route.visits[number].visit_id if number < len(route.visits) else route.shift_id
        drive_s, metres = int(problem.matrix.durations_s[a, b]), int(problem.matrix.distances_m[a, b])
        if drive_s >= UNREACHABLE_S:
            yield _violation("no_street", where, "no street joins this place to the one before")
        elif leg.duration_s != drive_s or leg.distance_m != metres:
            message = f"the leg says {leg.duration_s} s, {leg.distance_m} m; the matrix {drive_s} s, {metres} m"
            yield _violation("leg_matrix", where, message)
    yield from _chain(route, 0, route.departs_at)


def _chain(route: Route, first: int, leaves_at: datetime) -> Iterator[Violation]:
    """From the visit number `first` on, each arrival is the last departure plus the leg."""
    at = leaves_at
    for visit, leg in zip(route.visits[first:], route.legs[first:], strict=False):
        if visit.arrives_at != at + timedelta(seconds=leg.duration_s):
            message = f"left at {at.isoformat()} for {leg.duration_s} s, arrives {visit.arrives_at.isoformat()}"
            yield _violation("travel_time", visit.visit_id, message)
        at = visit.leaves_at
    if route.returns_at != at + timedelta(seconds=route.legs[-1].duration_s):
        message = f"left at {at.isoformat()} for {route.legs[-1].duration_s} s, back {route.returns_at.isoformat()}"
        yield _violation("travel_time", route.shift_id, message)


def _service(placed: list[tuple[Visit, Stop]], may_be_late: frozenset[str]) -> Iterator[Violation]:
    for visit, stop in placed:
        if visit.starts_at < visit.arrives_at:
            yield _violation("time_order", visit.visit_id, "service starts before arriving")
        if visit.leaves_at - visit.starts_at != timedelta(seconds=stop.service_s):
            message = f"service takes {stop.service_s} s, {visit.leaves_at - visit.starts_at} is planned"
            yield _violation("service_time", visit.visit_id, message)
        inside = any(window.opens_at <= visit.starts_at <= window.closes_at for window in stop.windows)
        too_late = bool(stop.windows) and visit.starts_at > stop.windows[-1].closes_at
        if stop.windows and not inside and not (too_late and visit.visit_id in may_be_late):
            message = f"service starts at {visit.starts_at.isoformat()}, outside its windows"
            yield _violation("window", visit.visit_id, message)


def _departure(
    problem: RoutingProblem, shift: Shift, route: Route, placed: list[tuple[Visit, Stop]]
) -> Iterator[Violation]:
    if shift.on_the_road:
        yield from _not_before(route, shift.available_at or shift.starts_at, "available_at")
        return
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    yield from _not_before(route, shift.starts_at + timedelta(seconds=depot.service_s), "shift_start")
    if shift.available_at is not None:
        yield from _not_before(route, shift.available_at, "available_at")
    yield from _released(shift, route, placed)


def _not_before(route: Route, earliest: datetime, code: str) -> Iterator[Violation]:
    if route.departs_at < earliest:
        message = f"leaves at {route.departs_at.isoformat()}, possible from {earliest.isoformat()}"
        yield _violation(code, route.shift_id, message)


def _released(shift: Shift, route: Route, placed: list[tuple[Visit, Stop]]) -> Iterator[Violation]:
    if shift.on_the_road:
        return
    for visit, stop in placed:
        if stop.ready_at is not None and route.departs_at < stop.ready_at:
            message = f"leaves the depot at {route.departs_at.isoformat()}, ready at {stop.ready_at.isoformat()}"
            yield _violation("ready_at", visit.visit_id, message)


def _bound(shift: Shift, placed: list[tuple[Visit, Stop]]) -> Iterator[Violation]:
    for visit, stop in placed:
        if stop.only_shift_id not in (None, shift.shift_id):
            message = f"bound to shift {stop.only_shift_id}, placed in {shift.shift_id}"
            yield _violation("only_shift", visit.visit_id, message)


def _permissions(shift: Shift, placed: list[tuple[Visit, Stop]]) -> Iterator[Violation]:
    zones = shift.allowed_zone_ids
    for visit, stop in placed:
        if visit.visit_id in shift.frozen_visit_ids:
            continue
        loaded = stop.only_shift_id == shift.shift_id
        if not stop.required_skills <= shift.skills:
            lacking = ", ".join(sorted(stop.required_skills - shift.skills))
            yield _violation("skill", visit.visit_id, f"the courier lacks {lacking}")
        if zones is not None and stop.zone_id is not None and stop.zone_id not in zones:
            yield _violation("zone", visit.visit_id, f"the courier is not permitted in zone {stop.zone_id}")
        if not loaded and stop.depot_id not in (None, shift.start_depot_id):
            message = f"the goods are at depot {stop.depot_id}, the courier loads at {shift.start_depot_id}"
            yield _violation("depot", visit.visit_id, message)
        if not loaded and shift.start_point is not None:
            yield _violation("courier_has_left", visit.visit_id, "the courier is on the road and can load nothing more")


def _frozen_first(shift: Shift, route: Route) -> Iterator[Violation]:
    first = tuple(visit.visit_id for visit in route.visits[: len(shift.frozen_visit_ids)])
    if first != shift.frozen_visit_ids:
        message = f"expected {', '.join(shift.frozen_visit_ids)} first, got {', '.join(first)}"
        yield _violation("frozen_prefix", route.shift_id, message)


def _only_frozen(shift: Shift, route: Route) -> bool:
    return len(route.visits) == len(shift.frozen_visit_ids)


def _shift_end(shift: Shift, route: Route) -> Iterator[Violation]:
    if route.returns_at > shift.ends_at:
        message = f"back at {route.returns_at.isoformat()}, the shift ends at {shift.ends_at.isoformat()}"
        yield _violation("shift_end", route.shift_id, message)


def _loads(shift: Shift, stops: list[Stop]) -> Iterator[Violation]:
    for name in LOAD_DIMENSIONS:
        total, most = sum(getattr(stop.load, name) for stop in stops), getattr(shift.capacity, name)
        if total > most:
            yield _violation("capacity", shift.shift_id, f"{name}: {total} on board, the vehicle holds {most}")
