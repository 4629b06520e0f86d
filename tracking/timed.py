"""
Departures that time alone opens: late start, long service, and a stop left out.

They follow from the motion, from what the phone reported, and from the clock. A phone that is silent proves nothing:
what was open stays as it was, nothing new opens but the gap itself.
"""

from dataclasses import dataclass

import msgspec

from tracking.arrival import is_at_stop, is_passed, is_pending
from tracking.courier_state import CourierState, Episode
from tracking.deviation import new_episode
from tracking.events import DeviationKind
from tracking.history import Changes
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.silence import has_visits_left, is_alive, seen_until_ts

_LINGERS_S = 300.0
_NO_CHANGES = Changes()


@dataclass(frozen=True, slots=True)
class _Condition:
    kind: DeviationKind
    since_ts: float
    measure: float
    visit_id: str | None


def watch_time(
    state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules, *, late: bool = False
) -> tuple[CourierState, Changes]:
    """Open and close what follows from the clock; after a `late` fix what no longer holds is retracted instead."""
    holds = {c.kind: c for c in _conditions(state, line, now_ts, rules)}
    alive = is_alive(state, now_ts, rules)
    kept: list[Episode] = []
    ended: list[Episode] = []
    for episode in state.timed:
        condition = holds.pop(episode.kind, None)
        if episode.kind is DeviationKind.GAP or (condition is None and not alive and _needs_life(episode, state)):
            kept.append(episode)
        elif condition is None or condition.visit_id != episode.visit_id:
            ended.append(msgspec.structs.replace(episode, closed_ts=_ended_ts(episode, state, now_ts)))
        elif condition.measure != episode.measure:
            kept.append(msgspec.structs.replace(episode, measure=condition.measure))
        else:
            kept.append(episode)
    opened = [new_episode(line, c.kind, c.since_ts, now_ts, c.measure, c.visit_id) for c in holds.values()]
    if not (kept or opened or ended):
        return state, _NO_CHANGES
    state = msgspec.structs.replace(state, timed=(*kept, *opened))
    if late:
        wrong = tuple(e for e in ended if _never_was(e, state, line, rules))
        return state, Changes(tuple(opened), tuple(e for e in ended if e not in wrong), wrong)
    return state, Changes(tuple(opened), tuple(ended))


def grown(state: CourierState, now_ts: float, rules: TrackingRules) -> CourierState:
    """The measures of what grows with time alone: an open gap, and an open stall while the phone still speaks."""
    timed = tuple(
        msgspec.structs.replace(e, measure=now_ts - e.since_ts) if e.kind is DeviationKind.GAP else e
        for e in state.timed
    )
    place = state.motion.place
    if place is None or now_ts - place.at_ts > rules.gap_s:
        return msgspec.structs.replace(state, timed=timed)
    still_open = tuple(
        msgspec.structs.replace(e, measure=max(e.measure, now_ts - e.since_ts)) if e.kind is DeviationKind.STALL else e
        for e in state.motion.open
    )
    return msgspec.structs.replace(state, timed=timed, motion=msgspec.structs.replace(state.motion, open=still_open))


def _needs_life(episode: Episode, state: CourierState) -> bool:
    if episode.kind is DeviationKind.LATE_START:
        return state.motion.departed_ts is None
    return episode.kind is DeviationKind.LONG_SERVICE and episode.visit_id not in state.done


def _ended_ts(episode: Episode, state: CourierState, now_ts: float) -> float:
    """When it really ended, as far as the state knows; never before it began."""
    ended_ts: float | None = None
    if episode.kind is DeviationKind.LATE_START:
        ended_ts = state.motion.departed_ts
    elif episode.kind is DeviationKind.LONG_SERVICE and episode.visit_id is not None:
        left_ts = next((v.left_ts for v in state.motion.visits if v.visit_id == episode.visit_id), None)
        ended_ts = state.done.get(episode.visit_id, left_ts)
    return max(episode.since_ts, ended_ts) if ended_ts is not None else now_ts


def _never_was(episode: Episode, state: CourierState, line: RouteLine, rules: TrackingRules) -> bool:
    """Whether a departure that a late fix ends would never have been told, had the fix come in time."""
    if episode.closed_ts is None or episode.closed_ts >= episode.opened_ts:
        return False
    if episode.kind is DeviationKind.LATE_START:
        return episode.closed_ts <= line.departs_at.timestamp() + rules.late_start_s
    if episode.kind is DeviationKind.LONG_SERVICE:
        planned = next((v for v in line.visits if v.visit_id == episode.visit_id), None)
        return planned is not None and episode.closed_ts <= episode.since_ts + _allowed_over_s(planned.service_s, rules)
    return episode.kind is DeviationKind.WRONG_SEQUENCE


