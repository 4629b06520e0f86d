"""Several pings at once, each judged by itself: what the quick way through ordinary pings has to agree with."""

from collections.abc import Sequence
from datetime import datetime

from tracking.admission import admit
from tracking.courier_state import CourierState
from tracking.events import TrackingEvent
from tracking.history import NO_CHANGES
from tracking.learning import DEFAULT_FACTORS
from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.steps import Draft, Outcome, PingResult, conclude, joined
from tracking.telling import tell_changes
from tracking.timed import watch_time


def advance_each(
    state: CourierState,
    pings: Sequence[Ping],
    line: RouteLine,
    now: datetime,
    rules: TrackingRules = DEFAULT_RULES,
) -> Outcome:
    now_ts = now.timestamp()
    ordered = sorted(range(len(pings)), key=lambda i: (pings[i].fix_at, i))
    results = [PingResult()] * len(pings)
    waiting: Draft | None = None
    told = NO_CHANGES
    events: list[TrackingEvent] = []
    for i in ordered:
        if waiting is not None:
            as_of_ts = min(now_ts, pings[i].fix_at.timestamp())
            state, by_time = watch_time(waiting.state, line, as_of_ts, rules, late=waiting.late)
            changes = joined(waiting.changes, by_time)
            state, said = tell_changes(state, changes, now_ts)
            told = joined(told, changes)
            events += [*waiting.events, *said]
            waiting = Draft(state, late=waiting.late)
        admitted = admit(state, pings[i], line, now, rules, DEFAULT_FACTORS)
        results[i] = admitted.result
        if admitted.draft is not None:
            waiting = admitted.draft
            state = waiting.state
    if waiting is None:
        return Outcome(state=state, results=tuple(results))
    draft = Draft(waiting.state, waiting.changes, (*events, *waiting.events), late=waiting.late)
    return conclude(draft, line, None, now_ts, rules, DEFAULT_FACTORS, told=told, results=tuple(results))
