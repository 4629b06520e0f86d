"""Standing still between stops: only what fixes show, never what silence leaves open."""

import math

import msgspec

from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tracking.courier_state import Still
from tracking.rules import TrackingRules

_M_PER_DEG = 111_194.9
_WIDEST_RADIUS_M = 100.0
_OPEN_WIDER = 1.5
_AVERAGED_PINGS = 10
_AT_STOP_M = 40.0
_HALTED_SHARE = 0.6
_LIMIT_SHARE = 0.67


def stall(
    still: Still | None,
    halt: Still,
    sight: Sight,
    is_open: bool,
    visits_left: bool,
    rules: TrackingRules,
    needed_s: float,
) -> tuple[Still, Finding]:
    """
    Follow how long the courier has not moved; opens after `needed_s` away from stops and the ends of the line.

    Between two fixes further apart than a gap nobody knows what happened: the clock starts anew.
    """
    here = Still(sight.at_ts, sight.at_ts, sight.lon, sight.lat)
    closes = Finding(Turn.CLOSES) if is_open else NOTHING
    if not is_open and sight.near_stop and sight.stop_m <= _AT_STOP_M:
        # Time spent at a stop is no standing between stops, however near the next one is.
        return here, NOTHING
    if still is None or sight.dt_s > rules.gap_s:
        # An open stall stays open when the first fix after the silence is at the same place.
        if still is None or not is_open or _apart_m(still, sight) > rules.stall_radius_m:
            return here, closes
        return _stayed(still, sight), Finding(measure=sight.at_ts - still.since_ts)
    radius_m = min(_WIDEST_RADIUS_M, max(rules.stall_radius_m, 2.5 * sight.accuracy_m))
    if is_open:
        radius_m *= _OPEN_WIDER
    apart_m = _apart_m(still, sight)
    if apart_m > radius_m:
        if apart_m > 2.0 * radius_m or still.moved_pings >= 1:
            return here, closes
        return msgspec.structs.replace(still, moved_pings=still.moved_pings + 1), NOTHING
    after = _stayed(still, sight)
    stood_s = sight.at_ts - still.since_ts
    # An open stall beside a stop does not flicker with the noise of the fixes: it ends right at the stop only.
    quiet = sight.quiet and (not is_open or not sight.near_stop or sight.stop_m <= _AT_STOP_M)
    if quiet or not visits_left:
        return after, closes
    if is_open:
        return after, Finding(measure=stood_s)
    if stood_s >= needed_s and sight.at_ts - halt.since_ts >= _HALTED_SHARE * needed_s:
        return after, Finding(Turn.OPENS, still.since_ts, stood_s)
    return after, NOTHING


def halted(halt: Still | None, sight: Sight, rules: TrackingRules) -> Still:
    """Follow how long the courier has been in one spot; one fix aside is noise, two are a move."""
    if halt is None or sight.dt_s > rules.gap_s:
        return Still(sight.at_ts, sight.at_ts, sight.lon, sight.lat)
    if _apart_m(halt, sight) <= halt_radius_m(sight, rules):
        return _stayed(halt, sight)
    if halt.moved_pings >= 1 or _apart_m(halt, sight) > rules.stall_radius_m + sight.accuracy_m:
        return Still(sight.at_ts, sight.at_ts, sight.lon, sight.lat)
    return msgspec.structs.replace(halt, moved_pings=halt.moved_pings + 1)


def halt_radius_m(sight: Sight, rules: TrackingRules) -> float:
    """How far apart fixes of one spot may be, as inaccurate as they are now."""
    return max(rules.halt_radius_m, 2.0 * sight.accuracy_m, _LIMIT_SHARE * sight.limit_m)


def crossing_s(sight: Sight, rules: TrackingRules) -> float:
    """For how long one who moves on slowly seems to be in one spot, whose middle is the mean of the first fixes."""
    alone_s = halt_radius_m(sight, rules) / rules.moves_on_mps
    return alone_s + min(alone_s, 0.5 * _AVERAGED_PINGS * sight.dt_s)


def _stayed(still: Still, sight: Sight) -> Still:
    """One more fix at the same place; the first few are averaged, as the first alone may still have been moving."""
    if still.pings >= _AVERAGED_PINGS:
        return Still(still.since_ts, sight.at_ts, still.lon, still.lat, still.pings)
    pings = still.pings + 1
    lon = still.lon + (sight.lon - still.lon) / pings
    lat = still.lat + (sight.lat - still.lat) / pings
    return Still(still.since_ts, sight.at_ts, lon, lat, pings)


def _apart_m(still: Still, sight: Sight) -> float:
    dy = (sight.lat - still.lat) * _M_PER_DEG
    dx = (sight.lon - still.lon) * _M_PER_DEG * math.cos(math.radians(sight.lat))
    return math.hypot(dx, dy)
