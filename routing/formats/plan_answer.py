"""A solved problem in the words of its file: the file's ids and units."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from routing.formats.reading import ReadProblem
from routing.formats.vroom_places import ANYWHERE
from routing.plan import Plan, Route
from routing.problem import node_points
from routing.route_building import routes_cost


def answer_row(read: ReadProblem, plan: Plan, engine: dict[str, Any]) -> dict[str, Any]:
    """
    Routes as the file's stop ids, depots left out; cost and distance in the file's units.

    `engine` is the search's report; the shift of each route stands beside it, as `engine.shifts`.
    The cost is what the routes cost; in our own JSON the price of the orders left out is in it.
    """
    id_of = ids_by_visit(read)
    return {
        "routes": [[id_of[visit.visit_id] for visit in route.visits] for route in plan.routes],
        "cost": cost_of(read, plan),
        "distance": distance_of(read, plan),
        "unassigned": [
            {"id": id_of[one.visit_id], "reason": f"{one.code.value}: {one.message}"} for one in plan.unassigned
        ],
        "elapsed_s": plan.provenance.elapsed_s,
        "engine": {**engine, "shifts": [route.shift_id for route in plan.routes]},
    }


def ids_by_visit(read: ReadProblem) -> dict[str, int | str]:
    """The file's id of each visit."""
    return {stop.visit_id: stop_id for stop, stop_id in zip(read.problem.stops, read.stop_ids, strict=True)}


def distance_of(read: ReadProblem, plan: Plan) -> int | float:
    """What all routes drive, in the file's unit; at most six decimals."""
    return _short(read.distance(plan.routes))


def cost_of(read: ReadProblem, plan: Plan) -> int | float:
    """What the plan costs, in the file's unit."""
    if read.cost_is_distance:
        return distance_of(read, plan)
    if read.counts_unassigned:
        return plan.provenance.cost
    return _short(routes_cost(read.problem, plan.routes, ()) / read.cost_a_unit)


def with_straight_paths(read: ReadProblem, plan: Plan) -> Plan:
    """The plan with each leg drawn as a straight line, for maps; a start anywhere is on none."""
    problem = read.problem
    points = node_points(problem.depots, problem.stops, problem.shifts)
    shifts = {shift.shift_id: shift for shift in problem.shifts}

    def drawn(route: Route) -> Route:
        shift = shifts[route.shift_id]
        end = problem.end_node(shift)
        on_way = [points[problem.start_node(shift)], *(visit.point for visit in route.visits)]
        on_way.append(on_way[-1] if end is None else points[end])
        lines = [() if ANYWHERE in pair else pair for pair in pairwise(on_way)]
        # What comes after the last visit of an open route has no leg, or one that leads nowhere.
        legs = [replace(leg, path=line) for leg, line in zip(route.legs, lines, strict=False)]
        return replace(route, legs=tuple(legs))

    return replace(plan, routes=tuple(drawn(route) for route in plan.routes))


def _short(number: float) -> int | float:
    rounded = round(number, 6)
    return int(rounded) if rounded.is_integer() else rounded
