"""Wild drives over wild lines: everything a courier may do, for the comparison of the two ways to judge it."""

import random
from dataclasses import dataclass

from tests.tracking.builders import PLANE, along, at, make_leg, make_line, make_route, xy
from tracking.courier_state import TrackPoint
from tracking.deviation import Terms
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES

_MOODS = ("drive", "drive", "stand", "slow", "aside", "back", "jump", "to a stop")


@dataclass(frozen=True)
class Drive:
    """Fixes in order, and what a run over them needs besides."""

    points: tuple[TrackPoint, ...]
    terms: Terms


def wild_drive(seed: int) -> Drive:
    """A drive that halts, turns round, leaves the line, jumps, stands at stops, some of them reported finished."""
    chance = random.Random(seed)
    line = wild_line(chance)
    points, done = [], {}
    seconds, metres, mood = chance.choice((-3000.0, -300.0, 0.0)), 0.0, "drive"
    aside_x = aside_y = 0.0
    # Never none: exactly ahead of a line that ends, left and right of it are a matter of rounding.
    accuracy_m, noise_m = chance.choice((None, 5.0, 8.0, 20.0, 70.0)), chance.choice((0.3, 3.0, 10.0, 30.0))
    for _ in range(chance.randint(30, 200)):
        seconds += chance.choice((5.0, 5.0, 5.0, 15.0, 2.0)) if chance.random() > 0.01 else 100.0
        mood = chance.choice(_MOODS) if chance.random() < 0.08 else mood
        if mood == "aside":
            aside_x, aside_y = aside_x + chance.uniform(-30, 40), aside_y + chance.uniform(-20, 40)
        elif mood == "drive":
            aside_x = aside_y = 0.0
        metres = min(max(_moved_to(metres, mood, line, chance), 0.0), line.geometry.length_m)
        mood = "drive" if mood == "jump" else mood
        x, y = PLANE.to_xy_m(along(line, metres))
        place = xy(x + aside_x + chance.gauss(0, noise_m), y + aside_y + chance.gauss(0, noise_m))
        points.append(
            TrackPoint(
                at_ts=at(seconds).timestamp(),
                received_ts=at(seconds + 1).timestamp(),
                lon=place.lon,
                lat=place.lat,
                accuracy_m=accuracy_m,
                speed_mps=chance.choice((None, 0.5, 8.0, 20.0)),
                bearing_deg=chance.choice((None, chance.uniform(0, 360))),
            )
        )
        if chance.random() < 0.01:
            done[chance.choice(line.visits).visit_id] = at(seconds + chance.choice((-20, 0, 30))).timestamp()
    start_s, typical = chance.choice(((0.0, 1.0), (40.0, 1.2)))
    return Drive(tuple(points), Terms(line, done, chance.choice((1.0, 1.3)), DEFAULT_RULES, start_s, typical))


def wild_line(chance: random.Random) -> RouteLine:
    """A line over a grid of streets that crosses and repeats itself; some stops share a door."""
    legs, x, y = [], 0.0, 0.0
    for _ in range(chance.randint(2, 9)):
        corners = [(x, y)]
        for _ in range(chance.randint(1, 8)):
            step_x, step_y = chance.choice(((100, 0), (0, 100), (-100, 0), (0, -100)))
            x, y = x + step_x * chance.choice((0.3, 1, 2)), y + step_y * chance.choice((0.3, 1, 2))
            corners.append((x, y))
        if chance.random() < 0.15:
            corners = corners[:1]
            x, y = corners[0]
        legs.append(make_leg(*corners))
    return make_line(make_route(legs))


def _moved_to(metres: float, mood: str, line: RouteLine, chance: random.Random) -> float:
    if mood in ("drive", "aside"):
        return metres + chance.uniform(20, 60)
    if mood == "slow":
        return metres + chance.uniform(0, 8)
    if mood == "back":
        return metres - chance.uniform(10, 60)
    if mood == "jump":
        return chance.uniform(0, line.geometry.length_m)
    if mood == "to a stop":
        ahead = min((v.along_m for v in line.visits if v.along_m > metres - 20), default=metres)
        return metres + min(40.0, max(-40.0, ahead - metres))
    return metres
