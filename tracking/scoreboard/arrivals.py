"""Estimates of arrival against the truth, beside free flow, great-circle pace and the static plan."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tracking.calibration import HORIZONS, horizon_of
from tracking.events import EtaChanged, Level, Reason
from tracking.learning import Factors
from tracking.route_line import PlannedVisit, RouteLine
from tracking.scoreboard.following import Followed, Look
from tracking.scoreboard.truth import Case
from tracking.simulate import TrueVisit
from zones.lonlat import distance_m

_ENDED_BEFORE_S = 900.0
_OVERRUN_S = 120.0
_OVERRUN_SHARE = 0.5
_SHORTEST_LEG_S = 60.0
_GRAVITY = (Level.ON_TIME, Level.AT_RISK, Level.LATE)


@dataclass(slots=True)
class ArrivalTally:
    """
    Errors in seconds over many cases.

    `legs` are arrivals foretold when leaving the stop before, as (ours, free flow, great circle); `all_left` the same
    for every visit left, each half minute; `half` remaining times at half a leg as (ours, static plan). By horizon:
    `covered` of `seen` came before P90, `signed` errors and `to_go` seconds.
    """

    legs: list[tuple[float, float, float]] = field(default_factory=list)
    all_left: list[tuple[float, float, float]] = field(default_factory=list)
    half: list[tuple[float, float]] = field(default_factory=list)
    covered: list[int] = field(default_factory=lambda: [0] * HORIZONS)
    seen: list[int] = field(default_factory=lambda: [0] * HORIZONS)
    signed_s: list[float] = field(default_factory=lambda: [0.0] * HORIZONS)
    absolute_s: list[tuple[float, float, float]] = field(default_factory=lambda: [(0.0, 0.0, 0.0)] * HORIZONS)
    to_go_s: list[float] = field(default_factory=lambda: [0.0] * HORIZONS)
    jumps_s: Counter[int] = field(default_factory=Counter)
    lines: int = 0
    lines_unexplained: int = 0
    hours: float = 0.0

    def add(self, other: "ArrivalTally") -> None:
        """Take over the counts of another part."""
        self.legs += other.legs
        self.all_left += other.all_left
        self.half += other.half
        for h in range(HORIZONS):
            self.covered[h] += other.covered[h]
            self.seen[h] += other.seen[h]
            self.signed_s[h] += other.signed_s[h]
            a, b = self.absolute_s[h], other.absolute_s[h]
            self.absolute_s[h] = (a[0] + b[0], a[1] + b[1], a[2] + b[2])
            self.to_go_s[h] += other.to_go_s[h]
        self.jumps_s.update(other.jumps_s)
        self.lines += other.lines
        self.lines_unexplained += other.lines_unexplained
        self.hours += other.hours


def crow_mps(cases: Sequence[Case]) -> float:
    """The pace of the great-circle baseline: straight metres between stops made by true driving seconds, all in all."""
    metres = seconds = 0.0
    for case in cases:
        points = {v.visit_id: v.point for v in case.line.visits}
        for a, b in zip(case.visits, case.visits[1:], strict=False):
            metres += distance_m(points[a.visit_id], points[b.visit_id])
            seconds += (b.arrived_at - a.left_at).total_seconds()
    return metres / seconds if seconds > 0.0 else 28.0 / 3.6 / 1.45


def judge_arrivals(case: Case, followed: Followed, pace_mps: float, factors: Factors) -> ArrivalTally:
    """Hold the estimates of one case against its truth."""
    tally = ArrivalTally(hours=case.hours)
    tally.jumps_s = Counter(followed.jumps_s)
    made = {v.visit_id: v for v in case.visits}
    planned = {v.visit_id: v for v in case.line.visits}
    for look in followed.looks:
        _judge_look(look, case, made, planned, pace_mps, tally)
    _judge_legs(case, followed.looks, planned, pace_mps, factors, tally)
    _judge_lines(case, followed, made, tally)
    return tally


def _judge_look(
    look: Look,
    case: Case,
    made: dict[str, TrueVisit],
    planned: dict[str, PlannedVisit],
    pace_mps: float,
    tally: ArrivalTally,
) -> None:
    now_ts = look.at.timestamp()
    flow_ts, crow_ts = _start_ts(look, planned, now_ts), _start_ts(look, planned, now_ts)
    from_flow_s = case.line.geometry.free_flow_at(look.along_m)
    here = case.line.geometry.point_at(look.along_m)
    for eta in look.etas:
        visit = planned[eta.visit_id]
        if eta.visit_id in look.arrived_ts:
            continue
        to_flow_s = case.line.geometry.free_flow_at(visit.along_m)
        flow_ts += max(0.0, to_flow_s - from_flow_s)
        crow_ts += distance_m(here, visit.point) / pace_mps
        from_flow_s, here = max(from_flow_s, to_flow_s), visit.point
        truth = made.get(eta.visit_id)
        if truth is not None and truth.arrived_at > look.at:
            actual_ts = truth.arrived_at.timestamp()
            error_s = eta.expected_at.timestamp() - actual_ts
            errors = (abs(error_s), abs(flow_ts - actual_ts), abs(crow_ts - actual_ts))
            tally.all_left.append(errors)
            to_go_s = eta.expected_at.timestamp() - now_ts
            h = horizon_of(max(0.0, to_go_s))
            tally.seen[h] += 1
            tally.covered[h] += int(actual_ts <= eta.late_at.timestamp() + 0.5)
            tally.signed_s[h] += error_s
            tally.to_go_s[h] += actual_ts - now_ts
            sums = tally.absolute_s[h]
            tally.absolute_s[h] = (sums[0] + errors[0], sums[1] + errors[1], sums[2] + errors[2])
        flow_ts += visit.service_s
        crow_ts += visit.service_s


def _start_ts(look: Look, planned: dict[str, PlannedVisit], now_ts: float) -> float:
    """When the baselines have the courier drive on: after the planned service of the stop where he stands."""
    here = [e.visit_id for e in look.etas if e.visit_id in look.arrived_ts]
    return max([now_ts, *(look.arrived_ts[v] + planned[v].service_s for v in here)])


def _judge_legs(
    case: Case,
    looks: Sequence[Look],
    planned: dict[str, PlannedVisit],
    pace_mps: float,
    factors: Factors,
    tally: ArrivalTally,
) -> None:
    flow = case.line.geometry.free_flow_at
    for i, truth in enumerate(case.visits):
        left_at = case.visits[i - 1].left_at if i else case.pings[0].fix_at
        took_s = (truth.arrived_at - left_at).total_seconds()
        if took_s < _SHORTEST_LEG_S:
            continue
        during = [k for k in looks if left_at < k.at < truth.arrived_at]
        if not during:
            continue
        visit = planned[truth.visit_id]
        first = during[0]
        actual_ts, first_ts = truth.arrived_at.timestamp(), first.at.timestamp()
        ours_ts = _expected_ts(first, truth.visit_id)
        if ours_ts is not None:
            free_ts = first_ts + max(0.0, flow(visit.along_m) - flow(first.along_m))
            crow_ts = first_ts + distance_m(case.line.geometry.point_at(first.along_m), visit.point) / pace_mps
            tally.legs.append((abs(ours_ts - actual_ts), abs(free_ts - actual_ts), abs(crow_ts - actual_ts)))
        half_at = left_at + timedelta(seconds=took_s / 2)
        half = min(during, key=lambda k: abs((k.at - half_at).total_seconds()))
        ours_ts = _expected_ts(half, truth.visit_id)
        if ours_ts is not None:
            static_ts = left_at.timestamp() + _planned_s(case.line, i, truth, planned, factors, left_at.timestamp())
            tally.half.append((abs(ours_ts - actual_ts), abs(static_ts - actual_ts)))


def _planned_s(
    line: RouteLine, i: int, truth: TrueVisit, planned: dict[str, PlannedVisit], factors: Factors, left_ts: float
) -> float:
    """What the plan takes for the leg to this visit: free flow as its legs are stretched, times the learned factor."""
    ids = [v.visit_id for v in line.visits]
    k = ids.index(truth.visit_id)
    flow = line.geometry.free_flow_at
    free_s = flow(line.visits[k].along_m) - (flow(line.visits[k - 1].along_m) if k else 0.0)
    free_s = factors.starts.stretched_s(free_s)
    if factors.hours is None:
        return free_s * factors.travel.ratio
    return free_s * factors.hours.ratio_at(planned[truth.visit_id].zone_id, left_ts)


def _expected_ts(look: Look, visit_id: str) -> float | None:
    return next((e.expected_at.timestamp() for e in look.etas if e.visit_id == visit_id), None)


def _judge_lines(case: Case, followed: Followed, made: dict[str, TrueVisit], tally: ArrivalTally) -> None:
    """Lines in the operators' inbox: a promise that is now in greater danger than was told before."""
    promised = {v.visit_id: v.promised_until_at for v in case.line.visits}
    told: dict[str, Level] = {}
    for at, event in followed.told:
        if not isinstance(event, EtaChanged):
            continue
        before = told.get(event.visit_id, event.old_level or Level.ON_TIME)
        told[event.visit_id] = event.new_level
        if event.reason is Reason.AHEAD or _GRAVITY.index(event.new_level) <= _GRAVITY.index(before):
            continue
        tally.lines += 1
        until = promised[event.visit_id]
        truth = made.get(event.visit_id)
        came_late = truth is None or (until is not None and truth.arrived_at > until)
        since = at - timedelta(seconds=_ENDED_BEFORE_S)
        disturbed = any(t.began_at <= at and t.ended_at >= since for t in case.disturbances) or any(
            begin <= at and end >= since for begin, end in case.silences
        )
        overran = any(v.arrived_at <= at and v.left_at >= since and _overran(v, case.line) for v in case.visits)
        if not (came_late or disturbed or overran):
            tally.lines_unexplained += 1


def _overran(visit: TrueVisit, line: RouteLine) -> bool:
    planned_s = next(v.service_s for v in line.visits if v.visit_id == visit.visit_id)
    over_s = (visit.left_at - visit.arrived_at).total_seconds() - planned_s
    return over_s > max(_OVERRUN_S, _OVERRUN_SHARE * planned_s)
