"""Builds street networks from OSM extracts, and finds the current one of a city and profile."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from routing.errors import RoadNetworkError
from routing.street_map import STREETS_FILE, StreetMap, read_street_map, to_geojson
from zones.lonlat import LonLat

NETWORK_FILE = "network.osrm"
BUILD_FILE = "network.json"
CURRENT_FILE = "CURRENT"
PROFILES = ("car", "bicycle", "foot")

_FORMAT = 3
"""Raised when what lies in a network folder changes, so that older folders are built anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkBuild:
    """
    One built network: where it lies, its build id, and what is in it.

    Parameters
    ----------
    build
        Hash of the extract's content, the profile and the OSRM version: the same input gives the same id.
    bounds
        West, south, east, north of its streets, degrees.
    street_count, drivable_node_count
        Ways drawn as streets, and nodes on those a car may use.
    """

    network_dir: Path
    build: str
    profile: str
    extract_name: str
    bounds: tuple[float, float, float, float]
    street_count: int
    drivable_node_count: int
    osrm_version: str
    attribution: str

    @property
    def centre(self) -> LonLat:
        """The middle of the bounds."""
        west, south, east, north = self.bounds
        return LonLat(lon=(west + east) / 2, lat=(south + north) / 2)


def build_id(pbf: Path, profile: str = "car") -> str:
    """
    The id that a build of this extract has, without building it.

    Raises
    ------
    RoadNetworkError
        When the file cannot be read, is empty, or the profile is unknown.
    """
    if profile not in PROFILES:
        raise RoadNetworkError(f"expected a profile of {', '.join(PROFILES)}, got {profile!r}")
    try:
        with pbf.open("rb") as extract:
            content = hashlib.file_digest(extract, "sha256")
        size = pbf.stat().st_size
    except OSError as error:
        raise RoadNetworkError(
            f"expected an OSM extract at {pbf}, got: {error.strerror or error}; check the path"
        ) from error
    if size == 0:
        raise RoadNetworkError(f"expected an OSM extract, but {pbf} is empty; download it again")
    content.update(f"{profile} {metadata.version('osrm-bindings')} {_FORMAT}".encode())
    return content.hexdigest()[:12]


def build_network(pbf: Path, out_dir: Path, profile: str = "car") -> NetworkBuild:
    """
    Build a network for `profile` from an OSM extract into `out_dir`, with `streets.geojson` for the map beside it.

    It appears whole or not at all. A folder that already holds this very build is left as it is.

    Raises
    ------
    RoadNetworkError
        When the file is missing, empty, no OSM extract, or has no street for this profile; or when `out_dir` holds
        anything but a network, or cannot be written.
    """
    build = build_id(pbf, profile)
    if (out_dir / BUILD_FILE).is_file() and read_build(out_dir).build == build:
        return read_build(out_dir)
    if out_dir.is_dir() and any(out_dir.iterdir()) and not (out_dir / BUILD_FILE).is_file():
        raise RoadNetworkError(
            f"expected a new or empty folder, or an earlier network, but {out_dir} holds other files; choose another"
        )
    streets = read_street_map(pbf)
    if not streets.streets or (profile == "car" and not streets.drivable_node_count):
        raise RoadNetworkError(
            f"expected an OSM extract with streets, but {pbf} has none; take one that covers the city's roads"
        )
    described = NetworkBuild(
        network_dir=out_dir,
        build=build,
        profile=profile,
        extract_name=pbf.name,
        bounds=streets.bounds,
        street_count=len(streets.streets),
        drivable_node_count=streets.drivable_node_count,
        osrm_version=metadata.version("osrm-bindings"),
        attribution=streets.attribution,
    )
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=out_dir.parent) as building:
            made = Path(building) / "network"
            made.mkdir()
            _run_osrm(pbf, made, profile, streets)
            (made / STREETS_FILE).write_bytes(to_geojson(streets))
            _write_build(made, described)
            _put_in_place(made, out_dir, build)
    except OSError as error:
        raise RoadNetworkError(
            f"cannot write the network to {out_dir}: {error.strerror or error}; check free space and permissions"
        ) from error
    return described


