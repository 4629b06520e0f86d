"""
When a changed estimate is news, and what moved it.

A change is news when it exceeds max(2 min, 10 % of what remains) or crosses the end of the promise (back again: by as
much); at most one a minute for a visit. Each look at the estimates books their movement since the last look on the
departure open at that moment; what is told names the one with the most seconds, also after it has closed.
"""

import msgspec

from tracking.arrival import is_at_stop
from tracking.courier_state import Blame, CourierState, Episode, Told, instant
from tracking.eta import Estimate, Estimates, level_of, pace_ahead, promised_until_ts
from tracking.eta_clock import EXPECTED, LATE
from tracking.events import DeviationKind, Eta, EtaChanged, Level, Reason, TrackingEvent
from tracking.history import Changes
from tracking.learning import Factors
from tracking.rules import TrackingRules
from tracking.running_late import UNEXPLAINED, LateRun
from tracking.standing import stood_s
from tracking.traffic import factor_of, recent

REASONS = {
    DeviationKind.LATE_START: Reason.LATE_START,
    DeviationKind.STALL: Reason.STALL,
    DeviationKind.LONG_SERVICE: Reason.LONG_SERVICE,
    DeviationKind.OFF_ROUTE: Reason.DETOUR,
    DeviationKind.WRONG_WAY: Reason.DETOUR,
    DeviationKind.WRONG_SEQUENCE: Reason.WRONG_SEQUENCE,
    DeviationKind.SLOW_TRAFFIC: Reason.TRAFFIC,
    DeviationKind.GAP: Reason.NO_SIGNAL,
}
"""The reason each departure gives; the first that is open counts."""

_NOBODY = UNEXPLAINED
_CAUSE_SHARE = 0.2
_BOOKED_FROM_S = 4.0
_TRAFFIC_RATIO = 1.35
_SMALL_SHIFT_S = 30.0
_STANDS_S = 20.0
_CRAWL_WINDOW_S = 90.0
_CRAWL_FACTOR = 1.8


def first_told(found: Estimates, now_ts: float) -> dict[str, Told]:
    """The plan's own estimates, against which the first change is measured."""
    return {e.planned.visit_id: _told(e, now_ts, told_ts=None) for e in found}


def tell_estimates(
    state: CourierState,
    found: Estimates,
    changes: Changes,
    now_ts: float,
    factors: Factors,
    rules: TrackingRules,
) -> tuple[CourierState, list[TrackingEvent]]:
    """Book the movements since the last look, and tell those visits whose estimate is news."""
    active = _active(state, changes)
    here = {v.visit_id for v in state.motion.visits if v.arrived_ts is not None and v.left_ts is None}
    told: dict[str, Told] = {}
    events: list[EtaChanged] = []
    blame = _undisputed(state.blame, changes)
    suspected = active is None and _stall_suspected(state, rules)
    turned = bool(changes.opened or changes.retracted)
    slow_run = LateRun(state, now_ts)
    visits, promised_ts, before_told, news_s = (
        found.line.visits,
        found.line.times.promised_until_ts,
        state.told,
        rules.news_s,
    )
    expected, late = found.table[EXPECTED].tolist(), found.table[LATE].tolist()
    for k, (i, expected_ts, late_ts) in enumerate(zip(found.visits, expected, late, strict=True)):
        visit_id, until_ts = visits[i].visit_id, promised_ts[i]
        before = before_told.get(visit_id)
        if before is not None and not turned and before.promised_until_ts == until_ts:
            near = -_BOOKED_FROM_S < expected_ts - before.seen_ts < _BOOKED_FROM_S
            if near and level_of(expected_ts, late_ts, until_ts) is before.level:
                # Most looks find next to nothing new: they must cost next to nothing.
                shift_s = expected_ts - before.expected_ts
                if -news_s <= shift_s <= news_s or not _is_far(before, expected_ts, now_ts, rules):
                    told[visit_id] = before
                    continue
        estimate = found[k]
        if before is None:
            told[visit_id] = _told(estimate, now_ts, told_ts=None)
            continue
        booked = _book(before, estimate, active, changes, now_ts)
        slow_run.note(visit_id, before, booked)
        quiet = visit_id in here or (suspected and not _is_graver(booked, estimate))
        if quiet or not _is_news(booked, estimate, now_ts, rules):
            told[visit_id] = booked
            continue
        reason, cause_id = _why(booked, estimate, active, blame, state, factors)
        if cause_id is None:
            cause_id = slow_run.cause_of(visit_id, reason, booked)
        if cause_id is not None and reason is not Reason.AHEAD:
            blame = Blame(reason, cause_id, now_ts)
        events.append(changed(estimate, booked, reason, cause_id, now_ts))
        told[visit_id] = _told(estimate, now_ts, told_ts=now_ts)
    state = msgspec.structs.replace(state, told=told, blame=blame)
    state, began, ended = slow_run.settled(state, told.keys() - here, changes, rules)
    return state, [*began, *events, *ended]


