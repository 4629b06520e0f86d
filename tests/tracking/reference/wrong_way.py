"""Going back along the planned line: evidence gathered fix by fix."""

from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tracking.courier_state import Still, Way
from tracking.rules import TrackingRules

_MOVED_M = 5.0
_ASIDE_MORE_M = 30.0
_APART_S = 10.0
_LEAST_PINGS = 2
_SAME_SPOT_M = 15.0
_STANDS_S = 30.0


def wrong_way(way: Way, halt: Still | None, sight: Sight, is_open: bool, rules: TrackingRules) -> tuple[Way, Finding]:
    """Add one fix to the evidence of driving back along the line; the measure is metres gone back."""
    along_m = sight.along_m
    if sight.jumped_back and not sight.quiet:
        # Found again far behind, after a good way back along the line.
        after = Way(sight.last_along_m, sight.at_ts, along_m, rules.wrong_way_pings)
        gone_back_m = sight.last_along_m - along_m
        return after, Finding(Turn.NONE if is_open else Turn.OPENS, sight.at_ts, gone_back_m)
    if not is_open and not sight.quiet and not sight.jumped and 0.0 < sight.offset_m - sight.limit_m <= _ASIDE_MORE_M:
        # A little aside for a moment is the noise of one fix: it proves nothing, and what was seen before stays.
        return way, NOTHING
    step_m = along_m - sight.last_along_m
    if not is_open and _drives_back_past_a_stop(way, halt, sight, step_m):
        return Way(way.furthest_m, way.furthest_ts, min(way.lowest_m, along_m), way.back_pings, 0), NOTHING
    fresh = Way(along_m, sight.at_ts, along_m)
    if sight.jumped or sight.quiet or not sight.on_line:
        return fresh, Finding(Turn.CLOSES) if is_open else NOTHING
    if sight.stands and abs(step_m) <= _SAME_SPOT_M:
        # By the phone's own speed that was no step.
        step_m = 0.0
    back = way.back_pings + 1 if step_m < -_MOVED_M else (0 if step_m > _MOVED_M else way.back_pings)
    ahead = way.ahead_pings + 1 if step_m > _MOVED_M else (0 if step_m < -_MOVED_M else way.ahead_pings)
    lowest_m = min(way.lowest_m, along_m)
    if is_open:
        if ahead >= 2 and along_m > lowest_m + 4.0 * _MOVED_M:
            return fresh, Finding(Turn.CLOSES)
        return Way(way.furthest_m, way.furthest_ts, lowest_m, back, ahead), Finding(measure=way.furthest_m - along_m)
    if along_m >= way.furthest_m:
        return Way(along_m, sight.at_ts, along_m, back, ahead), NOTHING
    after = Way(way.furthest_m, way.furthest_ts, lowest_m, back, ahead)
    gone_back_m = way.furthest_m - along_m
    # Noise of the fixes moves the furthest place forward: a wide corridor asks for more metres.
    needed_m = rules.wrong_way_m + 2.0 * (sight.limit_m - rules.corridor_m)
    # Fixes far apart in time do not err together: one less of them says as much.
    needed_pings = max(_LEAST_PINGS, rules.wrong_way_pings - (sight.dt_s >= _APART_S))
    if gone_back_m >= needed_m and back >= needed_pings:
        return after, Finding(Turn.OPENS, way.furthest_ts, gone_back_m)
    return after, NOTHING


def _drives_back_past_a_stop(way: Way, halt: Still | None, sight: Sight, step_m: float) -> bool:
    """Whether one who was going back already is now beside a stop, and neither stands there nor turns."""
    beside = sight.near_stop and not sight.near_ends and sight.departed
    if not beside or sight.jumped or sight.jumped_back or not sight.on_line:
        return False
    stood_s = halt.last_ts - halt.since_ts if halt is not None else 0.0
    return way.back_pings >= 1 and step_m <= _MOVED_M and stood_s < _STANDS_S
