"""
A plan read from GeoJSON, as tracking follows it: what `corridor plan` and `solve` write, or any line with stops on it.

A LineString is the way; Points are visits, in the order of `sequence` where they have one, else in the order along the
way. Times are used where the file has them: `departs_at` of the line, `arrives_at` and `leaves_at` of the visits,
`windows` (a list of pairs), `service_s`. Without times a pace is assumed, and what rests on times is not judged.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from routing.order import TimeWindow
from routing.plan import Leg, Route, Visit
from tracking.files.track import FileProblem, TrackFileError, read_instant, read_number
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.rules import TrackingRules
from zones.lonlat import LocalMetres, LonLat, distance_m

_MPS_ASSUMED = 28.0 / 3.6
_SERVICE_S = 180.0
_OUT_OF_TURN_M = 20.0
_LATER_SHARE = 0.5
_PIECE_M = 20.0
_ANOTHER_DAY_S = 12 * 3600.0
_DAY_S = 86_400.0
_NEVER_S = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStop:
    """A Point of the file with its properties."""

    point: LonLat
    name: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One way of the file with its visits in order; `departs_at` None when the file does not say."""

    name: str
    points: tuple[LonLat, ...]
    stops: tuple[FileStop, ...]
    departs_at: datetime | None
    courier_id: str

    @property
    def has_times(self) -> bool:
        """Whether the file says when the courier should be where."""
        return self.departs_at is not None and all(s.said.get("arrives_at") for s in self.stops) and bool(self.stops)

    def line(self, starts_at: datetime) -> RouteLine:
        """
        The way as tracking follows it; a plan for another day is moved to that of `starts_at` by whole days.

        Raises
        ------
        TrackFileError
            When a time or figure of a visit cannot be read.
        """
        try:
            return _line(self, starts_at)
        except ValueError as error:
            raise TrackFileError((FileProblem(code="bad_stop", where=self.name, message=str(error)),)) from error

    def rules(self, rules: TrackingRules) -> TrackingRules:
        """The limits for this plan: without times nobody knows what is late or slow."""
        if self.has_times:
            return rules
        return replace(rules, late_start_s=_NEVER_S, traffic_open_factor=_NEVER_S)


def plan_of_points(points: Sequence[tuple[float, float]], name: str) -> FilePlan:
    """A plan that is a line and nothing else."""
    lonlats = tuple(LonLat(lon=lon, lat=lat) for lon, lat in points)
    return FilePlan(name=name, points=lonlats, stops=(), departs_at=None, courier_id=name)


