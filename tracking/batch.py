"""Several pings of one phone at once: each judged as of its own time, estimates made once at the end."""

from collections.abc import Sequence
from datetime import UTC, datetime

from routing.roads import RoadNetwork
from tracking.admission import admit, admit_ordinary
from tracking.courier_state import CourierState
from tracking.events import TrackingEvent
from tracking.history import NO_CHANGES
from tracking.learning import DEFAULT_FACTORS, Factors
from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.steps import Draft, Outcome, PingResult, aligned, conclude, joined, present_etas
from tracking.telling import tell_changes
from tracking.timed import watch_time


def advance_many(
    state: CourierState,
    pings: Sequence[Ping],
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    *,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """
    Take the pings of one request in the order of the phone's own time.

    What time alone opens is judged after each of them as of the next one's fix, so that a backlog is read as it
    happened; only the last one is judged as of `now`. `results` are in the order in which `pings` were given.
    """
    now_ts = now.timestamp()
    order = sorted(range(len(pings)), key=[_utc(ping.fix_at) for ping in pings].__getitem__)
    ordered = [pings[i] for i in order]
    found: list[PingResult] = []
    waiting: Draft | None = None
    told = NO_CHANGES
    events: list[TrackingEvent] = []
    while len(found) < len(ordered):
        rest = ordered[len(found) :] if found else ordered
        if waiting is not None and line is not None:
            as_of_ts = min(now_ts, _utc(rest[0].fix_at).timestamp())
            state, by_time = watch_time(waiting.state, line, as_of_ts, rules, late=waiting.late)
            changes = joined(waiting.changes, by_time)
            state, said = tell_changes(state, changes, now_ts)
            told = joined(told, changes)
            events += [*waiting.events, *said]
            waiting = Draft(state, late=waiting.late)
        results, draft = admit_ordinary(state, rest, line, now_ts, rules, factors)
        if not results:
            admitted = admit(state, rest[0], line, now, rules, factors)
            results, draft = [admitted.result], admitted.draft
        found += results
        if draft is not None:
            waiting, state = draft, draft.state
    results = [PingResult()] * len(pings)
    for i, result in zip(order, found, strict=True):
        results[i] = result
    if waiting is None:
        kept, _ = aligned(state, line, now_ts, factors, rules)
        etas = present_etas(kept, line, now_ts, factors, rules)
        return Outcome(state=state, etas=etas, results=tuple(results))
    draft = Draft(waiting.state, waiting.changes, (*events, *waiting.events), late=waiting.late)
    return conclude(draft, line, roads, now_ts, rules, factors, told=told, results=tuple(results))


def _utc(instant: datetime) -> datetime:
    # One without a time zone is refused later; here it must only not stop the others from being put in order.
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
