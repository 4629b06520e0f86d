"""A track read from a file, and what was wrong with it; `read_tracks` tells the forms apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tracking.errors import TrackingError
from tracking.ping import Ping
from zones.lonlat import LonLat

if TYPE_CHECKING:
    from tracking.files.plan import FilePlan

_LEAST_MS = 1e11
"""Seconds since 1970 stay below this for 3,000 years; what is above are milliseconds."""
_MOST = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """One thing wrong with a file: machine code, where it stands, what is wrong and what to do."""

    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class TrackFileError(TrackingError):
    """A file holds no track or no plan that can be read; `problems` lists everything that is wrong."""

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems[:5]))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTrack:
    """
    One track of a file, in order of receipt; without a time of receipt a fix counts as received at its own time.

    `plan` is the planned way with its stops when the track carries one, `truth` where the courier really was at each of
    the pings (None where nobody knows), `said` what else its writer put beside it. `problems` are the items left out.
    """

    track_id: str
    pings: tuple[Ping, ...]
    plan: FilePlan | None = None
    problems: tuple[FileProblem, ...] = ()
    truth: tuple[LonLat | None, ...] | None = None
    said: dict[str, Any] | None = None


def read_tracks(content: bytes, name: str = "") -> tuple[FileTrack, ...]:
    """
    The tracks of a file: GPX, JSON lines (or one JSON document), GeoJSON, or CSV, told apart by what they contain.

    Raises
    ------
    TrackFileError
        When the file is none of these, or holds no fix at all.
    """
    from tracking.files.csv_track import read_csv
    from tracking.files.gpx_track import read_gpx
    from tracking.files.json_track import read_json

    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    read: Callable[[bytes], tuple[FileTrack, ...]]
    if head.startswith(b"<"):
        read = read_gpx
    elif head.startswith((b"{", b"[")):
        read = read_json
    else:
        read = read_csv
    tracks = read(content)
    if not any(track.pings for track in tracks):
        problems = tuple(problem for track in tracks for problem in track.problems)
        none = FileProblem(
            code="no_fixes",
            where=name or "file",
            message="expected a track with times and places (GPX, JSON lines, GeoJSON or CSV), found none",
        )
        raise TrackFileError((none, *problems))
    return tuple(track for track in tracks if track.pings)


def in_order(pings: list[Ping]) -> tuple[Ping, ...]:
    """The pings as the service receives them."""
    return tuple(sorted(pings, key=lambda ping: (ping.received_at, ping.fix_at)))


def read_instant(value: object) -> datetime:
    """
    An instant: ISO 8601 (UTC when it has no zone), or seconds or milliseconds since 1970.

    Raises
    ------
    ValueError
        When it is none of these.
    """
    if isinstance(value, datetime):
        return value
    wrong = f"expected a time as 2026-03-01T09:00:00Z or seconds since 1970, got {value!r}"
    try:
        if isinstance(value, str):
            text = value.strip()
            if not text.replace(".", "", 1).isdecimal():
                found = datetime.fromisoformat(text)
                return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
            value = float(text)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000.0 if value > _LEAST_MS else value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(wrong) from error
    raise ValueError(wrong)


def read_number(value: object, name: str) -> float | None:
    """
    A figure that may be left out; empty text and null are none.

    Raises
    ------
    ValueError
        When it is no finite number.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError):
            number = float(value)
    if not -_MOST < number < _MOST:
        raise ValueError(f"expected a finite number as {name}, got {value!r}")
    return number
