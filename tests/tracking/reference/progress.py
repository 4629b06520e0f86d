"""Position along the planned route: which leg, metres done, metres left, metres aside."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracking.courier_state import Place, TrackPoint
from tracking.line_geometry import LineGeometry
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules

_FASTEST_ON_ROADS_MPS = 40.0
_STRAY_SHARE = 0.3
_STRAY_MOST_M = 45.0
_HEADING_KEPT = 0.6
BEARING_FROM_MPS = 1.5
_TURNED_ROUND_M = 40.0
_PAST_A_STOP_M = 15.0
_JUMPS_A_STOP_M = 60.0
_SAME_PLACE_M = 80.0
_FIRST_FIX_PER_M = 0.002
_RETURNS_MPS = 20.0
_REJOINS_PINGS = 3
_REJOINS_M = 150.0
_REJOINS_PAST_A_STOP_M = 300.0
_PER_STOP_MORE_M = 150.0
_DRIVEN_FACTOR = 1.5
_DRIVEN_MORE_M = 50.0
_NEVER_DRIVEN_M = 60.0
_BESIDE_SHARE = 0.5
_SAME_M = 1e-6
_GOES_BACK_COSINE = -0.5
_GOES_ALONG_COSINE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on the line near a point: metres from the start, signed metres aside (left is positive), direction."""

    along_m: float
    lateral_m: float
    distance_m: float
    unit_x: float
    unit_y: float
    past_m: float


@dataclass(frozen=True, slots=True)
class Located:
    """A fix laid onto the line; `jumped` when it went to another part of it, `limit_m` is what counts as on it."""

    place: Place
    lateral_m: float
    jumped: bool
    from_line_m: float
    beside: float | None = None
    jumped_back: bool = False


def locate(
    place: Place | None,
    point: TrackPoint,
    xy_m: tuple[float, float],
    line: RouteLine,
    leg_m: tuple[float, float],
    limit_m: float,
    rules: TrackingRules,
) -> Located:
    """
    Lay a fix onto the line near the last place, or anywhere on it when it is far from there.

    `leg_m` is the stretch driven now, from the last stop reached to the next one, which the courier is not expected to
    have passed; `limit_m` is how far aside still counts as on the line.
    """
    geometry = line.geometry
    if place is None:
        return _first(point, xy_m, geometry, rules.start_radius_m)
    moved = _Moved.between(place, point, geometry, xy_m)
    reach_m = max(moved.by_speed_m, 1.3 * moved.metres)
    from_m, to_m = place.along_m - rules.look_back_m, place.along_m + reach_m + rules.look_ahead_m
    found = candidates(geometry, *xy_m, from_m, to_m)
    nearest_m, goes_back = min(c.distance_m for c in found), False
    beside = _beside(found, point, moved)
    far_m = max(rules.far_off_m, limit_m)
    back_cosine = 0.0 if nearest_m > far_m else _GOES_BACK_COSINE
    if moved.is_known and (nearest_m > far_m or reach_m > rules.look_back_m):
        back = candidates(geometry, *xy_m, from_m - reach_m, place.along_m)
        back = [c for c in back if moved.cosine(c) <= back_cosine]
        doubt = min(_score(c, place.along_m, moved, leg_m) for c in found)
        back_doubt = min((_score(c, place.along_m, moved, leg_m, back=True) for c in back), default=math.inf)
        if any(c.distance_m <= limit_m for c in back) and (nearest_m > far_m or back_doubt < doubt):
            # Far behind the last place, going back along the line: fast driving the wrong way, not a detour.
            found, nearest_m, goes_back = back, min(c.distance_m for c in back), True
    if nearest_m > far_m:
        aside_m = _nearest(found).lateral_m
        located = _far_off(place, point, xy_m, line, aside_m, moved, leg_m, limit_m)
        return replace(located, place=_with_heading(located.place, moved), beside=beside)
    best = min(found, key=lambda c: _score(c, place.along_m, moved, leg_m, back=goes_back))
    after = _with_heading(_at(point, best.along_m, nearest_m), moved)
    return Located(after, best.lateral_m, jumped=False, from_line_m=nearest_m, beside=beside)


