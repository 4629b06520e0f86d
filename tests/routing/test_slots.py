from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from routing.added_stop import NewStop, point_travel
from routing.live_insertion import insert_now
from routing.order import TimeWindow
from routing.plan import UnassignedCode
from routing.slots import offer_slots
from routing.solver.live_plan import live_plan
from tests.routing.builders import DAY, GridRoads, at, make_problem, make_shift, make_stop, place, window
from tests.routing.live_days import random_day, random_stop

HOURS = [TimeWindow(DAY + timedelta(hours=hour), DAY + timedelta(hours=hour + 1)) for hour in range(8, 18)]


def asked(problem, stop):
    return NewStop(stop, point_travel(problem, stop.point, GridRoads()))


@pytest.mark.parametrize("seed", range(15))
def test_an_offer_is_what_inserting_an_order_with_that_window_gives(seed):
    rng = Random(seed)
    problem, sequences, reloads = random_day(rng)
    plan = live_plan(problem, sequences, reloads)
    stop = random_stop(rng, "x")

    offers = offer_slots(plan, asked(problem, stop), HOURS)

    for offer, opened in zip(offers, HOURS, strict=True):
        inserted = insert_now(plan, asked(problem, replace(stop, windows=(opened,))))
        assert offer.is_feasible == (inserted.left_out is None)
        if not offer.is_feasible:
            assert offer.refused == inserted.left_out
            continue
        assert (offer.added_cost, offer.shift_id) == (inserted.added_cost, inserted.shift_id)
        visit = next(one for one in inserted.route.visits if one.visit_id == "x")
        assert offer.expected_at == visit.starts_at
        assert opened.opens_at <= offer.early_at <= offer.expected_at <= offer.late_at <= opened.closes_at


@pytest.mark.parametrize("seed", range(15))
def test_a_courier_who_comes_at_the_latest_start_makes_nobody_late(seed):
    rng = Random(seed)
    problem, sequences, reloads = random_day(rng)
    # Soft windows would put locked visits off as soon as there is more time behind them.
    problem = replace(problem, stops=tuple(replace(one, soft_window=None) for one in problem.stops))
    plan = live_plan(problem, sequences, reloads)
    stop = replace(random_stop(rng, "x"), soft_window=None)

    offers = offer_slots(plan, asked(problem, stop), HOURS)

    for offer in offers:
        if offer.is_feasible:
            at_last = replace(stop, windows=(TimeWindow(offer.late_at, offer.late_at),))
            starts = [one for one in plan.starts() if one.shift.shift_id == offer.shift_id]
            own = live_plan(problem, sequences, reloads, starts=starts)
            assert insert_now(own, asked(problem, at_last)).left_out is None


def test_the_last_start_leaves_time_for_who_comes_after():
    after = make_stop("a", place(600), windows=(window(at(9, 30), at(9, 40)),))
    problem = make_problem([after])
    plan = live_plan(problem, {"s1": (0,)})
    stop = make_stop("x", place(300), service_s=600)

    (offer,) = offer_slots(plan, asked(problem, stop), [window(at(9), at(9, 35))])

    assert offer.expected_at == at(9, 5)
    assert offer.late_at == at(9, 40) - timedelta(seconds=300 + 600)


def test_an_empty_shift_offers_its_whole_window():
    problem = make_problem([])
    plan = live_plan(problem, {})

    (offer,) = offer_slots(plan, asked(problem, make_stop("x", place(600))), [window(at(12), at(13))])

    assert offer.shift_id == "s1"
    assert (offer.early_at, offer.late_at) == (at(12), at(13))


def test_a_window_that_nobody_can_keep_says_why():
    problem = make_problem([], [make_shift(ends_at=at(12))])
    plan = live_plan(problem, {})

    outside, unreachable = offer_slots(
        plan, asked(problem, make_stop("x", place(600))), [window(at(13), at(14)), window(at(9), at(9, 5))]
    )

    assert outside.refused is not None
    assert outside.refused.code is UnassignedCode.WINDOW_OUTSIDE_SHIFTS
    assert unreachable.refused is not None
    assert unreachable.refused.code is UnassignedCode.WINDOW_UNREACHABLE


def test_no_windows_are_no_offers():
    problem = make_problem([])

    assert offer_slots(live_plan(problem, {}), asked(problem, make_stop("x")), []) == ()
