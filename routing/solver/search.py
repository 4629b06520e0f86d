"""The front door of the solver: which engines search a problem, and what they found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

from routing.problem import RoutingProblem
from routing.solver.arrays import unknown_to_kernel
from routing.solver.by_hour import solve_by_hour
from routing.solver.engine_report import KERNEL, NO_SEARCH, ORTOOLS, EngineReport
from routing.solver.kernel_engine import search_by_kernel
from routing.solver.mending import mend, put_in
from routing.solver.ortools_search import improve
from routing.solver.outline import outline, violations_of
from routing.solver.progress import OnProgress, Progress, Sequences, ShouldStop
from routing.solver.relaxed import RELAXABLE, relaxed

__all__ = ["KERNEL", "ORTOOLS", "EngineReport", "OnProgress", "Progress", "ShouldStop", "Solution", "solve"]

MENDING_S = 0.2
"""Seconds that putting in what was left out may take beyond the limit."""

RELAXED_SHARE = 0.5
"""Share of the time in which the kernel searches a problem without what it does not know."""

JUDGING_SHARE = 0.02
"""Share of the time kept for judging the plan that was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """
    Sequences of stop indices by shift id; what is in none of them stayed out.

    `reloads` are the positions in a sequence before which the courier reloads at his start depot.
    """

    sequences: Mapping[str, tuple[int, ...]]
    elapsed_s: float
    engine: EngineReport = NO_SEARCH
    stopped: bool = False
    reloads: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def solve(
    problem: RoutingProblem,
    *,
    time_limit_s: float,
    seed: int,
    processes: int = 1,
    start: Sequences | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Solution:
    """
    Search for `time_limit_s` seconds, or until `should_stop` says so; the best plan found so far is the answer.

    `processes` threads of the compiled kernel search side by side. `start` is a plan to begin with: stop indices by
    shift id, frozen visits first. Both callbacks are called from the calling thread.
    """
    began = monotonic()
    desk = _Desk(seed, processes, began, on_progress, should_stop)
    if problem.hour_factors is None:
        sequences, reloads = desk.search(problem, time_limit_s, start)
    else:
        sequences, reloads = solve_by_hour(problem, desk.search, time_limit_s, lambda: desk.stopped)
    return Solution(
        sequences=sequences,
        reloads=reloads,
        elapsed_s=monotonic() - began,
        stopped=desk.stopped,
        engine=desk.report,
    )


class _Desk:
    """Gives a problem to the engine that knows it, and remembers what the engine said of itself."""

    def __init__(
        self,
        seed: int,
        threads: int,
        began: float,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self.seed = seed
        self.threads = threads
        self.began = began
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.stopped = False
        self.report = EngineReport(name=KERNEL, why="", found_by="start")

    def search(
        self, problem: RoutingProblem, time_limit_s: float, start: Sequences | None
    ) -> tuple[Sequences, Sequences]:
        """Sequences and reloads of the best plan that the second opinion accepts."""
        unknown = unknown_to_kernel(problem)
        if unknown:
            return self._by_ortools(problem, time_limit_s, start, unknown)
        sequences = self._by_kernel(problem, time_limit_s, start)
        violations = violations_of(problem, sequences, {})
        if not violations:
            return sequences, {}
        self.report = replace(self.report, why=f"{self.report.why}; mended after: {violations[0].message}")
        return self._mended(problem, sequences, {})

    def _by_kernel(self, problem: RoutingProblem, time_limit_s: float, start: Sequences | None) -> Sequences:
        found = search_by_kernel(
            problem,
            time_limit_s=(1 - JUDGING_SHARE) * time_limit_s,
            seed=self.seed,
            threads=self.threads,
            start=start,
            on_progress=self._told_from_start(),
            should_stop=self.should_stop,
        )
        self.stopped = self.stopped or found.stopped
        self.report = found.report
        return found.sequences

    def _by_ortools(
        self, problem: RoutingProblem, time_limit_s: float, start: Sequences | None, unknown: tuple[str, ...]
    ) -> tuple[Sequences, Sequences]:
        """OR-Tools' search; where the kernel can search the rest of the problem, from what that gives."""
        began = monotonic()
        reloads: Sequences = {}
        begun: tuple[Sequences, Sequences] | None = None
        seconds: dict[str, float] = {}
        if start is None and RELAXABLE.issuperset(unknown):
            without = self._by_kernel(relaxed(problem), RELAXED_SHARE * time_limit_s, None)
            begun = start, reloads = self._mended(problem, without, {})
            seconds["kernel"] = monotonic() - began
        found = improve(
            problem,
            time_limit_s=max(time_limit_s - (monotonic() - began), 0.05),
            seed=self.seed,
            start=start,
            start_reloads=reloads,
            on_progress=self._told_from_start(),
            should_stop=self.should_stop,
        )
        self.stopped = self.stopped or found.stopped
        seconds["local search"] = found.elapsed_s
        # The model times some routes in ways that a stored plan is not timed: what is then wrong goes out again.
        best = self._mended(problem, found.sequences, found.reloads)
        found_by = "local search"
        if begun is not None and _cost(problem, begun) <= _cost(problem, best):
            best, found_by = begun, "kernel on the rest of the problem"
        self.report = EngineReport(
            name=ORTOOLS,
            why=f"the kernel does not know {', '.join(unknown)}",
            found_by=found_by,
            first_cost=None if begun is None else _cost(problem, begun),
            cost=_cost(problem, best),
            seconds=seconds,
        )
        return best

    def _mended(self, problem: RoutingProblem, sequences: Sequences, reloads: Sequences) -> tuple[Sequences, Sequences]:
        ends_at = monotonic() + MENDING_S
        return put_in(problem, *mend(problem, sequences, reloads), lambda: monotonic() >= ends_at)

    def _told_from_start(self) -> OnProgress | None:
        """The callback, with the seconds since the whole solve began."""
        on_progress = self.on_progress
        if on_progress is None:
            return None
        return lambda progress: on_progress(Progress(elapsed_s=monotonic() - self.began, best_cost=progress.best_cost))


def _cost(problem: RoutingProblem, plan: tuple[Sequences, Sequences]) -> int:
    return outline(problem, *plan).provenance.cost
