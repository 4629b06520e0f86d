"""
Days of real cities beside VROOM and PyVRP, one file and one matrix for all: `make bench-city`.

The default run takes about 10 minutes; `FULL=1` runs three days of each kind with five seeds and resumes.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.cells import Cell, CellStore
from benchmarks.city.day import DaySpec, write_day
from benchmarks.city.engines import ENGINES, run_day
from benchmarks.city.goals import DayRow, day_goals, median_reached
from benchmarks.city.streets import CENTRES, find_extract, open_city
from benchmarks.machine import RESULTS_DIR, commit, described, engine_version
from benchmarks.options import CACHE_DIR, numbers
from benchmarks.report import Table, goal_facts, goals_table, number, ratio, save, show, wide_console
from benchmarks.solver.peers import PROCESSES, SEEDED

CITIES = ("porto", "heidelberg")
SIZES = ((200, 12), (200, 20), (800, 40))
"""Orders and couriers."""

RADIUS_M = {200: 5_000.0, 800: 7_000.0}
TITLES = {"ours": "Corridor", "pyvrp": "PyVRP", "vroom": "VROOM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run."""

    specs: tuple[tuple[str, DaySpec], ...]
    seconds: tuple[float, ...]
    seeds: int
    full: bool
    name: str


def main() -> None:
    """Make the days, run the cells, print the tables, write them to `results/`."""
    console = wide_console()
    request = _request()
    paths = _write_days(console, request)
    if not paths:
        console.print("No street extracts here: set CORRIDOR_DATA to a folder with roads/*.osm.pbf. Nothing was run.")
        return
    store = CellStore(RESULTS_DIR / "cells" / "city", resume=request.full)
    cells = _run_all(console, request, paths, store)
    _report(console, request, cells)


def _request() -> Request:
    parser = argparse.ArgumentParser(prog="bench-city", description=__doc__)
    parser.add_argument("--full", action="store_true", help="three days of each kind, 5 seeds; resumes")
    parser.add_argument("--only", default="", help="a part of the days' names, several with commas")
    parser.add_argument("--seconds", type=numbers, default=(10.0,), help="time limits, with commas")
    parser.add_argument("--seeds", type=int)
    asked = parser.parse_args()
    parts = [part for part in asked.only.split(",") if part]
    specs = [
        (
            city,
            DaySpec(
                name=f"{city}_{orders}_{couriers}_day{day}",
                orders=orders,
                couriers=couriers,
                radius_m=RADIUS_M[orders],
                seed=day,
            ),
        )
        for city in CITIES
        for orders, couriers in SIZES
        for day in range(1, 4 if asked.full else 2)
    ]
    chosen = [(city, spec) for city, spec in specs if not parts or any(part in spec.name for part in parts)]
    if not chosen:
        parser.error(f"no day has {asked.only!r} in its name")
    narrowed = bool(parts or asked.seeds or asked.seconds != (10.0,))
    return Request(
        specs=tuple(chosen),
        seconds=asked.seconds,
        seeds=asked.seeds or (5 if asked.full else 3),
        full=asked.full,
        name="city-part" if narrowed else "city" if asked.full else "city-quick",
    )


def _write_days(console: Console, request: Request) -> list[Path]:
    paths = []
    for name in dict.fromkeys(city for city, _ in request.specs):
        extract = find_extract(name)
        if extract is None:
            console.print(f"No extract of {name} here; its days are left out.")
            continue
        city = open_city(name, extract)
        days = [spec for of, spec in request.specs if of == name]
        paths += [write_day(city, CENTRES[name], spec, CACHE_DIR / "days").path for spec in days]
    return paths


