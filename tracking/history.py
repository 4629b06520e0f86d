"""The last fixes in order: a newest one goes on from the motion known, a late one has its place and all run again."""

from collections.abc import Sequence

import msgspec

from tracking.courier_state import CourierState, Episode, Motion, TrackPoint
from tracking.deviation import MotionRun, Terms, fresh_motion, step
from tracking.events import DeviationKind

_TRIM_EVERY = 10
_NEIGHBOURING_S = 60.0
_OF_MOTION = frozenset(
    (DeviationKind.OFF_ROUTE, DeviationKind.WRONG_WAY, DeviationKind.STALL, DeviationKind.SLOW_TRAFFIC)
)


class Changes(msgspec.Struct, frozen=True):
    """Departures that opened, that closed, and that late fixes show never to have been."""

    opened: tuple[Episode, ...] = ()
    closed: tuple[Episode, ...] = ()
    retracted: tuple[Episode, ...] = ()


NO_CHANGES = Changes()
"""Nothing opened, closed or was taken back."""


def take_newest(state: CourierState, point: TrackPoint, terms: Terms, dropped: int = 0) -> tuple[CourierState, Changes]:
    """Go on by one fix; `dropped` of the newest before it are forgotten as wrong."""
    if dropped:
        return _without_wrong(state, point, terms, dropped)
    motion, changed = step(state.motion, point, terms)
    return _gone_on(state, motion, (*state.track, point), terms), _turned(changed)


def take_newest_run(
    state: CourierState, points: Sequence[TrackPoint], terms: Terms
) -> tuple[CourierState, int, Changes]:
    """
    Go on by several fixes, each newer than the one before: as `take_newest` for each.

    Stops after one that changed something; how many were taken, and the departures that opened or closed.
    """
    run = MotionRun(state.motion, points, terms)
    kept = 0
    while True:
        until_base = state.middle_count + terms.rules.remembered_fixes // 2 - len(state.track)
        flags = run.go(min(len(points), run.taken + max(1, until_base)))
        track = (*state.track, *points[kept : run.taken])
        state = _gone_on(state, run.motion(), track, terms, run.taken - kept)
        kept = run.taken
        if flags or kept == len(points):
            return state, kept, _turned(run.changed)


def take_late(state: CourierState, point: TrackPoint, terms: Terms) -> tuple[CourierState, Changes]:
    """
    Put a late fix among the others and run them again from the oldest motion remembered.

    One older than that changes nothing that is known; it is only kept in order for the judging of others.
    """
    track = state.track
    place = sum(1 for p in track if p.at_ts <= point.at_ts)
    if place < state.base_count or (place == 0 and state.base.place is not None):
        kept = (*track[:place], point, *track[place:]) if place else track
        more = 1 if place else 0
        return msgspec.structs.replace(
            state, track=kept, base_count=state.base_count + more, middle_count=state.middle_count + more
        ), Changes()
    return _rerun(state, (*track[:place], point, *track[place:]), state.base, state.base_count, terms)


def _without_wrong(state: CourierState, point: TrackPoint, terms: Terms, dropped: int) -> tuple[CourierState, Changes]:
    kept = state.track[: len(state.track) - dropped]
    track = (*kept, point)
    if len(kept) >= state.base_count:
        return _rerun(state, track, state.base, state.base_count, terms)
    # The oldest motion remembered rests on the wrong fixes: only the visits and the departure are worth keeping.
    base = fresh_motion(terms.line)
    base = msgspec.structs.replace(base, visits=state.base.visits, departed_ts=state.base.departed_ts)
    return _rerun(state, track, base, len(kept), terms)


def _rerun(
    state: CourierState, track: tuple[TrackPoint, ...], base: Motion, base_count: int, terms: Terms
) -> tuple[CourierState, Changes]:
    middle, middle_count = base, base_count
    truth = list(base.open)
    points = track[base_count:]
    run = MotionRun(base, points, terms)
    halfway = state.middle_count - base_count
    while run.taken < len(points):
        run.go(halfway if run.taken < halfway < len(points) else len(points))
        if run.taken == halfway and halfway < len(points):
            middle, middle_count = run.motion(), state.middle_count
        for episode in run.changed:
            truth = [e for e in truth if e.deviation_id != episode.deviation_id]
            truth.append(episode)
    motion = run.motion() if points else base
    truth = [next((o for o in motion.open if o.deviation_id == e.deviation_id), e) for e in truth]
    from_ts = base.place.at_ts if base.place is not None else 0.0
    known = (*state.motion.open, *(e for e in state.closed if e.opened_ts > from_ts and e.kind in _OF_MOTION))
    changes, still_open = compared(known, truth, state.closed)
    motion = msgspec.structs.replace(motion, open=still_open)
    state = msgspec.structs.replace(state, base=base, base_count=base_count, middle=middle, middle_count=middle_count)
    return _gone_on(state, motion, track, terms), changes


