"""
How the kernel's time is spent: on few stops many annealings, on many one, then of one area after another; recombined.

The kernel releases the interpreter, so threads run at full speed beside each other. On many stops they work on one
plan: its routes are dealt out anew every little while, each thread anneals its own, and sees nothing of the others'.
Then they anneal neighbouring routes again, area by area, and keep what became better.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter

import numpy as np

from routing.solver.areas import neighbourhoods
from routing.solver.arrays import ArrayProblem
from routing.solver.kernel.pair_search import PairSearch
from routing.solver.kernel.search import Routes, Search
from routing.solver.kernel.tables import DEFAULTS, KIND, Options
from routing.solver.recombination import RoutePool, recombine

HOT, COLD, FROZEN = 3.0, 0.04, 0.004
"""
Temperatures of an annealing in mean arcs of the first plan: at its start, near its end, after a last quick cooling.

On instances of 400 and 800 stops at equal steps, cooling to 0.05 ended 0.3 points lower than to 0.005; starting from
0.3 or 0.1 instead of 1 ended 0.6 and 1.6 points higher. Long routes need 3, or the number of routes stays wrong.
"""

WARM = 0.1
"""Temperature at the start of an annealing from a given plan, in mean arcs."""

FEW_ROUTES = 40
"""
Up to this many routes are not dealt out: half of so few seldom find out that one of all is too many.

At 10 s on RC2_10_5 and RC2_8_1 (three seeds) each thread its own annealing ended 0.25 points lower than dealing; on
short routes, of which so many stops need more, dealing ended lower (R1_8_5, R1_10_4).
"""

COOLED_AT = 0.95
"""Share of an annealing after which the last quick cooling begins."""

STEPS_PER_STOP = 1_500
"""Steps of one thread for each stop after which a further annealing gains more than a longer one, on few stops."""

FEW_STOPS = 250
"""Up to this many stops time is spent on several annealings, when it suffices for them."""

STEPS_A_SECOND = 90_000
"""What one thread does, roughly; only the number of annealings hangs on it."""

QUENCHES = 2
"""Short coolings of the first plan."""

QUENCH_STEPS = 3
"""Steps of such a cooling for each stop."""

TAME = 0.15
"""Routes are worth remembering once an annealing ends below this temperature, in mean arcs."""

WHOLE_STEPS = 1_250
"""Steps for each stop, of all threads, in which a plan of many stops is annealed as a whole; then area follows area."""

LEAST_WHOLE_SHARE = 0.4
"""
Share of the time that annealing the whole plan takes at the least.

From a sixth to a half of the steps gave the same in the mean; the number of long routes, which areas cannot mend, was
wrong more often after a short one (C2_4_4, RC2_10_5 in 60 s on a busy machine).
"""

FEW_AREAS = 0.1
"""When less than this share of the time would be left for areas, the whole plan is annealed to the end."""

AREA_STOPS = 200
"""Stops of one area; two threads never get more than half of all each."""

AREA_STEPS = 500
"""Steps in one area for each of its stops."""

AREA_HOT = 0.5
"""Temperature at the start of an area's annealing, in mean arcs."""

DEALS = 80
"""How often routes are dealt out anew in one annealing."""

POLL_S = 0.02
"""Seconds between looks at the clock, the wish to stop, and the plans that the threads have come to."""

RECOMBINED_SHARE = 0.08
"""Share of the time that recombining may take, at the most."""


def search_of(array: ArrayProblem, seed: int, routes: Routes, options: Options) -> Search:
    """The search that knows what this problem uses."""
    if array.pairs is not None:
        return PairSearch(array.kernel, array.pairs, seed, routes)
    return Search(array.kernel, seed, routes, options)


@dataclass(slots=True)
class Best:
    """The best plan so far, and what found it."""

    cost: int
    routes: Routes
    by: str
    gains: dict[str, int] = field(default_factory=dict)

    def offer(self, cost: int, routes: Routes, by: str) -> bool:
        """Take a plan when it is better."""
        if cost >= self.cost:
            return False
        self.gains[by] = self.gains.get(by, 0) + self.cost - cost
        self.cost, self.routes, self.by = cost, routes, by
        return True


