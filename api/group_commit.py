"""One writer for many callers: what waits is written in one transaction, and nobody is answered before the commit."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.db.engine import Database
from api.errors import UnavailableError

log = structlog.get_logger(__name__)

MOST_REQUESTS = 256
"""How many waiting requests one transaction takes at most."""

_TRIES = 3

type Work[T] = Callable[[Session], T]


class WriterClosedError(UnavailableError):
    """Raised when the service is stopping: nothing was written, the caller may send it again."""

    def __init__(self) -> None:
        super().__init__("the service is stopping and wrote nothing of this request; send it again")


@dataclass(frozen=True, slots=True)
class _Request:
    work: Work[Any]
    answer: Future[Any]


class GroupCommit:
    """
    A queue of small pieces of work, drained by one thread: one transaction for all that wait, a savepoint for each.

    The commit's wait for the disk is shared by up to `MOST_REQUESTS` callers. Until `start`, work is done at once by
    its own caller, in a transaction of its own.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write in the background."""
        with self._gate:
            self._closed = False
            self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
            self._thread.start()

    def run[T](self, work: Work[T]) -> T:
        """
        Do `work` in the writer's transaction and give its result once that is committed.

        `work` must not commit, and may be called again when the database gives a transaction up. What it raises is
        raised here, and only its own changes are taken back.

        Raises
        ------
        WriterClosedError
            After `stop`.
        """
        answer: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise WriterClosedError
            runs = self._thread is not None
            if runs:
                self._waiting.put(_Request(work, answer))
        if not runs:
            self._write([_Request(work, answer)])
        return answer.result()

    def waiting(self) -> int:
        """About how many pieces of work wait now."""
        return self._waiting.qsize()

    def stop(self) -> None:
        """Finish what waits, take nothing more, and return when the thread has ended."""
        with self._gate:
            if self._closed or self._thread is None:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < MOST_REQUESTS and not self._waiting.empty():
                request = self._waiting.get()
                if request is None:
                    stop = True
                    break
                batch.append(request)
            self._write(batch)
            if stop:
                return

    def _write(self, batch: list[_Request]) -> None:
        try:
            done = self._try(batch)
        except BaseException as error:  # handed to every waiter: none of them was written
            for request in batch:
                request.answer.set_exception(error)
            return
        for request, result, failure in done:
            if failure is None:
                request.answer.set_result(result)
            else:
                request.answer.set_exception(failure)

    def _try(self, batch: list[_Request]) -> list[tuple[_Request, Any, BaseException | None]]:
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                with self._db.write() as session:
                    return [self._one(session, request) for request in batch]
            except OperationalError:
                # A deadlock with another process, or a lock that came too late: nothing was written, so try again.
                if tries_left == 0:
                    raise
                log.warning("a transaction is tried again", requests=len(batch), tries_left=tries_left)
        raise AssertionError("the last try returns or raises")

    def _one(self, session: Session, request: _Request) -> tuple[_Request, Any, BaseException | None]:
        try:
            with session.begin_nested():
                return request, request.work(session), None
        except OperationalError:
            raise
        except Exception as error:  # raised again in the thread of the one who asked
            # What the session still believes of rows that were just taken back must not reach the next request.
            session.expire_all()
            return request, None, error
