"""Locks as rules of the problem: whatever a search finds keeps them, and the second opinion agrees."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.change_rules import ChangeRules, LockHorizon, LockLevel
from routing.courier_now import CourierNow
from routing.day_inputs import PlanLimits
from routing.locks import with_locks
from routing.order import Load
from routing.planning import make_problem
from routing.replan_day import replan_day
from routing.stop import StopKind
from tests.routing.builders import GridRoads, at, make_inputs, make_plan, make_shift, make_stop, place, window
from tests.routing.builders import make_problem as problem_of

SOON = PlanLimits(time_limit_s=0.06, explain_s=0.0)
LEVELS = st.sampled_from([None, *LockLevel])


def starts(plan):
    return {visit.visit_id: visit.starts_at for route in plan.routes for visit in route.visits}


def shift_of(plan):
    return {visit.visit_id: route.shift_id for route in plan.routes for visit in route.visits}


@st.composite
def days(draw):
    """A day with a plan in force, some couriers on the road and late, new orders, and locks."""
    spots = draw(st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=6, max_size=8))
    stops = [make_stop(f"v{n}", place(*spot), service_s=60, load=Load(items=2)) for n, spot in enumerate(spots)]
    inputs = make_inputs(stops, [make_shift("s1"), make_shift("s2")])
    problem, _ = make_problem(inputs, GridRoads())
    cut = draw(st.integers(2, len(spots) - 2))
    ids = [stop.visit_id for stop in stops]
    old = make_plan(problem, {"s1": tuple(ids[:cut]), "s2": tuple(ids[cut:])})
    planned = starts(old)
    spare = timedelta(minutes=draw(st.integers(0, 30)))
    windowed = tuple(
        replace(stop, windows=(window(planned[stop.visit_id] - spare, planned[stop.visit_id] + spare),))
        if number % 2
        else stop
        for number, stop in enumerate(stops)
    )
    now = at(9) + timedelta(seconds=draw(st.integers(0, 900)))
    couriers = {name: CourierNow(now=now) for name in ("s1", "s2")}
    if draw(st.booleans()):
        done = frozenset(ids[:1]) if planned[ids[0]] < now else frozenset[str]()
        couriers["s1"] = CourierNow(now=now, position=place(*spots[0]), done_visit_ids=done)
    new = make_stop("new", place(draw(st.integers(-500, 500)), 0), service_s=60)
    levels = {one: level for one in ids if (level := draw(LEVELS)) is not None}
    return replace(inputs, stops=(*windowed, new)), old, couriers, now, levels


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days())
def test_every_answer_keeps_its_locks_or_says_which_were_relaxed(day):
    inputs, old, couriers, now, levels = day
    done = couriers["s1"].done_visit_ids

    found = replan_day(inputs, old, couriers, ChangeRules(locks=levels), GridRoads(), SOON, now=now)

    relaxed = {one.where for one in found.diff.remarks if one.code == "lock_relaxed"}
    before, after = starts(old), starts(found.plan)
    for visit_id, level in levels.items():
        if visit_id in done:
            continue
        if level is not LockLevel.COURIER:
            assert visit_id in after
        if visit_id in after:
            assert shift_of(found.plan)[visit_id] == shift_of(old)[visit_id]
        if level is LockLevel.TIMES and visit_id not in relaxed:
            assert abs(after[visit_id] - before[visit_id]) <= timedelta(seconds=1)
    for route in old.routes:
        in_order = [one.visit_id for one in route.visits if levels.get(one.visit_id) not in (None, LockLevel.COURIER)]
        kept = [one for one in in_order if one not in done]
        assert sorted(kept, key=lambda one: after[one]) == kept


def test_a_prefix_locked_in_its_times_is_frozen_and_later_ones_are_ordered():
    problem = problem_of([make_stop(name) for name in ("a", "b", "c", "d")])
    old = make_plan(problem, {"s1": ("a", "b", "c", "d")})
    levels = {"a": LockLevel.TIMES, "c": LockLevel.TIMES, "d": LockLevel.COURIER}

    locked = with_locks(problem, old, levels)

    (shift,) = locked.problem.shifts
    assert (shift.frozen_visit_ids, shift.ordered_visit_ids) == (("a",), ("c",))
    by_id = {stop.visit_id: stop for stop in locked.problem.stops}
    assert [by_id[name].only_shift_id for name in ("a", "b", "c", "d")] == ["s1", None, "s1", "s1"]
    assert by_id["c"].windows == (window(starts(old)["c"], starts(old)["c"]),)
    assert locked.levels == levels


def test_locked_visits_around_a_reload_are_ordered_and_never_frozen():
    stops = [make_stop(name, load=Load(items=6)) for name in ("a", "b")]
    problem = problem_of(stops, [make_shift(max_trips=2)])
    old = make_plan(problem, {"s1": ("a", "b")}, {"s1": (1,)})

    locked = with_locks(problem, old, {"a": LockLevel.TIMES, "b": LockLevel.TIMES})

    (shift,) = locked.problem.shifts
    assert (shift.frozen_visit_ids, shift.ordered_visit_ids, locked.remarks) == ((), ("a", "b"), ())


def test_locking_one_half_of_a_pair_binds_the_other():
    stops = [
        make_stop("from", kind=StopKind.PICKUP),
        make_stop("to", place(700), kind=StopKind.DROPOFF, pickup_visit_id="from"),
    ]
    problem = problem_of(stops, [make_shift("s1"), make_shift("s2")])
    old = make_plan(problem, {"s1": ("from", "to")})

    locked = with_locks(problem, old, {"to": LockLevel.SEQUENCE})

    assert [stop.only_shift_id for stop in locked.problem.stops] == ["s1", "s1"]


def test_overtime_of_locked_visits_lengthens_the_shift_and_is_said():
    problem = problem_of([make_stop("a"), make_stop("b", place(1200))], [make_shift(ends_at=at(9, 45))])
    old = make_plan(problem, {"s1": ("a", "b")})

    locked = with_locks(problem, old, {"a": LockLevel.SEQUENCE, "b": LockLevel.SEQUENCE})

    assert [(one.code, one.where) for one in locked.remarks] == [("lock_overtime", "s1")]
    assert locked.problem.shifts[0].ends_at == old.routes[0].returns_at


def test_a_lock_by_visit_goes_before_horizons_and_the_strictest_horizon_holds():
    rules = ChangeRules(
        locks={"a": LockLevel.COURIER},
        horizons=(
            LockHorizon(within_s=3600, level=LockLevel.SEQUENCE),
            LockHorizon(within_s=600, level=LockLevel.TIMES),
        ),
    )

    assert rules.level_of("a", at(9), at(9)) is LockLevel.COURIER
    assert rules.level_of("b", at(9, 10), at(9)) is LockLevel.TIMES
    assert rules.level_of("b", at(9, 11), at(9)) is LockLevel.SEQUENCE
    assert rules.level_of("b", at(10, 1), at(9)) is None
