"""Compile the kernel, or load it: `python -m routing.solver.kernel.warm_up` is a part of the set-up."""

import logging
import shutil
from functools import cache
from time import perf_counter

import numpy as np

from routing.solver.kernel import CACHE_FOLDER, is_compiled
from routing.solver.kernel.building import Tables, kernel_problem
from routing.solver.kernel.pair_search import PairSearch
from routing.solver.kernel.pair_tables import PairTables
from routing.solver.kernel.search import Search
from routing.solver.kernel.tables import LEAVES_LATER, MAX_DISTANCE, MAX_ROUTE, MAX_STOPS, RETURNS, VEHICLE_COLUMNS

_log = logging.getLogger(__name__)
_STOPS, _VEHICLES = 8, 3


@cache
def warm_up() -> float:
    """Have the kernel ready in this process, and say in the log when that means compiling it; seconds that it took."""
    began = perf_counter()
    if not is_compiled():
        _log.warning("compiling the solver's kernel, once; this takes up to a minute")
        _forget_older()
    problem = kernel_problem(_tiny_day())
    for search in (Search(problem, 1, [()] * _VEHICLES), PairSearch(problem, _tiny_pairs(), 1, ())):
        search.run(20, 10.0, 1.0)
        search.restart(search.best_routes())
        search.priced_routes()
    return perf_counter() - began


def _forget_older() -> None:
    for folder in CACHE_FOLDER.parent.glob("kernel-*"):
        if folder != CACHE_FOLDER:
            shutil.rmtree(folder, ignore_errors=True)


def _tiny_day() -> Tables:
    xy = np.random.default_rng(1).integers(0, 50, (_STOPS + 1, 2))
    arcs = np.abs(xy[:, None] - xy[None]).sum(-1)[None].astype(np.int64)
    vehicle = np.zeros((_VEHICLES, VEHICLE_COLUMNS), np.int64)
    vehicle[:, [RETURNS, MAX_STOPS, MAX_ROUTE, MAX_DISTANCE]] = 10_000
    vehicle[:, LEAVES_LATER] = 1
    zeros = np.zeros(_STOPS, np.int64)
    return Tables(
        cost=arcs,
        time_s=arcs,
        metres=arcs,
        service_s=zeros + 5,
        early_s=zeros,
        late_s=zeros + 900,
        release_s=zeros,
        gaps=[()] * _STOPS,
        load=np.ones((_STOPS, 1), np.int64),
        penalty=zeros + 1_000,
        soft=np.zeros((_STOPS, 4), np.int64),
        pair_cost=np.zeros((_STOPS, 1), np.int64),
        vehicle=vehicle,
        start_place=np.full(_VEHICLES, _STOPS),
        end_place=np.full(_VEHICLES, _STOPS),
        capacity=np.full((_VEHICLES, 1), 4, np.int64),
        kind_first=np.array([0, _VEHICLES], np.int64),
        wait_cost=0,
        has_limits=False,
    )


def _tiny_pairs() -> PairTables:
    pickups = np.arange(_STOPS) % 2 == 0
    head = np.arange(_STOPS) - ~pickups
    return PairTables(
        head=head.astype(np.int32),
        tail=np.where(pickups, head + 1, -1).astype(np.int32),
        number=np.where(pickups, head // 2, -1).astype(np.int32),
        weight=np.stack([np.zeros(_STOPS, np.int64), np.where(pickups, 1, -1)], axis=1),
        base=np.zeros((_VEHICLES, 2), np.int64),
        room=np.full((_VEHICLES, 1), 4, np.int64),
    )


if __name__ == "__main__":
    print(f"the solver's kernel is ready ({warm_up():.1f} s)")
