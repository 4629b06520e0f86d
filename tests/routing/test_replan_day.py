"""The rest of a day planned anew: locks hold, budgets are respected, closed streets and broken cars are minded."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from shapely import LineString, Polygon

from routing.change_budget import changed_ids
from routing.change_rules import (
    Breakdown,
    ChangePrices,
    ChangeRules,
    Closure,
    LockHorizon,
    LockLevel,
    PromisedTime,
)
from routing.courier_now import CourierNow
from routing.day_inputs import PlanLimits
from routing.order import Load
from routing.plan import UnassignedCode
from routing.plan_check import check
from routing.planning import make_problem, plan_day
from routing.replan_day import replan_day
from routing.roads import StraightLineRoads
from routing.route_building import routes_cost
from tests.routing.builders import GridRoads, at, make_inputs, make_plan, make_shift, make_stop, place, window
from zones.lonlat import LonLat

QUICK = PlanLimits(time_limit_s=0.25, explain_s=0.1)
ROADS = GridRoads()


def plan_with(inputs, sequences):
    problem, _ = make_problem(inputs, ROADS)
    return make_plan(problem, sequences)


def replanned(inputs, old, rules, couriers=None, now=None, roads=ROADS, limits=QUICK):
    return replan_day(inputs, old, couriers or {}, rules, roads, limits, now=now or at(8))


def starts(plan):
    return {visit.visit_id: visit.starts_at for route in plan.routes for visit in route.visits}


def orders(plan):
    return {route.shift_id: [visit.visit_id for visit in route.visits] for route in plan.routes}


def zigzag():
    """A plan in force that is clearly bad: far, near, far, near."""
    stops = [make_stop(f"v{n}", place(far), service_s=60) for n, far in enumerate((900, 100, 1000, 200))]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    return inputs, plan_with(inputs, {"s1": ("v0", "v1", "v2", "v3")})


def test_without_rules_the_plan_becomes_better_and_the_diff_says_what_it_saves():
    inputs, old = zigzag()

    found = replanned(inputs, old, ChangeRules())

    assert orders(found.plan) != orders(old)
    assert found.diff.cost_before > found.diff.cost_after
    assert (found.diff.change_cost, found.diff.tell_ids) == (0, ())
    assert found.plan.provenance.cost == found.diff.cost_after


def test_all_times_locked_leaves_everything_as_it_is():
    inputs, old = zigzag()

    found = replanned(inputs, old, ChangeRules(horizons=(LockHorizon(within_s=86_400, level=LockLevel.TIMES),)))

    assert (orders(found.plan), starts(found.plan)) == (orders(old), starts(old))
    assert found.diff.is_empty
    assert found.diff.remarks == ()


def test_a_locked_sequence_lets_others_come_between():
    inputs, old = zigzag()
    inputs = replace(inputs, stops=(*inputs.stops, make_stop("new", place(500), service_s=60)))
    rules = ChangeRules(locks=dict.fromkeys(("v0", "v1", "v2", "v3"), LockLevel.SEQUENCE))

    found = replanned(inputs, old, rules)

    assert [one for one in orders(found.plan)["s1"] if one != "new"] == ["v0", "v1", "v2", "v3"]
    assert "new" in starts(found.plan)


def test_a_courier_locked_visit_stays_with_him_in_any_place():
    inputs, old = zigzag()

    found = replanned(inputs, old, ChangeRules(locks=dict.fromkeys(("v0", "v1", "v2", "v3"), LockLevel.COURIER)))

    assert list(orders(found.plan)) == ["s1"]
    assert orders(found.plan) != orders(old)


def test_a_time_locked_in_the_middle_is_kept_to_the_second():
    inputs, old = zigzag()

    found = replanned(inputs, old, ChangeRules(locks={"v2": LockLevel.TIMES}))

    assert starts(found.plan)["v2"] == starts(old)["v2"]
    assert "v2" in orders(found.plan)["s1"]


def test_the_horizon_locks_only_what_is_soon():
    inputs, old = zigzag()
    soon = LockHorizon(within_s=round((starts(old)["v1"] - at(8)).total_seconds()), level=LockLevel.TIMES)

    found = replanned(inputs, old, ChangeRules(horizons=(soon,)))

    assert [starts(found.plan)[one] for one in ("v0", "v1")] == [starts(old)[one] for one in ("v0", "v1")]


def test_a_late_courier_keeps_the_sequence_and_the_answer_says_so():
    inputs, old = zigzag()
    late = {"s1": CourierNow(now=at(9, 30), position=place(0))}

    found = replanned(
        inputs,
        old,
        ChangeRules(horizons=(LockHorizon(within_s=86_400, level=LockLevel.TIMES),)),
        couriers=late,
        now=at(9, 30),
    )

    assert orders(found.plan) == orders(old)
    assert {one.code for one in found.diff.remarks} == {"lock_relaxed"}
    assert found.diff.remarks[0].where == "v0"


def test_a_locked_visit_whose_window_passes_is_kept_late_and_said_so():
    stops = [make_stop("a", place(600), windows=(window(at(9), at(9, 30)),)), make_stop("b", place(700))]
    inputs = make_inputs(stops, [make_shift()])
    old = plan_with(inputs, {"s1": ("b", "a")})
    late = {"s1": CourierNow(now=at(9, 40), position=place(0))}
    rules = ChangeRules(locks={"a": LockLevel.SEQUENCE, "b": LockLevel.SEQUENCE})

    found = replanned(inputs, old, rules, couriers=late, now=at(9, 40))

    assert orders(found.plan) == {"s1": ["b", "a"]}
    assert [(one.code, one.where) for one in found.diff.remarks] == [("lock_late", "a")]


def test_a_lock_on_something_that_is_in_no_route_is_remarked():
    inputs, old = zigzag()

    found = replanned(inputs, old, ChangeRules(locks={"ghost": LockLevel.TIMES}))

    assert [(one.code, one.where) for one in found.diff.remarks] == [("lock_without_visit", "ghost")]


def test_a_moved_visit_costs_what_the_rules_say():
    stops = [make_stop("a", place(300)), make_stop("b", place(320)), make_stop("c", place(-300))]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    old = plan_with(inputs, {"s1": ("a", "c"), "s2": ("b",)})

    free = replanned(inputs, old, ChangeRules())
    dear = replanned(inputs, old, ChangeRules(prices=ChangePrices(per_moved=50_000)))

    assert free.diff.moved
    assert dear.diff.moved == ()


def test_a_promise_that_would_be_broken_is_kept_when_it_is_worth_more():
    inputs, old = zigzag()
    promised = {one: PromisedTime(from_at=at_, until_at=at_) for one, at_ in starts(old).items()}
    prices = ChangePrices(per_retimed_min=1_000, tolerance_s=60)

    free = replanned(inputs, old, ChangeRules(promised=promised, prices=ChangePrices(tolerance_s=60)))
    dear = replanned(inputs, old, ChangeRules(promised=promised, prices=prices))

    assert free.diff.tell_ids
    assert all(one.must_tell == (one.visit_id in free.diff.tell_ids) for one in (*free.diff.moved, *free.diff.retimed))
    assert dear.diff.tell_ids == ()
    assert dear.diff.change_cost == 0


def random_day(seed):
    """A day with a random plan in force that keeps its windows, and new orders that are in no route yet."""
    draw = Random(seed)
    shifts = [make_shift(name, capacity=Load(items=30)) for name in ("s1", "s2", "s3")]
    stops = [
        make_stop(f"v{n}", place(draw.randrange(-800, 800), draw.randrange(-800, 800)), service_s=120) for n in range(9)
    ]
    inputs = make_inputs(stops, shifts)
    ids = [stop.visit_id for stop in stops]
    draw.shuffle(ids)
    old = plan_with(inputs, {"s1": tuple(ids[:3]), "s2": tuple(ids[3:6]), "s3": tuple(ids[6:])})
    planned = starts(old)
    windowed = tuple(
        replace(stop, windows=(window(planned[stop.visit_id] - timedelta(minutes=20), at(18)),)) for stop in stops
    )
    new = [make_stop(f"new{n}", place(draw.randrange(-800, 800), draw.randrange(-800, 800))) for n in range(2)]
    return replace(inputs, stops=(*windowed, *new)), old


@pytest.mark.parametrize("budget", [0, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_no_more_visits_change_than_the_budget_allows_and_every_order_is_kept(seed, budget):
    inputs, old = random_day(seed)
    tolerance = timedelta(seconds=300)
    rules = ChangeRules(max_changed=budget, prices=ChangePrices(tolerance_s=300))

    found = replanned(inputs, old, rules)

    before, after = starts(old), starts(found.plan)
    shift_of = [{one: shift for shift, ids in orders(plan).items() for one in ids} for plan in (old, found.plan)]
    changed = {
        one
        for one in before
        if one not in after or shift_of[0][one] != shift_of[1][one] or abs(after[one] - before[one]) > tolerance
    }
    assert changed == set(found.diff.changed_ids)
    assert len(changed) <= budget
    assert found.diff.remarks == ()
    assert before.keys() <= after.keys()
    problem, _ = make_problem(inputs, ROADS)
    assert check(problem, found.plan) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_larger_budget_is_never_dearer_than_nothing_changed(seed):
    inputs, old = random_day(seed)
    prices = ChangePrices(tolerance_s=300)

    costs = [
        replanned(inputs, old, ChangeRules(max_changed=most, prices=prices)).diff.cost_after for most in (0, 2, None)
    ]

    assert costs[1] <= costs[0] * 1.001
    assert costs[2] <= costs[0] * 1.001


def single_moves(old):
    """Every plan in which one visit is somewhere else."""
    sequences = {name: tuple(ids) for name, ids in orders(old).items()}
    for visit_id in (one for ids in sequences.values() for one in ids):
        without = {name: tuple(one for one in ids if one != visit_id) for name, ids in sequences.items()}
        for name, ids in without.items():
            for position in range(len(ids) + 1):
                yield without | {name: (*ids[:position], visit_id, *ids[position:])}


@pytest.mark.parametrize("seed", range(4))
def test_one_allowed_change_is_as_good_as_the_best_of_all_single_ones(seed):
    draw = Random(seed)
    stops = [
        make_stop(f"v{n}", place(draw.randrange(-900, 900), draw.randrange(-900, 900)), service_s=0) for n in range(5)
    ]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    old = plan_with(inputs, {"s1": ("v0", "v1", "v2"), "s2": ("v3", "v4")})
    problem, _ = make_problem(inputs, ROADS)

    found = replanned(inputs, old, ChangeRules(max_changed=1, prices=ChangePrices(tolerance_s=900)))

    costs = [routes_cost(problem, old.routes, ())]
    for sequences in single_moves(old):
        plan = make_plan(problem, {name: ids for name, ids in sequences.items() if ids})
        if check(problem, plan) == [] and len(changed_ids(old, plan, 900)) <= 1:
            costs.append(routes_cost(problem, plan.routes, ()))
    assert found.diff.cost_after <= min(costs) + 2
    assert len(found.diff.changed_ids) <= 1


def test_a_budget_that_cannot_be_kept_says_why_and_changes_nothing_else():
    inputs, old = zigzag()
    late = {"s1": CourierNow(now=at(11), position=place(0))}

    found = replanned(inputs, old, ChangeRules(max_changed=1), couriers=late, now=at(11))

    assert [one.code for one in found.diff.remarks] == ["budget_exceeded"]
    assert "4 visits change whatever is done (v0, v1, v2, v3), 1 are allowed" in found.diff.remarks[0].message


def on_the_road():
    stops = [make_stop(f"v{n}", place(300 * n), service_s=60) for n in range(1, 5)]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    old = plan_with(inputs, {"s1": ("v1", "v2", "v3"), "s2": ("v4",)})
    couriers = {
        "s1": CourierNow(now=at(9, 7), position=place(320), done_visit_ids=frozenset({"v1"})),
        "s2": CourierNow(now=at(9, 7), position=place(100)),
    }
    return inputs, old, couriers


def test_after_a_breakdown_what_is_on_board_is_left_out_with_its_reason():
    inputs, old, couriers = on_the_road()

    found = replanned(inputs, old, ChangeRules(breakdowns=(Breakdown(shift_id="s1"),)), couriers, at(9, 7))

    assert orders(found.plan) == {"s2": ["v4"]}
    assert {one.visit_id: one.code for one in found.plan.unassigned} == {
        "v2": UnassignedCode.COURIER_OUT,
        "v3": UnassignedCode.COURIER_OUT,
    }
    assert found.diff.dropped == ("v2", "v3")


def test_with_a_handover_another_courier_fetches_the_parcels_and_brings_them():
    inputs, old, couriers = on_the_road()
    broken = Breakdown(shift_id="s1", handover=True)

    found = replanned(inputs, old, ChangeRules(breakdowns=(broken,)), couriers, at(9, 7))

    visited = orders(found.plan)["s2"]
    assert visited[0] == "v4"
    assert set(visited) == {"v4", "v2/handover", "v3/handover", "v2", "v3"}
    for one in ("v2", "v3"):
        assert visited.index(f"{one}/handover") < visited.index(one)
    fetched = next(visit for route in found.plan.routes for visit in route.visits if visit.visit_id == "v2/handover")
    assert fetched.point == place(320)
    assert [one.visit_id for one in found.diff.moved] == ["v2", "v3"]


def test_what_a_broken_courier_has_not_loaded_is_free_for_others():
    inputs, old, couriers = on_the_road()
    couriers = couriers | {"s1": CourierNow(now=at(8, 50)), "s2": CourierNow(now=at(8, 50))}

    found = replanned(inputs, old, ChangeRules(breakdowns=(Breakdown(shift_id="s1"),)), couriers, at(8, 50))

    assert set(orders(found.plan)["s2"]) == {"v1", "v2", "v3", "v4"}


def test_when_the_only_courier_breaks_down_everything_comes_back_with_a_reason():
    inputs, old, couriers = on_the_road()
    inputs = replace(inputs, shifts=inputs.shifts[:1], stops=inputs.stops[:3])
    old = replace(old, routes=old.routes[:1])
    rules = ChangeRules(breakdowns=(Breakdown(shift_id="s1", handover=True), Breakdown(shift_id="ghost")))

    found = replanned(inputs, old, rules, couriers, at(9, 7))

    assert found.plan.routes == ()
    assert len(found.plan.unassigned) == 4
    assert [(one.code, one.where) for one in found.diff.remarks] == [("breakdown_unknown", "ghost")]


def spot(east, north):
    return LonLat(lon=20 + east / 1000, lat=50 + north / 1000)


def test_no_leg_crosses_a_closed_area_and_stops_inside_come_back_with_a_reason():
    roads = StraightLineRoads()
    stops = [make_stop(f"v{n}", spot(20, 4 * n - 8)) for n in range(5)] + [make_stop("inside", spot(8, 0))]
    inputs = make_inputs(stops, [make_shift()])
    old = plan_day(inputs, roads, QUICK)
    ring = (spot(5, -6), spot(11, -6), spot(11, 6), spot(5, 6))
    closure = Closure(closure_id="works", name="Mill street", ring=ring, from_at=at(7), until_at=at(20))

    found = replanned(inputs, old, ChangeRules(closures=(closure,)), roads=roads)

    area = Polygon([(point.lon, point.lat) for point in ring])
    assert [(one.visit_id, one.code) for one in found.plan.unassigned] == [("inside", UnassignedCode.AREA_CLOSED)]
    assert "Mill street" in found.plan.unassigned[0].message
    legs = [leg for route in found.plan.routes for leg in route.legs]
    assert legs
    for leg in legs:
        line = LineString([(point.lon, point.lat) for point in leg.path])
        assert not line.intersects(area)
        straight = roads.route([leg.path[0], leg.path[-1]])[0]
        assert leg.duration_s >= straight.duration_s - 1
    assert found.diff.remarks == ()


def test_a_closure_of_another_day_changes_nothing():
    inputs, old = zigzag()
    ring = (place(50, -50), place(60, -50), place(60, 50), place(50, 50))
    past = Closure(closure_id="c", ring=ring, from_at=at(0), until_at=at(7))
    rules = ChangeRules(closures=(past,), horizons=(LockHorizon(within_s=86_400, level=LockLevel.TIMES),))

    assert replanned(inputs, old, rules).diff.is_empty
