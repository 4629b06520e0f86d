"""Going back along the line, however far apart the fixes are, and what only looks like it."""

import itertools
import math

import pytest

from tests.tracking.builders import along, drive, follow_pings, make_leg, make_line, make_ping, make_route, xy
from tracking.events import DeviationOpened


def there_and_back_line(there_m: float = 1500.0):
    """Out on a street to a stop at its end, back on the same street, and on to a second stop beyond the start."""
    return make_line(
        make_route(
            (
                make_leg((0, 0), (800, 0), (800, there_m)),
                make_leg((800, there_m), (800, 0), (2500, 0)),
                make_leg((2500, 0), (2500, 1500)),
            )
        )
    )


def with_speeds(pings):
    """The same pings of a phone that tells its speed and direction."""
    told = []
    for before, ping in itertools.pairwise((pings[0], *pings)):
        east_m = (ping.point.lon - before.point.lon) * 55_500
        north_m = (ping.point.lat - before.point.lat) * 111_195
        seconds = (ping.fix_at - pings[0].fix_at).total_seconds()
        moved_m = (east_m**2 + north_m**2) ** 0.5
        bearing = math.degrees(math.atan2(east_m, north_m)) % 360.0
        told.append(
            make_ping(
                seconds,
                ping.point,
                speed_mps=8.0 if moved_m > 1.0 else 0.0,
                bearing_deg=bearing if moved_m > 1.0 else None,
            )
        )
    return told


