"""
What a finished visit teaches: how long the drive to it took and how long its service, where both went as planned.

A leg with a gap in the signal, a stall, a detour or stops out of turn tells of those and not of traffic; one with a
break or a reload on the way cannot be told apart from it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, tzinfo

from tracking.courier_state import CourierState, Episode, VisitProgress
from tracking.events import DeviationKind
from tracking.learning import ObservedLeg, local_hour
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.service_times import ObservedService
from tracking.timed import service_begins_ts

SPOILS = frozenset(
    (
        DeviationKind.OFF_ROUTE,
        DeviationKind.WRONG_WAY,
        DeviationKind.WRONG_SEQUENCE,
        DeviationKind.STALL,
        DeviationKind.GAP,
    )
)
"""Departures during which a drive says nothing of the traffic."""


@dataclass(frozen=True, slots=True)
class ObservedVisit:
    """What one finished visit teaches; None for a part that went otherwise than planned. `began_ts`: its service."""

    visit_id: str
    began_ts: float
    leg: ObservedLeg | None
    service: ObservedService | None


def observed_visit(
    state: CourierState,
    line: RouteLine,
    visit_id: str,
    timezone: tzinfo,
    holidays: Collection[date] = (),
    rules: TrackingRules = DEFAULT_RULES,
) -> ObservedVisit | None:
    """What a visit that was reached and left teaches; None when it was not, or nobody saw the courier come."""
    i = next((i for i, v in enumerate(state.motion.visits) if v.visit_id == visit_id), None)
    if i is None or len(state.motion.visits) != len(line.visits):
        return None
    visit, planned = state.motion.visits[i], line.visits[i]
    if visit.arrived_ts is None or visit.left_ts is None:
        return None
    if visit.arrived_ts >= state.done.get(visit_id, visit.left_ts):
        # Known by the courier's word alone: the outcome may have been pressed long after the arrival.
        return None
    began_ts = service_begins_ts(visit.arrived_ts + planned.setup_s, planned)
    leg = _leg(state, line, i, timezone, holidays, rules)
    return ObservedVisit(visit_id, began_ts, leg, _service(state, line, planned, visit, began_ts, rules))


def visits_between(state: CourierState, made_ts: float, began_ts: float) -> int:
    """How many other visits were under way or made between two instants; see `Forecast.visits_before`."""
    return sum(
        1
        for v in state.motion.visits
        if v.arrived_ts is not None and v.arrived_ts < began_ts and (v.left_ts or began_ts) > made_ts
    )


def _leg(
    state: CourierState,
    line: RouteLine,
    i: int,
    timezone: tzinfo,
    holidays: Collection[date],
    rules: TrackingRules,
) -> ObservedLeg | None:
    visits, planned = state.motion.visits, line.visits[i]
    arrived_ts = visits[i].arrived_ts
    from_ts = visits[i - 1].left_ts if i > 0 else state.motion.departed_ts
    if arrived_ts is None or from_ts is None or from_ts >= arrived_ts or planned.halts:
        return None
    if any(_touches(other, from_ts, arrived_ts) for k, other in enumerate(visits) if k not in (i - 1, i)):
        return None
    if any(_spoils(e, from_ts, arrived_ts) for e in (*state.motion.open, *state.timed, *state.closed)):
        return None
    # Both ends are noticed at a distance from the stops: what was driven there unseen is not part of what was planned.
    from_m = line.visits[i - 1].along_m + rules.leave_radius_m if i > 0 else rules.start_radius_m
    geometry = line.geometry
    planned_s = geometry.free_flow_at(planned.along_m) - geometry.free_flow_at(min(from_m, planned.along_m))
    planned_s -= _coming_s(line, planned, rules)
    hour, kind = local_hour((from_ts + arrived_ts) / 2.0, timezone, holidays)
    return ObservedLeg(
        visit_id=planned.visit_id,
        zone_id=planned.zone_id,
        hour=hour,
        day_kind=kind,
        planned_s=planned_s,
        observed_s=arrived_ts - from_ts,
        ended_ts=arrived_ts,
    )


def _service(
    state: CourierState,
    line: RouteLine,
    planned: PlannedVisit,
    visit: VisitProgress,
    began_ts: float,
    rules: TrackingRules,
) -> ObservedService | None:
    left_ts = visit.left_ts
    if left_ts is None or visit.arrived_ts is None or left_ts <= began_ts:
        return None
    others = (v for v in state.motion.visits if v is not visit)
    if any(_touches(other, visit.arrived_ts, left_ts) for other in others):
        # Several orders at one door: nobody can tell how long each took.
        return None
    if any(
        e.kind is DeviationKind.GAP and _spoils(e, visit.arrived_ts, left_ts) for e in (*state.timed, *state.closed)
    ):
        return None
    return ObservedService(
        visit_id=planned.visit_id,
        zone_id=planned.zone_id,
        order_type=planned.order_type,
        courier_id=line.courier_id,
        planned_s=float(planned.service_s),
        observed_s=left_ts - began_ts - _driven_s(line, planned, visit, began_ts, rules),
        ended_ts=left_ts,
    )


def _driven_s(
    line: RouteLine, planned: PlannedVisit, visit: VisitProgress, began_ts: float, rules: TrackingRules
) -> float:
    """Seconds of driving between noticing the arrival and noticing the departure: they are no service."""
    flow_at, along_m = line.geometry.free_flow_at, planned.along_m
    going_s = flow_at(along_m + rules.leave_radius_m) - flow_at(along_m)
    return going_s + (_coming_s(line, planned, rules) if began_ts == visit.arrived_ts else 0.0)


def _coming_s(line: RouteLine, planned: PlannedVisit, rules: TrackingRules) -> float:
    """Seconds from where an arrival is noticed, on average half the radius before the stop."""
    flow_at = line.geometry.free_flow_at
    return flow_at(planned.along_m) - flow_at(planned.along_m - rules.arrive_radius_m / 2.0)


def _touches(visit: VisitProgress, from_ts: float, until_ts: float) -> bool:
    arrived, left = visit.arrived_ts, visit.left_ts
    return arrived is not None and arrived < until_ts and (left is None or left > from_ts)


def _spoils(episode: Episode, from_ts: float, until_ts: float) -> bool:
    if episode.kind not in SPOILS or episode.retracted:
        return False
    return episode.since_ts < until_ts and (episode.closed_ts is None or episode.closed_ts > from_ts)
