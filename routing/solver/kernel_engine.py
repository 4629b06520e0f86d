"""A problem searched by the compiled kernel, begun by OR-Tools' construction where that is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from routing.problem import RoutingProblem
from routing.solver.arrays import ArrayProblem, array_problem
from routing.solver.engine_report import KERNEL, PAIR_KERNEL, EngineReport
from routing.solver.kernel.warm_up import warm_up
from routing.solver.kernel_search import Best, KernelRun
from routing.solver.ortools_search import first_plan
from routing.solver.outline import outline
from routing.solver.progress import OnProgress, Progress, Sequences, ShouldStop

TELL_EVERY_S = 0.2
"""Seconds between two words on how far the search is."""

QUICK_FIRST_PLAN = 300
"""Up to this many stops OR-Tools constructs a first plan in a small part of a second."""

FIRST_PLAN_SHARE = 0.1
"""Share of the time that its construction may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelFound:
    """The kernel's plan, whether somebody wished to stop, and how it came about."""

    sequences: Sequences
    stopped: bool
    report: EngineReport


class _Teller:
    """Passes on how far the search is: at every better plan, and every little while."""

    def __init__(
        self, array: ArrayProblem, began: float, on_progress: OnProgress | None, should_stop: ShouldStop | None
    ):
        self.array = array
        self.began = began
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.offset: float | None = None
        self.first: int | None = None
        self.cost: int | None = None
        self.told = 0.0

    def better(self, best: Best) -> None:
        """A better plan was found; the first one is priced in full, which gives what the kernel does not count."""
        if self.offset is None:
            self.offset = self._full_cost(best) - best.cost / self.array.scale
        self.cost = round(best.cost / self.array.scale + self.offset)
        self.first = self.cost if self.first is None else self.first
        self._tell()

    def _full_cost(self, best: Best) -> int:
        return outline(self.array.problem, self.array.sequences(best.routes), {}).provenance.cost

    def is_over(self) -> bool:
        """Whether somebody wishes to stop; tells how far the search is on the way."""
        if perf_counter() - self.told >= TELL_EVERY_S:
            self._tell()
        return self.should_stop is not None and self.should_stop()

    def _tell(self) -> None:
        self.told = perf_counter()
        if self.on_progress is not None and self.cost is not None:
            self.on_progress(Progress(elapsed_s=self.told - self.began, best_cost=self.cost))


def search_by_kernel(
    problem: RoutingProblem,
    *,
    time_limit_s: float,
    seed: int,
    threads: int,
    start: Sequences | None,
    on_progress: OnProgress | None,
    should_stop: ShouldStop | None,
) -> KernelFound:
    """
    Search a problem that the kernel knows until the time is up or somebody wishes to stop.

    The first search of a process loads the compiled code, 0.4 s that are not counted.
    """
    warm_up()
    began = perf_counter()
    array = array_problem(problem)
    if array is None:
        frozen: Mapping[str, tuple[int, ...]] = _frozen(problem)
        report = EngineReport(name=KERNEL, why="there is nothing to decide", found_by="start")
        return KernelFound(sequences=frozen, stopped=False, report=report)
    built_s = perf_counter() - began
    teller = _Teller(array, began, on_progress, should_stop)
    run = KernelRun(
        array,
        seed=seed,
        threads=threads,
        start=None if start is None else array.routes(start),
        on_better=teller.better,
        should_stop=teller.is_over,
    )
    constructed_s = 0.0
    if start is None and len(problem.stops) <= QUICK_FIRST_PLAN:
        constructing = perf_counter()
        found = first_plan(problem, FIRST_PLAN_SHARE * time_limit_s, seed)
        run.offer(array.routes(found.sequences), "ortools construction")
        constructed_s = perf_counter() - constructing
    run.run(began + time_limit_s)
    report = EngineReport(
        name=KERNEL if array.pairs is None else PAIR_KERNEL,
        why="the kernel knows every constraint of this problem",
        found_by=run.best.by,
        first_cost=teller.first,
        cost=teller.cost,
        gains={part: round(gain / array.scale) for part, gain in run.best.gains.items()},
        steps=run.steps,
        threads=threads,
        seconds={"arrays": built_s, "ortools construction": constructed_s, "search": perf_counter() - began - built_s},
    )
    return KernelFound(sequences=array.sequences(run.best.routes), stopped=run.stopped, report=report)


def _frozen(problem: RoutingProblem) -> Mapping[str, tuple[int, ...]]:
    number = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    return {
        shift.shift_id: tuple(number[visit_id] for visit_id in shift.frozen_visit_ids)
        for shift in problem.shifts
        if shift.frozen_visit_ids
    }
