from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from routing.order import TimeWindow
from routing.plan import Halt, HaltKind
from tests.tracking.builders import (
    along,
    at,
    drive,
    follow_pings,
    follow_track,
    make_line,
    make_ping,
    make_route,
)
from tracking.events import VisitLeft
from tracking.learning import DayKind
from tracking.observed_legs import observed_visit, visits_between
from tracking.simulate import Disturbance, DisturbanceKind, simulate_courier


def simulated(disturbances=(), seed=3):
    route = make_route()
    line = make_line(route)
    service = {v.visit_id: 120 for v in route.visits}
    track = simulate_courier(route, service, None, line.departs_at, seed, disturbances)
    return follow_track(line, track), line


def seen(followed, line, visit_id):
    return observed_visit(followed.state, line, visit_id, UTC)


def test_leg_driven_as_planned_teaches_its_pace():
    followed, line = simulated()

    leg = seen(followed, line, "v1").leg

    assert leg.observed_s / leg.planned_s == pytest.approx(1.0, abs=0.25)
    assert (leg.hour, leg.day_kind) == (9, DayKind.WORKDAY)


def test_service_is_timed_from_the_arrival_to_the_leaving():
    followed, line = simulated()

    service = seen(followed, line, "v1").service

    assert service.observed_s == pytest.approx(120.0, abs=60.0)
    assert service.courier_id == line.courier_id


def test_leg_with_a_stall_teaches_no_traffic():
    followed, line = simulated((Disturbance(kind=DisturbanceKind.STALL, on_leg=1, size_s=400.0),))

    assert seen(followed, line, "v1").leg is None
    assert seen(followed, line, "v2").leg is not None


def test_leg_that_nobody_saw_for_a_while_teaches_no_traffic():
    route = make_route()
    line = make_line(route)
    track = simulate_courier(route, {v.visit_id: 120 for v in route.visits}, None, line.departs_at, 3)
    left_s = (route.visits[0].leaves_at - line.departs_at).total_seconds()
    lost = tuple(p for p in track.pings if not at(left_s + 30) < p.fix_at < at(left_s + 160))

    followed = follow_track(line, replace(track, pings=lost))

    assert seen(followed, line, "v1").leg is None
    assert seen(followed, line, "v2").leg is not None


def test_silence_that_late_positions_fill_teaches_all_the_same():
    followed, line = simulated((Disturbance(kind=DisturbanceKind.GAP, on_leg=1, size_s=400.0),))

    assert seen(followed, line, "v1").leg is not None


def test_visit_that_goes_on_teaches_nothing():
    line = make_line()
    stands = [make_ping(250 + 5 * i, along(line, 2000)) for i in range(10)]

    followed = follow_pings(line, [*drive(line, 0, 245), *stands])

    assert seen(followed, line, "v0") is None
    assert seen(followed, line, "unknown") is None


def test_leg_with_a_break_on_the_way_teaches_no_traffic():
    route = make_route()
    rest = Halt(kind=HaltKind.BREAK, name="lunch", starts_at=at(400), duration_s=600)
    legs = (route.legs[0], replace(route.legs[1], halts=(rest,)), *route.legs[2:])
    rested = make_line(replace(route, legs=legs))
    followed, line = simulated()
    assert seen(followed, line, "v1").leg is not None

    assert observed_visit(followed.state, rested, "v1", UTC).leg is None


def test_early_courier_is_served_from_the_opening_of_the_window():
    followed, line = simulated()
    arrived_ts = next(v.arrived_ts for v in followed.state.motion.visits if v.visit_id == "v1")
    opens_at = at(arrived_ts - at(0).timestamp() + 60.0)
    window = TimeWindow(opens_at, opens_at + timedelta(hours=1))

    later = observed_visit(followed.state, make_line(windows={"v1": (window,)}), "v1", UTC)

    assert later.began_ts == opens_at.timestamp()
    assert later.service.observed_s == pytest.approx(seen(followed, line, "v1").service.observed_s - 60.0, abs=5.0)


def test_visits_between_two_moments_are_those_under_way_or_made():
    followed, _ = simulated()
    began_ts = next(v.arrived_ts for v in followed.state.motion.visits if v.visit_id == "v2")

    assert visits_between(followed.state, at(0).timestamp(), began_ts) == 2


def test_every_visit_left_is_told_so_that_it_can_teach():
    followed, line = simulated()

    left = [event.visit_id for event in followed.of(VisitLeft)]

    assert [seen(followed, line, visit_id).visit_id for visit_id in left] == left
