"""Tracks as GeoJSON: a Point a fix with its time, or a LineString with the times of its vertices."""

from collections.abc import Iterator
from typing import Any

from tracking.files.fix_words import fix_words, ping_of
from tracking.files.track import FileProblem
from tracking.ping import Ping

_TYPES = frozenset(("FeatureCollection", "Feature"))
_TIMES = ("coordTimes", "coordinate_times", "times", "timestamps")


def is_geojson(item: dict[str, Any]) -> bool:
    """Whether this is a GeoJSON feature, or several."""
    return item.get("type") in _TYPES


def pings_in(item: dict[str, Any], problems: list[FileProblem]) -> Iterator[tuple[str, Ping]]:
    """
    Each fix with the name of its track ("" when it has none); what cannot be read is added to `problems`.

    Times of a line are those that recorders write: `coordTimes`, `times`, or `coordinateProperties.times`.
    """
    features = item["features"] if isinstance(item.get("features"), list) else [item]
    for number, feature in enumerate(features, start=1):
        try:
            yield from _of_feature(feature)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            message = f"expected a Point with a time, or a LineString with coordTimes: {error}"
            problems.append(FileProblem(code="bad_feature", where=f"feature {number}", message=message))


def _of_feature(feature: dict[str, Any]) -> list[tuple[str, Ping]]:
    geometry, said = feature["geometry"], feature.get("properties") or {}
    name = str(fix_words(said).get("track") or said.get("name") or "")
    if geometry["type"] == "Point":
        return [(name, _ping(geometry["coordinates"], said))]
    if geometry["type"] not in ("LineString", "MultiPoint", "MultiLineString"):
        raise ValueError(f"got a {geometry['type']}")
    parts = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
    places = [pair for part in parts for pair in part]
    beside = {**said, **(said.get("coordinateProperties") or {})}
    told = next((beside[key] for key in _TIMES if beside.get(key) is not None), None)
    if told is None:
        raise ValueError("its vertices have no times")
    times = [one for part in told for one in part] if told and isinstance(told[0], list) else told
    if len(times) != len(places):
        raise ValueError(f"got {len(times)} times for {len(places)} places")
    lists = {key: values for key, values in beside.items() if isinstance(values, list) and len(values) == len(places)}
    return [
        (name, _ping(place, {**{key: values[i] for key, values in lists.items()}, "time": times[i]}))
        for i, place in enumerate(places)
    ]


def _ping(pair: Any, said: dict[str, Any]) -> Ping:
    return ping_of(fix_words(said) | {"lon": pair[0], "lat": pair[1]})