def _beside(found: list[Candidate], point: TrackPoint, moved: "_Moved") -> float | None:
    """The cosine of the phone's own direction to the line beside which it is; None past a bend, or when not known."""
    if point.bearing_deg is None or (point.speed_mps or 0.0) < BEARING_FROM_MPS:
        return None
    nearest = _nearest(found)
    return moved.cosine(nearest) if abs(nearest.past_m) <= _BESIDE_SHARE * nearest.distance_m else None


def candidates(geometry: LineGeometry, x_m: float, y_m: float, from_m: float, to_m: float) -> list[Candidate]:
    """The nearest place of each segment that touches [from_m, to_m], clipped to it; never empty for a real line."""
    along = geometry.along_m
    last = len(along) - 1
    if last == 0:
        return [_only_point(geometry, x_m, y_m)]
    from_m = min(max(from_m, 0.0), along[last])
    to_m = min(max(to_m, from_m), along[last])
    first = max(0, bisect_right(along, from_m) - 1)
    found: list[Candidate] = []
    for i in range(min(first, last - 1), last):
        if along[i] > to_m and found:
            break
        found.append(_on_segment(geometry, i, x_m, y_m, from_m, to_m))
    return found


def _on_segment(geometry: LineGeometry, i: int, x_m: float, y_m: float, from_m: float, to_m: float) -> Candidate:
    ax, ay = geometry.xs_m[i], geometry.ys_m[i]
    dx, dy = geometry.xs_m[i + 1] - ax, geometry.ys_m[i + 1] - ay
    start_m = geometry.along_m[i]
    step_m = geometry.along_m[i + 1] - start_m
    squared = dx * dx + dy * dy
    share = ((x_m - ax) * dx + (y_m - ay) * dy) / squared if squared > 0.0 else 0.0
    share = min(1.0, max(0.0, share))
    if step_m > 0.0:
        share = min(max(share, (from_m - start_m) / step_m), max(0.0, (to_m - start_m) / step_m), 1.0)
        share = max(share, 0.0)
    px, py = x_m - ax - share * dx, y_m - ay - share * dy
    distance = (px * px + py * py) ** 0.5
    long_m = squared**0.5
    unit_x, unit_y = (dx / long_m, dy / long_m) if long_m > 0.0 else (0.0, 0.0)
    left = unit_x * py - unit_y * px
    past_m = (x_m - ax) * unit_x + (y_m - ay) * unit_y - share * step_m
    aside_m = distance if left >= 0.0 else -distance
    return Candidate(start_m + share * step_m, aside_m, distance, unit_x, unit_y, past_m)


def _only_point(geometry: LineGeometry, x_m: float, y_m: float) -> Candidate:
    distance = ((x_m - geometry.xs_m[0]) ** 2 + (y_m - geometry.ys_m[0]) ** 2) ** 0.5
    return Candidate(0.0, distance, distance, 0.0, 0.0, math.inf)


@dataclass(frozen=True, slots=True)
class _Moved:
    """The step since the last fix: metres, the most that its speed allows, and its direction when that is known."""

    metres: float
    by_speed_m: float
    unit_x: float
    unit_y: float
    heading_x_m: float
    heading_y_m: float
    most_m: float

    @classmethod
    def between(cls, place: Place, point: TrackPoint, geometry: LineGeometry, xy_m: tuple[float, float]) -> "_Moved":
        last_x, last_y = geometry.xy_m(place.lon, place.lat)
        dx, dy = xy_m[0] - last_x, xy_m[1] - last_y
        metres = math.hypot(dx, dy)
        heading_x, heading_y = _HEADING_KEPT * place.heading_x_m + dx, _HEADING_KEPT * place.heading_y_m + dy
        speed_mps = min(point.speed_mps or 0.0, _FASTEST_ON_ROADS_MPS)
        by_speed_m = speed_mps * max(0.0, point.at_ts - place.at_ts)
        unit_x, unit_y = 0.0, 0.0
        clear_m = max(15.0, 1.5 * (point.accuracy_m or 10.0))
        heading_m = math.hypot(heading_x, heading_y)
        if point.bearing_deg is not None and speed_mps >= BEARING_FROM_MPS:
            angle = math.radians(point.bearing_deg)
            unit_x, unit_y = math.sin(angle), math.cos(angle)
        elif metres > clear_m:
            unit_x, unit_y = dx / metres, dy / metres
        elif heading_m > clear_m:
            # A bicycle moves few metres between two fixes; several steps together show where it goes.
            unit_x, unit_y = heading_x / heading_m, heading_y / heading_m
        most_m = math.inf if point.speed_mps is None else _DRIVEN_FACTOR * max(by_speed_m, metres) + _DRIVEN_MORE_M
        return cls(metres, by_speed_m, unit_x, unit_y, heading_x, heading_y, most_m)

    @property
    def is_known(self) -> bool:
        return self.unit_x != 0.0 or self.unit_y != 0.0

    def cosine(self, candidate: Candidate) -> float:
        return self.unit_x * candidate.unit_x + self.unit_y * candidate.unit_y

    def goes_back(self, candidate: Candidate) -> bool:
        return self.cosine(candidate) < _GOES_BACK_COSINE


