"""
How the model is searched: parameters that measured well, progress and cancelling.

Iterated local search copes with nearly all that the model holds: with 100 stops, 12 couriers and 6 s it came out ahead
of guided local search by 5 % on plain days, 11 % with pairs, 13 % with breaks, 3 % with soft windows, 1 % with reloads.
It does not with goods that are ready late or brought by others: nothing tells its rebuilding when a route may leave, so
what it builds is refused at the end; there guided local search with all operators was 16 % ahead.
"""

from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

from google.protobuf import text_format
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from routing.problem import RoutingProblem
from routing.solver.model import Model, arcs_of, build_model, frozen_sequences, read_sequences, routes_of
from routing.solver.progress import OnProgress, Progress, Sequences, ShouldStop

TURN_S = 1.0
"""
Seconds of one turn of the search.

Iterated local search in OR-Tools 9.15 looks at nothing but its time limit (`CancelSearch`, `FinishCurrentSearch` and
`UpdateTimeLimit` end an inner step only), so a wish to stop is heard between turns. Each turn starts from the best plan
with the stops in another order, which is another seed.
"""

SMALL_DAY = 20
"""
Up to this many stops are searched by guided local search.

Greedy rebuilding leads few stops back to the same plan, however they are ruined, and with a single stop the ruin step
of OR-Tools 9.15 can loop for ever, past its time limit. On larger days iterated local search is far ahead.
"""

LARGE_DAY = 400
"""Above this many stops the first plan is made by savings: parallel insertion takes too long."""

TURN_FOR_BUILDING = 4
"""A turn lasts at least so many times as long as building its model."""

SAVINGS_NEIGHBORS = 0.1
"""Share of its neighbours that each stop is joined with on large days; the plans are as good, in half the time."""

SHORTEST_TURN_S = 0.05
"""No further turn is begun with less time left than this."""

ASK_EVERY_S = 0.05
"""Seconds between two times of asking whether to stop."""

FIRST_PLAN_S = 20.0
"""Seconds that the first plan may take beyond the limit: on a busy machine a late plan is better than an empty one."""

EMPTY_PLAN_S = 0.5
"""Seconds beyond the limit that are spent on a plan in which nobody is visited, though every stop could be alone."""

FIRST_PLAN_TURN_S = 4.0
"""Seconds of a turn beyond the limit."""

_NEVER = 1_000_000

_OPERATORS = frozenset({"use_relocate", "use_exchange", "use_cross", "use_two_opt", "use_or_opt"})

# Too slow for large days; on small ones they find what the five miss (what to leave out, pairs that change over).
_SMALL_DAY_OPERATORS = _OPERATORS | {
    "use_relocate_neighbors",
    "use_make_active",
    "use_make_inactive",
    "use_relocate_and_make_active",
    "use_swap_active",
    "use_extended_swap_active",
    "use_relocate_expensive_chain",
    "use_path_lns",
    "use_inactive_lns",
    "use_exchange_subtrip",
    "use_cross_exchange",
}

# Sisr: slack induction by string removals (Christiaens and Vanden Berghe 2020, doi 10.1287/trsc.2019.0914).
_ITERATED_LOCAL_SEARCH = """
use_iterated_local_search: true
iterated_local_search_parameters {
  ruin_recreate_parameters {
    ruin_strategies {
      sisr { max_removed_sequence_size: 10 avg_num_removed_visits: 10 bypass_factor: 0.01 }
    }
    ruin_strategies { random_walk { num_removed_visits: 15 } }
    ruin_strategies { spatially_close_routes { num_ruined_routes: 2 } }
    ruin_composition_strategy: RUN_ONE_RANDOMLY
    recreate_strategy { heuristic: LOCAL_CHEAPEST_INSERTION }
  }
  improve_perturbed_solution: true
  reference_solution_acceptance_strategy { simulated_annealing { automatic_temperatures: true } }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    The best plan of a search: sequences and reloads by shift id; what is in none of them stayed out.

    `cost` is in units of one second of driving, None when no plan was found; then only frozen visits are in it.
    """

    sequences: Sequences
    elapsed_s: float
    reloads: Sequences = field(default_factory=dict)
    cost: int | None = None
    stopped: bool = False


