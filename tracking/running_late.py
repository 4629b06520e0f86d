"""
One incident for a courier who runs late though nothing departs from the plan: slow streets, a stop that takes its time,
or a little of everything.

It begins with the first news that no departure explains, holds every visit whose arrival it moved, grows with them, and
ends when the time was made up, when all of them were reached, or when a departure that is found takes its place (a jam,
or a service that is long by its own rule): what delays thirty clients is one thing to decide about.
"""

from collections.abc import Collection
from uuid import NAMESPACE_URL, uuid5

import msgspec

from tracking.courier_state import Blame, CourierState, Delay, Episode, Told, instant
from tracking.events import DelayBegan, DelayEnded, DelayGrew, DeviationKind, Reason
from tracking.history import Changes
from tracking.rules import TrackingRules

UNEXPLAINED = Reason.SLOWER_THAN_PLANNED
"""The key of movements that no departure explains."""

_EXPLAINED_BY = {
    Reason.TRAFFIC: DeviationKind.SLOW_TRAFFIC,
    Reason.SLOWER_THAN_PLANNED: DeviationKind.SLOW_TRAFFIC,
    Reason.LONG_SERVICE: DeviationKind.LONG_SERVICE,
}
"""The reasons that a delay may have, and the departure that takes its place once it is found."""

_MADE_UP_S = 60.0
_MADE_UP_SHARE = 0.5
_GROWN_LEAST_S = 60.0
_GROWN_SHARE = 0.25

type DelayEvent = DelayBegan | DelayGrew | DelayEnded


def unexplained_s(told: Told) -> float:
    """Seconds by which an estimate has moved since it was told, and that no departure explains."""
    return told.moved_s.get(UNEXPLAINED.value, 0.0)


class LateRun:
    """One look at the estimates: what slips, and which news belong to the delay; lives for one call only."""

    __slots__ = ("_began", "_delay", "_now_ts", "_state")

    def __init__(self, state: CourierState, now_ts: float) -> None:
        self._state = state
        self._now_ts = now_ts
        self._delay = state.delay
        self._began: DelayBegan | None = None

    def note(self, visit_id: str, before: Told, booked: Told) -> None:
        """Count what an estimate has moved since the last look; a departure that opens takes its part back."""
        delay = self._delay
        if delay is None or visit_id not in delay.slipped_s:
            return
        step_s = unexplained_s(booked) - unexplained_s(before)
        if step_s != 0.0:
            slipped_s = {**delay.slipped_s, visit_id: delay.slipped_s[visit_id] + step_s}
            self._delay = msgspec.structs.replace(delay, slipped_s=slipped_s)

    def cause_of(self, visit_id: str, reason: Reason, booked: Told) -> str | None:
        """The incident that news without another cause belong to; it begins with the first of them."""
        if reason not in _EXPLAINED_BY or unexplained_s(booked) <= 0.0:
            return None
        if self._delay is None:
            self._delay = self._begin(visit_id, reason, booked)
        elif visit_id not in self._delay.slipped_s or reason is Reason.TRAFFIC:
            known = self._delay.slipped_s
            slipped_s = known if visit_id in known else {**known, visit_id: unexplained_s(booked)}
            # Once the streets are seen to be slow, that is what the courier is late through; a stop on the way that
            # takes its time adds to what delays him, it does not explain it.
            named = reason if reason is Reason.TRAFFIC else self._delay.reason
            self._delay = msgspec.structs.replace(self._delay, slipped_s=slipped_s, reason=named)
        return self._delay.delay_id

    def settled(
        self, state: CourierState, ahead: Collection[str], changes: Changes, rules: TrackingRules
    ) -> tuple[CourierState, list[DelayEvent], list[DelayEvent]]:
        """
        `state` with the delay as it is now, and what is said of it before the news that name it and after them.

        `ahead` are the visits that were not reached yet.
        """
        if self._delay is None:
            return state, [], []
        slips_s = [s for visit_id, s in self._delay.slipped_s.items() if visit_id in ahead]
        slipped_s = max(slips_s, default=0.0)
        delay = msgspec.structs.replace(self._delay, most_s=max(self._delay.most_s, slipped_s))
        before: list[DelayEvent] = []
        if self._began is not None:
            delay = msgspec.structs.replace(delay, told_s=slipped_s, told_reason=delay.reason)
            before.append(msgspec.structs.replace(self._began, reason=delay.reason, delay_s=round(slipped_s)))
        into = next((e for e in changes.opened if e.kind is _EXPLAINED_BY[delay.reason]), None)
        made_up = slipped_s <= min(_MADE_UP_S, _MADE_UP_SHARE * delay.most_s)
        if into is not None or made_up or not slips_s:
            state, ended = end_delay(msgspec.structs.replace(state, delay=delay), self._now_ts, into=into)
            return state, before, ended
        delay, grown = _grown(delay, slipped_s, self._now_ts, rules)
        return msgspec.structs.replace(state, delay=delay), before, grown

    def _begin(self, visit_id: str, reason: Reason, booked: Told) -> Delay:
        state, now_ts = self._state, self._now_ts
        since_ts = booked.slips_since_ts if booked.slips_since_ts is not None else now_ts
        delay_id = str(uuid5(NAMESPACE_URL, f"corridor:delay:{state.plan_id}:{visit_id}:{since_ts!r}:{now_ts!r}"))
        place = state.motion.place
        self._began = DelayBegan(
            at=instant(now_ts),
            delay_id=delay_id,
            reason=reason,
            since_at=instant(since_ts),
            delay_s=0,
            near_visit_id=visit_id,
            lon=place.lon if place is not None else None,
            lat=place.lat if place is not None else None,
        )
        return Delay(delay_id, reason, since_ts, {visit_id: unexplained_s(booked)}, told_reason=reason, told_ts=now_ts)


def end_delay(
    state: CourierState, now_ts: float, *, into: Episode | None = None
) -> tuple[CourierState, list[DelayEvent]]:
    """The state without the delay; `into` is the departure that explains it from now on."""
    delay = state.delay
    if delay is None:
        return state, []
    blame = state.blame
    if blame is not None and blame.cause_id == delay.delay_id:
        # What is still late later on is not the fault of what was made up.
        by_service = into is not None and into.kind is DeviationKind.LONG_SERVICE
        reason = Reason.LONG_SERVICE if by_service else Reason.TRAFFIC
        blame = Blame(reason, into.deviation_id, now_ts) if into is not None else None
    ended = DelayEnded(
        at=instant(now_ts),
        delay_id=delay.delay_id,
        since_at=instant(delay.since_ts),
        into_id=into.deviation_id if into is not None else None,
    )
    return msgspec.structs.replace(state, delay=None, blame=blame), [ended]


def _grown(delay: Delay, slipped_s: float, now_ts: float, rules: TrackingRules) -> tuple[Delay, list[DelayEvent]]:
    changed_s = abs(slipped_s - delay.told_s)
    is_news = (
        changed_s >= max(_GROWN_LEAST_S, _GROWN_SHARE * abs(delay.told_s)) or delay.reason is not delay.told_reason
    )
    if not is_news or now_ts - delay.told_ts < rules.update_every_s:
        return delay, []
    grew = DelayGrew(at=instant(now_ts), delay_id=delay.delay_id, reason=delay.reason, delay_s=round(slipped_s))
    return msgspec.structs.replace(delay, told_s=slipped_s, told_ts=now_ts, told_reason=delay.reason), [grew]
