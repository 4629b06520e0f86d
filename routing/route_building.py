"""From sequences of stops to routes with times and legs, what they cost, and the streets they follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from routing.errors import ProblemError
from routing.fleet import Depot, Shift
from routing.plan import HaltKind, Leg, Route
from routing.problem import SECONDS_AN_HOUR, CostWeights, RoutingProblem
from routing.roads import RoadNetwork, StraightLineRoads
from routing.route_timing import TimedRoute, time_route
from routing.stop import Stop
from zones.lonlat import LonLat


def build_route(
    problem: RoutingProblem,
    shift: Shift,
    stop_indices: Sequence[int],
    reloads: Sequence[int] = (),
    not_before: Mapping[str, datetime] | None = None,
) -> Route:
    """
    The route of `shift` through these stops, timed; legs hold time and distance of the matrix and no path yet.

    The arguments are those of `time_route`. A visit that comes too late is in it, late: `plan_check` judges.

    Raises
    ------
    ProblemError
        When it cannot be driven: a pair on the way is not joined by streets, or a parcel is brought after it is loaded.
    """
    timed = time_route(problem, shift, stop_indices, reloads, not_before)
    if timed is None:
        raise ProblemError(
            f"the stops of shift {shift.shift_id} are not joined by streets in this order, or one of them is to be "
            "loaded before it is brought"
        )
    return route_of(shift, timed)


def build_routes(
    problem: RoutingProblem,
    sequences: Mapping[str, Sequence[int]],
    reloads: Mapping[str, Sequence[int]] | None = None,
) -> tuple[Route, ...]:
    """
    The routes of a whole plan, with parcels that one route brings and another takes on; shifts without stops have none.

    `sequences` holds positions in `problem.stops` by shift id, `reloads` positions in these (see `time_route`). All
    routes are timed as early as can be; those that wait for a visit of another are timed again until it holds.

    Raises
    ------
    ProblemError
        When a route cannot be driven, or routes wait for each other in a circle.
    """
    shift_of = {shift.shift_id: shift for shift in problem.shifts}
    driven = {shift_id: tuple(sequence) for shift_id, sequence in sequences.items() if sequence}
    trips = {shift_id: (reloads or {}).get(shift_id, ()) for shift_id in driven}
    routes = {
        shift_id: build_route(problem, shift_of[shift_id], sequence, trips[shift_id])
        for shift_id, sequence in driven.items()
    }
    waiting = _waiting(problem, driven)
    known: dict[str, dict[str, datetime]] = {}
    # Each round settles at least one more visit that others wait for, unless they wait in a circle.
    for _ in range(sum(len(stops) for stops in waiting.values()) + 2):
        left_at = {visit.visit_id: visit.leaves_at for route in routes.values() for visit in route.visits}
        changed = False
        for shift_id, stops in waiting.items():
            not_before = {
                stop.visit_id: left_at[after.visit_id] + timedelta(seconds=after.gap_s)
                for stop in stops
                if (after := stop.loads_after) is not None and after.visit_id in left_at
            }
            if not_before != known.get(shift_id, {}):
                known[shift_id] = not_before
                changed = True
                shift = shift_of[shift_id]
                routes[shift_id] = build_route(problem, shift, driven[shift_id], trips[shift_id], not_before)
        if not changed:
            return tuple(routes.values())
    raise ProblemError(f"the routes of shifts {', '.join(sorted(waiting))} wait for each other's parcels in a circle")


def _waiting(problem: RoutingProblem, driven: Mapping[str, tuple[int, ...]]) -> dict[str, list[Stop]]:
    """By shift, the stops whose parcel a visit of another shift brings."""
    waiting: dict[str, list[Stop]] = {}
    for shift_id, sequence in driven.items():
        own = {problem.stops[index].visit_id for index in sequence}
        stops = [problem.stops[index] for index in sequence]
        brought = [stop for stop in stops if stop.loads_after is not None and stop.loads_after.visit_id not in own]
        if brought:
            waiting[shift_id] = brought
    return waiting


def route_of(shift: Shift, timed: TimedRoute) -> Route:
    """The route that a shift drives when its sequence is timed like this."""
    return Route(
        shift_id=shift.shift_id,
        courier_id=shift.courier_id,
        departs_at=timed.departs_at,
        returns_at=timed.returns_at,
        visits=timed.visits,
        legs=timed.legs,
    )


def routes_cost(problem: RoutingProblem, routes: Iterable[Route], left_out: Iterable[Stop]) -> int:
    """
    What a plan costs by the problem's `CostWeights`, in units of one second of driving, rounded.

    All time of a route that is neither driving, setup, service, loading nor a break's own length is waiting. `left_out`
    may hold stops that are not in the problem.
    """
    weights = problem.weights
    stops = {stop.visit_id: stop for stop in problem.stops}
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    depots = depot_by_id(problem.depots)
    cost = longest_s = most = 0.0
    for route in routes:
        cost += route_cost(route, shifts[route.shift_id], weights, stops, depots)
        longest_s = max(longest_s, work_s(route))
        most = max(most, len(route.visits))
    cost += weights.per_longest_work_s * longest_s + weights.per_most_stops * most
    return round(cost + sum(weights.left_out(stop) for stop in left_out))


def route_cost(
    route: Route, shift: Shift, weights: CostWeights, stops: Mapping[str, Stop], depots: Mapping[str, Depot]
) -> float:
    """What one route adds to the plan's cost, balance between couriers not counted; `stops` are by visit id."""
    prices = weights.of_shift(shift)
    seconds = sum(leg.duration_s for leg in route.legs)
    metres = sum(leg.distance_m for leg in route.legs)
    cost = prices.per_route + prices.per_hour * seconds / SECONDS_AN_HOUR + prices.per_km * metres / 1000
    cost += weights.per_wait_s * _idle_s(route, shift, depots)
    for visit in route.visits:
        stop = stops[visit.visit_id]
        if weights.per_foreign_stop and shift.home_zone_ids is not None and stop.zone_id is not None:
            cost += weights.per_foreign_stop * (stop.zone_id not in shift.home_zone_ids)
        if stop.preferred_shift_id not in (None, shift.shift_id):
            cost += stop.other_shift_cost
        if stop.soft_window is not None:
            cost += stop.soft_window.cost(visit.starts_at)
    return cost


