"""The server as it runs: streams flow and end, a stop is quick, nobody shares its port or database."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.cli import run
from api.db.engine import Database
from api.db.migrate import upgrade
from tests.service import RunningServer, answers, free_port, running_server, wait_until

STREAMING = (sys.executable, "-m", "tests.api.streaming_app")
MOST_STREAMS = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path}/corridor.sqlite3")
    upgrade(database)
    database.close()
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[RunningServer]:
    command = (*STREAMING, str(folder), str(MOST_STREAMS))
    with running_server(folder, command=command) as server:
        yield server


def open_stream(server: RunningServer) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    stream.sendall(b"GET /stream HTTP/1.1\r\nHost: test\r\n\r\n")
    return stream


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


def test_streams_flow_beside_requests_end_with_their_clients_and_with_the_server(server: RunningServer) -> None:
    streams = [open_stream(server) for _ in range(MOST_STREAMS)]
    try:
        assert all(read_beat(stream) for stream in streams)
        assert open_streams(server) == MOST_STREAMS
        assert all(read_beat(stream) for stream in streams)

        for stream in streams[2:]:
            stream.close()

        wait_until(lambda: open_streams(server) == 2, "threads of gone clients are free again")

        assert server.stop() == 0
        assert b"refused to gracefully stop" not in server.log.read_bytes()
    finally:
        for stream in streams:
            stream.close()


def test_nothing_of_a_server_stays_when_its_watching_process_is_killed(server: RunningServer) -> None:
    with open_stream(server) as stream:
        assert read_beat(stream)

        os.kill(server.process.pid, signal.SIGKILL)

        wait_until(lambda: not answers(server.port), "the process that answers has gone too")


def test_corridor_serve_answers_logs_json_lines_and_lets_no_second_server_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDOR_FOLDER", str(folder))

    with running_server(folder) as server:
        me = httpx.get(f"{server.url}/v1/me", timeout=20)
        ready = httpx.get(f"{server.url}/readyz", timeout=20)
        same_port = run(["serve", "--port", str(server.port)])
        first = capsys.readouterr()
        same_database = run(["serve", "--port", str(free_port())])
        second = capsys.readouterr()
        stopped = server.stop()

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
