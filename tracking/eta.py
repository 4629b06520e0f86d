"""
When service at each visit left is likely to start: P10, P50 and P90.

Expected = planned driving seconds ahead x the factor of the zone and the hour in which each part will be driven +
halts + setup + service + waiting for windows, from the courier's last fix. The pace seen on this drive
(`learning.adapted`) moves the factor for the road just ahead, and fades over 15 minutes of driving. The variance of the
time to go is the sum of what is common to all that is ahead (doubt about the factors, growing with the square of the
time) and what is each block's or stop's own (growing with the time). How many such standard deviations P10 and P90 lie
away is calibrated (`calibration`). The sums themselves are in `eta_clock`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from routing.travel_matrix import NO_STARTS, LegStarts
from tracking import eta_clock as clock
from tracking.cadence import gap_limit_s
from tracking.calibration import HORIZON_ENDS_S
from tracking.courier_state import Approach, CourierState, instant
from tracking.events import DeviationKind, Eta, Level
from tracking.hour_ratios import HourRatios
from tracking.kernel.layout import DEPARTS
from tracking.learning import Factor, Factors, adapted
from tracking.leg_starts import stretched_flow_s
from tracking.line_times import LineTimes
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.silence import is_alive, seen_until_ts
from tracking.timed import could_begin_ts, service_begins_ts, skipped_visit_ids
from tracking.traffic import recent
from zones.lonlat import LonLat, distance_m

CROW_DETOUR = 1.45
CROW_MPS = 28.0 / 3.6
"""Without streets: great circle x 1.45 at 28 km/h, as `routing.roads` has it."""

_FIX_SD_S = 15.0
_OVERRUN_SHARE = 0.25
_OVERRUN_LEAST_S = 30.0
_LONGEST_STALL_S = 900.0
_ENDS_S = np.array(HORIZON_ENDS_S)
_INSTANTS = list[datetime]


class Estimate(msgspec.Struct, frozen=True):
    """The estimate of one visit, in seconds since 1970; `sd_s` is the model's own spread, 0 where a window decides."""

    planned: PlannedVisit
    early_ts: float
    expected_ts: float
    late_ts: float
    level: Level
    sd_s: float = 0.0

    def eta(self, computed_ts: float) -> Eta:
        """The form that is stored and shown, on whole seconds."""
        return Eta(
            visit_id=self.planned.visit_id,
            order_id=self.planned.order_id,
            early_at=instant(round(self.early_ts)),
            expected_at=instant(round(self.expected_ts)),
            late_at=instant(round(self.late_ts)),
            computed_at=instant(computed_ts),
            sd_s=self.sd_s,
        )


# These two are made at every ping: a frozen dataclass would set each field by a function call.
@dataclass(slots=True, eq=False)
class Estimates(Sequence[Estimate]):
    """
    The estimates of all visits left, in the order they are expected to be made.

    Column k of `table` is (early, expected, late, sd) of the visit number `visits[k]` of the line. They are looked at
    many times a minute and told seldom, so values for people are made only of those that are asked for.
    """

    line: RouteLine
    visits: list[int]
    table: NDArray[np.float64]

    def __len__(self) -> int:
        """How many visits are left."""
        return len(self.visits)

    @overload
    def __getitem__(self, k: int) -> Estimate: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[Estimate, ...]: ...
    def __getitem__(self, k: int | slice) -> Estimate | tuple[Estimate, ...]:
        """The estimate of the k-th visit left."""
        if isinstance(k, slice):
            return tuple(self[i] for i in range(*k.indices(len(self))))
        early_ts, expected_ts, late_ts, sd_s = self.table[:, k].tolist()
        i = self.visits[k]
        level = level_of(expected_ts, late_ts, self.line.times.promised_until_ts[i])
        return Estimate(self.line.visits[i], early_ts, expected_ts, late_ts, level, sd_s)


