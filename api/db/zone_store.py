"""Numbered versions of a city's zones. A published version never changes."""

from collections.abc import Sequence
from datetime import datetime

import shapely
from shapely import MultiPolygon, Polygon
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import ZoneRow, ZoneSetRow, new_id
from zones.zone import Zone, ZoneSet


def newest_version(session: Session, tenant_id: str, city_id: str) -> int:
    """The highest version of a city, draft or published; 0 when there is none."""
    query = select(func.max(ZoneSetRow.version)).where(ZoneSetRow.tenant_id == tenant_id, ZoneSetRow.city_id == city_id)
    return session.scalar(query) or 0


def find_in_force(session: Session, tenant_id: str, city_id: str, at: datetime) -> ZoneSetRow | None:
    """The published version that is valid at an instant: the one with the latest `valid_from` not after it."""
    query = select(ZoneSetRow).where(
        ZoneSetRow.tenant_id == tenant_id,
        ZoneSetRow.city_id == city_id,
        ZoneSetRow.state == "published",
        ZoneSetRow.valid_from <= at,
    )
    return session.scalars(query.order_by(ZoneSetRow.valid_from.desc(), ZoneSetRow.version.desc()).limit(1)).first()


def find_version(session: Session, tenant_id: str, city_id: str, version: int) -> ZoneSetRow | None:
    """One version by its number."""
    query = select(ZoneSetRow).where(
        ZoneSetRow.tenant_id == tenant_id, ZoneSetRow.city_id == city_id, ZoneSetRow.version == version
    )
    return session.scalars(query).first()


def load_zones(session: Session, tenant_id: str, row: ZoneSetRow) -> ZoneSet:
    """The zones of one version, as the zones package knows them."""
    query = select(ZoneRow).where(ZoneRow.tenant_id == tenant_id, ZoneRow.zone_set_id == row.id)
    zones = tuple(
        Zone(zone_id=zone.zone_id, name=zone.name, area=_area(zone.area_wkb), priority=zone.priority)
        for zone in session.scalars(query.order_by(ZoneRow.zone_id))
    )
    return ZoneSet(city_id=row.city_id, version=row.version, valid_from=row.valid_from or row.created_at, zones=zones)


def add_draft(
    session: Session,
    *,
    tenant_id: str,
    city_id: str,
    version: int,
    zones: Sequence[Zone],
    now: datetime,
    created_by: str,
    source_name: str = "",
) -> ZoneSetRow:
    """Keep zones under a new number, as a draft."""
    row = ZoneSetRow(
        id=new_id("zset"),
        tenant_id=tenant_id,
        city_id=city_id,
        version=version,
        state="draft",
        valid_from=None,
        created_at=now,
        created_by=created_by,
        source_name=source_name,
    )
    session.add(row)
    session.flush()
    session.add_all(
        ZoneRow(
            id=new_id("zone"),
            tenant_id=tenant_id,
            zone_set_id=row.id,
            zone_id=zone.zone_id,
            name=zone.name,
            priority=zone.priority,
            area_wkb=shapely.to_wkb(zone.area),
        )
        for zone in zones
    )
    session.flush()
    return row


def publish(session: Session, row: ZoneSetRow, valid_from: datetime) -> None:
    """
    Put a draft in force from an instant on.

    Raises
    ------
    ValueError
        When it was published before: such a version never changes.
    """
    if row.state != "draft":
        raise ValueError(f"version {row.version} was published already and cannot change; import a new version")
    row.state = "published"
    row.valid_from = valid_from
    session.flush()


def _area(wkb: bytes) -> Polygon | MultiPolygon:
    area = shapely.from_wkb(wkb)
    if not isinstance(area, Polygon | MultiPolygon):
        raise TypeError(f"expected a polygon in the zones table, got {area.geom_type}")
    return area
