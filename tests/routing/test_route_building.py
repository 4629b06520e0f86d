import random

import pytest

from routing.errors import ProblemError
from routing.fleet import Break, ShiftCosts
from routing.plan_check import check
from routing.problem import CostWeights
from routing.route_building import build_route, build_routes, routes_cost, with_paths
from routing.stop import LoadsAfter, SoftWindow, StopKind
from routing.travel_matrix import HourFactors, LegStarts
from tests.routing.builders import (
    DAY,
    GridRoads,
    at,
    make_depot,
    make_plan,
    make_problem,
    make_shift,
    make_stop,
    place,
    window,
)

FREE = CostWeights(per_drive_s=0, per_km=0, per_route=0, per_wait_s=0)


def cost(stops, shifts=None, weights=FREE, sequences=None, **more):
    problem = make_problem(stops, shifts, weights=weights, **more)
    sequences = sequences or {"s1": tuple(stop.visit_id for stop in stops)}
    return routes_cost(problem, make_plan(problem, sequences).routes, ())


def test_a_route_costs_its_opening_its_driving_and_its_kilometres():
    weights = CostWeights(per_drive_s=2, per_km=10, per_route=100, per_wait_s=0)

    assert cost([make_stop("a")], weights=weights) == 100 + 2 * 1_200 + 10 * 12


def test_the_prices_of_a_shift_replace_those_of_the_plan():
    shift = make_shift(costs=ShiftCosts(per_route=7, per_hour=3_600, per_km=1))

    assert cost([make_stop("a")], [shift], CostWeights(per_wait_s=0)) == 7 + 1_200 + 12


def test_waiting_costs_by_the_second_and_service_setup_and_breaks_cost_nothing():
    rest = Break(break_id="lunch", opens_at=at(9, 20), closes_at=at(9, 30), duration_s=600)
    stops = [make_stop("a", setup_s=60), make_stop("b", windows=(window(at(10), at(11)),))]

    weights = CostWeights(per_drive_s=0, per_km=0, per_route=0, per_wait_s=1)

    # Leaves a at 9:14; the break at its door from 9:20 or on the way to the next one; waits for 10:00 in between.
    assert cost(stops, [make_shift(breaks=(rest,))], weights) == (46 - 10) * 60


def test_foreign_zones_and_other_shifts_than_the_promised_one_cost_more():
    stops = [
        make_stop("a", zone_id="z1", preferred_shift_id="s2", other_shift_cost=50),
        make_stop("b", zone_id="z2", preferred_shift_id="s1", other_shift_cost=70),
        make_stop("c"),
    ]
    weights = CostWeights(per_drive_s=0, per_km=0, per_route=0, per_wait_s=0, per_foreign_stop=9)
    shifts = [make_shift(home_zone_ids=frozenset({"z1"})), make_shift("s2")]

    assert cost(stops, shifts, weights, {"s1": ("a", "b", "c")}) == 50 + 9
    assert cost(stops, shifts, weights, {"s2": ("a", "b", "c")}) == 70


def test_a_soft_window_costs_each_minute_too_early_or_too_late():
    late = SoftWindow(opens_at=at(8), closes_at=at(9), per_late_min=3)
    early = SoftWindow(opens_at=at(12), closes_at=at(13), per_early_min=2, per_late_min=1)
    fixed = (window(at(9, 10), at(9, 10)),)

    assert cost([make_stop("a", soft_window=late)]) == 30
    assert cost([make_stop("a", soft_window=early, windows=fixed)]) == 170 * 2


def test_balance_is_priced_by_the_longest_work_and_the_most_visits():
    weights = CostWeights(
        per_drive_s=0, per_km=0, per_route=0, per_wait_s=0, per_longest_work_s=1, per_most_stops=10_000
    )
    stops = [make_stop(name, setup_s=20, service_s=100) for name in "abc"]
    shifts = [make_shift(), make_shift("s2")]

    assert cost(stops, shifts, weights, {"s1": ("a", "b"), "s2": ("c",)}) == 20_000 + 1_200 + 200 + 20


def test_what_is_left_out_costs_by_its_priority_and_a_pair_once():
    pair = [
        make_stop("from", kind=StopKind.PICKUP, priority=1),
        make_stop("to", kind=StopKind.DROPOFF, pickup_visit_id="from", priority=1),
    ]
    problem = make_problem(pair, weights=CostWeights(unassigned=100, priority_step=10))

    assert routes_cost(problem, (), pair) == 110


