"""A restart between any two messages repeats no alarm and loses none."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.builders import Followed, along, at, follow, make_line, make_ping, xy
from tracking.courier_state import from_bytes, to_bytes
from tracking.permitted_area import ZonesArea

LINE = replace(make_line(), permitted=ZonesArea([]))
MOODS = ("drive", "drive", "stand", "aside", "back", "silent")


def day(seed: int) -> list:
    """Pings of a courier who drives, stands, leaves, turns round and falls silent; some come late, some are made up."""
    chance = random.Random(seed)
    seconds, metres, mood, pings = 0.0, 0.0, "drive", []
    for _ in range(80):
        seconds += 5.0
        mood = chance.choice(MOODS) if chance.random() < 0.1 else mood
        if mood == "silent":
            seconds += 60.0
        metres += {"drive": 40.0, "back": -40.0, "aside": 20.0}.get(mood, 0.0)
        place = along(LINE, max(0.0, metres))
        if mood == "aside":
            x, y = LINE.geometry.plane.to_xy_m(place)
            place = xy(x + 150.0, y + 150.0)
        late_s = 120.0 if chance.random() < 0.1 else 1.0
        ping = make_ping(seconds, place, received_s=seconds + late_s, speed_mps=chance.choice((None, 8.0, 40.0)))
        pings.append(replace(ping, is_mock=chance.random() < 0.3))
    return sorted(pings, key=lambda p: p.received_at)


def told(pings: list, restarts: set[int]) -> Followed:
    followed = follow(LINE)
    tick_at = 0.0
    for i, ping in enumerate(pings):
        while at(tick_at) < ping.received_at:
            followed.tick(tick_at)
            tick_at += 15.0
        if i in restarts:
            followed.state = from_bytes(to_bytes(followed.state))
        followed.ping(ping)
    return followed


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 79)))
def test_restart_between_any_two_pings_changes_nothing_that_is_told(seed: int, restarts: set[int]):
    pings = day(seed)

    restarted, whole = told(pings, restarts), told(pings, set())

    assert restarted.events == whole.events
    assert to_bytes(restarted.state) == to_bytes(whole.state)
