import random
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, permutations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.explain import explain
from routing.order import Load
from routing.plan import Plan, Provenance
from routing.plan_check import check
from routing.problem import CostWeights
from routing.route_building import build_route, routes_cost
from routing.solver.search import solve
from tests.routing.builders import at, make_depot, make_plan, make_problem, make_shift, make_stop, place, window

QUICK_S = 0.1
NO_WAITING_PRICE = CostWeights(per_wait_s=0.0)


def solved_plan(problem, time_limit_s=QUICK_S, seed=1, **callbacks):
    solution = solve(problem, time_limit_s=time_limit_s, seed=seed, **callbacks)
    shift_of = {shift.shift_id: shift for shift in problem.shifts}
    return Plan(
        routes=tuple(build_route(problem, shift_of[name], sequence) for name, sequence in solution.sequences.items()),
        unassigned=explain(problem, solution.sequences),
        provenance=Provenance(engine="test", time_limit_s=time_limit_s, seed=seed, matrix_source="grid"),
    )


def cost_of(problem, plan):
    out = {one.visit_id for one in plan.unassigned}
    return routes_cost(problem, plan.routes, [stop for stop in problem.stops if stop.visit_id in out])


def visited(plan):
    return {route.shift_id: [visit.visit_id for visit in route.visits] for route in plan.routes}


def cheapest_by_trying_all(problem):
    """The lowest cost among all assignments and sequences that `check` finds nothing in."""
    names = [stop.visit_id for stop in problem.stops]
    shift_ids = [shift.shift_id for shift in problem.shifts]
    # Routes do not touch each other, so each shift's best sequence of a set of stops can be found alone.
    groups = [group for size in range(len(names) + 1) for group in combinations(names, size)]
    best_route = {(one, group): cheapest_route(problem, one, group) for one in shift_ids for group in groups}
    costs = []
    for choice in product([None, *shift_ids], repeat=len(names)):
        left_out = [stop for stop, to in zip(problem.stops, choice, strict=True) if to is None]
        parts = [
            best_route[one, tuple(name for name, to in zip(names, choice, strict=True) if to == one)]
            for one in shift_ids
        ]
        if None not in parts:
            costs.append(sum(parts) + routes_cost(problem, (), left_out))
    return min(costs)


def cheapest_route(problem, shift_id, names):
    if not names:
        return 0
    best = None
    for sequence in permutations(names):
        plan = make_plan(problem, {shift_id: sequence})
        if not check(problem, plan):
            cost = routes_cost(problem, plan.routes, ())
            best = cost if best is None else min(best, cost)
    return best


def random_day(seed, stop_count, weights=NO_WAITING_PRICE):
    rng = random.Random(seed)
    stops = []
    for number in range(stop_count):
        opens = at(9) + timedelta(minutes=rng.randrange(0, 300, 15))
        windows = [window(opens, opens + timedelta(minutes=rng.choice([20, 60, 180])))]
        if rng.random() < 0.3:
            later = windows[0].closes_at + timedelta(minutes=30)
            windows.append(window(later, later + timedelta(minutes=30)))
        stops.append(
            make_stop(
                f"v{number}",
                place(rng.randrange(-2400, 2400), rng.randrange(-2400, 2400)),
                windows=tuple(windows) if rng.random() < 0.8 else (),
                service_s=rng.choice([60, 300]),
                load=Load(items=rng.choice([1, 2, 4]), weight_g=rng.choice([0, 500])),
                required_skills=frozenset({"cold_box"}) if rng.random() < 0.25 else frozenset(),
                zone_id=rng.choice(["z1", "z2", None]),
                depot_id=rng.choice(["main", None, None]),
                ready_at=at(9) + timedelta(minutes=rng.randrange(0, 120)) if rng.random() < 0.3 else None,
                priority=rng.choice([0, 0, 50]),
            )
        )
    shifts = [
        make_shift("s1", skills=frozenset({"cold_box"}), ends_at=at(15), capacity=Load(items=8, weight_g=2000)),
        make_shift(
            "s2",
            starts_at=at(10),
            start_depot_id="north",
            allowed_zone_ids=frozenset({"z1"}),
            capacity=Load(items=6, weight_g=1000),
        ),
    ]
    depots = [make_depot(service_s=120), make_depot("north", place(0, 1500))]
    return make_problem(stops, shifts, depots, weights)


@pytest.mark.parametrize("seed", range(8))
def test_a_small_day_is_solved_to_the_cost_that_trying_all_finds(seed):
    problem = random_day(seed, stop_count=5)

    plan = solved_plan(problem, time_limit_s=0.25)

    assert check(problem, plan) == []
    assert cost_of(problem, plan) == pytest.approx(cheapest_by_trying_all(problem), abs=2)


def test_six_stops_of_one_courier_are_visited_in_the_cheapest_order():
    rng = random.Random(3)
    stops = [make_stop(f"v{n}", place(rng.randrange(-900, 900), rng.randrange(-900, 900))) for n in range(6)]
    problem = make_problem(stops, weights=NO_WAITING_PRICE)

    plan = solved_plan(problem, time_limit_s=0.25)

    assert cost_of(problem, plan) == cheapest_route(problem, "s1", tuple(stop.visit_id for stop in stops))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(seed=st.integers(0, 10_000), stop_count=st.integers(1, 14))
