import itertools
from dataclasses import replace

import numpy as np
import pytest

from routing.plan import Halt, HaltKind
from tests.tracking.builders import (
    DAY_AT,
    along,
    at,
    drive,
    follow,
    follow_pings,
    make_leg,
    make_line,
    make_ping,
    make_route,
    xy,
)
from tracking.events import (
    DeviationClosed,
    DeviationKind,
    DeviationOpened,
    DeviationRetracted,
    DeviationUpdated,
)
from tracking.pipeline import complete_visit, open_deviations


def aside(line, from_s: float, to_s: float, metres: float, *, from_m: float, every_s: float = 5.0, accuracy_m=8.0):
    """Pings of a courier who drives beside the first (eastward) leg."""
    count = int((to_s - from_s) // every_s) + 1
    return [
        make_ping(from_s + i * every_s, xy(from_m + i * every_s * 8.0, metres), accuracy_m=accuracy_m)
        for i in range(count)
    ]


def test_leaving_the_corridor_opens_once_and_the_return_closes_it():
    line = make_line()
    followed = follow_pings(
        line,
        [*drive(line, 0, 60), *aside(line, 65, 125, 150, from_m=520), *drive(line, 130, 200, from_m=1040)],
    )

    assert followed.kinds(DeviationOpened) == ["off_route"]
    assert followed.kinds(DeviationClosed) == ["off_route"]
    opened = followed.of(DeviationOpened)[0]
    assert opened.since_at == at(65)
    assert 0 < (opened.at - at(65)).total_seconds() <= 10
    assert opened.measure == pytest.approx(150, abs=2)
    assert opened.near_visit_id == "v0"
    assert followed.of(DeviationClosed)[0].at == at(140)


def test_driving_just_inside_the_corridor_is_no_departure():
    line = make_line()

    followed = follow_pings(line, [*drive(line, 0, 60), *aside(line, 65, 185, 29, from_m=520)])

    assert not followed.of(DeviationOpened)


def test_poor_accuracy_widens_the_corridor():
    line = make_line()

    followed = follow_pings(line, [*drive(line, 0, 60), *aside(line, 65, 185, 95, from_m=520, accuracy_m=50.0)])

    assert not followed.of(DeviationOpened)


def test_one_wild_fix_is_no_departure():
    line = make_line()
    pings = drive(line, 0, 200)
    pings[20] = make_ping(100, xy(800, 300))

    followed = follow_pings(line, pings)

    assert not followed.of(DeviationOpened)


def test_parking_near_a_stop_is_no_departure():
    line = make_line()
    parked = [make_ping(255 + 5 * i, xy(2060, -40)) for i in range(20)]

    followed = follow_pings(line, [*drive(line, 0, 250), *parked])

    assert "off_route" not in followed.kinds(DeviationOpened)


def test_courier_on_the_way_to_the_depot_has_not_left_any_route():
    line = make_line()
    pings = [make_ping(-900 + 15 * i, xy(-3000 + 50.0 * i, -2000 + 33.0 * i)) for i in range(60)]

    followed = follow_pings(line, pings)

    assert not followed.of(DeviationOpened)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("accuracy_m", [30.0, None])
@pytest.mark.parametrize("every_s", [5.0, 15.0])
def test_30_m_of_noise_on_the_line_raises_nothing(seed: int, accuracy_m: float | None, every_s: float):
    line = make_line()
    random = np.random.default_rng(seed)
    followed = follow(line)
    for n, (from_s, to_s, from_m) in enumerate([(0, 250, 0), (370, 557, 2000), (677, 927, 3500), (1047, 1230, 5500)]):
        for ping in drive(line, from_s, to_s, from_m=from_m, every_s=every_s):
            x, y = line.geometry.plane.to_xy_m(ping.point)
            dx, dy = random.normal(0, 30, 2)
            seconds = (ping.fix_at - DAY_AT).total_seconds()
            followed.ping(make_ping(seconds, xy(x + dx, y + dy), accuracy_m=accuracy_m))
        if n < 3:
            followed.take(complete_visit(followed.state, line, f"v{n}", at(to_s + 100), at(to_s + 100)))

    assert not followed.of(DeviationOpened)


def test_going_back_along_the_line_is_the_wrong_way():
    line = make_line()
    back = [make_ping(130 + 5 * i, xy(1000 - 40.0 * i, 0)) for i in range(1, 13)]
    forth = [make_ping(195 + 5 * i, xy(520 + 40.0 * i, 0)) for i in range(1, 10)]

    followed = follow_pings(line, [*drive(line, 0, 125), *back, *forth])

    assert followed.kinds(DeviationOpened) == ["wrong_way"]
    assert followed.kinds(DeviationClosed) == ["wrong_way"]
    assert followed.of(DeviationOpened)[0].measure >= 150


def test_turning_back_for_a_hundred_metres_is_not_the_wrong_way():
    line = make_line()
    back = [make_ping(130 + 5 * i, xy(1000 - 25.0 * i, 0)) for i in range(1, 5)]
    forth = [make_ping(150 + 5 * i, xy(900 + 40.0 * i, 0)) for i in range(1, 10)]

    followed = follow_pings(line, [*drive(line, 0, 125), *back, *forth])

    assert not followed.of(DeviationOpened)


@pytest.mark.parametrize(("stood_s", "kinds"), [(110, []), (120, ["stall"]), (300, ["stall"])])
def test_standing_between_stops_for_two_minutes_is_a_stall(stood_s: int, kinds: list[str]):
    line = make_line()
    stands = [make_ping(100 + 5 * i, xy(800, 3 * (i % 3))) for i in range(1, stood_s // 5 + 1)]
    goes_on = drive(line, 105 + stood_s, 165 + stood_s, from_m=840)

    followed = follow_pings(line, [*drive(line, 0, 100), *stands, *goes_on])

    assert followed.kinds(DeviationOpened) == kinds
    assert followed.kinds(DeviationClosed) == kinds


def test_silent_phone_is_a_gap_and_never_a_stall():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))

    for seconds in range(110, 700, 10):
        followed.tick(seconds)
    followed.ping(make_ping(700, along(line, 810)))

    assert followed.kinds(DeviationOpened) == ["gap"]
    assert followed.kinds(DeviationClosed) == ["gap"]
    assert followed.of(DeviationOpened)[0].since_at == at(101)


def test_gap_grows_at_most_every_half_minute():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))

    for seconds in range(105, 400, 5):
        followed.tick(seconds)

    told = [e.at for e in followed.of(DeviationUpdated)]
    assert told
    assert all((b - a).total_seconds() >= 30 for a, b in itertools.pairwise(told))


