"""What would have served an order: proved, smallest, and true when the changed problem is solved anew."""

from collections.abc import Iterator
from itertools import chain
from random import Random

import pytest

from routing.counterfactual import with_remedies
from routing.eligibility import free_starts
from routing.explain import explain
from routing.fleet import Locker
from routing.insertion import cheapest_place
from routing.order import Load
from routing.plan import RemedyKind
from routing.problem import CostWeights
from routing.remedies import STEP_MIN, relaxed
from routing.solver.search import solve
from tests.routing.builders import at, make_problem, make_shift, make_stop, place, window


def remedies_of(problem, sequences, **options):
    asked = explain(problem, sequences)
    return {one.visit_id: one.remedies for one in with_remedies(problem, sequences, asked, **options)}


def kinds(remedies):
    return {one.kind: one for one in remedies}


def is_served(problem, index):
    solution = solve(problem, time_limit_s=0.1, seed=1)
    return index in set(chain.from_iterable(solution.sequences.values()))


def test_a_window_that_closes_too_early_is_widened_by_the_smallest_step_that_serves():
    # 1,800 s away and the shift begins at nine: nobody is there before 9:30.
    problem = make_problem([make_stop("a", place(1800), windows=(window(at(9), at(9, 12)),))])

    found = kinds(remedies_of(problem, {})["a"])

    assert found[RemedyKind.WINDOW_LATER].amount == 20
    assert found[RemedyKind.WINDOW_LATER].text == "it can be served with its window open 20 min longer"
    assert is_served(relaxed(problem, 0, found[RemedyKind.WINDOW_LATER]), 0)


def test_a_missing_skill_names_the_courier_who_would_need_it():
    problem = make_problem(
        [make_stop("a", required_skills=frozenset({"cold_box"}))], [make_shift("s1"), make_shift("s2", ends_at=at(9))]
    )

    found = remedies_of(problem, {})["a"]

    assert [(one.kind, one.name, one.shift_id) for one in found] == [(RemedyKind.SKILL, "cold_box", "s1")]
    assert found[0].text == "it can be served when courier courier-s1 has cold_box"
    assert is_served(relaxed(problem, 0, found[0]), 0)


def test_a_zone_without_a_permitted_courier_asks_for_the_permit():
    problem = make_problem([make_stop("a", zone_id="z")], [make_shift(allowed_zone_ids=frozenset({"y"}))])

    found = remedies_of(problem, {})["a"]

    assert [(one.kind, one.name, one.shift_id) for one in found] == [(RemedyKind.ZONE, "z", "s1")]
    assert is_served(relaxed(problem, 0, found[0]), 0)


def test_a_full_vehicle_asks_for_just_the_room_that_is_missing():
    stops = [make_stop("a", load=Load(items=8)), make_stop("b", load=Load(items=5))]
    problem = make_problem(stops)

    found = kinds(remedies_of(problem, {"s1": (0,)})["b"])

    assert (found[RemedyKind.CAPACITY].amount, found[RemedyKind.CAPACITY].name) == (3, "items")
    assert is_served(relaxed(problem, 1, found[RemedyKind.CAPACITY]), 1)
    assert is_served(relaxed(problem, 1, found[RemedyKind.EXTRA_COURIER]), 1)


def test_a_shift_that_ends_too_early_is_lengthened_in_steps():
    problem = make_problem([make_stop("a", place(1800), service_s=60)], [make_shift(ends_at=at(10))])

    found = kinds(remedies_of(problem, {})["a"])

    assert (found[RemedyKind.SHIFT_LATER].amount, found[RemedyKind.SHIFT_LATER].shift_id) == (5, "s1")
    assert is_served(relaxed(problem, 0, found[RemedyKind.SHIFT_LATER]), 0)


def test_a_full_locker_asks_for_a_cell():
    stops = [make_stop(name, locker_id="box", cell_size=1) for name in ("a", "b")]
    problem = make_problem(stops, lockers=(Locker(locker_id="box", free_cells=(4, 1)),))

    found = remedies_of(problem, {"s1": (0,)})["b"]

    assert [(one.kind, one.name) for one in found] == [(RemedyKind.LOCKER_CELL, "box")]
    assert is_served(relaxed(problem, 1, found[0]), 1)


