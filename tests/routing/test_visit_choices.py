"""Each courier's price for a visit is what the plan would really cost with it there."""

from random import Random

import pytest

from routing.errors import ProblemError
from routing.order import Load
from routing.plan import UnassignedCode
from routing.route_building import build_routes, routes_cost
from routing.stop import StopKind
from routing.visit_choices import explain_visit
from tests.routing.builders import at, make_plan, make_problem, make_shift, make_stop, place, window


def cost_of(problem, sequences):
    index_of = {stop.visit_id: n for n, stop in enumerate(problem.stops)}
    routes = build_routes(
        problem, {shift: tuple(index_of[one] for one in sequence) for shift, sequence in sequences.items()}
    )
    return routes_cost(problem, routes, ())


@pytest.mark.parametrize("seed", range(5))
def test_added_cost_is_the_difference_of_whole_plans(seed):
    draw = Random(seed)
    stops = [make_stop(f"v{n}", place(draw.randrange(-900, 900), draw.randrange(-900, 900))) for n in range(7)]
    problem = make_problem(stops, [make_shift(name) for name in ("s1", "s2", "s3")])
    sequences = {"s1": ("v0", "v1", "v2"), "s2": ("v3", "v4", "v5"), "s3": ("v6",)}

    choices = explain_visit(problem, make_plan(problem, sequences), "v1")

    before = cost_of(problem, sequences)
    without = sequences | {"s1": ("v0", "v2")}
    for choice in choices:
        if choice.is_present:
            assert (choice.shift_id, choice.added_cost, choice.position) == ("s1", 0, 1)
            continue
        old = sequences[choice.shift_id]
        tried = [
            cost_of(problem, without | {choice.shift_id: (*old[:n], "v1", *old[n:])}) - before
            for n in range(len(old) + 1)
        ]
        assert choice.added_cost == pytest.approx(min(tried), abs=2)
        assert tried[choice.position] == pytest.approx(min(tried), abs=2)
    priced = [choice.added_cost for choice in choices]
    assert priced == sorted(priced)


def test_who_cannot_have_it_says_why():
    stops = [
        make_stop("a", zone_id="z", load=Load(items=4)),
        make_stop("b", load=Load(items=8), windows=(window(at(9), at(10)),)),
    ]
    shifts = [
        make_shift("s1"),
        make_shift("s2"),
        make_shift("s3", allowed_zone_ids=frozenset({"y"})),
        make_shift("s4", ends_at=at(9, 5)),
    ]
    problem = make_problem(stops, shifts)

    choices = explain_visit(problem, make_plan(problem, {"s1": ("a",), "s2": ("b",)}), "a")

    assert {one.shift_id: one.refusal for one in choices} == {
        "s1": None,
        "s2": UnassignedCode.CAPACITY_FULL,
        "s3": UnassignedCode.NO_COURIER_FOR_ZONE,
        "s4": UnassignedCode.NO_TIME_LEFT,
    }
    assert choices[0].is_present


def test_a_parcel_in_a_vehicle_stays_there():
    problem = make_problem([make_stop("a", only_shift_id="s1")], [make_shift("s1"), make_shift("s2")])

    choices = explain_visit(problem, make_plan(problem, {"s1": ("a",)}), "a")

    assert choices[1].refusal is UnassignedCode.COURIERS_HAVE_LEFT


def test_reloads_stay_where_they_are_around_the_visit():
    stops = [make_stop(name, load=Load(items=6)) for name in ("a", "b", "c")]
    problem = make_problem(stops, [make_shift("s1", max_trips=3), make_shift("s2")])

    choices = explain_visit(problem, make_plan(problem, {"s1": ("a", "b", "c")}, {"s1": (1, 2)}), "b")

    # Its trip is saved in s1, and s2 opens a route for it.
    assert [(one.shift_id, one.added_cost) for one in choices] == [("s1", 0), ("s2", 1200)]


def test_a_pair_goes_together():
    stops = [
        make_stop("from", place(300), kind=StopKind.PICKUP, service_s=0),
        make_stop("to", place(600), kind=StopKind.DROPOFF, pickup_visit_id="from", service_s=0),
        make_stop("a", place(600), service_s=0),
    ]
    problem = make_problem(stops, [make_shift("s1"), make_shift("s2"), make_shift("s3", max_distance_m=1000)])

    choices = explain_visit(problem, make_plan(problem, {"s1": ("from", "to"), "s2": ("a",)}), "to")

    # s2 drives there anyway: all of the present route is saved, 1,200 s, 12 km at 60 each and the opened route.
    assert [(one.shift_id, one.added_cost) for one in choices] == [("s2", -3120), ("s1", 0), ("s3", None)]
    assert choices[2].refusal is UnassignedCode.NO_TIME_LEFT


def test_a_visit_that_is_not_left_to_do_is_an_error():
    problem = make_problem([make_stop("a")])

    with pytest.raises(ProblemError, match="visit x is not among the visits"):
        explain_visit(problem, make_plan(problem, {"s1": ("a",)}), "x")