def _undisputed(blame: Blame | None, changes: Changes) -> Blame | None:
    """What later arrivals are put down to; nothing when late fixes have just shown that it never was."""
    gone = {e.deviation_id for e in changes.retracted}
    return None if blame is not None and blame.cause_id in gone else blame


def tell_new_plan(
    state: CourierState,
    found: Estimates,
    reason: Reason,
    cause_id: str | None,
    now_ts: float,
    rules: TrackingRules,
) -> tuple[CourierState, list[EtaChanged]]:
    """After a change of the plan: tell the visits that are new or whose estimate it moved enough."""
    told: dict[str, Told] = {}
    events: list[EtaChanged] = []
    for estimate in found:
        visit_id = estimate.planned.visit_id
        before = state.told.get(visit_id)
        if before is not None and not _is_news(msgspec.structs.replace(before, told_ts=None), estimate, now_ts, rules):
            told[visit_id] = msgspec.structs.replace(before, seen_ts=estimate.expected_ts)
            continue
        events.append(changed(estimate, before, reason, cause_id, now_ts))
        told[visit_id] = _told(estimate, now_ts, told_ts=now_ts)
    blame = Blame(reason, cause_id, now_ts) if events else state.blame
    return msgspec.structs.replace(state, told=told, blame=blame), events


def changed(estimate: Estimate, before: Told | None, reason: Reason, cause_id: str | None, now_ts: float) -> EtaChanged:
    """The event of a changed estimate."""
    planned = estimate.planned
    old: Eta | None = None
    if before is not None:
        old = Eta(
            visit_id=planned.visit_id,
            order_id=planned.order_id,
            early_at=instant(round(before.early_ts)),
            expected_at=instant(round(before.expected_ts)),
            late_at=instant(round(before.late_ts)),
            computed_at=instant(before.computed_ts),
        )
    return EtaChanged(
        at=instant(now_ts),
        visit_id=planned.visit_id,
        order_id=planned.order_id,
        old=old,
        new=estimate.eta(now_ts),
        reason=reason,
        cause_id=cause_id,
        old_level=before.level if before is not None else None,
        new_level=estimate.level,
    )


def _told(estimate: Estimate, now_ts: float, told_ts: float | None) -> Told:
    return Told(
        early_ts=estimate.early_ts,
        expected_ts=estimate.expected_ts,
        late_ts=estimate.late_ts,
        computed_ts=now_ts,
        level=estimate.level,
        seen_ts=estimate.expected_ts,
        promised_until_ts=promised_until_ts(estimate.planned),
        told_ts=told_ts,
    )


def _active(state: CourierState, changes: Changes) -> Episode | None:
    """The departure that moves estimates now: the gravest open one, or one that has just ended."""
    for episodes in ((*state.motion.open, *state.timed), changes.closed):
        # Mostly nothing is open: then no kind needs asking for.
        for kind in REASONS if episodes else ():
            for episode in episodes:
                if episode.kind is kind:
                    return episode
    return None


def _key(episode: Episode | None) -> str:
    return f"{REASONS[episode.kind]} {episode.deviation_id}" if episode is not None else _NOBODY.value


def _book(before: Told, estimate: Estimate, active: Episode | None, changes: Changes, now_ts: float) -> Told:
    """Add the movement since the last look to the departure that is open."""
    step_s = estimate.expected_ts - before.seen_ts
    moved = dict(before.moved_s)
    for episode in (e for e in changes.opened if e.kind in REASONS):
        # What slipped while the departure was only suspected belongs to it.
        if moved.get(_NOBODY.value, 0.0) > 0.0:
            moved[_key(episode)] = moved.get(_key(episode), 0.0) + moved.pop(_NOBODY.value)
    for episode in (e for e in changes.retracted if e.kind in REASONS):
        moved.pop(_key(episode), None)
    if abs(step_s) >= _BOOKED_FROM_S:
        moved[_key(active)] = moved.get(_key(active), 0.0) + step_s
    promised_ts = promised_until_ts(estimate.planned)
    # A new promise is a new measure: what it does to the level is no movement of the courier.
    level = before.level if promised_ts == before.promised_until_ts else estimate.level
    seen_ts = estimate.expected_ts if abs(step_s) >= _BOOKED_FROM_S else before.seen_ts
    since_ts = None
    if moved.get(_NOBODY.value, 0.0) > 0.0:
        since_ts = before.slips_since_ts if before.slips_since_ts is not None else now_ts
    return msgspec.structs.replace(
        before, seen_ts=seen_ts, moved_s=moved, level=level, promised_until_ts=promised_ts, slips_since_ts=since_ts
    )


