"""
Plans read from GeoJSON: what `corridor plan`, `solve` and the API write, or any line with stops on it.

A LineString is the way; several that follow on each other (a line a leg) are one, unless they say that they are of
different routes. Points are visits, in the order of `sequence` where each has one, else in that of the file when the
way leads through them so, else in the order along the way.
Polygons are where the courier may be. A bare list of coordinates is a line; stops without a line need streets.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from routing.roads import RoadNetwork
from tracking.files.plan import FilePlan, FileStop, distances_m, first_place, places_apart_m
from tracking.files.plan_words import departs_of, is_stop, words_of
from tracking.files.track import FileProblem, TrackFileError, read_number
from zones.lonlat import LonLat, distance_m

_FOLLOWS_ON_M = 60.0
"""Legs are drawn from door to door or from street to street: their ends lie so near together."""
_AS_NEAR_M = 30.0
"""Metres by which a stop in its turn may be further from the way than elsewhere on it: two sides of a street."""
_OWN_STOP_M = 250.0
"""A stop that names no route belongs to the nearest of several, when it is so near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A line of the document; `route` is "" when it does not say of which route it is."""

    route: str
    points: tuple[LonLat, ...]
    said: dict[str, Any]


def read_plans(content: bytes, roads: RoadNetwork | None = None) -> tuple[FilePlan, ...]:
    """
    Every way of a GeoJSON file with its stops; `roads` find the way where the file has stops only.

    Raises
    ------
    TrackFileError
        When it is no GeoJSON, has no line of two points, or a place lies off the earth.
    """
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _error("not_json", "file", f"expected GeoJSON: {error}") from error
    return plans_of(document, roads)


def plans_of(document: Any, roads: RoadNetwork | None = None) -> tuple[FilePlan, ...]:
    """The same of a document that is in memory."""
    if isinstance(document, str):
        return read_plans(document.encode(), roads)
    if isinstance(document, list):
        document = {"type": "LineString", "coordinates": document}
    if not isinstance(document, dict):
        raise _error("not_geojson", "file", "expected a GeoJSON object with a LineString, or a list of coordinates")
    ways: list[_Way] = []
    stops: list[FileStop] = []
    areas: list[dict[str, Any]] = []
    try:
        for where, geometry, said in _geometries(document, "feature 1", {}):
            _sort_in(where, geometry, said, ways, stops, areas)
    except RecursionError as error:
        raise _error("not_geojson", "file", "nested too deeply; give plain features") from error
    routes_of_stops = {stop.said["route"] for stop in stops if "route" in stop.said}
    ways = [_named(way, routes_of_stops) for way in ways if len(way.points) > 1]
    routes = _routes(ways) if ways else [_through(_in_sequence(stops), roads)]
    taken = [_stops_of(way, stops, routes) for way in routes]
    return tuple(_plan(way, k, own, tuple(areas)) for k, (way, own) in enumerate(zip(routes, taken, strict=True)))


def _geometries(value: Any, where: str, said: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each simple geometry of any GeoJSON with its place and what its feature says of it."""
    if not isinstance(value, dict):
        raise _error("not_a_feature", where, "expected a GeoJSON feature")
    if isinstance(value.get("features"), list):
        for number, feature in enumerate(value["features"], start=1):
            yield from _geometries(feature, f"feature {number}", said)
    elif isinstance(value.get("geometries"), list):
        for one in value["geometries"]:
            yield from _geometries(one, where, said)
    elif "geometry" in value:
        own = value.get("properties")
        told = dict(own) if isinstance(own, dict) else {}
        if value.get("id") is not None:
            told.setdefault("id", value["id"])
        if value["geometry"] is not None:
            yield from _geometries(value["geometry"], where, told)
    else:
        yield where, value, said


def _sort_in(
    where: str,
    geometry: dict[str, Any],
    said: dict[str, Any],
    ways: list[_Way],
    stops: list[FileStop],
    areas: list[dict[str, Any]],
) -> None:
    kind = geometry.get("type")
    try:
        if kind in ("LineString", "MultiLineString"):
            parts = [geometry["coordinates"]] if kind == "LineString" else geometry["coordinates"]
            points = tuple(_point(pair) for part in parts for pair in part)
            ways.append(_Way(route=str(words_of(said).get("route", "")), points=points, said=said))
        elif kind in ("Point", "MultiPoint") and is_stop(said):
            words = words_of(said)
            if "route" in words:
                words["route"] = str(words["route"])
            for pair in [geometry["coordinates"]] if kind == "Point" else geometry["coordinates"]:
                name = _free_name(str(words.get("visit_id") or f"stop-{len(stops) + 1}"), stops)
                stops.append(FileStop(point=_point(pair), name=name, said=words))
        elif kind in ("Polygon", "MultiPolygon"):
            areas.append(geometry)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise _error("bad_place", where, f"expected coordinates as [longitude, latitude]: {error}") from error


