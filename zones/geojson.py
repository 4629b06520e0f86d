"""Zones as GeoJSON (RFC 7946): reads what people upload with every problem named, and writes a stable file back."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon

from zones import checks
from zones.lonlat import LonLat
from zones.problem import Severity, ZoneProblem
from zones.rings import RingReader
from zones.zone import Zone, ZoneSet

_LONGEST_ID = 100
_LONGEST_NAME = 200
_WGS84_NAMES = ("crs84", "4326")


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """What a file gave: zones that are sound each for itself, and everything that is wrong, errors first."""

    zones: tuple[Zone, ...]
    problems: tuple[ZoneProblem, ...]

    @property
    def can_be_published(self) -> bool:
        """True when there is a zone and no problem is an error; warnings may stay."""
        return bool(self.zones) and not any(problem.severity is Severity.ERROR for problem in self.problems)


def read_geojson(content: bytes, centre: LonLat | None = None) -> ZoneDraft:
    """
    Read a FeatureCollection of zones and check it by every rule of `zones.checks`.

    A feature's id (its own or the property `id` or `zone_id`; by default its name) names the zone for ever; the
    properties `name` and `priority` are read, others are left out.

    Parameters
    ----------
    centre
        The city's centre, against which zones far away and exchanged axes are found.
    """
    reader = _Reader()
    features = reader.features(content)
    for number, feature in enumerate(features):
        reader.read_feature(number, feature)
    zones = reader.unique_zones()
    problems = reader.problems + checks.check(zones, centre, lambda zone: reader.places[zone.zone_id])
    return ZoneDraft(tuple(zones), tuple(sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)))


class _Reader:
    """Goes through one file and gathers zones and problems."""

    def __init__(self) -> None:
        self.problems: list[ZoneProblem] = []
        self.places: dict[str, str] = {}
        self._zones: dict[str, Zone] = {}
        self._seen: dict[str, list[str]] = defaultdict(list)

    def features(self, content: bytes) -> list[Any]:
        """The features of the collection; empty, with a problem, when the file is no collection of anything."""
        try:
            document = json.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            return self._no_file("not_utf8", f"byte {error.start}", "the file is no UTF-8 text; save it as UTF-8")
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            return self._no_file("not_json", where, f"the file is no JSON: {error.msg.lower()}; export it as GeoJSON")
        except (RecursionError, ValueError) as error:  # nested or digits without end
            return self._no_file("not_json", "file", f"the file cannot be read: {error}; export it as GeoJSON")
        kind = document.get("type") if isinstance(document, dict) else type(document).__name__
        features = document.get("features") if isinstance(document, dict) else None
        if kind != "FeatureCollection" or not isinstance(features, list):
            message = (
                f"expected a FeatureCollection with a list of features, got {_shown(kind)}; export all zones as one"
            )
            return self._no_file("not_a_feature_collection", "file", message)
        crs = json.dumps(document.get("crs"))
        if document.get("crs") and not any(name in crs.lower() for name in _WGS84_NAMES):
            message = f"the file says it uses other coordinates, {crs[:100]}; export it in WGS 84 degrees (EPSG:4326)"
            return self._no_file("other_coordinates", "file, crs", message)
        if not features:
            self._add("no_zones", "file", "the file has no features; draw at least one zone")
        return features

    def _no_file(self, code: str, where: str, message: str) -> list[Any]:
        self._add(code, where, message)
        return []

    def read_feature(self, number: int, feature: Any) -> None:
        """Keep the feature as a zone, or its problems."""
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            kind = feature.get("type") if isinstance(feature, dict) else type(feature).__name__
            self._add("not_a_feature", f"feature {number}", f"expected a Feature, got {_shown(kind)}; export it again")
            return
        properties = feature["properties"] if isinstance(feature.get("properties"), dict) else {}
        name = self._text(properties.get("name"), _LONGEST_NAME)
        zone_id = next(
            (
                text
                for value in (feature.get("id"), properties.get("zone_id"), properties.get("id"), name)
                if (text := self._text(value, _LONGEST_ID))
            ),
            "",
        )
        place = f'feature {number} "{name or zone_id}"' if name or zone_id else f"feature {number}"
        errors_before = len(self.problems)
        self._check_names(place, name, zone_id)
        priority = self._priority(properties.get("priority"), place, zone_id)
        area = self._area(feature.get("geometry"), place, zone_id)
        if zone_id:
            self._seen[zone_id].append(place)
            self.places.setdefault(zone_id, place)
        is_sound = not any(problem.severity is Severity.ERROR for problem in self.problems[errors_before:])
        if is_sound and area is not None and zone_id not in self._zones:
            self._zones[zone_id] = Zone(zone_id, name or zone_id, area, priority)

    def unique_zones(self) -> list[Zone]:
        """Zones whose id came once; ids that came more often become problems, one for each later place."""
        for zone_id, places in self._seen.items():
            for again in places[1:]:
                message = f"the id {zone_id!r} is already used by {places[0]}; give each zone an id of its own"
                self._add("duplicate_id", again, message, zone_ids=(zone_id,))
        return [zone for zone in self._zones.values() if len(self._seen[zone.zone_id]) == 1]

    def _check_names(self, place: str, name: str, zone_id: str) -> None:
        if not zone_id:
            self._add("no_name", place, 'the zone has neither a name nor an id; give it a property "name"')
        elif not name:
            message = f'the zone has no name and is called by its id {zone_id!r}; give it a property "name"'
            self._add("no_name", place, message, severity=Severity.WARNING, zone_ids=(zone_id,))

    def _text(self, value: Any, longest: int) -> str:
        """A name or id as text: one line of at most `longest` letters, without control signs. Not text: ""."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return ""
        one_line = " ".join(str(value).split())
        return "".join(letter for letter in one_line if letter.isprintable())[:longest].strip()

    def _priority(self, value: Any, place: str, zone_id: str) -> int:
        if value is None:
            return 0
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 1_000_000:
            return value
        message = (
            f"expected the priority as a whole number, got {_shown(value)}; write a number such as 1, or remove it"
        )
        self._add("priority_not_whole", place, message, zone_ids=(zone_id,))
        return 0

    def _area(self, geometry: Any, place: str, zone_id: str) -> Polygon | MultiPolygon | None:
        ids = (zone_id,) if zone_id else ()

        def report(code: str, inner: str, message: str, point: LonLat | None) -> None:
            where = f"{place}, {inner}" if inner else place
            self._add(code, where, message, zone_ids=ids, point=point)

        if not isinstance(geometry, dict):
            report("no_geometry", "", "the zone has no geometry; draw its outline, or remove the feature", None)
            return None
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        rings = RingReader(report)
        area: Polygon | MultiPolygon | None = None
        if kind == "Polygon":
            area = rings.polygon(coordinates, "")
        elif kind == "MultiPolygon":
            area = _multi(rings, coordinates)
        else:
            message = f"expected a Polygon or MultiPolygon, got {_shown(kind)}; draw the zone as an area"
            report("wrong_geometry", "", message, None)
        if rings.has_altitude:
            message = "points have a third number (altitude), which is left out"
            self._add("altitude_left_out", place, message, severity=Severity.WARNING, zone_ids=ids)
        return area

    def _add(
        self,
        code: str,
        where: str,
        message: str,
        *,
        severity: Severity = Severity.ERROR,
        zone_ids: tuple[str, ...] = (),
        point: LonLat | None = None,
    ) -> None:
        self.problems.append(
            ZoneProblem(code=code, where=where, message=message, severity=severity, zone_ids=zone_ids, point=point)
        )


