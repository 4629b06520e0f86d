"""
An independent judge of routes for an instance in Solomon's format.

It reads the file itself and shares no line with the solver or with `benchmarks.solver.instances`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the routes cost (tenths of a unit of the file), and all that is wrong with them; no problem = feasible."""

    distance: int
    route_count: int
    unserved: int
    problems: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether the routes keep every rule."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Site:
    x: int
    y: int
    demand: int
    ready: int
    due: int
    service: int


def check_routes(path: Path, routes: Sequence[Sequence[int]]) -> Verdict:
    """
    Judge routes of stop numbers as in the file (the depot, 0, is left out): visits, load, windows, fleet.

    A distance is floor(10 x straight line); windows and service times count tenfold; empty routes are ignored.
    """
    fleet, capacity, sites = _read(path)
    driven = [list(route) for route in routes if route]
    problems = _visit_problems(driven, sites)
    if len(driven) > fleet:
        problems.append(f"{len(driven)} routes, but the fleet has {fleet}")
    total = 0
    for number, route in enumerate(driven, 1):
        known = [stop for stop in route if stop in sites and stop != 0]
        distance, found = _drive(known, sites, capacity)
        total += distance
        problems += [f"route {number}: {text}" for text in found]
    unserved = len(sites) - 1 - len({stop for route in driven for stop in route} & (set(sites) - {0}))
    return Verdict(total, len(driven), unserved, tuple(problems))


def _visit_problems(routes: list[list[int]], sites: dict[int, _Site]) -> list[str]:
    visits = Counter(stop for route in routes for stop in route)
    problems = [f"stop {stop} is not in the file" for stop in visits if stop not in sites or stop == 0]
    problems += [f"stop {stop} is visited {count} times" for stop, count in visits.items() if count > 1]
    missing = sorted(set(sites) - {0} - set(visits))
    if missing:
        problems.append(f"{len(missing)} stops are not visited, the first is {missing[0]}")
    return problems


def _drive(route: list[int], sites: dict[int, _Site], capacity: int) -> tuple[int, list[str]]:
    problems: list[str] = []
    load = sum(sites[stop].demand for stop in route)
    if load > capacity:
        problems.append(f"load {load} exceeds {capacity}")
    clock, distance = 10 * sites[0].ready, 0
    for here, there in pairwise([0, *route, 0]):
        leg = _tenths(sites[here], sites[there])
        distance += leg
        clock = max(clock + leg, 10 * sites[there].ready)
        if clock > 10 * sites[there].due:
            problems.append(f"at stop {there} at {clock / 10}, it closes at {sites[there].due}")
        clock += 10 * sites[there].service
    return distance, problems


def _tenths(a: _Site, b: _Site) -> int:
    return isqrt(100 * ((a.x - b.x) ** 2 + (a.y - b.y) ** 2))


def _read(path: Path) -> tuple[int, int, dict[int, _Site]]:
    text = path.read_text(encoding="utf-8")
    vehicles = re.search(r"NUMBER\s+CAPACITY\s+(\d+)\s+(\d+)", text)
    if vehicles is None:
        raise ValueError(f"{path.name} has no line with the number of vehicles and their capacity")
    sites = {}
    for found in re.finditer(r"^[ \t]*(\d+)((?:[ \t]+-?\d+){6})[ \t]*$", text, re.MULTILINE):
        sites[int(found[1])] = _Site(*(int(cell) for cell in found[2].split()))
    return int(vehicles[1]), int(vehicles[2]), sites
