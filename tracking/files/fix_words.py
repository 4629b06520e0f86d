"""One fix out of what a recorder wrote of it, by any of the names that recorders use."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tracking.files.track import read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

FIX_NAMES: dict[str, tuple[str, ...]] = {
    "fix_at": ("fix_at", "at", "time", "timestamp", "datetime", "date_time", "fix_time", "recorded_at", "gps_time",
               "utc", "tst", "ts"),
    "received_at": ("received_at", "received", "receipt_at", "server_time", "arrived_at"),
    "lon": ("lon", "lng", "long", "longitude", "lon_deg", "x"),
    "lat": ("lat", "latitude", "lat_deg", "y"),
    "accuracy_m": ("accuracy_m", "accuracy", "acc", "horizontal_accuracy", "hacc"),
    "speed_mps": ("speed_mps", "speed", "velocity"),
    "speed_kmh": ("speed_kmh", "speed_km_h", "speed_kph"),
    "bearing_deg": ("bearing_deg", "bearing", "course", "heading", "heading_deg", "course_deg", "direction"),
    "battery_share": ("battery_share",),
    "mock": ("mock", "is_mock"),
    "ping_id": ("id", "ping_id"),
    "track": ("track", "track_id", "courier_id", "courier", "device", "device_id"),
}  # fmt: skip
"""Our name of each thing, and what else it is called; the first one found counts."""

_TRUE = frozenset(("1", "true", "yes"))
_SEPARATOR = re.compile(r"[\s_-]+")


def plain(name: str) -> str:
    """Names are compared without case and separators: `fixTime` is `fix_time`."""
    return _SEPARATOR.sub("", name).lower()


_OURS = {plain(theirs): (ours, rank) for ours, names in FIX_NAMES.items() for rank, theirs in enumerate(names)}


def columns_of(header: Sequence[str]) -> Mapping[str, int]:
    """Which column holds what, by our names."""
    return _columns_of(tuple(header))


@lru_cache(maxsize=128)
def _columns_of(header: tuple[str, ...]) -> Mapping[str, int]:
    # Every item of a file has the same names: they are looked at once.
    found: dict[str, tuple[int, int]] = {}
    for i, cell in enumerate(header):
        ours, rank = _OURS.get(plain(cell.strip()), ("", 0))
        if ours and (ours not in found or rank < found[ours][0]):
            found[ours] = (rank, i)
    return {name: i for name, (_, i) in found.items()}


def fix_words(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a fix, by our names."""
    values = list(said.values())
    return {ours: values[i] for ours, i in columns_of(tuple(map(str, said))).items()}


def ping_of(said: Mapping[str, Any]) -> Ping:
    """
    The ping of a fix told by our names; a place may be left out, then it is a sign of life.

    Raises
    ------
    ValueError
        When a time, place or figure cannot be read.
    """
    fix_at = read_instant(said.get("fix_at"))
    received = said.get("received_at")
    lon, lat = read_number(said.get("lon"), "lon"), read_number(said.get("lat"), "lat")
    if (lon is None) != (lat is None):
        raise ValueError("only one of lon and lat is given; give both, or neither for a sign of life")
    speed_mps, kmh = read_number(said.get("speed_mps"), "speed"), read_number(said.get("speed_kmh"), "speed_kmh")
    ping_id = said.get("ping_id")
    return Ping(
        fix_at=fix_at,
        received_at=read_instant(received) if received is not None and received != "" else fix_at,
        point=LonLat(lon=lon, lat=lat) if lon is not None and lat is not None else None,
        ping_id=str(ping_id) if ping_id not in (None, "") else None,
        accuracy_m=read_number(said.get("accuracy_m"), "accuracy_m"),
        speed_mps=speed_mps if speed_mps is not None or kmh is None else kmh / 3.6,
        bearing_deg=read_number(said.get("bearing_deg"), "bearing_deg"),
        battery_share=read_number(said.get("battery_share"), "battery_share"),
        is_mock=str(said.get("mock", "")).strip().lower() in _TRUE,
    )
