"""
Departures from the plan that fixes show: off the corridor, wrong way, stall, slow traffic.

`step` lays one fix onto the line, asks each detector, and keeps the departures that are open. It depends on the fixes
and on what the phone reported finished, on nothing else, so that a late fix can be put in its place and all run again.
"""

import math
from collections.abc import Mapping

import msgspec

from tests.tracking.reference.arrival import follow_visits, is_astray, next_visits
from tests.tracking.reference.corridor import limit_m, off_corridor
from tests.tracking.reference.progress import BEARING_FROM_MPS, Located, locate
from tests.tracking.reference.sight import NOTHING, Finding, Sight, Turn
from tests.tracking.reference.standing import halted, stall
from tests.tracking.reference.traffic import slow_traffic
from tests.tracking.reference.wrong_way import wrong_way
from tracking.arrival import distance_to_visit_m, is_at_stop, is_pending
from tracking.courier_state import Corridor, Episode, Motion, Place, Still, TrackPoint, VisitProgress
from tracking.deviation import Terms, new_episode
from tracking.events import DeviationKind
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules

_EARLY_START_S = 1800.0
_ASTRAY_M = 150.0
_SETTLED_S = 60.0
_STANDS_S = 30.0
_USUAL_ACCURACY_M = 10.0
_LOST_STALL_FACTOR = 2.5
_STANDING_MPS = 0.5


def step(motion: Motion, point: TrackPoint, terms: Terms) -> tuple[Motion, tuple[Episode, ...]]:
    """The motion after one more fix, and the departures that it opened or closed."""
    terms = _known_at(point.at_ts, terms)
    sight, located = _sight(motion, point, terms)
    rules = terms.rules
    is_open = {e.kind for e in motion.open}
    visits_left = any(is_pending(v, terms.done) for v in motion.visits)
    corridor, off = off_corridor(motion.corridor, sight, DeviationKind.OFF_ROUTE in is_open, rules)
    is_off = DeviationKind.OFF_ROUTE in is_open
    lost = off.turn is not Turn.CLOSES and (is_off or off.turn is Turn.OPENS)
    way, back = wrong_way(motion.way, motion.halt, sight, DeviationKind.WRONG_WAY in is_open, rules)
    stall_open = DeviationKind.STALL in is_open
    if (lost or stall_open) and back.turn is Turn.OPENS:
        # One cause, one departure: what else the line shows of a courier who has left it, or stands, follows from that.
        back = NOTHING
    needed_s = rules.stall_s * (_LOST_STALL_FACTOR if lost else 1.0)
    leg = next((i for i, v in enumerate(motion.visits) if is_pending(v, terms.done)), None)
    if leg is not None:
        # Nobody knows where on the leg a planned break is taken.
        needed_s += sum(h.duration_s for h in terms.line.visits[leg].halts)
    halt = halted(motion.halt, sight, rules)
    still, stands = stall(motion.still, halt, sight, stall_open, visits_left, rules, needed_s)
    pace, slow = motion.pace, NOTHING
    if not lost and DeviationKind.WRONG_WAY not in is_open:
        slow_open = DeviationKind.SLOW_TRAFFIC in is_open
        pace, slow = slow_traffic(motion.pace, sight, slow_open, still, terms, way.furthest_m)
    visits = follow_visits(motion.visits, terms.done, sight, halt, terms.line, rules, lost=lost)
    reached = visits is not motion.visits and _arrives(motion.visits, visits)
    if stands.turn is Turn.OPENS and (reached or _may_be_serving(sight, halt, visits, terms)):
        stands = NOTHING
    if lost and reached:
        # Whoever has come to a stop has come back, whatever streets led there.
        corridor, off = _anew(corridor), Finding(Turn.CLOSES) if is_off else NOTHING
    findings = {
        DeviationKind.OFF_ROUTE: off,
        DeviationKind.WRONG_WAY: back,
        DeviationKind.STALL: stands,
        DeviationKind.SLOW_TRAFFIC: slow,
    }
    near_visit_id = next((v.visit_id for v in motion.visits if is_pending(v, terms.done)), None)
    still_open, changed = _apply(motion.open, findings, sight, near_visit_id, terms.line)
    after = Motion(
        place=_anchored(located.place, visits, halt, terms),
        corridor=corridor,
        way=way,
        still=still,
        pace=pace,
        visits=visits,
        # The plane of a line has its first point as the origin.
        seen_at_start=motion.seen_at_start or math.hypot(sight.x_m, sight.y_m) <= rules.start_radius_m,
        departed_ts=motion.departed_ts if motion.departed_ts is not None or not sight.departed else sight.at_ts,
        open=still_open,
        halt=halt,
    )
    return after, changed