def read_plans(content: bytes) -> tuple[FilePlan, ...]:
    """
    Every line of a GeoJSON file with its stops.

    Raises
    ------
    TrackFileError
        When it is no GeoJSON, has no line of two points, or a place lies off the earth.
    """
    try:
        return plans_of(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise _error("not_json", "file", f"expected GeoJSON: {error}") from error


def plans_of(document: Any) -> tuple[FilePlan, ...]:
    """The same of a GeoJSON document that is in memory."""
    if not isinstance(document, dict):
        raise _error("not_geojson", "file", "expected a GeoJSON object with a LineString")
    features = document["features"] if isinstance(document.get("features"), list) else [document]
    lines: list[tuple[str, tuple[LonLat, ...], dict[str, Any]]] = []
    stops: list[FileStop] = []
    for number, feature in enumerate(features, start=1):
        where = f"feature {number}"
        if not isinstance(feature, dict):
            raise _error("not_a_feature", where, "expected a GeoJSON feature")
        geometry = feature.get("geometry", feature)
        said = feature.get("properties") or {}
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        try:
            if kind in ("LineString", "MultiLineString"):
                parts = [geometry["coordinates"]] if kind == "LineString" else geometry["coordinates"]
                points = tuple(_point(pair) for part in parts for pair in part)
                name = str(said.get("shift_id") or said.get("route_id") or said.get("id") or f"route-{len(lines) + 1}")
                lines.append((name, points, said))
            elif kind == "Point" and said.get("kind", "visit") in ("visit", "stop"):
                name = str(said.get("visit_id") or said.get("id") or f"stop-{len(stops) + 1}")
                stops.append(FileStop(point=_point(geometry["coordinates"]), name=name, said=said))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise _error("bad_place", where, f"expected coordinates as [longitude, latitude]: {error}") from error
    if not any(len(points) > 1 for _, points, _ in lines):
        raise _error("no_line", "file", "expected a LineString of two points or more: the planned way")
    return tuple(
        _plan(name, points, said, _stops_of(name, stops, alone=len(lines) == 1))
        for name, points, said in lines
        if len(points) > 1
    )


def nearest_plan(plans: Sequence[FilePlan], track: Sequence[LonLat]) -> FilePlan:
    """The plan whose way the track keeps nearest to."""
    if len(plans) == 1 or not track:
        return plans[0]
    some = track[:: max(1, len(track) // 50)]

    def apart_m(plan: FilePlan) -> float:
        return float(np.median([_distances_m(plan.points, p).min() for p in some]))

    return min(plans, key=apart_m)


def _plan(name: str, points: tuple[LonLat, ...], said: dict[str, Any], stops: list[FileStop]) -> FilePlan:
    try:
        departs_at = read_instant(said["departs_at"]) if said.get("departs_at") else None
        if all("sequence" in stop.said for stop in stops):
            stops = sorted(stops, key=lambda stop: read_number(stop.said["sequence"], "sequence") or 0.0)
        else:
            stops = sorted(stops, key=lambda stop: _first_place(points, stop.point))
    except ValueError as error:
        raise _error("bad_value", name, str(error)) from error
    courier_id = str(said.get("courier_id") or name)
    return FilePlan(name=name, points=points, stops=tuple(stops), departs_at=departs_at, courier_id=courier_id)


def _stops_of(name: str, stops: list[FileStop], *, alone: bool) -> list[FileStop]:
    own = [stop for stop in stops if str(stop.said.get("shift_id") or stop.said.get("route_id") or "") == name]
    return own if own or not alone else stops


def _line(plan: FilePlan, starts_at: datetime) -> RouteLine:
    departs_at = plan.departs_at or starts_at
    moved = timedelta()
    if plan.departs_at is not None and abs((starts_at - departs_at).total_seconds()) > _ANOTHER_DAY_S:
        moved = timedelta(days=round((starts_at - departs_at).total_seconds() / _DAY_S))
    departs_at += moved
    paths = _paths(plan)
    lengths_m = [sum(distance_m(a, b) for a, b in itertools.pairwise(path)) for path in paths]
    clock = departs_at
    visits: list[Visit] = []
    legs: list[Leg] = []
    facts: dict[str, VisitFacts] = {}
    for stop, path, length_m in zip(plan.stops, paths, lengths_m, strict=False):
        said = stop.said
        leaves_before = clock
        service_s = read_number(said.get("service_s"), "service_s")
        arrives_at = clock + timedelta(seconds=length_m / _MPS_ASSUMED)
        if said.get("arrives_at"):
            arrives_at = max(clock, read_instant(said["arrives_at"]) + moved)
        starts = read_instant(said["starts_at"]) + moved if said.get("starts_at") else arrives_at
        leaves = read_instant(said["leaves_at"]) + moved if said.get("leaves_at") else None
        if service_s is None:
            service_s = (leaves - starts).total_seconds() if leaves is not None else _SERVICE_S
        clock = max(arrives_at, leaves if leaves is not None else starts + timedelta(seconds=service_s))
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
            TimeWindow(opens_at=read_instant(a) + moved, closes_at=read_instant(b) + moved)
            for a, b in said.get("windows") or ()
        )
        facts[stop.name] = VisitFacts(windows=windows, service_s=max(0, round(service_s)))
    legs.append(_leg(paths[-1], lengths_m[-1], lengths_m[-1] / _MPS_ASSUMED))
    route = Route(
        shift_id=plan.name,
        courier_id=plan.courier_id,
        departs_at=departs_at,
        returns_at=clock + timedelta(seconds=legs[-1].duration_s),
        visits=tuple(visits),
        legs=tuple(legs),
    )
    return route_line(f"file:{plan.name}", route, facts)


def _leg(path: tuple[LonLat, ...], length_m: float, duration_s: float) -> Leg:
    return Leg(distance_m=round(length_m), duration_s=max(0, round(duration_s)), path=path, source="file")


def _paths(plan: FilePlan) -> list[tuple[LonLat, ...]]:
    """The way cut at the visits: one more piece than there are visits."""
    places = _places(plan)
    paths: list[tuple[LonLat, ...]] = []
    piece = [plan.points[0]]
    segment = 0
    for i, point in places:
        piece += [*plan.points[segment + 1 : i + 1], point]
        paths.append(tuple(piece))
        piece, segment = [point], i
    paths.append((*piece, *plan.points[segment + 1 :]))
    return paths


def _places(plan: FilePlan) -> list[tuple[int, LonLat]]:
    """
    Where on the way each visit is: (segment, place), never going back, so that the sum of distances is least.

    Of a street that the way uses twice the visit is on the passage that fits its turn among the others.
    """
    if not plan.stops:
        return []
    plane = LocalMetres(plan.points[0])
    xy = plane.many_to_xy_m(plan.points)
    owner, pieces = _pieces(xy)
    along_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(pieces, axis=0).T))))[:-1]
    total = costs = np.zeros(len(owner))
    sums: list[np.ndarray] = []
    shares: list[np.ndarray] = []
    for k, stop in enumerate(plan.stops):
        costs, share = _off_pieces_m(pieces - np.array(plane.to_xy_m(stop.point)))
        turn_m = along_m[-1] * (k + 1) / (len(plan.stops) + 1)
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


def _first_place(points: Sequence[LonLat], point: LonLat) -> tuple[int, float]:
    """Where the way first comes nearest to a point: the segment, and how far along it."""
    distances_m, share = _off_pieces_m(LocalMetres(point).many_to_xy_m(points))
    i = int(np.argmin(np.round(distances_m)))
    return i, float(share[i])


def _distances_m(points: Sequence[LonLat], point: LonLat) -> np.ndarray:
    """Metres from the point to each segment of the way."""
    return _off_pieces_m(LocalMetres(point).many_to_xy_m(points))[0]


def _off_pieces_m(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metres from the origin to each piece, and how far along it the nearest place is (0..1)."""
    starts, steps = xy[:-1], np.diff(xy, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(-(starts * steps).sum(axis=1) / squared, 0.0, 1.0)
    nearest = starts + share[:, None] * steps
    return np.hypot(nearest[:, 0], nearest[:, 1]), share


def _point(pair: Any) -> LonLat:
    return LonLat(lon=float(pair[0]), lat=float(pair[1]))


def _error(code: str, where: str, message: str) -> TrackFileError:
    return TrackFileError((FileProblem(code=code, where=where, message=message),))
