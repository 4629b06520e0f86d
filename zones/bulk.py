"""Assigns whole order files to zones, as tables for analysts. The only user of geopandas."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from zones.index import ZoneIndex, rank_key
from zones.lonlat import LonLat
from zones.zone import ZoneSet

CRS = "EPSG:4326"


def zones_frame(zone_set: ZoneSet) -> gpd.GeoDataFrame:
    """One row a zone, the strongest first: `zone_id`, `name`, `priority`, `rank` and its area in degrees."""
    zones = sorted(zone_set.zones, key=rank_key)
    return gpd.GeoDataFrame(
        {
            "zone_id": [zone.zone_id for zone in zones],
            "name": [zone.name for zone in zones],
            "priority": [zone.priority for zone in zones],
            "rank": range(len(zones)),
        },
        geometry=[zone.area for zone in zones],
        crs=CRS,
    )


def assign_frame(zone_set: ZoneSet, orders: Sequence[tuple[str, LonLat]]) -> gpd.GeoDataFrame:
    """
    One row an order, in the order given: `order_id`, `zone_id` (None outside), `zones_here` (how many hold the point).

    An id may occur twice; each row is answered for itself. The rule for borders and overlaps is that of `ZoneIndex`.
    """
    frame = gpd.GeoDataFrame(
        {"order_id": [order_id for order_id, _ in orders]},
        geometry=shapely.points([(point.lon, point.lat) for _, point in orders]) if orders else [],
        crs=CRS,
    )
    zones = zones_frame(zone_set)
    joined = frame[["geometry"]].sjoin(zones[["zone_id", "rank", "geometry"]], predicate="intersects", how="inner")
    best = joined.sort_values("rank", kind="stable")
    best = best[~best.index.duplicated()]
    zone_ids = best["zone_id"].reindex(frame.index).astype(object)
    frame["zone_id"] = zone_ids.where(zone_ids.notna(), None)
    frame["zones_here"] = joined.index.value_counts().reindex(frame.index, fill_value=0).to_numpy()
    return _with_borders(zone_set, orders, frame)


def _with_borders(zone_set: ZoneSet, orders: Sequence[tuple[str, LonLat]], frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ask the index about points outside every zone: a hair's breadth beyond a border still counts as on it."""
    outside = [int(row) for row in frame.index[frame["zone_id"].isna()]]
    answers = ZoneIndex(zone_set).resolve_many([orders[row][1] for row in outside])
    for row, answer in zip(outside, answers, strict=True):
        if answer.zone is not None:
            frame.loc[row, "zone_id"] = answer.zone.zone_id
            frame.loc[row, "zones_here"] = 1 + len(answer.losers)
    return frame


def assign(zone_set: ZoneSet, orders: Sequence[tuple[str, LonLat]]) -> list[tuple[str, str | None]]:
    """Order id and zone id (None outside every zone), in the order given."""
    frame = assign_frame(zone_set, orders)
    return [
        (str(order_id), None if pd.isna(zone_id) else str(zone_id))
        for order_id, zone_id in zip(frame["order_id"], frame["zone_id"], strict=True)
    ]
