import socket
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from routing.errors import RoadNetworkError
from routing.osrm_http import OsrmHttpRoads
from routing.travel_matrix import UNREACHABLE_S
from zones.lonlat import LonLat

ESPLANADI = LonLat(lon=24.9452, lat=60.1671)
SNELLMANINKATU = LonLat(lon=24.95333, lat=60.17188)
GULF_OF_GUINEA = LonLat(lon=0.0, lat=0.0)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def server_roads(helsinki_network_dir):
    """The OSRM server of the wheel on the test network, asked over HTTP."""
    server = Path(find_spec("osrm").submodule_search_locations[0]) / "bin" / "osrm-routed"
    port = free_port()
    command = [server, "--algorithm", "ch", "--ip", "127.0.0.1", "--port", str(port), "--threads", "1"]
    with subprocess.Popen(
        [*command, helsinki_network_dir / "network.osrm"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        said = []
        for line in running.stdout:
            said.append(line)
            if "running and waiting for requests" in line:
                break
        else:
            pytest.fail(f"osrm-routed ended: {said}")
        yield OsrmHttpRoads(f"http://127.0.0.1:{port}/", build="test")
        running.terminate()


def test_a_server_gives_the_answers_of_the_network_in_process(server_roads, helsinki_roads):
    points = [ESPLANADI, SNELLMANINKATU]

    assert server_roads.source == "osrm"
    assert server_roads.build == "test"
    assert server_roads.route(points) == helsinki_roads.route(points)
    assert server_roads.nearest(ESPLANADI, 3) == helsinki_roads.nearest(ESPLANADI, 3)
    assert server_roads.matrix(points).durations_s.tolist() == helsinki_roads.matrix(points).durations_s.tolist()


def test_a_matrix_beyond_the_servers_limit_is_asked_in_blocks(server_roads, helsinki_roads):
    path = helsinki_roads.route([ESPLANADI, SNELLMANINKATU])[0].path
    points = [*path, *path, GULF_OF_GUINEA][-121:]

    by_server = server_roads.matrix(points)
    in_process = helsinki_roads.matrix(points)

    assert by_server.durations_s.shape == in_process.durations_s.shape == (len(points), len(points))
    assert (by_server.durations_s == in_process.durations_s).mean() > 0.99  # blocks may snap a corner differently
    assert (by_server.durations_s[:-1, -1] == UNREACHABLE_S).all()


def test_a_track_is_matched_by_a_server(server_roads, helsinki_roads):
    track = helsinki_roads.route([ESPLANADI, SNELLMANINKATU])[0].path[::3]
    at = [datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=8 * i) for i in range(len(track))]

    assert server_roads.match(track, at, [10.0] * len(track)) == helsinki_roads.match(track, at, [10.0] * len(track))


def test_a_server_refusing_is_no_route(server_roads):
    assert server_roads.route([ESPLANADI, GULF_OF_GUINEA]) is None
    assert server_roads.nearest(GULF_OF_GUINEA) == ()


def test_a_server_that_is_not_there_is_named():
    roads = OsrmHttpRoads(f"http://127.0.0.1:{free_port()}")

    with pytest.raises(RoadNetworkError, match=r"check that the server runs there"):
        roads.route([ESPLANADI, SNELLMANINKATU])


@pytest.mark.parametrize("address", ["", "127.0.0.1:5000", "file:///etc/hosts", "http://"])
def test_an_address_that_is_no_http_address_is_refused(address):
    with pytest.raises(RoadNetworkError, match="expected an OSRM address"):
        OsrmHttpRoads(address)


def test_rows_beyond_the_servers_limit_are_asked_in_blocks(server_roads, helsinki_roads):
    points = [LonLat(lon=24.92 + 0.0004 * number, lat=60.168) for number in range(60)]

    by_server = server_roads.rows(points[:1], points)

    assert by_server.durations_s.tolist() == helsinki_roads.rows(points[:1], points).durations_s.tolist()
