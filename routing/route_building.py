"""From a sequence of stops to a route with times and legs, what it costs, and the streets it follows."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from routing.eligibility import sequence_times
from routing.errors import ProblemError
from routing.fleet import Depot, Shift
from routing.plan import Leg, Route
from routing.problem import CostWeights, RoutingProblem, earliest_departure
from routing.roads import RoadNetwork, StraightLineRoads
from routing.stop import Stop
from zones.lonlat import LonLat


def build_route(problem: RoutingProblem, shift: Shift, stop_indices: tuple[int, ...]) -> Route:
    """
    The route of `shift` through these stops, timed; legs hold time and distance of the matrix and no path yet.

    A courier at the depot leaves not before every order of the route is ready.

    Raises
    ------
    ProblemError
        When a pair on the way is not joined by streets.
    """
    depot = problem.depots[problem.depot_node(shift.start_depot_id)]
    stops = [problem.stops[index] for index in stop_indices]
    leaves_from = earliest_departure(shift, depot)
    if not shift.on_the_road:
        leaves_from = max([leaves_from, *(stop.ready_at for stop in stops if stop.ready_at is not None)])
    timed = sequence_times(problem, shift, leaves_from, stop_indices)
    if timed is None:
        raise ProblemError(f"the stops of shift {shift.shift_id} are not joined by streets in this order")
    rows = [problem.start_node(shift), *(problem.stop_node(index) for index in stop_indices)]
    rows.append(problem.depot_node(shift.end_depot_id))
    matrix = problem.matrix
    return Route(
        shift_id=shift.shift_id,
        courier_id=shift.courier_id,
        departs_at=timed.departs_at,
        returns_at=timed.returns_at,
        visits=timed.visits,
        legs=tuple(
            Leg(
                distance_m=int(matrix.distances_m[a, b]),
                duration_s=int(matrix.durations_s[a, b]),
                source=matrix.source,
            )
            for a, b in pairwise(rows)
        ),
    )


def routes_cost(routes: Iterable[Route], left_out: Iterable[Stop], weights: CostWeights) -> int:
    """What a plan costs by `CostWeights`, in units of one second of driving, rounded."""
    cost = 0.0
    for route in routes:
        cost += weights.per_route
        cost += sum(leg.duration_s + weights.per_km * leg.distance_m / 1000 for leg in route.legs)
        cost += weights.per_wait_s * sum(visit.wait_s for visit in route.visits)
    cost += sum(weights.unassigned + weights.priority_step * stop.priority for stop in left_out)
    return round(cost)


def with_paths(route: Route, start: LonLat, end: LonLat, roads: RoadNetwork) -> Route:
    """
    The same route with the streets of each leg; times and distances stay those it was planned with.

    Where the streets give no way between two points (the matrix said there was one), that leg is the straight line and
    says so in its source.
    """
    points = [start, *(visit.point for visit in route.visits), end]
    found = roads.route(points)
    legs = []
    for position, (leg, pair) in enumerate(zip(route.legs, pairwise(points), strict=True)):
        drawn = found[position] if found is not None else straight_leg(*pair)
        legs.append(replace(leg, path=drawn.path, source=drawn.source))
    return replace(route, legs=tuple(legs))


def straight_leg(a: LonLat, b: LonLat) -> Leg:
    """The straight-line guess of the drive from `a` to `b`, labelled as such."""
    return next(iter(StraightLineRoads().route([a, b]) or ()))


def depot_by_id(depots: Iterable[Depot]) -> Mapping[str, Depot]:
    """Depots by their id."""
    return {depot.depot_id: depot for depot in depots}
