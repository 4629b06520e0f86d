"""The compiled kernel against the second opinion: on random days its plans hold, at the cost that it counted."""

import random
from datetime import timedelta
from itertools import permutations

import pytest

from routing.fleet import ShiftCosts
from routing.order import Load
from routing.problem import CostWeights
from routing.solver.arrays import array_problem, unknown_to_kernel
from routing.solver.kernel.search import Search
from routing.solver.kernel_engine import search_by_kernel
from routing.solver.outline import outline, violations_of
from routing.stop import SoftWindow
from tests.routing.builders import at, make_depot, make_problem, make_shift, make_stop, place, window

MINUTE = timedelta(minutes=1)


def random_stop(draw, number):
    windows = []
    opens = 9 * 60 + draw.randint(0, 300)
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        closes = opens + draw.randint(10, 120)
        windows.append(window(at(0) + opens * MINUTE, at(0) + closes * MINUTE))
        opens = closes + draw.randint(5, 60)
    return make_stop(
        f"v{number}",
        place(draw.randint(-1500, 1500), draw.randint(-1500, 1500)),
        windows=tuple(windows),
        service_s=draw.randint(0, 900),
        setup_s=draw.choice([0, 0, 120]),
        load=Load(items=draw.randint(0, 4), weight_g=draw.randint(0, 3000)),
        required_skills=frozenset(draw.sample(["a", "b"], draw.choice([0, 0, 1]))),
        forbidden_skills=frozenset(draw.sample(["c"], draw.choice([0, 0, 1]))),
        ready_at=at(9) + draw.randint(0, 200) * MINUTE if draw.random() < 0.3 else None,
        priority=draw.randint(0, 3),
        zone_id=draw.choice([None, "z1", "z2"]),
        preferred_shift_id=draw.choice([None, "s0", "s1"]),
        other_shift_cost=draw.choice([0, 500]),
    )


def random_shift(draw, number):
    return make_shift(
        f"s{number}",
        starts_at=at(9) + draw.choice([0, 30]) * MINUTE,
        ends_at=at(draw.choice([13, 15, 18])),
        skills=frozenset(draw.sample(["a", "b", "c"], draw.randint(0, 3))),
        allowed_zone_ids=draw.choice([None, frozenset(["z1"])]),
        home_zone_ids=draw.choice([None, frozenset(["z1"])]),
        max_route_s=draw.choice([None, None, 3 * 3600]),
        max_distance_m=draw.choice([None, None, 60_000]),
        max_stops=draw.choice([None, 5]),
        end_depot_id=draw.choice(["main", "other"]),
        home_point=draw.choice([None, None, place(300, 300)]),
        ends_anywhere=draw.random() < 0.2,
        costs=draw.choice([None, None, ShiftCosts(per_route=500, per_hour=5000, per_km=20)]),
    )


def random_problem(seed, stop_count=None, *, waiting=0.0):
    draw = random.Random(seed)
    count = stop_count or draw.randint(3, 25)
    stops = [random_stop(draw, number) for number in range(count)]
    shifts = [random_shift(draw, number) for number in range(draw.randint(1, 4))]
    depots = [make_depot(), make_depot("other", place(500, 0))]
    return make_problem(stops, shifts, depots, CostWeights(per_wait_s=waiting, per_foreign_stop=draw.choice([0, 200])))


def searched(problem, steps=1500, seed=1):
    array = array_problem(problem)
    search = Search(array.kernel, seed, [()] * len(array.vehicles))
    for hot in (2e6, 2e5, 2e4):
        search.run(steps, hot, hot / 10)
    return array, search


@pytest.mark.parametrize("seed", range(40))
def test_plans_of_the_kernel_keep_every_rule_at_the_cost_that_it_counts(seed):
    problem = random_problem(seed)

    array, search = searched(problem)

    sequences = array.sequences(search.best_routes())
    assert violations_of(problem, sequences, {}) == []
    assert outline(problem, sequences, {}).provenance.cost == pytest.approx(search.best_cost / array.scale, abs=2)