def _may_be_serving(sight: Sight, halt: Still, visits: tuple[VisitProgress, ...], terms: Terms) -> bool:
    """Whether the courier has come to stand at a stop that is not due, not long enough yet to have arrived there."""
    if sight.at_ts - halt.since_ts > terms.rules.out_of_turn_dwell_s:
        return False
    here = (sight.x_m, sight.y_m)
    return any(
        distance_to_visit_m(here, xy_m) <= terms.rules.arrive_radius_m and is_pending(visit, terms.done)
        for visit, xy_m in zip(visits, terms.line.visits_xy_m, strict=True)
    )


def _anew(corridor: Corridor) -> Corridor:
    """No evidence; what says how noisy the fixes are stays."""
    return Corridor(laterals_m=corridor.laterals_m, leapt_m=corridor.leapt_m, speed_mps=corridor.speed_mps)


def _arrives(before: tuple[VisitProgress, ...], after: tuple[VisitProgress, ...]) -> bool:
    return any(b.arrived_ts is None and a.arrived_ts is not None for b, a in zip(before, after, strict=True))


def _known_at(at_ts: float, terms: Terms) -> Terms:
    """What was finished by then: a fix that comes late is judged as of its own time."""
    if all(done_ts <= at_ts for done_ts in terms.done.values()):
        return terms
    return msgspec.structs.replace(terms, done={visit_id: ts for visit_id, ts in terms.done.items() if ts <= at_ts})


def _anchored(place: Place, visits: tuple[VisitProgress, ...], halt: Still, terms: Terms) -> Place:
    """A courier who has been at a stop for a minute is at its place on the line, whatever streets led there."""
    if place.at_ts - halt.since_ts < _STANDS_S:
        return place
    for visit, planned in zip(visits, terms.line.visits, strict=True):
        if visit.arrived_ts is None or visit.left_ts is not None or visit.away_pings or visit.visit_id in terms.done:
            continue
        if place.at_ts - visit.arrived_ts >= _SETTLED_S and abs(planned.along_m - place.along_m) > _ASTRAY_M:
            return msgspec.structs.replace(place, along_m=planned.along_m, on_ts=place.at_ts, rejoin_m=None)
        break
    return place


def _sight(motion: Motion, point: TrackPoint, terms: Terms) -> tuple[Sight, Located]:
    line, rules, place = terms.line, terms.rules, motion.place
    geometry = line.geometry
    xy_m = geometry.xy_m(point.lon, point.lat)
    limit = limit_m(motion.corridor, point.accuracy_m, rules)
    next_is = next_visits(motion.visits, terms.done, rules)
    located = locate(place, point, xy_m, line, _leg(motion, next_is, terms), limit, rules)
    along_m = located.place.along_m
    last_along_m = place.along_m if place is not None else along_m
    next_m = min((distance_to_visit_m(xy_m, line.visits_xy_m[i]) for i in next_is), default=math.inf)
    on_line = located.place.offset_m <= limit
    nearest_m = min(
        _nearest_made_m(motion, xy_m, terms),
        next_m
        if next_m <= rules.out_of_turn_radius_m
        or any(not is_astray(line.visits[i], along_m, on_line=on_line) for i in next_is)
        else math.inf,
    )
    sight = Sight(
        at_ts=point.at_ts,
        dt_s=point.at_ts - place.at_ts if place is not None else 0.0,
        lon=point.lon,
        lat=point.lat,
        x_m=xy_m[0],
        y_m=xy_m[1],
        accuracy_m=point.accuracy_m or _USUAL_ACCURACY_M,
        along_m=along_m,
        last_along_m=last_along_m,
        gained_flow_s=geometry.free_flow_at(along_m) - geometry.free_flow_at(last_along_m),
        offset_m=located.place.offset_m,
        lateral_m=located.lateral_m,
        limit_m=limit,
        stop_m=nearest_m,
        next_stop_m=next_m,
        near_stop=nearest_m <= rules.quiet_near_stop_m,
        near_ends=_near_ends(xy_m, along_m, line, rules),
        departed=_departed(motion, point.at_ts, xy_m, located.place, limit, nearest_m, terms),
        jumped=located.jumped,
        jumped_back=located.jumped_back,
        from_line_m=located.from_line_m,
        beside=located.beside,
        stands=point.speed_mps is not None and point.speed_mps < _STANDING_MPS,
        moved_m=_moved_m(place, xy_m, line),
        heading_m=(located.place.heading_x_m, located.place.heading_y_m),
        speed_mps=point.speed_mps,
        last_offset_m=place.offset_m if place is not None else located.place.offset_m,
        goes=point.bearing_deg is not None and (point.speed_mps or 0.0) >= BEARING_FROM_MPS,
        leaves=_leaves(motion, point.at_ts, xy_m, along_m, limit, _moved_m(place, xy_m, line), terms),
    )
    return sight, located


def _moved_m(place: Place | None, xy_m: tuple[float, float], line: RouteLine) -> float:
    if place is None:
        return 0.0
    x_m, y_m = line.geometry.xy_m(place.lon, place.lat)
    return math.hypot(xy_m[0] - x_m, xy_m[1] - y_m)