def test_heartbeat_ends_a_gap():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 100))
    followed.tick(200)

    followed.ping(make_ping(210, None))

    assert followed.kinds(DeviationClosed) == ["gap"]
    assert open_deviations(followed.state) == ()


@pytest.mark.parametrize("newest_first", [False, True])
def test_late_pings_that_fill_a_gap_retract_it(newest_first: bool):
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 40))
    followed.tick(140)
    missed = [make_ping(45 + 15 * i, along(line, 8.0 * (45 + 15 * i)), received_s=200) for i in range(10)]
    fresh = make_ping(195, along(line, 8.0 * 195), received_s=196)

    followed.ping(fresh) if newest_first else None
    for ping in reversed(missed) if newest_first else missed:
        followed.ping(ping)

    assert followed.kinds(DeviationOpened) == ["gap"]
    assert followed.kinds(DeviationRetracted) == ["gap"]
    assert "connection" in followed.of(DeviationRetracted)[0].why


def test_real_silence_is_not_retracted():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 40))
    followed.tick(140)

    for ping in drive(line, 200, 240, from_m=1600):
        followed.ping(ping)

    assert followed.kinds(DeviationClosed) == ["gap"]
    assert not followed.of(DeviationRetracted)


def test_phone_that_is_not_expected_has_no_gap():
    line = make_line()
    from tracking.pipeline import expect_phone

    followed = follow_pings(line, drive(line, 0, 40))
    followed.state = expect_phone(followed.state, False, at(50))

    followed.tick(500)

    assert "gap" not in followed.kinds(DeviationOpened)


