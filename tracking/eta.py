"""
When service at each visit left is likely to start: P10, P50 and P90.

Expected = planned driving seconds ahead x factor + service + waiting for windows, from the courier's last fix. The
factor seen on this drive (`learning.adapted`) holds for the road just ahead and fades to the learned one over 15
minutes of driving. The time still to go is taken as log-normal around the expected one. Its variance is the sum of
what is common to all that is ahead (doubt about the factors, growing with the square of the time) and what is each
block's or stop's own (growing with the time); the figures are those of `learning.Factor`, chosen so that a 12 minute
drive has a standard deviation of about 3 minutes, as real city trips have around a learned factor.
"""

import math
from dataclasses import dataclass

from tracking.arrival import is_at_stop, is_pending
from tracking.cadence import gap_limit_s
from tracking.courier_state import Approach, CourierState, instant
from tracking.events import DeviationKind, Eta, Level
from tracking.learning import Factor, Factors, adapted
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.silence import is_alive, seen_until_ts
from tracking.timed import could_begin_ts, service_begins_ts, skipped_visit_ids
from tracking.traffic import recent
from zones.lonlat import LonLat, distance_m

P90_SD = 1.2816
"""Standard deviations from the median to the 90th percentile of a normal distribution."""

CROW_DETOUR = 1.45
CROW_MPS = 28.0 / 3.6
"""Without streets: great circle x 1.45 at 28 km/h, as `routing.roads` has it."""

