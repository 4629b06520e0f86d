import pytest

from tests.tracking.builders import (
    along,
    at,
    drive,
    follow_pings,
    make_leg,
    make_line,
    make_ping,
    make_route,
    xy,
)
from tracking.events import DeviationOpened
from tracking.pipeline import complete_visit, progress_of


def test_progress_names_the_leg_and_what_is_left():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 200))

    progress = progress_of(followed.state, line)

    assert progress is not None
    assert progress.leg_index == 0
    assert progress.next_visit_id == "v0"
    assert progress.along_m == pytest.approx(1600, abs=2)
    assert progress.left_m == pytest.approx(5400, abs=15)


def test_there_is_no_progress_before_the_first_fix():
    line = make_line()

    assert progress_of(follow_pings(line, []).state, line) is None


def test_offset_is_measured_to_the_segment_not_to_a_vertex():
    line = make_line()
    followed = follow_pings(line, [make_ping(0, xy(990, 0)), make_ping(5, xy(1000, 40))])

    progress = progress_of(followed.state, line)

    assert progress is not None
    assert progress.offset_m == pytest.approx(40, abs=0.5)


def test_cul_de_sac_is_driven_in_and_out_on_the_same_street():
    legs = (
        make_leg((0, 0), (1000, 0), (1000, 600)),
        make_leg((1000, 600), (1000, 0), (2000, 0)),
        make_leg((2000, 0), (0, 0)),
    )
    line = make_line(make_route(legs))
    into = drive(line, 0, 200)
    stay = [make_ping(200 + 5 * i, along(line, 1600)) for i in range(1, 25)]
    out = drive(line, 325, 440, from_m=1600)

    followed = follow_pings(line, into)
    assert progress_of(followed.state, line).along_m == pytest.approx(1600, abs=10)
    for ping in stay:
        followed.ping(ping)
    followed.take(complete_visit(followed.state, line, "v0", at(320), at(321)))
    for ping in out:
        followed.ping(ping)

    assert progress_of(followed.state, line).along_m == pytest.approx(1600 + 115 * 8, abs=30)
    assert not followed.of(DeviationOpened)


def test_crossing_another_leg_does_not_move_the_courier_there():
    # The last leg crosses the first one at (1000, 0).
    legs = (
        make_leg((0, 0), (2000, 0)),
        make_leg((2000, 0), (2000, 800), (1000, 800)),
        make_leg((1000, 800), (1000, -500)),
    )
    line = make_line(make_route(legs))

    followed = follow_pings(line, drive(line, 0, 200))

    assert progress_of(followed.state, line).along_m == pytest.approx(1600, abs=20)


def test_short_cut_is_rejoined_once_it_has_been_driven_for_a_while():
    line = make_line()
    # Straight across the square, from half-way on the first leg to half-way on the third.
    across = [make_ping(125 + 5 * i, xy(1000, 40.0 * i)) for i in range(1, 38)]
    on = [make_ping(310 + 5 * i, xy(1000 - 40.0 * i, 1500)) for i in range(1, 14)]

    followed = follow_pings(line, [*drive(line, 0, 125), *across, *on])

    assert progress_of(followed.state, line).along_m == pytest.approx(3500 + 1000 + 520, abs=60)


def test_first_fix_on_a_round_trip_is_at_its_beginning():
    line = make_line()

    followed = follow_pings(line, [make_ping(0, xy(1, 1))])

    assert progress_of(followed.state, line).along_m < 10


def test_route_that_begins_and_ends_with_the_same_street_starts_at_its_beginning():
    legs = (make_leg((0, 0), (1500, 0)), make_leg((1500, 0), (0, 0)))
    line = make_line(make_route(legs))

    followed = follow_pings(line, drive(line, 0, 100))

    assert progress_of(followed.state, line).along_m == pytest.approx(800, abs=10)
