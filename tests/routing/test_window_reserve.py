"""Visits are planned off the ends of their windows where that costs little."""

from routing.planning import PlanLimits, plan_day
from routing.stop import SoftWindow
from routing.window_reserve import WindowReserve, with_reserve
from tests.routing.builders import GridRoads, at, make_inputs, make_stop, place, window

QUICK = PlanLimits(time_limit_s=0.3, seed=1)
TEN_MINUTES = WindowReserve(before_close_min=10, per_min=60)


def test_the_wish_ends_before_the_last_window_closes():
    stop = make_stop("a", windows=(window(at(9), at(10)), window(at(15), at(17))))

    [wishing] = with_reserve([stop], TEN_MINUTES)

    assert wishing.windows == stop.windows
    assert wishing.soft_window == SoftWindow(opens_at=at(9), closes_at=at(16, 50), per_late_min=60)


def test_of_a_short_window_half_stays():
    [wishing] = with_reserve([make_stop("a", windows=(window(at(9), at(9, 10)),))], TEN_MINUTES)

    assert wishing.soft_window.closes_at == at(9, 5)


def test_a_stop_for_any_time_and_one_with_its_own_wish_stay_as_they_are():
    own = SoftWindow(opens_at=at(9), closes_at=at(9, 30), per_late_min=5)
    stops = (make_stop("any"), make_stop("own", windows=(window(at(9), at(12)),), soft_window=own))

    assert with_reserve(stops, TEN_MINUTES) == stops


def test_no_reserve_changes_nothing():
    stops = (make_stop("a", windows=(window(at(9), at(12)),)),)

    assert with_reserve(stops, WindowReserve(before_close_min=0)) == stops


def a_begins_at(reserve):
    """First comes c; b before a is 200 s shorter than a before b, but only just in time for a."""
    stops = [
        make_stop("a", place(600), windows=(window(at(9), at(9, 46)),)),
        make_stop("b", place(-100, 100), service_s=600),
        make_stop("c", place(-600), windows=(window(at(9), at(9, 10)),), service_s=60),
    ]
    plan = plan_day(make_inputs(with_reserve(stops, reserve)), GridRoads(), QUICK)
    assert plan.unassigned == ()
    return {visit.visit_id: visit.starts_at for visit in plan.routes[0].visits}["a"]


def test_who_would_come_just_in_time_comes_earlier_when_the_way_is_little_longer():
    assert a_begins_at(WindowReserve(before_close_min=0)) == at(9, 44, 20)
    assert a_begins_at(TEN_MINUTES) == at(9, 31)
