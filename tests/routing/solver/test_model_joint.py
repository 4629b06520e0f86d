import random
from dataclasses import replace

import pytest

from routing.fleet import Locker
from routing.order import Load
from routing.stop import StopKind
from tests.routing.builders import at, make_shift, make_stop, place
from tests.routing.solver.small_days import (
    day,
    is_best,
    is_refused,
    random_places,
    searched,
    two_shifts,
    visited,
)
from tests.routing.solver.test_model_trips import with_pair


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_pairs_are_carried_by_one_courier_in_their_order(seed):
    stops = with_pair(with_pair(random_places(seed, 4)), 1, 3)
    shifts = [make_shift("s1", capacity=Load(items=3), ends_at=at(10, 30)), make_shift("s2", capacity=Load(items=2))]
    problem = day(stops, shifts)

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_dropoff_is_not_before_its_pickup_nor_with_another_courier(seed):
    stops = with_pair(with_pair(random_places(seed, 4)), 1, 3)
    loose = [replace(stop, kind=StopKind.COLLECTION, pickup_visit_id=None) for stop in stops]

    assert is_refused(day(stops), day(loose))


@pytest.mark.parametrize("seed", [0, 1])
def test_pairs_share_the_vehicle_with_deliveries_and_collections(seed):
    stops = with_pair(random_places(seed, 4))
    stops[1] = replace(stops[1], kind=StopKind.COLLECTION)
    problem = day(stops, two_shifts(capacity=Load(items=3)))

    assert is_best(problem, searched(problem))


def test_a_pair_is_left_out_whole_and_costs_once():
    stops = with_pair([make_stop("p"), make_stop("d", place(700))], 0, 1, items=11)
    problem = day(stops)

    plan = searched(problem)

    assert plan.routes == ()
    assert is_best(problem, plan)


def test_what_was_picked_up_before_stays_with_its_courier():
    stops = with_pair([make_stop("p"), make_stop("d", place(-700))], 0, 1)
    problem = day(stops, [make_shift("s1", frozen_visit_ids=("p",)), make_shift("s2")])

    assert visited(searched(problem)) == {"s1": ["p", "d"]}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lockers_take_as_many_parcels_as_they_have_cells(seed):
    draw = random.Random(seed)
    stops = [
        replace(stop, locker_id=draw.choice("LK"), cell_size=draw.choice([0, 1]), priority=draw.choice([0, 20]))
        for stop in random_places(seed, 4)
    ]
    lockers = (Locker(locker_id="L", free_cells=(1, 1)), Locker(locker_id="K", free_cells=(1, 0)))
    roomy = tuple(replace(locker, free_cells=(9, 9)) for locker in lockers)
    problem = day(stops, lockers=lockers)

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(stops, lockers=roomy))


@pytest.mark.parametrize("seed", [0, 1])
def test_visits_in_a_fixed_order_keep_it(seed):
    shifts = [make_shift("s1", ordered_visit_ids=("v3", "v0", "v1")), make_shift("s2")]
    problem = day(random_places(seed, 4), shifts)

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(random_places(seed, 4)))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_courier_with_a_forbidden_skill_does_not_come(seed):
    draw = random.Random(seed)
    barred = [frozenset({"pets"}) if draw.random() < 0.5 else frozenset() for _ in range(4)]
    stops = [
        replace(stop, forbidden_skills=skills) for stop, skills in zip(random_places(seed, 4), barred, strict=True)
    ]
    shifts = [make_shift("s1", skills=frozenset({"pets"})), make_shift("s2", ends_at=at(10))]
    problem = day(stops, shifts)

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(random_places(seed, 4), shifts))


def test_a_stop_bound_to_a_shift_is_served_by_it():
    stops = [make_stop("a", only_shift_id="s2"), make_stop("b", place(610))]
    problem = day(stops, [make_shift("s1"), make_shift("s2", ends_at=at(9, 30))])

    plan = searched(problem)

    assert is_best(problem, plan)
    assert "a" in visited(plan)["s2"]
