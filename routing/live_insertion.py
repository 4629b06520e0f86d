"""A new order goes into a plan in progress at once: its cheapest feasible place, judged before anybody hears of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from routing.added_stop import NewStop
from routing.eligibility import REFUSALS_IN_ORDER, FreeStart, refusal
from routing.explain import left_out, shared_reason
from routing.plan import Plan, Provenance, Route, Unassigned, UnassignedCode, Violation
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.solver.live_exact import route_problem
from routing.solver.live_places import LivePlace, best_place
from routing.solver.live_plan import LivePlan, assembled, bonds_between, grown_plan, timed_route

NO_PROVENANCE = Provenance(engine="live", time_limit_s=0, seed=0, matrix_source="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """
    What became of a stop: the plan with it and its place, or why it has none.

    `plan` holds the stop in any case, in no route when it was left out. `violations` are what `plan_check` says of the
    touched route; a plan with any is not to be used.
    """

    plan: LivePlan
    shift_id: str | None = None
    route: Route | None = None
    added_cost: int = 0
    left_out: Unassigned | None = None
    violations: tuple[Violation, ...] = ()


def insert_now(plan: LivePlan, new: NewStop) -> Inserted:
    """
    Put a stop into its cheapest feasible place; nothing else moves, and locked visits keep their times.

    Raises
    ------
    ProblemError
        When its visit is in the plan already, or it names a locker or parcel that is not.
    """
    larger = grown_plan(plan, new)
    shares = new.stop.locker_id is not None or new.stop.loads_after is not None
    refused = shared_reason(larger.problem, new.stop, plan.placed_ids()) if shares else None
    asked = replace(plan, bonds=larger.bonds)
    place = None if refused is not None else best_place(asked, new)
    if place is None:
        code = refused or refusal_code(larger.problem, larger.starts(), asked, new)
        return Inserted(plan=larger, left_out=left_out(new.stop, code, larger.problem))
    placed = with_place(larger, place, len(plan.problem.stops))
    shift = plan.routes[place.number].start.shift
    return Inserted(
        plan=placed,
        shift_id=shift.shift_id,
        route=place.route,
        added_cost=place.added_cost,
        violations=tuple(check_touched(placed, [place.number])),
    )


def with_place(plan: LivePlan, place: LivePlace, stop_index: int) -> LivePlan:
    """The plan with a stop of its problem put into this place."""
    old = plan.routes[place.number]
    sequence = (*old.sequence[: place.position], stop_index, *old.sequence[place.position :])
    judged = (place.cost, place.route)
    changed = timed_route(plan.problem, old.start, sequence, place.reloads, plan.bonds, judged)
    routes = [changed if number == place.number else one for number, one in enumerate(plan.routes)]
    return assembled(plan.problem, routes, bonds_between(plan.problem, routes, plan.bonds))


def check_touched(plan: LivePlan, numbers: Iterable[int]) -> list[Violation]:
    """What `plan_check` says of these routes, each in a problem of its own; free cells of lockers count in all."""
    found: list[Violation] = []
    for number in numbers:
        live = plan.routes[number]
        if live.route is None:
            continue
        own = route_problem(plan.problem, live.start.shift, live.sequence, plan.bonds)
        found += check(own, Plan(routes=(live.route,), unassigned=(), provenance=NO_PROVENANCE))
    return found


def refusal_code(problem: RoutingProblem, starts: Iterable[FreeStart], plan: LivePlan, new: NewStop) -> UnassignedCode:
    """
    Why a stop has no place: the last hurdle that some shift reaches, as `explain` would say of a whole plan.

    `problem` and `starts` are those of the plan with the stop as its last one, `plan` is without it.
    """
    index = len(problem.stops) - 1
    codes = [refusal(problem, index, start) for start in starts]
    if None not in codes:
        reached = [code for code in codes if code is not None]
        return max(reached, key=REFUSALS_IN_ORDER.index, default=UnassignedCode.COURIERS_HAVE_LEFT)
    if best_place(plan, new, mind_capacity=False) is not None:
        return UnassignedCode.CAPACITY_FULL
    return UnassignedCode.NO_TIME_LEFT
