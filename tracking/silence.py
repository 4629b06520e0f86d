"""Silence of the phone: a gap opens by the clock, closes by any sign of life, and late fixes may show it never was."""

import msgspec

from tracking.arrival import is_pending
from tracking.cadence import gap_limit_s, gap_opens_s, heard_at
from tracking.courier_state import CourierState, Episode
from tracking.deviation import new_episode
from tracking.events import DeviationKind
from tracking.history import NO_CHANGES, Changes
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules


def is_alive(state: CourierState, now_ts: float, rules: TrackingRules) -> bool:
    """Whether the phone has given a sign of life within the time that counts as a gap."""
    return state.last_life_ts is not None and now_ts - state.last_life_ts <= gap_limit_s(state, rules)


def seen_until_ts(state: CourierState, now_ts: float, rules: TrackingRules) -> float | None:
    """
    Until when the phone's own clock has spoken: now when it spoke lately, else its last word; None before the first.

    While a phone delivers what it kept during a silence it lives, but what it tells is old.
    """
    place = state.motion.place
    told = [*state.heartbeats_ts[-1:], *((place.at_ts,) if place is not None else ())]
    if not told:
        return None
    return now_ts if now_ts - max(told) <= gap_limit_s(state, rules) else min(now_ts, max(told))


def has_visits_left(state: CourierState) -> bool:
    """Whether a visit is still to be made."""
    return any(is_pending(v, state.done) for v in state.motion.visits)


def begin_silence(
    state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules
) -> tuple[CourierState, Changes]:
    """Open a gap when the phone has been silent for too long while it is expected to speak."""
    if not state.phone_expected or any(e.kind is DeviationKind.GAP for e in state.timed) or not has_visits_left(state):
        return state, NO_CHANGES
    since_ts = max(state.started_ts, state.last_life_ts or 0.0)
    if state.motion.departed_ts is None:
        # Before the route begins nobody needs to know where the phone is.
        since_ts = max(since_ts, line.departs_at.timestamp())
    if now_ts - since_ts <= gap_opens_s(state, rules):
        return state, NO_CHANGES
    next_visit = next((v.visit_id for v in state.motion.visits if is_pending(v, state.done)), None)
    gap = new_episode(line, DeviationKind.GAP, since_ts, now_ts, now_ts - since_ts, next_visit)
    place = state.motion.place
    if place is not None:
        gap = msgspec.structs.replace(gap, lon=place.lon, lat=place.lat, filled_until_ts=place.at_ts)
    return msgspec.structs.replace(state, timed=(*state.timed, gap)), Changes(opened=(gap,))


def end_silence(state: CourierState, now_ts: float) -> tuple[CourierState, Changes]:
    """A sign of life: an open gap closes."""
    state = heard_at(state, now_ts)
    gap = next((e for e in state.timed if e.kind is DeviationKind.GAP), None)
    if gap is None:
        return state, NO_CHANGES
    closed = msgspec.structs.replace(gap, closed_ts=now_ts, filled_from_ts=now_ts, measure=now_ts - gap.since_ts)
    return msgspec.structs.replace(state, timed=tuple(e for e in state.timed if e is not gap)), Changes(
        closed=(closed,)
    )


def fill_gaps(state: CourierState, at_ts: float, rules: TrackingRules) -> tuple[CourierState, Changes]:
    """A fix from within a closed gap narrows it; when no silence worth the name is left, it is retracted."""
    if not any(_is_within(e, at_ts) for e in state.closed):
        return state, NO_CHANGES
    closed: list[Episode] = []
    retracted: list[Episode] = []
    for episode in state.closed:
        if not _is_within(episode, at_ts):
            closed.append(episode)
            continue
        narrowed = _narrowed(episode, state, rules)
        assert narrowed.filled_until_ts is not None  # noqa: S101 - _narrowed sets both ends
        assert narrowed.filled_from_ts is not None  # noqa: S101
        if narrowed.filled_from_ts - narrowed.filled_until_ts <= gap_limit_s(state, rules):
            retracted.append(narrowed)
        closed.append(narrowed)
    return msgspec.structs.replace(state, closed=tuple(closed)), Changes(retracted=tuple(retracted))


def _is_within(episode: Episode, at_ts: float) -> bool:
    return (
        episode.kind is DeviationKind.GAP
        and not episode.retracted
        and episode.closed_ts is not None
        and episode.since_ts <= at_ts <= episode.closed_ts
    )


def _narrowed(gap: Episode, state: CourierState, rules: TrackingRules) -> Episode:
    until_ts = gap.filled_until_ts if gap.filled_until_ts is not None else gap.since_ts
    from_ts = gap.filled_from_ts if gap.filled_from_ts is not None else (gap.closed_ts or gap.since_ts)
    limit_s = gap_limit_s(state, rules)
    for point in state.track:
        if until_ts < point.at_ts <= until_ts + limit_s:
            until_ts = point.at_ts
    for point in reversed(state.track):
        if from_ts - limit_s <= point.at_ts < from_ts:
            from_ts = point.at_ts
    return msgspec.structs.replace(gap, filled_until_ts=until_ts, filled_from_ts=max(from_ts, until_ts))
