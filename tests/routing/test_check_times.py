from dataclasses import replace
from datetime import timedelta

import pytest

from routing.fleet import Break
from routing.plan import Halt, HaltKind
from routing.plan_check import check
from routing.travel_matrix import HourFactors, TravelMatrix
from tests.routing.builders import DAY, at, make_depot, make_plan, make_problem, make_shift, make_stop, place, window


def codes(problem, plan):
    return [violation.code for violation in check(problem, plan)]


def lunch(opens=None, closes=None, duration_s=600):
    return Break(break_id="lunch", opens_at=opens or at(9), closes_at=closes or at(9, 10), duration_s=duration_s)


def with_shift(problem, **changes):
    return replace(problem, shifts=(replace(problem.shifts[0], **changes),))


def one_visit(**shift):
    """Out at 9:00, service from 9:10 to 9:13, back at 9:23."""
    problem = make_problem([make_stop("a")], [make_shift(**shift)])
    return problem, make_plan(problem, {"s1": ("a",)})


@pytest.mark.parametrize(("limit", "expected"), [(1_381, []), (1_380, []), (1_379, ["max_route_time"])])
def test_a_route_lasts_no_longer_than_the_shift_allows(limit, expected):
    problem, plan = one_visit()

    assert codes(with_shift(problem, max_route_s=limit), plan) == expected


@pytest.mark.parametrize(("limit", "expected"), [(12_001, []), (12_000, []), (11_999, ["max_distance"])])
def test_a_route_is_no_longer_than_the_shift_allows(limit, expected):
    problem, plan = one_visit()

    assert codes(with_shift(problem, max_distance_m=limit), plan) == expected


@pytest.mark.parametrize(("limit", "expected"), [(3, []), (2, []), (1, ["max_stops"])])
def test_a_route_has_no_more_visits_than_the_shift_allows(limit, expected):
    problem = make_problem([make_stop("a"), make_stop("b")], [make_shift(max_stops=limit)])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == expected


def test_setup_is_paid_once_at_one_door():
    stops = [make_stop(name, place(600), setup_s=120) for name in "ab"]
    problem = make_problem(stops)

    plan = make_plan(problem, {"s1": ("a", "b")})

    first, second = plan.routes[0].visits
    assert (first.setup_s, second.setup_s) == (120, 0)
    assert first.starts_at - first.arrives_at == timedelta(seconds=120)
    assert (first.wait_s, second.wait_s) == (0, 0)
    assert codes(problem, plan) == []


def test_a_setup_that_is_not_paid_or_paid_twice_is_found():
    without = make_problem([make_stop(name, place(600)) for name in "ab"])
    problem = make_problem([make_stop(name, place(600), setup_s=60) for name in "ab"])

    assert codes(problem, make_plan(without, {"s1": ("a", "b")})) == ["setup_time"]
    route = make_plan(problem, {"s1": ("a", "b")}).routes[0]
    twice = replace(route.visits[1], setup_s=60)
    plan = replace(make_plan(problem, {"s1": ("a", "b")}), routes=(replace(route, visits=(route.visits[0], twice)),))
    assert codes(problem, plan) == ["setup_time", "time_order"]


def test_a_stop_at_the_depot_has_no_setup():
    problem = make_problem([make_stop("a", place(0), setup_s=60)])

    plan = make_plan(problem, {"s1": ("a",)})

    assert plan.routes[0].visits[0].setup_s == 0
    assert codes(problem, plan) == []


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (lunch(at(8), at(9), duration_s=3_600), []),
        (lunch(at(8), at(9), duration_s=3_601), ["break_missing"]),
        (lunch(at(9), at(9, 23), duration_s=60), []),
        (lunch(at(9), at(9, 22, 59), duration_s=60), ["break_missing"]),
        (lunch(at(12), at(13)), []),
    ],
)
def test_a_break_is_before_the_route_or_after_it_or_missing(rest, expected):
    problem, plan = one_visit()

    assert codes(with_shift(problem, breaks=(rest,)), plan) == expected


