"""
From one ping to what is now known: the ordered list of steps.

Every function is pure: it takes the courier's state and gives a new one inside an `Outcome`. The caller loads the
state, calls one of them, and saves state, fix, refusal and events in one transaction. `line` is None for a courier
without a route: positions only.
"""

from datetime import datetime

import msgspec

from routing.roads import RoadNetwork
from tracking.approach import with_approach
from tracking.arrival import arrived_by_outcome
from tracking.batch import advance_many
from tracking.courier_state import CourierState, Episode, TrackPoint
from tracking.deviation import fresh_motion
from tracking.eta import Etas, estimates
from tracking.events import Reason
from tracking.learning import DEFAULT_FACTORS, Factors
from tracking.new_plan import follow_new_line
from tracking.news import first_told, tell_new_plan
from tracking.ping import Ping
from tracking.progress import Progress, progress_at
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.running_late import end_delay
from tracking.silence import begin_silence, end_silence
from tracking.steps import (
    Draft,
    Outcome,
    PingResult,
    aligned,
    conclude,
    joined,
    next_visit,
    present_etas,
)
from tracking.telling import tell_changes, tell_visits
from tracking.timed import grown, watch_time
from tracking.wrong_clock import corrected_ts

__all__ = [
    "Outcome",
    "PingResult",
    "adopt",
    "advance",
    "advance_many",
    "complete_visit",
    "expect_phone",
    "live_position",
    "open_deviations",
    "progress_of",
    "start",
    "tick",
]


def start(
    line: RouteLine | None,
    now: datetime,
    *,
    phone_expected: bool = True,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> CourierState:
    """
    The state of a courier at the beginning of a route; estimates by plan count as told.

    `phone_expected` False means the courier has not begun the shift: silence is no gap, but may be a late start.
    """
    if line is None:
        return CourierState(plan_id=None, phone_expected=phone_expected, started_ts=now.timestamp())
    motion = fresh_motion(line)
    state = CourierState(
        plan_id=line.plan_id,
        phone_expected=phone_expected,
        started_ts=now.timestamp(),
        base=motion,
        middle=motion,
        motion=motion,
    )
    departs_ts = line.departs_at.timestamp()
    return msgspec.structs.replace(
        state, told=first_told(estimates(state, line, departs_ts, factors, rules), departs_ts)
    )


def advance(
    state: CourierState,
    ping: Ping,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    *,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """Take one ping. The same ping twice changes nothing; a late one does not move the courier back."""
    outcome = advance_many(state, (ping,), line, roads, now, rules=rules, factors=factors)
    result = outcome.results[0]
    return msgspec.structs.replace(
        outcome, fix=result.fix, refused=result.refused, duplicate=result.duplicate, results=()
    )


def tick(
    state: CourierState,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    *,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """Let time pass without a ping: silence, long service, late start and the drift of estimates are noticed here."""
    if line is None:
        return Outcome(state=state)
    now_ts = now.timestamp()
    state, realigned = aligned(state, line, now_ts, factors, rules)
    state, opened_gap = begin_silence(state, line, now_ts, rules)
    state = grown(state, now_ts)
    return conclude(Draft(state, joined(realigned, opened_gap)), line, roads, now_ts, rules, factors)


def complete_visit(
    state: CourierState,
    line: RouteLine | None,
    visit_id: str,
    at: datetime,
    now: datetime,
    *,
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """The courier's phone says a visit is finished (delivered or failed) at `at`; a second time changes nothing."""
    now_ts = now.timestamp()
    state, realigned = aligned(state, line, now_ts, factors, rules)
    if visit_id in state.done:
        return Outcome(state=state, etas=present_etas(state, line, now_ts, factors, rules))
    # A phone whose clock is ahead must not put the end of a visit into the future.
    done = {**state.done, visit_id: min(corrected_ts(state, at.timestamp(), now_ts), now_ts)}
    visits = state.motion.visits
    state = msgspec.structs.replace(state, done=done)
    if line is not None:
        state = arrived_by_outcome(state, line, visit_id, rules)
    events = tuple(tell_visits(visits, state.motion.visits))
    state, closed_gap = end_silence(state, now_ts)
    return conclude(Draft(state, joined(realigned, closed_gap), events), line, roads, now_ts, rules, factors)


def adopt(
    state: CourierState,
    new_line: RouteLine | None,
    reason: Reason,
    cause_id: str | None,
    now: datetime,
    *,
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """
    Follow a new version of the plan, keeping what still holds.

    `new_line` may begin at the courier's present place or hold the finished visits too. Each visit whose arrival moves
    enough gets an `EtaChanged` with `reason` and `cause_id`; `new_line` None means the route was taken away.
    """
    now_ts = now.timestamp()
    _, late_ended = end_delay(state, now_ts)
    state, ended = follow_new_line(state, new_line, now_ts, factors.travel.ratio, rules)
    if new_line is None:
        state, events = tell_changes(state, ended, now_ts)
        return Outcome(state=state, events=(*events, *late_ended))
    state, by_time = watch_time(state, new_line, now_ts, rules)
    state, events = tell_changes(state, joined(ended, by_time), now_ts)
    state = with_approach(state, new_line, roads, now_ts, rules)
    found = estimates(state, new_line, now_ts, factors, rules)
    state, news = tell_new_plan(state, found, reason, cause_id, now_ts, rules)
    return Outcome(state=state, events=(*events, *news), etas=Etas(found, now_ts))


def expect_phone(state: CourierState, expected: bool, now: datetime) -> CourierState:
    """Begin or end of the shift: from now on silence of the phone is, or is not, a gap."""
    if expected == state.phone_expected:
        return state
    return msgspec.structs.replace(state, phone_expected=expected, started_ts=now.timestamp())


def progress_of(state: CourierState, line: RouteLine | None) -> Progress | None:
    """Where the courier is against the plan; None before the first fix and without a route."""
    place = state.motion.place
    if line is None or place is None:
        return None
    return progress_at(place, line, next_visit(state, line))


def live_position(state: CourierState) -> TrackPoint | None:
    """The newest fix by the device's time; None before the first."""
    return state.track[-1] if state.track else None


def open_deviations(state: CourierState) -> tuple[Episode, ...]:
    """The departures from the plan that are open now."""
    return (*state.motion.open, *state.timed, *state.watch.open)
