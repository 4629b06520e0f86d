import random
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.fleet import Break
from routing.order import Load
from routing.problem import CostWeights
from routing.stop import LoadsAfter, SoftWindow, StopKind
from tests.routing.builders import at, make_depot, make_shift, make_stop, place, window
from tests.routing.solver.small_days import day, searched


def rich_stop(draw, number):
    opens_at = at(9) + timedelta(minutes=draw.randrange(0, 300, 15))
    closes_at = opens_at + timedelta(minutes=draw.choice([30, 60, 120]))
    soft = SoftWindow(
        opens_at=opens_at, closes_at=closes_at, per_early_min=draw.choice([0, 20]), per_late_min=draw.choice([7, 30])
    )
    ready_at = at(9) + timedelta(minutes=draw.randrange(0, 180))
    return make_stop(
        f"v{number}",
        place(draw.randrange(-1500, 1500), draw.randrange(-1500, 1500)),
        windows=(window(opens_at, closes_at),) if draw.random() < 0.6 else (),
        soft_window=soft if draw.random() < 0.3 else None,
        service_s=draw.choice([60, 300]),
        setup_s=draw.choice([0, 120, 400]),
        load=Load(items=draw.choice([1, 2, 3])),
        kind=StopKind.COLLECTION if draw.random() < 0.25 else StopKind.DELIVERY,
        ready_at=ready_at if draw.random() < 0.2 else None,
    )


def rich_shift(draw, name, *, rests, **changes):
    opens_at = at(11) + timedelta(minutes=draw.randrange(0, 120))
    rest = Break(
        break_id="rest",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(minutes=45),
        duration_s=draw.choice([900, 1800]),
    )
    return make_shift(
        name,
        breaks=(rest,) if rests else (),
        max_trips=1 if rests else draw.choice([1, 3]),
        capacity=Load(items=draw.choice([5, 9])),
        **changes,
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rests", [False, True])
def test_plans_of_rich_days_keep_every_rule_and_are_read_back_at_their_cost(seed, rests):
    draw = random.Random(seed)
    stops = [rich_stop(draw, number) for number in range(draw.randrange(5, 12))]
    pickup, dropoff, brought = draw.sample(range(len(stops)), 3)
    stops[pickup] = replace(stops[pickup], kind=StopKind.PICKUP)
    stops[dropoff] = replace(
        stops[dropoff], kind=StopKind.DROPOFF, pickup_visit_id=f"v{pickup}", load=stops[pickup].load
    )
    if not rests:
        after = LoadsAfter(visit_id=f"v{dropoff}", gap_s=600)
        stops[brought] = replace(stops[brought], kind=StopKind.DELIVERY, loads_after=after)
    shifts = [
        rich_shift(draw, "s1", rests=rests, ends_at=at(15)),
        rich_shift(draw, "s2", rests=rests, starts_at=at(10), max_distance_m=draw.choice([None, 80_000])),
    ]
    weights = CostWeights(per_wait_s=draw.choice([0, 0.1, 1]), per_longest_work_s=draw.choice([0, 0.5]))

    plan = searched(day(stops, shifts, weights, depots=(make_depot(service_s=draw.choice([0, 300])),)))

    assert plan.routes
