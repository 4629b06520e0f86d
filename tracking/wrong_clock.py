"""
A phone whose clock is wrong by a constant: noticed, corrected from then on, and told.

The time from a ping's own clock to its receipt is the way through the network, what the phone kept waiting, and the
error of its clock. The first two are never negative and never the same for long, so the least of one receipt, when it
is odd and stays the same over several receipts, is the error. One wrong time shifts nothing.
"""

from dataclasses import replace
from datetime import timedelta

import msgspec

from tracking.courier_state import CourierState, Episode, PhoneClock
from tracking.deviation import new_episode
from tracking.events import DeviationKind
from tracking.history import NO_CHANGES, Changes
from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules


def on_time(state: CourierState, ping: Ping, rules: TrackingRules) -> tuple[CourierState, Ping]:
    """The ping with its time corrected by what is known of the phone's clock, and what is known after it."""
    clock = state.clock
    if ping.fix_at.tzinfo is None or ping.received_at.tzinfo is None:
        return state, ping
    delay_s = (ping.received_at - ping.fix_at).total_seconds()
    odd_s = delay_s + clock.ahead_s
    if odd_s > rules.skew_behind_s and _was_kept(ping, clock, rules):
        return state, _corrected(ping, clock.ahead_s)
    if -rules.skew_ahead_s <= odd_s <= rules.skew_behind_s:
        if clock.receipt_ts is not None and odd_s < rules.skew_ahead_s:
            # A fresh ping that fits: those before it were only late, or wrong once.
            clock = PhoneClock(clock.ahead_s, clock.since_ts)
            state = msgspec.structs.replace(state, clock=clock)
    else:
        clock = _with_odd(clock, ping.received_at.timestamp(), delay_s, rules)
        state = msgspec.structs.replace(state, clock=clock)
    return state, _corrected(ping, clock.ahead_s)


def corrected_ts(state: CourierState, at_ts: float, now_ts: float) -> float:
    """An instant that the phone gave in another message, put right when that brings it nearer to its receipt."""
    right_ts = at_ts - state.clock.ahead_s
    return right_ts if abs(now_ts - right_ts) < abs(now_ts - at_ts) else at_ts


def told_clock(state: CourierState, line: RouteLine, at_ts: float) -> tuple[CourierState, Changes]:
    """Open or close the departure that says how wrong the clock is."""
    clock = state.clock
    known = None
    for episode in state.watch.open:
        if episode.kind is DeviationKind.CLOCK_SKEW:
            known = episode
    if known is None and clock.ahead_s == 0.0:
        return state, NO_CHANGES
    if known is not None and known.measure == clock.ahead_s:
        return state, NO_CHANGES
    kept = tuple(e for e in state.watch.open if e is not known)
    closed = (msgspec.structs.replace(known, closed_ts=max(at_ts, known.since_ts)),) if known is not None else ()
    opened: tuple[Episode, ...] = ()
    if clock.ahead_s != 0.0:
        since_ts = clock.since_ts if clock.since_ts is not None else at_ts
        opened = (new_episode(line, DeviationKind.CLOCK_SKEW, since_ts, at_ts, clock.ahead_s, None),)
    watch = msgspec.structs.replace(state.watch, open=(*kept, *opened))
    return msgspec.structs.replace(state, watch=watch), Changes(opened, closed)


def _was_kept(ping: Ping, clock: PhoneClock, rules: TrackingRules) -> bool:
    """Whether the phone itself says that the fix waited: its time of sending fits."""
    if ping.sent_at is None or ping.sent_at.tzinfo is None:
        return False
    sent_s = (ping.received_at - ping.sent_at).total_seconds() + clock.ahead_s
    return -rules.skew_ahead_s <= sent_s <= rules.skew_behind_s


def _with_odd(clock: PhoneClock, received_ts: float, delay_s: float, rules: TrackingRules) -> PhoneClock:
    if clock.receipt_ts == received_ts:
        # Of what comes together only the newest fix has not waited.
        clock = msgspec.structs.replace(clock, receipt_s=min(delay_s, clock.receipt_s))
    else:
        if clock.receipt_ts is not None:
            clock = _counted(clock, rules)
        clock = msgspec.structs.replace(clock, receipt_ts=received_ts, receipt_s=delay_s)
    agreeing = _counted(clock, rules)
    least_s = agreeing.least_s
    # A phone may deliver late, but not from the future: a clock behind needs more proof than one ahead.
    behind = least_s + clock.ahead_s > 0.0
    needed = rules.skew_behind_pings if behind else rules.skew_ahead_pings
    over_s = rules.skew_behind_over_s if behind else rules.skew_ahead_over_s
    if agreeing.odd_receipts < needed or received_ts - agreeing.odd_since_ts < over_s:
        return clock
    if abs(least_s) <= rules.skew_ahead_s:
        return PhoneClock()
    return PhoneClock(-round(least_s, 3), agreeing.odd_since_ts)


def _counted(clock: PhoneClock, rules: TrackingRules) -> PhoneClock:
    """The last receipt counted among the odd ones; one that does not agree with those before begins anew."""
    delay_s = clock.receipt_s
    received_ts = clock.receipt_ts if clock.receipt_ts is not None else 0.0
    least_s, most_s = min(clock.least_s, delay_s), max(clock.most_s, delay_s)
    if clock.odd_receipts and most_s - least_s <= rules.skew_steady_s:
        return msgspec.structs.replace(
            clock, odd_receipts=clock.odd_receipts + 1, least_s=least_s, most_s=most_s, receipt_ts=None
        )
    return PhoneClock(clock.ahead_s, clock.since_ts, 1, received_ts, delay_s, delay_s)


def _corrected(ping: Ping, ahead_s: float) -> Ping:
    if ahead_s == 0.0:
        return ping
    try:
        return replace(ping, fix_at=ping.fix_at - timedelta(seconds=ahead_s))
    except OverflowError:
        # A date at the very end of the calendar stays what it is, and is refused as such.
        return ping
