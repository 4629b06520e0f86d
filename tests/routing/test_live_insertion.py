from dataclasses import replace
from random import Random

import pytest

from routing.added_stop import NewStop, point_travel
from routing.fleet import Locker
from routing.live_insertion import Inserted, insert_now
from routing.order import Load
from routing.plan import UnassignedCode
from routing.problem import RoutingProblem
from routing.route_building import build_routes
from routing.solver.live_plan import LivePlan, live_plan
from routing.stop import LoadsAfter, Stop, StopKind
from tests.routing.builders import GridRoads, at, make_problem, make_shift, make_stop, place, window
from tests.routing.live_days import best_by_trying, random_day, random_stop


def new_stop(problem: RoutingProblem, stop: Stop) -> NewStop:
    return NewStop(stop, point_travel(problem, stop.point, GridRoads()))


def insert(plan: LivePlan, stop: Stop) -> Inserted:
    return insert_now(plan, new_stop(plan.problem, stop))


@pytest.mark.parametrize("seed", range(40))
def test_the_place_is_the_cheapest_of_all_that_can_be_tried(seed):
    rng = Random(seed)
    problem, sequences, reloads = random_day(rng)
    plan = live_plan(problem, sequences, reloads)

    for number in range(4):
        stop = random_stop(rng, f"new{number}")
        found = insert(plan, stop)

        best = best_by_trying(found.plan.problem, plan.sequences(), plan.reloads(), len(plan.problem.stops))
        assert found.violations == ()
        if best is None:
            assert found.left_out is not None
        else:
            assert found.left_out is None
            assert (found.added_cost, found.shift_id) == best[:2]
            assert found.plan.sequences()[found.shift_id] == best[2]
        plan = found.plan


@pytest.mark.parametrize("seed", range(20))
def test_locked_visits_keep_their_places_and_times(seed):
    rng = Random(1000 + seed)
    problem, sequences, reloads = random_day(rng)
    plan = live_plan(problem, sequences, reloads)
    before = {route.shift_id: route for route in plan.timed_routes()}

    for number in range(5):
        plan = insert(plan, random_stop(rng, f"new{number}")).plan

    after = {route.shift_id: route for route in plan.timed_routes()}
    for shift in problem.shifts:
        locked = len(shift.frozen_visit_ids)
        if locked and shift.shift_id in before:
            assert after[shift.shift_id].visits[:locked] == before[shift.shift_id].visits[:locked]


@pytest.mark.parametrize("seed", range(10))
def test_routes_of_the_plan_are_those_built_from_its_sequences(seed):
    rng = Random(2000 + seed)
    problem, sequences, reloads = random_day(rng)
    plan = live_plan(problem, sequences, reloads)

    for number in range(3):
        plan = insert(plan, random_stop(rng, f"new{number}")).plan

    built = build_routes(plan.problem, plan.sequences(), plan.reloads())
    assert set(plan.timed_routes()) == set(built)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"required_skills": frozenset({"cold_box"})}, UnassignedCode.NO_COURIER_WITH_SKILL),
        ({"load": Load(items=99)}, UnassignedCode.TOO_LARGE),
        ({"load": Load(items=10)}, UnassignedCode.CAPACITY_FULL),
        ({"windows": (window(at(20), at(21)),)}, UnassignedCode.WINDOW_OUTSIDE_SHIFTS),
        ({"windows": (window(at(9), at(9, 5)),)}, UnassignedCode.WINDOW_UNREACHABLE),
        ({"locker_id": "L", "cell_size": 0}, UnassignedCode.LOCKER_FULL),
        ({"loads_after": LoadsAfter(visit_id="left_out")}, UnassignedCode.NOT_BROUGHT),
    ],
)
def test_a_stop_without_a_place_says_why(changes, code):
    locker = Locker(locker_id="L", free_cells=(0,))
    problem = make_problem([make_stop("a"), make_stop("left_out")], lockers=(locker,))
    plan = live_plan(problem, {"s1": (0,)})

    found = insert(plan, make_stop("x", place(0, 700), **changes))

    assert found.left_out is not None
    assert found.left_out.code is code
    assert found.plan.sequences() == {"s1": (0,)}


def test_who_is_on_the_road_takes_no_parcel_but_collects_one():
    shift = make_shift(start_point=place(300), available_at=at(10))
    problem = make_problem([make_stop("a", only_shift_id="s1")], [shift])
    plan = live_plan(problem, {"s1": (0,)})

    delivery = insert(plan, make_stop("x"))
    collection = insert(plan, make_stop("x", kind=StopKind.COLLECTION))

    assert delivery.left_out is not None
    assert delivery.left_out.code is UnassignedCode.COURIERS_HAVE_LEFT
    assert collection.shift_id == "s1"


def test_what_another_courier_brings_is_waited_for_and_not_delayed():
    fetched = [make_stop("fetch", place(600), kind=StopKind.COLLECTION, windows=(window(at(9), at(12)),))]
    brought = make_stop("return", place(0, 600), loads_after=LoadsAfter(visit_id="fetch", gap_s=600))
    shifts = [make_shift("s1"), make_shift("s2")]
    problem = make_problem([*fetched, brought], shifts)
    plan = live_plan(problem, {"s1": (0,), "s2": (1,)})

    found = insert(plan, make_stop("x", place(500), service_s=3600, load=Load(items=1)))

    assert found.violations == ()
    routes = {route.shift_id: route for route in found.plan.timed_routes()}
    left_at = next(visit.leaves_at for visit in routes["s1"].visits if visit.visit_id == "fetch")
    assert routes["s2"].departs_at >= left_at


def test_an_insertion_leaves_the_plan_it_came_from_as_it_was():
    problem = make_problem([make_stop("a")])
    plan = live_plan(problem, {"s1": (0,)})

    insert(plan, make_stop("x"))

    assert plan.sequences() == {"s1": (0,)}
    assert insert(plan, replace(make_stop("x"), service_s=60)).shift_id == "s1"
