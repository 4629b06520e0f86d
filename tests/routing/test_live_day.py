from dataclasses import replace

from routing.courier_now import CourierNow
from routing.live_day import live_day, new_stop, no_travel
from routing.live_insertion import insert_now
from routing.order import TimeWindow
from routing.plan import UnassignedCode
from routing.replanning import replan_inputs
from routing.slots import offer_slots
from routing.solver.live_plan import live_plan_of
from tests.routing.builders import (
    GridRoads,
    at,
    make_depot,
    make_inputs,
    make_plan,
    make_problem,
    make_shift,
    make_stop,
    place,
    window,
)

STOPS = [make_stop("a"), make_stop("b", place(900, 300)), make_stop("c", place(-600)), make_stop("d", place(0, 500))]
SHIFTS = [make_shift("s1"), make_shift("s2"), make_shift("s3")]


def plan_of_four():
    problem = make_problem(STOPS, SHIFTS)
    return problem, make_plan(problem, {"s1": ("a", "b"), "s2": ("c", "d")})


def test_the_legs_of_a_plan_are_enough_to_put_an_order_in():
    problem, plan = plan_of_four()
    stop = make_stop("x", place(700, 100))

    day = live_day(make_inputs(STOPS, SHIFTS), plan, GridRoads())
    found = insert_now(day, new_stop(day, stop, GridRoads()))

    whole = live_plan_of(problem, plan)
    by_matrix = insert_now(whole, new_stop(whole, stop, GridRoads()))
    assert (found.shift_id, found.added_cost, found.violations) == (by_matrix.shift_id, by_matrix.added_cost, ())
    assert [visit.visit_id for visit in found.route.visits] == [visit.visit_id for visit in by_matrix.route.visits]


def test_who_has_left_takes_nothing_more():
    _, plan = plan_of_four()
    couriers = {"s1": CourierNow(now=at(9, 1), position=place(30)), "s2": CourierNow(now=at(9, 1))}
    inputs = replan_inputs(make_inputs(STOPS, SHIFTS[:2]), plan, couriers)

    day = live_day(inputs, plan, GridRoads())

    assert [one.start.shift.shift_id for one in day.routes] == ["s2"]
    found = insert_now(day, new_stop(day, make_stop("x", place(700)), GridRoads()))
    assert found.shift_id == "s2"


def test_there_is_no_plan_to_take_up_when_all_have_left():
    _, plan = plan_of_four()
    couriers = {one.shift_id: CourierNow(now=at(9, 1), position=place(30)) for one in SHIFTS}

    assert live_day(replan_inputs(make_inputs(STOPS, SHIFTS), plan, couriers), plan, GridRoads()) is None


def test_routes_with_reloads_are_taken_up_too():
    shift = make_shift("s1", max_trips=2)
    problem = make_problem(STOPS[:3], [shift], [make_depot(service_s=300)])
    plan = make_plan(problem, {"s1": ("a", "b", "c")}, {"s1": (2,)})
    inputs = replace(make_inputs(STOPS[:3], [shift]), depots=problem.depots)

    day = live_day(inputs, plan, GridRoads())

    assert day.timed_routes() == plan.routes
    assert insert_now(day, new_stop(day, make_stop("x", place(-700)), GridRoads())).violations == ()


def test_a_route_with_a_visit_that_is_not_planned_any_more_is_left_alone():
    _, plan = plan_of_four()

    day = live_day(make_inputs(STOPS[1:], SHIFTS[:2]), plan, GridRoads())

    assert [one.start.shift.shift_id for one in day.routes] == ["s2"]


def test_a_place_that_no_street_joins_is_unreachable_in_every_window():
    _, plan = plan_of_four()
    island = make_stop("x", place(9, 9))
    roads = GridRoads(cut_off=[island.point])
    day = live_day(make_inputs(STOPS, SHIFTS), plan, roads)

    assert new_stop(day, island, roads) is None
    (offer,) = offer_slots(day, no_travel(day, island), [TimeWindow(at(9), at(10))])
    assert offer.refused.code is UnassignedCode.UNREACHABLE


def test_a_shift_without_a_route_offers_slots_alone():
    _, plan = plan_of_four()
    empty = replace(plan, routes=(), unassigned=())
    day = live_day(make_inputs([], SHIFTS), empty, GridRoads())

    stop = make_stop("x", place(700))
    offers = offer_slots(day, new_stop(day, stop, GridRoads()), [window(at(10), at(11)), window(at(20), at(21))])

    assert [offer.is_feasible for offer in offers] == [True, False]
