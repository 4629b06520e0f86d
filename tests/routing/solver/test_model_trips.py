import random
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.order import Load
from routing.stop import LoadsAfter, StopKind
from tests.routing.builders import at, grid_matrix, make_depot, make_shift, make_stop, place, window
from tests.routing.solver.small_days import (
    day,
    is_best,
    is_refused,
    random_places,
    searched,
    two_shifts,
    visited,
)


def mixed(seed, count=4):
    draw = random.Random(seed)
    kinds = [StopKind.DELIVERY, StopKind.COLLECTION]
    return [replace(stop, kind=draw.choice(kinds)) for stop in random_places(seed, count)]


def with_pair(stops, pickup=0, dropoff=2, items=2):
    stops = list(stops)
    load = replace(stops[pickup].load, items=items)
    stops[pickup] = replace(stops[pickup], kind=StopKind.PICKUP, load=load)
    stops[dropoff] = replace(stops[dropoff], kind=StopKind.DROPOFF, pickup_visit_id=stops[pickup].visit_id, load=load)
    return stops


def reloads_of(plan):
    return [halt.name for route in plan.routes for leg in route.legs for halt in leg.halts]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_goods_delivered_make_room_for_goods_collected(seed):
    problem = day(mixed(seed), two_shifts(capacity=Load(items=4)))

    assert is_best(problem, searched(problem))


def test_a_full_vehicle_delivers_before_it_collects():
    stops = [make_stop("d", place(600), load=Load(items=3)), make_stop("c", place(300), load=Load(items=3))]
    stops[1] = replace(stops[1], kind=StopKind.COLLECTION)
    tight = day(stops, [make_shift("s1", capacity=Load(items=3), ends_at=at(9, 40))])

    plan = searched(tight)

    assert visited(plan) == {"s1": ["d", "c"]}


@pytest.mark.parametrize("name", ["items", "weight_g", "volume_ml", "cash_minor"])
def test_every_dimension_of_the_load_is_bounded(name):
    stops = [make_stop(f"v{n}", place(300 + n), load=Load(**{name: 400})) for n in range(3)]
    roomy, tight = Load(items=2000, weight_g=2000, volume_ml=2000, cash_minor=2000), {name: 900}
    problem = day(stops, two_shifts(capacity=replace(roomy, **tight)))

    plan = searched(problem)

    assert is_best(problem, plan)
    assert sorted(len(route.visits) for route in plan.routes) == [1, 2]
    assert is_refused(problem, day(stops, two_shifts(capacity=roomy)))


@pytest.mark.parametrize("seed", [0, 1])
def test_cash_is_kept_to_the_end_of_the_trip(seed):
    stops = [replace(stop, load=Load(items=1, cash_minor=500)) for stop in random_places(seed, 4)]
    problem = day(with_pair(stops, items=1), two_shifts(capacity=Load(items=9, cash_minor=1000)))

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_couriers_reload_when_one_trip_cannot_carry_all(seed):
    shift = make_shift("s1", capacity=Load(items=4), max_trips=3)
    depots = (make_depot(service_s=300),)
    problem = day(random_places(seed, 4), [shift], depots=depots)

    plan = searched(problem)

    assert is_best(problem, plan)
    assert reloads_of(plan) != []


@pytest.mark.parametrize("seed", [0, 1])
def test_a_parcel_that_is_ready_late_goes_with_a_later_trip(seed):
    draw = random.Random(seed)
    stops = [
        replace(
            stop,
            ready_at=at(10) + timedelta(minutes=draw.randrange(-60, 90)),
            windows=(window(at(9), at(11, 30)),) if draw.random() < 0.6 else (),
        )
        for stop in random_places(seed, 4)
    ]
    problem = day(stops, [make_shift("s1", max_trips=2), make_shift("s2", ends_at=at(12))])

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day([replace(stop, ready_at=None) for stop in stops], list(problem.shifts)))


@pytest.mark.parametrize("seed", [0, 1])
def test_what_was_collected_is_left_at_the_depot(seed):
    shifts = [make_shift("s1", capacity=Load(items=4), max_trips=2)]
    problem = day(mixed(seed), shifts)

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_pair_stays_on_one_trip(seed):
    shifts = [make_shift("s1", capacity=Load(items=3), max_trips=2)]
    problem = day(with_pair(mixed(seed)), shifts)

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_chain_is_delivered_after_it_was_fetched_and_worked_on(seed):
    stops = with_pair(random_places(seed, 4), 0, 1, items=1)
    stops[1] = replace(stops[1], point=place(0))
    stops[2] = replace(stops[2], loads_after=LoadsAfter(visit_id="v1", gap_s=1200))
    problem = day(stops, [make_shift("s1", max_trips=2, ends_at=at(11)), make_shift("s2", ends_at=at(11))])

    plan = searched(problem)

    assert is_best(problem, plan)
    assert is_refused(problem, day([replace(stop, loads_after=None) for stop in stops], list(problem.shifts)))


def test_one_courier_fetches_what_another_delivers():
    stops = with_pair([make_stop("a"), make_stop("x", place(-900)), make_stop("b", place(0))], items=1)
    stops[1] = replace(stops[1], loads_after=LoadsAfter(visit_id="b", gap_s=600))
    problem = day(stops, [make_shift("s1", ends_at=at(9, 30)), make_shift("s2", starts_at=at(9, 20))])

    plan = searched(problem)

    assert visited(plan) == {"s1": ["a", "b"], "s2": ["x"]}
    assert is_best(problem, plan)


def test_what_nobody_brings_is_not_delivered():
    stops = with_pair([make_stop("a"), make_stop("x", place(-90)), make_stop("b", place(0))], items=99)
    stops[1] = replace(stops[1], loads_after=LoadsAfter(visit_id="b"))

    plan = searched(day(stops))

    assert plan.routes == ()


def test_a_transfer_moves_goods_between_depots_before_they_go_out():
    depots = (make_depot(), make_depot("north", place(0, 900)))
    stops = with_pair(
        [make_stop("load", place(0)), make_stop("out", place(100, 900)), make_stop("unload", place(0, 900))]
    )
    stops[1] = replace(stops[1], depot_id="north", loads_after=LoadsAfter(visit_id="unload", gap_s=300))
    shifts = [make_shift("s1"), make_shift("s2", start_depot_id="north", end_depot_id="north")]
    points = [depot.point for depot in depots] + [stop.point for stop in stops]
    problem = day(stops, shifts, depots=depots, matrix=grid_matrix(points))

    plan = searched(problem)

    assert visited(plan) == {"s1": ["load", "unload"], "s2": ["out"]}
    assert is_best(problem, plan)


def test_frozen_goods_take_their_room_from_the_first_trip():
    stops = [make_stop(name, place(300 + n), load=Load(items=2)) for n, name in enumerate("abc")]
    problem = day(stops, [make_shift("s1", frozen_visit_ids=("a",), capacity=Load(items=4), max_trips=2)])

    plan = searched(problem)

    assert is_best(problem, plan)
    assert len(reloads_of(plan)) == 1
