from dataclasses import replace

import pytest
from shapely import box

from tests.tracking.builders import along, at, drive, follow, make_leg, make_line, make_ping, make_route, xy
from tracking.courier_state import from_bytes, to_bytes
from tracking.events import DeviationClosed, DeviationOpened, DeviationRetracted
from tracking.permitted_area import NOWHERE_M, ZonesArea
from tracking.pipeline import advance, open_deviations
from tracking.rules import TrackingRules

LONG = make_line(make_route((make_leg((0, 0), (20_000, 0), speed_mps=20.0), make_leg((20_000, 0), (0, 0)))))
CITY_LIMIT = TrackingRules(speed_limit_mps=25.0)


def taken(line, pings, rules=CITY_LIMIT):
    followed = follow(line)
    for ping in pings:
        followed.take(advance(followed.state, ping, line, None, ping.received_at, rules=rules))
    return followed


def area(west_m: float, south_m: float, east_m: float, north_m: float) -> ZonesArea:
    corner, other = xy(west_m, south_m), xy(east_m, north_m)
    return ZonesArea([box(corner.lon, corner.lat, other.lon, other.lat)])


def reported(pings, mps: float | None):
    return [replace(p, speed_mps=mps) for p in pings]


@pytest.mark.parametrize("reports", [True, False])
@pytest.mark.parametrize("every_s", [5.0, 15.0])
def test_driving_above_the_limit_for_half_a_minute_is_speeding_and_ends(reports: bool, every_s: float):
    slow = drive(LONG, 0, 60, every_s=every_s)
    fast = drive(LONG, 60 + every_s, 180, every_s=every_s, from_m=480 + every_s * 32, mps=32.0)
    slow_again = drive(LONG, 180 + every_s, 300, every_s=every_s, from_m=480 + 120 * 32 + every_s * 8)

    followed = taken(
        LONG,
        [
            *reported(slow, 8.0 if reports else None),
            *reported(fast, 32.0 if reports else None),
            *reported(slow_again, 8.0 if reports else None),
        ],
    )

    assert followed.kinds(DeviationOpened) == ["speeding"]
    assert followed.kinds(DeviationClosed) == ["speeding"]
    opened = followed.of(DeviationOpened)[0]
    assert 25.0 < opened.measure <= 33.0
    assert (opened.at - at(60)).total_seconds() <= 50


def test_driving_right_at_the_limit_is_no_speeding():
    followed = taken(LONG, reported(drive(LONG, 0, 200, mps=25.0), 25.0))

    assert "speeding" not in followed.kinds(DeviationOpened)


@pytest.mark.parametrize("every_s", [1.0, 5.0, 15.0])
def test_jumps_of_the_position_are_no_speeding(every_s: float):
    pings = drive(LONG, 0, 300, every_s=every_s)
    for i in range(8, len(pings), 9):
        seconds = i * every_s
        pings[i] = make_ping(seconds, xy(8.0 * seconds + 350, 300))

    followed = taken(LONG, pings)

    assert "speeding" not in followed.kinds(DeviationOpened)


def test_high_speed_that_the_places_contradict_is_not_believed():
    followed = taken(LONG, reported(drive(LONG, 0, 200), 40.0))

    assert "speeding" not in followed.kinds(DeviationOpened)


def test_several_made_up_positions_are_told_and_end_with_true_ones():
    pings = drive(LONG, 0, 100)
    faked = [replace(p, is_mock=5 <= i < 12) for i, p in enumerate(pings)]

    followed = taken(LONG, faked)

    assert followed.kinds(DeviationOpened) == ["mock_location"]
    assert followed.kinds(DeviationClosed) == ["mock_location"]
    assert followed.of(DeviationOpened)[0].at == at(36)


def test_one_made_up_position_now_and_then_is_not_told():
    pings = [replace(p, is_mock=i % 5 == 0) for i, p in enumerate(drive(LONG, 0, 300))]

    assert "mock_location" not in taken(LONG, pings).kinds(DeviationOpened)


def test_leaving_the_permitted_zones_is_told_until_the_return():
    line = replace(make_line(), permitted=area(-500, -500, 2500, 600))
    out = [make_ping(125 + 5 * i, xy(1000, -40.0 * i)) for i in range(1, 25)]
    back = [make_ping(245 + 5 * i, xy(1000, -960 + 40.0 * i)) for i in range(1, 25)]

    followed = taken(line, [*drive(line, 0, 125), *out, *back])

    opened = [e for e in followed.of(DeviationOpened) if e.kind == "outside_zones"]
    closed = [e for e in followed.of(DeviationClosed) if e.kind == "outside_zones"]
    assert len(opened) == len(closed) == 1
    assert opened[0].measure > 50
    assert opened[0].since_at > at(185)


