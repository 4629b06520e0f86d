"""An edited visit gets the place in its route that costs courier and clients least."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from routing.courier_now import CourierNow, RouteContext
from routing.plan import Route
from routing.plan_check import check_route
from routing.refitting import refit_visit
from tests.routing.builders import (
    GridRoads,
    at,
    make_depot,
    make_plan,
    make_problem,
    make_shift,
    make_stop,
    place,
    window,
)

STOPS = tuple(make_stop(name, place(600 * number)) for number, name in enumerate("abcd", start=1))


def edited(
    visit_id: str, opens: datetime, closes: datetime, *, frozen: tuple[str, ...] = ()
) -> tuple[Route, RouteContext]:
    shift = make_shift()
    route = make_plan(make_problem(STOPS, [shift]), {"s1": ("a", "b", "c", "d")}).routes[0]
    stops = tuple(
        replace(stop, windows=(window(opens, closes),)) if stop.visit_id == visit_id else stop for stop in STOPS
    )
    context = RouteContext(
        shift=replace(shift, frozen_visit_ids=frozen),
        stops=stops,
        depots=(make_depot(),),
        roads=GridRoads(),
        courier=CourierNow(now=at(8)),
    )
    return route, context


def sequence(route: Route | None) -> str:
    assert route is not None
    return "".join(visit.visit_id for visit in route.visits)


def test_visit_of_the_afternoon_goes_last_so_that_nobody_waits_for_it() -> None:
    route, context = edited("b", at(13), at(14))

    change = refit_visit(route, context, "b")

    assert sequence(change.route) == "acdb"
    assert change.route is not None
    assert check_route(change.route, context, change.late_ids) == []


def test_small_change_keeps_the_sequence_that_the_courier_knows() -> None:
    route, context = edited("b", at(8), at(14))

    assert sequence(refit_visit(route, context, "b").route) == "abcd"


def test_visit_being_driven_to_stays_first() -> None:
    route, context = edited("b", at(13), at(14), frozen=("a",))

    assert sequence(refit_visit(route, context, "b").route) == "acdb"


def test_window_that_fits_nowhere_leaves_the_visit_out() -> None:
    route, context = edited("b", at(1), at(2))

    change = refit_visit(route, context, "b")

    assert sequence(change.route) == "acd"
    assert [one.visit_id for one in change.unassigned] == ["b"]


@given(hour=st.integers(6, 18), minutes=st.integers(0, 300), visit_id=st.sampled_from("abcd"))
def test_nothing_is_lost_and_nobody_becomes_late(hour: int, minutes: int, visit_id: str) -> None:
    opens = at(hour)
    route, context = edited(visit_id, opens, opens.replace(hour=min(23, hour + minutes // 60), minute=minutes % 60))

    change = refit_visit(route, context, visit_id)

    left_out = [one.visit_id for one in change.unassigned]
    assert sorted([*sequence(change.route), *left_out]) == ["a", "b", "c", "d"]
    assert change.route is not None
    assert check_route(change.route, context, change.late_ids) == []
    assert not change.late_ids
