"""
5,000 orders of one day over 14 cities on this machine, and how time and memory grow: `make bench-scale`.

A problem for each city and shift wave, one after another, each engine with two processes. Counted: matrices, files,
starts and searches. Not counted: street networks, which are built once and for all.
"""

import argparse
import resource
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from rich.console import Console

from benchmarks.cells import Cell, CellStore
from benchmarks.city.day import write_day
from benchmarks.city.engines import run_day
from benchmarks.city.fourteen import WaveOfCity, waves_of_day
from benchmarks.city.goals import DayRow, day_goals, median_reached
from benchmarks.city.growth import STOPS, Grown, growth_table, measure, plot
from benchmarks.city.streets import CENTRES, EXTRACTS, City, find_extract, open_city
from benchmarks.machine import RESULTS_DIR, commit, described, engine_version
from benchmarks.options import CACHE_DIR, numbers
from benchmarks.report import Goal, Table, goal_facts, goals_table, number, ratio, save, show, wide_console
from benchmarks.solver.peers import PROCESSES
from zones.lonlat import LocalMetres

ORDERS = 5_000
SEARCH_S = 300.0
"""Search time of each engine for the whole day, shared out by the number of orders; 420 with FULL=1."""

FULL_SEARCH_S = 420.0
SHORTEST_S = 2.0
MOST_MINUTES = 10.0
MOST_MIB = 2_048.0
LIMITS = (1.0, 3.0, 10.0)
FULL_LIMITS = (1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run."""

    orders: int
    search_s: float
    limits: tuple[float, ...]
    sizes: tuple[int, ...]
    parts: frozenset[str]
    full: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One problem of the day: how long its matrix and file took, and both engines' cells."""

    wave: WaveOfCity
    problem_s: float
    ours: Cell
    pyvrp: Cell


def main() -> None:
    """Plan the day, measure the growth, print the tables, write them to `results/`."""
    console = wide_console()
    request = _request()
    extracts = [name for name in EXTRACTS if find_extract(name) is not None]
    if not extracts:
        console.print("No street extracts here: set CORRIDOR_DATA to a folder with roads/*.osm.pbf. Nothing was run.")
        return
    tables: list[Table] = []
    facts: dict[str, object] = {"machine": described(), "commit": commit(), "processes": PROCESSES}
    if "day" in request.parts:
        day_tables, day_facts = _plan_day(console, request, extracts)
        tables += day_tables
        facts["day"] = day_facts
    if "growth" in request.parts:
        grown = _measure_growth(request, extracts[0])
        tables.append(growth_table(grown))
        facts["growth"] = [asdict(row) for row in grown]
    show(console, tables)
    notes = _notes(request, extracts)
    for note in notes:
        console.print(f"- {note}")
    save(RESULTS_DIR, request.name, "A day of 14 cities, and growth with the number of stops", notes, tables, facts)
    console.print(f"Written to benchmarks/results/{request.name}.md, .json and .png.")


def _request() -> Request:
    parser = argparse.ArgumentParser(prog="bench-scale", description=__doc__)
    parser.add_argument("--full", action="store_true", help="longer searches; resumes")
    parser.add_argument("--only", default="day,growth", help="day or growth")
    parser.add_argument("--seconds", type=numbers, help="search time of each engine for the whole day")
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--limits", type=numbers, help="search times of the growth table, with commas")
    parser.add_argument("--sizes", type=numbers, default=tuple(float(one) for one in STOPS))
    asked = parser.parse_args()
    parts = frozenset(part for part in asked.only.split(",") if part)
    if not parts or not parts <= {"day", "growth"}:
        parser.error("--only takes day or growth")
    sizes = tuple(int(one) for one in asked.sizes)
    narrowed = bool(asked.seconds or asked.limits or asked.orders != ORDERS or sizes != STOPS or len(parts) < 2)
    return Request(
        orders=asked.orders,
        search_s=asked.seconds[0] if asked.seconds else FULL_SEARCH_S if asked.full else SEARCH_S,
        limits=asked.limits or (FULL_LIMITS if asked.full else LIMITS),
        sizes=sizes,
        parts=parts,
        full=asked.full,
        name="scale-part" if narrowed else "scale" if asked.full else "scale-quick",
    )


def _plan_day(console: Console, request: Request, extracts: list[str]) -> tuple[list[Table], dict[str, object]]:
    waves = waves_of_day(request.orders, 1, extracts)
    store = CellStore(RESULTS_DIR / "cells" / "scale", resume=request.full)
    planned: list[Planned] = []
    for name in extracts:
        extract = find_extract(name)
        if extract is None:
            continue
        city = open_city(name, extract)
        for wave in (wave for wave in waves if wave.extract == name):
            planned.append(_plan_wave(request, city, wave, store))
            one = planned[-1]
            wrong = "; ".join((*one.ours.problems, *one.pyvrp.problems))
            console.print(
                f"{wave.spec.name}: matrix {one.problem_s:.1f} s, Corridor {one.ours.cost} s driven and "
                f"{one.ours.unserved} left out, PyVRP {one.pyvrp.cost} and {one.pyvrp.unserved} {wrong}"
            )
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    goals = scale_goals(planned, own_mib)
    facts: dict[str, object] = {
        "orders": request.orders,
        "search_s": request.search_s,
        "goals": goal_facts(goals),
        "problems": [{"name": one.wave.spec.name, **asdict(one)} for one in planned],
    }
    return [_wave_table(planned), goals_table("Goals of the day", goals)], facts


def _plan_wave(request: Request, city: City, wave: WaveOfCity, store: CellStore) -> Planned:
    centre = LocalMetres(CENTRES[wave.extract]).to_lonlat(wave.east_m, wave.north_m)
    written = write_day(city, centre, wave.spec, CACHE_DIR / "scale")
    path = written.path
    seconds = round(max(SHORTEST_S, request.search_s * wave.spec.orders / request.orders), 1)
    cells = [
        store.get_or_run(
            engine, path.stem, seconds, 1, engine_version(engine), partial(run_day, engine, path, seconds, 1)
        )
        for engine in ("ours", "pyvrp")
    ]
    return Planned(wave=wave, problem_s=written.all_s, ours=cells[0][0], pyvrp=cells[1][0])


def scale_goals(planned: Sequence[Planned], own_mib: float) -> list[Goal]:
    """Time, memory and cost of the whole day; `own_mib` is what the planning process itself held at most."""
    minutes = sum(one.problem_s + one.ours.wall_s for one in planned) / 60
    peak_mib = own_mib + max(one.ours.peak_rss_mib for one in planned)
    rows = [
        DayRow(
            day=one.wave.spec.name,
            reached={"ours": median_reached([one.ours]), "pyvrp": median_reached([one.pyvrp])},
        )
        for one in planned
    ]
    total, _, missed = day_goals(rows, {"pyvrp": "PyVRP"})
    return [
        Goal(name="the whole day planned, matrices included", value=minutes, limit=MOST_MINUTES, unit=" min"),
        Goal(name="peak memory", value=peak_mib, limit=MOST_MIB, unit=" MiB"),
        total,
        missed,
    ]


def _wave_table(planned: Sequence[Planned]) -> Table:
    columns = (
        "problem",
        "orders",
        "couriers",
        "matrix, file s",
        "search s",
        "Corridor s driven",
        "PyVRP s driven",
        "ratio",
    )
    lines = []
    for one in planned:
        reached = [median_reached([cell]) for cell in (one.ours, one.pyvrp)]
        shown = [number(r.cost, digits=0) + (f" ({r.unserved} out)" if r.unserved else "") for r in reached]
        spec = one.wave.spec
        figures = (str(spec.orders), str(spec.couriers), number(one.problem_s), number(one.ours.seconds, digits=1))
        compared = number(ratio(reached[0].cost, reached[1].cost), digits=4)
        lines.append((spec.name, *figures, *shown, compared))
    return Table("A problem for each city and wave", columns, tuple(lines))


def _measure_growth(request: Request, name: str) -> list[Grown]:
    extract = find_extract(name)
    if extract is None:
        raise FileNotFoundError(EXTRACTS[name])
    grown = measure(open_city(name, extract), request.limits, CACHE_DIR / "growth", request.sizes)
    plot(grown, RESULTS_DIR / f"{request.name}.png")
    return grown


def _notes(request: Request, extracts: list[str]) -> list[str]:
    machine = described()
    return [
        f"Machine: {machine['cores']} cores, {machine['cpu']}; {PROCESSES} processes an engine, one engine at a time.",
        f"Search time of the day: {request.search_s:g} s for each engine, shared out by the number of orders.",
        f"{len(extracts)} extracts stand for 14 cities, with other centres, orders and sizes.",
        "Every plan was judged independently; memory is that of all processes, shared pages counted once.",
        f"Versions: Corridor {engine_version('ours')}, PyVRP {engine_version('pyvrp')}.",
    ]


if __name__ == "__main__":
    main()
