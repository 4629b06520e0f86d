"""
Tracks as JSON lines, or one JSON document.

A line is a whole track, `{"track", "started_at", "interval_s" or "at_s" or "times", "lonlat", ...}` with lists of the
same length for what is known of each fix, or one ping, `{"fix_at", "lon", "lat", ...}` with the names of
`POST /v1/pings` (and those in `tracking.files.fix_words`); pings with the same `track` (or `courier_id`) belong
together. `{"pings": [...]}` and a list of either are read too, and GeoJSON (see `tracking.files.geojson_track`).
"""

import json
from collections.abc import Iterable
from typing import Any

from tracking.files.fix_words import fix_words, ping_of
from tracking.files.geojson_track import is_geojson, pings_in
from tracking.files.track import FileProblem, FileTrack, TrackFileError, in_order
from tracking.files.whole_track import whole_track
from tracking.ping import Ping

_ALONE = "track-1"


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
            if is_geojson(item):
                _add(loose, pings_in(item, problems))
            elif isinstance(item.get("lonlat"), list) and not _is_pair(item["lonlat"]):
                tracks.append(whole_track(item, where))
            else:
                _add(loose, [_named_ping(item)])
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
            message = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(FileProblem(code="bad_item", where=where, message=message))
    found = [*tracks, *(FileTrack(track_id=name, pings=in_order(pings)) for name, pings in loose.items())]
    if problems:
        found.append(FileTrack(track_id="", pings=(), problems=tuple(problems)))
    if not any(track.pings for track in found) and problems:
        raise TrackFileError(tuple(problems))
    return tuple(found)


def problems_of(tracks: tuple[FileTrack, ...]) -> tuple[FileProblem, ...]:
    """What was left out of all tracks."""
    return tuple(problem for track in tracks for problem in track.problems)


def _add(loose: dict[str, list[Ping]], pings: Iterable[tuple[str, Ping]]) -> None:
    for name, ping in pings:
        loose.setdefault(name or _ALONE, []).append(ping)


def _named_ping(item: dict[str, Any]) -> tuple[str, Ping]:
    said = fix_words(item)
    if _is_pair(item.get("lonlat")):
        said["lon"], said["lat"] = item["lonlat"][:2]
    return str(said.get("track") or ""), ping_of(said)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and all(isinstance(one, int | float | str) for one in value[:2])


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
        whole = value
        if isinstance(value, dict):
            whole = next((value[name] for name in ("pings", "tracks") if isinstance(value.get(name), list)), value)
        for k, item in enumerate(whole) if isinstance(whole, list) else [(0, whole)]:
            place = f"{where}, item {k + 1}" if isinstance(whole, list) else where
            if isinstance(item, dict):
                items.append((place, item))
            else:
                problems.append(FileProblem(code="no_object", where=place, message="expected an object with a place"))
    return items
