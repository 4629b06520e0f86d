"""The parts of the service that work in the background, started and stopped together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BackgroundPart:
    """One thing that runs beside requests: a ticker, a writer, a hub, a job runner."""

    name: str
    start: Callable[[], None]
    stop: Callable[[], None]


class Runtime:
    """
    Background parts in the order they were added. Nothing runs before `start`: not by import, not by `create_app`.

    `serve` starts them in the one process that answers requests; tests start them when they need them. What a part
    offers to endpoints (`provide`) is there whether it runs or not.
    """

    def __init__(self) -> None:
        self._parts: list[BackgroundPart] = []
        self._running: list[BackgroundPart] = []
        self._provided: dict[type, object] = {}
        self._lock = threading.Lock()

    def add(self, name: str, start: Callable[[], None], stop: Callable[[], None]) -> None:
        """Add a part. `stop` must return within about a second, also when `start` failed half-way."""
        self._parts.append(BackgroundPart(name, start, stop))

    def provide(self, part: object) -> None:
        """Offer a part to endpoints under its class: `runtime.get(PingWriter)` gives it."""
        self._provided[type(part)] = part

    def get[T](self, kind: type[T]) -> T:
        """
        The part of this class.

        Raises
        ------
        LookupError
            When nothing of the kind was provided: its module is missing in `api.app.BACKGROUND`.
        """
        part = self._provided.get(kind)
        if part is None or not isinstance(part, kind):
            raise LookupError(f"no {kind.__name__} is provided; is its module listed in api.app.BACKGROUND?")
        return part

    def names(self) -> list[str]:
        """The names of all parts, in starting order."""
        return [part.name for part in self._parts]

    def start(self) -> None:
        """Start every part that does not run yet; when one fails, those already started are stopped again."""
        with self._lock:
            for part in self._parts:
                if part in self._running:
                    continue
                self._running.append(part)
                try:
                    part.start()
                except Exception:
                    self._stop_running()
                    raise

    def stop(self) -> None:
        """Stop what runs, last started first. One part that fails to stop does not keep the others running."""
        with self._lock:
            self._stop_running()

    def _stop_running(self) -> None:
        while self._running:
            part = self._running.pop()
            try:
                part.stop()
            except Exception:
                log.exception("a background part did not stop cleanly", part=part.name)
