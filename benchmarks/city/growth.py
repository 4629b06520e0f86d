"""How time and memory grow with the number of stops, as rows and as a plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, nan
from pathlib import Path

from benchmarks.cells import Cell
from benchmarks.city.day import DaySpec, write_day
from benchmarks.city.engines import run_day
from benchmarks.city.streets import CENTRES, City
from benchmarks.report import Table, number

STOPS = (50, 100, 200, 500, 1_000, 2_000)
NEAR_BEST = 1.01
"""A plan of at most this many times the best cost seen counts as near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """
    One number of stops.

    Parameters
    ----------
    matrix_s
        What OSRM took for driving times and distances between all of them.
    overhead_s
        Longest time that `corridor solve` took beyond the search time it was given: start, reading, checking, writing.
    near_best_s
        Shortest search time that came within 1 % of the best seen; NaN when none was valid.
    """

    stops: int
    matrix_s: float
    overhead_s: float
    peak_mib: float
    near_best_s: float
    cells: tuple[Cell, ...]


def measure(city: City, limits: Sequence[float], folder: Path, sizes: Sequence[int] = STOPS) -> list[Grown]:
    """Solve a day of each size with each search time."""
    grown = []
    for stops in sizes:
        spec = DaySpec(
            name=f"{city.name}_{stops}_growth",
            orders=stops,
            couriers=max(6, ceil(stops / 18)),
            radius_m=9_000.0,
            seed=7,
        )
        written = write_day(city, CENTRES[city.name], spec, folder)
        cells = tuple(run_day("ours", written.path, seconds, 1) for seconds in limits)
        grown.append(grown_row(stops, written.matrix_s, cells))
    return grown


def grown_row(stops: int, matrix_s: float, cells: tuple[Cell, ...]) -> Grown:
    """What these cells, one for each search time, say about one number of stops."""
    valid = [(cell.unserved, cell.cost, cell.seconds) for cell in cells if cell.valid and cell.cost is not None]
    fewest, best, _ = min(valid, default=(0, inf, nan))
    near = [seconds for unserved, cost, seconds in valid if unserved == fewest and cost <= NEAR_BEST * best]
    return Grown(
        stops=stops,
        matrix_s=matrix_s,
        overhead_s=max(cell.wall_s - cell.seconds for cell in cells),
        peak_mib=max(cell.peak_rss_mib for cell in cells),
        near_best_s=min(near, default=nan),
        cells=cells,
    )


def growth_table(grown: Sequence[Grown]) -> Table:
    """The rows as a table, with the driving time that each search time reached."""
    limits = [cell.seconds for cell in grown[0].cells]
    columns = (
        "stops",
        "matrix s",
        "beyond the limit s",
        "peak MiB",
        "within 1 % of best after s",
        *(f"driven after {limit:g} s" for limit in limits),
    )
    lines = []
    for row in grown:
        costs = [f"{c.cost}" + (f" ({c.unserved} out)" if c.unserved else "") if c.valid else "none" for c in row.cells]
        figures = (number(row.matrix_s), number(row.overhead_s), number(row.peak_mib, digits=0))
        lines.append((str(row.stops), *figures, number(row.near_best_s, digits=0), *costs))
    return Table("Time and memory against the number of stops", columns, tuple(lines))


def plot(grown: Sequence[Grown], path: Path) -> None:
    """Draw seconds and mebibytes against stops."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    stops = [row.stops for row in grown]
    figure, (times, memory) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    times.plot(stops, [row.matrix_s for row in grown], "o-", label="matrix by OSRM")
    times.plot(stops, [max(row.overhead_s, 0.0) for row in grown], "s-", label="start, reading, checking")
    times.plot(stops, [row.near_best_s for row in grown], "^-", label="search until within 1 % of the best")
    memory.plot(stops, [row.peak_mib for row in grown], "o-", color="tab:purple")
    for axes, title, unit in ((times, "Time", "seconds"), (memory, "Peak memory, all processes", "MiB")):
        axes.set(title=title, xlabel="stops", ylabel=unit, xscale="log")
        axes.set_xticks(stops, [str(one) for one in stops])
        axes.minorticks_off()
        axes.grid(visible=True, alpha=0.3)
        axes.set_ylim(bottom=0)
    times.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
