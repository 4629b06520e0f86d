"""The kernel for pairs against the second opinion: on random days with pairs and collections its plans hold."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from routing.order import Load
from routing.problem import CostWeights
from routing.solver.arrays import array_problem
from routing.solver.kernel.pair_search import PairSearch
from routing.solver.kernel.tables import TAIL_MOVES
from routing.solver.kernel_engine import search_by_kernel
from routing.solver.outline import outline, violations_of
from routing.stop import StopKind
from tests.routing.builders import at, make_depot, make_problem, make_shift, make_stop, place, window
from tests.routing.solver.test_kernel import random_shift, random_stop

MINUTE = timedelta(minutes=1)


def random_job(draw, number):
    """A pair, a collection or a delivery."""
    stop = random_stop(draw, number)
    stop = replace(stop, load=replace(stop.load, cash_minor=draw.choice([0, 0, 2000])))
    kind = draw.choice(["pair", "pair", StopKind.COLLECTION, StopKind.DELIVERY]) if number else "pair"
    if kind != "pair":
        return [replace(stop, kind=kind)]
    twin = random_stop(draw, number)
    pickup = replace(stop, kind=StopKind.PICKUP, visit_id=f"p{number}", ready_at=None)
    twin = replace(twin, kind=StopKind.DROPOFF, load=stop.load, pickup_visit_id=pickup.visit_id, ready_at=None)
    return draw.sample([pickup, twin], 2)


def random_problem(seed, job_count=None, shift_count=None, *, waiting=0.0):
    draw = random.Random(seed)
    count = job_count or draw.randint(3, 15)
    stops = [stop for number in range(count) for stop in random_job(draw, number)]
    shifts = [
        replace(random_shift(draw, number), capacity=Load(items=8, weight_g=6000, cash_minor=6000))
        for number in range(shift_count or draw.randint(1, 4))
    ]
    depots = [make_depot(), make_depot("other", place(500, 0))]
    return make_problem(stops, shifts, depots, CostWeights(per_wait_s=waiting, per_foreign_stop=draw.choice([0, 200])))


def search_of(problem, seed=1):
    array = array_problem(problem)
    return array, PairSearch(array.kernel, array.pairs, seed, ())


def searched(problem, steps=1500, seed=1):
    array, search = search_of(problem, seed)
    for hot in (2e6, 2e5, 2e4):
        search.run(steps, hot, hot / 10)
    return array, search


@pytest.mark.parametrize("seed", range(60))
def test_plans_keep_every_rule_at_the_cost_that_is_counted(seed):
    problem = random_problem(seed)

    array, search = searched(problem)

    sequences = array.sequences(search.best_routes())
    assert violations_of(problem, sequences, {}) == []
    assert outline(problem, sequences, {}).provenance.cost == pytest.approx(search.best_cost / array.scale, abs=2)


@pytest.mark.parametrize("seed", range(10))
def test_the_cost_carried_along_is_the_cost_counted_anew(seed):
    problem = random_problem(seed, 20 + seed, waiting=0.1)
    _, search = searched(problem)
    present, best = search.cost, search.best_cost
    routes, best_routes = search.routes(), search.best_routes()

    search.restart(routes)
    present_anew = search.cost
    search.restart(best_routes)

    assert (present_anew, search.best_cost) == (present, best)


@pytest.mark.parametrize("seed", range(16))
def test_small_days_come_out_at_the_cost_that_trying_all_finds(seed):
    problem = random_problem(seed, 3, 1 + seed % 2)

    array, search = searched(problem)

    assert search.best_cost / array.scale == pytest.approx(cheapest_of_all(problem), abs=2)


def cheapest_of_all(problem):
    names = [shift.shift_id for shift in problem.shifts]
    partner = {stop.visit_id: stop.pickup_visit_id for stop in problem.stops if stop.pickup_visit_id}
    number = {stop.visit_id: index for index, stop in enumerate(problem.stops)}
    costs = []
    for size in range(len(problem.stops) + 1):
        for order in permutations(range(len(problem.stops)), size):
            position = {index: k for k, index in enumerate(order)}
            pairs = [(position.get(number[a]), position.get(number[b])) for b, a in partner.items()]
            if any((a is None) != (b is None) or (a is not None and a > b) for a, b in pairs):
                continue
            for cut in range(size + 1) if len(names) > 1 else (size,):
                parts = dict(zip(names, (order[:cut], order[cut:]), strict=False))
                plan = {name: part for name, part in parts.items() if part}
                if not violations_of(problem, plan, {}):
                    costs.append(outline(problem, plan, {}).provenance.cost)
    return min(costs)


def pair(name, start, end, **fields):
    pickup = make_stop(f"p{name}", start, kind=StopKind.PICKUP, **fields)
    dropoff = make_stop(f"d{name}", end, kind=StopKind.DROPOFF, pickup_visit_id=f"p{name}", **fields)
    return pickup, dropoff


def test_a_dropoff_whose_pickup_is_frozen_comes_with_the_same_courier():
    taken, due = pair("x", place(10), place(-900, 0))
    stops = [make_stop(name, place(-300 * n, 50)) for n, name in enumerate("abc")]
    shifts = [make_shift("s1", frozen_visit_ids=("px",), capacity=Load(items=2)), make_shift("s2")]
    problem = make_problem([taken, due, *stops, *pair("y", place(600), place(700))], shifts)

    array, search = searched(problem)

    sequences = array.sequences(search.best_routes())
    assert sequences["s1"][0] == 0
    assert 1 in sequences["s1"]
    assert violations_of(problem, sequences, {}) == []


def test_what_is_collected_on_the_way_needs_the_room_that_deliveries_leave():
    stops = [
        make_stop("out", place(600), load=Load(items=2), windows=(window(at(11), at(12)),)),
        make_stop("in", place(300), load=Load(items=2), kind=StopKind.COLLECTION, windows=(window(at(9), at(12)),)),
    ]
    problem = make_problem(stops, [make_shift(capacity=Load(items=2))])

    array, search = searched(problem)

    assert array.sequences(search.best_routes()) == {"s1": (0, 1)}


def test_a_pair_too_dear_for_its_penalty_stays_out_whole():
    problem = make_problem(
        [*pair("far", place(5000), place(-5000)), make_stop("near", place(100))], weights=CostWeights(unassigned=9000)
    )

    array, search = searched(problem)

    assert array.sequences(search.best_routes()) == {"s1": (2,)}
    assert search.left_out == 1


def test_two_threads_leave_no_stop_twice_or_out():
    stops = [stop for n in range(130) for stop in pair(n, place(37 * n % 1000), place(0, 91 * n % 1000), service_s=60)]
    shifts = [make_shift(f"s{n}", capacity=Load(items=5)) for n in range(12)]
    problem = make_problem(stops, shifts)

    found = search_by_kernel(
        problem, time_limit_s=1.0, seed=1, threads=2, start=None, on_progress=None, should_stop=None
    )

    assert found.report.name == "ruin-recreate-pairs"
    assert sorted(index for sequence in found.sequences.values() for index in sequence) == list(range(260))
    assert violations_of(problem, found.sequences, {}) == []


def test_tails_are_exchanged_where_no_pair_is_under_way():
    stops = [stop for n in range(40) for stop in pair(n, place(37 * n % 1000), place(0, 91 * n % 1000), service_s=60)]
    problem = make_problem(stops, [make_shift(f"s{n}", ends_at=at(11)) for n in range(9)])

    array, search = searched(problem)

    assert search.state.counter[TAIL_MOVES] > 0
    assert violations_of(problem, array.sequences(search.best_routes()), {}) == []


def test_the_same_seed_and_steps_give_the_same_plan():
    problem = random_problem(3, 12)

    plans = [searched(problem, seed=7)[1].best_routes() for _ in range(2)]

    assert plans[0] == plans[1]
