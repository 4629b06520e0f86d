"""
The child process that solves: reads one request from standard input, writes replies to standard output.

Matrices are asked for here and not in the service: the street network's binding stops every other thread meanwhile.
It ends by itself when the service does, and with the best plan so far when one line more comes in.
"""

import os
import select
import sys
import traceback
from time import monotonic
from typing import BinaryIO

from api.jobs.solve_request import (
    SolveDone,
    SolveFailed,
    SolveProgress,
    SolveReply,
    SolveRequest,
    request_of,
    to_line,
)
from api.road_networks import RoadNetworks
from routing.errors import RoutingError
from routing.replan_day import replan_day
from routing.solver.search import Progress

PROGRESS_EVERY_S = 0.25
_LOOK_EVERY_S = 0.1
_READ_BYTES = 1 << 16
_NICE = 5
"""Requests of people and phones go before the search."""


class _Talk:
    """The two pipes to the service."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._told_at = -PROGRESS_EVERY_S
        self._looked_at = 0.0
        self._ends = False

    def read_request(self) -> SolveRequest:
        """The first line; what comes after it may have come with it, so no buffer may swallow that."""
        content = b""
        while b"\n" not in content and (chunk := os.read(0, _READ_BYTES)):
            content += chunk
        line, _, more = content.partition(b"\n")
        self._ends = bool(more)
        return request_of(line)

    def say(self, reply: SolveReply) -> None:
        self._out.write(to_line(reply))
        self._out.flush()

    def tell_progress(self, progress: Progress) -> None:
        now = monotonic()
        if now - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = now
            self.say(SolveProgress(elapsed_s=progress.elapsed_s, best_cost=progress.best_cost))

    def should_end(self) -> bool:
        """
        Whether the search is to end: the service has sent one line more, or has gone.

        It keeps our standard input open as long as it lives.
        """
        now = monotonic()
        if not self._ends and now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            ready, _, _ = select.select([0], [], [], 0)
            self._ends = bool(ready)
        return self._ends


def main() -> int:
    """Solve one request."""
    # C++ libraries write to descriptor 1 as they please: our replies get a descriptor of their own
    talk = _Talk(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    os.nice(_NICE)
    request = talk.read_request()
    try:
        roads = RoadNetworks(request.networks_root).get(request.city_slug, request.vehicle_profile)
        found = replan_day(
            request.inputs,
            request.old,
            request.couriers,
            request.rules,
            roads,
            request.limits,
            now=request.now,
            on_progress=talk.tell_progress,
            should_stop=talk.should_end,
        )
    except RoutingError as error:
        talk.say(SolveFailed(message=str(error)))
        return 0
    except Exception as error:  # told to the service, which keeps it with the job
        traceback.print_exc()
        talk.say(SolveFailed(message=f"the solver broke: {type(error).__name__}: {error}"))
        return 1
    talk.say(SolveDone(plan=found.plan, diff=found.diff))
    return 0


if __name__ == "__main__":
    sys.exit(main())