@dataclass(slots=True, eq=False)
class Etas(Sequence[Eta]):
    """Estimates in the form that is stored and shown, made when asked for."""

    found: Estimates
    computed_ts: float

    def __len__(self) -> int:
        """How many visits are left."""
        return len(self.found)

    @overload
    def __getitem__(self, k: int) -> Eta: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[Eta, ...]: ...
    def __getitem__(self, k: int | slice) -> Eta | tuple[Eta, ...]:
        """The estimate of the k-th visit left."""
        if isinstance(k, slice):
            return tuple(self[i] for i in range(*k.indices(len(self))))
        return self.found[k].eta(self.computed_ts)

    def __iter__(self) -> Iterator[Eta]:
        """Every visit left, in order."""
        found, computed_at = self.found, instant(self.computed_ts)
        visits = found.line.visits
        seconds: list[float] = np.rint(found.table[: clock.SD]).ravel().tolist()
        # All instants in one call: one by one they would cost more than all the rest of a look at the estimates.
        instants = msgspec.convert(seconds, _INSTANTS, strict=False)
        left, count = [visits[i] for i in found.visits], len(found)
        sds_s: list[float] = found.table[clock.SD].tolist()
        return iter(
            [
                Eta(
                    visit_id=visit.visit_id,
                    order_id=visit.order_id,
                    early_at=early_at,
                    expected_at=expected_at,
                    late_at=late_at,
                    computed_at=computed_at,
                    sd_s=sd_s,
                )
                for visit, early_at, expected_at, late_at, sd_s in zip(
                    left, instants[:count], instants[count : 2 * count], instants[2 * count :], sds_s, strict=True
                )
            ]
        )


def level_of(expected_ts: float, late_ts: float, promised_until_ts: float | None) -> Level:
    """How an arrival stands to its promise; exactly at its end is inside, and without a promise nothing is late."""
    if promised_until_ts is None or late_ts <= promised_until_ts:
        return Level.ON_TIME
    return Level.AT_RISK if expected_ts <= promised_until_ts else Level.LATE


def estimates(state: CourierState, line: RouteLine, now_ts: float, factors: Factors, rules: TrackingRules) -> Estimates:
    """
    The estimate of every visit left, in the order they are expected to be made.

    A stop that was left out is expected after all others: the one thing known is that the courier did not go there.
    """
    skipped = skipped_visit_ids(state, rules)
    here: list[tuple[int, float]] = []
    ahead: list[int] = []
    left_out: list[int] = []
    done = state.done
    for i, visit in enumerate(state.motion.visits):
        if visit.left_ts is not None or visit.visit_id in done:
            continue
        if visit.arrived_ts is not None:
            here.append((i, visit.arrived_ts))
        elif skipped and visit.visit_id in skipped:
            left_out.append(i)
        else:
            ahead.append(i)
    order = ahead + left_out
    times = line.times
    service_s = expected_service_s(times, factors)
    # What a leg costs besides its length is spread over it: nobody knows yet where it will be spent.
    stretched = stretched_flow_s(times, factors.starts) if factors.starts != NO_STARTS else None
    terms = _terms(state, line, now_ts, factors, rules, stretched)
    table = np.zeros((clock.ROWS, len(here) + len(order)))
    if here:
        table[: clock.SD, : len(here)] = _serve_here(state, line, now_ts, factors, rules, here, service_s, terms)
    elif ahead:
        terms[clock.REST] = _rest_s(state, line, ahead[0], terms[clock.BASE])
    if here and ahead:
        terms[clock.REST] = float(times.halts_s[ahead[0]])
    if order:
        flow_s = times.flow_s if stretched is None else stretched[1][1:]
        if state.approach is not None:
            flow_s = _by_new_way(state.approach, line, ahead, flow_s, terms[clock.FROM_FLOW], factors.starts)
        aside_s = _aside_s(state, line, ahead, left_out)
        _drive_on(line, order, aside_s, flow_s, service_s, factors, terms, table)
    return Estimates(line, [i for i, _ in here] + order, table)


def expected_service_s(times: LineTimes, factors: Factors) -> NDArray[np.float64]:
    """Seconds that service is expected to take at each visit of a line."""
    learned = factors.service_ratios
    if learned is None:
        return times.service_s * factors.service.ratio
    ratios = np.array([learned.ratio(zone_id, order_type) for zone_id, order_type in times.places])
    result: NDArray[np.float64] = times.service_s * ratios[times.place_of]
    return result


def pace_ahead(state: CourierState, factors: Factors) -> Factor:
    """The travel factor of this courier now: the learned one moved by the last minutes of driving."""
    driven_s, planned_s = recent(state.motion.pace)
    return adapted(factors.travel, driven_s, planned_s) if planned_s > 0.0 or driven_s > 0.0 else factors.travel