def _leg(motion: Motion, next_is: tuple[int, ...], terms: Terms) -> tuple[float, float]:
    """From which place on the line to which the courier drives now: the last stop reached, the next one to be made."""
    visits = terms.line.visits
    made = [p.along_m for v, p in zip(motion.visits, visits, strict=True) if v.arrived_ts is not None]
    staying = [
        p.along_m for v, p in zip(motion.visits, visits, strict=True) if is_at_stop(v) and is_pending(v, terms.done)
    ]
    end_m = visits[next_is[-1]].along_m if next_is else terms.line.geometry.length_m
    begin_m = max((m for m in made if m <= end_m), default=0.0)
    # Who is still at a stop has not gone on from it.
    return begin_m, staying[-1] if staying else end_m


def _near_ends(xy_m: tuple[float, float], along_m: float, line: RouteLine, rules: TrackingRules) -> bool:
    radius_m = rules.quiet_near_stop_m
    geometry = line.geometry
    if along_m <= rules.start_radius_m and math.hypot(*xy_m) <= radius_m:
        return True
    end_m = math.hypot(xy_m[0] - geometry.xs_m[-1], xy_m[1] - geometry.ys_m[-1])
    return end_m <= radius_m and along_m >= geometry.length_m - rules.start_radius_m


def _nearest_made_m(motion: Motion, xy_m: tuple[float, float], terms: Terms) -> float:
    """Metres to the nearest stop where the courier is, or that was made last."""
    near: list[tuple[float, float, float, float]] = []
    last_made: tuple[float, float, float, float] | None = None
    for visit, xy in zip(motion.visits, terms.line.visits_xy_m, strict=True):
        if not is_pending(visit, terms.done):
            last_made = xy
        if is_at_stop(visit):
            near.append(xy)
    if last_made is not None:
        near.append(last_made)
    return min((distance_to_visit_m(xy_m, xy) for xy in near), default=math.inf)


def _leaves(
    motion: Motion,
    at_ts: float,
    xy_m: tuple[float, float],
    along_m: float,
    limit: float,
    moved_m: float,
    terms: Terms,
) -> bool:
    """Whether the courier goes away from the start when it is time to: well away, or by a step longer than noise."""
    rules, away_m = terms.rules, math.hypot(*xy_m)
    if not (motion.seen_at_start or away_m <= rules.start_radius_m):
        return False
    if at_ts < terms.line.departs_at.timestamp() or along_m > rules.start_radius_m:
        return False
    return away_m > rules.quiet_near_stop_m or min(away_m, moved_m) > limit


def _departed(
    motion: Motion,
    at_ts: float,
    xy_m: tuple[float, float],
    place: Place,
    limit: float,
    nearest_stop_m: float,
    terms: Terms,
) -> bool:
    """
    Whether the route has begun.

    It has when the courier was at the start and went away, or is met on the line (not long before the planned time: the
    way to work may run along it), or is at a stop. A courier who is on the way to the depot has not left any route.
    """
    if motion.departed_ts is not None:
        return True
    departs_ts = terms.line.departs_at.timestamp()
    if at_ts >= departs_ts and nearest_stop_m <= terms.rules.arrive_radius_m:
        return True
    if math.hypot(*xy_m) <= terms.rules.start_radius_m:
        return False
    if motion.seen_at_start:
        return True
    on_line = place.offset_m <= limit and place.along_m > terms.rules.start_radius_m
    return on_line and at_ts >= departs_ts - _EARLY_START_S


def _apply(
    open_now: tuple[Episode, ...],
    findings: Mapping[DeviationKind, Finding],
    sight: Sight,
    near_visit_id: str | None,
    line: RouteLine,
) -> tuple[tuple[Episode, ...], tuple[Episode, ...]]:
    """Open and close episodes by the detectors' words; the second tuple holds those that changed state."""
    if not open_now and all(f is NOTHING or f.turn is not Turn.OPENS for f in findings.values()):
        return (), ()
    still_open: list[Episode] = []
    changed: list[Episode] = []
    for episode in open_now:
        finding = findings[episode.kind]
        if finding.turn is Turn.CLOSES:
            changed.append(msgspec.structs.replace(episode, closed_ts=sight.at_ts))
        elif finding.measure and finding.measure != episode.measure:
            still_open.append(msgspec.structs.replace(episode, measure=finding.measure, lon=sight.lon, lat=sight.lat))
        else:
            still_open.append(episode)
    for kind, finding in findings.items():
        if finding.turn is Turn.OPENS:
            opened = new_episode(line, kind, finding.since_ts, sight.at_ts, finding.measure, near_visit_id)
            opened = msgspec.structs.replace(opened, lon=sight.lon, lat=sight.lat)
            still_open.append(opened)
            changed.append(opened)
    return tuple(still_open), tuple(changed)
