"""A delivery zone, and a numbered, immutable set of them."""

from dataclasses import dataclass
from datetime import datetime

from shapely import MultiPolygon, Polygon

from zones.errors import ZonesError


class DuplicateZoneError(ZonesError, ValueError):
    """Raised when two zones of one set have the same id."""

    def __init__(self, zone_id: str) -> None:
        self.zone_id = zone_id
        super().__init__(f"expected each zone id once in a set, got {zone_id!r} twice; rename or remove one")


@dataclass(frozen=True, slots=True)
class Zone:
    """
    One delivery zone: its id within the set, its name for people, its area in degrees (longitude, latitude).

    `priority` settles overlaps: the higher number wins, then the smaller area, then the smaller id.
    """

    zone_id: str
    name: str
    area: Polygon | MultiPolygon
    priority: int = 0


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """
    All zones of one city, as published under one number. `version` 0 is an unpublished draft.

    Raises
    ------
    DuplicateZoneError
        When a zone id occurs twice.
    """

    city_id: str
    version: int
    valid_from: datetime
    zones: tuple[Zone, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for zone in self.zones:
            if zone.zone_id in seen:
                raise DuplicateZoneError(zone.zone_id)
            seen.add(zone.zone_id)


@dataclass(frozen=True, slots=True)
class ZoneChanges:
    """What differs between two zone sets: ids added, removed, and those whose area, name or priority changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def changes(old: ZoneSet | None, new: ZoneSet) -> ZoneChanges:
    """Compare two sets by zone id; `old` is None for the first version."""
    before = {zone.zone_id: zone for zone in (old.zones if old else ())}
    after = {zone.zone_id: zone for zone in new.zones}
    return ZoneChanges(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(k for k in before.keys() & after.keys() if not _same(before[k], after[k]))),
    )


def _same(a: Zone, b: Zone) -> bool:
    return a.name == b.name and a.priority == b.priority and bool(a.area.equals(b.area))
