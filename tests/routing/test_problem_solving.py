from routing.plan_check import check
from routing.problem_solving import solve_problem
from tests.routing.builders import make_problem, make_shift, make_stop, place


def test_every_stop_is_in_a_route_or_comes_back_with_its_reason() -> None:
    stops = [make_stop(name, place(100 * n)) for n, name in enumerate("abcd", start=1)]
    cold = make_stop("cold", place(500), required_skills=frozenset({"cold"}))
    problem = make_problem([*stops, cold], [make_shift()])

    solved = solve_problem(problem, time_limit_s=0.2, seed=1)

    assert check(problem, solved.plan) == []
    assert sorted(visit.visit_id for visit in solved.plan.routes[0].visits) == list("abcd")
    assert [one.visit_id for one in solved.plan.unassigned] == ["cold"]
    assert solved.plan.provenance.matrix_source == "grid"
    assert solved.plan.provenance.cost >= problem.weights.unassigned


def test_a_problem_without_stops_is_solved_by_an_empty_plan() -> None:
    solved = solve_problem(make_problem([]), time_limit_s=0.1, seed=1)

    assert solved.plan.routes == ()
    assert solved.plan.unassigned == ()