def crow_drive_s(a: LonLat, b: LonLat) -> float:
    """Driving seconds between two points without streets."""
    return distance_m(a, b) * CROW_DETOUR / CROW_MPS


def _drive_on(
    line: RouteLine,
    order: list[int],
    aside_s: list[float],
    flow_s: NDArray[np.float64],
    service_s: NDArray[np.float64],
    factors: Factors,
    terms: list[float],
    table: NDArray[np.float64],
) -> None:
    times, hours = line.times, factors.hours
    if hours is None:
        ratios, zone_row = np.array(((factors.travel.ratio,),)), np.zeros(len(line.visits), np.int64)
    else:
        ratios, zone_row = hours.ratios, _zone_rows(times, hours)
        terms[clock.HOURS_FROM] = hours.first_ts
    for band in factors.bands:
        terms += (band.early, band.late)
    clock.arrivals(
        np.array(order, np.int64),
        np.array(aside_s, np.float64),
        flow_s,
        service_s,
        times.setup_s,
        times.halts_s,
        times.windows_ts,
        zone_row,
        ratios,
        _ENDS_S,
        np.array(terms),
        table,
    )


@lru_cache(maxsize=1024)
def _zone_rows(times: LineTimes, hours: HourRatios) -> NDArray[np.int64]:
    """Which row of the factors each visit of a line has."""
    rows = [hours.rows.get(zone, 0) if zone else 0 for zone in times.zone_names]
    found: NDArray[np.int64] = np.array(rows, np.int64)[times.zone_of]
    return found


