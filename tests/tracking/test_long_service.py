"""Service that lasts longer than planned."""

from dataclasses import replace

import pytest

from tests.tracking.builders import along, at, drive, follow_pings, make_line, make_ping, make_route
from tracking.events import DeviationClosed, DeviationOpened
from tracking.pipeline import complete_visit


def test_long_service_opens_beyond_half_of_the_plan_and_closes_with_the_outcome():
    line = make_line(service_s=600)
    followed = follow_pings(line, drive(line, 0, 250))
    for i in range(1, 240):
        followed.ping(make_ping(250 + 5 * i, along(line, 2000)))

    followed.take(complete_visit(followed.state, line, "v0", at(1450), at(1451)))

    assert followed.kinds(DeviationOpened) == ["long_service"]
    assert (followed.of(DeviationOpened)[0].at - at(250)).total_seconds() == pytest.approx(900, abs=20)
    assert followed.of(DeviationOpened)[0].near_visit_id == "v0"
    assert followed.kinds(DeviationClosed) == ["long_service"]


def test_service_as_long_as_planned_is_silent():
    line = make_line(service_s=600)
    followed = follow_pings(line, drive(line, 0, 250))

    for i in range(1, 160):
        followed.ping(make_ping(250 + 5 * i, along(line, 2000)))

    assert not followed.of(DeviationOpened)


def test_service_is_long_only_after_the_setup_planned_before_it():
    route = make_route(service_s=600)
    route = replace(route, visits=tuple(replace(v, setup_s=240) for v in route.visits))
    line = make_line(route, service_s=600)
    followed = follow_pings(line, drive(line, 0, 250))

    for i in range(1, 260):
        followed.ping(make_ping(250 + 5 * i, along(line, 2000)))

    assert followed.kinds(DeviationOpened) == ["long_service"]
    assert (followed.of(DeviationOpened)[0].at - at(250)).total_seconds() == pytest.approx(240 + 900, abs=20)