def _is_news(before: Told, estimate: Estimate, now_ts: float, rules: TrackingRules) -> bool:
    if before.told_ts is not None and now_ts - before.told_ts < rules.news_every_s:
        return False
    if _is_far(before, estimate.expected_ts, now_ts, rules):
        return True
    return _crosses_promise(before.level, estimate, now_ts, rules)


def _is_far(before: Told, expected_ts: float, now_ts: float, rules: TrackingRules) -> bool:
    """Whether an estimate is further from the one told than max(2 min, 10 % of what remains)."""
    remaining_s = max(0.0, expected_ts - now_ts)
    return abs(expected_ts - before.expected_ts) > max(rules.news_s, rules.news_share * remaining_s)


def _crosses_promise(before: Level, estimate: Estimate, now_ts: float, rules: TrackingRules) -> bool:
    """
    Whether P90 (or P50) is now on the other side of the promise's end, by a margin that keeps it from flickering.

    Danger is told at once, the end of it when it is as far away as any change must be to be news: else every red light
    asks for another call.
    """
    until_ts = promised_until_ts(estimate.planned)
    if until_ts is None or before is estimate.level:
        return False
    margin_s = rules.news_margin_s
    if _GRAVITY.index(estimate.level) < _GRAVITY.index(before):
        remaining_s = max(0.0, estimate.expected_ts - now_ts)
        margin_s = max(margin_s, rules.news_s, rules.news_share * remaining_s)
    if (before is Level.ON_TIME) != (estimate.level is Level.ON_TIME) and abs(estimate.late_ts - until_ts) >= margin_s:
        return True
    crossed_middle = (before is Level.LATE) != (estimate.level is Level.LATE)
    return crossed_middle and abs(estimate.expected_ts - until_ts) >= margin_s


def _stall_suspected(state: CourierState, rules: TrackingRules) -> bool:
    """
    Whether the courier has stood for a while, though not long enough for a stall.

    A change that a stall makes waits those seconds for its cause, unless it endangers a promise.
    """
    if state.motion.departed_ts is None or not _STANDS_S <= stood_s(state.motion.still) < rules.stall_s:
        return False
    return not any(is_at_stop(v) for v in state.motion.visits)


_GRAVITY = (Level.ON_TIME, Level.AT_RISK, Level.LATE)


def _is_graver(before: Told, estimate: Estimate) -> bool:
    return _GRAVITY.index(estimate.level) > _GRAVITY.index(before.level)


def _why(
    before: Told,
    estimate: Estimate,
    active: Episode | None,
    blame: Blame | None,
    state: CourierState,
    factors: Factors,
) -> tuple[Reason, str | None]:
    shift_s = estimate.expected_ts - before.expected_ts
    if not _is_graver(before, estimate) and shift_s < _SMALL_SHIFT_S:
        return Reason.AHEAD, None
    named = [(s, key) for key, s in before.moved_s.items() if s > 0.0 and " " in key]
    if named:
        most_s, key = max(named)
        if most_s >= _CAUSE_SHARE * max(shift_s, 1.0):
            reason, cause_id = key.split(" ", 1)
            return Reason(reason), cause_id
    if active is not None:
        return REASONS[active.kind], active.deviation_id
    if blame is not None and before.moved_s.get(_NOBODY.value, 0.0) < 0.5 * shift_s:
        return blame.reason, blame.cause_id
    if any(is_at_stop(v) for v in state.motion.visits):
        return Reason.LONG_SERVICE, None
    driven_s, planned_s = recent(state.motion.pace, _CRAWL_WINDOW_S)
    usual = factors.travel.ratio
    crawls = driven_s > 0.0 and factor_of(driven_s, planned_s) >= _CRAWL_FACTOR * usual
    if crawls or pace_ahead(state, factors).ratio >= _TRAFFIC_RATIO * usual:
        return Reason.TRAFFIC, None
    return _NOBODY, None
