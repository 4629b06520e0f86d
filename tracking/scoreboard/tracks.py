"""
Recorded tracks to be judged by: read leniently from JSON lines, each with a plan and a truth, given or found.

A line is `{"track", "started_at", "interval_s", "lonlat": [[lon, lat], ...]}`; instead of the interval `times`
(instants) or `at_s` (seconds after the start), one for each place. Optional: `accuracy_m`, `speed_mps`, `bearing_deg`,
`received_s` (one figure or one for each place), `plan` (coordinates or GeoJSON, with stops or without),
`truth_lonlat` (one place or null for each fix), and what `tracking.scoreboard.told_truth` reads.
"""

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracking.files.plan import FilePlan
from tracking.files.track import FileProblem
from tracking.files.whole_track import whole_track
from tracking.ping import Ping
from tracking.scoreboard.told_truth import ToldTruth, told_truth
from zones.lonlat import LonLat

_LEAST_FIXES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrack:
    """
    One track as recorded; `plan` and `truth` are None where the file gives none.

    `told` is what the file says of disturbances, visits and departures; `simulated` whether it says that nobody drove.
    """

    name: str
    pings: tuple[Ping, ...]
    interval_s: float
    plan: FilePlan | None = None
    truth: tuple[LonLat | None, ...] | None = None
    told: ToldTruth = field(default_factory=ToldTruth)
    simulated: bool = False

    @property
    def started_at(self) -> datetime:
        """The time of the first fix."""
        return min(p.fix_at for p in self.pings)


def read_recorded(content: bytes) -> tuple[tuple[RecordedTrack, ...], tuple[FileProblem, ...]]:
    """The tracks of a file in the order of its lines, and what was left out, by line."""
    tracks: list[RecordedTrack] = []
    problems: list[FileProblem] = []
    for where, line in _lines(content):
        try:
            tracks.append(_track(json.loads(line) if isinstance(line, str) else line, where, problems))
        except RecursionError:
            problems.append(FileProblem(code="bad_track", where=where, message="nested too deeply; give plain lists"))
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            message = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(FileProblem(code="bad_track", where=where, message=message))
    return tuple(tracks), tuple(problems)


def _lines(content: bytes) -> list[tuple[str, Any]]:
    """Each track: a line, or an item of a file that is one JSON list."""
    text = content.decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("["):
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            whole = None
        if isinstance(whole, list) and whole and all(isinstance(item, dict) for item in whole):
            return [(f"item {number}", item) for number, item in enumerate(whole, start=1)]
    return [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _track(item: Any, where: str, problems: list[FileProblem]) -> RecordedTrack:
    if not isinstance(item, dict):
        raise TypeError("expected an object with track, started_at, interval_s and lonlat")
    if not isinstance(item["lonlat"], list):
        raise TypeError("expected lonlat as a list of [longitude, latitude]")
    track = whole_track(item, where)
    problems += track.problems
    if len(track.pings) < _LEAST_FIXES:
        raise ValueError(f"expected a track of {_LEAST_FIXES} fixes or more, got {len(track.pings)}")
    if not any(ping.point is not None for ping in track.pings):
        raise ValueError("expected places, got none")
    fixes = sorted(ping.fix_at for ping in track.pings)
    steps = sorted((b - a).total_seconds() for a, b in itertools.pairwise(fixes))
    said = track.said or {}
    if track.plan is not None:
        track.plan.line(fixes[0])
    return RecordedTrack(
        name=track.track_id,
        pings=track.pings,
        interval_s=steps[len(steps) // 2],
        plan=track.plan,
        truth=track.truth,
        told=told_truth(said, fixes[0], f"{where} ({track.track_id})", problems),
        simulated=said.get("source") == "simulated",
    )
