"""
Recorded tracks to be judged by: read leniently from JSON lines, each with a plan and a truth, given or found.

A line is `{"track", "started_at", "interval_s", "lonlat": [[lon, lat], ...]}`; instead of the interval `times`
(instants) or `at_s` (seconds after the start), one for each place. Optional: `accuracy_m`, `speed_mps`, `bearing_deg`,
`received_s` (one figure or one for each place), `plan` (coordinates or GeoJSON with a LineString), `truth_lonlat` (one
place or null for each fix).
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.files.track import FileProblem, read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

_LEAST_FIXES = 3
_OF_EACH = ("accuracy_m", "speed_mps", "bearing_deg", "received_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrack:
    """One track as recorded; `plan` is empty and `truth` None where the file gives none."""

    name: str
    pings: tuple[Ping, ...]
    interval_s: float
    plan: tuple[LonLat, ...] = ()
    truth: tuple[LonLat | None, ...] | None = None

    @property
    def started_at(self) -> datetime:
        """The time of the first fix."""
        return self.pings[0].fix_at


def read_recorded(content: bytes) -> tuple[tuple[RecordedTrack, ...], tuple[FileProblem, ...]]:
    """The tracks of a file in the order of its lines, and what was left out, by line."""
    tracks: list[RecordedTrack] = []
    problems: list[FileProblem] = []
    for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            tracks.append(_track(json.loads(line), where, problems))
        except RecursionError:
            problems.append(FileProblem(code="bad_track", where=where, message="nested too deeply; give plain lists"))
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            message = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(FileProblem(code="bad_track", where=where, message=message))
    return tuple(tracks), tuple(problems)


def _track(item: Any, where: str, problems: list[FileProblem]) -> RecordedTrack:
    if not isinstance(item, dict):
        raise TypeError("expected an object with track, started_at, interval_s and lonlat")
    places = item["lonlat"]
    if not isinstance(places, list):
        raise TypeError("expected lonlat as a list of [longitude, latitude]")
    name = str(item.get("track") or item.get("id") or where)
    times = _times(item, len(places))
    known = {key: _each(item[key], key, len(places)) for key in _OF_EACH if item.get(key) is not None}
    truth = _each(item["truth_lonlat"], "truth_lonlat", len(places)) if item.get("truth_lonlat") is not None else None
    kept: list[tuple[Ping, LonLat | None]] = []
    for i, place in enumerate(places):
        try:
            said = {key: read_number(values[i], key) for key, values in known.items()}
            received_s = said.pop("received_s", None)
            received_at = times[0] + timedelta(seconds=received_s) if received_s is not None else times[i]
            ping = Ping(
                fix_at=times[i],
                received_at=received_at,
                point=_place(place),
                accuracy_m=said.get("accuracy_m"),
                speed_mps=said.get("speed_mps"),
                bearing_deg=said.get("bearing_deg"),
            )
            kept.append((ping, _place(truth[i]) if truth is not None and truth[i] is not None else None))
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(FileProblem(code="bad_fix", where=f"{where} ({name}), fix {i + 1}", message=str(error)))
    kept.sort(key=lambda k: (k[0].received_at, k[0].fix_at))
    if len(kept) < _LEAST_FIXES:
        raise ValueError(f"expected a track of {_LEAST_FIXES} fixes or more, got {len(kept)}")
    fixes = sorted(p.fix_at for p, _ in kept)
    steps = sorted((b - a).total_seconds() for a, b in itertools.pairwise(fixes))
    return RecordedTrack(
        name=name,
        pings=tuple(p for p, _ in kept),
        interval_s=steps[len(steps) // 2],
        plan=_plan(item["plan"]) if item.get("plan") else (),
        truth=tuple(t for _, t in kept) if truth is not None else None,
    )


def _times(item: dict[str, Any], count: int) -> list[datetime]:
    if item.get("times") is not None:
        return [read_instant(one) for one in _each(item["times"], "times", count)]
    started_at = read_instant(item["started_at"]).astimezone(UTC)
    if item.get("at_s") is not None:
        seconds = [read_number(s, "at_s") for s in _each(item["at_s"], "at_s", count)]
    else:
        every_s = read_number(item["interval_s"], "interval_s")
        seconds = [i * every_s if every_s is not None else None for i in range(count)]
    if any(s is None for s in seconds):
        raise ValueError("expected interval_s, at_s or times for every place")
    return [started_at + timedelta(seconds=s or 0.0) for s in seconds]


def _each(values: Any, name: str, count: int) -> Sequence[Any]:
    if not isinstance(values, list):
        return [values] * count
    if len(values) != count:
        raise ValueError(f"expected {count} values of {name}, one for each place, got {len(values)}")
    return values


def _place(pair: Any) -> LonLat:
    if not isinstance(pair, list | tuple) or len(pair) < 2:
        raise ValueError(f"expected a place as [longitude, latitude], got {pair!r}")
    return LonLat(lon=float(pair[0]), lat=float(pair[1]))


def _plan(plan: Any) -> tuple[LonLat, ...]:
    """The points of a plan: coordinates, or the first line of any GeoJSON."""
    if isinstance(plan, str):
        plan = json.loads(plan)
    if isinstance(plan, dict):
        found = _line_in(plan)
        if found is None:
            raise ValueError("expected plan as coordinates or as GeoJSON with a LineString, found no line in it")
        plan = found
    points = tuple(_place(pair) for pair in plan)
    if len(points) < 2:
        raise ValueError(f"expected a plan of two points or more, got {len(points)}")
    return points


def _line_in(value: dict[str, Any]) -> list[Any] | None:
    if value.get("type") == "LineString":
        return list(value["coordinates"])
    if value.get("type") == "MultiLineString":
        return [pair for part in value["coordinates"] for pair in part]
    inner = [value.get("geometry"), *(value.get("features") or ()), *(value.get("geometries") or ())]
    return next((line for one in inner if isinstance(one, dict) and (line := _line_in(one)) is not None), None)