def test_no_random_day_gives_a_plan_that_breaks_a_rule(seed, stop_count):
    problem = random_day(seed, stop_count, CostWeights())

    assert check(problem, solved_plan(problem, time_limit_s=0.06)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(seed=st.integers(0, 10_000), frozen_count=st.integers(1, 3))
def test_frozen_visits_and_couriers_on_the_road_are_kept_on_random_days(seed, frozen_count):
    day = random_day(seed, 8, CostWeights())
    frozen = tuple(stop.visit_id for stop in day.stops[:frozen_count])
    bound = {stop.visit_id for stop in day.stops[: frozen_count + 2]}
    stops = [replace(stop, only_shift_id="s1" if stop.visit_id in bound else None) for stop in day.stops]
    on_the_road = replace(
        day.shifts[0], start_point=place(200, 300), available_at=at(11, 0, 7), frozen_visit_ids=frozen
    )
    problem = make_problem(stops, [on_the_road, day.shifts[1]], day.depots)

    plan = solved_plan(problem, time_limit_s=0.06)

    assert check(problem, plan) == []
    assert visited(plan)["s1"][:frozen_count] == list(frozen)


def test_a_stop_with_two_windows_is_served_in_the_one_that_can_be_met():
    windows = (window(at(9), at(9, 5)), window(at(11), at(11, 10)), window(at(16), at(17)))
    problem = make_problem([make_stop("a", place(3600), windows=windows)])

    plan = solved_plan(problem)

    assert plan.routes[0].visits[0].starts_at == at(11)


def test_the_courier_leaves_late_enough_not_to_wait_at_the_first_door():
    problem = make_problem([make_stop("a", place(600), windows=(window(at(12), at(13)),))])

    route = solved_plan(problem).routes[0]

    assert route.departs_at == at(11, 50)
    assert route.visits[0].wait_s == 0


def test_an_order_ready_late_holds_back_only_the_courier_who_takes_it():
    early = [make_stop(f"e{n}", place(600 + n), windows=(window(at(9), at(10)),)) for n in range(2)]
    late = make_stop("late", place(605), ready_at=at(12))
    problem = make_problem([*early, late], [make_shift("s1"), make_shift("s2")])

    plan = solved_plan(problem, time_limit_s=0.2)

    assert plan.unassigned == ()
    departures = {tuple(visit.visit_id for visit in route.visits): route.departs_at for route in plan.routes}
    assert departures[("late",)] == at(12)
    assert len(departures) == 2


def test_of_two_orders_for_one_place_the_higher_priority_is_served():
    stops = [make_stop("low", priority=1), make_stop("high", priority=2)]
    problem = make_problem(stops, [make_shift(capacity=Load(items=1))])

    plan = solved_plan(problem)

    assert visited(plan) == {"s1": ["high"]}


def test_a_courier_on_the_road_without_visits_costs_nothing_and_has_no_route():
    problem = make_problem(
        [make_stop("a")], [make_shift("s1", start_point=place(9999), available_at=at(10)), make_shift("s2")]
    )

    assert visited(solved_plan(problem)) == {"s2": ["a"]}


def test_a_courier_past_the_end_of_the_shift_finishes_what_is_frozen():
    stops = [make_stop("a", only_shift_id="s1"), make_stop("b", only_shift_id="s1")]
    shift = make_shift(start_point=place(300), available_at=at(18, 30), frozen_visit_ids=("a",))
    problem = make_problem(stops, [shift])

    plan = solved_plan(problem)

    assert visited(plan) == {"s1": ["a"]}
    assert check(problem, plan) == []


def test_a_pair_that_no_street_joins_is_never_driven():
    stops = [make_stop("a"), make_stop("island", place(700))]
    problem = make_problem(stops, cut_off=frozenset({place(700)}))

    plan = solved_plan(problem)

    assert visited(plan) == {"s1": ["a"]}
    assert [one.visit_id for one in plan.unassigned] == ["island"]


def test_progress_reports_falling_costs_and_the_last_one_is_the_plans():
    problem = random_day(5, 12)
    seen = []

    plan = solved_plan(problem, time_limit_s=0.3, on_progress=seen.append)

    costs = [one.best_cost for one in seen]
    assert costs == sorted(costs, reverse=True)
    impossible = [stop for stop in problem.stops if stop.visit_id in {one.visit_id for one in plan.unassigned}]
    assert costs[-1] == pytest.approx(cost_of(problem, plan), abs=1 + routes_cost(problem, (), impossible))


def test_a_wish_to_stop_ends_a_long_search_with_a_plan():
    problem = random_day(5, 12)

    solution = solve(problem, time_limit_s=30, seed=1, should_stop=lambda: True)

    assert solution.stopped
    assert solution.sequences
    assert solution.elapsed_s < 15


def test_nothing_to_decide_gives_no_routes_at_once():
    problem = make_problem([])

    assert solve(problem, time_limit_s=30, seed=1).sequences == {}


def test_a_larger_day_is_searched_within_its_time_and_keeps_every_rule():
    problem = random_day(11, 40, CostWeights())

    plan = solved_plan(problem, time_limit_s=0.5)

    assert check(problem, plan) == []
    assert sum(len(route.visits) for route in plan.routes) + len(plan.unassigned) == 40


def test_a_limit_too_short_for_any_plan_still_gives_one():
    rng = random.Random(5)
    stops = tuple(
        make_stop(f"v{i}", point=place(rng.uniform(0, 3000), rng.uniform(0, 3000)), service_s=60) for i in range(30)
    )
    problem = make_problem(stops=stops, shifts=tuple(make_shift(f"s{i}") for i in range(3)))

    solution = solve(problem, time_limit_s=0.0, seed=1)

    assert sum(len(sequence) for sequence in solution.sequences.values()) == 30
