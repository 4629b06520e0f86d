import random
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.fleet import Break
from routing.order import Load
from routing.problem import CostWeights, node_points
from routing.stop import SoftWindow
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


@pytest.mark.parametrize("seed", [0, 1])
def test_orders_at_one_door_pay_the_setup_once(seed):
    stops = random_places(seed, 4, setup_s=900)
    stops[2] = replace(stops[2], point=stops[0].point)
    windows = (window(at(9), at(10)),)
    problem = day([replace(stop, windows=windows) for stop in stops])

    assert is_best(problem, searched(problem))


def test_the_setup_delays_service_within_its_window():
    late = make_stop("a", setup_s=601, windows=(window(at(9), at(9, 20)),))
    in_time = replace(late, setup_s=600)

    assert searched(day([late])).unassigned != ()
    assert searched(day([in_time])).unassigned == ()
    assert is_refused(day([late]), day([in_time]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lateness_is_traded_against_driving(seed):
    problem = day(_soft_stops(seed, per_early_min=0))

    assert is_best(problem, searched(problem))


@pytest.mark.parametrize("seed", [0, 1])
def test_earliness_is_traded_against_driving(seed):
    problem = day(_soft_stops(seed, per_early_min=30), [make_shift("s1"), make_shift("s2", starts_at=at(9, 20))])

    assert is_best(problem, searched(problem))


def _soft_stops(seed, per_early_min):
    draw = random.Random(seed)
    stops = []
    for stop in random_places(seed, 4):
        opens_at = at(9) + timedelta(minutes=draw.randrange(0, 60))
        closes_at = opens_at + timedelta(minutes=10)
        late = draw.choice([20, 90])
        soft = SoftWindow(opens_at=opens_at, closes_at=closes_at, per_early_min=per_early_min, per_late_min=late)
        stops.append(replace(stop, soft_window=soft))
    return stops


@pytest.mark.parametrize("seed", [0, 1])
def test_a_route_lasts_at_most_so_long(seed):
    problem = day(random_places(seed, 4), two_shifts(max_route_s=2800))

    assert is_best(problem, searched(problem))
    assert is_refused(problem, day(random_places(seed, 4)))


@pytest.mark.parametrize("seed", [0, 1])
def test_couriers_start_at_home_and_end_anywhere_or_elsewhere(seed):
    room = Load(items=5)
    shifts = [
        make_shift("s1", home_point=place(-700, 100), ends_anywhere=True, capacity=room),
        make_shift("s2", end_point=place(800, -300), capacity=room),
    ]
    problem = _with_starts(random_places(seed, 4), shifts)

    assert is_best(problem, searched(problem))


def _with_starts(stops, shifts):
    depots = (make_depot(),)
    return day(stops, shifts, matrix=grid_matrix(node_points(depots, tuple(stops), tuple(shifts))))


LUNCH = Break(break_id="lunch", opens_at=at(9, 20), closes_at=at(9, 35), duration_s=1800)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("per_wait_s", [0.0, 0.5])
def test_breaks_are_taken_where_they_cost_least(seed, per_wait_s):
    draw = random.Random(seed)
    stops = [
        replace(stop, windows=(window(at(9), at(9, 30) + timedelta(minutes=draw.randrange(0, 90))),))
        for stop in random_places(seed, 4)
    ]
    shifts = two_shifts(breaks=(LUNCH,))
    problem = day(stops, shifts, CostWeights(per_wait_s=per_wait_s))

    assert is_best(problem, searched(problem))


def test_a_break_in_the_route_makes_what_follows_later():
    stops = [
        make_stop("a", windows=(window(at(9), at(9, 15)),)),
        make_stop("b", place(700), windows=(window(at(9, 40), at(9, 49)),)),
    ]
    just = replace(LUNCH, duration_s=1800 - 4 * 60)
    far = replace(LUNCH, duration_s=3600)

    kept = searched(day(stops, [make_shift("s1", breaks=(just,))]))
    lost = searched(day(stops, [make_shift("s1", breaks=(far,))]))

    assert visited(kept) == {"s1": ["a", "b"]}
    assert [halt.name for leg in kept.routes[0].legs for halt in leg.halts] == ["lunch"]
    assert len(lost.unassigned) == 1
    assert is_refused(day(stops, [make_shift("s1", breaks=(far,))]), day(stops, [make_shift("s1")]))


def test_a_break_of_a_courier_without_a_route_costs_nothing():
    problem = day([make_stop("a")], two_shifts(breaks=(LUNCH,)), CostWeights(per_wait_s=0.5))

    plan = searched(problem)

    assert is_best(problem, plan)
    assert len(plan.routes) == 1
