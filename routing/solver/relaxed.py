"""
A problem that the kernel does not know, without what it does not know: its plan is a good start for OR-Tools.

Breaks are taken off the end of each shift, so that there is time for them wherever they come to lie.
"""

from dataclasses import replace
from datetime import timedelta

from routing.fleet import Shift
from routing.problem import RoutingProblem

BREAKS, TRIPS, BALANCE = "breaks", "several trips", "balance between couriers"

RELAXABLE = frozenset({BREAKS, TRIPS, BALANCE})
"""What can be left away; a plan without it is mended, not thrown away."""


def relaxed(problem: RoutingProblem) -> RoutingProblem:
    """The problem with shorter shifts for breaks, one trip a courier, and no price on balance."""
    weights = replace(problem.weights, per_longest_work_s=0.0, per_most_stops=0.0)
    return replace(problem, shifts=tuple(_relaxed(shift) for shift in problem.shifts), weights=weights)


def _relaxed(shift: Shift) -> Shift:
    rest_s = sum(rest.duration_s for rest in shift.breaks)
    ends_at = max(shift.starts_at, shift.ends_at - timedelta(seconds=rest_s))
    return replace(shift, ends_at=ends_at, breaks=(), max_trips=1)