def _terms(
    state: CourierState,
    line: RouteLine,
    now_ts: float,
    factors: Factors,
    rules: TrackingRules,
    stretched: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> list[float]:
    usual, near, place = factors.travel, pace_ahead(state, factors), state.motion.place
    base_ts, unseen_s = _base(state, line, now_ts, rules)
    for episode in state.motion.open:
        if episode.kind is DeviationKind.STALL:
            # Nobody knows when a standing courier goes on: as long again as it has lasted is not unlikely.
            unseen_s += min(_LONGEST_STALL_S, episode.measure)
    from_flow_s = line.geometry.free_flow_at(place.along_m) if place is not None else 0.0
    if stretched is not None:
        from_flow_s = float(np.interp(from_flow_s, *stretched))
    terms = [0.0] * clock.BANDS
    terms[clock.BASE] = terms[clock.START] = base_ts
    terms[clock.NOW] = now_ts
    terms[clock.FROM_FLOW] = from_flow_s
    terms[clock.NEAR] = near.ratio / usual.ratio
    terms[clock.NEAR_LOG_SD] = near.log_sd
    terms[clock.USUAL_LOG_SD] = usual.log_sd
    terms[clock.TRIP_LOG_SD] = near.trip_log_sd
    terms[clock.SERVICE_LOG_SD] = factors.service.log_sd
    terms[clock.SERVICE_TRIP_LOG_SD] = factors.service.trip_log_sd
    terms[clock.OWN_VAR] = _FIX_SD_S**2
    terms[clock.UNSEEN] = unseen_s
    return terms


def _by_new_way(
    way: Approach,
    line: RouteLine,
    ahead: list[int],
    flow_s: NDArray[np.float64],
    from_flow_s: float,
    starts: LegStarts,
) -> NDArray[np.float64]:
    """Planned seconds to each visit when the way there is not the line's own; what it does not reach stays as far."""
    if not ahead or line.visits[ahead[0]].visit_id != way.visit_id:
        return flow_s
    legs_s = np.diff(line.times.flow_s, prepend=0.0)
    # Of what this leg costs besides its length, as much is still to come as of its drive; a way round costs no more.
    share = min(1.0, way.drive_s / max(1.0, float(legs_s[ahead[0]])))
    drives_s = {way.visit_id: (way.drive_s + share * starts.start_s) / starts.typical}
    drives_s.update((visit_id, starts.stretched_s(drive_s)) for visit_id, drive_s in way.later)
    changed, at_s, last_s = flow_s.copy(), from_flow_s, from_flow_s
    for i in ahead:
        at_s += drives_s.get(line.visits[i].visit_id, max(0.0, float(flow_s[i]) - last_s))
        last_s = max(last_s, float(flow_s[i]))
        changed[i] = at_s
    return changed


def _serve_here(
    state: CourierState,
    line: RouteLine,
    now_ts: float,
    factors: Factors,
    rules: TrackingRules,
    here: list[tuple[int, float]],
    service_s: NDArray[np.float64],
    terms: list[float],
) -> list[float]:
    """The visits at which the courier stands: begun when reached; the clock goes on when they will be over."""
    # Several orders for one door are set up for once.
    setup_s = max(line.visits[i].setup_s for i, _ in here)
    starts = [service_begins_ts(could_begin_ts(state, ts) + setup_s, line.visits[i]) for i, ts in here]
    begins_ts = min(starts)
    planned_s = float(sum(service_s[i] for i, _ in here))
    seen_ts = seen_until_ts(state, now_ts, rules) or now_ts
    # A silent courier is taken to finish as planned, not to serve on and on.
    since_s = max(0.0, seen_ts - begins_ts)
    # The longer a service lasts beyond its plan, the longer it will still last.
    left_s = max(planned_s - since_s, _OVERRUN_LEAST_S, _OVERRUN_SHARE * (since_s - planned_s))
    terms[clock.BASE] = max(begins_ts, seen_ts)
    terms[clock.START] = terms[clock.BASE] + left_s
    terms[clock.OWN_VAR] += (factors.service.trip_log_sd * left_s) ** 2
    return starts


def _rest_s(state: CourierState, line: RouteLine, i: int, from_ts: float) -> float:
    """Seconds of halts still to come on the leg that is driven now; a courier who left late halts later."""
    halts = line.times.halts[i]
    if not halts:
        return 0.0
    # The stop before may have been left out, or be known to be over by the phone's word alone.
    ends = [v.left_ts if v.left_ts is not None else state.done.get(v.visit_id) for v in state.motion.visits[:i]]
    left_ts = max([ts for ts in ends if ts is not None], default=state.motion.departed_ts)
    if left_ts is None:
        return sum(halt.duration_s for halt in halts)
    rest_s = 0.0
    for halt in halts:
        begins_ts = max(halt.starts_ts, left_ts + halt.after_s)
        rest_s += max(0.0, begins_ts + halt.duration_s - max(begins_ts, from_ts))
    return rest_s


def _aside_s(state: CourierState, line: RouteLine, ahead: list[int], left_out: list[int]) -> list[float]:
    """
    Driving seconds to each visit that the line does not lead to any more; by the new way, where one was asked for, else
    as the crow flies, with a detour.
    """
    if not left_out:
        return []
    way = state.approach
    if way is not None:
        drives_s = {way.visit_id: way.drive_s, **dict(way.later)}
        asked = [drives_s.get(line.visits[i].visit_id) for i in left_out]
        if all(drive_s is not None for drive_s in asked):
            return [drive_s for drive_s in asked if drive_s is not None]
    place = state.motion.place
    at = LonLat(lon=place.lon, lat=place.lat) if place is not None else line.points[0]
    if ahead:
        at = line.visits[ahead[-1]].point
    found: list[float] = []
    for i in left_out:
        found.append(crow_drive_s(at, line.visits[i].point))
        at = line.visits[i].point
    return found


def promised_until_ts(planned: PlannedVisit) -> float | None:
    """The end of the latest promise, seconds since 1970."""
    return planned.promised_until_at.timestamp() if planned.promised_until_at is not None else None


def _base(state: CourierState, line: RouteLine, now_ts: float, rules: TrackingRules) -> tuple[float, float]:
    """
    From when the time to go is counted, and for how long nobody has seen the courier.

    A silent phone is taken to go on as expected, so its estimate does not slip by itself; it may as well have stood all
    the time, so the late end does.
    """
    departs_ts, place = float(line.packed.head[DEPARTS]), state.motion.place
    done_ts = max([ts for ts in state.done.values() if ts <= now_ts], default=departs_ts)
    if state.motion.departed_ts is None and place is None:
        if state.last_life_ts is None and state.phone_expected:
            return max(departs_ts, done_ts), max(0.0, now_ts - departs_ts)
        return max(now_ts, departs_ts), 0.0
    if state.motion.departed_ts is None:
        if is_alive(state, now_ts, rules):
            return max(now_ts, departs_ts), 0.0
        return max(departs_ts, state.last_life_ts or departs_ts), 0.0
    seen_ts = max(place.at_ts if place is not None else departs_ts, done_ts)
    age_s = now_ts - seen_ts
    return seen_ts, age_s if age_s > gap_limit_s(state, rules) else 0.0
