"""A search's answer as a plan that the second opinion can judge; without reasons, streets and provenance."""

from routing.plan import Plan, Provenance, Unassigned, UnassignedCode, Violation
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.route_building import build_routes, routes_cost
from routing.solver.progress import Sequences


def outline(problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> Plan:
    """The plan of these sequences, timed; every stop in none of them is unassigned without a reason of its own."""
    routed = {index for sequence in sequences.values() for index in sequence}
    left_out = [stop for index, stop in enumerate(problem.stops) if index not in routed]
    routes = build_routes(problem, sequences, reloads)
    return Plan(
        routes=routes,
        unassigned=tuple(
            Unassigned(order_id=stop.order_id, visit_id=stop.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="")
            for stop in left_out
        ),
        provenance=Provenance(
            engine="",
            time_limit_s=0.0,
            seed=0,
            matrix_source=problem.matrix.source,
            cost=routes_cost(problem, routes, left_out),
        ),
    )


def violations_of(problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> list[Violation]:
    """What the second opinion says of these sequences."""
    return check(problem, outline(problem, sequences, reloads))
