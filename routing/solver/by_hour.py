"""
Plans on streets that are slower at some hours: searched on a matrix that stands still, timed by the hour, repeated.

Every drive of the matrix is stretched by what a leg costs besides, and by the factor of the hour at which the plan
leaves its first place; the next round knows better when that is. Where a timed plan breaks a rule, the next round keeps
more in reserve.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from routing.plan import Plan
from routing.plan_check import check
from routing.problem import RoutingProblem
from routing.solver.mending import mend
from routing.solver.outline import outline
from routing.solver.progress import Sequences
from routing.travel_matrix import UNREACHABLE_S, HourFactors, LegStarts, TravelMatrix

ROUND_SHARES = (0.5, 0.2, 0.15, 0.15)
"""Shares of the time for the rounds."""

RESERVE = 1.03
"""Drives are stretched by so much more after each round whose plan broke a rule."""

_USUAL_DRIVE_S = 600

type Search = Callable[[RoutingProblem, float, Sequences | None], tuple[Sequences, Sequences]]
"""Searches a problem without hours for so many seconds, from a plan when there is one: sequences and reloads."""


def solve_by_hour(
    problem: RoutingProblem, search: Search, time_limit_s: float, is_stopped: Callable[[], bool]
) -> tuple[Sequences, Sequences]:
    """
    The best plan that holds with the hours' factors; where none did, the last one without the visits that broke a rule.
    """
    factors = problem.hour_factors
    if factors is None:
        return search(problem, time_limit_s, None)
    stretch = _first_guess(problem, factors)
    best: tuple[int, Sequences, Sequences] | None = None
    sequences: Sequences = {}
    reloads: Sequences = {}
    reserve = 1.0
    for number, share in enumerate(ROUND_SHARES):
        start = None if not number or reloads else sequences
        sequences, reloads = search(
            _stretched(problem, factors.leg_starts, stretch * reserve), share * time_limit_s, start
        )
        plan = outline(problem, sequences, reloads)
        if check(problem, plan):
            reserve *= RESERVE
        else:
            cost = plan.provenance.cost
            if best is None or cost < best[0]:
                best = (cost, sequences, reloads)
        if is_stopped():
            break
        stretch = _as_planned(problem, factors, plan, stretch)
    if best is not None:
        return best[1], best[2]
    return mend(problem, sequences, {})


def _first_guess(problem: RoutingProblem, factors: HourFactors) -> NDArray[np.float64]:
    """By row of the matrix: the factor in the middle of a stop's windows, elsewhere that of the whole day."""
    first, last = min(s.starts_at for s in problem.shifts), max(s.ends_at for s in problem.shifts)
    hours = [first + timedelta(hours=h) for h in range(int((last - first).total_seconds() // 3600) + 1)]
    mean = float(np.mean([_factor(factors, hour) for hour in hours]))
    guess = np.full(len(problem.matrix.durations_s), mean)
    for index, stop in enumerate(problem.stops):
        if stop.windows:
            window = stop.windows[0]
            guess[problem.stop_node(index)] = _factor(
                factors, window.opens_at + (window.closes_at - window.opens_at) / 2
            )
    return guess


def _factor(factors: HourFactors, at: datetime) -> float:
    return factors.drive_s(_USUAL_DRIVE_S, at) / factors.leg_starts.stretched_s(_USUAL_DRIVE_S)


def _as_planned(
    problem: RoutingProblem, factors: HourFactors, plan: Plan, stretch: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The factors at the instants when the plan leaves each stop; unplanned stops keep their guess."""
    found = stretch.copy()
    number = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    for route in plan.routes:
        for visit in route.visits:
            found[problem.stop_node(number[visit.visit_id])] = _factor(factors, visit.leaves_at)
    return found


def _stretched(problem: RoutingProblem, starts: LegStarts, stretch: NDArray[np.float64]) -> RoutingProblem:
    def longer(matrix: TravelMatrix) -> TravelMatrix:
        drives = np.ceil(starts.all_stretched_s(matrix.durations_s) * stretch[:, None])
        drives[matrix.durations_s >= UNREACHABLE_S] = UNREACHABLE_S
        return replace(matrix, durations_s=drives.astype(np.int32))

    matrices: Mapping[str, TravelMatrix] = {name: longer(matrix) for name, matrix in problem.matrices.items()}
    return replace(problem, matrix=longer(problem.matrix), matrices=matrices, hour_factors=None)
