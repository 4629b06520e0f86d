"""
The second opinion on a plan: every rule of the problem, judged from the plan's own figures.

Nothing here is shared with the solver or with the code that times routes, so that one mistake cannot hide in both.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from routing.check_times import (
    check_breaks,
    check_chain,
    check_departure,
    check_drives,
    check_limits,
    check_not_before,
    check_service,
    check_setups,
    check_shift_end,
    violation,
)
from routing.check_trips import (
    Trip,
    check_brought,
    check_loads,
    check_lockers,
    check_pairs,
    check_released,
    check_reloads,
    trips_of,
)
from routing.courier_now import RouteContext
from routing.fleet import Shift
from routing.plan import Plan, Route, Violation, Visit
from routing.problem import RoutingProblem
from routing.stop import Stop, StopKind


def check(problem: RoutingProblem, plan: Plan) -> list[Violation]:
    """
    Every rule of `problem` that `plan` breaks; an empty list means that the plan may be stored.

    Frozen visits happen whatever the rules say now: windows, skills, zones and depots are not asked of them, and a
    route of nothing but frozen visits may return after its shift, exceed its vehicle and its limits, and miss breaks.
    """
    stops = {stop.visit_id: stop for stop in problem.stops}
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    left_at = {visit.visit_id: visit.leaves_at for route in plan.routes for visit in route.visits}
    row_of = {stop.visit_id: len(problem.depots) + n for n, stop in enumerate(problem.stops)}
    found = list(_everything_once(problem, plan))
    trips_by_shift: dict[str, list[Trip]] = {}
    for route in plan.routes:
        shift = shifts.get(route.shift_id)
        if shift is None:
            found.append(violation("shift_unknown", route.shift_id, "no such shift in the problem"))
            continue
        unknown = [visit.visit_id for visit in route.visits if visit.visit_id not in stops]
        if unknown or not route.visits or len(route.legs) != len(route.visits) + 1:
            found.extend(_broken_shape(route, unknown))
            continue
        placed = [(visit, stops[visit.visit_id]) for visit in route.visits]
        trips_by_shift[route.shift_id] = trips_of(shift, route, placed)
        found.extend(check_drives(problem, shift, route, row_of))
        found.extend(_route(problem, shift, route, placed, trips_by_shift[route.shift_id], left_at))
    found.extend(check_pairs(problem, trips_by_shift))
    found.extend(check_lockers(problem, plan))
    return found


def _route(
    problem: RoutingProblem,
    shift: Shift,
    route: Route,
    placed: list[tuple[Visit, Stop]],
    trips: list[Trip],
    left_at: Mapping[str, datetime],
) -> Iterator[Violation]:
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    yield from _identity(route, shift, placed)
    yield from check_setups(placed, route.legs, shift.start_point or shift.home_point or depot.point, depot.point)
    yield from _order_kept(shift, route)
    yield from check_service(placed, frozenset(shift.frozen_visit_ids))
    yield from check_departure(problem, shift, route)
    yield from check_released(trips)
    yield from check_brought(trips, left_at)
    yield from check_reloads(problem, shift, route)
    yield from _bound(shift, placed)
    yield from _permissions(shift, placed)
    if len(route.visits) > len(shift.frozen_visit_ids):
        yield from check_shift_end(shift, route)
        yield from check_loads(shift, trips)
        yield from check_limits(shift, route)
        yield from check_breaks(shift, route)


def check_route(route: Route, context: RouteContext, may_be_late: frozenset[str] = frozenset()) -> list[Violation]:
    """
    Judge one edited route in the middle of the day, before it is stored.

    Done visits are history and only count as load; once the courier has left, what is on board is no question of
    skills, zones or depots any more. `may_be_late` holds visits (and the shift's id for a late return)
    that were late before the edit (`RouteChange.late_ids`). Legs are judged by their own figures: the first leg that
    is left starts where the courier is now. Breaks are not asked for: who is on the road may have had his.
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
    trips = trips_of(shift, route, placed)
    found = list(_identity(route, shift, left, same_points=False))
    twice = [visit_id for visit_id, count in Counter(v.visit_id for v in route.visits).items() if count > 1]
    found += [violation("visit_twice", visit_id, "visited more than once") for visit_id in twice]
    leaves_at = courier.now if courier.has_left else route.departs_at
    if courier.has_left and courier.position is None and first_left:
        leaves_at = max(courier.now, route.visits[first_left - 1].leaves_at)
    depot = next(depot.point for depot in context.depots if depot.depot_id == shift.start_depot_id)
    found += check_chain(route, first_left, leaves_at)
    found += check_setups(left, route.legs[first_left:], None, depot)
    found += check_service(left, may_be_late)
    found += _bound(shift, left)
    found += check_loads(shift, trips)
    if not courier.has_left:
        found += _permissions(shift, left)
        found += check_not_before(route, shift.starts_at, "shift_start")
        found += check_not_before(route, courier.now, "departure_in_the_past")
        found += check_released(trips)
    if shift.shift_id not in may_be_late:
        found += check_shift_end(shift, route)
    return found


def _everything_once(problem: RoutingProblem, plan: Plan) -> Iterator[Violation]:
    routed = Counter(visit.visit_id for route in plan.routes for visit in route.visits)
    out = Counter(one.visit_id for one in plan.unassigned)
    for visit_id, count in routed.items():
        if count > 1:
            yield violation("visit_twice", visit_id, f"visited {count} times")
        if visit_id in out:
            yield violation("visit_both", visit_id, "in a route and among the unassigned")
    for visit_id, count in out.items():
        if count > 1:
            yield violation("unassigned_twice", visit_id, f"listed {count} times as unassigned")
    for stop in problem.stops:
        if stop.visit_id not in routed and stop.visit_id not in out:
            yield violation("visit_missing", stop.visit_id, "neither in a route nor among the unassigned")
    for shift_id, count in Counter(route.shift_id for route in plan.routes).items():
        if count > 1:
            yield violation("shift_twice", shift_id, f"has {count} routes")
    frozen_shift = {visit_id: shift.shift_id for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    for visit_id, shift_id in frozen_shift.items():
        if visit_id not in routed:
            yield violation("frozen_prefix", visit_id, f"frozen in shift {shift_id}, but in no route")
    shift_of = {visit.visit_id: route.shift_id for route in plan.routes for visit in route.visits}
    for shift in problem.shifts:
        for visit_id in shift.ordered_visit_ids:
            if shift_of.get(visit_id) != shift.shift_id:
                yield violation("ordered_shift", visit_id, f"held by shift {shift.shift_id}, but not in its route")


def _broken_shape(route: Route, unknown: list[str]) -> Iterator[Violation]:
    for visit_id in unknown:
        yield violation("visit_unknown", visit_id, "no such visit in the problem")
    if not route.visits:
        yield violation("route_empty", route.shift_id, "a shift without visits has no route")
    if len(route.legs) != len(route.visits) + 1:
        message = f"expected {len(route.visits) + 1} legs for {len(route.visits)} visits, got {len(route.legs)}"
        yield violation("leg_count", route.shift_id, message)


def _identity(
    route: Route, shift: Shift, placed: list[tuple[Visit, Stop]], *, same_points: bool = True
) -> Iterator[Violation]:
    if route.courier_id != shift.courier_id:
        message = f"the shift is of courier {shift.courier_id}, the route of {route.courier_id}"
        yield violation("courier_mismatch", route.shift_id, message)
    for visit, stop in placed:
        if visit.order_id != stop.order_id:
            message = f"the stop is for order {stop.order_id}, the visit for {visit.order_id}"
            yield violation("order_mismatch", visit.visit_id, message)
        if same_points and visit.point != stop.point:
            yield violation("point_mismatch", visit.visit_id, "the visit is at another point than its stop")


def _bound(shift: Shift, placed: list[tuple[Visit, Stop]]) -> Iterator[Violation]:
    for visit, stop in placed:
        if stop.only_shift_id not in (None, shift.shift_id):
            message = f"bound to shift {stop.only_shift_id}, placed in {shift.shift_id}"
            yield violation("only_shift", visit.visit_id, message)


def _permissions(shift: Shift, placed: list[tuple[Visit, Stop]]) -> Iterator[Violation]:
    zones = shift.allowed_zone_ids
    for visit, stop in placed:
        if visit.visit_id in shift.frozen_visit_ids:
            continue
        loaded = stop.only_shift_id == shift.shift_id or stop.kind is not StopKind.DELIVERY
        if not stop.required_skills <= shift.skills:
            lacking = ", ".join(sorted(stop.required_skills - shift.skills))
            yield violation("skill", visit.visit_id, f"the courier lacks {lacking}")
        if stop.forbidden_skills & shift.skills:
            barred = ", ".join(sorted(stop.forbidden_skills & shift.skills))
            yield violation("skill_forbidden", visit.visit_id, f"the courier has {barred}, which the stop forbids")
        if zones is not None and stop.zone_id is not None and stop.zone_id not in zones:
            yield violation("zone", visit.visit_id, f"the courier is not permitted in zone {stop.zone_id}")
        if not loaded and stop.depot_id not in (None, shift.start_depot_id):
            message = f"the goods are at depot {stop.depot_id}, the courier loads at {shift.start_depot_id}"
            yield violation("depot", visit.visit_id, message)
        if not loaded and shift.start_point is not None:
            yield violation("courier_has_left", visit.visit_id, "the courier is on the road and can load nothing more")


def _order_kept(shift: Shift, route: Route) -> Iterator[Violation]:
    first = tuple(visit.visit_id for visit in route.visits[: len(shift.frozen_visit_ids)])
    if first != shift.frozen_visit_ids:
        message = f"expected {', '.join(shift.frozen_visit_ids)} first, got {', '.join(first)}"
        yield violation("frozen_prefix", route.shift_id, message)
    placed = [visit.visit_id for visit in route.visits if visit.visit_id in shift.ordered_visit_ids]
    expected = [visit_id for visit_id in shift.ordered_visit_ids if visit_id in placed]
    if placed != expected:
        message = f"expected {', '.join(expected)} in this order, got {', '.join(placed)}"
        yield violation("ordered_sequence", route.shift_id, message)
