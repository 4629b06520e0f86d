"""What is said of departures and visits: the events that follow from what changed, and what is remembered of them."""

import msgspec

from tracking.courier_state import CourierState, Episode, VisitProgress, instant
from tracking.events import (
    DeviationClosed,
    DeviationKind,
    DeviationOpened,
    DeviationRetracted,
    DeviationUpdated,
    TrackingEvent,
    VisitArrived,
    VisitLeft,
)
from tracking.history import Changes
from tracking.rules import TrackingRules
from zones.lonlat import LonLat

_REMEMBERED_CLOSED = 12
_GROWN_SHARE = 0.25
_GROWN_LEAST = {
    DeviationKind.OFF_ROUTE: 50.0,
    DeviationKind.WRONG_WAY: 100.0,
    DeviationKind.WRONG_SEQUENCE: 1.0,
    DeviationKind.SLOW_TRAFFIC: 0.3,
    DeviationKind.OUTSIDE_ZONES: 100.0,
    DeviationKind.SPEEDING: 3.0,
    DeviationKind.MOCK_LOCATION: 50.0,
}
_GROWN_LEAST_S = 60.0

_WHY_RETRACTED = {
    DeviationKind.OFF_ROUTE: "positions that came late show the courier on the planned route",
    DeviationKind.WRONG_WAY: "positions that came late show the courier going forward",
    DeviationKind.WRONG_SEQUENCE: "positions that came late show the stop was not left out",
    DeviationKind.STALL: "positions that came late show the courier moving",
    DeviationKind.LONG_SERVICE: "positions that came late show the courier left the stop in time",
    DeviationKind.GAP: "positions that came late fill the silence: only the phone's connection was lost",
    DeviationKind.SLOW_TRAFFIC: "positions that came late show the usual pace",
    DeviationKind.LATE_START: "positions that came late show the courier started in time",
    DeviationKind.OUTSIDE_ZONES: "positions that came late show the courier inside the permitted zones",
    DeviationKind.SPEEDING: "positions that came late show a lower speed",
    DeviationKind.MOCK_LOCATION: "positions that came late are true ones",
    DeviationKind.CLOCK_SKEW: "the phone's clock was right",
}


def tell_changes(state: CourierState, changes: Changes, now_ts: float) -> tuple[CourierState, list[TrackingEvent]]:
    """The events of departures that opened, closed or never were; closed ones are remembered for a while."""
    if not (changes.opened or changes.closed or changes.retracted):
        return state, []
    gone = {e.deviation_id for e in changes.retracted}
    events: list[TrackingEvent] = [_opened(e, now_ts) for e in changes.opened]
    events += [
        DeviationClosed(
            at=instant(e.closed_ts if e.closed_ts is not None else now_ts),
            deviation_id=e.deviation_id,
            kind=e.kind,
            since_at=instant(e.since_ts),
        )
        for e in changes.closed
    ]
    events += [
        DeviationRetracted(at=instant(now_ts), deviation_id=e.deviation_id, kind=e.kind, why=_WHY_RETRACTED[e.kind])
        for e in changes.retracted
    ]
    ended = {e.deviation_id: e for e in state.closed}
    for e in changes.closed:
        # A gap may be known here already, narrowed by the very fix that ended it.
        ended.setdefault(e.deviation_id, e)
    for e in changes.retracted:
        closed_ts = e.closed_ts if e.closed_ts is not None else now_ts
        ended[e.deviation_id] = msgspec.structs.replace(e, closed_ts=closed_ts, retracted=True)
    timed = tuple(e for e in state.timed if e.deviation_id not in gone)
    closed = tuple(ended.values())[-_REMEMBERED_CLOSED:]
    return msgspec.structs.replace(state, timed=timed, closed=closed), events


def tell_growth(state: CourierState, now_ts: float, rules: TrackingRules) -> tuple[CourierState, list[TrackingEvent]]:
    """An update for each open departure whose measure has changed enough, at most one in `update_every_s`."""
    if not state.timed and not state.motion.open and not state.watch.open:
        return state, []
    events: list[TrackingEvent] = []
    timed = tuple(_grown(e, now_ts, rules, events) for e in state.timed)
    still_open = tuple(_grown(e, now_ts, rules, events) for e in state.motion.open)
    watched = tuple(_grown(e, now_ts, rules, events) for e in state.watch.open)
    if not events:
        return state, []
    motion = msgspec.structs.replace(state.motion, open=still_open)
    watch = msgspec.structs.replace(state.watch, open=watched)
    return msgspec.structs.replace(state, timed=timed, motion=motion, watch=watch), events


def tell_visits(before: tuple[VisitProgress, ...], after: tuple[VisitProgress, ...]) -> list[TrackingEvent]:
    """Arrivals and departures that `after` has and `before` had not."""
    if before is after:
        return []
    events: list[TrackingEvent] = []
    known = {v.visit_id: v for v in before}
    for visit in after:
        old = known.get(visit.visit_id)
        if old is visit or visit.arrived_ts is None:
            continue
        if old is None or old.arrived_ts is None:
            events.append(VisitArrived(at=instant(visit.arrived_ts), visit_id=visit.visit_id))
        if visit.left_ts is not None and (old is None or old.left_ts is None):
            dwell_s = round(visit.left_ts - visit.arrived_ts)
            events.append(VisitLeft(at=instant(visit.left_ts), visit_id=visit.visit_id, dwell_s=dwell_s))
    return events


def keep_told_visits(before: tuple[VisitProgress, ...], after: tuple[VisitProgress, ...]) -> tuple[VisitProgress, ...]:
    """What was said of a visit stands: a new run over the fixes may add an arrival, not take one back."""
    told = {v.visit_id: v for v in before if v.arrived_ts is not None}
    return tuple(
        told[v.visit_id]
        if v.visit_id in told and (v.arrived_ts is None or (v.left_ts is None and told[v.visit_id].left_ts is not None))
        else v
        for v in after
    )


def _opened(episode: Episode, now_ts: float) -> DeviationOpened:
    known = episode.lon is not None and episode.lat is not None
    return DeviationOpened(
        at=instant(now_ts),
        deviation_id=episode.deviation_id,
        kind=episode.kind,
        since_at=instant(episode.since_ts),
        measure=round(episode.measure, 1),
        point=LonLat(lon=episode.lon or 0.0, lat=episode.lat or 0.0) if known else None,
        near_visit_id=episode.visit_id,
    )


def _grown(episode: Episode, now_ts: float, rules: TrackingRules, events: list[TrackingEvent]) -> Episode:
    changed = abs(episode.measure - episode.told_measure)
    least = _GROWN_LEAST.get(episode.kind, _GROWN_LEAST_S)
    if changed < max(least, _GROWN_SHARE * abs(episode.told_measure)):
        return episode
    if now_ts - episode.told_ts < rules.update_every_s:
        return episode
    events.append(
        DeviationUpdated(
            at=instant(now_ts),
            deviation_id=episode.deviation_id,
            kind=episode.kind,
            measure=round(episode.measure, 1),
        )
    )
    return msgspec.structs.replace(episode, told_measure=episode.measure, told_ts=now_ts)
