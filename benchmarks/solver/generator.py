"""
Fresh instances like Gehring and Homberger's, so that nothing can have been tuned on them.

Parameters of each class follow the published files: Solomon (1987, doi 10.1287/opre.35.2.254) for 100 stops, Gehring
and Homberger (1999) for 200-1000. Every instance comes with a witness: routes that keep all its rules.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

SIZES = (100, 200, 400, 600, 800, 1000)
_SIDE = (80, 140, 200, 300, 400, 500)
"""Length of the square's side for each of `SIZES`."""

_HORIZON = {
    "R1": (230, 634, 804, 1290, 1688, 1925),
    "R2": (1000, 2535, 3220, 5170, 6760, 7700),
    "C1": (1236, 1351, 1501, 1602, 1717, 1824),
    "C2": (3390, 3481, 3693, 3763, 3835, 3914),
    "RC1": (240, 634, 765, 1250, 1572, 1821),
    "RC2": (960, 2536, 3060, 5000, 6289, 7284),
}
"""When the depot closes, for each of `SIZES`."""

_CAPACITY = {"R1": 200, "R2": 1000, "C1": 200, "C2": 700, "RC1": 200, "RC2": 1000}
_SERVICE = {"R1": 10, "R2": 10, "C1": 90, "C2": 90, "RC1": 10, "RC2": 10}
_NARROW = {"R1": 10, "R2": 30, "C1": 60, "C2": 160, "RC1": 30, "RC2": 120}
_WIDE = {"R1": 30, "R2": 240, "C1": 120, "C2": 320, "RC1": 60, "RC2": 240}
_MIXED = {"R1": (60, 25), "R2": (240, 120), "C1": (150, 80), "C2": (500, 250), "RC1": (64, 28), "RC2": (275, 165)}
"""Mean and standard deviation of the widths of families 5 and later."""

