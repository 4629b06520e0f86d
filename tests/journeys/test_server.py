"""The server as it runs: streams flow and end, a stop is quick, nobody shares its port or database."""

import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from api.actions.accounts import add_token
from api.cli import run
from api.clock import Clock
from api.context import Role
from api.db.engine import Database
from api.db.migrate import upgrade
from tests.service import RunningServer, answers, free_port, make_services, running_server, seed_town, wait_until

STREAMING = (sys.executable, "-m", "tests.api.streaming_app")
MOST_STREAMS = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path}/corridor.sqlite3")
    upgrade(database)
    database.close()
    return tmp_path


def open_stream(server: RunningServer, address: str = "/stream", token: str = "") -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    stream.sendall(f"GET {address} HTTP/1.1\r\nHost: test\r\n{authorization}\r\n".encode())
    return stream


def ends_well(stream: socket.socket) -> bool:
    """Whether the server ended the stream itself; one that was killed leaves out the last, empty chunk."""
    seen = b""
    while more := stream.recv(65_536):
        seen += more
    return seen.endswith(b"0\r\n\r\n")


def read_beat(stream: socket.socket) -> bool:
    seen = b""
    while b"event: heartbeat" not in seen:
        more = stream.recv(65_536)
        if not more:
            return False
        seen += more
    return True


def open_streams(server: RunningServer) -> int:
    number: int = httpx.get(f"{server.url}/streams", timeout=20).json()["open"]
    return number


def test_streams_flow_beside_requests_and_nothing_stays_when_their_client_or_the_parent_is_gone(folder: Path) -> None:
    with running_server(folder, command=(*STREAMING, str(folder), str(MOST_STREAMS))) as server:
        streams = [open_stream(server) for _ in range(MOST_STREAMS)]
        try:
            assert all(read_beat(stream) for stream in streams)
            assert open_streams(server) == MOST_STREAMS
            assert all(read_beat(stream) for stream in streams)

            for stream in streams[2:]:
                stream.close()

            wait_until(lambda: open_streams(server) == 2, "threads of gone clients are free again")

            os.kill(server.process.pid, signal.SIGKILL)

            assert all(ends_well(stream) for stream in streams[:2])
            wait_until(lambda: not answers(server.port), "the process that answers has gone too")
        finally:
            for stream in streams:
                stream.close()


def test_corridor_serve_answers_logs_json_lines_and_lets_no_second_server_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(folder))
    services = make_services(folder, clock=Clock())
    town = seed_town(services)
    _, token = add_token(services, town.caller(town.admin), name="screen", role=Role.OPERATOR)
    services.db.close()

    with running_server(folder) as server, open_stream(server, "/v1/live", token) as live:
        live_beats = read_beat(live)
        me = httpx.get(f"{server.url}/v1/me", timeout=20)
        ready = httpx.get(f"{server.url}/readyz", timeout=20)
        same_port = run(["serve", "--port", str(server.port)])
        first = capsys.readouterr()
        same_database = run(["serve", "--port", str(free_port())])
        second = capsys.readouterr()
        os.killpg(server.process.pid, signal.SIGINT)  # as Ctrl-C does: all processes of the terminal hear it
        stopped = server.process.wait(timeout=20)
        live_ended_well = ends_well(live)

    assert f"Corridor answers at {server.url} (Ctrl-C stops it)" in server.log.read_text()
    assert live_beats
    assert live_ended_well
    assert (me.status_code, ready.status_code, stopped) == (401, 200, 0)
    assert '"rule": "/v1/me"' in server.log.read_text()
    assert (same_port, same_database) == (1, 1)
    assert first.err.count("\n") == second.err.count("\n") == 1
    assert f"port {server.port} on 127.0.0.1 cannot be used" in first.err
    assert "choose another one: --port" in first.err
    assert "another Corridor serves the database" in second.err
    assert first.out == second.out == ""


def test_database_that_was_not_migrated_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(tmp_path / "new"))

    code = run(["serve", "--port", str(free_port())])

    assert code == 1
    assert capsys.readouterr().err == "error: the database has no tables yet; run `corridor migrate` first\n"