def _nearest(found: Sequence[Candidate]) -> Candidate:
    """The nearest; at a bend two stretches are as near as each other: the earlier one, whatever the last digits say."""
    nearest = found[0]
    for candidate in found[1:]:
        if candidate.distance_m < nearest.distance_m - _SAME_M:
            nearest = candidate
    return nearest


def _score(c: Candidate, last_m: float, moved: _Moved, leg_m: tuple[float, float], *, back: bool = False) -> float:
    """
    Metres of doubt about a candidate; the least wins.

    Where the route runs over the same street twice (in and out of a cul-de-sac), distance alone cannot tell the two:
    direction does, a place as far on as was driven is more likely than another, and a stop not yet made is not likely
    to have been passed, least of all by a jump; nor is the courier likely to be before the stop made last.
    """
    step_m = c.along_m - last_m
    score = c.distance_m + _stray_m(step_m, moved.metres, goes_back=back or moved.goes_back(c))
    if step_m > moved.most_m:
        score += _NEVER_DRIVEN_M
    if moved.is_known:
        score += _TURNED_ROUND_M / 2 * (1.0 - moved.cosine(c))
    begin_m, end_m = leg_m
    if c.along_m > end_m + _PAST_A_STOP_M:
        # Who turned round at the stop drove further than the step is long; the direction says that it was past it.
        turns_m = _DRIVEN_FACTOR * max(moved.by_speed_m, moved.metres) + _DRIVEN_MORE_M
        most_m = turns_m if moved.cosine(c) > _GOES_ALONG_COSINE else 1.5 * moved.metres + _PAST_A_STOP_M
        score += _PAST_A_STOP_M if step_m <= most_m else _JUMPS_A_STOP_M
    elif c.along_m < begin_m - _PAST_A_STOP_M:
        score += _PAST_A_STOP_M
    return score


def _stray_m(step_m: float, moved_m: float, *, goes_back: bool) -> float:
    """Doubt about a step along the line that is longer or shorter than what was driven, as curves and noise allow."""
    most_m, least_m = 1.5 * moved_m + _PAST_A_STOP_M, 0.5 * moved_m - _PAST_A_STOP_M
    # Who goes back along the line is as far behind as was driven.
    stray_m = max(abs(step_m) - most_m if goes_back else max(step_m - most_m, least_m - step_m), 0.0)
    return min(_STRAY_MOST_M, _STRAY_SHARE * stray_m)


def _first(point: TrackPoint, xy_m: tuple[float, float], geometry: LineGeometry, start_radius_m: float) -> Located:
    distances, along = geometry.distances_m(*xy_m)
    # The earlier of two places as near as each other; near the start only the first stretch: a round trip ends there.
    doubt = distances + _FIRST_FIX_PER_M * along
    if math.hypot(*xy_m) <= start_radius_m:
        doubt = doubt + 1e6 * (along > 2.0 * start_radius_m)
    i = int(doubt.argmin())
    offset_m = float(distances[i])
    return Located(_at(point, float(along[i]), offset_m), offset_m, jumped=True, from_line_m=offset_m)


