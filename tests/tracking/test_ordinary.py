"""Ordinary pings taken at once: the same state, events and answers as one by one."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.builders import along, at, drive, follow, follow_pings, make_line, make_ping
from tests.tracking.reference.batch import advance_each
from tests.tracking.reference.drives import wild_drive
from tracking.courier_state import CourierState
from tracking.ordinary import is_calm, ordinary_points
from tracking.ping import Ping, PingFlag
from tracking.pipeline import advance_many, complete_visit, start, tick
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES
from zones.lonlat import LonLat


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.integers(2, 40))
def test_pings_taken_at_once_and_one_by_one_lead_to_the_same(seed: int, most: int):
    quick = slow = start(_line(seed), at(-3600))
    for now, pings in _requests(seed, most):
        outcome = advance_many(quick, pings, _line(seed), None, now)
        expected = advance_each(slow, pings, _line(seed), now)

        assert outcome.results == expected.results
        assert outcome.events == expected.events
        assert outcome.state == expected.state
        quick, slow = _between(outcome.state, seed, now), _between(expected.state, seed, now)


def test_ordinary_driving_needs_no_closer_look():
    line = make_line()
    state = follow_pings(line, drive(line, 0, 100)).state
    pings = drive(line, 105, 200, from_m=840.0)

    _, points = ordinary_points(state, pings, line, at(201).timestamp(), DEFAULT_RULES)

    assert is_calm(state, line)
    assert len(points) == len(pings)


@pytest.mark.parametrize(
    "odd",
    [
        {"point": None},
        {"point": LonLat(lon=0.0, lat=0.0)},
        {"point": LonLat(lon=25.5, lat=60.3)},
        {"accuracy_m": 900.0},
        {"accuracy_m": float("nan")},
        {"speed_mps": 120.0},
        {"speed_mps": float("nan")},
        {"bearing_deg": 361.0},
        {"is_mock": True},
        {"fix_at": at(105)},
        {"fix_at": at(90)},
        {"fix_at": at(-90_000)},
        {"fix_at": at(400)},
        {"fix_at": at(110).replace(tzinfo=None)},
        {"fix_at": at(105.5), "ping_id": "sent before"},
        {"flags": (PingFlag.TIME_ASSUMED_NOW,)},
    ],
    ids=str,
)
def test_an_odd_ping_is_looked_at_more_closely(odd: dict):
    line = make_line()
    before = follow_pings(line, [*drive(line, 0, 100), make_ping(105, along(line, 840), ping_id="sent before")])
    ping = replace(make_ping(110, along(line, 880)), **odd)

    _, points = ordinary_points(before.state, [ping], line, at(111).timestamp(), DEFAULT_RULES)

    assert points == []


def test_a_courier_without_a_fix_is_not_calm():
    line = make_line()

    assert not is_calm(follow(line).state, line)


def _line(seed: int) -> RouteLine:
    return wild_drive(seed).terms.line


def _between(state: CourierState, seed: int, now) -> CourierState:
    """What happens between two requests: time passes, and here and there a visit is reported."""
    chance = random.Random(seed + int(now.timestamp()))
    line = _line(seed)
    if chance.random() < 0.5:
        state = tick(state, line, None, now + timedelta(seconds=2)).state
    if chance.random() < 0.1:
        visit_id = chance.choice(line.visits).visit_id
        state = complete_visit(state, line, visit_id, now, now + timedelta(seconds=3)).state
    return state


def _requests(seed: int, most: int):
    """The pings of a wild drive in requests of up to `most`, with what phones do to them."""
    chance = random.Random(seed)
    ping_ids = chance.choice((None, "id{}", "7"))
    pings: list[Ping] = []
    for i, p in enumerate(wild_drive(seed).points):
        ping = make_ping(
            p.at_ts - at(0).timestamp(),
            LonLat(lon=p.lon, lat=p.lat),
            accuracy_m=p.accuracy_m,
            speed_mps=p.speed_mps,
            bearing_deg=p.bearing_deg,
            ping_id=ping_ids.format(i) if ping_ids is not None else None,
        )
        fate = chance.random()
        if fate < 0.01:
            ping = replace(ping, point=None)
        elif fate < 0.02:
            ping = replace(ping, is_mock=True)
        elif fate < 0.03:
            ping = replace(ping, point=LonLat(lon=26.0, lat=60.0))
        elif fate < 0.04 and pings:
            pings.append(chance.choice(pings[-5:]))
        elif fate < 0.05:
            ping = replace(ping, flags=(PingFlag.TIME_ASSUMED_NOW,))
            pings.append(replace(ping, fix_at=ping.fix_at - timedelta(seconds=0.3)))
        pings.append(ping)
    while pings:
        count = chance.randint(1, most)
        batch, pings = pings[:count], pings[count:]
        chance.shuffle(batch)
        if pings and chance.random() < 0.1:
            # One that waits for the next request, and comes late.
            pings.insert(chance.randint(0, min(6, len(pings))), batch.pop())
        if batch:
            now = max(p.fix_at for p in batch) + timedelta(seconds=chance.choice((1.0, 3.0, 20.0)))
            yield now, [replace(p, received_at=now) for p in batch]
