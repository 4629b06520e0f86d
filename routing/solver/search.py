"""How the model is searched: parameters that measured well, progress and cancelling."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from google.protobuf import text_format
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from routing.problem import RoutingProblem
from routing.solver.model import COST_SCALE, Model, build_model, frozen_sequences, read_sequences

ENGINE = "ortools-ils"
"""Name of this engine in a plan's provenance."""

_OPERATORS = frozenset({"use_relocate", "use_exchange", "use_cross", "use_two_opt", "use_or_opt"})

# Sisr: slack induction by string removals (Christiaens and Vanden Berghe 2020, doi 10.1287/trsc.2019.0914).
_ITERATED_LOCAL_SEARCH = """
use_iterated_local_search: true
iterated_local_search_parameters {
  ruin_recreate_parameters {
    ruin_strategies { sisr { max_removed_sequence_size: 10 avg_num_removed_visits: 10 bypass_factor: 0.01 } }
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
class Progress:
    """How far a search is: `best_cost` in units of one second of driving, None before the first plan."""

    elapsed_s: float
    best_cost: int | None


type OnProgress = Callable[[Progress], None]
type ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Sequences of stop indices by shift id; what is in none of them stayed out."""

    sequences: dict[str, tuple[int, ...]]
    elapsed_s: float
    stopped: bool = False


def solve(
    problem: RoutingProblem,
    *,
    time_limit_s: float,
    seed: int,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Solution:
    """
    Search for `time_limit_s` seconds, or until `should_stop` says so; the best plan found so far is the answer.

    Both callbacks are asked between the search's steps, many times a second, from the calling thread.
    """
    began = monotonic()
    model = build_model(problem, seed)
    if model is None:
        return Solution(sequences=frozen_sequences(problem), elapsed_s=monotonic() - began)
    watch = _Watch(model, began, on_progress, should_stop)
    model.routing.AddAtSolutionCallback(watch.at_solution)
    model.routing.AddEnterSearchCallback(watch.at_step)
    parameters = _parameters(time_limit_s)
    model.routing.CloseModelWithParameters(parameters)
    left_s = max(0.02, time_limit_s - (monotonic() - began))
    parameters.time_limit.FromMilliseconds(int(left_s * 1000))
    assignment = model.routing.SolveWithIteratedLocalSearch(parameters)
    found = frozen_sequences(problem) if assignment is None else read_sequences(model, assignment)
    return Solution(sequences=found, elapsed_s=monotonic() - began, stopped=watch.stopped)


def _parameters(time_limit_s: float) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    operators = parameters.local_search_operators
    for name in (one.name for one in operators.DESCRIPTOR.fields):
        on = name in _OPERATORS
        setattr(operators, name, optional_boolean_pb2.BOOL_TRUE if on else optional_boolean_pb2.BOOL_FALSE)
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    text_format.Merge(_ITERATED_LOCAL_SEARCH, parameters)
    parameters.time_limit.FromMilliseconds(int(time_limit_s * 1000))
    return parameters


class _Watch:
    """Listens to one search: reports the best cost and passes a wish to stop on."""

    def __init__(
        self, model: Model, began: float, on_progress: OnProgress | None, should_stop: ShouldStop | None
    ) -> None:
        self.model = model
        self.began = began
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.best: int | None = None
        self.stopped = False

    def at_solution(self) -> None:
        cost = round(self.model.routing.CostVar().Min() / COST_SCALE)
        if self.best is None or cost < self.best:
            self.best = cost
            if self.on_progress is not None:
                self.on_progress(Progress(elapsed_s=monotonic() - self.began, best_cost=cost))
        self.at_step()

    def at_step(self) -> None:
        if self.should_stop is not None and not self.stopped and self.should_stop():
            self.stopped = True
            self.model.routing.CancelSearch()