def work_s(route: Route) -> float:
    """Seconds of driving, setup and service of a route: the work that is balanced between couriers."""
    served_s = sum((visit.leaves_at - visit.starts_at).total_seconds() + visit.setup_s for visit in route.visits)
    return served_s + sum(leg.duration_s for leg in route.legs)


def _idle_s(route: Route, shift: Shift, depots: Mapping[str, Depot]) -> float:
    idle_s = sum(visit.wait_s for visit in route.visits)
    lasts_s = {rest.break_id: rest.duration_s for rest in shift.breaks}
    for halt in (halt for leg in route.legs for halt in leg.halts):
        needed_s = lasts_s[halt.name] if halt.kind is HaltKind.BREAK else depots[halt.name].service_s
        idle_s += halt.duration_s - needed_s
    return idle_s


def with_paths(
    route: Route, start: LonLat, end: LonLat | None, roads: RoadNetwork, reload_at: LonLat | None = None
) -> Route:
    """
    The same route with the streets of each leg; times and distances stay those it was planned with.

    Where the streets give no way between two points (the matrix said there was one), that leg is the straight line and
    says so in its source. `end` None leaves the last leg without a path; legs with a reload lead by `reload_at`.
    """
    points, last_of_leg = [start], list[int]()
    targets = [*(visit.point for visit in route.visits), *([] if end is None else [end])]
    for leg, target in zip(route.legs, targets, strict=False):
        reloads = sum(halt.kind is HaltKind.RELOAD for halt in leg.halts) if reload_at is not None else 0
        points += [point for point in (reload_at,) * reloads if point is not None]
        points.append(target)
        last_of_leg.append(len(points) - 1)
    found = roads.route(points)
    pieces = found if found is not None else tuple(straight_leg(*pair) for pair in pairwise(points))
    legs = []
    for leg, first, last in zip(route.legs, [0, *last_of_leg], last_of_leg, strict=False):
        drawn = pieces[first:last]
        path = tuple(point for n, piece in enumerate(drawn) for point in piece.path[1 if n else 0 :])
        legs.append(replace(leg, path=path, source=drawn[0].source))
    return replace(route, legs=(*legs, *route.legs[len(legs) :]))


def straight_leg(a: LonLat, b: LonLat) -> Leg:
    """The straight-line guess of the drive from `a` to `b`, labelled as such."""
    return next(iter(StraightLineRoads().route([a, b]) or ()))


def depot_by_id(depots: Iterable[Depot]) -> Mapping[str, Depot]:
    """Depots by their id."""
    return {depot.depot_id: depot for depot in depots}
