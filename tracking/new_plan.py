"""A new version of the plan under a courier who already drives: what still holds goes on; and the end of his work."""

from collections.abc import Iterable

import msgspec

from tracking.arrival import is_pending
from tracking.courier_state import CourierState, Episode, Motion, Place, TrackPoint, VisitProgress, Watch
from tracking.deviation import Terms, fresh_motion, step
from tracking.events import DeviationKind, TrackingEvent
from tracking.history import Changes
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules
from tracking.running_late import end_delay
from tracking.telling import tell_changes

_STILL_HOLD = frozenset((DeviationKind.STALL, DeviationKind.SLOW_TRAFFIC))
_FRESH_S = 600.0
_PER_M_AHEAD = 0.02
_BEHIND_M = 80.0


def follow_new_line(
    state: CourierState, line: RouteLine | None, now_ts: float, usual: float, rules: TrackingRules
) -> tuple[CourierState, Changes]:
    """
    The state on a new line, and the departures that ended with the old one.

    Visits known by id keep their progress; standing and traffic are facts of the street and go on.
    """
    if line is None:
        return _without_route(state, now_ts)
    old = state.motion
    ended = _ended((e for e in old.open if e.kind not in _STILL_HOLD), now_ts)
    known = {v.visit_id: v for v in old.visits}
    visits = tuple(
        msgspec.structs.replace(known.get(v.visit_id, VisitProgress(v.visit_id)), passed_m=0.0) for v in line.visits
    )
    motion = msgspec.structs.replace(
        fresh_motion(line),
        visits=visits,
        still=old.still,
        pace=old.pace,
        departed_ts=old.departed_ts,
        open=tuple(e for e in old.open if e.kind in _STILL_HOLD),
    )
    changes = Changes(closed=ended)
    last = state.track[-1] if state.track else None
    if last is not None and (old.place is not None or now_ts - last.at_ts <= _FRESH_S):
        motion, changed = step(_placed(motion, last, state, line), last, Terms(line, state.done, usual, rules))
        changes = Changes(
            opened=tuple(e for e in changed if e.closed_ts is None),
            closed=(*ended, *(e for e in changed if e.closed_ts is not None)),
        )
    state = msgspec.structs.replace(
        state,
        plan_id=line.plan_id,
        motion=motion,
        base=motion,
        base_count=len(state.track),
        middle=motion,
        middle_count=len(state.track),
        approach=None,
        blame=None,
    )
    return state, changes


def end_work(state: CourierState, now_ts: float) -> tuple[CourierState, list[TrackingEvent]]:
    """
    The state with nothing open, and the events that say so: nobody is in a jam, off the route or late after work.

    Call it when a shift ends and before a state is forgotten: what nobody follows any more would stay open for ever.
    """
    state, late_ended = end_delay(state, now_ts)
    ended = Changes(closed=_ended((*state.motion.open, *state.timed, *state.watch.open), now_ts))
    state = msgspec.structs.replace(
        state,
        motion=msgspec.structs.replace(state.motion, open=()),
        timed=(),
        watch=msgspec.structs.replace(state.watch, open=()),
    )
    state, events = tell_changes(state, ended, now_ts)
    return state, [*events, *late_ended]


def _ended(episodes: Iterable[Episode], now_ts: float) -> tuple[Episode, ...]:
    return tuple(msgspec.structs.replace(e, closed_ts=max(now_ts, e.since_ts)) for e in episodes)


def _placed(motion: Motion, last: TrackPoint, state: CourierState, line: RouteLine) -> Motion:
    """Where a courier on the road is looked for first: after the visits already made."""
    if motion.departed_ts is None:
        return motion
    finished = [
        planned.along_m
        for visit, planned in zip(motion.visits, line.visits, strict=True)
        if visit.arrived_ts is not None or not is_pending(visit, state.done)
    ]
    if not finished:
        return motion
    from_m = max(finished)
    distances, along = line.geometry.distances_m(*line.geometry.xy_m(last.lon, last.lat))
    doubt = distances + _PER_M_AHEAD * abs(along - from_m) + 1e6 * (along < from_m - _BEHIND_M)
    along_m = max(from_m, float(along[int(doubt.argmin())]))
    return msgspec.structs.replace(motion, place=Place(last.at_ts, last.lon, last.lat, along_m, 0.0, last.at_ts))


def _without_route(state: CourierState, now_ts: float) -> tuple[CourierState, Changes]:
    ended = _ended((*state.motion.open, *state.timed, *state.watch.open), now_ts)
    state = msgspec.structs.replace(
        state,
        plan_id=None,
        motion=Motion(),
        base=Motion(),
        base_count=0,
        middle=Motion(),
        middle_count=0,
        timed=(),
        watch=Watch(),
        told={},
        approach=None,
        blame=None,
        delay=None,
    )
    return state, Changes(closed=ended)
