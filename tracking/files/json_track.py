"""
Tracks as JSON lines, or one JSON document.

A line is a whole track, `{"track", "started_at", "interval_s" or "at_s", "lonlat", ...}` with lists of the same length
for what is known of each fix, or one ping, `{"fix_at", "lon", "lat", ...}` with the names of `POST /v1/pings`; pings
with the same `track` (or `courier_id`) belong together. `{"pings": [...]}` and a list of either are read too.
"""

import json
from datetime import timedelta
from typing import Any

from tracking.files.track import FileProblem, FileTrack, TrackFileError, in_order, read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

_OF_EACH_FIX = ("at_s", "received_s", "accuracy_m", "speed_mps", "bearing_deg", "mock")


def read_json(content: bytes) -> tuple[FileTrack, ...]:
    """
    Every track of the file, in the order of the lines; items that cannot be read are left out as problems.

    Raises
    ------
    TrackFileError
        When it is no JSON.
    """
    tracks: list[FileTrack] = []
    loose: dict[str, list[Ping]] = {}
    problems: list[FileProblem] = []
    for where, item in _items(content, problems):
        try:
            if "lonlat" in item:
                tracks.append(_whole(item, where))
            else:
                name = str(item.get("track") or item.get("courier_id") or "track-1")
                loose.setdefault(name, []).append(_ping(item))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            problems.append(FileProblem(code="bad_item", where=where, message=str(error)))
    found = [*tracks, *(FileTrack(track_id=name, pings=in_order(pings)) for name, pings in loose.items())]
    if problems:
        found.append(FileTrack(track_id="", pings=(), problems=tuple(problems)))
    if not any(track.pings for track in found) and problems:
        raise TrackFileError(tuple(problems))
    return tuple(found)


def problems_of(tracks: tuple[FileTrack, ...]) -> tuple[FileProblem, ...]:
    """What was left out of all tracks."""
    return tuple(problem for track in tracks for problem in track.problems)


def _items(content: bytes, problems: list[FileProblem]) -> list[tuple[str, dict[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = FileProblem(code="not_utf8", where="file", message=f"expected UTF-8: {error}")
        raise TrackFileError((problem,)) from error
    found: list[tuple[str, Any]] = []
    try:
        found = [("document", json.loads(text))]
    except (ValueError, RecursionError):
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append((f"line {number}", json.loads(line)))
            except (ValueError, RecursionError) as error:
                problems.append(
                    FileProblem(code="not_json", where=f"line {number}", message=f"this is no JSON: {error}")
                )
    items: list[tuple[str, dict[str, Any]]] = []
    for where, value in found:
        whole = value["pings"] if isinstance(value, dict) and isinstance(value.get("pings"), list) else value
        for k, item in enumerate(whole) if isinstance(whole, list) else [(0, whole)]:
            place = f"{where}, item {k + 1}" if isinstance(whole, list) else where
            if isinstance(item, dict):
                items.append((place, item))
            else:
                problems.append(FileProblem(code="no_object", where=place, message="expected an object with a place"))
    return items


def _whole(item: dict[str, Any], where: str) -> FileTrack:
    places = item["lonlat"]
    if not isinstance(places, list):
        raise TypeError("expected lonlat as a list of [longitude, latitude]")
    started_at = read_instant(item.get("started_at"))
    every_s = read_number(item.get("interval_s"), "interval_s")
    if every_s is None and "at_s" not in item:
        raise ValueError("expected interval_s, or at_s with the seconds of each fix")
    known = {name: _of_each(item[name], name, len(places)) for name in _OF_EACH_FIX if item.get(name) is not None}
    pings: list[Ping] = []
    problems: list[FileProblem] = []
    name = str(item.get("track") or where)
    for i, pair in enumerate(places):
        try:
            fix = {key: values[i] for key, values in known.items()}
            at_s = read_number(fix.pop("at_s", i * (every_s or 0.0)), "at_s") or 0.0
            received_s = read_number(fix.pop("received_s", at_s), "received_s")
            fix_at = started_at + timedelta(seconds=at_s)
            received_at = started_at + timedelta(seconds=received_s if received_s is not None else at_s)
            lon, lat = pair if pair is not None else (None, None)
            pings.append(_ping({"fix_at": fix_at, "received_at": received_at, "lon": lon, "lat": lat} | fix))
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(FileProblem(code="bad_fix", where=f"{name}, fix {i + 1}", message=str(error)))
    plan = tuple((float(lon), float(lat)) for lon, lat in item.get("plan") or ()) if _is_line(item.get("plan")) else ()
    return FileTrack(track_id=name, pings=in_order(pings), plan=plan, problems=tuple(problems))


def _is_line(plan: Any) -> bool:
    return isinstance(plan, list) and all(isinstance(pair, list) and len(pair) >= 2 for pair in plan)


def _of_each(values: Any, name: str, count: int) -> list[Any]:
    if not isinstance(values, list):
        return [values] * count
    if len(values) != count:
        raise ValueError(f"expected {count} values of {name}, one for each place, got {len(values)}")
    return values


def _ping(item: dict[str, Any]) -> Ping:
    when = next(
        (item[name] for name in ("fix_at", "at", "time", "timestamp", "tst") if item.get(name) is not None), None
    )
    fix_at = read_instant(when)
    received = item.get("received_at")
    received_at = read_instant(received) if received is not None else fix_at
    lon, lat = read_number(item.get("lon"), "lon"), read_number(item.get("lat"), "lat")
    if (lon is None) != (lat is None):
        raise ValueError("only one of lon and lat is given; give both, or neither for a sign of life")
    ping_id = item.get("id")
    return Ping(
        fix_at=fix_at,
        received_at=received_at,
        point=LonLat(lon=lon, lat=lat) if lon is not None and lat is not None else None,
        ping_id=str(ping_id) if ping_id not in (None, "") else None,
        accuracy_m=read_number(item.get("accuracy_m"), "accuracy_m"),
        speed_mps=read_number(item.get("speed_mps"), "speed_mps"),
        bearing_deg=read_number(item.get("bearing_deg"), "bearing_deg"),
        battery_share=read_number(item.get("battery_share"), "battery_share"),
        is_mock=bool(item.get("mock", item.get("is_mock", False))),
    )
