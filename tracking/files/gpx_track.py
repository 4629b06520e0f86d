"""GPX 1.0 and 1.1: one track a `trk`, with speed, course and accuracy where the recorder wrote them."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tracking.files.track import FileProblem, FileTrack, TrackFileError, in_order, read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

_METRES_PER_HDOP = 5.0
"""Horizontal dilution x 5 m, the user range error of a good receiver: what GPSLogger and OsmAnd take."""


def read_gpx(content: bytes) -> tuple[FileTrack, ...]:
    """
    Every track of the file; points without a time are left out as problems.

    Raises
    ------
    TrackFileError
        When it is no XML, or declares a document type (which a GPX file never needs and an attack may).
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TrackFileError(
            (FileProblem(code="doctype", where="file", message="take the DOCTYPE out of the GPX file"),)
        )
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type, so no entities to expand
    except ElementTree.ParseError as error:
        raise TrackFileError(
            (FileProblem(code="not_xml", where="file", message=f"this is no GPX: {error}"),)
        ) from error
    tracks = []
    for number, track in enumerate((e for e in root.iter() if _name(e) == "trk"), start=1):
        name = next((e.text for e in track if _name(e) == "name" and e.text), None)
        tracks.append(_track(track, (name or f"track-{number}").strip()))
    return tuple(tracks)


def _track(track: Element, track_id: str) -> FileTrack:
    pings: list[Ping] = []
    problems: list[FileProblem] = []
    for number, point in enumerate((e for e in track.iter() if _name(e) == "trkpt"), start=1):
        try:
            pings.append(_ping(point))
        except ValueError as error:
            where = f"{track_id}, point {number}"
            problems.append(FileProblem(code="bad_point", where=where, message=str(error)))
    return FileTrack(track_id=track_id, pings=in_order(pings), problems=tuple(problems))


def _ping(point: Element) -> Ping:
    said = {_name(e): e.text for e in point.iter() if e is not point and e.text}
    if "time" not in said:
        raise ValueError("the point has no <time>; export the track with times")
    fix_at = read_instant(said["time"])
    lon, lat = read_number(point.get("lon"), "lon"), read_number(point.get("lat"), "lat")
    if lon is None or lat is None:
        raise ValueError("expected lon and lat on <trkpt>")
    hdop = read_number(said.get("hdop"), "hdop")
    accuracy_m = read_number(said.get("accuracy", said.get("hacc")), "accuracy")
    return Ping(
        fix_at=fix_at,
        received_at=fix_at,
        point=LonLat(lon=lon, lat=lat),
        accuracy_m=accuracy_m if accuracy_m is not None else (hdop * _METRES_PER_HDOP if hdop is not None else None),
        speed_mps=read_number(said.get("speed"), "speed"),
        bearing_deg=read_number(said.get("course", said.get("bearing", said.get("heading"))), "course"),
    )


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()