def _run_all(console: Console, request: Request, paths: Sequence[Path], store: CellStore) -> list[Cell]:
    versions = {engine: engine_version(engine) for engine in ENGINES}
    cells: list[Cell] = []
    for seconds in request.seconds:
        for path in paths:
            for engine in ENGINES:
                for seed in range(1, request.seeds + 1 if engine in SEEDED else 2):
                    run = partial(run_day, engine, path, seconds, seed)
                    cell, _ = store.get_or_run(engine, path.stem, seconds, seed, versions[engine], run)
                    cells.append(cell)
                    said = f"{cell.cost} s of driving, {cell.unserved} left out, {cell.elapsed_s:g} s"
                    wrong = f"[red]no valid solution[/]: {'; '.join(cell.problems)}"
                    console.print(f"{TITLES[engine]} {path.stem} seed {seed}: {said if cell.valid else wrong}")
    return cells


def _report(console: Console, request: Request, cells: list[Cell]) -> None:
    tables: list[Table] = []
    facts_by_limit: dict[str, object] = {}
    for seconds in request.seconds:
        rows = day_rows([cell for cell in cells if cell.seconds == seconds])
        goals = day_goals(rows, {"vroom": TITLES["vroom"], "pyvrp": TITLES["pyvrp"]})
        tables += [_day_table(seconds, rows, cells), goals_table(f"Goals at {seconds:g} s", goals)]
        facts_by_limit[f"{seconds:g}"] = {"days": [asdict(row) for row in rows], "goals": goal_facts(goals)}
    machine = described()
    days = len({cell.instance for cell in cells})
    notes = [
        f"{days} days, {request.seeds} seeds (median; VROOM has none and runs once), {PROCESSES} processes an engine.",
        "Cost: driving seconds. Three depots, two loads, two kinds of vehicle, skills, one window of 1-4 h an order.",
        "PyVRP can express all of it: skills as profiles in which places cannot be reached within a shift.",
        f"Machine: {machine['cores']} cores, {machine['cpu']}.",
        "Versions: " + ", ".join(f"{TITLES[engine]} {engine_version(engine)}" for engine in ENGINES) + ".",
        f"{len(cells)} solutions re-judged independently, {sum(not cell.valid for cell in cells)} of them not valid.",
    ]
    show(console, tables)
    for note in notes:
        console.print(f"- {note}")
    facts: dict[str, object] = {
        "machine": machine,
        "commit": commit(),
        "processes": PROCESSES,
        "seeds": request.seeds,
        "limits": facts_by_limit,
        "cells": [asdict(cell) for cell in cells],
    }
    save(RESULTS_DIR, request.name, "Days of real cities", notes, tables, facts)
    console.print(f"Written to benchmarks/results/{request.name}.md and .json.")


def day_rows(cells: Sequence[Cell]) -> list[DayRow]:
    """Cells of one time limit by day."""
    rows = []
    for day in dict.fromkeys(cell.instance for cell in cells):
        of_day = {engine: [c for c in cells if (c.instance, c.engine) == (day, engine)] for engine in ENGINES}
        reached = {engine: median_reached(found) for engine, found in of_day.items() if found}
        rows.append(DayRow(day=day, reached=reached))
    return rows


def _day_table(seconds: float, rows: Sequence[DayRow], cells: Sequence[Cell]) -> Table:
    columns = ("city, orders, couriers", *(TITLES[engine] for engine in ENGINES), "/ PyVRP", "/ VROOM", "VROOM took s")
    lines = []
    for row in rows:
        reached = [row.reached[engine] for engine in ENGINES]
        driven = [number(one.cost, digits=0) + (f" ({one.unserved} out)" if one.unserved else "") for one in reached]
        compared = [number(ratio(reached[0].cost, one.cost), digits=4) for one in reached[1:]]
        took = [c.elapsed_s for c in cells if (c.engine, c.instance, c.seconds) == ("vroom", row.day, seconds)]
        lines.append((row.day, *driven, *compared, number(took[0], digits=1)))
    return Table(f"Seconds of driving (orders left out) at {seconds:g} s", columns, tuple(lines))


if __name__ == "__main__":
    main()