def with_break(rest, begins_at, duration_s=600):
    """One visit with a break on the way there, and the problem that asks for `rest`."""
    problem, plan = one_visit()
    route = plan.routes[0]
    later = timedelta(seconds=duration_s)
    halt = Halt(kind=HaltKind.BREAK, name=rest.break_id, starts_at=begins_at, duration_s=duration_s)
    visit = route.visits[0]
    moved = replace(
        visit,
        arrives_at=visit.arrives_at + later,
        starts_at=visit.starts_at + later,
        leaves_at=visit.leaves_at + later,
    )
    legs = (replace(route.legs[0], halts=(halt,)), route.legs[1])
    route = replace(route, visits=(moved,), legs=legs, returns_at=route.returns_at + later)
    return with_shift(problem, breaks=(rest,)), replace(plan, routes=(route,))


@pytest.mark.parametrize(
    ("begins_at", "expected"),
    [
        (at(9), []),
        (at(9, 5), []),
        (at(9, 10), []),
        (at(8, 59, 59), ["halt_time", "travel_time", "break_time"]),
        (at(9, 10, 1), ["halt_time", "break_time"]),
    ],
)
def test_a_break_begins_while_the_courier_drives_the_leg_and_in_its_time(begins_at, expected):
    assert codes(*with_break(lunch(), begins_at)) == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (lunch(at(9, 5), at(9, 6)), []),
        (lunch(at(9, 4), at(9, 5)), []),
        (lunch(at(9, 3), at(9, 4, 59)), ["break_time"]),
        (lunch(at(9, 5, 1), at(9, 6)), ["break_time"]),
        (lunch(duration_s=599), []),
        (lunch(duration_s=601), ["break_time"]),
    ],
)
def test_a_break_is_long_enough_and_begins_in_its_window(rest, expected):
    assert codes(*with_break(rest, at(9, 5))) == expected


def test_a_break_of_nobody_and_one_taken_twice_are_found():
    problem, plan = with_break(lunch(), at(9, 5))
    route = plan.routes[0]
    halt = route.legs[0].halts[0]
    home = replace(route.legs[1], halts=(replace(halt, starts_at=route.visits[0].leaves_at),))
    longer = replace(route, legs=(route.legs[0], home), returns_at=route.returns_at + timedelta(seconds=600))

    assert codes(with_shift(problem, breaks=()), plan) == ["break_unknown"]
    assert codes(problem, replace(plan, routes=(longer,))) == ["break_time", "break_twice"]


def test_a_route_of_frozen_visits_alone_may_miss_its_break_and_exceed_its_limits():
    problem, plan = one_visit()
    bound = {"breaks": (lunch(),), "max_route_s": 60, "max_stops": 0, "max_distance_m": 5}

    assert codes(with_shift(problem, **bound), plan) == ["max_route_time", "max_distance", "max_stops", "break_missing"]
    assert codes(with_shift(problem, frozen_visit_ids=("a",), **bound), plan) == []


def test_a_route_that_ends_anywhere_ends_at_its_last_visit():
    problem, plan = one_visit(ends_anywhere=True)

    assert (plan.routes[0].legs[1].duration_s, plan.routes[0].legs[1].distance_m) == (0, 0)
    assert plan.routes[0].returns_at == plan.routes[0].visits[0].leaves_at
    assert codes(problem, plan) == []
    assert "leg_matrix" in codes(with_shift(problem, ends_anywhere=False), plan)


def test_a_courier_starts_at_home_and_ends_elsewhere_without_loading():
    shift = make_shift(home_point=place(300), end_point=place(900))
    problem = make_problem([make_stop("a")], [shift], [make_depot(service_s=900)])

    plan = make_plan(problem, {"s1": ("a",)})

    assert [leg.duration_s for leg in plan.routes[0].legs] == [300, 300]
    assert plan.routes[0].departs_at == at(9)
    assert codes(problem, plan) == []


def test_a_vehicle_profile_has_its_own_matrix():
    problem, plan = one_visit(vehicle_profile="bike")
    slow = TravelMatrix(problem.matrix.durations_s * 2, problem.matrix.distances_m, "grid")
    by_bike = replace(problem, matrices={"bike": slow})

    assert codes(by_bike, plan) == ["leg_matrix", "leg_matrix"]
    assert codes(by_bike, make_plan(by_bike, {"s1": ("a",)})) == []


def test_drives_take_longer_at_some_hours():
    problem, plan = one_visit()
    rush = replace(problem, hour_factors=HourFactors((DAY, at(9, 5), at(9, 12)), (1.0, 2.0, 1.0)))

    timed = make_plan(rush, {"s1": ("a",)})

    # 300 s of the drive are over at 9:05; the other 300 take 420 s to 9:12, worth 210, and then 90 s.
    assert timed.routes[0].legs[0].duration_s == 300 + 420 + 90
    assert codes(rush, timed) == []
    assert codes(rush, plan) == ["leg_matrix"]


