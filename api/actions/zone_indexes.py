"""Zone indexes kept ready by version: a published version never changes, so there is nothing to forget."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.db import zone_store
from api.db.tables import City, ZoneSetRow
from zones import bulk
from zones.index import ZoneIndex
from zones.lonlat import LonLat
from zones.zone import ZoneSet

_MOST_KEPT = 64

_kept: OrderedDict[str, "IndexedZones"] = OrderedDict()
_lock = threading.Lock()


class IndexedZones:
    """One published version with its index."""

    def __init__(self, zone_set_id: str, zone_set: ZoneSet) -> None:
        self.zone_set_id = zone_set_id
        self.zone_set = zone_set
        self.index = ZoneIndex(zone_set)

    @property
    def version(self) -> int:
        """Its number."""
        return self.zone_set.version

    def find_zone_ids(self, points: Sequence[LonLat]) -> list[str | None]:
        """The zone of each point, in the order given, by one join for a whole file; None outside every zone."""
        joined = bulk.assign(self.zone_set, [(str(number), point) for number, point in enumerate(points)])
        return [zone_id for _, zone_id in joined]


def indexed(session: Session, row: ZoneSetRow) -> IndexedZones:
    """The index of a published version."""
    with _lock:
        if row.id in _kept:
            _kept.move_to_end(row.id)
            return _kept[row.id]
    zones = IndexedZones(row.id, zone_store.load_zones(session, row.tenant_id, row))
    with _lock:
        _kept[row.id] = zones
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return zones


def zones_of_day(session: Session, city: City, on_date: date, now: datetime) -> IndexedZones | None:
    """
    The zones valid on a day: those in force now, or for a later day those in force when it begins.

    None when the city has no zones in force by then.
    """
    begins_at = datetime.combine(on_date, time(), ZoneInfo(city.timezone)).astimezone(UTC)
    row = zone_store.find_in_force(session, city.tenant_id, city.id, max(now, begins_at))
    return None if row is None else indexed(session, row)