def compared(
    known: tuple[Episode, ...], truth: list[Episode], ended: tuple[Episode, ...]
) -> tuple[Changes, tuple[Episode, ...]]:
    """What the new run changes in what was told, and the departures open after it under the ids already told."""
    opened: list[Episode] = []
    closed: list[Episode] = []
    still_open: list[Episode] = []
    told = [e for e in known if not e.retracted]
    for episode in truth:
        match = next((e for e in told if e.kind == episode.kind and _overlap(e, episode)), None)
        if match is not None:
            told.remove(match)
            same = msgspec.structs.replace(
                episode,
                deviation_id=match.deviation_id,
                told_measure=match.told_measure,
                told_ts=match.told_ts,
            )
            if match.closed_ts is None and same.closed_ts is not None:
                closed.append(same)
            elif same.closed_ts is None and match.closed_ts is None:
                still_open.append(same)
            elif same.closed_ts is None:
                opened.append(_renamed(same, ended))
                still_open.append(opened[-1])
        elif episode.closed_ts is None:
            opened.append(_renamed(episode, ended))
            still_open.append(opened[-1])
        # A departure that began and ended before anybody heard of it needs no alarm now.
    return Changes(tuple(opened), tuple(closed), tuple(told)), tuple(still_open)


def _renamed(episode: Episode, ended: tuple[Episode, ...]) -> Episode:
    """An id that was told before is not used for another alarm."""
    used = {e.deviation_id for e in ended}
    name = episode.deviation_id
    number = 2
    while episode.deviation_id in used:
        episode = msgspec.structs.replace(episode, deviation_id=f"{name}-{number}")
        number += 1
    return episode


def _overlap(a: Episode, b: Episode) -> bool:
    a_end = a.closed_ts if a.closed_ts is not None else float("inf")
    b_end = b.closed_ts if b.closed_ts is not None else float("inf")
    return a.since_ts <= b_end + _NEIGHBOURING_S and b.since_ts <= a_end + _NEIGHBOURING_S


def _turned(changed: tuple[Episode, ...]) -> Changes:
    """The departures that the newest fix opened or closed."""
    if not changed:
        return NO_CHANGES
    return Changes(
        opened=tuple(e for e in changed if e.closed_ts is None),
        closed=tuple(e for e in changed if e.closed_ts is not None),
    )


def _gone_on(
    state: CourierState, motion: Motion, track: tuple[TrackPoint, ...], terms: Terms, fixes: int = 1
) -> CourierState:
    """
    The state after these fixes: the base moves on, and the oldest are forgotten once there are too many.

    `fixes` have come since this was asked last; the state is as if it had been asked after each of them. Only the last
    one may be the one that moves the base on.
    """
    remembered = terms.rules.remembered_fixes
    base, base_count, middle, middle_count = state.base, state.base_count, state.middle, state.middle_count
    count = len(track)
    gone = 0
    for before in range(max(count - fixes + 1, remembered + _TRIM_EVERY), count):
        gone += _too_many(before - remembered - gone, base_count - gone)
    if count - middle_count >= remembered // 2:
        base, base_count, middle, middle_count = middle, middle_count, motion, count
    gone += _too_many(count - remembered - gone, base_count - gone)
    return msgspec.structs.replace(
        state,
        motion=motion,
        track=track[gone:],
        base=base,
        base_count=base_count - gone,
        middle=middle,
        middle_count=middle_count - gone,
    )


def _too_many(over: int, behind_base: int) -> int:
    """How many fixes are forgotten now: several at once, and only those that no late fix can come among."""
    gone = min(over, behind_base)
    return gone if gone >= _TRIM_EVERY else 0
