"""Requests of phone apps with what must be understood of them: our own, and wider ones where they are to be had."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conftest import EXTRA_DATA_DIR
from tracking.dialects import gpslogger, osmand_app, overland, owntracks, which
from tracking.dialects.owntracks_mqtt import decode_message
from tracking.dialects.request import Decoded, PhoneRequest

OWN = Path(__file__).with_name("own_vectors.json")
WIDER = EXTRA_DATA_DIR / "protocol_vectors.json"
RECEIVED_AT = datetime(2026, 6, 15, 13, 40, tzinfo=UTC)
_BY_PATH = {
    "/osmand-app": osmand_app.decode,
    "/pub": owntracks.decode,
    "/overland": overland.decode,
    "/gpslogger": gpslogger.decode,
}


@dataclass(frozen=True)
class Vector:
    name: str
    said: dict[str, Any]

    @property
    def received_at(self) -> datetime:
        return datetime.fromisoformat(self.said["received_at"]) if "received_at" in self.said else RECEIVED_AT

    def decode(self) -> Decoded:
        keys = [self.said["key"].encode()] if "key" in self.said else []
        if "mqtt_topic" in self.said:
            retained = self.said.get("retained", False)
            return decode_message(
                self.said["mqtt_topic"], self.said["payload"].encode(), self.received_at, retained=retained, keys=keys
            )
        path, _, query = self.said["path"].partition("?")
        request = PhoneRequest(
            method=self.said["method"],
            path=path,
            query=query,
            headers=self.said.get("headers", {}),
            body=self.said.get("body", "").encode(),
        )
        return _BY_PATH.get(path, which.decode)(request, self.received_at, keys=keys)


def all_vectors() -> list[Vector]:
    files = [("own", OWN), ("wider", WIDER)]
    return [
        Vector(f"{origin}-{said['id']}", said)
        for origin, path in files
        if path.exists()
        for said in json.loads(path.read_text())["vectors"]
    ]
