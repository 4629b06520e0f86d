import random
from dataclasses import replace

import numpy as np
import pytest

from routing.fleet import ShiftCosts
from routing.order import Load
from routing.problem import CostWeights
from routing.travel_matrix import TravelMatrix
from tests.routing.builders import at, make_shift, make_stop, place, window
from tests.routing.solver.small_days import (
    WEIGHTS,
    day,
    is_best,
    is_refused,
    random_places,
    searched,
    two_shifts,
    visited,
)


@pytest.mark.parametrize("seed", [0, 1])
def test_each_shift_is_used_at_its_own_prices(seed):
    dear = ShiftCosts(per_route=900, per_hour=2400, per_km=100)
    cheap = ShiftCosts(per_route=100, per_hour=6000, per_km=30)
    room = Load(items=6)
    shifts = [make_shift("s1", costs=dear, capacity=room), make_shift("s2", costs=cheap, capacity=room)]
    problem = day(random_places(seed, 4), shifts)

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_distance_alone_can_be_what_costs(seed):
    by_km = ShiftCosts(per_route=0, per_hour=0, per_km=1000)
    problem = day(random_places(seed, 4), two_shifts(costs=by_km), CostWeights(per_wait_s=0.3))

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_vehicle_drives_by_the_matrix_of_its_profile(seed):
    room = Load(items=5)
    common = day(
        random_places(seed, 4),
        [make_shift("s1", vehicle_profile="bike", capacity=room), make_shift("s2", capacity=room)],
    )
    by = np.random.default_rng(seed).uniform(0.3, 2, common.matrix.durations_s.shape)
    bike = TravelMatrix(
        (common.matrix.durations_s * by).astype(np.int32), (common.matrix.distances_m * by).astype(np.int32), "grid"
    )
    problem = replace(common, matrices={"bike": bike})

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_stops_outside_the_home_zones_cost_more(seed):
    draw = random.Random(seed)
    stops = [replace(stop, zone_id=draw.choice("ab")) for stop in random_places(seed, 4)]
    shifts = [make_shift("s1", home_zone_ids=frozenset("a")), make_shift("s2", home_zone_ids=frozenset("b"))]
    problem = day(stops, shifts, replace(WEIGHTS, per_foreign_stop=900))

    assert is_best(problem, searched(problem))


def test_a_courier_at_home_takes_the_stop_when_it_is_worth_the_way():
    stops = [make_stop("a", zone_id="a"), make_stop("b", place(-600), zone_id="b")]
    shifts = [make_shift("s1", home_zone_ids=frozenset("a")), make_shift("s2", home_zone_ids=frozenset("b"))]

    apart = searched(day(stops, shifts, replace(WEIGHTS, per_foreign_stop=1300)))
    together = searched(day(stops, shifts, replace(WEIGHTS, per_foreign_stop=1100)))

    assert visited(apart) == {"s1": ["a"], "s2": ["b"]}
    assert len(together.routes) == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_the_courier_whom_the_client_knows_is_preferred_at_his_price(seed):
    draw = random.Random(seed)
    stops = [
        replace(stop, preferred_shift_id=draw.choice(["s1", "s2", None]), other_shift_cost=draw.choice([500, 1500]))
        for stop in random_places(seed, 4)
    ]
    problem = day(stops)

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_long_work_is_shared_when_the_longest_route_costs(seed):
    problem = day(random_places(seed, 4), weights=replace(WEIGHTS, per_longest_work_s=1.5))

    plan = searched(problem)

    assert is_best(problem, plan)
    assert visited(plan) != visited(searched(replace(problem, weights=WEIGHTS)))


@pytest.mark.parametrize("seed", [0, 1])
def test_visits_are_shared_when_the_most_of_one_route_cost(seed):
    problem = day(random_places(seed, 4), weights=replace(WEIGHTS, per_most_stops=3000))

    plan = searched(problem)

    assert is_best(problem, plan)
    assert sorted(len(route.visits) for route in plan.routes) == [2, 2]


def test_frozen_visits_count_for_the_balance():
    stops = [make_stop(name, place(300 + 10 * n)) for n, name in enumerate("abcd")]
    shifts = [make_shift("s1", frozen_visit_ids=("a", "b")), make_shift("s2", ends_at=at(17))]
    problem = day(stops, shifts, replace(WEIGHTS, per_most_stops=5000))

    plan = searched(problem)

    assert visited(plan) == {"s1": ["a", "b"], "s2": ["c", "d"]} or visited(plan) == {
        "s1": ["a", "b"],
        "s2": ["d", "c"],
    }


@pytest.mark.parametrize("seed", [1, 4])
def test_a_route_has_at_most_so_many_visits(seed):
    problem = day(random_places(seed, 4), two_shifts(max_stops=2))

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(random_places(seed, 4)))


@pytest.mark.parametrize("seed", [0, 2])
def test_a_route_has_at_most_so_many_metres(seed):
    problem = day(random_places(seed, 4), two_shifts(max_distance_m=35_000))

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(random_places(seed, 4)))


def test_the_dearest_orders_are_kept_when_not_all_fit():
    stops = [
        replace(stop, priority=priority) for stop, priority in zip(random_places(3, 4), (0, 30, 20, 10), strict=True)
    ]
    problem = day(stops, [make_shift("s1", max_stops=2)])

    plan = searched(problem)

    assert is_best(problem, plan)
    assert {one.visit_id for one in plan.unassigned} == {"v0", "v3"}


def test_waiting_costs_what_the_weights_say():
    stops = [
        make_stop("a", windows=(window(at(9), at(9, 20)),)),
        make_stop("b", place(650), windows=(window(at(11), at(11, 20)),)),
    ]
    dear = day(stops, weights=CostWeights(per_wait_s=1.0))
    cheap = day(stops, weights=CostWeights(per_wait_s=0.01))

    assert len(searched(dear).routes) == 2
    assert len(searched(cheap).routes) == 1
