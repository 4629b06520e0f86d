"""Draws the streets, rails, parks and waters of an OSM extract for a map, as compact GeoJSON."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely import LinearRing, LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, unary_union

from routing.errors import RoadNetworkError

STREETS_FILE = "streets.geojson"

ATTRIBUTION = "© OpenStreetMap contributors"

STREET_CLASSES = {
    **dict.fromkeys(("motorway", "trunk", "primary"), 0),
    "secondary": 1,
    "tertiary": 2,
    **dict.fromkeys(("unclassified", "residential", "living_street", "road", "service", "busway"), 3),
    **dict.fromkeys(("pedestrian", "footway", "cycleway", "path", "steps", "track", "bridleway"), 4),
}
"""OSM's `highway` value -> class on the map: 0 the widest, 4 for those on foot. Links count as their street."""

_DRIVABLE = 3
_RAILS = frozenset({"rail", "tram", "light_rail", "narrow_gauge"})
_PARKS = {
    "leisure": frozenset({"park", "garden", "nature_reserve"}),
    "landuse": frozenset({"forest", "cemetery", "recreation_ground", "village_green"}),
    "natural": frozenset({"wood"}),
}
_WATERS = {
    "natural": frozenset({"water", "bay"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}
_SMALLEST_AREA_M2 = 400.0
_M_PER_DEG = 111_195.0
_CUT_BEFORE_THE_EDGE_DEG = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnStreet:
    """One way: class 0..4 (see `STREET_CLASSES`), name in the local language or "", its line in degrees."""

    street_class: int
    name: str
    line: LineString


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetMap:
    """
    What an extract has to draw.

    Parameters
    ----------
    bounds
        West, south, east, north, degrees: the extract's own box when it names one, else that of its streets.
    drivable_node_count
        Nodes of streets that a car may use; 0 means that nothing can be routed.
    """

    streets: tuple[DrawnStreet, ...]
    rails: tuple[LineString, ...]
    parks: tuple[Polygon | MultiPolygon, ...]
    waters: tuple[Polygon | MultiPolygon, ...]
    bounds: tuple[float, float, float, float]
    drivable_node_count: int
    attribution: str = ATTRIBUTION


def read_street_map(pbf: Path) -> StreetMap:
    """
    Read everything worth drawing from an OSM extract.

    Raises
    ------
    RoadNetworkError
        When the file is missing or is no OSM extract.
    """
    reading = _Reading()
    box: tuple[float, float, float, float] | None = None
    try:
        extract = osmium.FileProcessor(str(pbf)).with_locations()
        extract.with_areas(osmium.filter.KeyFilter("leisure", "landuse", "natural", "waterway"))
        extract.with_filter(osmium.filter.KeyFilter("highway", "railway", "leisure", "landuse", "natural", "waterway"))
        header_box = extract.header.box()
        if header_box.valid():
            south_west, north_east = header_box.bottom_left, header_box.top_right
            box = (south_west.lon, south_west.lat, north_east.lon, north_east.lat)
        for thing in extract:
            reading.take(thing)
    except RuntimeError as error:  # osmium has no finer class for a file it cannot read
        raise RoadNetworkError(
            f"expected an OSM extract (.osm.pbf) at {pbf}, but it cannot be read as one: {error}; "
            "download it again, or check that it is the right file"
        ) from error
    bounds = box or _bounds_of([street.line for street in reading.streets])
    return StreetMap(
        streets=tuple(reading.streets),
        rails=tuple(reading.rails),
        parks=tuple(reading.parks),
        waters=(*reading.waters, *_sea(reading.coasts, bounds)),
        bounds=bounds,
        drivable_node_count=len(reading.drivable_nodes),
    )


class _Reading:
    """What was found so far while going through an extract once."""

    def __init__(self) -> None:
        self.streets: list[DrawnStreet] = []
        self.rails: list[LineString] = []
        self.parks: list[Polygon | MultiPolygon] = []
        self.waters: list[Polygon | MultiPolygon] = []
        self.coasts: list[LineString] = []
        self.drivable_nodes: set[int] = set()
        self._wkb = osmium.geom.WKBFactory()

    def take(self, thing: Any) -> None:
        if thing.is_way():
            self._take_way(thing)
        elif thing.is_area():
            self._take_area(thing)

    def _take_way(self, way: Any) -> None:
        tags = way.tags
        street_class = STREET_CLASSES.get(tags.get("highway", "").removesuffix("_link"))
        railway = tags.get("railway")
        is_coast = tags.get("natural") == "coastline"
        if tags.get("area") == "yes" or not (street_class is not None or railway in _RAILS or is_coast):
            return
        lines = _lines(way)
        if street_class is not None:
            name = tags.get("name") or ""
            self.streets += [DrawnStreet(street_class=street_class, name=name, line=line) for line in lines]
            if street_class <= _DRIVABLE and tags.get("access") not in {"no", "private"}:
                self.drivable_nodes.update(node.ref for node in way.nodes if node.location.valid())
        elif is_coast:
            self.coasts += lines
        elif tags.get("tunnel") != "yes":
            self.rails += lines

    def _take_area(self, area: Any) -> None:
        kept = self.parks if _has(area.tags, _PARKS) else self.waters if _has(area.tags, _WATERS) else None
        if kept is None:
            return
        try:
            shape = shapely.from_wkb(self._wkb.create_multipolygon(area))
        except RuntimeError:
            # Nothing but a patch of colour is lost when a ring of an area lies outside the extract.
            return
        if isinstance(shape, MultiPolygon) and _area_m2(shape) >= _SMALLEST_AREA_M2:
            kept.append(shape.geoms[0] if len(shape.geoms) == 1 else shape)


def _lines(way: Any) -> list[LineString]:
    """A way as lines: an extract cut at its border names nodes that it does not hold, and the way breaks there."""
    lines: list[LineString] = []
    run: list[tuple[float, float]] = []
    for node in (*way.nodes, None):
        if node is not None and node.location.valid():
            run.append((node.location.lon, node.location.lat))
            continue
        if len(run) > 1:
            lines.append(LineString(run))
        run = []
    return lines


def _has(tags: Any, wanted: dict[str, frozenset[str]]) -> bool:
    return any(tags.get(key) in values for key, values in wanted.items())


def _area_m2(shape: BaseGeometry) -> float:
    return float(shape.area) * _M_PER_DEG**2 * math.cos(math.radians(float(shape.centroid.y)))


def _bounds_of(lines: list[LineString]) -> tuple[float, float, float, float]:
    if not lines:
        return (0.0, 0.0, 0.0, 0.0)
    west, south, east, north = shapely.total_bounds(lines).tolist()
    return (west, south, east, north)


def _sea(coasts: list[LineString], bounds: tuple[float, float, float, float]) -> list[Polygon]:
    """
    The sea inside the bounds: OSM draws a coast with the water on its right, and no polygon.

    The box is cut along the coasts; a piece is sea when coasts have it on their right, and none on its left.
    """
    box = shapely.box(*bounds)
    if not coasts or box.area == 0.0:
        return []
    whole = [
        _to_the_edge(line, box.exterior) for line in shapely.get_parts(shapely.line_merge(MultiLineString(coasts)))
    ]
    inside = shapely.get_parts(shapely.intersection([line for line in whole if line is not None], box))
    lines = [line for line in inside if isinstance(line, LineString)]
    pieces = polygonize(unary_union([box.exterior, *lines]))
    side = 1e-6  # degrees, about 0.1 m: nearer to this coast than to anything else
    right = [shapely.offset_curve(line, -side).interpolate(0.5, normalized=True) for line in lines]
    left = [shapely.offset_curve(line, side).interpolate(0.5, normalized=True) for line in lines]
    return [
        piece
        for piece in pieces
        if any(piece.contains(point) for point in right) and not any(piece.contains(point) for point in left)
    ]


def _to_the_edge(coast: LineString, edge: LinearRing) -> LineString | None:
    """The coast drawn on to the edge of an extract that was cut a little before it; None when it ends amid the box."""
    if coast.is_closed:
        return coast
    corners = list(coast.coords)
    outside = shapely.Polygon(edge)
    for at_start, end in ((True, Point(corners[0])), (False, Point(corners[-1]))):
        if not outside.contains(end):
            continue
        if end.distance(edge) > _CUT_BEFORE_THE_EDGE_DEG:
            return None
        reach = edge.interpolate(edge.project(end))
        corners.insert(0 if at_start else len(corners), (reach.x, reach.y))
    return LineString(corners)


def to_geojson(drawn: StreetMap) -> bytes:
    """
    The map as one compact FeatureCollection, coordinates to 5 decimals (about 1 m).

    Every feature has `kind`: "street" (with `class` 0..4 and, where it has one, `name`), "rail", "park" or "water".
    Areas come first and narrow streets before wide ones, in the order of painting.
    """
    features = [_feature(water, {"kind": "water"}) for water in drawn.waters]
    features += [_feature(park, {"kind": "park"}) for park in drawn.parks]
    features += [_feature(rail, {"kind": "rail"}) for rail in drawn.rails]
    for street in sorted(drawn.streets, key=lambda street: -street.street_class):
        named = {"name": street.name} if street.name else {}
        features.append(_feature(street.line, {"kind": "street", "class": street.street_class, **named}))
    collection = {
        "type": "FeatureCollection",
        "attribution": drawn.attribution,
        "bbox": list(drawn.bounds),
        "features": [feature for feature in features if feature],
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _feature(shape: BaseGeometry, properties: dict[str, object]) -> dict[str, object] | None:
    """None when rounding leaves nothing to draw."""
    geometry = shapely.geometry.mapping(shape)
    coordinates = _rounded(geometry["coordinates"])
    if not coordinates or (geometry["type"] == "LineString" and len(coordinates) < 2):
        return None
    return {"type": "Feature", "properties": properties, "geometry": {**geometry, "coordinates": coordinates}}


def _rounded(coordinates: Any) -> list[Any]:
    """Coordinates of any depth to 5 decimals, without points that fall together by it and rings that collapse."""
    if isinstance(coordinates[0][0], float):
        kept: list[list[float]] = []
        for lon, lat in coordinates:
            point = [round(lon, 5), round(lat, 5)]
            if not kept or kept[-1] != point:
                kept.append(point)
        is_ring = len(coordinates) > 3 and coordinates[0] == coordinates[-1]
        return [] if is_ring and len(kept) < 4 else kept
    parts = (_rounded(part) for part in coordinates)
    return [part for part in parts if part]