@pytest.mark.parametrize("every_s", [5.0, 15.0, 20.0])
def test_going_back_is_seen_when_the_fixes_are_far_apart(every_s: float):
    line = make_line()
    count = int(60 // every_s) + 1
    back = [make_ping(150 + every_s * i, along(line, 1200 - 8.0 * every_s * i)) for i in range(1, count)]
    pings = [*drive(line, 0, 150, every_s=every_s), *back]

    followed = follow_pings(line, pings)

    assert followed.kinds(DeviationOpened) == ["wrong_way"]


def test_going_back_is_seen_where_the_plan_drives_the_street_in_both_directions():
    line = there_and_back_line()
    back = [make_ping(180 + 15 * i, along(line, 1440 - 120 * i)) for i in range(1, 5)]

    followed = follow_pings(line, with_speeds([*drive(line, 0, 180, every_s=15), *back]))

    assert followed.kinds(DeviationOpened) == ["wrong_way"]


def test_turning_round_at_a_stop_that_is_left_out_is_no_wrong_way():
    line = there_and_back_line(900.0)
    pings = with_speeds(drive(line, 0, 390, every_s=15))

    followed = follow_pings(line, pings)

    assert "wrong_way" not in followed.kinds(DeviationOpened)
    assert followed.state.motion.place.along_m == pytest.approx(390 * 8, abs=20)


def test_fixes_that_leap_back_while_the_courier_stands_are_no_wrong_way():
    line = make_line()
    stands = [make_ping(100 + 5 * i, xy(800, 0), speed_mps=0.0) for i in range(1, 40)]
    leaps = [make_ping(300 + 5 * i, xy(800 - 60 * i, 0), speed_mps=0.0) for i in range(1, 4)]
    stands_on = [make_ping(315 + 5 * i, xy(800, 0), speed_mps=0.0) for i in range(1, 10)]

    followed = follow_pings(line, [*drive(line, 0, 100), *stands, *leaps, *stands_on])

    assert "wrong_way" not in followed.kinds(DeviationOpened)


def test_going_back_after_the_place_was_lost_is_seen_all_the_same():
    # The line turns beside itself: who turns round there seems to drive on, and is then found far behind.
    line = make_line(
        make_route((make_leg((0, 0), (900, 0), (900, 300), (2500, 300)), make_leg((2500, 300), (2500, 0))))
    )
    cut = [make_ping(115 + 5 * i, xy(900 - 30 * i, 60 + 20 * i)) for i in range(3)]
    back = [make_ping(130 + 5 * i, xy(700 - 30 * i, 0)) for i in range(20)]

    followed = follow_pings(line, [*drive(line, 0, 115), *cut, *back])

    assert "wrong_way" in followed.kinds(DeviationOpened)


def test_two_fixes_far_apart_in_time_that_go_back_are_enough():
    line = make_line()
    back = [make_ping(150 + 15 * i, along(line, 1200 - 110 * i)) for i in (1, 2)]

    followed = follow_pings(line, [*drive(line, 0, 150, every_s=15), *back])

    assert followed.kinds(DeviationOpened) == ["wrong_way"]
    assert followed.of(DeviationOpened)[0].measure == pytest.approx(220, abs=2)


@pytest.mark.parametrize("every_s", [1.0, 5.0, 10.0])
def test_way_on_round_the_block_and_by_the_same_door_is_no_going_back(every_s: float):
    legs = (make_leg((0, 0), (2000, 0)), make_leg((2000, 0), (2090, 0), (2090, 15), (0, 15), (0, 1500)))
    line = make_line(make_route((*legs, make_leg((0, 1500), (0, 2500)))))
    served = [make_ping(250.0 + s, along(line, 2000.0)) for s in range(0, 120, int(every_s))]
    pings = [*drive(line, 0, 249, every_s=every_s), *served, *drive(line, 370, 600, every_s=every_s, from_m=2000)]

    followed = follow_pings(line, pings)

    assert followed.of(DeviationOpened) == []
    assert followed.state.motion.place.along_m == pytest.approx(2000 + 230 * 8.0, abs=20)


def gone_back_from(line, from_s: float, from_m: float, until_m: float, mps: float = 6.0):
    """Exact pings each 5 s of a courier who goes back along the line, and when the last of them is."""
    count = int((from_m - until_m) / (5.0 * mps))
    pings = [make_ping(from_s + 5.0 * i, along(line, from_m - 5.0 * mps * i)) for i in range(1, count + 1)]
    return pings, from_s + 5.0 * count


def served_and_gone_on(line):
    """The first stop served, and 160 m driven on from it: until 390 s after the departure."""
    served = [make_ping(250.0 + s, along(line, 2000.0)) for s in range(0, 120, 5)]
    return [*drive(line, 0, 249), *served, *drive(line, 370, 390, from_m=2000)]


def test_going_back_past_the_last_stop_is_the_wrong_way():
    line = make_line()
    back, _ = gone_back_from(line, 390, 2160, 1880)

    followed = follow_pings(line, [*served_and_gone_on(line), *back])

    assert followed.kinds(DeviationOpened) == ["wrong_way"]
    assert followed.of(DeviationOpened)[0].measure > 200


def test_who_goes_back_to_the_last_stop_and_stands_there_is_judged_anew():
    line = make_line()
    back, at_s = gone_back_from(line, 390, 2160, 2010)
    stands = [make_ping(at_s + 5.0 * i, along(line, 2010)) for i in range(1, 13)]
    further, _ = gone_back_from(line, at_s + 60, 2010, 1880)

    followed = follow_pings(line, [*served_and_gone_on(line), *back, *stands, *further])

    assert "wrong_way" not in followed.kinds(DeviationOpened)


@pytest.mark.parametrize(("speed_mps", "told_s"), [(0.0, 175.0), (None, 185.0)])
def test_what_a_standing_phone_seems_to_move_ahead_does_not_end_going_back(speed_mps: float | None, told_s: float):
    line = make_line()
    places = [(155, 1165), (160, 1130), (165, 1095), (170, 1105), (175, 1045), (180, 1010), (185, 975)]
    pings = [make_ping(s, along(line, m), speed_mps=speed_mps if s == 170 else None) for s, m in places]

    followed = follow_pings(line, [*drive(line, 0, 150), *pings])

    (opened,) = followed.of(DeviationOpened)
    assert opened.kind == "wrong_way"
    assert (opened.at - line.departs_at).total_seconds() == pytest.approx(told_s + 1.0)
