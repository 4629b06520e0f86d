"""A whole track as one JSON object, `{"track", "started_at", "interval_s", "lonlat", ...}`, its plan and truth."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.files.fix_words import ping_of
from tracking.files.plan import FilePlan, nearest_plan
from tracking.files.plan_geojson import plans_of
from tracking.files.track import FileProblem, FileTrack, TrackFileError, read_instant, read_number
from tracking.ping import Ping
from zones.lonlat import LonLat

_OF_EACH_FIX = ("accuracy_m", "speed_mps", "bearing_deg", "mock", "received_s")
_OWN = frozenset(("lonlat", "truth_lonlat", "at_s", "times", "plan", *_OF_EACH_FIX))


def whole_track(item: dict[str, Any], where: str) -> FileTrack:
    """
    The track of one object.

    `at_s` and `received_s` are seconds after `started_at`, `times` instants; `truth_lonlat` has a place or null for
    each fix, `plan` is coordinates or any GeoJSON. A place of null is a sign of life. Fixes that cannot be read are
    left out as problems.

    Raises
    ------
    ValueError, TypeError, KeyError
        When lists differ in length, or what all fixes need cannot be read.
    """
    places = item["lonlat"]
    count = len(places)
    times = _times(item, count)
    started_at = read_instant(item["started_at"]).astimezone(UTC) if item.get("started_at") is not None else None
    known = {name: _of_each(item[name], name, count) for name in _OF_EACH_FIX if item.get(name) is not None}
    told = item.get("truth_lonlat")
    truths = _of_each(told, "truth_lonlat", count) if told is not None else None
    name = str(item.get("track") or item.get("track_id") or item.get("id") or where)
    problems: list[FileProblem] = []
    kept: list[tuple[Ping, LonLat | None]] = []
    for i, place in enumerate(places):
        try:
            said = {key: values[i] for key, values in known.items()}
            received_s = read_number(said.pop("received_s", None), "received_s")
            received_at = (
                (started_at or times[0]) + timedelta(seconds=received_s) if received_s is not None else times[i]
            )
            said |= {"fix_at": times[i], "received_at": received_at}
            if place is not None:
                point = _place(place)
                said |= {"lon": point.lon, "lat": point.lat}
            kept.append((ping_of(said), _place(truths[i]) if truths is not None and truths[i] is not None else None))
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(FileProblem(code="bad_fix", where=f"{where} ({name}), fix {i + 1}", message=str(error)))
    kept.sort(key=lambda one: (one[0].received_at, one[0].fix_at))
    pings = tuple(ping for ping, _ in kept)
    return FileTrack(
        track_id=name,
        pings=pings,
        plan=_plan(item["plan"], name, pings) if item.get("plan") else None,
        problems=tuple(problems),
        truth=tuple(truth for _, truth in kept) if truths is not None else None,
        said={key: value for key, value in item.items() if key not in _OWN},
    )


def _times(item: dict[str, Any], count: int) -> list[datetime]:
    if item.get("times") is not None:
        return [read_instant(one) for one in _of_each(item["times"], "times", count)]
    started_at = read_instant(item.get("started_at")).astimezone(UTC)
    if item.get("at_s") is not None:
        seconds = [read_number(s, "at_s") for s in _of_each(item["at_s"], "at_s", count)]
    else:
        every_s = read_number(item.get("interval_s"), "interval_s")
        seconds = [i * every_s if every_s is not None else None for i in range(count)]
    if any(s is None for s in seconds):
        raise ValueError("expected interval_s, at_s or times for every place")
    return [started_at + timedelta(seconds=s or 0.0) for s in seconds]


def _of_each(values: Any, name: str, count: int) -> list[Any]:
    if not isinstance(values, list):
        return [values] * count
    if len(values) != count:
        raise ValueError(f"expected {count} values of {name}, one for each place, got {len(values)}")
    return values


def _place(pair: Any) -> LonLat:
    if not isinstance(pair, list | tuple) or len(pair) < 2:
        raise ValueError(f"expected a place as [longitude, latitude], got {pair!r}")
    lon, lat = read_number(pair[0], "longitude"), read_number(pair[1], "latitude")
    if lon is None or lat is None:
        raise ValueError(f"expected a place as [longitude, latitude], got {pair!r}")
    return LonLat(lon=lon, lat=lat)


def _plan(plan: Any, name: str, pings: tuple[Ping, ...]) -> FilePlan:
    try:
        plans = plans_of(plan)
    except TrackFileError as error:
        raise ValueError(f"the plan of the track cannot be read: {error}") from error
    return nearest_plan(plans, [ping.point for ping in pings if ping.point is not None])