def test_an_order_that_costs_too_much_is_told_the_priority_that_it_takes():
    weights = CostWeights(unassigned=1_000, priority_step=500)
    problem = make_problem([make_stop("a")], weights=weights)

    found = remedies_of(problem, {})["a"]

    # 1,200 s of driving, 12 km at 60 each and an opened route of 1,200: 3,120 against 1,000.
    assert [(one.kind, one.amount) for one in found] == [(RemedyKind.PRIORITY, 5)]
    assert is_served(relaxed(problem, 0, found[0]), 0)
    assert not is_served(relaxed(problem, 0, type(found[0])(kind=RemedyKind.PRIORITY, text="", amount=4)), 0)


def test_a_search_finds_what_no_insertion_into_the_found_routes_can():
    # "b" at 9:20 in the west and the pair in the east: one courier cannot be at both, and halves have no place alone.
    stops = [
        make_stop("b", place(-1200), windows=(window(at(9, 20), at(9, 20)),)),
        make_stop("late", place(1200), windows=(window(at(9, 25), at(9, 25)),)),
        make_stop("mid", place(600), windows=(window(at(10, 0), at(10, 10)),)),
    ]
    problem = make_problem(stops, [make_shift(ends_at=at(10, 20))])
    solution = solve(problem, time_limit_s=0.1, seed=1)
    left_out = explain(problem, solution.sequences)

    found = with_remedies(problem, solution.sequences, left_out)

    assert left_out
    for one in found:
        index = next(n for n, stop in enumerate(stops) if stop.visit_id == one.visit_id)
        assert all(is_served(relaxed(problem, index, remedy), index) for remedy in one.remedies)


def test_nothing_is_told_about_an_order_when_time_is_up():
    problem = make_problem([make_stop("a", required_skills=frozenset({"cold_box"}))])

    assert remedies_of(problem, {}, is_over=lambda: True) == {"a": ()}


def test_only_the_most_important_orders_are_explained_in_full():
    stops = [make_stop(f"v{n}", required_skills=frozenset({"x"}), priority=n) for n in range(4)]

    found = remedies_of(make_problem(stops), {}, most=2)

    assert [name for name, remedies in found.items() if remedies] == ["v2", "v3"]


def random_day(seed):
    draw = Random(seed)
    stops = []
    for n in range(6):
        opens = at(9, draw.randrange(0, 90))
        stops.append(
            make_stop(
                f"v{n}",
                place(draw.randrange(-900, 900), draw.randrange(-900, 900)),
                windows=(window(opens, opens + (at(0, draw.randrange(5, 25)) - at(0))),),
                load=Load(items=draw.randrange(1, 5)),
            )
        )
    shifts = [make_shift("s1", capacity=Load(items=6)), make_shift("s2", capacity=Load(items=7), ends_at=at(10, 30))]
    return make_problem(stops, shifts)


def told(seed) -> Iterator[tuple]:
    problem = random_day(seed)
    sequences = solve(problem, time_limit_s=0.05, seed=1).sequences
    for one in with_remedies(problem, sequences, explain(problem, sequences), may_solve=False):
        index = next(n for n, stop in enumerate(problem.stops) if stop.visit_id == one.visit_id)
        for remedy in one.remedies:
            yield problem, sequences, index, remedy


@pytest.mark.parametrize("seed", range(6))
def test_every_remedy_serves_when_its_problem_is_solved_anew_and_no_smaller_one_has_a_place(seed):
    for problem, sequences, index, remedy in told(seed):
        served = {*chain.from_iterable(sequences.values()), index}
        # Several are left out: the search may serve another one instead, but never fewer.
        assert sum(
            map(len, solve(relaxed(problem, index, remedy), time_limit_s=0.1, seed=1).sequences.values())
        ) >= len(served), remedy
        step = STEP_MIN if remedy.kind.value.startswith(("window", "shift")) else 1
        if remedy.amount > step:
            smaller = relaxed(
                problem, index, type(remedy)(kind=remedy.kind, text="", amount=remedy.amount - step, name=remedy.name)
            )
            assert cheapest_place(smaller, free_starts(smaller), sequences, index) is None, remedy
