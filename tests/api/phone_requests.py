"""Requests as the apps on couriers' phones send them, and what was stored of them."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.context import Services
from api.db.tables import PingRow, RefusedPingRow
from tests.service import MORNING

NOW_S = int(MORNING.timestamp())


def stored(services: Services) -> list[PingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(PingRow).order_by(PingRow.fix_at)))


def refused(services: Services) -> list[RefusedPingRow]:
    with services.db.read() as session:
        return list(session.scalars(select(RefusedPingRow)))


def query(age_s: int = 10, **changes: Any) -> dict[str, Any]:
    return {"id": "7", "lat": 60.17, "lon": 24.94, "timestamp": NOW_S - age_s, "speed": 19.44, "accuracy": 5} | changes


def feature(age_s: float = 10, **properties: Any) -> dict[str, Any]:
    at = (MORNING - timedelta(seconds=age_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [24.94 - age_s * 1e-6, 60.17]},
        "properties": {"timestamp": at, "speed": 4, "horizontal_accuracy": 5, "battery_level": 0.8} | properties,
    }


def location(age_s: int = 10, **changes: Any) -> dict[str, Any]:
    return {"_type": "location", "lat": 60.17, "lon": 24.94, "tst": NOW_S - age_s, "acc": 5, "vel": 36} | changes


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


type Send = Callable[[FlaskClient, str], TestResponse]

SENDERS: dict[str, Send] = {
    "traccar_query": lambda c, t: c.post(f"/ingest/osmand/{t}", query_string=query()),
    "traccar_get": lambda c, t: c.get(f"/ingest/osmand/{t}/", query_string=query()),
    "traccar_form": lambda c, t: c.post(f"/ingest/osmand/{t}", data=query()),
    "traccar_parts": lambda c, t: c.post(f"/ingest/osmand/{t}", data=query(), content_type="multipart/form-data"),
    "traccar_json": lambda c, t: c.post(
        f"/ingest/osmand/{t}",
        json={
            "device_id": "7",
            "location": {
                "timestamp": (MORNING - timedelta(seconds=10)).isoformat().replace("+00:00", "Z"),
                "coords": {"latitude": 60.17, "longitude": 24.94, "accuracy": 5, "speed": 10.0, "heading": 63},
                "battery": {"level": 0.5, "is_charging": True},
            },
        },
    ),
    "osmand_app": lambda c, t: c.get(
        f"/ingest/osmand-app/{t}",
        query_string={"lat": 60.17, "lon": 24.94, "timestamp": (NOW_S - 10) * 1000, "hdop": 5, "speed": 10.0},
    ),
    "owntracks_basic": lambda c, t: c.post("/ingest/owntracks", json=location(), headers=basic("C1", t)),
    "owntracks_limit": lambda c, t: c.post(
        "/ingest/owntracks", json=location(), headers={"X-Limit-U": "c1", "X-Limit-D": t}
    ),
    "owntracks_overland": lambda c, t: c.post(
        "/ingest/owntracks", json=location(), headers={"Authorization": f"Basic {t}:"}
    ),
    "overland": lambda c, t: c.post(
        "/ingest/overland", json={"locations": [feature()]}, headers={"Authorization": f"Bearer {t}"}
    ),
    "gpslogger_get": lambda c, t: c.get(
        f"/ingest/gpslogger/{t}", query_string={"lat": 60.17, "lon": 24.94, "timestamp": NOW_S - 10, "spd": 10}
    ),
    "gpslogger_put": lambda c, t: c.put(
        f"/ingest/gpslogger/{t}", data=f"lat=60.17&lon=24.94&timestamp={NOW_S - 10}&spd=10".encode()
    ),
    "gpslogger_basic": lambda c, t: c.post(
        "/ingest/gpslogger", data=f"lat=60.17&lon=24.94&timestamp={NOW_S - 10}".encode(), headers=basic("x", t)
    ),
}