def test_late_pings_take_a_false_stall_back():
    line = make_line()
    # The phone repeats an old position while its chip sleeps; the true ones follow.
    asleep = [make_ping(100 + 20 * i, xy(800, 0)) for i in range(1, 8)]
    followed = follow_pings(line, [*drive(line, 0, 100), *asleep])
    assert followed.kinds(DeviationOpened) == ["stall"]

    for i in range(7):
        followed.ping(make_ping(110 + 20 * i, xy(800 + 90, 0), received_s=260 + i))

    assert followed.kinds(DeviationRetracted) == ["stall"]
    assert followed.of(DeviationRetracted)[0].deviation_id == followed.of(DeviationOpened)[0].deviation_id


def test_a_false_stall_is_no_longer_what_later_arrivals_are_put_down_to():
    line = make_line()
    asleep = [make_ping(100 + 20 * i, xy(800, 0)) for i in range(1, 16)]
    followed = follow_pings(line, [*drive(line, 0, 100), *asleep])
    [stall] = followed.of(DeviationOpened)
    assert followed.state.blame is not None
    assert followed.state.blame.cause_id == stall.deviation_id

    for i in range(15):
        followed.ping(make_ping(110 + 20 * i, xy(800 + 90, 0), received_s=420 + i))

    assert followed.kinds(DeviationRetracted) == ["stall"]
    assert followed.state.blame is None or followed.state.blame.cause_id != stall.deviation_id


