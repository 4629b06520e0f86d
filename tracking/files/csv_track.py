"""Tracks as CSV with a header; the names of the columns may be any that recorders use."""

import csv
from io import StringIO

from tracking.files.track import FileProblem, FileTrack, TrackFileError, in_order, read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

_COLUMNS: dict[str, tuple[str, ...]] = {
    "fix_at": ("fix_at", "time", "timestamp", "at", "datetime", "date_time", "fixtime", "utc"),
    "received_at": ("received_at", "servertime", "received"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "lat": ("lat", "latitude", "y"),
    "accuracy_m": ("accuracy_m", "accuracy", "acc", "horizontal_accuracy"),
    "speed_mps": ("speed_mps", "speed"),
    "bearing_deg": ("bearing_deg", "bearing", "course", "heading"),
    "mock": ("mock", "is_mock"),
    "track": ("track", "track_id", "courier_id", "courier", "device", "deviceid"),
}
_TRUE = frozenset(("1", "true", "yes"))


def read_csv(content: bytes) -> tuple[FileTrack, ...]:
    """
    The tracks of the file, by its column `track` where there is one; speed is metres a second.

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
                pings.setdefault(cells.get("track", "").strip() or "track-1", []).append(_ping(cells))
            except ValueError as error:
                problems.append(FileProblem(code="bad_row", where=f"line {rows.line_num}", message=str(error)))
    except csv.Error as error:
        problems.append(FileProblem(code="not_csv", where=f"line {rows.line_num}", message=str(error)))
    found = [FileTrack(track_id=name, pings=in_order(fixes)) for name, fixes in pings.items()]
    if problems:
        found.append(FileTrack(track_id="", pings=(), problems=tuple(problems)))
    return tuple(found)


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower().replace(" ", "_") for cell in header]
    found = {
        name: next(names.index(alias) for alias in aliases if alias in names)
        for name, aliases in _COLUMNS.items()
        if any(alias in names for alias in aliases)
    }
    missing = [name for name in ("fix_at", "lon", "lat") if name not in found]
    if missing:
        message = f"expected a header with fix_at, lon and lat, {', '.join(missing)} not found in {header[:12]}"
        raise TrackFileError((FileProblem(code="no_header", where="line 1", message=message),))
    return found


def _ping(cells: dict[str, str]) -> Ping:
    fix_at = read_instant(cells.get("fix_at", ""))
    received = cells.get("received_at", "").strip()
    lon, lat = read_number(cells.get("lon"), "lon"), read_number(cells.get("lat"), "lat")
    if (lon is None) != (lat is None):
        raise ValueError("only one of lon and lat is given; give both, or neither for a sign of life")
    return Ping(
        fix_at=fix_at,
        received_at=read_instant(received) if received else fix_at,
        point=LonLat(lon=lon, lat=lat) if lon is not None and lat is not None else None,
        accuracy_m=read_number(cells.get("accuracy_m"), "accuracy_m"),
        speed_mps=read_number(cells.get("speed_mps"), "speed_mps"),
        bearing_deg=read_number(cells.get("bearing_deg"), "bearing_deg"),
        is_mock=cells.get("mock", "").strip().lower() in _TRUE,
    )
