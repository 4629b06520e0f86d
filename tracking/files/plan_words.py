"""What the properties of a stop or a way say, whatever names their writer chose for it."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tracking.files.track import read_instant, read_number

_NAMES: dict[str, tuple[str, ...]] = {
    "visit_id": ("visit_id", "id", "stop_id", "visit", "stop", "name", "label", "order_id", "code"),
    "order_id": ("order_id",),
    "route": ("shift_id", "route_id", "route", "shift", "courier_id", "courier", "vehicle_id", "vehicle"),
    "sequence": ("sequence", "seq", "stop_number", "stop_index", "sequence_number", "order", "index", "position", "n"),
    "arrives_at": (
        "arrives_at", "arrive_at", "arrive", "arrives", "arrival_at", "arrival", "arrival_time", "planned_arrives_at",
        "planned_arrival", "planned_at", "expected_at", "expected_arrival", "eta", "arrive_s", "arrives_s", "arrival_s",
    ),
    "starts_at": ("starts_at", "service_starts_at", "service_start", "starts_s"),
    "leaves_at": ("leaves_at", "leave_at", "leaves", "leave", "departs_at", "depart_at", "depart", "departure",
                  "departure_time", "leaves_s", "leave_s", "depart_s", "departure_s"),
    "service_s": ("service_s", "service_time_s", "service_seconds", "service", "service_time", "service_duration",
                  "duration_s", "dwell_s"),
    "service_min": ("service_min", "service_minutes", "service_time_min"),
    "windows": ("windows", "time_windows", "window", "time_window", "tw"),
    "opens_at": ("opens_at", "window_start", "window_from", "ready_at", "not_before", "earliest", "earliest_at"),
    "closes_at": ("closes_at", "window_end", "window_to", "due_at", "not_after", "latest", "latest_at"),
}  # fmt: skip
_DEPARTS = ("departs_at", "depart_at", "started_at", "starts_at", "start_at", "start_time", "departure", "depart")
_NO_STOPS = frozenset(
    ("depot", "start", "end", "origin", "warehouse", "hub", "base", "home", "store", "garage", "vehicle", "courier",
     "position", "ping", "fix", "route")
)  # fmt: skip
_KIND_NAMES = ("kind", "type", "role", "stop_type")
_SEPARATOR = re.compile(r"[\s_-]+")
_RELATIVE_MOST_S = 30 * 86_400.0
"""A number below this is seconds after the departure: as seconds since 1970 it would be January of that year."""


def words_of(properties: Mapping[str, Any] | None, names: Mapping[str, tuple[str, ...]] = _NAMES) -> dict[str, Any]:
    """What is said, by our own names; what stands under a name that we do not know is left out."""
    said = {_plain(key): value for key, value in (properties or {}).items() if value is not None and value != ""}
    found: dict[str, Any] = {}
    for ours, theirs in names.items():
        value = next((said[_plain(name)] for name in theirs if _plain(name) in said), None)
        if value is not None:
            found[ours] = value
    if not isinstance(found.get("sequence"), int | float) and not str(found.get("sequence", "")).strip().isdecimal():
        found.pop("sequence", None)
    return found


def departs_of(properties: Mapping[str, Any] | None) -> datetime | None:
    """
    When a way begins, where its properties say so.

    Raises
    ------
    ValueError
        When it is no time.
    """
    said = words_of(properties, {"departs_at": _DEPARTS})
    return read_instant(said["departs_at"]) if said else None


def is_stop(properties: Mapping[str, Any] | None) -> bool:
    """Whether a Point is a visit: depots, other ends of the way and positions of vehicles are none."""
    said = {_plain(key): value for key, value in (properties or {}).items()}
    kinds = [str(said[name]).strip().lower() for name in map(_plain, _KIND_NAMES) if name in said]
    return not any(kind in _NO_STOPS for kind in kinds)


def instant_of(value: Any, departs_at: datetime, moved: timedelta) -> datetime:
    """An instant of the plan, `moved` to the day of the track; a small number is seconds after the departure."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _RELATIVE_MOST_S:
        return departs_at + timedelta(seconds=float(value))
    return read_instant(value) + moved


def service_s_of(said: Mapping[str, Any]) -> float | None:
    """Planned seconds at the door; None when the plan does not say."""
    if said.get("service_s") is not None:
        return read_number(said["service_s"], "service_s")
    minutes = read_number(said.get("service_min"), "service_min")
    return minutes * 60.0 if minutes is not None else None


def windows_of(said: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """
    Pairs of first and last time, as the plan writes them.

    Raises
    ------
    ValueError
        When a window is no pair of times.
    """
    windows = said.get("windows")
    if windows is None:
        both = (said.get("opens_at"), said.get("closes_at"))
        return [both] if both[0] is not None and both[1] is not None else []
    if isinstance(windows, dict) or (
        isinstance(windows, list) and len(windows) == 2 and not any(isinstance(w, list | dict) for w in windows)
    ):
        windows = [windows]
    if not isinstance(windows, list):
        raise ValueError(f"expected windows as pairs of times, got {windows!r}")  # noqa: TRY004 - a bad value of a file
    return [_pair(one) for one in windows]


def _pair(window: Any) -> tuple[Any, Any]:
    if isinstance(window, list) and len(window) == 2:
        return window[0], window[1]
    if isinstance(window, dict):
        said = words_of(
            window,
            {
                "a": ("opens_at", "opens", "open", "start", "starts_at", "from", "begin", "earliest"),
                "b": ("closes_at", "closes", "close", "end", "ends_at", "to", "until", "latest"),
            },
        )
        if "a" in said and "b" in said:
            return said["a"], said["b"]
    raise ValueError(f"expected a window as a pair of times, got {window!r}")


def _plain(name: str) -> str:
    """Names are compared without case and separators: `arrivesAt` is `arrives_at`."""
    return _SEPARATOR.sub("", str(name)).lower()
