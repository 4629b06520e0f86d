import random
from datetime import timedelta

import pytest

from routing.eligibility import free_starts
from routing.explain import explain
from routing.fleet import Break, Locker
from routing.insertion import cheapest_place
from routing.order import Load
from routing.plan import UnassignedCode
from routing.plan_check import check
from routing.route_building import routes_cost
from routing.stop import LoadsAfter, StopKind
from routing.travel_matrix import HourFactors, LegStarts
from tests.routing.builders import DAY, at, make_plan, make_problem, make_shift, make_stop, place, window


def random_day(seed):
    rng = random.Random(seed)
    stops = []
    for number in range(rng.randrange(3, 7)):
        opens = at(9) + timedelta(minutes=rng.randrange(0, 120, 10))
        stops.append(
            make_stop(
                f"v{number}",
                place(rng.randrange(0, 1_500, 100)),
                windows=(window(opens, opens + timedelta(minutes=40)),) if rng.random() < 0.6 else (),
                setup_s=rng.choice([0, 120]),
                kind=rng.choice([StopKind.DELIVERY, StopKind.COLLECTION]),
            )
        )
    rest = Break(break_id="b", opens_at=at(9, 30), closes_at=at(10), duration_s=600)
    shifts = [
        make_shift(
            f"s{number}",
            capacity=Load(items=rng.randrange(2, 5)),
            max_trips=2,
            ends_at=at(11),
            breaks=(rest,) if rng.random() < 0.3 else (),
            max_stops=rng.choice([None, 3]),
            max_distance_m=rng.choice([None, 30_000]),
            ends_anywhere=rng.random() < 0.2,
        )
        for number in range(2)
    ]
    factors = (
        HourFactors((DAY, at(9, 40)), (1.3, 0.8), LegStarts(rng.choice([0.0, 75.0]), 1.2))
        if rng.random() < 0.3
        else None
    )
    return make_problem(stops, shifts, hour_factors=factors), rng


def cost_if_allowed(problem, sequence, reloads):
    plan = make_plan(problem, {"s0": tuple(problem.stops[index].visit_id for index in sequence)}, {"s0": reloads})
    return None if check(problem, plan) else routes_cost(problem, plan.routes, ())


@pytest.mark.parametrize("seed", range(120))
def test_the_cheapest_place_is_the_cheapest_of_all_that_the_second_opinion_allows(seed):
    problem, rng = random_day(seed)
    new = len(problem.stops) - 1
    old = tuple(rng.sample(range(new), rng.randrange(1, new + 1)))
    reloads = (rng.randrange(1, len(old)),) if len(old) > 1 and rng.random() < 0.4 else ()
    old_cost = cost_if_allowed(problem, old, reloads)
    if old_cost is None:
        return
    costs = [
        cost_if_allowed(problem, (*old[:position], new, *old[position:]), moved)
        for position in range(len(old) + 1)
        for moved in {tuple(n + (n >= position) for n in reloads), tuple(n + (n > position) for n in reloads)}
    ]

    found = cheapest_place(problem, free_starts(problem)[:1], {"s0": old}, new, reloads={"s0": reloads})

    best = min((cost for cost in costs if cost is not None), default=None)
    assert (found is None) == (best is None)
    if found is not None:
        assert cost_if_allowed(problem, found.sequence, found.reloads) == best
        assert found.added_cost == pytest.approx(best - old_cost, abs=1)


def codes(problem, sequences, reloads=None):
    return {one.visit_id: one.code for one in explain(problem, sequences, reloads)}


def with_pair(problem, rng):
    """The same day with a pickup and its dropoff as its last stops."""
    load = Load(items=rng.randrange(3))
    pickup = make_stop("from", place(rng.randrange(0, 1_500, 100)), kind=StopKind.PICKUP, load=load)
    dropoff = make_stop(
        "to", place(rng.randrange(0, 1_500, 100)), kind=StopKind.DROPOFF, pickup_visit_id="from", load=load
    )
    stops = (*problem.stops, pickup, dropoff)
    return make_problem(stops, problem.shifts, hour_factors=problem.hour_factors)


@pytest.mark.parametrize("seed", range(120))
def test_a_pair_goes_to_the_cheapest_of_all_places_that_the_second_opinion_allows(seed):
    problem, rng = random_day(seed)
    count = len(problem.stops)
    problem = with_pair(problem, rng)
    old = tuple(rng.sample(range(count), rng.randrange(0, min(count, 4))))
    reloads = (rng.randrange(1, len(old)),) if len(old) > 1 and rng.random() < 0.4 else ()
    old_cost = cost_if_allowed(problem, old, reloads) if old else 0
    if old_cost is None:
        return
    costs = []
    for first in range(len(old) + 1):
        for second in range(first + 1, len(old) + 2):
            sequence = list(old)
            sequence.insert(first, count)
            sequence.insert(second, count + 1)
            new_reloads = [(one,) for one in range(1, len(sequence))] if reloads else [()]
            # The reload stays between the same visits of the old sequence, wherever the pair is.
            costs += [
                cost_if_allowed(problem, tuple(sequence), one)
                for one in new_reloads
                if not reloads or [n for n in sequence[: one[0]] if n < count] == list(old[: reloads[0]])
            ]

    found = cheapest_place(problem, free_starts(problem)[:1], {"s0": old}, count + seed % 2, reloads={"s0": reloads})

    best = min((cost for cost in costs if cost is not None), default=None)
    assert (found is None) == (best is None)
    if found is not None:
        assert cost_if_allowed(problem, found.sequence, found.reloads) == best
        assert found.added_cost == pytest.approx(best - old_cost, abs=1)


def test_a_full_locker_and_a_parcel_that_nobody_brings_are_named():
    stops = [
        make_stop("in", locker_id="box"),
        make_stop("out", locker_id="box"),
        make_stop("back", loads_after=LoadsAfter(visit_id="out")),
    ]
    problem = make_problem(stops, lockers=(Locker(locker_id="box", free_cells=(1,)),))

    assert codes(problem, {"s1": (0,)}) == {"out": UnassignedCode.LOCKER_FULL, "back": UnassignedCode.NOT_BROUGHT}
    assert codes(problem, {})["out"] is UnassignedCode.TOO_COSTLY


def test_a_vehicle_that_reloads_is_full_only_when_every_trip_is():
    stops = [make_stop(name) for name in "abc"]
    problem = make_problem(stops, [make_shift(capacity=Load(items=1), max_trips=2)])

    assert codes(problem, {"s1": (0, 1)}, {"s1": (1,)}) == {"c": UnassignedCode.CAPACITY_FULL}