def waiting_for_each_other():
    stops = []
    for name, other in (("a", "b"), ("b", "a")):
        stops.append(make_stop(f"{name}-from", kind=StopKind.PICKUP))
        stops.append(make_stop(f"{name}-to", kind=StopKind.DROPOFF, pickup_visit_id=f"{name}-from"))
        stops.append(make_stop(f"{name}-back", loads_after=LoadsAfter(visit_id=f"{other}-to")))
    return make_problem(stops, [make_shift(max_trips=2), make_shift("s2", max_trips=2)])


def test_routes_that_wait_for_each_other_in_a_circle_are_refused():
    with pytest.raises(ProblemError, match="in a circle"):
        make_plan(waiting_for_each_other(), {"s1": ("a-from", "a-to", "a-back"), "s2": ("b-from", "b-to", "b-back")})


def test_routes_that_exchange_parcels_in_their_second_trips_are_timed():
    problem = waiting_for_each_other()
    sequences = {"s1": ("a-from", "a-to", "a-back"), "s2": ("b-from", "b-to", "b-back")}

    plan = make_plan(problem, sequences, {"s1": (2,), "s2": (2,)})

    assert check(problem, plan) == []


def test_a_parcel_is_not_loaded_in_the_trip_that_brings_it():
    problem = waiting_for_each_other()

    with pytest.raises(ProblemError, match="before it is brought"):
        build_route(problem, problem.shifts[0], (0, 1, 5))


def test_the_streets_of_a_leg_with_a_reload_lead_by_the_depot():
    problem = make_problem([make_stop("a", place(600)), make_stop("b", place(0, 300))], [make_shift(max_trips=2)])
    route = make_plan(problem, {"s1": ("a", "b")}, {"s1": (1,)}).routes[0]

    drawn = with_paths(route, place(0), None, GridRoads(), reload_at=place(0))

    assert place(0) in drawn.legs[1].path
    assert (drawn.legs[1].path[0], drawn.legs[1].path[-1]) == (place(600), place(0, 300))
    assert drawn.legs[2].path == ()


def random_problem(seed, **more):
    """Any mixture of kinds, windows, setups, breaks and ends, with as many trips as it takes."""
    rng = random.Random(seed)
    stops = []
    for number in range(rng.randrange(1, 7)):
        opens = at(9) + (at(1) - at(0)) * rng.choice([0, 1, 2])
        windows = [window(opens, opens + (at(3) - at(0)))]
        stops.append(
            make_stop(
                f"v{number}",
                place(rng.randrange(0, 900, 100), rng.randrange(0, 900, 300)),
                windows=tuple(windows) if rng.random() < 0.4 else (),
                setup_s=rng.choice([0, 90]),
                kind=rng.choice([StopKind.DELIVERY, StopKind.COLLECTION]),
                ready_at=at(9, rng.randrange(0, 50)) if rng.random() < 0.3 else None,
                soft_window=SoftWindow(opens_at=at(10), closes_at=at(11), per_early_min=rng.choice([0, 2, 100]))
                if rng.random() < 0.3
                else None,
            )
        )
    rest = Break(break_id="lunch", opens_at=at(10), closes_at=at(11), duration_s=1_800)
    shift = make_shift(
        breaks=(rest,) if rng.random() < 0.5 else (),
        ends_anywhere=rng.random() < 0.3,
        end_point=place(50, 50) if rng.random() < 0.3 else None,
        max_trips=3,
        ends_at=at(23),
    )
    problem = make_problem(stops, [shift], [make_depot(service_s=rng.choice([0, 300]))], **more)
    reloads = tuple(n for n in range(1, len(stops)) if rng.random() < 0.25)[:2]
    return problem, tuple(rng.sample(range(len(stops)), len(stops))), reloads


@pytest.mark.parametrize("seed", range(150))
def test_what_is_built_is_what_the_second_opinion_allows(seed):
    problem, sequence, reloads = random_problem(seed)

    routes = build_routes(problem, {"s1": sequence}, {"s1": reloads})

    plan = make_plan(problem, {"s1": tuple(problem.stops[index].visit_id for index in sequence)}, {"s1": reloads})
    assert plan.routes == routes
    assert {violation.code for violation in check(problem, plan)} <= {"window"}


RUSH_HOURS = HourFactors((DAY, at(9, 7), at(9, 31), at(12)), (1.0, 1.63, 0.9, 1.37), LegStarts(50.0, 1.15))


@pytest.mark.parametrize("seed", range(150))
def test_by_the_hour_too_what_is_built_is_what_the_second_opinion_allows(seed):
    problem, sequence, reloads = random_problem(seed, hour_factors=RUSH_HOURS)

    plan = make_plan(problem, {"s1": tuple(problem.stops[index].visit_id for index in sequence)}, {"s1": reloads})

    assert {violation.code for violation in check(problem, plan)} <= {"window"}
