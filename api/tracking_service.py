"""The tracking parts that run beside requests: the one writer of what phones send, and the ticker."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.actions.tracking import tick_courier
from api.context import Services
from api.db.board_store import couriers_working
from api.group_commit import GroupCommit, WriterClosedError
from api.live import LiveHub
from api.runtime import Runtime

log = structlog.get_logger(__name__)

TICK_EVERY = timedelta(seconds=5)
"""How often, by the service's clock, time passes for couriers whose phones are silent."""
_COURIERS_AT_ONCE = 25
"""So many are ticked in one transaction: pings wait no longer than that takes."""


class PingWriter:
    """The one writer of tracking in this process."""

    def __init__(self, services: Services) -> None:
        self._commits = GroupCommit(services.db)
        self._most_waiting = services.settings.max_waiting_phones

    def run[T](self, work: Callable[[Session], T]) -> T:
        """Do `work` in a transaction shared with whoever else waits; returns after the commit."""
        return self._commits.run(work)

    def is_overloaded(self) -> bool:
        """Whether so much waits that a phone had better come again later."""
        return self._commits.waiting() > self._most_waiting

    def start(self) -> None:
        """Begin to write in the background."""
        self._commits.start()

    def stop(self) -> None:
        """Write what waits and end."""
        self._commits.stop()


class Ticker:
    """Lets time pass for every courier on shift, every few seconds of the service's clock."""

    def __init__(self, services: Services, writer: PingWriter) -> None:
        self._services = services
        self._writer = writer
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tick no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def tick(self, now: datetime) -> int:
        """Tick everybody once; gives how many couriers that were."""
        with self._services.db.read() as session:
            working = list(couriers_working(session, now))
        for start in range(0, len(working), _COURIERS_AT_ONCE):
            part = working[start : start + _COURIERS_AT_ONCE]
            self._writer.run(partial(self._tick_part, part=part, now=now))
        return len(working)

    def _tick_part(self, session: Session, part: list[tuple[str, str]], now: datetime) -> None:
        for tenant_id, courier_id in part:
            try:
                with session.begin_nested():
                    tick_courier(session, self._services, tenant_id, courier_id, now)
            except OperationalError:
                raise  # the transaction is lost as a whole: the writer tries it again
            except Exception:
                session.expire_all()
                log.exception("a courier was not ticked; the others are", courier_id=courier_id)

    def _run(self) -> None:
        # Never more often than once a wall second, however fast the demo's clock runs.
        while not self._stopping.wait(max(1.0, TICK_EVERY.total_seconds() / self._services.clock.pace())):
            try:
                self.tick(self._services.clock.now())
            except WriterClosedError:
                return
            except Exception:
                log.exception("a tick was not written; the next one catches up")


def add_background(runtime: Runtime, services: Services) -> None:
    """Writer, ticker and live hub, in the order in which they need each other."""
    hub = LiveHub(services)
    services.db.on_commit = hub.wake
    writer = PingWriter(services)
    ticker = Ticker(services, writer)
    runtime.provide(hub)
    runtime.provide(writer)
    runtime.provide(ticker)
    runtime.add("live hub", hub.start, hub.stop)
    runtime.add("ping writer", writer.start, writer.stop)
    runtime.add("ticker", ticker.start, ticker.stop)
