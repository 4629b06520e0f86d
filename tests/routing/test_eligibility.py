import random

import pytest

from routing.eligibility import free_starts, refusal, trip_fits
from routing.order import Load
from routing.plan import UnassignedCode
from routing.plan_check import check
from routing.stop import StopKind
from routing.travel_matrix import HourFactors
from tests.routing.builders import DAY, at, make_depot, make_plan, make_problem, make_shift, make_stop, place, window


def refused(stop, **shift):
    problem = make_problem([stop], [make_shift(**shift)])
    return refusal(problem, 0, free_starts(problem)[0])


@pytest.mark.parametrize(
    ("stop", "shift", "expected"),
    [
        ({}, {}, None),
        ({"forbidden_skills": frozenset({"motor"})}, {}, None),
        (
            {"forbidden_skills": frozenset({"motor"})},
            {"skills": frozenset({"motor"})},
            UnassignedCode.NO_COURIER_WITH_SKILL,
        ),
        ({}, {"max_stops": 1}, None),
        ({}, {"max_stops": 0}, UnassignedCode.CAPACITY_FULL),
        ({}, {"max_distance_m": 12_000}, None),
        ({}, {"max_distance_m": 11_999}, UnassignedCode.NO_TIME_LEFT),
        ({}, {"max_distance_m": 6_000, "ends_anywhere": True}, None),
        ({}, {"max_route_s": 1_380}, None),
        ({}, {"max_route_s": 1_379}, UnassignedCode.NO_TIME_LEFT),
        ({"setup_s": 1}, {"max_route_s": 1_380}, UnassignedCode.NO_TIME_LEFT),
        ({}, {"ends_at": at(9, 23)}, None),
        ({"setup_s": 1}, {"ends_at": at(9, 23)}, UnassignedCode.NO_TIME_LEFT),
        ({}, {"ends_at": at(9, 13), "ends_anywhere": True}, None),
        ({}, {"ends_at": at(9, 14), "end_point": place(660)}, None),
        ({}, {"start_point": place(300)}, UnassignedCode.COURIERS_HAVE_LEFT),
        ({"kind": StopKind.COLLECTION}, {"start_point": place(300)}, None),
        ({"depot_id": "other"}, {}, UnassignedCode.NO_COURIER_AT_DEPOT),
        ({"depot_id": "other", "kind": StopKind.COLLECTION}, {}, None),
    ],
)
def test_a_shift_takes_a_stop_that_it_may_and_can_have_alone(stop, shift, expected):
    assert refused(make_stop("a", **stop), **shift) is expected


def test_a_visit_in_the_order_of_another_shift_is_not_for_this_one():
    problem = make_problem([make_stop("a")], [make_shift(ordered_visit_ids=("a",)), make_shift("s2")])

    assert [refusal(problem, 0, start) for start in free_starts(problem)] == [None, UnassignedCode.COURIERS_HAVE_LEFT]


@pytest.mark.parametrize(
    ("kinds", "room", "fits"),
    [("DD", 2, True), ("DD", 1, False), ("DC", 1, True), ("CD", 1, False), ("PRD", 2, True), ("PRPR", 1, True)],
)
def test_a_trip_fits_by_its_fullest_moment(kinds, room, fits):
    kind_of = {
        "D": StopKind.DELIVERY,
        "C": StopKind.COLLECTION,
        "P": StopKind.PICKUP,
        "R": StopKind.DROPOFF,
    }
    trip = [make_stop(f"v{n}", kind=kind_of[letter]) for n, letter in enumerate(kinds)]

    assert trip_fits(trip, Load(items=room)) is fits


def random_case(seed):
    rng = random.Random(seed)
    opens = at(9, rng.randrange(60))
    stop = make_stop(
        "a",
        place(rng.randrange(0, 1_200, 60)),
        windows=(window(opens, at(9 + rng.randrange(1, 3))),) if rng.random() < 0.5 else (),
        setup_s=rng.choice([0, 120]),
        ready_at=at(9, rng.randrange(60)) if rng.random() < 0.4 else None,
        load=Load(items=rng.randrange(4)),
        kind=rng.choice([StopKind.DELIVERY, StopKind.COLLECTION]),
    )
    shift = make_shift(
        ends_at=at(9, rng.randrange(10, 60)),
        capacity=Load(items=2),
        ends_anywhere=rng.random() < 0.2,
        home_point=place(60) if rng.random() < 0.2 else None,
        end_point=place(90) if rng.random() < 0.2 else None,
        max_route_s=rng.choice([None, 1_200, 2_400]),
        max_distance_m=rng.choice([None, 9_000]),
    )
    factors = HourFactors((DAY, at(9, 20)), (1.0, 1.5)) if shift.max_route_s is None and rng.random() < 0.5 else None
    return make_problem([stop], [shift], [make_depot(service_s=rng.choice([0, 300]))], hour_factors=factors)


@pytest.mark.parametrize("seed", range(150))
def test_a_stop_is_refused_exactly_when_a_route_with_it_alone_breaks_a_rule(seed):
    problem = random_case(seed)

    broken = check(problem, make_plan(problem, {"s1": ("a",)}))

    assert (refusal(problem, 0, free_starts(problem)[0]) is None) == (not broken)
