"""What counts as a change, who must be told, and what is left of a day once visits are done."""

from datetime import timedelta

import pytest

from routing.breakdowns import with_breakdowns
from routing.change_budget import changed_ids, must_tell, narrowed, rest_of, with_prices
from routing.change_rules import Breakdown, ChangePrices, ChangeRules, PromisedTime
from routing.courier_now import CourierNow
from routing.replanning import diff, replan_inputs
from routing.stop import LoadsAfter, StopKind
from tests.routing.builders import at, make_inputs, make_plan, make_problem, make_shift, make_stop, place, window

PROMISE = {"a": PromisedTime(from_at=at(10), until_at=at(11))}
RULES = ChangeRules(promised=PROMISE, prices=ChangePrices(tolerance_s=600))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (at(10, 30), at(10, 35), False),  # nobody minds five minutes
        (at(10, 10), at(10, 50), False),  # as promised
        (at(10, 50), at(11, 10), False),  # within the tolerance of the promise
        (at(10, 50), at(11, 11), True),
        (at(10, 30), at(9, 49), True),  # too early is told, too
        (at(11, 30), at(11, 35), False),  # was late before, and hardly moved
        (at(11, 30), at(10, 40), False),  # comes back into the promise
    ],
)
def test_a_client_must_be_told_when_the_promise_no_longer_holds(old, new, told):
    assert must_tell("a", old, new, RULES) is told
    assert not must_tell("nobody was promised anything", old, new, RULES)


def test_moved_dropped_and_retimed_beyond_the_tolerance_count():
    problem = make_problem(
        [make_stop("a"), make_stop("b", place(700)), make_stop("c", place(-100)), make_stop("d", place(-200))],
        [make_shift("s1"), make_shift("s2")],
    )
    old = make_plan(problem, {"s1": ("a", "b"), "s2": ("c", "d")})
    new = make_plan(problem, {"s1": ("b", "a"), "s2": ("d",)})

    assert changed_ids(old, new, 86_400) == ("c",)
    assert changed_ids(old, new, 30) == ("a", "b", "c", "d")
    assert changed_ids(old, old, 0) == ()


def test_a_dropped_visit_with_a_promise_is_told():
    problem = make_problem([make_stop("a"), make_stop("b")])
    old, new = make_plan(problem, {"s1": ("a", "b")}), make_plan(problem, {})

    found = diff(old, new, RULES)

    assert (found.dropped, found.tell_ids) == (("a", "b"), ("a",))


def test_prices_are_for_free_visits_of_the_plan_and_for_promises():
    stops = [make_stop("a"), make_stop("bound", only_shift_id="s1"), make_stop("new")]
    problem = make_problem(stops)
    old = make_plan(problem, {"s1": ("a", "bound")})
    rules = ChangeRules(promised=PROMISE, prices=ChangePrices(per_moved=500, per_retimed_min=10, tolerance_s=60))

    a, bound, new = with_prices(problem, old, rules).stops

    assert (a.preferred_shift_id, a.other_shift_cost) == ("s1", 500)
    assert (bound.other_shift_cost, new.other_shift_cost, new.soft_window) == (0, 0, None)
    assert a.soft_window is not None
    assert (a.soft_window.opens_at, a.soft_window.closes_at) == (at(9, 59), at(11, 1))


def test_windows_are_narrowed_to_a_span_and_the_span_where_they_miss_it():
    windows = (window(at(9), at(10)), window(at(11), at(12)))

    assert narrowed(windows, at(9, 30), at(11, 30)) == (window(at(9, 30), at(10)), window(at(11), at(11, 30)))
    assert narrowed(windows, at(10, 10), at(10, 20)) == (window(at(10, 10), at(10, 20)),)
    assert narrowed((), at(9), at(10)) == (window(at(9), at(10)),)


def test_done_visits_leave_the_plan_with_their_legs():
    problem = make_problem([make_stop("a"), make_stop("b", place(700)), make_stop("c")])
    old = make_plan(problem, {"s1": ("a", "b", "c")})

    left = rest_of(old, {"a", "b"})

    assert [visit.visit_id for visit in left.routes[0].visits] == ["c"]
    assert left.routes[0].legs == old.routes[0].legs[2:]
    assert rest_of(old, {"a", "b", "c"}).routes == ()


def chain():
    stops = [
        make_stop("from", place(100), kind=StopKind.PICKUP),
        make_stop("to", place(200), kind=StopKind.DROPOFF, pickup_visit_id="from"),
        make_stop("back", place(300), loads_after=LoadsAfter(visit_id="from", gap_s=3600)),
    ]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    problem = make_problem(stops, inputs.shifts)
    return inputs, make_plan(problem, {"s1": ("from", "to"), "s2": ("back",)})


def test_what_was_picked_up_is_on_board_and_what_was_brought_is_ready():
    inputs, old = chain()
    now = at(9, 10)
    couriers = {"s1": CourierNow(now=now, position=place(150), done_visit_ids=frozenset({"from"}))}

    to, back = replan_inputs(inputs, old, couriers).stops

    assert (to.kind, to.pickup_visit_id, to.only_shift_id) == (StopKind.DELIVERY, None, "s1")
    assert back.loads_after is None
    assert back.ready_at == old.routes[0].visits[0].leaves_at + timedelta(hours=1)


def test_a_pair_that_is_not_picked_up_yet_goes_to_another_courier_after_a_breakdown():
    inputs, old = chain()
    couriers = {"s1": CourierNow(now=at(9), position=place(0)), "s2": CourierNow(now=at(9))}
    rest = replan_inputs(inputs, old, couriers)

    after = with_breakdowns(rest, (Breakdown(shift_id="s1", handover=True),), couriers)

    assert [(stop.visit_id, stop.only_shift_id) for stop in after.inputs.stops] == [
        ("from", None),
        ("to", None),
        ("back", None),
    ]
    assert [shift.shift_id for shift in after.inputs.shifts] == ["s2"]
    assert after.set_aside == ()
