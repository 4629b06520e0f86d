"""Tracks as CSV with a header; the names of the columns may be any that recorders use."""

import csv
from collections.abc import Mapping
from io import StringIO

from tracking.files.fix_words import columns_of, ping_of
from tracking.files.track import FileProblem, FileTrack, TrackFileError, in_order
from tracking.ping import Ping


def read_csv(content: bytes) -> tuple[FileTrack, ...]:
    """
    The tracks of the file, by its column `track` where there is one; speed is metres a second, `speed_kmh` km/h.

    Raises
    ------
    TrackFileError
        When it has no header with time, longitude and latitude.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = FileProblem(code="not_utf8", where="file", message=f"expected UTF-8: {error}")
        raise TrackFileError((problem,)) from error
    head = text.partition("\n")[0]
    rows = csv.reader(StringIO(text), delimiter=max(",;\t", key=head.count))
    columns = _columns(next(rows, []))
    pings: dict[str, list[Ping]] = {}
    problems: list[FileProblem] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            cells = {name: row[i] for name, i in columns.items() if i < len(row)}
            try:
                pings.setdefault(cells.get("track", "").strip() or "track-1", []).append(ping_of(cells))
            except ValueError as error:
                problems.append(FileProblem(code="bad_row", where=f"line {rows.line_num}", message=str(error)))
    except csv.Error as error:
        problems.append(FileProblem(code="not_csv", where=f"line {rows.line_num}", message=str(error)))
    found = [FileTrack(track_id=name, pings=in_order(fixes)) for name, fixes in pings.items()]
    if problems:
        found.append(FileTrack(track_id="", pings=(), problems=tuple(problems)))
    return tuple(found)


def _columns(header: list[str]) -> Mapping[str, int]:
    found = columns_of(header)
    missing = [name for name in ("fix_at", "lon", "lat") if name not in found]
    if missing:
        message = f"expected a header with fix_at, lon and lat, {', '.join(missing)} not found in {header[:12]}"
        raise TrackFileError((FileProblem(code="no_header", where="line 1", message=message),))
    return found
