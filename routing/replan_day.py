"""Plan the rest of a day again under locks, change prices, a change budget, closures and breakdowns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from routing.breakdowns import with_breakdowns
from routing.change_budget import kept_routes, placed_visits, rest_of, with_prices
from routing.change_rules import ChangeRules, Closure, LockLevel
from routing.closed_roads import ClosedRoads, closures_between
from routing.courier_now import CourierNow
from routing.day_inputs import DayInputs, PlanLimits
from routing.judged_plan import judged_plan
from routing.kept_within import solve_within
from routing.locks import with_locks
from routing.plan import Plan, PlanDiff, Remark, Unassigned, UnassignedCode
from routing.planning import make_problem, set_partners_aside
from routing.problem import RoutingProblem, node_points
from routing.replanning import diff, replan_inputs
from routing.roads import RoadNetwork
from routing.route_building import routes_cost
from routing.solver.search import OnProgress, ShouldStop, Solution
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S, TravelMatrix

CLOSED_ROUNDS = 3
"""So often a plan is searched again when a drive of it turns out to cross a closed area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """The plan for the rest of the day (put done visits back with `with_done_visits`), and what it changes."""

    plan: Plan
    diff: PlanDiff


def replan_day(
    inputs: DayInputs,
    old: Plan,
    couriers: Mapping[str, CourierNow],
    rules: ChangeRules,
    roads: RoadNetwork,
    limits: PlanLimits,
    *,
    now: datetime,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Replanned:
    """
    Plan the rest of a day anew: `inputs` are those of the whole day, `old` is the plan in force.

    What is done and what couriers are driving to stays (`replan_inputs`), unless the courier broke down or the place is
    closed. What could not be kept as the rules ask is in the diff's remarks.

    Raises
    ------
    ProblemError
        When there is no shift, or ids contradict each other.
    InfeasiblePlanError
        When the independent check finds a violation; that is a fault of ours, and no such plan may be stored.
    """
    rest = replan_inputs(inputs, old, couriers)
    after = with_breakdowns(rest, rules.breakdowns, couriers)
    rest, remarks, set_aside = after.inputs, list(after.remarks), after.set_aside
    ends_at = max(shift.ends_at for shift in inputs.shifts) if inputs.shifts else now
    closures = closures_between(rules.closures, now, max(now, ends_at))
    used: RoadNetwork = roads
    if closures:
        used = ClosedRoads(roads, closures)
        rest, closed = _without_closed(rest, used, closures)
        set_aside = (*set_aside, *closed)
    problem, unreachable = make_problem(rest, used)
    set_aside = (*set_aside, *unreachable)
    done_ids = frozenset[str]().union(*(courier.done_visit_ids for courier in couriers.values()))
    left = rest_of(old, done_ids)
    planned = {visit_id: visit.starts_at for visit_id, (_, visit) in placed_visits(left).items()}
    levels = {one: level for one, at in planned.items() if (level := rules.level_of(one, at, now)) is not None}
    for _ in range(CLOSED_ROUNDS):
        locked = with_locks(problem, left, levels)
        priced = with_prices(locked.problem, left, rules)
        found = solve_within(priced, left, rules, limits, on_progress=on_progress, should_stop=should_stop)
        if not isinstance(used, ClosedRoads):
            break
        exact = _with_exact_drives(problem, found.solution, used)
        if exact is None:
            break
        problem = exact
    else:
        remarks.append(_NOT_SETTLED)
    remarks += [*_unknown_locks(rules.locks, locked.levels, done_ids), *locked.remarks, *found.remarks]
    plan = judged_plan(
        found.problem,
        found.solution,
        replace(inputs, stops=_all_stops(inputs, rest, done_ids)),
        used,
        limits,
        set_aside=set_aside,
        priced_by=problem,
        should_stop=should_stop,
    )
    return Replanned(plan=plan, diff=_judged_diff(left, plan, rules, problem, priced, remarks))


def _judged_diff(
    left: Plan, plan: Plan, rules: ChangeRules, problem: RoutingProblem, priced: RoutingProblem, remarks: list[Remark]
) -> PlanDiff:
    """The diff with what the day would cost as it was going on, what it costs now, and what the changes cost."""
    kept = kept_routes(problem, left)
    going_on = {visit.visit_id for route in kept for visit in route.visits}
    served = {visit.visit_id for route in plan.routes for visit in route.visits}
    before = routes_cost(problem, kept, (stop for stop in problem.stops if stop.visit_id not in going_on))
    out = [stop for stop in problem.stops if stop.visit_id not in served]
    cost = routes_cost(problem, plan.routes, out)
    return replace(
        diff(left, plan, rules),
        cost_before=before,
        cost_after=cost,
        change_cost=routes_cost(priced, plan.routes, out) - cost,
        remarks=tuple(remarks),
    )


def _without_closed(
    rest: DayInputs, roads: ClosedRoads, closures: tuple[Closure, ...]
) -> tuple[DayInputs, tuple[Unassigned, ...]]:
    """The rest of the day without the stops inside closed areas; who was driving to one is free to go elsewhere."""
    names = ", ".join(one.name or one.closure_id for one in closures)
    until = f"{max(one.until_at for one in closures):%Y-%m-%d %H:%M} UTC"
    set_aside = {
        stop.visit_id: Unassigned(
            order_id=stop.order_id,
            visit_id=stop.visit_id,
            code=UnassignedCode.AREA_CLOSED,
            message=f"its place lies in a closed area ({names}, until {until}); plan it for later, or move its point",
        )
        for stop in rest.stops
        if roads.is_inside(stop.point)
    }
    set_partners_aside(rest.stops, set_aside)
    shifts = tuple(
        replace(
            shift,
            frozen_visit_ids=tuple(one for one in shift.frozen_visit_ids if one not in set_aside),
            ordered_visit_ids=tuple(one for one in shift.ordered_visit_ids if one not in set_aside),
        )
        for shift in rest.shifts
    )
    stops = tuple(stop for stop in rest.stops if stop.visit_id not in set_aside)
    return replace(rest, stops=stops, shifts=shifts), tuple(set_aside.values())


def _with_exact_drives(problem: RoutingProblem, solution: Solution, roads: ClosedRoads) -> RoutingProblem | None:
    """The problem with the drives of this solution as the streets give them; None when they were so already."""
    points = node_points(problem.depots, problem.stops, problem.shifts)
    durations_s, distances_m = problem.matrix.durations_s.copy(), problem.matrix.distances_m.copy()
    for row, column in sorted(_rows_driven(problem, solution)):
        leg = roads.drive(points[row], points[column])
        durations_s[row, column] = UNREACHABLE_S if leg is None else leg.duration_s
        distances_m[row, column] = UNREACHABLE_S if leg is None else leg.distance_m
    # The table and a single question may round differently: a second does not make a plan wrong.
    same = np.abs(durations_s.astype(np.int64) - problem.matrix.durations_s) <= 1
    if bool(same.all()):
        return None
    return replace(
        problem,
        matrix=TravelMatrix(
            np.where(same, problem.matrix.durations_s, durations_s),
            np.where(same, problem.matrix.distances_m, distances_m),
            problem.matrix.source,
        ),
    )


def _rows_driven(problem: RoutingProblem, solution: Solution) -> set[tuple[int, int]]:
    driven: set[tuple[int, int]] = set()
    for shift in problem.shifts:
        sequence = solution.sequences.get(shift.shift_id, ())
        if not sequence:
            continue
        reloads = solution.reloads.get(shift.shift_id, ())
        rows = [problem.start_node(shift)]
        for position, index in enumerate(sequence):
            rows += [problem.depot_node(shift.start_depot_id)] if position in reloads else []
            rows.append(problem.stop_node(index))
        end = problem.end_node(shift)
        rows += [] if end is None else [end]
        driven |= {(a, b) for a, b in pairwise(rows) if a != b}
    return driven


_NOT_SETTLED = Remark(
    code="closure_unsettled",
    where="closures",
    message=(
        "some drives around closed areas are estimates as the crow flies: each search led through other streets; plan "
        "again with more time"
    ),
)


def _unknown_locks(
    locks: Mapping[str, LockLevel], levels: Mapping[str, LockLevel], done_ids: Collection[str]
) -> list[Remark]:
    return [
        Remark(
            code="lock_without_visit",
            where=visit_id,
            message="it is in no route that goes on; there is nothing to lock",
        )
        for visit_id in sorted(locks)
        if visit_id not in levels and visit_id not in done_ids
    ]


def _all_stops(inputs: DayInputs, rest: DayInputs, done_ids: Collection[str]) -> tuple[Stop, ...]:
    """The stops that are left to do, those set aside too: each that is left out has its price."""
    planned = {stop.visit_id for stop in rest.stops}
    return (*rest.stops, *(one for one in inputs.stops if one.visit_id not in planned and one.visit_id not in done_ids))