@pytest.mark.parametrize(
    ("stop_change", "shift_change", "expected"),
    [
        ({"forbidden_skills": frozenset({"motor"})}, {"skills": frozenset({"bike"})}, []),
        ({"forbidden_skills": frozenset({"motor"})}, {"skills": frozenset({"motor"})}, ["skill_forbidden"]),
        ({}, {"ordered_visit_ids": ("a", "b")}, []),
        ({}, {"ordered_visit_ids": ("b",)}, []),
        ({}, {"ordered_visit_ids": ("b", "a")}, ["ordered_sequence"]),
    ],
)
def test_barred_skills_and_kept_orders_are_judged(stop_change, shift_change, expected):
    stops = [make_stop("a", **stop_change), make_stop("b")]
    problem = make_problem(stops, [make_shift(**shift_change)])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == expected


def test_a_visit_in_the_order_of_a_shift_is_served_by_it():
    problem = make_problem([make_stop("a")], [make_shift(ordered_visit_ids=("a",)), make_shift("s2")])

    assert codes(problem, make_plan(problem, {"s1": ("a",)})) == []
    assert codes(problem, make_plan(problem, {"s2": ("a",)})) == ["ordered_shift"]
    assert codes(problem, make_plan(problem, {})) == ["ordered_shift"]


def test_a_window_is_about_the_start_of_service_after_the_setup():
    stop = make_stop("a", setup_s=60, windows=(window(at(9), at(9, 11)),))
    problem = make_problem([stop])
    later = make_problem([replace(stop, windows=(window(at(9), at(9, 10, 59)),))])

    assert codes(problem, make_plan(problem, {"s1": ("a",)})) == []
    assert codes(later, make_plan(later, {"s1": ("a",)})) == ["window"]


def changed_by_a_second(route):
    """The route with each of its figures one second (or metre) off, one figure at a time."""
    second = timedelta(seconds=1)
    for sign in (1, -1):
        yield "departs", replace(route, departs_at=route.departs_at + sign * second)
        yield "returns", replace(route, returns_at=route.returns_at + sign * second)
        for number, visit in enumerate(route.visits):
            for name in ("arrives_at", "starts_at", "leaves_at"):
                changed = replace(visit, **{name: getattr(visit, name) + sign * second})
                yield name, replace(route, visits=(*route.visits[:number], changed, *route.visits[number + 1 :]))
            changed = replace(visit, setup_s=visit.setup_s + sign)
            yield "setup", replace(route, visits=(*route.visits[:number], changed, *route.visits[number + 1 :]))
        for number, leg in enumerate(route.legs):
            changes = [{"duration_s": leg.duration_s + sign}, {"distance_m": leg.distance_m + sign}]
            for n, halt in enumerate(leg.halts):
                longer = replace(halt, duration_s=halt.duration_s + sign)
                changes.append({"halts": (*leg.halts[:n], longer, *leg.halts[n + 1 :])})
            for change in changes:
                legs = (*route.legs[:number], replace(leg, **change), *route.legs[number + 1 :])
                yield ", ".join(change), replace(route, legs=legs)


@pytest.mark.parametrize("factors", [None, HourFactors((DAY, at(9, 20)), (1.25, 0.75))])
def test_no_figure_of_a_route_can_be_a_second_off(factors):
    stops = [
        make_stop("a", place(600), setup_s=60),
        make_stop("b", place(600)),
        make_stop("c", place(300), windows=(window(at(11), at(12)),)),
    ]
    shift = make_shift(breaks=(lunch(at(9, 20), at(9, 40)),), max_trips=2)
    problem = make_problem(stops, [shift], [make_depot(service_s=300)], hour_factors=factors)
    plan = make_plan(problem, {"s1": ("a", "b", "c")}, {"s1": (2,)})

    unnoticed = [
        what
        for what, route in changed_by_a_second(plan.routes[0])
        if not check(problem, replace(plan, routes=(route,)))
    ]

    assert check(problem, plan) == []
    assert sum(len(leg.halts) for leg in plan.routes[0].legs) == 2
    assert unnoticed == []