_FADES_S = 900.0
_BLOCK_S = 300.0
_FIX_SD_S = 15.0
_OVERRUN_SHARE = 0.25
_OVERRUN_LEAST_S = 30.0
_WIDEST_LOG_SD = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimate of one visit, in seconds since 1970."""

    planned: PlannedVisit
    early_ts: float
    expected_ts: float
    late_ts: float
    level: Level

    def eta(self, computed_ts: float) -> Eta:
        """The form that is stored and shown, on whole seconds."""
        return Eta(
            visit_id=self.planned.visit_id,
            order_id=self.planned.order_id,
            early_at=instant(round(self.early_ts)),
            expected_at=instant(round(self.expected_ts)),
            late_at=instant(round(self.late_ts)),
            computed_at=instant(computed_ts),
        )


def level_of(expected_ts: float, late_ts: float, promised_until_ts: float | None) -> Level:
    """How an arrival stands to its promise; exactly at its end is inside, and without a promise nothing is late."""
    if promised_until_ts is None or late_ts <= promised_until_ts:
        return Level.ON_TIME
    return Level.AT_RISK if expected_ts <= promised_until_ts else Level.LATE


def estimates(
    state: CourierState, line: RouteLine, now_ts: float, factors: Factors, rules: TrackingRules
) -> tuple[Estimate, ...]:
    """
    The estimate of every visit left, in the order they are expected to be made.

    A stop that was left out is expected after all others: the one thing known is that the courier did not go there.
    """
    skipped = set(skipped_visit_ids(state, rules))
    ahead: list[tuple[PlannedVisit, float]] = []
    left_out: list[PlannedVisit] = []
    here: list[tuple[PlannedVisit, float]] = []
    for visit, planned, flow_s in zip(state.motion.visits, line.visits, line.visits_free_flow_s, strict=True):
        if not is_pending(visit, state.done):
            continue
        if is_at_stop(visit) and visit.arrived_ts is not None:
            here.append((planned, visit.arrived_ts))
        elif planned.visit_id in skipped:
            left_out.append(planned)
        else:
            ahead.append((planned, flow_s))
    clock = _Clock(state, line, now_ts, factors, rules)
    found = clock.serve_here(here)
    found.extend(clock.drive_to(planned, flow_s) for planned, flow_s in ahead)
    found.extend(clock.drive_aside_to(planned) for planned in left_out)
    return tuple(found)


def pace_ahead(state: CourierState, factors: Factors) -> Factor:
    """The travel factor of this courier now: the learned one moved by the last minutes of driving."""
    driven_s, planned_s = recent(state.motion.pace)
    return adapted(factors.travel, driven_s, planned_s) if planned_s > 0.0 or driven_s > 0.0 else factors.travel


def crow_drive_s(a: LonLat, b: LonLat) -> float:
    """Driving seconds between two points without streets."""
    return distance_m(a, b) * CROW_DETOUR / CROW_MPS


class _Clock:
    """Goes from stop to stop and sums expected time and its variance; lives for one computation only."""

    def __init__(
        self, state: CourierState, line: RouteLine, now_ts: float, factors: Factors, rules: TrackingRules
    ) -> None:
        self.now_ts = now_ts
        self.state = state
        self.line = line
        self.factors = factors
        self.near = pace_ahead(state, factors)
        place = state.motion.place
        self.from_ff_s = line.geometry.free_flow_at(place.along_m) if place is not None else 0.0
        self.at = LonLat(lon=place.lon, lat=place.lat) if place is not None else line.points[0]
        self.approach = state.approach
        alive = is_alive(state, now_ts, rules)
        self.base_ts, self.unseen_s = _base(state, line, now_ts, rules, alive=alive)
        if any(e.kind is DeviationKind.STALL for e in state.motion.open):
            # Nobody knows when a standing courier goes on: as long again as it has lasted is not unlikely.
            stood_s = max(e.measure for e in state.motion.open if e.kind is DeviationKind.STALL)
            self.unseen_s += min(900.0, stood_s)
        self.seen_ts = seen_until_ts(state, now_ts, rules) or now_ts
        self.ts = self.base_ts
        self.planned_drive_s = 0.0
        self.service_s = 0.0
        self.own_var = _FIX_SD_S**2

    def serve_here(self, here: list[tuple[PlannedVisit, float]]) -> list[Estimate]:
        """The visits at which the courier stands: begun when reached; the clock goes on when they will be over."""
        found: list[Estimate] = []
        if not here:
            return found
        free = [(planned, could_begin_ts(self.state, arrived_ts)) for planned, arrived_ts in here]
        begins_ts = min(service_begins_ts(free_ts, planned) for planned, free_ts in free)
        for planned, free_ts in free:
            start_ts = service_begins_ts(free_ts, planned)
            found.append(Estimate(planned, start_ts, start_ts, start_ts, _level(planned, start_ts, start_ts)))
        service_s = sum(planned.service_s for planned, _ in here) * self.factors.service.ratio
        # A silent courier is taken to finish as planned, not to serve on and on.
        since_s = max(0.0, self.seen_ts - begins_ts)
        # The longer a service lasts beyond its plan, the longer it will still last.
        left_s = max(service_s - since_s, _OVERRUN_LEAST_S, _OVERRUN_SHARE * (since_s - service_s))
        self.base_ts = max(begins_ts, self.seen_ts)
        self.ts = self.base_ts + left_s
        self.own_var += (self.factors.service.trip_log_sd * left_s) ** 2
        return found

    def drive_to(self, planned: PlannedVisit, to_ff_s: float) -> Estimate:
        """The next visit along the line, at so many planned seconds from its start."""
        drive_s = max(0.0, to_ff_s - self.from_ff_s)
        if self.approach is not None and self.approach.visit_id == planned.visit_id:
            drive_s = self.approach.drive_s
        self.from_ff_s = max(self.from_ff_s, to_ff_s)
        return self._arrive(planned, drive_s)

    def drive_aside_to(self, planned: PlannedVisit) -> Estimate:
        """A visit that the line does not lead to any more; as the crow flies, with the usual detour."""
        drive_s = crow_drive_s(self.at, planned.point)
        self.own_var += (0.3 * drive_s) ** 2
        return self._arrive(planned, drive_s)

    def _arrive(self, planned: PlannedVisit, drive_s: float) -> Estimate:
        self.ts += self._driven_s(drive_s)
        self.at = planned.point
        sd_s = math.sqrt(self._variance_s2())
        early_ts, late_ts = _spread(self.ts, self.base_ts, sd_s)
        late_ts += self.unseen_s
        expected_ts = max(self.ts, self.now_ts)
        early_ts, late_ts = max(min(early_ts, expected_ts), self.now_ts), max(late_ts, expected_ts)
        starts = [service_begins_ts(ts, planned) for ts in (early_ts, expected_ts, late_ts)]
        # A window that shut while the others still wait for the next one must not turn the order round.
        early_ts, expected_ts, late_ts = sorted(starts)
        opens_ts = service_begins_ts(self.ts, planned)
        if opens_ts > self.ts:
            # Waiting for a window swallows part of the doubt about when the courier comes.
            self._wait_until(opens_ts, late_ts)
        service_s = planned.service_s * self.factors.service.ratio
        self.ts += service_s
        self.service_s += service_s
        self.own_var += (self.factors.service.trip_log_sd * service_s) ** 2
        return Estimate(planned, early_ts, expected_ts, late_ts, _level(planned, expected_ts, late_ts))

    def _driven_s(self, drive_s: float) -> float:
        """
        Expected seconds for the next `drive_s` planned ones: the pace seen now fades into the usual one.

        Integral of usual + (near - usual) * exp(-x / fade) over the planned seconds x.
        """
        begin, end = self.planned_drive_s, self.planned_drive_s + drive_s
        self.planned_drive_s = end
        usual = self.factors.travel.ratio
        faded = _FADES_S * (math.exp(-begin / _FADES_S) - math.exp(-end / _FADES_S))
        driven_s = usual * drive_s + (self.near.ratio - usual) * faded
        self.own_var += self.near.trip_log_sd**2 * driven_s * _BLOCK_S
        return driven_s

    def _variance_s2(self) -> float:
        common = (self.near.log_sd * self.planned_drive_s) ** 2
        service = (self.factors.service.log_sd * self.service_s) ** 2
        return self.own_var + common + service

    def _wait_until(self, opens_ts: float, late_ts: float) -> None:
        self.ts = opens_ts
        self.own_var = (max(0.0, late_ts - opens_ts) / P90_SD) ** 2
        self.planned_drive_s = 0.0
        self.service_s = 0.0
        self.base_ts = opens_ts
        self.unseen_s = 0.0
        self.near = self.factors.travel


def _level(planned: PlannedVisit, expected_ts: float, late_ts: float) -> Level:
    return level_of(expected_ts, late_ts, promised_until_ts(planned))


def promised_until_ts(planned: PlannedVisit) -> float | None:
    """The end of the latest promise, seconds since 1970."""
    return planned.promised_until_at.timestamp() if planned.promised_until_at is not None else None


def _spread(expected_ts: float, base_ts: float, sd_s: float) -> tuple[float, float]:
    """P10 and P90 of a log-normal time to go with this median and about this standard deviation."""
    to_go_s = max(1.0, expected_ts - base_ts)
    log_sd = min(_WIDEST_LOG_SD, math.sqrt(math.log1p((sd_s / to_go_s) ** 2)))
    return base_ts + to_go_s * math.exp(-P90_SD * log_sd), base_ts + to_go_s * math.exp(P90_SD * log_sd)


def _base(
    state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules, *, alive: bool
) -> tuple[float, float]:
    """
    From when the time to go is counted, and for how long nobody has seen the courier.

    A silent phone is taken to go on as expected, so its estimate does not slip by itself; it may as well have stood all
    the time, so the late end does.
    """
    departs_ts = line.departs_at.timestamp()
    place = state.motion.place
    done_ts = max((ts for ts in state.done.values() if ts <= now_ts), default=departs_ts)
    if state.motion.departed_ts is None and place is None:
        if state.last_life_ts is None and state.phone_expected:
            return max(departs_ts, done_ts), max(0.0, now_ts - departs_ts)
        return max(now_ts, departs_ts), 0.0
    if state.motion.departed_ts is None:
        return max(now_ts, departs_ts) if alive else max(departs_ts, state.last_life_ts or departs_ts), 0.0
    seen_ts = place.at_ts if place is not None else departs_ts
    age_s = now_ts - max(seen_ts, done_ts)
    return max(seen_ts, done_ts), age_s if age_s > gap_limit_s(state, rules) else 0.0


def approach_needed(state: CourierState, now_ts: float) -> bool:
    """Whether the way back from off the route has to be asked of the streets anew."""
    place = state.motion.place
    if place is None or not any(e.kind is DeviationKind.OFF_ROUTE for e in state.motion.open):
        return False
    known = state.approach
    if known is None:
        return True
    moved = known.lon != place.lon or known.lat != place.lat
    return moved and now_ts - known.at_ts >= 5.0


def new_approach(state: CourierState, target: PlannedVisit, drive_s: float, now_ts: float) -> Approach | None:
    """The way back from the present place to the next stop, to be kept until the courier has moved on."""
    place = state.motion.place
    if place is None:
        return None
    return Approach(now_ts, place.lon, place.lat, target.visit_id, drive_s)