def _conditions(state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules) -> list[_Condition]:
    if not has_visits_left(state):
        return []
    seen_ts = seen_until_ts(state, now_ts, rules)
    alive = is_alive(state, now_ts, rules) and seen_ts == now_ts
    found = (
        _late_start(state, line, now_ts, rules, alive=alive),
        _long_service(state, line, seen_ts, rules),
        _left_out(state, now_ts, rules),
    )
    return [c for c in found if c is not None]


def _late_start(
    state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules, *, alive: bool
) -> _Condition | None:
    departs_ts = line.departs_at.timestamp()
    if state.motion.departed_ts is not None or now_ts < departs_ts + rules.late_start_s:
        return None
    # With a phone that never spoke nobody knows whether the courier drives: that is a gap.
    if state.phone_expected and (not alive or state.motion.place is None):
        return None
    return _Condition(DeviationKind.LATE_START, departs_ts, now_ts - departs_ts, None)


def _allowed_over_s(service_s: float, rules: TrackingRules) -> float:
    return max(rules.long_service_s, rules.long_service_share * service_s)


def _long_service(
    state: CourierState, line: RouteLine, seen_ts: float | None, rules: TrackingRules
) -> _Condition | None:
    here = [(v, p) for v, p in zip(state.motion.visits, line.visits, strict=True) if is_at_stop(v)]
    if not here or seen_ts is None:
        return None
    waiting = [(v, p) for v, p in here if v.visit_id not in state.done]
    if not waiting:
        return _lingers(state, line, [p.visit_id for _, p in here], seen_ts)
    begins_ts = min(service_begins_ts(v.arrived_ts or seen_ts, p) for v, p in here)
    # Several orders for one door are served one after another.
    planned_s = sum(p.service_s for _, p in here)
    over_s = seen_ts - begins_ts - planned_s
    if over_s < _allowed_over_s(planned_s, rules):
        return None
    return _Condition(DeviationKind.LONG_SERVICE, begins_ts + planned_s, over_s, waiting[0][1].visit_id)


def _lingers(state: CourierState, line: RouteLine, here: list[str], seen_ts: float) -> _Condition | None:
    """Delivered, but does not leave although it is time to."""
    finished_ts = max(state.done[visit_id] for visit_id in here)
    place = state.motion.place
    ahead = next((p for v, p in zip(state.motion.visits, line.visits, strict=True) if is_pending(v, state.done)), None)
    if place is None or ahead is None or seen_ts - finished_ts < _LINGERS_S:
        return None
    drive_s = line.geometry.free_flow_at(ahead.along_m) - line.geometry.free_flow_at(place.along_m)
    if ahead.planned_arrives_at.timestamp() - max(0.0, drive_s) > seen_ts:
        return None
    return _Condition(DeviationKind.LONG_SERVICE, finished_ts, seen_ts - finished_ts, here[0])


def service_begins_ts(arrives_ts: float, planned: PlannedVisit) -> float:
    """When service may start for a courier who arrives then: at once inside a window, else when the next one opens."""
    for window in planned.windows:
        if arrives_ts <= window.closes_at.timestamp():
            return max(arrives_ts, window.opens_at.timestamp())
    return arrives_ts


def _left_out(state: CourierState, now_ts: float, rules: TrackingRules) -> _Condition | None:
    skipped = skipped_visit_ids(state, rules)
    if not skipped:
        return None
    before = next((e for e in state.timed if e.kind is DeviationKind.WRONG_SEQUENCE), None)
    place = state.motion.place
    # The id of the departure hangs on the first stop left out; further ones are the same departure.
    visit_id = before.visit_id if before is not None else skipped[0]
    since_ts = before.since_ts if before is not None else (place.at_ts if place is not None else now_ts)
    return _Condition(DeviationKind.WRONG_SEQUENCE, since_ts, float(len(skipped)), visit_id)


def skipped_visit_ids(state: CourierState, rules: TrackingRules) -> tuple[str, ...]:
    """Visits driven past, or left out while a later one was reached; in planned order."""
    skipped: list[str] = []
    later_reached = False
    for visit in reversed(state.motion.visits):
        if visit.arrived_ts is not None:
            later_reached = True
        elif visit.visit_id not in state.done and (later_reached or is_passed(visit, state.done, rules)):
            skipped.append(visit.visit_id)
    return tuple(reversed(skipped))
