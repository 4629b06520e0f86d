"""
A plan read from a file, as tracking follows it: the way with its visits on it.

Times are used where the file has them: the departure, arrivals, windows, seconds of service. Without times a pace is
assumed, and what rests on times is not judged; without stops the end of the way is the only one.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely

from routing.order import TimeWindow
from routing.plan import Leg, Route, Visit
from tracking.files.plan_words import instant_of, service_s_of, windows_of
from tracking.files.track import FileProblem, TrackFileError, read_instant
from tracking.permitted_area import ZonesArea
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.rules import TrackingRules
from zones.lonlat import LocalMetres, LonLat, distance_m

_MPS_ASSUMED = 28.0 / 3.6
_SERVICE_S = 180.0
_SERVICE_MOST_S = 420.0
"""
What a service is held against where the plan does not say: deliveries take 2-7 min, so that only a halt beyond ten is
told as long.
"""
_AT_THE_END_S = 86_400.0
"""At the end of a way without stops a courier may stay."""
_OUT_OF_TURN_M = 20.0
_LATER_SHARE = 0.5
_PIECE_M = 20.0
_ANOTHER_DAY_S = 12 * 3600.0
_DAY_S = 86_400.0
_NEVER = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStop:
    """A stop of the file with what is said of it, by the names of `tracking.files.plan_words`."""

    point: LonLat
    name: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """
    One way of the file with its visits in order; `departs_at` None when the file does not say.

    `areas` are GeoJSON polygons in which the courier may be; none permits everything.
    """

    name: str
    points: tuple[LonLat, ...]
    stops: tuple[FileStop, ...]
    departs_at: datetime | None
    courier_id: str
    areas: tuple[dict[str, Any], ...] = ()

    @property
    def has_times(self) -> bool:
        """Whether the file says when the courier should be where."""
        timed = all(s.said.get("arrives_at") is not None for s in self.stops)
        return self.departs_at is not None and timed and bool(self.stops)

    def line(self, starts_at: datetime, mps: float = _MPS_ASSUMED) -> RouteLine:
        """
        The way as tracking follows it; a plan for another day is moved to that of `starts_at` by whole days.

        `mps` is the pace where the file does not say when the courier should be where.

        Raises
        ------
        TrackFileError
            When a time or figure of a visit, or an area, cannot be read.
        """
        try:
            line = _line(self if self.stops else _to_its_end(self), starts_at, mps)
            if not self.areas:
                return line
            return replace(line, permitted=ZonesArea([shapely.geometry.shape(area) for area in self.areas]))
        except (ValueError, TypeError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
            raise TrackFileError((FileProblem(code="bad_stop", where=self.name, message=str(error)),)) from error

    def rules(self, rules: TrackingRules) -> TrackingRules:
        """The limits for this plan: without times nobody knows what is late or slow, without stops none is left out."""
        if not self.stops:
            rules = replace(rules, skipped_after_m=_NEVER)
        if self.has_times:
            return rules
        return replace(rules, late_start_s=_NEVER, traffic_open_factor=_NEVER)


def plan_of_points(points: Sequence[tuple[float, float]], name: str) -> FilePlan:
    """A plan that is a line and nothing else."""
    lonlats = tuple(LonLat(lon=lon, lat=lat) for lon, lat in points)
    return FilePlan(name=name, points=lonlats, stops=(), departs_at=None, courier_id=name)


def nearest_plan(plans: Sequence[FilePlan], track: Sequence[LonLat]) -> FilePlan:
    """The plan whose way the track keeps nearest to."""
    if len(plans) == 1 or not track:
        return plans[0]
    some = track[:: max(1, len(track) // 50)]

    def apart_m(plan: FilePlan) -> float:
        return float(np.median([distances_m(plan.points, p).min() for p in some]))

    return min(plans, key=apart_m)


def _to_its_end(plan: FilePlan) -> FilePlan:
    return replace(plan, stops=(FileStop(point=plan.points[-1], name="end", said={"service_s": _AT_THE_END_S}),))


def _line(plan: FilePlan, starts_at: datetime, mps: float) -> RouteLine:
    moved = _moved(plan, starts_at)
    departs_at = plan.departs_at + moved if plan.departs_at is not None else starts_at
    paths = _paths(plan)
    lengths_m = [sum(distance_m(a, b) for a, b in itertools.pairwise(path)) for path in paths]
    clock = departs_at
    visits: list[Visit] = []
    legs: list[Leg] = []
    facts: dict[str, VisitFacts] = {}
    for stop, path, length_m in zip(plan.stops, paths, lengths_m, strict=False):
        said, leaves_before = stop.said, clock

        def when(name: str, said: dict[str, Any] = said) -> datetime | None:
            return instant_of(said[name], departs_at, moved) if said.get(name) is not None else None

        service_s = service_s_of(said)
        arrives_at = max(clock, when("arrives_at") or clock + timedelta(seconds=length_m / mps))
        starts, leaves = when("starts_at") or arrives_at, when("leaves_at")
        if service_s is None and leaves is not None:
            service_s = (leaves - starts).total_seconds()
        stays_s = service_s if service_s is not None else _SERVICE_S
        clock = max(arrives_at, leaves if leaves is not None else starts + timedelta(seconds=stays_s))
        legs.append(_leg(path, length_m, (arrives_at - leaves_before).total_seconds()))
        visits.append(
            Visit(
                visit_id=stop.name,
                order_id=str(said.get("order_id") or stop.name),
                point=stop.point,
                arrives_at=arrives_at,
                starts_at=max(arrives_at, starts),
                leaves_at=clock,
            )
        )
        windows = tuple(
            TimeWindow(opens_at=instant_of(a, departs_at, moved), closes_at=instant_of(b, departs_at, moved))
            for a, b in windows_of(said)
        )
        service_s = service_s if service_s is not None else _SERVICE_MOST_S
        facts[stop.name] = VisitFacts(windows=windows, service_s=max(0, round(service_s)))
    # The way back has no time in the file: it goes at the pace of the legs that have one.
    driven_s = sum(leg.duration_s for leg in legs)
    back_mps = sum(lengths_m[:-1]) / driven_s if plan.has_times and driven_s > 0 and sum(lengths_m[:-1]) > 0 else mps
    legs.append(_leg(paths[-1], lengths_m[-1], lengths_m[-1] / back_mps))
    route = Route(
        shift_id=plan.name,
        courier_id=plan.courier_id,
        departs_at=departs_at,
        returns_at=clock + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )
    return route_line(f"file:{plan.name}", route, facts)


def _moved(plan: FilePlan, starts_at: datetime) -> timedelta:
    """By how many days the plan is moved: a plan for another day is held against this one."""
    told = plan.departs_at
    if told is None:
        firsts = [stop.said["arrives_at"] for stop in plan.stops if isinstance(stop.said.get("arrives_at"), str)]
        told = read_instant(firsts[0]) if firsts else starts_at
    apart_s = (starts_at - told).total_seconds()
    return timedelta(days=round(apart_s / _DAY_S)) if abs(apart_s) > _ANOTHER_DAY_S else timedelta()


def _leg(path: tuple[LonLat, ...], length_m: float, duration_s: float) -> Leg:
    return Leg(distance_m=round(length_m), duration_s=max(0, round(duration_s)), path=path, source="file")


def _paths(plan: FilePlan) -> list[tuple[LonLat, ...]]:
    """The way cut at the visits: one more piece than there are visits."""
    places = _places(plan.points, [stop.point for stop in plan.stops])
    paths: list[tuple[LonLat, ...]] = []
    piece = [plan.points[0]]
    segment = 0
    for i, point in places:
        piece += [*plan.points[segment + 1 : i + 1], point]
        paths.append(tuple(piece))
        piece, segment = [point], i
    paths.append((*piece, *plan.points[segment + 1 :]))
    return paths


def places_apart_m(points: Sequence[LonLat], stops: Sequence[LonLat]) -> list[float]:
    """Metres from each stop to its place on the way, where the stops are made in this order."""
    placed = _places(points, stops)
    return [distance_m(stop, place) for stop, (_, place) in zip(stops, placed, strict=True)]


def _places(points: Sequence[LonLat], stops: Sequence[LonLat]) -> list[tuple[int, LonLat]]:
    """
    Where on the way each visit is: (segment, place), never going back, so that the sum of distances is least.

    Of a street that the way uses twice the visit is on the passage that fits its turn among the others.
    """
    if not stops:
        return []
    plane = LocalMetres(points[0])
    xy = plane.many_to_xy_m(points)
    owner, pieces = _pieces(xy)
    along_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(pieces, axis=0).T))))[:-1]
    total = costs = np.zeros(len(owner))
    sums: list[np.ndarray] = []
    shares: list[np.ndarray] = []
    for k, stop in enumerate(stops):
        costs, share = _off_pieces_m(pieces - np.array(plane.to_xy_m(stop)))
        turn_m = along_m[-1] * (k + 1) / (len(stops) + 1)
        # Out of its turn is worse later than earlier: of two passages as likely as each other the first one is made.
        astray_m = np.abs(along_m - turn_m) + _LATER_SHARE * along_m
        costs = costs + _OUT_OF_TURN_M * astray_m / max(1.0, along_m[-1])
        total = costs + np.minimum.accumulate(total)
        sums.append(total)
        shares.append(share)
    last = len(owner) - 1
    found: list[tuple[int, float]] = []
    for total, share in zip(reversed(sums), reversed(shares), strict=True):
        last = int(np.argmin(total[: last + 1]))
        found.append((last, float(share[last])))
    placed: list[tuple[int, LonLat]] = []
    before = (-1, 0.0)
    for i, share_of in reversed(found):
        before = (i, max(share_of, before[1]) if i == before[0] else share_of)
        x, y = pieces[i] + before[1] * (pieces[i + 1] - pieces[i])
        placed.append((int(owner[i]), plane.to_lonlat(float(x), float(y))))
    return placed


def _pieces(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The way in short pieces: of which segment each is, shape (pieces,), and their ends, shape (pieces + 1, 2)."""
    counts = np.maximum(1, np.ceil(np.hypot(*np.diff(xy, axis=0).T) / _PIECE_M).astype(int))
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.concatenate(([0], np.cumsum(counts)))[:-1]
    share = (np.arange(len(owner)) - first[owner]) / counts[owner]
    starts = xy[owner] + share[:, None] * (xy[owner + 1] - xy[owner])
    return owner, np.vstack((starts, xy[-1:]))


def first_place(points: Sequence[LonLat], point: LonLat) -> tuple[int, float]:
    """Where the way first comes nearest to a point: the segment, and how far along it."""
    distances_m, share = _off_pieces_m(LocalMetres(point).many_to_xy_m(points))
    i = int(np.argmin(np.round(distances_m)))
    return i, float(share[i])


def distances_m(points: Sequence[LonLat], point: LonLat) -> np.ndarray:
    """Metres from the point to each segment of the way."""
    return _off_pieces_m(LocalMetres(point).many_to_xy_m(points))[0]


def _off_pieces_m(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metres from the origin to each piece, and how far along it the nearest place is (0..1)."""
    starts, steps = xy[:-1], np.diff(xy, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(-(starts * steps).sum(axis=1) / squared, 0.0, 1.0)
    nearest = starts + share[:, None] * steps
    return np.hypot(nearest[:, 0], nearest[:, 1]), share