def _free_name(name: str, stops: Sequence[FileStop]) -> str:
    """Two visits of one name would be one to everything that goes by the name."""
    taken = {stop.name for stop in stops}
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _named(way: _Way, routes_of_stops: set[str]) -> _Way:
    """Stops may name their way by its id."""
    own_id = str(way.said.get("id") or "")
    return replace(way, route=own_id) if not way.route and own_id in routes_of_stops else way


def _routes(ways: Sequence[_Way]) -> list[_Way]:
    """Lines that follow on each other become one way; a closed round or another route's name begins a new one."""
    found: list[_Way] = []
    for way in ways:
        last = found[-1] if found else None
        if (
            last is not None
            and last.route == way.route
            and distance_m(last.points[-1], way.points[0]) <= _FOLLOWS_ON_M
            and not (_is_round(last.points) and _is_round(way.points))
        ):
            found[-1] = replace(last, points=(*last.points, *way.points[int(last.points[-1] == way.points[0]) :]))
        else:
            found.append(way)
    return found


def _is_round(points: Sequence[LonLat]) -> bool:
    return distance_m(points[0], points[-1]) <= _FOLLOWS_ON_M


def _through(stops: Sequence[FileStop], roads: RoadNetwork | None) -> _Way:
    message = "expected a LineString of two points or more: the planned way"
    if len(stops) < 2:
        raise _error("no_line", "file", message)
    if roads is None:
        raise _error("no_line", "file", f"{message}; with --roads the way through the stops is found")
    legs = roads.route([stop.point for stop in stops])
    points = tuple(point for leg in legs or () for point in leg.path)
    if len(points) < 2:
        raise _error("no_way", "file", "no streets join the stops; are they on these streets, longitude first?")
    return _Way(route="", points=points, said={})


def _in_sequence(stops: Sequence[FileStop]) -> list[FileStop]:
    if all("sequence" in stop.said for stop in stops):
        return sorted(stops, key=lambda stop: read_number(stop.said["sequence"], "sequence") or 0.0)
    return list(stops)


def _leads_through(way: _Way, stops: Sequence[FileStop]) -> bool:
    """Whether the way comes to the stops in the order of the file: then it is the order of visits."""
    apart = places_apart_m(way.points, [stop.point for stop in stops])
    nearest = [float(distances_m(way.points, stop.point).min()) for stop in stops]
    return all(there <= least + _AS_NEAR_M for there, least in zip(apart, nearest, strict=True))


def _stops_of(way: _Way, stops: Sequence[FileStop], routes: Sequence[_Way]) -> list[FileStop]:
    if len(routes) == 1:
        return list(stops)
    named = {other.route for other in routes if other.route}
    return [
        stop
        for stop in stops
        if (stop.said["route"] == way.route if stop.said.get("route") in named else _nearest(stop, routes) is way)
    ]


def _nearest(stop: FileStop, routes: Sequence[_Way]) -> _Way | None:
    apart = [float(distances_m(way.points, stop.point).min()) for way in routes]
    best = min(range(len(routes)), key=apart.__getitem__)
    return routes[best] if apart[best] <= _OWN_STOP_M else None


def _plan(way: _Way, number: int, stops: Sequence[FileStop], areas: tuple[dict[str, Any], ...]) -> FilePlan:
    name = str(way.said.get("shift_id") or way.route or way.said.get("id") or f"route-{number + 1}")
    try:
        departs_at = departs_of(way.said)
        ordered = _in_sequence(stops)
    except ValueError as error:
        raise _error("bad_value", name, str(error)) from error
    if not all("sequence" in stop.said for stop in stops) and not _leads_through(way, stops):
        ordered = sorted(stops, key=lambda stop: first_place(way.points, stop.point))
    return FilePlan(
        name=name,
        points=way.points,
        stops=tuple(ordered),
        departs_at=departs_at,
        courier_id=str(way.said.get("courier_id") or name),
        areas=areas,
    )


def _point(pair: Any) -> LonLat:
    return LonLat(lon=float(pair[0]), lat=float(pair[1]))


def _error(code: str, where: str, message: str) -> TrackFileError:
    return TrackFileError((FileProblem(code=code, where=where, message=message),))