def _multi(rings: RingReader, coordinates: Any) -> MultiPolygon | None:
    if not isinstance(coordinates, list) or not coordinates:
        rings.report("no_rings", "", "the zone has no parts; draw its outline, or remove the feature", None)
        return None
    read = [rings.polygon(part, f"part {number}") for number, part in enumerate(coordinates)]
    parts = [part for part in read if part is not None]
    if len(parts) < len(read):
        return None
    area = MultiPolygon(parts)
    if not area.is_valid:
        reason = str(shapely.is_valid_reason(area))
        rings.report("broken_area", "", f"parts of the zone overlap ({reason}); join them into one, or part them", None)
        return None
    return area


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def write_geojson(zone_set: ZoneSet) -> bytes:
    """
    A zone set as a FeatureCollection, always the same bytes for the same zones.

    Zones come by id; outer rings run counter-clockwise (RFC 7946, 3.1.6) from their smallest point. Reading and writing
    it again gives the same bytes. City, version and date stand in the member `corridor`.
    """
    document = {
        "type": "FeatureCollection",
        "corridor": {
            "city_id": zone_set.city_id,
            "version": zone_set.version,
            "valid_from": zone_set.valid_from.isoformat(),
        },
        "features": [_feature(zone) for zone in sorted(zone_set.zones, key=lambda zone: zone.zone_id)],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _feature(zone: Zone) -> dict[str, Any]:
    parts = sorted(_rings(part) for part in shapely.get_parts(zone.area).tolist())
    geometry = (
        {"type": "Polygon", "coordinates": parts[0]}
        if len(parts) == 1
        else {"type": "MultiPolygon", "coordinates": parts}
    )
    return {
        "type": "Feature",
        "id": zone.zone_id,
        "properties": {"name": zone.name, "priority": zone.priority},
        "geometry": geometry,
    }


def _rings(polygon: Polygon) -> list[list[list[float]]]:
    oriented = shapely.orient_polygons(polygon)
    return [_from_smallest(oriented.exterior), *sorted(_from_smallest(ring) for ring in oriented.interiors)]


def _from_smallest(ring: shapely.LinearRing) -> list[list[float]]:
    corners = [[lon, lat] for lon, lat in ring.coords[:-1]]
    start = corners.index(min(corners))
    return [*corners[start:], *corners[:start], corners[start]]
