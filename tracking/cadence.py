"""How often a phone speaks, learned from its receipts, and from when on its silence is a gap."""

import msgspec

from tracking.courier_state import Cadence, CourierState
from tracking.rules import TrackingRules

_REMEMBERED = 20
_LEAST = 4
_ONE_WORD_S = 1.0
"""Receipts closer than this are one word: a backlog that empties says nothing of how often the phone speaks."""
_STANDS_S = 30.0


def heard(cadence: Cadence, silent_s: float) -> Cadence:
    """
    One more word of the phone, `silent_s` after the last one.

    Usual is what nine of ten silences do not exceed: a phone may speak at two paces, driving and standing.
    """
    if silent_s < _ONE_WORD_S:
        return cadence
    gaps_s = (*cadence.gaps_s, round(silent_s, 1))[-_REMEMBERED:]
    usual_s = sorted(gaps_s)[(9 * (len(gaps_s) - 1)) // 10] if len(gaps_s) >= _LEAST else None
    return Cadence(gaps_s, usual_s)


def gap_limit_s(state: CourierState, rules: TrackingRules) -> float:
    """From how many seconds on the silence of this courier's phone is a gap."""
    usual_s = state.cadence.usual_s
    if usual_s is None:
        return rules.gap_s
    return min(max(rules.gap_factor * usual_s, rules.gap_least_s), rules.gap_most_s)


def gap_opens_s(state: CourierState, rules: TrackingRules) -> float:
    """The same for opening one: a phone that stands may doze, and is given more time."""
    limit_s = gap_limit_s(state, rules)
    halt = state.motion.halt
    stands = halt is not None and halt.last_ts - halt.since_ts >= _STANDS_S and not halt.moved_pings
    return max(limit_s, rules.gap_s) if stands else limit_s


def heard_at(state: CourierState, now_ts: float) -> CourierState:
    """A sign of life was received."""
    if state.last_life_ts is None:
        return msgspec.structs.replace(state, last_life_ts=now_ts)
    if now_ts <= state.last_life_ts:
        return state
    cadence = heard(state.cadence, now_ts - state.last_life_ts)
    return msgspec.structs.replace(state, last_life_ts=now_ts, cadence=cadence)