@pytest.mark.parametrize("seed", range(10))
def test_the_cost_carried_along_is_the_cost_counted_anew(seed):
    problem = random_problem(seed, waiting=0.1)
    _, search = searched(problem)
    present, best = search.cost, search.best_cost
    routes, best_routes = search.routes(), search.best_routes()

    search.restart(routes)
    present_anew = search.cost
    search.restart(best_routes)

    assert (present_anew, search.best_cost) == (present, best)


@pytest.mark.parametrize("seed", range(12))
def test_small_days_come_out_at_the_cost_that_trying_all_finds(seed):
    problem = random_problem(seed, 5)
    shift_ids = [shift.shift_id for shift in problem.shifts][:2]
    problem = make_problem(
        problem.stops,
        [shift for shift in problem.shifts if shift.shift_id in shift_ids],
        problem.depots,
        problem.weights,
    )

    array, search = searched(problem)

    assert search.best_cost / array.scale == pytest.approx(cheapest_of_all(problem), abs=2)


def cheapest_of_all(problem):
    indices = range(len(problem.stops))
    names = [shift.shift_id for shift in problem.shifts]
    costs = []
    for size in range(len(problem.stops) + 1):
        for order in permutations(indices, size):
            for cut in range(size + 1) if len(names) > 1 else (size,):
                parts = dict(zip(names, (order[:cut], order[cut:]), strict=False))
                plan = {name: part for name, part in parts.items() if part}
                if not violations_of(problem, plan, {}):
                    costs.append(outline(problem, plan, {}).provenance.cost)
    return min(costs)


def test_frozen_visits_stay_first_and_what_is_in_the_vehicle_stays_there():
    stops = [make_stop(name, place(100 * n, 50)) for n, name in enumerate("abcdef")]
    stops[3] = make_stop("d", place(-200, 0), only_shift_id="s1")
    shifts = [
        make_shift("s1", frozen_visit_ids=("b", "a"), start_point=place(10), available_at=at(10)),
        make_shift("s2"),
    ]
    problem = make_problem(stops, shifts)

    array, search = searched(problem)

    sequences = array.sequences(search.best_routes())
    assert sequences["s1"][:2] == (1, 0)
    assert set(sequences["s1"]) == {0, 1, 3}
    assert violations_of(problem, sequences, {}) == []


def test_soft_windows_are_kept_where_that_is_cheaper_than_coming_late():
    early = SoftWindow(opens_at=at(9), closes_at=at(9, 20), per_late_min=500)
    stops = [make_stop("far", place(900)), make_stop("near", place(300), soft_window=early), make_stop("b", place(600))]
    problem = make_problem(stops)

    array, search = searched(problem)

    assert array.sequences(search.best_routes())["s1"][0] == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"breaks": ()}, None),
        ({"max_trips": 2}, "several trips"),
        ({"ordered_visit_ids": ("a",)}, "visits in a given order"),
    ],
)
def test_what_the_kernel_does_not_know_is_named(change, word):
    problem = make_problem([make_stop("a")], [make_shift(**change)])

    assert unknown_to_kernel(problem) == (() if word is None else (word,))


def test_two_threads_leave_no_stop_twice_or_out():
    stops = [make_stop(f"v{n}", place(37 * n % 1000, 91 * n % 1000), service_s=60) for n in range(300)]
    shifts = [make_shift(f"s{n}", capacity=Load(items=40)) for n in range(10)]
    problem = make_problem(stops, shifts)

    found = search_by_kernel(
        problem, time_limit_s=1.0, seed=1, threads=2, start=None, on_progress=None, should_stop=None
    )

    assert sorted(index for sequence in found.sequences.values() for index in sequence) == list(range(300))
    assert violations_of(problem, found.sequences, {}) == []


def test_the_same_seed_and_steps_give_the_same_plan():
    problem = random_problem(3, 20)

    plans = [searched(problem, seed=7)[1].best_routes() for _ in range(2)]

    assert plans[0] == plans[1]
