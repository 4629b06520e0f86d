"""Rules that a draft of zones is judged by, beyond what a single file entry shows. Each has a code of its own."""

from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
import shapely
from pyproj import Geod
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from zones.index import rank_key
from zones.lonlat import LonLat, distance_m
from zones.problem import Severity, ZoneProblem
from zones.zone import Zone

FAR_M = 200_000.0
"""No zone of a city lies farther than this from its centre."""

SMALLEST_OVERLAP_M2 = 1.0
"""Below this, two borders drawn along one street merely differ in their last digits."""

SMALLEST_AREA_M2 = 1_000.0
LARGEST_AREA_M2 = 5_000e6

_WGS84 = Geod(ellps="WGS84")

type Place = Callable[[Zone], str]
"""How a zone is called in a problem's `where`: its place in the file, when there is a file."""


def area_m2(area: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid, square metres."""
    return abs(float(_WGS84.geometry_area_perimeter(shapely.orient_polygons(area))[0]))


def check(zones: Sequence[Zone], centre: LonLat | None = None, place: Place | None = None) -> list[ZoneProblem]:
    """
    All problems of a draft whose zones are sound each for itself, in the order of the rules.

    Parameters
    ----------
    centre
        The city's centre. Without it each zone is compared with the middle of the others.
    place
        Names a zone in `where`; by default `zone "Old Town"`.
    """
    named = place or _by_name
    return [
        *_far_or_swapped(zones, centre, named),
        *_sizes(zones, named),
        *_overlaps(zones, named),
        *_gaps(zones, named),
    ]


def _by_name(zone: Zone) -> str:
    return f'zone "{zone.name}"'


def _middle(zone: Zone) -> LonLat:
    west, south, east, north = zone.area.bounds
    return LonLat(lon=(west + east) / 2, lat=(south + north) / 2)


def _far_or_swapped(zones: Sequence[Zone], centre: LonLat | None, place: Place) -> list[ZoneProblem]:
    """Zones far from their city, and among them those that exchanging latitude and longitude would bring back."""
    problems: list[ZoneProblem] = []
    for zone in zones:
        here = _middle(zone)
        city = centre or _middle_of_others(zone, zones)
        if city is None or distance_m(here, city) <= FAR_M:
            continue
        swapped_m = distance_m(LonLat(lon=here.lat, lat=here.lon), city) if abs(here.lon) <= 90 else float("inf")
        if swapped_m <= FAR_M:
            code = "swapped_axes"
            message = (
                f"latitude and longitude are exchanged: the zone lies at longitude {here.lon:.4f}, latitude "
                f"{here.lat:.4f}, far from the city, and within {swapped_m / 1000:.0f} km of it when exchanged; "
                "write longitude first"
            )
        else:
            code = "far_from_city"
            message = (
                f"the zone lies {distance_m(here, city) / 1000:.0f} km from "
                f"{'the city centre' if centre else 'the other zones'}; check that this is the right city and file"
            )
        problems.append(
            ZoneProblem(code=code, where=place(zone), message=message, zone_ids=(zone.zone_id,), point=here)
        )
    return problems


def _middle_of_others(zone: Zone, zones: Sequence[Zone]) -> LonLat | None:
    """The median: a few zones with exchanged axes must not pull it away. With fewer than two others nobody is right."""
    others = [_middle(other) for other in zones if other is not zone]
    if len(others) < 2:
        return None
    return LonLat(lon=median(p.lon for p in others), lat=median(p.lat for p in others))


def _sizes(zones: Sequence[Zone], place: Place) -> list[ZoneProblem]:
    problems: list[ZoneProblem] = []
    for zone in zones:
        size_m2 = area_m2(zone.area)
        if SMALLEST_AREA_M2 <= size_m2 <= LARGEST_AREA_M2:
            continue
        is_small = size_m2 < SMALLEST_AREA_M2
        message = (
            f"the zone has only {size_m2:,.0f} m2; remove it if it is left over from drawing"
            if is_small
            else f"the zone has {size_m2 / 1e6:,.0f} km2, more than a city; check its outline"
        )
        problems.append(
            ZoneProblem(
                code="very_small" if is_small else "very_large",
                where=place(zone),
                message=message,
                severity=Severity.WARNING,
                zone_ids=(zone.zone_id,),
                point=_middle(zone),
            )
        )
    return problems


def _overlaps(zones: Sequence[Zone], place: Place) -> list[ZoneProblem]:
    areas = np.array([zone.area for zone in zones], dtype=object)
    first, second = STRtree(areas).query(areas, predicate="intersects")
    pairs = sorted((int(i), int(j)) for i, j in zip(first, second, strict=True) if i < j)
    problems: list[ZoneProblem] = []
    for i, j in pairs:
        shared = shapely.intersection(areas[i], areas[j])
        shared_m2 = _polygons_m2(shared)
        if shared_m2 < SMALLEST_OVERLAP_M2:
            continue
        winner, loser = sorted((zones[i], zones[j]), key=rank_key)
        middle = shared.representative_point()
        problems.append(
            ZoneProblem(
                code="overlap",
                where=f"{place(zones[i])} and {place(zones[j])}",
                message=(
                    f'the zones overlap by {shared_m2:,.0f} m2; orders there go to "{winner.name}" '
                    f"({_why(winner, loser)}); move a border, or set priorities if this is meant"
                ),
                severity=Severity.WARNING,
                zone_ids=(zones[i].zone_id, zones[j].zone_id),
                point=LonLat(lon=middle.x, lat=middle.y),
            )
        )
    return problems


def _why(winner: Zone, loser: Zone) -> str:
    if winner.priority != loser.priority:
        return "higher priority"
    return "smaller area" if winner.area.area != loser.area.area else "same size, its id comes first"


def _gaps(zones: Sequence[Zone], place: Place) -> list[ZoneProblem]:
    """Holes that several zones leave between them: orders there are outside every zone. A hole in one zone is meant."""
    areas = np.array([zone.area for zone in zones], dtype=object)
    problems: list[ZoneProblem] = []
    for part in shapely.get_parts(shapely.union_all(areas)):
        for ring in part.interiors:
            hole = shapely.Polygon(ring)
            around = [zone for zone in zones if zone.area.intersects(hole)]
            size_m2 = area_m2(hole)
            if len(around) < 2 or size_m2 < SMALLEST_OVERLAP_M2:
                continue
            middle = hole.representative_point()
            problems.append(
                ZoneProblem(
                    code="gap",
                    where=" and ".join(place(zone) for zone in around),
                    message=(
                        f"the zones leave a gap of {size_m2:,.0f} m2 between them, orders there are outside every "
                        "zone; move a border if this is not meant"
                    ),
                    severity=Severity.WARNING,
                    zone_ids=tuple(zone.zone_id for zone in around),
                    point=LonLat(lon=middle.x, lat=middle.y),
                )
            )
    return problems


def _polygons_m2(shape: BaseGeometry) -> float:
    """Area of the polygons in a mixture: where borders touch, an intersection also has points and lines."""
    return sum(area_m2(part) for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
