"""Orders and zones as programs send them, around the centre of Helsinki."""

from datetime import datetime, timedelta
from typing import Any

from tests.service import MORNING, Town

CENTRE = (24.9410, 60.1700)


def at(hours: float) -> str:
    """An instant so many hours after MORNING (09:00 in Helsinki)."""
    return (MORNING + timedelta(hours=hours)).isoformat()


def order_json(number: int, **changes: Any) -> dict[str, Any]:
    """An order near the centre; each number has its own place."""
    lon = CENTRE[0] + (number % 5 - 2) * 0.004
    lat = CENTRE[1] + (number // 5 % 5 - 2) * 0.002
    order: dict[str, Any] = {
        "order_no": str(5000 + number),
        "client_name": f"Client {number}",
        "phone": f"040 123 45{number:02d}",
        "language": "en",
        "address": f"Mannerheimintie {number + 1}",
        "lon": lon,
        "lat": lat,
        "windows": [[at(1), at(5)]],
        "service_s": 120,
        "weight_g": 500,
    }
    return order | changes


def square(zone_id: str, west: float, south: float, east: float, north: float, **properties: Any) -> dict[str, Any]:
    """A zone as a feature."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "id": zone_id,
        "properties": {"name": zone_id.title()} | properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def zones_json(*features: dict[str, Any]) -> dict[str, Any]:
    """A collection; by default two zones that share a border in the centre."""
    lon, lat = CENTRE
    default = (
        square("west", lon - 0.02, lat - 0.01, lon, lat + 0.01),
        square("east", lon, lat - 0.01, lon + 0.02, lat + 0.01),
    )
    return {"type": "FeatureCollection", "features": list(features or default)}


def date_of(town: Town) -> str:
    """The day of the town's shifts."""
    return town.on_date.isoformat()


def instant(text: str) -> datetime:
    """An instant of an answer."""
    return datetime.fromisoformat(text)
