"""One ping taken into a courier's state, before anything is said of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.courier_state import CourierState
from tracking.intake import fix_of, judge
from tracking.learning import Factors
from tracking.ordinary import is_calm, ordinary_fix, ordinary_points
from tracking.ping import Ping, PingFlag, RefusalCode
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules
from tracking.silence import end_silence
from tracking.steps import Draft, PingResult, aligned, joined, take, take_run
from tracking.timed import next_due_ts
from tracking.wrong_clock import on_time

_HEARTBEATS = 8
_PROVES_LIFE = frozenset((RefusalCode.NULL_ISLAND, RefusalCode.TOO_INACCURATE, RefusalCode.IMPOSSIBLE_SPEED))
"""A phone that sends a useless position lives all the same; one with a wrong clock may have sent it any day."""


class Admitted(msgspec.Struct, frozen=True):
    """What became of a ping; `draft` is None when it changes nothing."""

    result: PingResult
    draft: Draft | None = None


def admit(
    state: CourierState, ping: Ping, line: RouteLine | None, now: datetime, rules: TrackingRules, factors: Factors
) -> Admitted:
    """Judge a ping and put it into its place; the same ping twice changes nothing."""
    now_ts = now.timestamp()
    known, (state, ping) = state.clock, on_time(state, ping, rules)
    verdict = judge(state, ping, now, rules)
    is_untimed = PingFlag.TIME_ASSUMED_NOW in ping.flags
    if verdict.duplicate and not is_untimed:
        return Admitted(PingResult(duplicate=True))
    if verdict.refused is not None and verdict.refused.code not in _PROVES_LIFE:
        if state.clock is known:
            return Admitted(PingResult(refused=verdict.refused))
        # Even a ping that is refused may tell how wrong the phone's clock is.
        state, realigned = aligned(state, line, now_ts, factors, rules)
        return Admitted(PingResult(refused=verdict.refused), Draft(state, realigned))
    state, realigned = aligned(state, line, now_ts, factors, rules)
    state, closed_gap = end_silence(state, now_ts)
    closed_gap = joined(realigned, closed_gap)
    if verdict.duplicate:
        # Made anew or sent again, it was sent now: a phone that stands and tells no times is not silent.
        return Admitted(PingResult(duplicate=True), Draft(state, closed_gap))
    if verdict.refused is not None:
        state = msgspec.structs.replace(state, suspects=verdict.suspects)
        return Admitted(PingResult(refused=verdict.refused), Draft(state, closed_gap))
    if verdict.heartbeat or verdict.point is None:
        beats = (*state.heartbeats_ts, ping.fix_at.timestamp())[-_HEARTBEATS:]
        return Admitted(PingResult(), Draft(msgspec.structs.replace(state, heartbeats_ts=beats), closed_gap))
    fix = fix_of(ping, verdict.point, verdict.late)
    return Admitted(PingResult(fix=fix), take(state, verdict, verdict.point, closed_gap, line, now_ts, rules, factors))


def admit_ordinary(
    state: CourierState,
    pings: Sequence[Ping],
    line: RouteLine | None,
    now_ts: float,
    rules: TrackingRules,
    factors: Factors,
) -> tuple[list[PingResult], Draft | None]:
    """
    Take the first of `pings` (in the order of the phone's time) at once, as `admit` and the clock would one by one.

    Stops before a ping that is not ordinary, and after one that changed something or before which the clock may have
    something to say. No result means that the first ping needs a closer look.
    """
    if line is None or not is_calm(state, line):
        return [], None
    state, points = ordinary_points(state, pings, line, now_ts, rules)
    if not points:
        return [], None
    state, _ = end_silence(state, now_ts)
    due_ts = next_due_ts(state, line, rules)
    # What the clock has to say after a ping, it says as of the next one.
    most = len(points)
    if points[-1].at_ts >= due_ts:
        most = next((i for i in range(1, most) if points[i].at_ts >= due_ts), most)
    taken, draft = take_run(state, points[:most], line, rules, factors)
    results = [PingResult(fix=ordinary_fix(ping, point)) for ping, point in zip(pings, points[:taken], strict=False)]
    return results, draft