def _far_off(
    place: Place,
    point: TrackPoint,
    xy_m: tuple[float, float],
    line: RouteLine,
    aside_m: float,
    moved: _Moved,
    leg_m: tuple[float, float],
    limit_m: float,
) -> Located:
    """
    Far from the place: keep it until the courier is back on the stretch that was left.

    Another part of the line (short cut) has to be driven along for a while: a detour may cross a later leg, or share a
    street with it.
    """
    begin_m, next_along_m = leg_m
    distances, along = line.geometry.distances_m(*xy_m)
    from_line_m = float(distances.min())
    on_ts = place.on_ts
    left_m = place.along_m - _SAME_PLACE_M
    reach_m = max(place.along_m, begin_m) + _RETURNS_MPS * (point.at_ts - on_ts)
    on_leg = (along >= max(left_m, begin_m - _SAME_PLACE_M)) & (along <= min(reach_m, next_along_m + _PAST_A_STOP_M))
    if (on_leg & (distances <= limit_m)).any():
        # Back on the stretch that was left, no stop in between: nothing to doubt.
        i = int((distances + 1e6 * ~on_leg).argmin())
        return Located(
            _at(point, float(along[i]), float(distances[i])), float(distances[i]), jumped=True, from_line_m=from_line_m
        )
    cosines = _cosines(line.geometry, moved)
    doubt = distances + 0.005 * abs(along - place.along_m) + 1e6 * (distances > limit_m)
    doubt = doubt - (_TURNED_ROUND_M / 2 * cosines) * (distances <= limit_m)
    i = int(doubt.argmin())
    if distances[i] > limit_m:
        return Located(
            Place(point.at_ts, point.lon, point.lat, place.along_m, abs(aside_m), on_ts),
            aside_m,
            jumped=False,
            from_line_m=from_line_m,
        )
    along_m, offset_m = float(along[i]), float(distances[i])
    from_m, pings = along_m, 1
    goes_back = cosines[i] < _GOES_BACK_COSINE
    if place.rejoin_m is not None:
        step_m = place.rejoin_m - along_m if goes_back else along_m - place.rejoin_m
        if -_SAME_PLACE_M <= step_m <= 2.0 * moved.metres + _SAME_PLACE_M:
            from_m, pings = place.rejoin_from_m, place.rejoin_pings + 1
    passed = sum(1 for v in line.visits if next_along_m <= v.along_m < along_m)
    # The more stops a place on the line would leave out, the less likely it is.
    needed_m = _REJOINS_PAST_A_STOP_M + (passed - 1) * _PER_STOP_MORE_M if passed else _REJOINS_M
    if pings >= _REJOINS_PINGS and along_m - from_m >= needed_m:
        return Located(_at(point, along_m, offset_m), offset_m, jumped=True, from_line_m=from_line_m)
    if goes_back and pings >= _REJOINS_PINGS and along_m < place.along_m and from_m - along_m >= _REJOINS_M:
        after = _at(point, along_m, offset_m)
        return Located(after, offset_m, jumped=True, from_line_m=from_line_m, jumped_back=True)
    waiting = Place(point.at_ts, point.lon, point.lat, place.along_m, abs(aside_m), on_ts, along_m, from_m, pings)
    return Located(waiting, aside_m, jumped=False, from_line_m=from_line_m)


def _cosines(geometry: LineGeometry, moved: _Moved) -> NDArray[np.float64]:
    """Between where the courier goes and each segment; 0 where one of them is not known."""
    if len(geometry.xs_m) == 1:
        return np.zeros(1)
    dx, dy = np.diff(geometry.xs_m), np.diff(geometry.ys_m)
    long_m = np.hypot(dx, dy)
    return np.where(long_m > 0.0, (moved.unit_x * dx + moved.unit_y * dy) / np.maximum(long_m, 1e-12), 0.0)


def _with_heading(place: Place, moved: _Moved) -> Place:
    return msgspec.structs.replace(place, heading_x_m=moved.heading_x_m, heading_y_m=moved.heading_y_m)


def _at(point: TrackPoint, along_m: float, offset_m: float) -> Place:
    return Place(point.at_ts, point.lon, point.lat, along_m, offset_m, point.at_ts)
