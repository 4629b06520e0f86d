"""One problem, solved and judged: what files and benchmarks ask for. Days with streets are planned in `planning`."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.errors import InfeasiblePlanError
from routing.explain import explain
from routing.plan import Plan, Provenance
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.route_building import build_routes, routes_cost
from routing.solver.search import OnProgress, ShouldStop, Solution, solve


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedProblem:
    """The plan that was found and judged, and the search's own report."""

    plan: Plan
    solution: Solution


def solve_problem(
    problem: RoutingProblem,
    *,
    time_limit_s: float,
    seed: int,
    processes: int = 1,
    start: Mapping[str, tuple[int, ...]] | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> SolvedProblem:
    """
    Search for `time_limit_s` seconds; every stop is in a route or comes back with the reason why not.

    `start` is a plan to begin with: stop indices by shift id.

    Raises
    ------
    InfeasiblePlanError
        When the independent check finds a violation; that is a fault of ours, and no such plan is given.
    """
    solution = solve(
        problem,
        time_limit_s=time_limit_s,
        seed=seed,
        processes=processes,
        start=start,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    routes = build_routes(problem, solution.sequences, solution.reloads)
    unassigned = explain(problem, solution.sequences, solution.reloads)
    left_out = {one.visit_id for one in unassigned}
    plan = Plan(
        routes=routes,
        unassigned=unassigned,
        provenance=Provenance(
            engine=solution.engine.name,
            time_limit_s=time_limit_s,
            seed=seed,
            matrix_source=problem.matrix.source,
            cost=routes_cost(problem, routes, (stop for stop in problem.stops if stop.visit_id in left_out)),
            elapsed_s=round(solution.elapsed_s, 3),
        ),
    )
    violations = check(problem, plan)
    if violations:
        raise InfeasiblePlanError(tuple(f"{one.where}: {one.message}" for one in violations))
    return SolvedProblem(plan=plan, solution=solution)