@pytest.mark.parametrize(("left_s", "kinds"), [(270, []), (330, ["late_start"])])
def test_late_start_opens_five_minutes_after_the_planned_departure(left_s: int, kinds: list[str]):
    line = make_line()
    waits = [make_ping(15 * i, xy(5, 5)) for i in range(left_s // 15 + 1)]

    followed = follow_pings(line, [*waits, *drive(line, left_s + 1, left_s + 61)])

    assert followed.kinds(DeviationOpened) == kinds
    assert followed.kinds(DeviationClosed) == kinds


def test_courier_who_never_began_the_shift_is_a_late_start_not_a_gap():
    from tracking.pipeline import start

    line = make_line()
    followed = follow(line, start(line, DAY_AT, phone_expected=False))

    for seconds in range(0, 600, 15):
        followed.tick(seconds)

    assert followed.kinds(DeviationOpened) == ["late_start"]


@pytest.mark.parametrize(("stood_s", "kinds"), [(900, []), (1100, ["stall"])])
def test_a_planned_break_on_the_way_is_no_stall(stood_s: int, kinds: list[str]):
    route = make_route()
    rest = Halt(kind=HaltKind.BREAK, name="lunch", starts_at=at(60), duration_s=900)
    line = make_line(replace(route, legs=(replace(route.legs[0], halts=(rest,)), *route.legs[1:])))
    stands = [make_ping(100 + 5 * i, xy(800, 0)) for i in range(1, stood_s // 5 + 1)]

    followed = follow_pings(line, [*drive(line, 0, 100), *stands])

    assert followed.kinds(DeviationOpened) == kinds


def test_stop_left_out_is_told_once_the_courier_is_past_it_and_closes_when_it_is_made():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 370))

    assert followed.kinds(DeviationOpened) == ["wrong_sequence"]
    opened = followed.of(DeviationOpened)[0]
    assert opened.kind is DeviationKind.WRONG_SEQUENCE
    assert opened.near_visit_id == "v0"
    assert opened.measure == 1

    followed.take(complete_visit(followed.state, line, "v0", at(341), at(341)))

    assert followed.kinds(DeviationClosed) == ["wrong_sequence"]


def test_later_stop_made_first_is_the_wrong_sequence():
    legs = (
        make_leg((0, 0), (600, 0)),
        make_leg((600, 0), (600, 400)),
        make_leg((600, 400), (0, 400)),
        make_leg((0, 400), (0, 0)),
    )
    line = make_line(make_route(legs))
    to_v1 = [make_ping(5 * i, xy(30.0 * i, 20.0 * i)) for i in range(21)]
    stays = [make_ping(105 + 5 * i, xy(600, 400)) for i in range(20)]

    followed = follow_pings(line, [*to_v1, *stays])

    assert "wrong_sequence" in followed.kinds(DeviationOpened)


def test_slow_traffic_opens_and_closes_and_is_no_stall():
    line = make_line(make_route((make_leg((0, 0), (6000, 0)), make_leg((6000, 0), (0, 0)))))
    free = drive(line, 0, 100)
    slow = drive(line, 105, 505, from_m=810, mps=2.0)
    free_again = drive(line, 510, 760, from_m=1620)

    followed = follow_pings(line, [*free, *slow, *free_again])

    assert followed.kinds(DeviationOpened) == ["slow_traffic"]
    assert followed.kinds(DeviationClosed) == ["slow_traffic"]
    assert followed.of(DeviationOpened)[0].measure == pytest.approx(4.0, abs=0.7)


def test_red_lights_are_no_slow_traffic():
    line = make_line(make_route((make_leg((0, 0), (6000, 0)), make_leg((6000, 0), (0, 0)))))
    pings = []
    seconds, metres = 0.0, 0.0
    while metres < 5000:
        pings.append(make_ping(seconds, along(line, metres)))
        stands = 0 < seconds % 100 <= 40
        seconds += 5
        metres += 0 if stands else 40

    followed = follow_pings(line, pings)

    assert not followed.of(DeviationOpened)


def test_standing_away_from_the_line_by_reflections_alone_is_no_departure():
    line = make_line()
    pings = drive(line, 0, 100)
    stood = along(line, 800)
    aside = xy(800, 66)
    pings += [make_ping(s, stood if s < 110 or s > 150 else aside, speed_mps=0.0) for s in range(105, 165, 5)]
    pings += drive(line, 165, 250, from_m=800)

    assert not follow_pings(line, pings).of(DeviationOpened)


def test_one_fix_a_little_aside_does_not_hide_going_back():
    line = make_line()
    back = [make_ping(105 + 15 * i, along(line, 800 - 60 * i), accuracy_m=5.0) for i in range(5)]
    back[2] = make_ping(135, xy(680, 40), accuracy_m=5.0)

    followed = follow_pings(line, [*drive(line, 0, 100), *back])

    assert followed.kinds(DeviationOpened) == ["wrong_way"]


def test_driving_past_a_stop_and_coming_back_to_it_leaves_nothing_out():
    line = make_line()
    past = drive(line, 0, 325)
    back = [make_ping(325 + 5 * i, along(line, 2600 - 40 * i)) for i in range(1, 16)]

    followed = follow_pings(line, [*past, *back])

    assert "wrong_sequence" not in followed.kinds(DeviationOpened)


def test_a_stall_on_the_way_is_not_counted_as_slow_driving():
    line = make_line(make_route((make_leg((0, 0), (6000, 0)), make_leg((6000, 0), (0, 0)))))
    stall = [make_ping(s, along(line, 800)) for s in range(105, 400, 5)]
    slower = drive(line, 400, 560, from_m=800, mps=4.5)

    followed = follow_pings(line, [*drive(line, 0, 100), *stall, *slower])

    assert followed.kinds(DeviationOpened) == ["stall"]
