"""
The running service: granian in front of Flask, in exactly one process that answers, so that SQLite has one writer.

A parent process watches the one that answers. Background parts run in the latter and stop with it.
"""

import fcntl
import ipaddress
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from api.app import create_app, runtime_of
from api.db.engine import Database
from api.db.migrate import check_version
from api.logs import configure_logs
from api.runtime import Runtime
from api.settings import Settings

THREADS_BESIDE_STREAMS = 24
"""Threads for ordinary requests; each open event stream keeps one more for itself."""
STOP_TIMEOUT_S = 5
"""When a request does not end by itself after a stop signal, its process is killed after this many seconds."""
_WATCH_EVERY_S = 0.5

log = structlog.get_logger(__name__)


class CannotServeError(Exception):
    """The service cannot start; the message says why and what to do."""


def serve(
    settings: Settings,
    load: Callable[[Settings], Flask] | None = None,
    announce: Callable[[], None] | None = None,
) -> None:
    """
    Answer requests until a stop signal (Ctrl-C, SIGTERM) comes. `announce` is called once nothing stands in the way.

    Raises
    ------
    CannotServeError
        When the port is in use, or another Corridor serves this database.
    DatabaseVersionError
        When the database is not in the version this program works with.
    """
    check_port(settings.host, settings.port)
    settings.folder.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url)
    try:
        check_version(database)
    finally:
        database.close()  # no connection may be open while the process below is made
    server = Server(
        "corridor",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.max_streams + THREADS_BESIDE_STREAMS,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=STOP_TIMEOUT_S,
    )
    if announce is not None:
        server.on_startup(announce)
    with _only_one(settings):
        server.serve(target_loader=partial(_load, settings, load or _load_app), wrap_loader=False)


def check_port(host: str, port: int) -> None:
    """
    Make sure that nobody else listens there; granian itself would share the port without a word.

    Raises
    ------
    CannotServeError
        When the port is in use or may not be used; it names a free one.
    """
    try:
        _bind(host, port)
    except OSError as error:
        free = next((other for other in range(port + 1, min(port + 50, 65_536)) if _is_free(host, other)), 0)
        advice = f"stop what uses it or choose another one: --port {free}" if free else "choose another one by --port"
        raise CannotServeError(f"port {port} on {host} cannot be used ({error.strerror}); {advice}") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # connections that have just ended must not look like somebody who listens
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _is_free(host: str, port: int) -> bool:
    try:
        _bind(host, port)
    except OSError:
        return False
    return True


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock of this installation's SQLite file: a second writer process would make every write wait."""
    if not settings.url.startswith("sqlite"):
        yield
        return
    with (settings.folder / "serving.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotServeError(
                f"another Corridor serves the database in {settings.folder}; stop it, or set CORRIDOR_FOLDER"
            ) from error
        yield


def _load_app(settings: Settings) -> Flask:
    return create_app(settings=settings)


def _load(settings: Settings, load: Callable[[Settings], Flask]) -> Flask:
    """Build the application in the process that answers, and start its background parts there."""
    # Ctrl-C reaches both processes, and the parent sends SIGTERM to this one then; granian's worker hangs when it gets
    # two different stop signals. All threads inherit this, so it comes first.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    configure_logs(settings.log_level)
    app = load(settings)
    runtime = runtime_of(app)
    runtime.start()
    _stop_with_process(runtime)
    log.info("serving", host=settings.host, port=settings.port, parts=runtime.names())
    return app


def _stop_with_process(runtime: Runtime) -> None:
    """
    Stop background parts (and with them open streams) as soon as a stop signal comes or the parent is gone.

    granian takes the signals for itself and then waits for open requests, which an event stream would keep forever.
    Python tells of each signal through a pipe too, whoever handles it.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    parent = os.getppid()

    def watch() -> None:
        while threading.main_thread().is_alive():
            ready, _, _ = select.select([heard], [], [], _WATCH_EVERY_S)
            if ready and signal.SIGTERM in os.read(heard, 64):
                break
            if os.getppid() != parent:
                # killed without a chance to tell us: nobody else would stop this process
                os.kill(os.getpid(), signal.SIGTERM)
                break
        runtime.stop()

    threading.Thread(target=watch, name="stop-with-process").start()
