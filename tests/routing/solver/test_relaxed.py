"""Problems with what the kernel does not know begin from its plan of the rest."""

from datetime import timedelta

from routing.fleet import Break
from routing.order import Load
from routing.problem import CostWeights
from routing.solver.outline import violations_of
from routing.solver.relaxed import relaxed
from routing.solver.search import solve
from tests.routing.builders import at, make_problem, make_shift, make_stop, place

LUNCH = Break(break_id="lunch", opens_at=at(12), closes_at=at(13), duration_s=1800)


def test_a_shift_is_shorter_by_its_breaks_and_has_one_trip():
    problem = make_problem([make_stop("a")], [make_shift(breaks=(LUNCH,), max_trips=3)])

    shift = relaxed(problem).shifts[0]

    assert (shift.breaks, shift.max_trips, shift.ends_at) == ((), 1, at(18) - timedelta(seconds=1800))


def test_balance_has_no_price():
    problem = make_problem([make_stop("a")], weights=CostWeights(per_longest_work_s=2.0, per_most_stops=5.0))

    weights = relaxed(problem).weights

    assert (weights.per_longest_work_s, weights.per_most_stops) == (0.0, 0.0)


def test_a_day_with_breaks_is_planned_whole_and_keeps_them():
    stops = [make_stop(f"v{n}", place(37 * n % 900, 91 * n % 700), service_s=300) for n in range(40)]
    shifts = [make_shift(f"s{n}", capacity=Load(items=20), breaks=(LUNCH,)) for n in range(3)]
    problem = make_problem(stops, shifts)

    solution = solve(problem, time_limit_s=1.0, seed=1)

    assert sorted(index for sequence in solution.sequences.values() for index in sequence) == list(range(40))
    assert violations_of(problem, solution.sequences, solution.reloads) == []
    assert "breaks" in solution.engine.why