class KernelRun:
    """One run of the kernel on a problem, from given routes or from none, until a deadline or a wish to stop."""

    def __init__(
        self,
        array: ArrayProblem,
        *,
        seed: int,
        threads: int,
        start: Routes | None,
        on_better: Callable[[Best], None],
        should_stop: Callable[[], bool],
        options: Options = DEFAULTS,
    ) -> None:
        self.kernel = array.kernel
        self.kinds = tuple(int(kind) for kind in array.kernel.vehicle[:, KIND])
        self.threads = threads
        self.on_better = on_better
        self.should_stop = should_stop
        self.stopped = False
        self.pool = RoutePool()
        self.lock = Lock()
        self.random = np.random.default_rng(seed)
        none: Routes = ((),) * len(self.kinds)
        self.searches = [search_of(array, seed * 1_000 + k, start or none, options) for k in range(threads)]
        first = self.searches[0]
        self.best = Best(cost=first.best_cost, routes=first.best_routes(), by="start")
        self.warm = start is not None
        self.mean_arc = 1.0
        self.step_s = 1.0 / STEPS_A_SECOND

    @property
    def steps(self) -> int:
        """Steps of all threads together."""
        return sum(search.steps for search in self.searches)

    def run(self, until: float) -> None:
        """Search until the clock (`perf_counter`) shows `until`, or somebody wishes to stop."""
        began = perf_counter()
        self._construct(began + 0.1 * (until - began))
        stops = len(self.kernel.stop)
        seconds = until - perf_counter()
        rounds = int(seconds * STEPS_A_SECOND / (STEPS_PER_STOP * max(stops, 10)))
        recombined_s = min(RECOMBINED_SHARE * seconds, 4.0) if stops > 8 else 0.0
        if stops <= FEW_STOPS and rounds >= 2:
            self._rounds(until, min(rounds, 12), recombined_s)
        else:
            self._areas_after_whole(until, recombined_s)

    def _construct(self, until: float) -> None:
        """
        A first plan by ruin and recreate at a temperature that lets everything through.

        Some steps are done however late it is: a plan a little late is better than an empty one.
        """
        search = self.searches[0]
        search.restart(self.best.routes)
        hot = float(np.median(self.kernel.cost[:, : len(self.kernel.stop)])) or 1.0
        enough = search.steps + 20 + len(self.kernel.stop) // 2
        while search.left_out and (search.steps < enough or perf_counter() < until) and not self.should_stop():
            search.run(20, hot, hot)
        # The scale of temperatures is that of a plan that is roughly good: a wild one has arcs three times as long.
        began, steps = perf_counter(), search.steps
        for _ in range(QUENCHES):
            arc = max(1.0, search.mean_arc())
            search.run(QUENCH_STEPS * max(len(self.kernel.stop), 20), 0.3 * arc, 0.1 * arc)
            if perf_counter() > until:
                break
        self.step_s = (perf_counter() - began) / max(1, search.steps - steps)
        self.mean_arc = max(1.0, search.mean_arc())
        self._offer(search.best_cost, search.best_routes(), "construction")
        # Where some stops stay out whatever is tried, the wild plan is no better a start than the best one.
        self.plan = search.routes() if not search.left_out else self.best.routes

    def offer(self, routes: Routes, by: str) -> None:
        """A plan from elsewhere, taken when it is better than what is known."""
        search = self.searches[0]
        search.restart(routes)
        self._offer(search.best_cost, routes, by)

    def _offer(self, cost: int, routes: Routes, by: str) -> None:
        if self.best.offer(cost, routes, by):
            self.on_better(self.best)

    def _rounds(self, until: float, rounds: int, recombined_s: float) -> None:
        """Several annealings on each thread alone; then from the best plans and their recombination."""
        began = perf_counter()
        span = until - began
        for number in range(rounds):
            end = began + span * (number + 1) / rounds
            is_fresh = number * 2 < rounds
            starts = [self.plan if is_fresh else self.best.routes] * self.threads
            hot = HOT if is_fresh else 0.15
            each_s = recombined_s / rounds
            self._anneal_apart(starts, end - each_s, hot)
            if number:
                self._recombine(end, each_s)
            if self.stopped:
                return

    def _areas_after_whole(self, until: float, recombined_s: float) -> None:
        """The plan as a whole first; then area by area until the end, and once more with the routes of all of it."""
        now = perf_counter()
        share = max(LEAST_WHOLE_SHARE, WHOLE_STEPS * len(self.kernel.stop) * self.step_s / self.threads / (until - now))
        if share > 1.0 - FEW_AREAS:
            share, recombined_s = 1.0 - recombined_s / (until - now), 2.0 * recombined_s
        whole_until = now + share * (until - now)
        if sum(map(bool, self.plan)) <= FEW_ROUTES:
            self._anneal_apart([self.plan] * self.threads, whole_until, WARM if self.warm else HOT)
        else:
            self._anneal_together(whole_until)
        self._recombine(perf_counter() + 0.5 * recombined_s, 0.5 * recombined_s)
        if share <= 1.0 - FEW_AREAS:
            self._anneal_areas(until - 0.5 * recombined_s)
            self._recombine(until, 0.5 * recombined_s)

    def _anneal_areas(self, until: float) -> None:
        """Anneal areas of the best plan, one on each thread at a time, and keep what became better."""
        n = len(self.kernel.stop)
        stops = min(AREA_STOPS, n // self.threads)
        each_s = max(AREA_STEPS * stops * self.step_s, 5 * POLL_S)
        cost = self.kernel.cost[:n, :n]
        while not self.stopped and (left_s := until - perf_counter()) > POLL_S:
            end = until if left_s < 1.5 * each_s else perf_counter() + each_s
            masks = neighbourhoods(cost, self.best.routes, stops, self.threads, self.random)
            for k, (search, mine) in enumerate(zip(self.searches, masks, strict=True)):
                search.restart(self.best.routes, mine, sees_left_out=k == 0)
            before = sum(search.best_cost for search in self.searches)
            self._cool(end, AREA_HOT)
            gained = before - sum(search.best_cost for search in self.searches)
            joined = _with(self.best.routes, masks, [search.best_routes() for search in self.searches])
            self._offer(self.best.cost - gained, joined, "areas")

    def _cool(self, until: float, hot: float) -> None:
        """Anneal on all threads from `hot`; routes are gathered from where they are worth it."""
        now = perf_counter()
        span = until - now
        tame_share = COOLED_AT * float(np.log(hot / TAME) / np.log(hot / COLD)) if hot > TAME else 0.0
        if tame_share:
            self._side_by_side(now + tame_share * span, hot, TAME)
        self._side_by_side(now + COOLED_AT * span, min(hot, 0.999 * TAME), COLD)
        self._side_by_side(until, COLD, FROZEN)

    def _anneal_apart(self, starts: Sequence[Routes], until: float, hot: float) -> None:
        for search, start in zip(self.searches, starts, strict=True):
            search.restart(start)
        began = perf_counter()
        self._side_by_side(began + COOLED_AT * (until - began), hot, COLD)
        self._side_by_side(until, COLD, FROZEN)
        for search in self.searches:
            self._offer(search.best_cost, search.best_routes(), "annealing")

    def _anneal_together(self, until: float) -> None:
        """One annealing of one plan; the routes are dealt out to the threads again and again."""
        began = perf_counter()
        span = max(until - began, 1e-3)
        hot = WARM if self.warm else HOT
        for deal in range(DEALS):
            passed = min(1.0, (perf_counter() - began) / span)
            end_share = (deal + 1) / DEALS
            if passed >= end_share:
                continue
            masks = self._deal()
            for k, (search, mine) in enumerate(zip(self.searches, masks, strict=True)):
                search.restart(self.plan, mine, sees_left_out=k == 0)
            self._side_by_side(began + span * end_share, _temperature(hot, passed), _temperature(hot, end_share))
            joined = _with(self.plan, masks, [search.best_routes() for search in self.searches])
            self._offer(sum(search.best_cost for search in self.searches), joined, "annealing")
            self.plan = _with(self.plan, masks, [search.routes() for search in self.searches])
            if self.stopped:
                return

    def _deal(self) -> list[list[bool]]:
        """Which thread gets which vehicle: neighbouring routes together, cut at random; unused vehicles in turn."""
        if self.threads == 1:
            return [[True] * len(self.kinds)]
        used = [v for v, route in enumerate(self.plan) if route]
        order = self._around(used)
        total = sum(len(self.plan[v]) for v in used)
        masks = [[False] * len(self.kinds) for _ in range(self.threads)]
        given = 0
        for v in order:
            masks[min(self.threads - 1, given * self.threads // max(total, 1))][v] = True
            given += len(self.plan[v])
        spare = [v for v, route in enumerate(self.plan) if not route]
        for number, v in enumerate(spare):
            masks[number % self.threads][v] = True
        return masks

    def _around(self, used: Sequence[int]) -> list[int]:
        """
        Routes in an order in which those that pass by each other stand together.

        The order is by how much nearer a route is to one random stop than to another: the matrix is all that is known.
        """
        n = len(self.kernel.stop)
        cost = self.kernel.cost
        a, b = self.random.integers(0, n, 2)

        def lean(v: int) -> float:
            stops = list(self.plan[v])
            return float((cost[stops, a].astype(np.int64) - cost[stops, b]).mean())

        return sorted(used, key=lean)

    def _side_by_side(self, until: float, hot: float, cold: float) -> None:
        """Run all searches, each on its thread; routes of plans that are no longer wild go to the pool on the way."""
        tame = hot < TAME

        def work(search: Search, look: Callable[[], bool]) -> None:
            def on_slice() -> bool:
                if tame:
                    self._gather(search)
                return look()

            search.run_until(until, hot * self.mean_arc, cold * self.mean_arc, slice_s=POLL_S, on_slice=on_slice)

        if self.threads == 1:
            work(self.searches[0], self._is_over)
            return
        with ThreadPoolExecutor(self.threads) as threads:
            running = {threads.submit(work, search, lambda: self.stopped) for search in self.searches}
            while running:
                done, running = wait(running, timeout=POLL_S)
                for one in done:
                    one.result()
                self._is_over()

    def _is_over(self) -> bool:
        self.stopped = self.stopped or self.should_stop()
        return self.stopped

    def _gather(self, search: Search) -> None:
        routes, costs = search.priced_routes()
        with self.lock:
            self.pool.add(self.kinds, routes, costs)

    def _recombine(self, until: float, seconds: float) -> None:
        """Choose the best set of all routes seen, when there is time for it."""
        if self.stopped or seconds < 0.05 or until - perf_counter() < 0.05:
            return
        search = self.searches[0]
        search.restart(self.best.routes)
        self._gather(search)
        sizes = np.diff(self.kernel.kind_first).tolist()
        present = [(kind, route) for kind, route in zip(self.kinds, self.best.routes, strict=True) if route]
        chosen = recombine(
            self.pool, sizes, self.kernel.penalty.tolist(), present, min(seconds, until - perf_counter()), self.threads
        )
        if chosen is None:
            return
        routes: list[tuple[int, ...]] = [()] * len(self.kinds)
        nexts = self.kernel.kind_first[:-1].tolist()
        for kind, route in chosen:
            routes[nexts[kind]] = route
            nexts[kind] += 1
        search.restart(routes)
        self._offer(search.best_cost, tuple(routes), "recombination")


def _with(routes: Routes, masks: Sequence[Sequence[bool]], parts: Sequence[Routes]) -> Routes:
    """The plan with each part's routes for the vehicles of its mask, and the given ones for all others."""
    joined = list(routes)
    for mine, part in zip(masks, parts, strict=True):
        for v, is_mine in enumerate(mine):
            if is_mine:
                joined[v] = part[v]
    return tuple(joined)


def _temperature(hot: float, share: float) -> float:
    """The temperature when this share of an annealing from `hot` is over, in mean arcs."""
    if share < COOLED_AT:
        return hot * float((COLD / hot) ** (share / COOLED_AT))
    return COLD * float((FROZEN / COLD) ** ((share - COOLED_AT) / (1 - COOLED_AT)))
