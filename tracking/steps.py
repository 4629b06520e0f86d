"""The steps that every call of the pipeline shares, from an accepted fix to events and estimates."""

from collections.abc import Sequence

import msgspec

from routing.roads import RoadNetwork
from tracking.approach import with_approach
from tracking.arrival import is_pending
from tracking.courier_state import CourierState, TrackPoint
from tracking.deviation import Terms
from tracking.eta import Etas, estimates
from tracking.events import Eta, TrackingEvent
from tracking.history import NO_CHANGES, Changes, take_late, take_newest, take_newest_run
from tracking.intake import Verdict
from tracking.learning import Factors
from tracking.new_plan import follow_new_line
from tracking.news import tell_estimates
from tracking.ping import Fix, RefusedPing
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.silence import fill_gaps
from tracking.telling import keep_told_visits, tell_changes, tell_growth, tell_visits
from tracking.timed import watch_time
from tracking.watching import watch_fix


class PingResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of one ping of several: at most one of the three; none of them for a heartbeat."""

    fix: Fix | None = None
    refused: RefusedPing | None = None
    duplicate: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one ping, tick or outcome led to.

    `state` is to be saved. `fix` is the accepted position (None for a heartbeat, a duplicate, a refusal or a tick);
    `duplicate` says that the ping had been taken before and nothing changed. `etas` holds the present estimate of
    every visit left, in the order they will be driven, whether or not it is news. `results` is what became of each ping
    when several were taken at once, in the order in which they were given.
    """

    state: CourierState
    fix: Fix | None = None
    refused: RefusedPing | None = None
    duplicate: bool = False
    events: tuple[TrackingEvent, ...] = ()
    etas: Sequence[Eta] = ()
    results: tuple[PingResult, ...] = ()


class Draft(msgspec.Struct, frozen=True):
    """A state on its way through the steps, with what has happened so far."""

    state: CourierState
    changes: Changes = NO_CHANGES
    events: tuple[TrackingEvent, ...] = ()
    late: bool = False


def aligned(
    state: CourierState, line: RouteLine | None, now_ts: float, factors: Factors, rules: TrackingRules
) -> tuple[CourierState, Changes]:
    """
    The state on the line it is given: one of another plan version is followed as `adopt` does, without its news.

    A ping must never fail because the plan changed between two of them.
    """
    if line is None:
        return (state, NO_CHANGES) if state.plan_id is None else follow_new_line(state, None, now_ts, 1.0, rules)
    if state.plan_id == line.plan_id and len(state.motion.visits) == len(line.visits):
        return state, NO_CHANGES
    return follow_new_line(state, line, now_ts, factors.travel.ratio, rules)


def take(
    state: CourierState,
    verdict: Verdict,
    point: TrackPoint,
    closed_gap: Changes,
    line: RouteLine | None,
    now_ts: float,
    rules: TrackingRules,
    factors: Factors,
) -> Draft:
    """Put an accepted fix into its place, and run the detectors over what follows from it."""
    state = msgspec.structs.replace(state, suspects=verdict.suspects)
    if line is None:
        return Draft(_without_route(state, verdict, point, rules))
    terms = _terms(state, line, rules, factors)
    visits = state.motion.visits
    if verdict.late:
        state, changes = take_late(state, point, terms)
    else:
        state, changes = take_newest(state, point, terms, verdict.dropped)
    if verdict.late or verdict.dropped:
        motion = msgspec.structs.replace(state.motion, visits=keep_told_visits(visits, state.motion.visits))
        state = msgspec.structs.replace(state, motion=motion)
    if closed_gap.closed:
        # Only a closed gap that is remembered can be filled by this very fix.
        state = msgspec.structs.replace(state, closed=(*state.closed, *closed_gap.closed))
    state, filled = fill_gaps(state, point.at_ts, rules)
    state, watched = watch_fix(state, line, point, rules, anew=verdict.late or verdict.dropped > 0)
    events = tell_visits(visits, state.motion.visits)
    return Draft(state, joined(closed_gap, changes, filled, watched), tuple(events), late=verdict.late)


def take_run(
    state: CourierState, points: Sequence[TrackPoint], line: RouteLine, rules: TrackingRules, factors: Factors
) -> tuple[int, Draft]:
    """Take the fixes of ordinary pings as `take` would one by one, until one changes something; how many were taken."""
    if state.suspects:
        state = msgspec.structs.replace(state, suspects=())
    visits = state.motion.visits
    state, taken, changes = take_newest_run(state, points, _terms(state, line, rules, factors))
    return taken, Draft(state, changes, tuple(tell_visits(visits, state.motion.visits)))


def _terms(state: CourierState, line: RouteLine, rules: TrackingRules, factors: Factors) -> Terms:
    starts = factors.starts
    return Terms(line, state.done, factors.travel.ratio, rules, starts.start_s, starts.typical)


def _without_route(state: CourierState, verdict: Verdict, point: TrackPoint, rules: TrackingRules) -> CourierState:
    kept = state.track[: len(state.track) - verdict.dropped]
    track = tuple(sorted((*kept, point), key=lambda p: p.at_ts))[-rules.remembered_fixes :]
    return msgspec.structs.replace(state, track=track)


def conclude(
    draft: Draft,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now_ts: float,
    rules: TrackingRules,
    factors: Factors,
    told: Changes = NO_CHANGES,
    results: tuple[PingResult, ...] = (),
) -> Outcome:
    """
    The last steps of every call: what the clock opens or ends, what is said of it, the estimates and their news.

    `told` are the changes since the last estimates that were said before.
    """
    state = draft.state
    if line is None:
        return Outcome(state=state, results=results)
    state, by_time = watch_time(state, line, now_ts, rules, late=draft.late)
    changes = joined(draft.changes, by_time)
    state, said = tell_changes(state, changes, now_ts)
    state, growth = tell_growth(state, now_ts, rules)
    state = with_approach(state, line, roads, now_ts, rules)
    found = estimates(state, line, now_ts, factors, rules)
    state, news = tell_estimates(state, found, joined(told, changes), now_ts, factors, rules)
    return Outcome(
        state=state,
        events=(*draft.events, *said, *growth, *news),
        etas=Etas(found, now_ts),
        results=results,
    )


def present_etas(
    state: CourierState, line: RouteLine | None, now_ts: float, factors: Factors, rules: TrackingRules
) -> Sequence[Eta]:
    """The present estimates, without news."""
    if line is None:
        return ()
    return Etas(estimates(state, line, now_ts, factors, rules), now_ts)


def next_visit(state: CourierState, line: RouteLine) -> PlannedVisit | None:
    """The next visit in planned order that is not finished; None on the way back."""
    pairs = zip(state.motion.visits, line.visits, strict=True)
    return next((planned for visit, planned in pairs if is_pending(visit, state.done)), None)


def joined(*parts: Changes) -> Changes:
    """Changes of several steps as one."""
    parts = tuple([p for p in parts if p is not NO_CHANGES and (p.opened or p.closed or p.retracted)])
    if len(parts) < 2:
        return parts[0] if parts else NO_CHANGES
    return Changes(
        opened=tuple(e for p in parts for e in p.opened),
        closed=tuple(e for p in parts for e in p.closed),
        retracted=tuple(e for p in parts for e in p.retracted),
    )