CLASSES = tuple(_CAPACITY)
WIDTHS = ("narrow", "wide", "mixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshSpec:
    """
    What to generate: a class, 100-1000 stops, the share of stops that have a window, how wide these are, a seed.

    Raises
    ------
    ValueError
        When the class or the width is unknown, or the size or the share is out of range.
    """

    kind: str
    stops: int
    density: float
    width: str
    seed: int

    def __post_init__(self) -> None:
        if self.kind not in CLASSES or self.width not in WIDTHS:
            raise ValueError(f"expected a class of {CLASSES} and a width of {WIDTHS}, got {self.kind}, {self.width}")
        if not SIZES[0] <= self.stops <= SIZES[-1] or not 0 <= self.density <= 1:
            raise ValueError(f"expected 100-1000 stops and a density of 0-1, got {self.stops} and {self.density}")

    @property
    def name(self) -> str:
        """A file name that says it all: fresh_RC2_800_75wide_3."""
        return f"fresh_{self.kind}_{self.stops}_{round(100 * self.density)}{self.width}_{self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshStop:
    """One row of the file; times in whole units."""

    x: int
    y: int
    demand: int
    ready: int
    due: int
    service: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A generated instance: `stops[0]` is the depot; `witness` are routes of stop numbers that keep every rule."""

    name: str
    fleet: int
    capacity: int
    stops: tuple[FreshStop, ...]
    witness: tuple[tuple[int, ...], ...]

    def text(self) -> str:
        """The instance in Solomon's format."""
        rows = [
            f"{number:5d} {s.x:10d} {s.y:10d} {s.demand:10d} {s.ready:10d} {s.due:10d} {s.service:10d}"
            for number, s in enumerate(self.stops)
        ]
        head = [self.name, "", "VEHICLE", "NUMBER     CAPACITY", f"{self.fleet:5d} {self.capacity:10d}", "", "CUSTOMER"]
        titles = "CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME"
        return "\n".join([*head, titles, "", *rows, ""])


def generate(spec: FreshSpec) -> Fresh:
    """The instance of this spec: the same spec gives the same instance."""
    rng = Random(f"{spec}")  # noqa: S311 - instances, not secrets
    horizon = _at_size(_HORIZON[spec.kind], spec.stops)
    service = _SERVICE[spec.kind]
    side = _at_size(_SIDE, spec.stops)
    depot = FreshStop(x=side // 2, y=side // 2, demand=0, ready=0, due=horizon, service=0)
    points = _points(rng, spec, side)
    bare = [
        FreshStop(x=x, y=y, demand=_demand(rng, spec.kind), ready=0, due=horizon, service=service) for x, y in points
    ]
    windowed = [depot, *_windowed(rng, spec, depot, bare)]
    witness = _witness(windowed, _CAPACITY[spec.kind])
    opened = [depot, *(s if rng.random() < spec.density else _opened(depot, s) for s in windowed[1:])]
    return Fresh(
        name=spec.name,
        fleet=max(spec.stops // 4, len(witness)),
        capacity=_CAPACITY[spec.kind],
        stops=tuple(opened),
        witness=witness,
    )


def _at_size(values: tuple[int, ...], stops: int) -> int:
    """The value for this many stops, straight between the published sizes."""
    for (small, large), (low, high) in zip(pairwise(SIZES), pairwise(values), strict=True):
        if stops <= large:
            return round(low + (high - low) * (stops - small) / (large - small))
    return values[-1]


def _points(rng: Random, spec: FreshSpec, side: int) -> list[tuple[int, int]]:
    scattered = {"R": spec.stops, "C": 0}.get(spec.kind[:-1], spec.stops // 2)
    points = [(rng.randint(0, side), rng.randint(0, side)) for _ in range(scattered)]
    crowd = 10 if spec.kind.endswith("1") else 30  # about one vehicle's load
    while len(points) < spec.stops:
        x, y = rng.randint(0, side), rng.randint(0, side)
        size = min(rng.randint(crowd * 7 // 10, crowd * 13 // 10), spec.stops - len(points))
        points.extend((_near(rng, x, side), _near(rng, y, side)) for _ in range(size))
    return points


def _near(rng: Random, middle: int, side: int) -> int:
    return min(max(round(rng.gauss(middle, 1.5 + side / 100)), 0), side)


def _demand(rng: Random, kind: str) -> int:
    if kind[0] == "C":
        return rng.choices((10, 20, 30, 40), (45, 36, 14, 5))[0]
    return min(max(round(rng.gauss(17.5, 9.5)), 1), 50)


def _windowed(rng: Random, spec: FreshSpec, depot: FreshStop, bare: list[FreshStop]) -> list[FreshStop]:
    """Every stop with a window: around the arrivals of a simple tour in C1 and C2, anywhere in the day elsewhere."""
    arrivals = _tour_arrivals(rng, depot, bare, _CAPACITY[spec.kind]) if spec.kind in ("C1", "C2") else None
    windowed = []
    for number, stop in enumerate(bare):
        first, last = math.ceil(_far(depot, stop)), _last_start(depot, stop)
        middle = rng.uniform(first, last) if arrivals is None else arrivals[number]
        width = _width(rng, spec)
        shift = 0.0 if arrivals is None else rng.uniform(-0.4, 0.4) * width
        ready = min(max(math.floor(middle + shift - width / 2), first), last)
        due = max(min(math.ceil(middle + shift + width / 2), last), ready)
        windowed.append(replace(stop, ready=ready, due=due))
    return windowed


def _width(rng: Random, spec: FreshSpec) -> int:
    if spec.width == "mixed":
        mean, deviation = _MIXED[spec.kind]
        return max(round(rng.gauss(mean, deviation)), 5)
    return (_NARROW if spec.width == "narrow" else _WIDE)[spec.kind]


def _tour_arrivals(rng: Random, depot: FreshStop, bare: list[FreshStop], capacity: int) -> list[float]:
    """When routes that take the stops in file order, cluster by cluster, would arrive; each leaves at some time."""
    arrivals = [0.0] * len(bare)
    route: list[int] = []

    def close() -> None:
        clock, here, offsets = 0.0, depot, []
        for number in route:
            clock += _far(here, bare[number]) + here.service
            offsets.append(clock)
            here = bare[number]
        slack = depot.due - (clock + here.service + _far(here, depot)) - 1
        leaves = rng.uniform(0, max(slack, 0.0))
        for number, offset in zip(route, offsets, strict=True):
            arrivals[number] = offset + leaves

    for number, stop in enumerate(bare):
        trial = [*route, number]
        drive = sum(_far(a, b) for a, b in pairwise([depot, *(bare[i] for i in trial), depot]))
        too_long = drive + len(trial) * stop.service > depot.due - 2
        if route and (too_long or sum(bare[i].demand for i in trial) > capacity):
            close()
            route = []
        route.append(number)
    close()
    return arrivals


def _witness(stops: list[FreshStop], capacity: int) -> tuple[tuple[int, ...], ...]:
    """Routes that serve all in the order of their windows: by the vehicle that loses least time, else by a new one."""
    depot = stops[0]
    routes: list[list[int]] = []
    free_at: list[float] = []
    loads: list[int] = []
    for number in sorted(range(1, len(stops)), key=lambda i: (stops[i].due, stops[i].ready, i)):
        stop = stops[number]
        best, best_lost = -1, math.inf
        for vehicle, route in enumerate(routes):
            starts = max(free_at[vehicle] + _far(stops[route[-1]], stop), stop.ready)
            fits = starts <= stop.due and loads[vehicle] + stop.demand <= capacity
            if fits and starts - free_at[vehicle] < best_lost:
                best, best_lost = vehicle, starts - free_at[vehicle]
        if best < 0:
            best = len(routes)
            routes.append([])
            free_at.append(0.0)
            loads.append(0)
        before = stops[routes[best][-1]] if routes[best] else depot
        free_at[best] = max(free_at[best] + _far(before, stop), stop.ready) + stop.service
        loads[best] += stop.demand
        routes[best].append(number)
    return tuple(tuple(route) for route in routes)


def _opened(depot: FreshStop, stop: FreshStop) -> FreshStop:
    return replace(stop, ready=0, due=_last_start(depot, stop))


def _last_start(depot: FreshStop, stop: FreshStop) -> int:
    """The last whole instant at which service may start so that the vehicle is back in time."""
    return math.floor(depot.due - stop.service - _far(stop, depot))


def _far(a: FreshStop, b: FreshStop) -> float:
    """Distance cut after one decimal, as solvers and checker count."""
    return math.isqrt(100 * ((a.x - b.x) ** 2 + (a.y - b.y) ** 2)) / 10