@pytest.mark.parametrize(("accuracy_m", "told"), [(8.0, True), (25.0, False)])
def test_a_little_outside_is_told_where_the_phone_knows_its_place(accuracy_m: float, told: bool):
    line = replace(make_line(), permitted=area(-500, -500, 2500, 600))
    out = [make_ping(125 + 5 * i, xy(1000, -40.0 * i)) for i in range(1, 14)]
    along_border = [make_ping(190 + 5 * i, xy(1000 + 40.0 * i, -542), accuracy_m=accuracy_m) for i in range(1, 10)]

    followed = taken(line, [*drive(line, 0, 125), *out, *along_border])

    assert ("outside_zones" in followed.kinds(DeviationOpened)) is told


def test_street_along_the_border_and_a_plan_that_leads_outside_are_allowed():
    line = replace(make_line(), permitted=area(-500, -500, 2500, 600))
    beside = [make_ping(125 + 5 * i, xy(1000 + 40.0 * i, -40)) for i in range(1, 20)]

    followed = taken(line, [*drive(line, 0, 125), *beside])
    planned = taken(replace(line, permitted=area(-500, -500, 1000, 600)), drive(line, 0, 240))

    assert "outside_zones" not in followed.kinds(DeviationOpened)
    assert "outside_zones" not in planned.kinds(DeviationOpened)


def test_no_zone_at_all_permits_nothing_and_margins_are_signed_metres():
    some = area(0, 0, 1000, 1000)

    assert some.margin_m(lon=xy(500, 400).lon, lat=xy(500, 400).lat) == pytest.approx(400, abs=2)
    assert some.margin_m(lon=xy(1200, 400).lon, lat=xy(1200, 400).lat) == pytest.approx(-200, abs=2)
    assert ZonesArea([]).margin_m(lon=0.0, lat=0.0) == -NOWHERE_M


def test_late_true_positions_retract_the_alarm_of_made_up_ones():
    pings = drive(LONG, 0, 60)
    faked = [replace(p, is_mock=True) for p in pings if p.fix_at in (at(20), at(40), at(60))]
    before = [p for p in pings if p.fix_at < at(20)]
    followed = taken(LONG, [*before, *faked])
    assert followed.kinds(DeviationOpened) == ["mock_location"]

    for ping in pings:
        if at(20) < ping.fix_at < at(60) and ping.fix_at != at(40):
            followed.ping(replace(ping, received_at=at(70)))

    assert followed.kinds(DeviationRetracted) == ["mock_location"]
    assert open_deviations(followed.state) == ()


def test_late_positions_inside_the_zones_retract_having_left_them():
    line = replace(make_line(), permitted=area(-500, -500, 2500, 600))
    # Wrong places of an app that guesses by masts; the true ones follow.
    guessed = [make_ping(130 + 12 * i, xy(1000 + 20 * i, -650)) for i in range(1, 5)]
    followed = taken(line, [*drive(line, 0, 125), *guessed])
    assert "outside_zones" in followed.kinds(DeviationOpened)

    for i in range(1, 5):
        followed.ping(make_ping(134 + 12 * i, xy(1000 + 20 * i, -400), received_s=200))

    assert "outside_zones" in followed.kinds(DeviationRetracted)


def test_late_slow_positions_retract_speeding():
    fast = drive(LONG, 60, 120, every_s=15.0, from_m=480, mps=30.0)
    followed = taken(LONG, [*drive(LONG, 0, 55), *fast])
    assert followed.kinds(DeviationOpened) == ["speeding"]
    opened = followed.of(DeviationOpened)[0]

    for seconds in (70, 85, 100, 115):
        late = make_ping(seconds, along(LONG, 480 + 30.0 * (seconds - 60)), received_s=130, speed_mps=12.0)
        followed.take(advance(followed.state, late, LONG, None, at(130), rules=CITY_LIMIT))

    assert [e.deviation_id for e in followed.of(DeviationRetracted)] == [opened.deviation_id]


def test_what_is_watched_survives_a_restart():
    line = replace(make_line(), permitted=area(-500, -500, 2500, 600))
    out = [replace(make_ping(125 + 5 * i, xy(1000, -40.0 * i)), is_mock=True) for i in range(1, 25)]
    pings = [*drive(line, 0, 125), *out]
    whole = taken(line, pings)

    restarted = follow(line)
    for ping in pings:
        restarted.state = from_bytes(to_bytes(restarted.state))
        restarted.take(advance(restarted.state, ping, line, None, ping.received_at, rules=CITY_LIMIT))

    assert restarted.events == whole.events


@pytest.mark.parametrize("fixes", [50, 59, 75, 120])
def test_late_position_from_before_all_that_is_remembered_changes_nothing(fixes: int):
    followed = taken(LONG, drive(LONG, 0, 5.0 * fixes))
    received_s = 5.0 * fixes + 3.0
    late = make_ping(2, along(LONG, 16.0), received_s=received_s)

    outcome = advance(followed.state, late, LONG, None, at(received_s), rules=CITY_LIMIT)

    assert (outcome.refused, outcome.duplicate) == (None, False)
    assert open_deviations(outcome.state) == open_deviations(followed.state)
