"""
What the kernel for pairs works on beside the tables of `tables`: jobs, loads along the way, and one search's tables.

A job is what is moved as one: a pickup with its dropoff, or a single stop. It is named by its head, the pickup or the
single stop.
"""

from typing import Any, Final, NamedTuple

from routing.solver.kernel.tables import COUNTERS, IN_COST, Options

# Column of the table of nodes, in place of the cost of the arc from PREV: pairs that have begun and not ended there.
OPEN: Final = IN_COST

# Columns of the table of routes. VERSION is another number whenever the route is another one; UNFIT says that the
# route breaks a rule, which only happens within a step.
VERSION: Final = 3
UNFIT: Final = 4
ROUTE_COLUMNS: Final = 5

# Entry of the counters beside those of `tables`.
NEXT_VERSION: Final = COUNTERS
PAIR_COUNTERS: Final = COUNTERS + 1

# Columns of the table of known places.
KNOWN_VERSION: Final = 0
KNOWN_COST: Final = 1
KNOWN_HEAD: Final = 2
KNOWN_TAIL: Final = 3

NOWHERE: Final = 2**40
"""Cost of a place that there is not."""


UNKNOWN: Final = -1
"""In place of a node: the cheapest place is not known, only what it costs at least."""


class PairTables(NamedTuple):
    """
    The read-only part beside `KernelProblem`, whose `load` and `capacity` this kernel does not read.

    Parameters
    ----------
    head, tail
        int32 (n): of each stop the head of its job; of each head its dropoff, -1 of a single stop.
    number
        int32 (n): heads counted from 0; -1 for dropoffs of a pair.
    weight
        int64 (n, 2 x dimensions): what the stop adds to the load from the start of the trip, then what it changes
        when it is served.
    base
        int64 (vehicles, 2 x dimensions): what is on board when the free part begins, without goods for stops of the
        free part, and the most that was on board before.
    room
        int64 (vehicles, dimensions): what the vehicle holds.
    """

    head: Any
    tail: Any
    number: Any
    weight: Any
    base: Any
    room: Any


class PairState(NamedTuple):
    """
    The tables that one search changes, those of the same name as in `KernelState`.

    `board` holds by node the load after it, the most up to it, and the most from it on, each by dimension. `known` has
    by job and vehicle the cheapest place and the version of the route that this holds for. `absent` and `removed` list
    heads of jobs. `scratch` has three rows for one route.
    """

    node: Any
    board: Any
    route: Any
    counter: Any
    rng: Any
    best_next: Any
    node_log: Any
    board_log: Any
    route_log: Any
    known: Any
    removed: Any
    key: Any
    absent: Any
    visible: Any
    kind_free: Any
    scratch: Any


PAIR_DEFAULTS: Final = Options(mean_removed=10.0, max_string=10.0, blink=0.02)
"""How steps for pairs are drawn; `blink` is the chance to look at a route anew and overlook some of its places."""
