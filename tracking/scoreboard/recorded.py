"""
Recorded tracks held against a plan and the truth.

Where the file gives no plan it is the fastest way between the first and the last fix; where it gives no truth it is the
match of the whole track onto the streets, made afterwards with all fixes known.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from routing.plan import Leg, Route, Visit
from routing.roads import RoadNetwork
from tracking.events import DeviationKind
from tracking.files.plan import FilePlan
from tracking.learning import ObservedLeg, local_hour
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.scoreboard.arrivals import ArrivalTally, crow_mps, judge_arrivals
from tracking.scoreboard.baselines import RULES, alarms_by, measured
from tracking.scoreboard.detection import Alarm, Tally, alarms_of, judge
from tracking.scoreboard.following import CityMemory, follow
from tracking.scoreboard.tracks import RecordedTrack
from tracking.scoreboard.truth import Case, departures_of
from tracking.simulate import DisturbanceKind, TrueVisit
from tracking.simulated_aside import off_line_m
from zones.lonlat import LonLat, distance_m

_CONFIDENT_M = 60.0
_EVERY_FIX = 4
_OWN_WAY_M = 30.0
_OWN_WAY_LONGER = 1.15
_TO_THE_END = 1.5
_SPOILS = (DeviationKind.STALL, DeviationKind.GAP, DeviationKind.WRONG_WAY)
_PLAN_MPS = 28.0 / 3.6


@dataclass(slots=True)
class TracksResult:
    """What the tracks of one file came to; `own_way` is each track on the way it really took, where nothing departs."""

    tracks: int = 0
    left_out: list[str] = field(default_factory=list)
    ours: Tally = field(default_factory=Tally)
    own_way: Tally = field(default_factory=Tally)
    told: Tally = field(default_factory=Tally)
    rules: dict[str, Tally] = field(default_factory=dict)
    arrivals: ArrivalTally = field(default_factory=ArrivalTally)
    with_plan: int = 0
    with_truth: int = 0
    with_disturbances: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """A case with the limits that its plan lets hold; `told` when its file says what else went wrong, or that nothing
    did."""

    case: Case
    rules: TrackingRules
    told: bool


def judge_tracks(
    tracks: Sequence[RecordedTrack], roads: RoadNetwork, say: Callable[[str], None] = lambda _: None
) -> TracksResult:
    """Judge the tracks in order of time: the first half also teaches travel times, the later half is measured."""
    result = TracksResult(tracks=len(tracks), simulated=bool(tracks) and all(t.simulated for t in tracks))
    result.with_plan = sum(1 for t in tracks if t.plan is not None)
    result.with_truth = sum(1 for t in tracks if t.truth is not None)
    result.with_disturbances = sum(1 for t in tracks if t.told.disturbances is not None)
    judged: list[_Judged] = []
    for track in sorted(tracks, key=lambda t: t.started_at):
        truth = _truth(track, roads)
        if track.plan is not None:
            case = _planned_case(track, track.plan, truth, roads)
            judged.append(_Judged(case, track.plan.rules(DEFAULT_RULES), track.told.disturbances is not None))
        else:
            legs = roads.route((_first(track), _last(track)))
            if legs is None:
                result.left_out.append(f"{track.name}: no way between its first and last fix")
                continue
            judged.append(_Judged(_case(track, legs, truth), DEFAULT_RULES, told=False))
        _judge_rules(judged[-1].case, result)
        own = _own_way(track, truth, roads) if track.plan is None else None
        if own is not None:
            own_case = _case(track, own, truth)
            result.own_way.add(judge(own_case, alarms_of(follow(own_case, roads).told)))
            _judge_rules(own_case, result)
    say(f"{len(judged)} tracks with a plan and a truth")
    _judge_in_time(judged, roads, result)
    return result


def _judge_in_time(judged: Sequence[_Judged], roads: RoadNetwork, result: TracksResult) -> None:
    memory = CityMemory()
    half = len(judged) // 2
    drives: list[Case] = []
    days: list[Case] = []
    for one in judged[:half]:
        several = len(one.case.line.visits) > 1 and bool(one.case.visits)
        alarms = alarms_of(follow(one.case, roads, memory if several else None, one.rules).told)
        _count(one, alarms, result)
        days += [one.case] if several else []
        # As in the service, a drive on which the vehicle stood or was silent says nothing of the traffic.
        if not several and _leads_to_the_end(one.case) and not any(a.kind in _SPOILS for a in alarms):
            drives.append(one.case)
    for case in drives:
        memory.learned = memory.learned.observe_leg(_observed(case))
    memory.refresh()
    pace_mps = crow_mps(days) if days else _pace_mps(drives)
    for one in judged[half:]:
        followed = follow(one.case, roads, memory, one.rules, learns=False)
        _count(one, alarms_of(followed.told), result)
        factors = memory.factors_at(one.case.line.departs_at, one.case.line.courier_id)
        if _leads_to_the_end(one.case):
            result.arrivals.add(judge_arrivals(one.case, followed, pace_mps, factors))


def _count(one: _Judged, alarms: Sequence[Alarm], result: TracksResult) -> None:
    tally = judge(one.case, alarms)
    result.ours.add(tally)
    if one.told:
        result.told.add(tally)


def _leads_to_the_end(case: Case) -> bool:
    """
    Whether the drive led to the end of the plan, by whatever streets: a cruise round the town has no arrival.

    Of a plan with several stops nobody knows when they were reached, unless the file says so.
    """
    if len(case.line.visits) > 1:
        return bool(case.visits)
    points = [p.point for p in case.pings if p.point is not None]
    return _driven_m(points) <= _TO_THE_END * case.line.geometry.length_m


def _driven_m(points: Sequence[LonLat]) -> float:
    return sum(distance_m(a, b) for a, b in itertools.pairwise(points))


def _judge_rules(case: Case, result: TracksResult) -> None:
    seen = measured(case)
    for rule in RULES:
        result.rules.setdefault(rule.name, Tally()).add(judge(case, alarms_by(rule, seen)))


def _pace_mps(cases: Sequence[Case]) -> float:
    metres = sum(distance_m(c.line.points[0], c.line.points[-1]) for c in cases)
    seconds = sum((c.visits[0].arrived_at - c.pings[0].fix_at).total_seconds() for c in cases)
    return metres / seconds if seconds > 0.0 and metres > 0.0 else crow_mps(())


def _observed(case: Case) -> ObservedLeg:
    arrived_at, left_at = case.visits[0].arrived_at, case.pings[0].fix_at
    hour, kind = local_hour((arrived_at.timestamp() + left_at.timestamp()) / 2, UTC)
    return ObservedLeg(
        visit_id=case.visits[0].visit_id,
        zone_id=None,
        hour=hour,
        day_kind=kind,
        planned_s=case.line.free_flow_s[-1],
        observed_s=(arrived_at - left_at).total_seconds(),
        ended_ts=arrived_at.timestamp(),
    )


def _truth(track: RecordedTrack, roads: RoadNetwork) -> tuple[LonLat | None, ...]:
    if track.truth is not None:
        return track.truth
    placed = [(i, p.point) for i, p in enumerate(track.pings) if p.point is not None]
    matched = roads.match(
        [point for _, point in placed],
        [track.pings[i].fix_at for i, _ in placed],
        [track.pings[i].accuracy_m for i, _ in placed],
    )
    truth: list[LonLat | None] = [None] * len(track.pings)
    for (i, point), found in zip(placed, matched.points, strict=True):
        # A fix that fits no street near it has no truth that anybody could know.
        if found is not None and distance_m(point, found) <= _CONFIDENT_M:
            truth[i] = found
    return tuple(truth)


def _pace_of(points: Sequence[LonLat], roads: RoadNetwork) -> float:
    """The file says where, not how fast: the pace is that of the fastest way through the same places."""
    legs = roads.route(points)
    metres, seconds = sum(leg.distance_m for leg in legs or ()), sum(leg.duration_s for leg in legs or ())
    return metres / seconds if metres > 0 and seconds > 0 else _PLAN_MPS


def _planned_case(track: RecordedTrack, plan: FilePlan, truth: Sequence[LonLat | None], roads: RoadNetwork) -> Case:
    """A track on the plan of its file, followed by the same line as a replay follows it."""
    ends = [plan.points[0], *(stop.point for stop in plan.stops), plan.points[-1]]
    line = plan.line(track.started_at, _pace_of(ends, roads))
    return _case_on(line, track, truth)


def _own_way(track: RecordedTrack, truth: Sequence[LonLat | None], roads: RoadNetwork) -> tuple[Leg, ...] | None:
    """The way really taken, through some of the true places; None when the streets give another one."""
    known = [p for p in truth if p is not None]
    through = [*known[:-1:_EVERY_FIX], *known[-1:]]
    legs = roads.route(through) if len(through) > 2 else None
    if legs is None:
        return None
    path = tuple(p for leg in legs for p in leg.path)
    if len(path) < 2 or float(off_line_m(path, known).max()) > _OWN_WAY_M:
        return None
    # Through a place on the wrong side of the street the router turns back and forth; nobody drove that.
    if sum(leg.distance_m for leg in legs) > _OWN_WAY_LONGER * _driven_m(known):
        return None
    return (
        Leg(
            distance_m=sum(leg.distance_m for leg in legs),
            duration_s=sum(leg.duration_s for leg in legs),
            path=path,
            source=roads.source,
        ),
    )


def _case(track: RecordedTrack, legs: tuple[Leg, ...], truth: Sequence[LonLat | None]) -> Case:
    departs_at, end = track.started_at, legs[0].path[-1] if legs[0].path else _last(track)
    visit_id = f"{track.name}-end"
    arrives_at = departs_at + timedelta(seconds=legs[0].duration_s)
    route = Route(
        shift_id=track.name,
        courier_id=track.name,
        departs_at=departs_at,
        returns_at=arrives_at,
        visits=(
            Visit(
                visit_id=visit_id,
                order_id=visit_id,
                point=end,
                arrives_at=arrives_at,
                starts_at=arrives_at,
                leaves_at=arrives_at,
            ),
        ),
        legs=(legs[0], Leg(distance_m=0, duration_s=0, path=(end,), source=legs[0].source)),
    )
    return _case_on(route_line(f"track:{track.name}", route, {visit_id: VisitFacts(service_s=0)}), track, truth)


def _case_on(line: RouteLine, track: RecordedTrack, truth: Sequence[LonLat | None]) -> Case:
    known = [(i, p) for i, p in enumerate(truth) if p is not None]
    offsets: list[float | None] = [None] * len(track.pings)
    for (i, _), offset in zip(known, off_line_m(line.points, [p for _, p in known]), strict=True):
        offsets[i] = float(offset)
    by_time: list[tuple[datetime, float | None]] = sorted(
        ((p.fix_at, o) for p, o in zip(track.pings, offsets, strict=True)), key=lambda s: s[0]
    )
    told = track.told
    return Case(
        name=track.name,
        line=line,
        pings=track.pings,
        offset_m=tuple(offsets),
        departures=told.departures if told.departures is not None else departures_of(by_time),
        source="simulated" if track.simulated else "real",
        outcomes=told.reports,
        disturbances=told.disturbances or (),
        visits=_true_visits(line, track),
        silences=told.silences
        or tuple((t.began_at, t.ended_at) for t in told.disturbances or () if t.kind is DisturbanceKind.GAP),
        aside=told.aside,
        interval_s=track.interval_s,
    )


def _true_visits(line: RouteLine, track: RecordedTrack) -> tuple[TrueVisit, ...]:
    """As the file tells them; else a way to one place was driven when the track ends."""
    if track.told.visits is not None:
        planned = {visit.visit_id for visit in line.visits}
        return tuple(visit for visit in track.told.visits if visit.visit_id in planned)
    if len(line.visits) > 1:
        return ()
    ended_at = max(p.fix_at for p in track.pings)
    return (TrueVisit(visit_id=line.visits[0].visit_id, arrived_at=ended_at, left_at=ended_at),)


def _first(track: RecordedTrack) -> LonLat:
    return next(p.point for p in track.pings if p.point is not None)


def _last(track: RecordedTrack) -> LonLat:
    return next(p.point for p in reversed(track.pings) if p.point is not None)
