"""When driving slowly is a jam: not at red lights, not on legs that cost much besides their length."""

import itertools

from tests.tracking.builders import (
    SPEED_MPS,
    Followed,
    along,
    drive,
    follow,
    follow_pings,
    make_leg,
    make_line,
    make_ping,
    make_route,
)
from tracking.events import DeviationKind, DeviationOpened
from tracking.learning import Factor, Factors
from tracking.leg_starts import NO_STARTS
from tracking.ping import Ping
from tracking.pipeline import advance
from tracking.route_line import RouteLine

LONG = make_line(make_route((make_leg((0, 0), (6000, 0)), make_leg((6000, 0), (0, 0)))))


def drive_by_mood(line: RouteLine, moods: list[tuple[float, float]], every_s: float = 5.0) -> list[Ping]:
    """Pings of a courier who drives for each (seconds, metres a second) in turn."""
    pings, seconds, metres = [], 0.0, 0.0
    for lasts_s, mps in moods:
        until_s = seconds + lasts_s
        while seconds < until_s:
            pings.append(make_ping(seconds, along(line, metres)))
            seconds, metres = seconds + every_s, metres + every_s * mps
    return pings


def follow_with(line: RouteLine, pings: list[Ping], factors: Factors) -> Followed:
    followed = follow(line)
    for ping in pings:
        followed.take(advance(followed.state, ping, line, None, ping.received_at, factors=factors))
    return followed


def test_three_long_red_lights_in_a_row_are_no_jam():
    lights = [(55.0, 0.0), (10.0, SPEED_MPS)] * 3
    pings = drive_by_mood(LONG, [(100.0, SPEED_MPS), *lights, (200.0, SPEED_MPS)])

    assert not follow_pings(LONG, pings).of(DeviationOpened)


def test_a_jam_with_halts_of_half_a_minute_is_one():
    stop_and_go = [(30.0, 0.0), (40.0, 2.0)] * 6
    pings = drive_by_mood(LONG, [(100.0, SPEED_MPS), *stop_and_go])

    followed = follow_pings(LONG, pings)

    assert followed.kinds(DeviationOpened) == [DeviationKind.SLOW_TRAFFIC]


def test_two_and_a_half_times_the_usual_time_is_found_within_five_minutes():
    pings = drive_by_mood(LONG, [(100.0, SPEED_MPS), (300.0, SPEED_MPS / 2.5)], every_s=15.0)

    followed = follow_pings(LONG, pings)

    assert followed.kinds(DeviationOpened) == [DeviationKind.SLOW_TRAFFIC]


def test_short_legs_that_cost_much_besides_their_length_are_no_jam():
    corners = [(500.0 * i, 0.0) for i in range(12)]
    line = make_line(make_route([make_leg(a, b) for a, b in itertools.pairwise(corners)]))
    pings = drive(line, 0, 400) + drive(line, 405, 900, from_m=405 * SPEED_MPS, mps=SPEED_MPS / 2.8)
    starts = type(NO_STARTS)(start_s=60.0, typical=1.0)

    usual = follow_with(line, pings, Factors(travel=Factor(ratio=1.1)))
    known = follow_with(line, pings, Factors(travel=Factor(ratio=1.1), starts=starts))

    assert DeviationKind.SLOW_TRAFFIC in usual.kinds(DeviationOpened)
    assert DeviationKind.SLOW_TRAFFIC not in known.kinds(DeviationOpened)