def first_plan(problem: RoutingProblem, seconds: float, seed: int) -> Found:
    """
    The plan that construction alone gives: PARALLEL_CHEAPEST_INSERTION, on large days the faster SAVINGS.

    When `seconds` are not enough there are only frozen visits in it, and no cost.
    """
    began = monotonic()
    model = build_model(problem, seed, is_brief=True)
    if model is None:
        return Found(sequences=frozen_sequences(problem), elapsed_s=monotonic() - began)
    parameters = _parameters(model, max(seconds - (monotonic() - began), SHORTEST_TURN_S), warm=False, guided=False)
    parameters.use_iterated_local_search = False
    parameters.solution_limit = 1
    model.routing.CloseModelWithParameters(parameters)
    assignment = model.routing.SolveWithParameters(parameters)
    if assignment is None:
        return Found(sequences=frozen_sequences(problem), elapsed_s=monotonic() - began)
    plan = _read(model, assignment)
    return Found(sequences=plan.sequences, reloads=plan.reloads, cost=plan.cost, elapsed_s=monotonic() - began)


def improve(
    problem: RoutingProblem,
    *,
    time_limit_s: float,
    seed: int,
    start: Sequences | None = None,
    start_reloads: Sequences | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Found:
    """
    Search for `time_limit_s` seconds, or until `should_stop` says so, from the plan `start` when given; the best found.

    While there is no plan at all, `start` neither, the search goes on for up to `FIRST_PLAN_S` more. When nothing is
    found in time that is `start`, without a cost.

    Both callbacks are called from the calling thread. Stopping takes effect at the end of a turn, see `TURN_S`.
    """
    began = monotonic()
    model = build_model(problem, seed)
    if model is None:
        return Found(sequences=frozen_sequences(problem), elapsed_s=monotonic() - began)
    watch = _Watch(began, on_progress, should_stop)
    given = None if start is None else (start, start_reloads or {})
    best: _Plan | None = None
    built_s = monotonic() - began
    for turn in count():
        left_s = began + time_limit_s - monotonic()
        least_s = SHORTEST_TURN_S + built_s if given is not None else _least_left_s(problem, best, built_s)
        is_over = left_s < least_s
        if turn and (watch.stopped or is_over):
            break
        if turn:
            model = build_model(problem, seed + turn) or model
            left_s = began + time_limit_s - monotonic()
        guided = _needs_guidance(model)
        # The last turn takes the rest: a turn too short to get anywhere would waste its warm start.
        turn_s = max(TURN_S, TURN_FOR_BUILDING * built_s)
        turn_s = max(left_s, SHORTEST_TURN_S) if left_s < 1.5 * turn_s + built_s else turn_s
        if turn and given is None and least_s < 0:
            turn_s = max(turn_s, FIRST_PLAN_TURN_S if best is None else EMPTY_PLAN_S)
        warm = given if best is None else (best.sequences, best.reloads)
        found = _search_once(model, watch, turn_s, warm, guided=guided)
        if found is not None and (best is None or found.cost < best.cost):
            best = found
    sequences, reloads = given or (frozen_sequences(problem), {})
    return Found(
        sequences=sequences if best is None else best.sequences,
        reloads=reloads if best is None else best.reloads,
        cost=None if best is None else best.cost,
        elapsed_s=monotonic() - began,
        stopped=watch.stopped,
    )


def _least_left_s(problem: RoutingProblem, best: "_Plan | None", built_s: float) -> float:
    """Seconds that must be left for a further turn: below nothing as long as there is no plan, or an empty one."""
    if best is None:
        return -FIRST_PLAN_S
    frozen = sum(len(shift.frozen_visit_ids) for shift in problem.shifts)
    is_empty = sum(map(len, best.sequences.values())) <= frozen
    return -EMPTY_PLAN_S if is_empty else SHORTEST_TURN_S + built_s


@dataclass(frozen=True, slots=True)
class _Plan:
    cost: int
    sequences: Sequences
    reloads: Sequences


def _read(model: Model, assignment: Any) -> _Plan:
    sequences, reloads = read_sequences(model, assignment)
    return _Plan(round(model.cost(assignment.ObjectiveValue(), sequences)), sequences, reloads)


def _needs_guidance(model: Model) -> bool:
    """Whether guided local search is the better one, see the top of this file."""
    return len(model.stop_of_index) <= SMALL_DAY or _has_releases(model)


def _has_releases(model: Model) -> bool:
    stops = (model.layout.stop(one) for one in model.layout.stops)
    return any(stop.ready_at is not None or stop.loads_after is not None for stop in stops)


def _search_once(
    model: Model, watch: "_Watch", time_limit_s: float, warm: tuple[Sequences, Sequences] | None, *, guided: bool
) -> _Plan | None:
    """
    One search, from the sequences and reloads of `warm` when given; None when it found no plan.

    Iterated local search, or guided local search when `guided`.
    """
    began = monotonic()
    watch.follow(model)
    routing = model.routing
    if warm is not None and not guided:
        next_of, ends = arcs_of(model, *warm)
        routing.SetFirstSolutionEvaluator(
            lambda i, j: 0 if (j == next_of[i] if i in next_of else j in ends) else _NEVER
        )
    parameters = _parameters(model, time_limit_s, warm=warm is not None, guided=guided)
    routing.CloseModelWithParameters(parameters)
    first = None if warm is None or not guided else routing.ReadAssignmentFromRoutes(routes_of(model, *warm), True)
    left_s = max(0.02, time_limit_s - (monotonic() - began))
    parameters.time_limit.FromMilliseconds(int(left_s * 1000))
    if not guided:
        assignment = routing.SolveWithIteratedLocalSearch(parameters)
    elif first is None:
        assignment = routing.SolveWithParameters(parameters)
    else:
        assignment = routing.SolveFromAssignmentWithParameters(first, parameters)
    return None if assignment is None else _read(model, assignment)


def _parameters(model: Model, time_limit_s: float, *, warm: bool, guided: bool) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    operators = parameters.local_search_operators
    for name in (one.name for one in operators.DESCRIPTOR.fields):
        on = name in (_SMALL_DAY_OPERATORS if guided else _OPERATORS)
        setattr(operators, name, optional_boolean_pb2.BOOL_TRUE if on else optional_boolean_pb2.BOOL_FALSE)
    strategies = routing_enums_pb2.FirstSolutionStrategy
    parameters.first_solution_strategy = strategies.PARALLEL_CHEAPEST_INSERTION
    if len(model.stop_of_index) > LARGE_DAY:
        parameters.first_solution_strategy = strategies.SAVINGS
        parameters.savings_parameters.neighbors_ratio = SAVINGS_NEIGHBORS
    stops = [model.layout.stop(one) for one in model.layout.stops]
    if len(stops) <= SMALL_DAY and any(stop.loads_after is not None for stop in stops):
        # Construction knows nothing of who brings what, and can take longer than the search needs without it.
        parameters.first_solution_strategy = strategies.ALL_UNPERFORMED
    if warm and not guided:
        parameters.first_solution_strategy = strategies.EVALUATOR_STRATEGY
    metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
    parameters.local_search_metaheuristic = (
        metaheuristics.GUIDED_LOCAL_SEARCH if guided else metaheuristics.GREEDY_DESCENT
    )
    if not guided:
        text_format.Merge(_ITERATED_LOCAL_SEARCH, parameters)
    parameters.time_limit.FromMilliseconds(int(time_limit_s * 1000))
    return parameters


class _Watch:
    """Listens to the turns of one search: reports the best cost and remembers the wish to stop."""

    def __init__(self, began: float, on_progress: OnProgress | None, should_stop: ShouldStop | None) -> None:
        self.began = began
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.best: int | None = None
        self.stopped = False
        self.ask_at = began

    def follow(self, model: Model) -> None:
        """Listen to the turn that `model` is about to search."""
        model.routing.AddAtSolutionCallback(lambda: self._at_solution(model))
        model.routing.AddEnterSearchCallback(self._at_step)
        if self.should_stop is not None:
            # Guided local search asks this often; iterated local search does not.
            model.routing.AddSearchMonitor(model.routing.solver().CustomLimit(self._wants_to_stop))

    def _at_solution(self, model: Model) -> None:
        # Not Value(): with priced waiting the cost is a range here, and asking for one value ends the process.
        cost = round(model.cost(model.routing.CostVar().Min()))
        if self.best is None or cost < self.best:
            self.best = cost
            if self.on_progress is not None:
                self.on_progress(Progress(elapsed_s=monotonic() - self.began, best_cost=cost))
        self._at_step()

    def _wants_to_stop(self) -> bool:
        now = monotonic()
        if now >= self.ask_at:
            self.ask_at = now + ASK_EVERY_S
            self._at_step()
        # Without any plan there is nothing to stop with.
        return self.stopped and self.best is not None

    def _at_step(self) -> None:
        if self.should_stop is not None and not self.stopped:
            self.stopped = self.should_stop()
