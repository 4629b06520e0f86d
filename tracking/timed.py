"""
Departures that time alone opens: late start, long service, and a stop left out.

They follow from the motion, from what the phone reported, and from the clock. A phone that is silent proves nothing:
what was open stays as it was, nothing new opens but the gap itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tracking.arrival import distance_to_visit_m, is_pending
from tracking.courier_state import CourierState, Episode, VisitProgress
from tracking.deviation import new_episode
from tracking.events import DeviationKind
from tracking.history import NO_CHANGES, Changes
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.silence import has_visits_left, is_alive

_LINGERS_S = 300.0
_NEXT_DOOR_M = 90.0
_SETTLES_S = 20.0
_EMPTIES_S = 30.0
_REPORTS_LEAST = 2


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
    if not holds and not state.timed:
        return state, NO_CHANGES
    alive = is_alive(state, now_ts, rules)
    kept: list[Episode] = []
    ended: list[Episode] = []
    for episode in state.timed:
        condition = holds.pop(episode.kind, None)
        if episode.kind is DeviationKind.GAP or (condition is None and not alive and _needs_life(episode, state)):
            kept.append(episode)
        elif condition is None or condition.visit_id != episode.visit_id:
            ended.append(_ended(episode, state, now_ts))
        elif condition.measure != episode.measure:
            kept.append(msgspec.structs.replace(episode, measure=condition.measure))
        else:
            kept.append(episode)
    if DeviationKind.LONG_SERVICE in holds and _has_just_spoken(state, now_ts):
        # The outcomes kept during a silence come after the positions kept: give them a moment.
        del holds[DeviationKind.LONG_SERVICE]
    opened = [new_episode(line, c.kind, c.since_ts, now_ts, c.measure, c.visit_id) for c in holds.values()]
    if not (kept or opened or ended):
        return state, NO_CHANGES
    state = msgspec.structs.replace(state, timed=(*kept, *opened))
    if late:
        wrong = tuple(e for e in ended if _never_was(e, state, line, rules))
        return state, Changes(tuple(opened), tuple(e for e in ended if e not in wrong), wrong)
    return state, Changes(tuple(opened), tuple(ended))


def next_due_ts(state: CourierState, line: RouteLine, rules: TrackingRules) -> float:
    """
    From when on `watch_time` may have something to open or end, while no fix shows another status of visits and route.

    Infinite when nothing is awaited. Call it after `watch_time`: what is open then is taken to hold.
    """
    motion, done = state.motion, state.done
    due_ts = math.inf
    if _is_open(state, DeviationKind.LATE_START):
        return -math.inf
    if motion.departed_ts is None:
        due_ts = max(line.departs_at.timestamp() + rules.late_start_s, state.started_ts + rules.first_word_s)
    here = _stops_here(state, line)
    if here and not _is_open(state, DeviationKind.LONG_SERVICE):
        waiting = [(v, p) for v, p in here if v.visit_id not in done]
        if waiting:
            ends_ts, planned_s = _service_ends(state, line, waiting)
            due_ts = min(due_ts, ends_ts + _allowed_over_s(planned_s, rules))
        else:
            due_ts = min(due_ts, max(done[v.visit_id] for v, _ in here) + _LINGERS_S)
    elif here and all(v.visit_id in done for v, _ in here):
        # Whoever lingers may go near the next stop at any moment, and that ends it.
        return -math.inf
    seen_ts = motion.place.at_ts if motion.place is not None else -math.inf
    for visit in motion.visits:
        if visit.arrived_ts is not None:
            settled_ts = done.get(visit.visit_id, visit.arrived_ts) + _SETTLES_S
            if seen_ts < settled_ts < due_ts:
                due_ts = settled_ts
    return due_ts


def _is_open(state: CourierState, kind: DeviationKind) -> bool:
    return any(e.kind is kind for e in state.timed)


def grown(state: CourierState, now_ts: float) -> CourierState:
    """The measure of what grows with time alone: an open gap. A silent phone does not stand longer by its silence."""
    timed = tuple(
        msgspec.structs.replace(e, measure=now_ts - e.since_ts) if e.kind is DeviationKind.GAP else e
        for e in state.timed
    )
    return msgspec.structs.replace(state, timed=timed)


def _has_just_spoken(state: CourierState, now_ts: float) -> bool:
    return any(e.kind is DeviationKind.GAP and now_ts - (e.closed_ts or 0.0) < _EMPTIES_S for e in state.closed)


def _needs_life(episode: Episode, state: CourierState) -> bool:
    if episode.kind is DeviationKind.LATE_START:
        return state.motion.departed_ts is None
    return episode.kind is DeviationKind.LONG_SERVICE and episode.visit_id not in state.done


def _ended(episode: Episode, state: CourierState, now_ts: float) -> Episode:
    closed_ts = _ended_ts(episode, state, now_ts)
    if episode.kind is DeviationKind.LONG_SERVICE:
        # What is seen of it depends on when one looks; in the end it lasted until it ended.
        return msgspec.structs.replace(episode, closed_ts=closed_ts, measure=closed_ts - episode.since_ts)
    return msgspec.structs.replace(episode, closed_ts=closed_ts)


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
    found = [_left_out(state, line, now_ts, rules)]
    if has_visits_left(state):
        found += [_late_start(state, line, now_ts, rules), _long_service(state, line, now_ts, rules)]
    return [c for c in found if c is not None]


def _late_start(state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules) -> _Condition | None:
    if state.motion.departed_ts is not None or now_ts - state.started_ts < rules.first_word_s:
        return None
    departs_ts = line.departs_at.timestamp()
    seen_ts = now_ts
    if state.phone_expected:
        # With a phone that never spoke nobody knows whether the courier drives: that is a gap.
        place = state.motion.place
        if place is None or not is_alive(state, now_ts, rules):
            return None
        seen_ts = min(now_ts, place.at_ts)
    if seen_ts < departs_ts + rules.late_start_s:
        return None
    return _Condition(DeviationKind.LATE_START, departs_ts, seen_ts - departs_ts, None)


def _allowed_over_s(service_s: float, rules: TrackingRules) -> float:
    return max(rules.long_service_s, rules.long_service_share * service_s)


def _long_service(state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules) -> _Condition | None:
    here, place = _stops_here(state, line), state.motion.place
    if not here or place is None:
        return None
    # What nobody has seen is no service: only the newest fix says until when the courier was there.
    seen_ts = min(now_ts, place.at_ts)
    waiting = [(v, p) for v, p in here if v.visit_id not in state.done]
    if not waiting:
        return _lingers(state, line, [p.visit_id for _, p in here], seen_ts)
    ends_ts, planned_s = _service_ends(state, line, waiting)
    over_s = seen_ts - ends_ts
    if over_s < _allowed_over_s(planned_s, rules):
        return None
    return _Condition(DeviationKind.LONG_SERVICE, ends_ts, over_s, waiting[0][1].visit_id)


def _stops_here(state: CourierState, line: RouteLine) -> list[tuple[VisitProgress, PlannedVisit]]:
    """The stops at which the courier is."""
    return [
        (visit, line.visits[i])
        for i, visit in enumerate(state.motion.visits)
        if visit.arrived_ts is not None and visit.left_ts is None
    ]


def _service_ends(
    state: CourierState, line: RouteLine, waiting: Sequence[tuple[VisitProgress, PlannedVisit]]
) -> tuple[float, float]:
    """When the service at these stops, all reached, is over by plan, and for how long it is planned."""
    ends_ts = could_begin_ts(state, min(v.arrived_ts for v, _ in waiting if v.arrived_ts is not None))
    planned_s = 0.0
    for _, planned in waiting:
        # Several orders for one door are served one after another; the plan sets up for the first of them only.
        ends_ts = service_begins_ts(ends_ts + planned.setup_s, planned) + planned.service_s
        planned_s += planned.service_s
    if not state.done:
        # Of a phone that reports nothing nobody knows when one stop ends and the next one, a few doors on, begins.
        for planned in _next_doors(state, line, waiting[-1][1]):
            ends_ts = service_begins_ts(ends_ts + planned.setup_s, planned) + planned.service_s
    return ends_ts, planned_s


def _next_doors(state: CourierState, line: RouteLine, last: PlannedVisit) -> list[PlannedVisit]:
    """The stops after `last`, each so near to the one before that a courier may walk over without being seen to."""
    i = next(k for k, planned in enumerate(line.visits) if planned is last)
    found: list[PlannedVisit] = []
    while i + 1 < len(line.visits) and state.motion.visits[i + 1].arrived_ts is None:
        if distance_to_visit_m(line.visits_xy_m[i][:2], line.visits_xy_m[i + 1]) > _NEXT_DOOR_M:
            break
        i += 1
        found.append(line.visits[i])
    return found


def could_begin_ts(state: CourierState, arrived_ts: float) -> float:
    """When a courier who arrived then was free for this stop: the end of a visit reported since comes first."""
    return max((arrived_ts, *state.done.values()))


def _lingers(state: CourierState, line: RouteLine, here: list[str], seen_ts: float) -> _Condition | None:
    """Delivered, but does not leave although it is time to."""
    finished_ts = max(state.done[visit_id] for visit_id in here)
    place = state.motion.place
    ahead = next(
        (
            (p, xy)
            for v, p, xy in zip(state.motion.visits, line.visits, line.visits_xy_m, strict=True)
            if is_pending(v, state.done)
        ),
        None,
    )
    if place is None or ahead is None or seen_ts - finished_ts < _LINGERS_S:
        return None
    stalled = any(e.kind is DeviationKind.STALL for e in state.motion.open)
    if stalled and not _is_open(state, DeviationKind.LONG_SERVICE):
        # Who stands a little further on is told of already: one cause, one departure.
        return None
    planned, xy_m = ahead
    if distance_to_visit_m(line.geometry.xy_m(place.lon, place.lat), xy_m) <= _NEXT_DOOR_M:
        # Standing there may as well be the service at the next stop.
        return None
    drive_s = line.geometry.free_flow_at(planned.along_m) - line.geometry.free_flow_at(place.along_m)
    if planned.planned_arrives_at.timestamp() - max(0.0, drive_s) > seen_ts:
        return None
    return _Condition(DeviationKind.LONG_SERVICE, finished_ts, seen_ts - finished_ts, here[0])


def service_begins_ts(arrives_ts: float, planned: PlannedVisit) -> float:
    """When service may start for a courier who arrives then: at once inside a window, else when the next one opens."""
    for window in planned.windows:
        if arrives_ts <= window.closes_at.timestamp():
            return max(arrives_ts, window.opens_at.timestamp())
    return arrives_ts


def _left_out(state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules) -> _Condition | None:
    skipped = (*skipped_visit_ids(state, rules), *_unreported_visit_ids(state, line))
    if not skipped:
        return None
    before = next((e for e in state.timed if e.kind is DeviationKind.WRONG_SEQUENCE), None)
    if before is None and any(e.kind is DeviationKind.OFF_ROUTE for e in state.motion.open):
        # Where a courier who left the route will come back shows what was left out, not the way there.
        return None
    place = state.motion.place
    # The id of the departure hangs on the first stop left out; further ones are the same departure.
    visit_id = before.visit_id if before is not None else skipped[0]
    since_ts = before.since_ts if before is not None else (place.at_ts if place is not None else now_ts)
    return _Condition(DeviationKind.WRONG_SEQUENCE, since_ts, float(len(skipped)), visit_id)


def _unreported_visit_ids(state: CourierState, line: RouteLine) -> tuple[str, ...]:
    """
    Stops left sooner than planned of which the phone said nothing, though it reported the others and a later one.

    The courier stood there at a light, or looked for the door and gave up; a phone that reports knows better than the
    positions do. Who stayed as long as planned has forgotten to say so.
    """
    done, place = state.done, state.motion.place
    if len(done) < _REPORTS_LEAST or place is None:
        return ()
    silent: list[str] = []
    unreported, later = 0, False
    for visit, planned in zip(reversed(state.motion.visits), reversed(line.visits), strict=True):
        if visit.visit_id in done:
            later |= place.at_ts - done[visit.visit_id] >= _SETTLES_S
        elif visit.arrived_ts is not None and visit.left_ts is not None:
            unreported += 1
            if later and visit.left_ts - visit.arrived_ts < planned.service_s:
                silent.append(visit.visit_id)
    return tuple(reversed(silent)) if unreported * _REPORTS_LEAST <= len(done) else ()


def skipped_visit_ids(state: CourierState, rules: TrackingRules) -> tuple[str, ...]:
    """Visits driven past, or left out while a later one was reached; in planned order."""
    skipped: list[str] = []
    later_reached = False
    place, done, after_m = state.motion.place, state.done, rules.skipped_after_m
    seen_ts = place.at_ts if place is not None else 0.0
    for visit in reversed(state.motion.visits):
        if visit.arrived_ts is not None:
            # Outcomes pressed one after another come in any order: give the others a moment.
            later_reached |= seen_ts - done.get(visit.visit_id, visit.arrived_ts) >= _SETTLES_S
        elif (later_reached or visit.passed_m >= after_m) and visit.visit_id not in done:
            skipped.append(visit.visit_id)
    return tuple(reversed(skipped))