def _put_in_place(made: Path, out_dir: Path, build: str) -> None:
    if out_dir.exists():
        shutil.rmtree(out_dir)
    try:
        made.rename(out_dir)
    except OSError:
        # Another process may have finished the same build a moment before: one is as good as the other.
        if read_build(out_dir).build != build:
            raise


def build_city_network(pbf: Path, root: Path, city_id: str, profile: str = "car") -> NetworkBuild:
    """Build into `<root>/<city_id>/<profile>/<build>/` and make it the city's current network for this profile."""
    folder = _profile_dir(root, city_id, profile)
    built = build_network(pbf, folder / build_id(pbf, profile), profile)
    written = folder / f".{CURRENT_FILE}-{os.getpid()}"
    written.write_text(built.build + "\n", encoding="utf-8")
    written.replace(folder / CURRENT_FILE)  # whoever reads it sees the old or the new build, never half a name
    return built


def current_network(root: Path, city_id: str, profile: str = "car") -> Path | None:
    """The folder of the city's current network, for `open_network`; None when none was built, or it was removed."""
    folder = _profile_dir(root, city_id, profile)
    try:
        build = (folder / CURRENT_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return folder / build if build and (folder / build / BUILD_FILE).is_file() else None


def read_build(network_dir: Path) -> NetworkBuild:
    """
    What is known about the network in this folder.

    Raises
    ------
    RoadNetworkError
        When there is no network, or its description cannot be read.
    """
    path = network_dir / BUILD_FILE
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        known["bounds"] = tuple(known["bounds"])
        return NetworkBuild(network_dir=network_dir, **known)
    except FileNotFoundError as error:
        raise RoadNetworkError(
            f"expected a street network in {network_dir}, found none; build it with `corridor roads build`"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RoadNetworkError(f"cannot read {path}: {error}; remove the folder and build the network again") from error


def _write_build(made: Path, described: NetworkBuild) -> None:
    known = {key: value for key, value in asdict(described).items() if key != "network_dir"}
    (made / BUILD_FILE).write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _profile_dir(root: Path, city_id: str, profile: str) -> Path:
    for word, what in ((city_id, "city id"), (profile, "profile")):
        if word in {"", ".", ".."} or set(word) & {"/", "\\", "\0"}:
            raise RoadNetworkError(f"expected a {what} that can name a folder, got {word!r}; leave out slashes")
    return root / city_id / profile


def _run_osrm(pbf: Path, made: Path, profile: str, streets: StreetMap) -> None:
    network = str(made / NETWORK_FILE)
    # A component of the street graph counts as small below this number of nodes, and OSRM prefers to snap to large
    # ones. Its own 1000 makes every component of a small extract small: 40 % of the pairs in central Helsinki came back
    # as nothing, against 14 % with 50.
    small = ["--small-component-size", str(max(10, min(1000, streets.drivable_node_count // 40)))]
    commands = (
        ["extract", "--profile", str(_profile_file(profile)), *small, "--output", network, str(pbf)],
        ["contract", network],
    )
    for command in commands:
        done = subprocess.run(  # noqa: S603 - our own interpreter, and the file is checked to be OSM before
            [sys.executable, "-m", "osrm", *command, "--verbosity", "WARNING"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
            raise RoadNetworkError(
                f"OSRM could not {command[0]} {pbf} for {profile} (exit {done.returncode}): {said}; "
                "check that the extract is whole and has streets for this profile"
            )


def _profile_file(profile: str) -> Path:
    spec = find_spec("osrm")
    if spec is None or not spec.submodule_search_locations:
        raise RoadNetworkError("expected the package osrm-bindings to be installed, found none; run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "share" / "profiles" / f"{profile}.lua"
