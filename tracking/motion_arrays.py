"""A courier's motion as the arrays that the compiled detectors work on, and back; columns as `kernel.layout` says."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from struct import Struct, pack_into

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracking.courier_state import (
    Corridor,
    Episode,
    Motion,
    Pace,
    Place,
    Still,
    TrackPoint,
    VisitProgress,
    Way,
)
from tracking.events import DeviationKind
from tracking.kernel import layout as at
from tracking.rules import TrackingRules

type Floats = NDArray[np.float64]

EPISODES_AT = {
    kind: at.EPISODES + at.EPISODE_SIZE * number
    for kind, number in (
        (DeviationKind.OFF_ROUTE, at.OFF_ROUTE),
        (DeviationKind.WRONG_WAY, at.WRONG_WAY),
        (DeviationKind.STALL, at.STALL),
        (DeviationKind.SLOW_TRAFFIC, at.SLOW_TRAFFIC),
    )
}
"""Where the numbers of each kind of departure begin."""

_NAN = math.nan
# numpy converts a tuple number by number, each for the price of ten of these.
_NUMBER, _FIX, _VISIT = Struct("d"), Struct(f"{at.FIX_COLUMNS}d"), Struct(f"{at.VISIT_COLUMNS}d")
_HEAD, _EPISODE, _DETECTED = Struct(f"{at.EPISODES}d"), Struct(f"{at.EPISODE_SIZE}d"), Struct(f"{at.MARKS}d")
_RULES, _limits_of = Struct(f"{len(at.RULES)}d"), attrgetter(*at.RULES)
_NO_STILL = (_NAN, _NAN, 0.0, 0.0, 0.0, 0.0)
_NO_PLACE = (_NAN, 0.0, 0.0, 0.0, 0.0, 0.0, _NAN, 0.0, 0.0, 0.0, 0.0)
_UNTOUCHED = _VISIT.pack(_NAN, _NAN, _NAN, 0.0, 0.0, _NAN, math.inf, 0.0, 0.0, 0.0)


@lru_cache(maxsize=64)
def packed_rules(rules: TrackingRules) -> Floats:
    """The limits that the detectors read, in their order."""
    return np.frombuffer(_RULES.pack(*_limits_of(rules)))


def packed_fixes(points: Sequence[TrackPoint]) -> Floats:
    """The fixes, one a row."""
    buffer = bytearray(_FIX.size * len(points))
    for i, p in enumerate(points):
        accuracy_m, speed_mps, bearing_deg = p.accuracy_m, p.speed_mps, p.bearing_deg
        _FIX.pack_into(
            buffer,
            _FIX.size * i,
            p.at_ts,
            p.lon,
            p.lat,
            _NAN if accuracy_m is None else accuracy_m,
            _NAN if speed_mps is None else speed_mps,
            _NAN if bearing_deg is None else bearing_deg,
        )
    return np.frombuffer(buffer).reshape(-1, at.FIX_COLUMNS)


def packed_motion(motion: Motion) -> Floats:
    """All of the motion but the visits."""
    corridor, way, pace = motion.corridor, motion.way, motion.pace
    laterals, marks = corridor.laterals_m, pace.marks[-at.MARK_SIZE * at.MARKS_KEPT :]
    buffer = bytearray(_NUMBER.size * at.MOTION_SIZE)
    _HEAD.pack_into(
        buffer,
        0,
        *(_NO_PLACE if motion.place is None else _place_numbers(motion.place)),
        corridor.score,
        _or_nan(corridor.outside_since_ts),
        corridor.inside_pings,
        _or_nan(corridor.inside_from_m),
        _or_nan(corridor.inside_since_ts),
        way.furthest_m,
        way.furthest_ts,
        way.lowest_m,
        way.back_pings,
        way.ahead_pings,
        pace.drive_s,
        pace.flow_s,
        motion.seen_at_start,
        _or_nan(motion.departed_ts),
        -1.0,
        len(laterals),
        len(marks) // at.MARK_SIZE,
        pace.reached_m,
        pace.spare_s,
        corridor.leapt_m,
        _or_nan(corridor.speed_mps),
        *(_NO_STILL if motion.still is None else msgspec.structs.astuple(motion.still)),
        *(_NO_STILL if motion.halt is None else msgspec.structs.astuple(motion.halt)),
    )
    for episode in motion.open:
        _EPISODE.pack_into(
            buffer,
            _NUMBER.size * EPISODES_AT[episode.kind],
            1.0,
            at.NO_TURN,
            episode.since_ts,
            episode.measure,
            _or_nan(episode.lon),
            _or_nan(episode.lat),
        )
    pack_into(f"{len(laterals)}d", buffer, _NUMBER.size * at.LATERALS, *laterals)
    pack_into(f"{len(marks)}d", buffer, _NUMBER.size * at.MARKS, *marks)
    return np.frombuffer(buffer)


def packed_visits(visits: tuple[VisitProgress, ...], done: Mapping[str, float]) -> Floats:
    """The visits, one a row, with when the phone reported them finished."""
    packed = np.frombuffer(bytearray(_UNTOUCHED * len(visits))).reshape(-1, at.VISIT_COLUMNS)
    for i, visit in enumerate(visits):
        if visit.near_since_ts is not None or visit.arrived_ts is not None or visit.passed_m:
            packed[i, : at.KEPT_OF_VISIT] = (
                _or_nan(visit.near_since_ts),
                _or_nan(visit.arrived_ts),
                _or_nan(visit.left_ts),
                visit.away_pings,
                visit.passed_m,
                _or_nan(visit.away_since_ts),
            )
        if done and visit.visit_id in done:
            packed[i, at.DONE] = done[visit.visit_id]
    return packed


def motion_of(packed: Floats, visits: tuple[VisitProgress, ...], still_open: tuple[Episode, ...]) -> Motion:
    """The motion that `packed_motion` packed, with these visits and with these departures open."""
    n: tuple[float, ...] = _DETECTED.unpack_from(packed)
    return Motion(
        place=Place(
            n[at.PLACE_AT],
            n[at.PLACE_LON],
            n[at.PLACE_LAT],
            n[at.PLACE_ALONG],
            n[at.PLACE_OFFSET],
            n[at.PLACE_ON],
            or_none(n[at.REJOIN]),
            n[at.REJOIN_FROM],
            int(n[at.REJOIN_PINGS]),
            n[at.HEADING_X],
            n[at.HEADING_Y],
        ),
        corridor=Corridor(
            n[at.SCORE],
            or_none(n[at.OUTSIDE_SINCE]),
            int(n[at.INSIDE_PINGS]),
            tuple(n[at.LATERALS : at.LATERALS + int(n[at.LATERAL_COUNT])]),
            or_none(n[at.INSIDE_FROM]),
            or_none(n[at.INSIDE_SINCE]),
            n[at.LEAPT],
            or_none(n[at.LAST_SPEED]),
        ),
        way=Way(n[at.FURTHEST], n[at.FURTHEST_AT], n[at.LOWEST], int(n[at.BACK_PINGS]), int(n[at.AHEAD_PINGS])),
        still=_still(n, at.STILL),
        pace=Pace(
            n[at.DRIVE],
            n[at.FLOWN],
            tuple(packed[at.MARKS : at.MARKS + at.MARK_SIZE * int(n[at.MARK_COUNT])].tolist()),
            n[at.REACHED_M],
            n[at.SPARE_S],
        ),
        visits=visits,
        seen_at_start=n[at.SEEN_AT_START] > 0.0,
        departed_ts=or_none(n[at.DEPARTED]),
        open=tuple([grown(e, n) for e in still_open]) if still_open else (),
        halt=_still(n, at.HALT),
    )


def visits_of(packed: Floats, before: tuple[VisitProgress, ...]) -> tuple[VisitProgress, ...]:
    """The visits after a run; those that it did not touch are the very same, all of them when it touched none."""
    touched: list[int] = packed[:, at.IS_CHANGED].nonzero()[0].tolist()
    if not touched:
        return before
    visits = list(before)
    for i in touched:
        near, arrived, left, away_pings, passed_m, away_since = packed[i, : at.KEPT_OF_VISIT].tolist()
        visits[i] = VisitProgress(
            visits[i].visit_id,
            or_none(near),
            or_none(arrived),
            or_none(left),
            int(away_pings),
            passed_m,
            or_none(away_since),
        )
    packed[:, at.IS_CHANGED] = 0.0
    return tuple(visits)


def grown(episode: Episode, numbers: Sequence[float]) -> Episode:
    """An open departure with its present measure, and where that was measured."""
    first = EPISODES_AT[episode.kind]
    measure = numbers[first + at.E_MEASURE]
    lon, lat = or_none(numbers[first + at.E_LON]), or_none(numbers[first + at.E_LAT])
    # A measure may have changed and be back where it was, measured at another place.
    if measure == episode.measure and lon == episode.lon and lat == episode.lat:
        return episode
    return msgspec.structs.replace(episode, measure=measure, lon=lon, lat=lat)


def or_none(number: float) -> float | None:
    """What an array holds as NaN is not known."""
    return number if number == number else None


def _or_nan(number: float | None) -> float:
    return _NAN if number is None else number


def _place_numbers(place: Place) -> tuple[float, ...]:
    return (
        place.at_ts,
        place.lon,
        place.lat,
        place.along_m,
        place.offset_m,
        place.on_ts,
        _or_nan(place.rejoin_m),
        place.rejoin_from_m,
        place.rejoin_pings,
        place.heading_x_m,
        place.heading_y_m,
    )


def _still(n: Sequence[float], first: int) -> Still | None:
    since_ts, last_ts, lon, lat, pings, moved = n[first : first + at.STILL_SIZE]
    return Still(since_ts, last_ts, lon, lat, int(pings), int(moved)) if or_none(since_ts) is not None else None
