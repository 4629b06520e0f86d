import random
from datetime import timedelta

import pytest

from routing.eligibility import free_starts, refusal
from routing.eligibility_table import eligible
from routing.order import Load
from routing.stop import StopKind
from routing.travel_matrix import HourFactors
from tests.routing.builders import DAY, at, make_depot, make_problem, make_shift, make_stop, place, window


def random_day(seed):
    rng = random.Random(seed)
    stops = []
    for number in range(rng.randrange(3, 12)):
        opens = [at(9, rng.randrange(50)), at(10, rng.randrange(50))]
        windows = tuple(window(one, one + timedelta(minutes=rng.choice([0, 9]))) for one in opens[: rng.randrange(3)])
        stops.append(
            make_stop(
                f"v{number}",
                place(rng.choice([0, 60, 600, 1_200]), rng.choice([0, 60])),
                windows=windows,
                setup_s=rng.choice([0, 120]),
                ready_at=at(9, rng.randrange(50), rng.randrange(60)) if rng.random() < 0.4 else None,
                load=Load(items=rng.randrange(4)),
                kind=rng.choice([StopKind.DELIVERY, StopKind.COLLECTION]),
                required_skills=frozenset(["cold"] if rng.random() < 0.2 else []),
                forbidden_skills=frozenset(["motor"] if rng.random() < 0.2 else []),
                zone_id=rng.choice([None, "z1", "z2"]),
                depot_id=rng.choice([None, None, "main", "other"]),
                only_shift_id=rng.choice([None, None, None, "s0", "s1"]),
            )
        )
    free = [stop.visit_id for stop in stops if stop.only_shift_id is None]
    shifts = [
        make_shift(
            f"s{number}",
            ends_at=at(9 + rng.randrange(2), rng.randrange(10, 60)),
            capacity=Load(items=rng.randrange(1, 5)),
            skills=frozenset(rng.sample(["cold", "motor"], rng.randrange(3))),
            allowed_zone_ids=rng.choice([None, frozenset({"z1"})]),
            start_point=place(60) if rng.random() < 0.2 else None,
            available_at=at(9, 5) + timedelta(microseconds=rng.randrange(3)) if rng.random() < 0.3 else None,
            end_point=place(90) if rng.random() < 0.2 else None,
            ends_anywhere=rng.random() < 0.2,
            max_trips=rng.choice([1, 2]),
            max_route_s=rng.choice([None, 1_200]),
            max_distance_m=rng.choice([None, 9_000]),
            max_stops=rng.choice([None, 1]),
            frozen_visit_ids=tuple(free[number : number + 1]) if rng.random() < 0.4 else (),
            ordered_visit_ids=tuple(free[number + 3 : number + 4]),
        )
        for number in range(3)
    ]
    cut_off = frozenset({place(1_200)}) if rng.random() < 0.2 else frozenset()
    factors = HourFactors((DAY, at(9, 20)), (1.0, 1.5)) if rng.random() < 0.1 else None
    depots = [make_depot(service_s=rng.choice([0, 300])), make_depot("other", place(300))]
    return make_problem(stops, shifts, depots, cut_off=cut_off, hour_factors=factors)


@pytest.mark.parametrize("seed", range(150))
def test_the_table_says_of_every_stop_and_shift_what_asking_for_one_says(seed):
    try:
        problem = random_day(seed)
        starts = free_starts(problem)
    except ValueError:
        return

    table = eligible(problem, starts)

    one_by_one = [[refusal(problem, index, start) is None for start in starts] for index in range(len(problem.stops))]
    assert table.tolist() == one_by_one


def test_no_stops_make_an_empty_table():
    problem = make_problem([])

    assert eligible(problem, free_starts(problem)).shape == (0, 1)
