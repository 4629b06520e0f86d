"""Slow traffic: driving seconds against planned ones over the last minutes of driving, stops and stalls left out."""

import math
from itertools import batched, chain
from typing import NamedTuple

import msgspec

from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tracking.courier_state import Pace, Still
from tracking.deviation import Terms
from tracking.rules import TrackingRules
from tracking.standing import stood_s
from tracking.traffic import factor_of, recent

_MARK_EVERY_S = 15.0
_STALE_S = 1200.0
_LIGHTS_S = 60.0
_CLOSE_WINDOW_S = 120.0
_BEHIND_M = 50.0
_SCATTER_S = 27.0
_USUAL_DOUBT = 0.2
_SURE_SDS = 2.4
_WALKING_MPS = 1.0
_SPARE_S = 5.0
_BACK_M = 300.0
_SHORTEST_LEG_S = 30.0


def slow_traffic(
    pace: Pace,
    sight: Sight,
    is_open: bool,
    still: Still | None,
    terms: Terms,
    furthest_m: float,
) -> tuple[Pace, Finding]:
    """
    Add the stretch since the last fix to the pace; the measure is the factor on planned seconds.

    Whoever has been `still` for longer than a red light stands and is in no jam; what is slower than walking does not
    count, but for a few seconds. Going back from `furthest_m` is no jam either.
    """
    rules = terms.rules
    if sight.quiet or sight.jumped or not sight.on_line or sight.along_m < furthest_m - _BEHIND_M:
        return pace, NOTHING
    if stood_s(still) > _LIGHTS_S:
        return pace, NOTHING
    if not 0.0 < sight.dt_s <= rules.gap_s:
        return pace, NOTHING
    reached_m = pace.reached_m if sight.along_m >= pace.reached_m - _BACK_M else sight.along_m
    gained_m = max(0.0, sight.along_m - reached_m)
    spare_s = min(_SPARE_S + sight.dt_s, pace.spare_s + gained_m / _WALKING_MPS)
    drove_s = min(sight.dt_s, spare_s)
    pace = msgspec.structs.replace(pace, reached_m=reached_m + gained_m, spare_s=spare_s - drove_s)
    if drove_s <= 0.0:
        return pace, NOTHING
    gained_s = max(0.0, sight.gained_flow_s) * _stretch(sight.along_m, terms)
    drive_s, flow_s = pace.drive_s + drove_s, pace.flow_s + gained_s
    marks = _marks(pace)
    if not marks or drive_s - marks[-1].drive_s >= _MARK_EVERY_S:
        oldest_s = drive_s - rules.traffic_window_s
        kept = [m for m in marks if m.drive_s >= oldest_s and sight.at_ts - m.at_ts <= _STALE_S]
        marks = [*kept, _Mark(sight.at_ts, drive_s, flow_s)]
    after = msgspec.structs.replace(pace, drive_s=drive_s, flow_s=flow_s, marks=tuple(chain.from_iterable(marks)))
    finding = _judge(after, is_open, terms.usual, rules)
    if finding.turn is Turn.CLOSES:
        # The slow minutes are over: they must not speak for another jam.
        kept = [m for m in marks if drive_s - m.drive_s <= _CLOSE_WINDOW_S]
        after = msgspec.structs.replace(after, marks=tuple(chain.from_iterable(kept[-1:])))
    return after, finding


def _stretch(along_m: float, terms: Terms) -> float:
    """By how much planned seconds are longer there for what each leg costs besides its length."""
    line = terms.line
    ends_m = [v.along_m for v in line.visits]
    end_m = next((m for m in ends_m if m >= along_m), line.geometry.length_m)
    begin_m = max((m for m in ends_m if m < along_m), default=0.0)
    leg_s = line.geometry.free_flow_at(end_m) - line.geometry.free_flow_at(begin_m)
    added_s = terms.start_s if leg_s >= _SHORTEST_LEG_S else 0.0
    return (1.0 + added_s / leg_s if added_s else 1.0) / terms.typical


def _doubt_s(expected_s: float) -> float:
    """One standard deviation of an ordinary drive that is expected to take so long."""
    return math.sqrt(_SCATTER_S * expected_s + (_USUAL_DOUBT * expected_s) ** 2)


def _judge(pace: Pace, is_open: bool, usual: float, rules: TrackingRules) -> Finding:
    if is_open:
        driven_s, planned_s = recent(pace, _CLOSE_WINDOW_S)
        if driven_s < _CLOSE_WINDOW_S - _MARK_EVERY_S:
            return NOTHING
        factor = factor_of(driven_s, planned_s)
        if factor <= rules.traffic_close_factor * usual:
            return Finding(Turn.CLOSES)
        return Finding(measure=factor)
    worst = max(_marks(pace), key=lambda m: _lost_s(pace, m, rules.traffic_close_factor * usual), default=None)
    if worst is None:
        return NOTHING
    # The jam began where most time has been lost since; the free minutes before it say nothing of it.
    driven_s, planned_s = pace.drive_s - worst.drive_s, pace.flow_s - worst.flow_s
    factor = factor_of(driven_s, planned_s)
    needed_s = max(rules.traffic_lost_s, _SURE_SDS * _doubt_s(usual * planned_s))
    long_enough = driven_s >= rules.traffic_least_s and _lost_s(pace, worst, usual) >= needed_s
    if long_enough and factor >= rules.traffic_open_factor * usual:
        return Finding(Turn.OPENS, worst.at_ts, factor)
    return NOTHING


class _Mark(NamedTuple):
    at_ts: float
    drive_s: float
    flow_s: float


def _marks(pace: Pace) -> list[_Mark]:
    return [_Mark(*numbers) for numbers in batched(pace.marks, 3)]


def _lost_s(pace: Pace, mark: _Mark, usual: float) -> float:
    return (pace.drive_s - mark.drive_s) - usual * (pace.flow_s - mark.flow_s)
