"""Search for a plan that changes no more visits than a budget allows."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from time import monotonic

from routing.change_budget import changed_ids, kept_routes, pinned, placed_visits, unavoidable_ids
from routing.change_rules import ChangeRules
from routing.day_inputs import PlanLimits
from routing.eligibility import free_starts
from routing.errors import ProblemError
from routing.found_routes import nearest_shifts
from routing.insertion import Places
from routing.plan import Plan, Provenance, Remark, Route, Unassigned, UnassignedCode
from routing.plan_check import check
from routing.plan_sequences import sequences_of
from routing.problem import RoutingProblem
from routing.route_building import build_routes, routes_cost
from routing.solver.search import OnProgress, ShouldStop, Solution, solve
from routing.visit_choices import sequence_cost, without_visit

MOST_PRICED = 60
"""For so many visits at most it is worked out what putting each somewhere else saves."""

PRICING_SHARE = 0.15
"""Share of the search's time that this may take."""

ROUNDS = 2
"""Searches under the budget, each with those visits free that the ones before made good use of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The solution, the problem that it keeps every rule of (with its pins), and what could not be as asked."""

    problem: RoutingProblem
    solution: Solution
    remarks: tuple[Remark, ...] = ()


def solve_within(
    problem: RoutingProblem,
    old: Plan,
    rules: ChangeRules,
    limits: PlanLimits,
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Within:
    """
    The best plan found within `rules.max_changed`; `old` is what is left of the plan in force.

    First a search without the budget; when it changes too many, those changes that save the most are kept and all other
    visits pinned to their courier and time, so that the budget holds by construction. Visits that change whatever is
    done (late couriers, closed places, breakdowns) are counted; when they alone are too many, all others are pinned and
    a remark says so.
    """
    search = _Search(problem, old, rules, limits, on_progress, should_stop)
    if rules.max_changed is None:
        return Within(problem=problem, solution=search.best_free())
    forced = unavoidable_ids(problem, old, kept_routes(problem, old), rules.prices.tolerance_s)
    extra = rules.max_changed - len(forced)
    remarks = (_beyond(forced, rules.max_changed),) if extra < 0 else ()
    ranked: list[str] = []
    if extra > 0:
        wide = search.solved(problem, 0.4)
        changed = search.changed(wide)
        if changed is not None and len(changed) <= rules.max_changed:
            return Within(problem=problem, solution=wide)
        ranked = search.ranked([one for one in changed or () if one not in forced], forced)
    best = search.best_pinned(forced, ranked, max(extra, 0))
    return Within(problem=best[0], solution=best[1], remarks=remarks)


class _Search:
    """One problem, the plan in force, and the time there is."""

    def __init__(
        self,
        problem: RoutingProblem,
        old: Plan,
        rules: ChangeRules,
        limits: PlanLimits,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self.problem, self.old, self.limits = problem, old, limits
        self.tolerance_s = rules.prices.tolerance_s
        self.on_progress, self.should_stop = on_progress, should_stop

    def solved(self, problem: RoutingProblem, share: float) -> Solution:
        """What a search of this share of the time finds, from the plan in force where that can go on."""
        kept = _kept(problem, self.old) if self.old.routes else None
        can_start = kept is not None and not any(kept.reloads.values()) and self._cost(problem, kept) is not None
        return solve(
            problem,
            time_limit_s=self.limits.time_limit_s * share,
            seed=self.limits.seed,
            processes=self.limits.processes,
            start=kept.sequences if kept is not None and can_start else None,
            on_progress=self.on_progress,
            should_stop=self.should_stop,
        )

    def best_free(self) -> Solution:
        """What a search finds, or the plan in force with new orders put in when that is cheaper."""
        found = self.solved(self.problem, 1.0)
        if not self.old.routes:
            return found
        kept = _kept(self.problem, self.old)
        cost, kept_cost = self._cost(self.problem, found), self._cost(self.problem, kept)
        return kept if kept_cost is not None and (cost is None or kept_cost < cost) else found

    def changed(self, solution: Solution) -> tuple[str, ...] | None:
        """What this solution changes of the plan in force; None when it cannot be driven."""
        routes = _routes(self.problem, solution)
        return None if routes is None else changed_ids(self.old, _plan(self.problem, routes), self.tolerance_s)

    def ranked(self, changed: Collection[str], forced: Collection[str]) -> list[str]:
        """
        Visits by what putting each alone somewhere else saves, the most first; nothing that saves nothing.

        Those that the free search changed are priced first, as there is a limit to how many are.
        """
        movable = [stop.visit_id for stop in self.problem.stops if stop.only_shift_id is None]
        planned = placed_visits(self.old).keys() - set(forced)
        wanted = dict.fromkeys([*changed, *(one for one in movable if one in planned)])
        ends_at = monotonic() + PRICING_SHARE * self.limits.time_limit_s
        saved = _savings(
            self.problem, self.old, forced, [*wanted][:MOST_PRICED], self.tolerance_s, lambda: monotonic() >= ends_at
        )
        return sorted(
            (one for one in wanted if saved.get(one, 0.0) > 0 or one in changed),
            key=lambda one: (-saved.get(one, 0.0), one),
        )

    def best_pinned(self, forced: Collection[str], ranked: list[str], extra: int) -> tuple[RoutingProblem, Solution]:
        """The cheapest plan in which only the forced visits and `extra` others may change."""
        free = {*forced, *ranked[:extra]}
        tried = list(ranked[:extra])
        rounds = ROUNDS if len(ranked) > extra > 0 else 1
        problem = pinned(self.problem, self.old, free, self.tolerance_s)
        # The plan in force with new orders put in keeps the budget whatever the search does.
        best: tuple[RoutingProblem, Solution] = (problem, _kept(problem, self.old))
        best_cost = self._cost(*best)
        for _ in range(rounds):
            solution = self.solved(problem, 0.45 / rounds if extra > 0 else 1.0)
            cost = self._cost(problem, solution)
            if cost is not None and (best_cost is None or cost <= best_cost):
                best, best_cost = (problem, solution), cost
            used = [one for one in tried[-extra:] if one in (self.changed(solution) or ())]
            fresh = [one for one in ranked if one not in tried][: extra - len(used)]
            if not fresh:
                break
            tried = [*fresh, *used]
            problem = pinned(self.problem, self.old, {*forced, *tried}, self.tolerance_s)
        return best

    def _cost(self, problem: RoutingProblem, solution: Solution) -> int | None:
        """What a solution costs with the price of changes; None when it breaks a rule of its problem."""
        routes = _routes(problem, solution)
        if routes is None or check(problem, _plan(problem, routes)):
            return None
        served = {visit.visit_id for route in routes for visit in route.visits}
        return routes_cost(problem, routes, (stop for stop in problem.stops if stop.visit_id not in served))


def _savings(
    problem: RoutingProblem,
    old: Plan,
    forced: Collection[str],
    visit_ids: list[str],
    tolerance_s: int,
    is_over: Callable[[], bool],
) -> dict[str, float]:
    """
    What each of these visits saves when it alone goes to its cheapest place and all others keep their times.

    Places are looked for with the shifts that pass nearest; what is not priced when `is_over` says so is left out.
    """
    pins = pinned(problem, old, forced, tolerance_s)
    taken = sequences_of(problem, old)
    index_of = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    starts = free_starts(problem)
    saved: dict[str, float] = {}
    for visit_id in visit_ids:
        if is_over():
            break
        index = index_of.get(visit_id)
        shift_id = next((one for one, sequence in taken.sequences.items() if index in sequence), None)
        if index is None or shift_id is None:
            continue
        stops = (*pins.stops[:index], problem.stops[index], *pins.stops[index + 1 :])
        alone = replace(pins, stops=stops)
        kept, reloads = without_visit(alone, taken.sequences[shift_id], taken.reloads.get(shift_id, ()), index)
        here = _route_cost(alone, shift_id, taken.sequences[shift_id], taken.reloads.get(shift_id, ()))
        bare = _route_cost(alone, shift_id, kept, reloads)
        places = Places(alone, {**taken.sequences, shift_id: kept}, {**taken.reloads, shift_id: reloads})
        near = nearest_shifts(alone, taken.sequences, index)
        place = places.cheapest([one for one in starts if one.shift.shift_id in near | {shift_id}], index)
        if place is not None and here is not None and bare is not None:
            saved[visit_id] = here - bare - place.added_cost
    return saved


def _route_cost(
    problem: RoutingProblem, shift_id: str, sequence: tuple[int, ...], reloads: tuple[int, ...]
) -> float | None:
    """What a route costs; None when a closed street cuts it."""
    try:
        return sequence_cost(problem, shift_id, sequence, reloads)
    except ProblemError:
        return None


def _kept(problem: RoutingProblem, old: Plan) -> Solution:
    """The plan in force as far as it goes on, late visits taken out, and then everything put in that has a place."""
    taken = sequences_of(problem, old)
    sequences, reloads = dict(taken.sequences), dict(taken.reloads)
    for route in kept_routes(problem, old):
        late = _late_ids(problem, route)
        sequence = sequences[route.shift_id]
        kept = [n for n, index in enumerate(sequence) if problem.stops[index].visit_id not in late]
        before = [sum(n < position for n in kept) for position in reloads.get(route.shift_id, ())]
        reloads[route.shift_id] = tuple(sorted({one for one in before if 0 < one < len(kept)}))
        sequences[route.shift_id] = tuple(sequence[n] for n in kept)
    going_on = {route.shift_id for route in kept_routes(problem, old)}
    frozen_only = {start.shift.shift_id: start.frozen for start in free_starts(problem) if start.frozen}
    sequences = frozen_only | {one: sequence for one, sequence in sequences.items() if one in going_on}
    starts = free_starts(problem)
    for index in sorted(range(len(problem.stops)), key=lambda one: -problem.stops[one].priority):
        if any(index in sequence for sequence in sequences.values()):
            continue
        place = Places(problem, sequences, reloads).cheapest(starts, index)
        if place is not None and place.added_cost < problem.weights.left_out(problem.stops[index]):
            sequences[place.shift_id], reloads[place.shift_id] = place.sequence, place.reloads
    return Solution(sequences=sequences, reloads=reloads, elapsed_s=0.0)


def _late_ids(problem: RoutingProblem, route: Route) -> frozenset[str]:
    stops = {stop.visit_id: stop for stop in problem.stops}
    frozen = {visit_id for shift in problem.shifts for visit_id in shift.frozen_visit_ids}
    return frozenset(
        visit.visit_id
        for visit in route.visits
        if visit.visit_id not in frozen
        and (windows := stops[visit.visit_id].windows)
        and visit.starts_at > windows[-1].closes_at
    )


def _routes(problem: RoutingProblem, solution: Solution) -> tuple[Route, ...] | None:
    try:
        return build_routes(problem, solution.sequences, solution.reloads)
    except ProblemError:
        return None


def _plan(problem: RoutingProblem, routes: tuple[Route, ...]) -> Plan:
    served = {visit.visit_id for route in routes for visit in route.visits}
    out = tuple(
        Unassigned(order_id=one.order_id, visit_id=one.visit_id, code=UnassignedCode.NO_TIME_LEFT, message="")
        for one in problem.stops
        if one.visit_id not in served
    )
    provenance = Provenance(engine="", time_limit_s=0, seed=0, matrix_source=problem.matrix.source)
    return Plan(routes=routes, unassigned=out, provenance=provenance)


def _beyond(forced: Collection[str], most: int) -> Remark:
    named = ", ".join(sorted(forced)[:5]) + (", ..." if len(forced) > 5 else "")
    return Remark(
        code="budget_exceeded",
        where="max_changed",
        message=(
            f"{len(forced)} visits change whatever is done ({named}), {most} are allowed; all others stay as they are"
        ),
    )
