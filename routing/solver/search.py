"""The front door of the solver: which engines search a problem, and what they found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.problem import RoutingProblem
from routing.solver.ortools_search import ENGINE, improve
from routing.solver.progress import OnProgress, Progress, ShouldStop

__all__ = ["ENGINE", "OnProgress", "Progress", "ShouldStop", "Solution", "solve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """
    Sequences of stop indices by shift id; what is in none of them stayed out.

    `reloads` are the positions in a sequence before which the courier reloads at his start depot.
    """

    sequences: Mapping[str, tuple[int, ...]]
    elapsed_s: float
    stopped: bool = False
    reloads: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


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

    Both callbacks are called from the calling thread.
    """
    found = improve(
        problem, time_limit_s=time_limit_s, seed=seed, start=None, on_progress=on_progress, should_stop=should_stop
    )
    return Solution(sequences=found.sequences, reloads=found.reloads, elapsed_s=found.elapsed_s, stopped=found.stopped)
