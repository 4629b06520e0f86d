"""Runs one solve in a child process: progress comes back while it works, and it can be stopped at any moment."""

import os
import selectors
import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from api.jobs.solve_request import SolveDone, SolveFailed, SolveProgress, SolveRequest, reply_of, to_line
from routing.replan_day import Replanned

_LOOK_EVERY_S = 0.1
_READ_BYTES = 1 << 16


class SolveStoppedError(Exception):
    """Raised when somebody asked to stop; the child is gone."""


class SolveFailedError(Exception):
    """Raised when the child gave no plan; the message says why, for the dispatcher."""


class SolveChild:
    """A started child; leave the `with` block and it is gone, whatever happened."""

    def __init__(self, request: SolveRequest) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api.jobs.solve_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._request = request
        self._rest = b""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)

    def solve(
        self,
        on_progress: Callable[[SolveProgress], None],
        should_stop: Callable[[], bool],
        is_enough: Callable[[], bool] = lambda: False,
    ) -> Replanned:
        """
        Wait for the plan; once `is_enough`, the child ends its search and gives the best plan that it has.

        Raises
        ------
        SolveStoppedError
            When `should_stop` said so; it is asked ten times a second.
        SolveFailedError
            When the child could not plan, or died.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise SolveFailedError("the solver could not be reached")
        try:
            stdin.write(to_line(self._request))
            stdin.flush()
        except BrokenPipeError:
            raise self._death() from None
        told = False
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            while True:
                if should_stop():
                    raise SolveStoppedError
                if not told and is_enough():
                    told = True
                    self._tell_enough()
                if not ready.select(_LOOK_EVERY_S):
                    continue
                chunk = os.read(stdout.fileno(), _READ_BYTES)
                if not chunk:
                    raise self._death()
                found = self._take(chunk, on_progress)
                if found is not None:
                    return found

    def _tell_enough(self) -> None:
        stdin = self._process.stdin
        if stdin is None:
            return
        try:
            stdin.write(b"enough\n")
            stdin.flush()
        except BrokenPipeError:
            return  # it has just ended by itself, and its last words say how

    def _take(self, chunk: bytes, on_progress: Callable[[SolveProgress], None]) -> Replanned | None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            match reply_of(line):
                case SolveDone(plan=plan, diff=diff):
                    return Replanned(plan=plan, diff=diff)
                case SolveFailed(message=message):
                    raise SolveFailedError(message)
                case SolveProgress() as progress:
                    on_progress(progress)
        return None

    def _death(self) -> SolveFailedError:
        code = self._process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return SolveFailedError(
            f"the solver process {how} before it had a plan, perhaps for lack of memory; ask for the plan again"
        )


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # what was still to be written has no reader any more
