"""
Corridor's solver beside PyVRP, VROOM and OR-Tools on the same integers: `make bench-solver`.

The default run takes at most 25 minutes; `FULL=1` runs every instance, seed and time limit, and resumes. A run that was
narrowed by hand writes its results apart, so that it does not replace those of a whole run.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic

from rich.console import Console

from benchmarks.cells import Cell, CellStore
from benchmarks.machine import RESULTS_DIR, commit, described, engine_version
from benchmarks.options import CACHE_DIR, corpus_dir, numbers
from benchmarks.report import Goal, Table, goal_facts, goals_table, mean, median, number, save, show, wide_console
from benchmarks.solver.goals import InstanceGaps, gap_percent, goals_at
from benchmarks.solver.instances import best_known, read_instance
from benchmarks.solver.peers import ENGINES, PROCESSES, SEEDED, run_cell
from benchmarks.solver.references import References
from benchmarks.solver.suite import chosen_files

FULL_SECONDS = (10.0, 30.0, 60.0)
FULL_SEEDS = 5
QUICK_SECONDS = (10.0,)
QUICK_SEEDS = 2
QUICK_MINUTES = 24.0
"""The default run starts no further cell after so long."""

_START_S = 1.5
"""What a cell takes beside its search: start, reading, checking."""

_TITLES = {"ours": "Corridor", "pyvrp": "PyVRP", "vroom": "VROOM", "ortools": "OR-Tools"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run; `minutes` is when no further cell is begun, `name` that of the files with the results."""

    files: tuple[Path, ...]
    seconds: tuple[float, ...]
    seeds: int
    engines: tuple[str, ...]
    minutes: float
    reference_s: float
    full: bool
    name: str


def main() -> None:
    """Run the cells, print the tables, write them to `results/`."""
    console = wide_console()
    known_dir = corpus_dir() / "vrptw"
    request = _request(known_dir)
    published = best_known(known_dir)
    if not published:
        console.print(
            "No published instances here (set CORRIDOR_DATA to a folder with vrptw/): only generated ones are run, "
            "and goals that need a published best are not measured."
        )
    references = References(RESULTS_DIR / "references.json", published)
    store = CellStore(RESULTS_DIR / "cells" / "solver", resume=request.full)
    console.print(_plan_of(request))
    cells, left_out = _run_all(console, request, store, references)
    _report(console, request, cells, references, left_out)


def _request(known_dir: Path) -> Request:
    parser = argparse.ArgumentParser(prog="bench-solver", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all instances, 5 seeds, 10/30/60 s; resumes")
    parser.add_argument("--only", default="", help="a part of the instances' names, several with commas")
    parser.add_argument("--seconds", type=numbers, help="time limits, with commas")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--minutes", type=float, help="begin no further cell after so long")
    parser.add_argument("--fresh-seed", type=int, default=1)
    parser.add_argument("--reference-s", type=float, default=120.0, help="PyVRP's time for references, with --full")
    asked = parser.parse_args()
    engines = tuple(name for name in asked.engines.split(",") if name)
    if not engines or not set(engines) <= set(ENGINES):
        parser.error(f"--engines takes {', '.join(ENGINES)}")
    files = chosen_files(known_dir, CACHE_DIR / "fresh", full=asked.full, only=asked.only, fresh_seed=asked.fresh_seed)
    if not files:
        parser.error(f"no instance has {asked.only!r} in its name")
    narrowed = bool(asked.only or asked.seconds or asked.seeds or len(engines) < len(ENGINES))
    return Request(
        files=tuple(files),
        seconds=asked.seconds or (FULL_SECONDS if asked.full else QUICK_SECONDS),
        seeds=asked.seeds or (FULL_SEEDS if asked.full else QUICK_SEEDS),
        engines=engines,
        minutes=asked.minutes or (inf if asked.full else QUICK_MINUTES),
        reference_s=asked.reference_s,
        full=asked.full,
        name="solver-part" if narrowed else "solver" if asked.full else "solver-quick",
    )


def _plan_of(request: Request) -> str:
    limits = ", ".join(f"{one:g}" for one in request.seconds)
    kind = "full run" if request.full else "short run; FULL=1 takes every instance, 5 seeds and 10, 30 and 60 s"
    minutes = sum(seconds + _START_S for _, _, seconds, _ in _jobs(request)) / 60
    return (
        f"{len(request.files)} instances, {request.seeds} seeds, {limits} s, {PROCESSES} processes an engine "
        f"({kind}). One engine at a time; VROOM and OR-Tools have no seed and run once. "
        f"About {min(minutes, request.minutes):.0f} min when nothing is saved yet."
    )


def _jobs(request: Request) -> list[tuple[str, Path, float, int]]:
    """Engine, file, time limit, seed: the first seed of everything comes first, so that a run cut short is even."""
    return [
        (engine, path, seconds, seed)
        for seconds in request.seconds
        for seed in range(1, request.seeds + 1)
        for path in request.files
        for engine in request.engines
        if seed == 1 or engine in SEEDED
    ]


def _run_all(console: Console, request: Request, store: CellStore, references: References) -> tuple[list[Cell], int]:
    began = monotonic()
    versions = {engine: engine_version(engine) for engine in request.engines}
    jobs = _jobs(request)
    cells: list[Cell] = []
    for done, (engine, path, seconds, seed) in enumerate(jobs):
        if monotonic() - began > 60 * request.minutes:
            return cells, len(jobs) - done
        if request.full and seed == 1 and not references.is_published(path.stem):
            _look_for_reference(path, request.reference_s, store, references)
        cell, was_saved = store.get_or_run(
            engine,
            path.stem,
            seconds,
            seed,
            versions[engine],
            partial(run_cell, engine, path, seconds, seed),
        )
        if cell.valid and cell.cost is not None:
            references.saw(path.stem, cell.cost)
        cells.append(cell)
        console.print(_line(done + 1, len(jobs), cell, references, was_saved))
    return cells, 0


def _look_for_reference(path: Path, seconds: float, store: CellStore, references: References) -> None:
    """A long run of PyVRP where nobody has published a best; it is saved like any cell, so it runs once."""
    cell, _ = store.get_or_run(
        "pyvrp", path.stem, seconds, 99, engine_version("pyvrp"), lambda: run_cell("pyvrp", path, seconds, 99)
    )
    if cell.valid and cell.cost is not None:
        references.saw(path.stem, cell.cost)


def _line(done: int, count: int, cell: Cell, references: References, was_saved: bool) -> str:
    what = f"{done}/{count} {_TITLES[cell.engine]} {cell.instance} {cell.seconds:g} s seed {cell.seed}: "
    if not cell.valid or cell.cost is None:
        return what + f"[red]no valid solution[/]: {'; '.join(cell.problems)}"
    gap = gap_percent(cell.cost, references.get(cell.instance))
    return what + f"{cell.cost / 10:.1f}, gap {gap:.2f} %, {cell.elapsed_s:g} s" + (" (saved)" if was_saved else "")


def gaps_of(
    cells: Sequence[Cell], references: References, shapes: Mapping[str, tuple[int, bool]]
) -> list[InstanceGaps]:
    """Median gaps of these cells, which are of one time limit; `shapes` has stops and long routes by instance."""
    rows = []
    for instance in dict.fromkeys(cell.instance for cell in cells):
        gaps: dict[str, float] = {}
        for engine in ENGINES:
            costs = [
                float(cell.cost) if cell.valid and cell.cost is not None else inf
                for cell in cells
                if (cell.engine, cell.instance) == (engine, instance)
            ]
            if costs:
                reference = references.get(instance) if references.knows(instance) else inf
                gaps[engine] = median([gap_percent(cost, reference) for cost in costs])
        stops, long_routes = shapes[instance]
        rows.append(
            InstanceGaps(
                instance=instance,
                stops=stops,
                long_routes=long_routes,
                has_best_known=references.is_published(instance),
                gaps=gaps,
            )
        )
    return sorted(rows, key=lambda row: (not row.has_best_known, row.stops, row.instance))


def _report(console: Console, request: Request, cells: list[Cell], references: References, left_out: int) -> None:
    shapes = {path.stem: (one.stops, one.long_routes) for path in request.files for one in [read_instance(path)]}
    tables: list[Table] = []
    goals_by_limit: dict[str, list[Goal]] = {}
    facts_by_limit: dict[str, object] = {}
    for seconds in request.seconds:
        rows = gaps_of([cell for cell in cells if cell.seconds == seconds], references, shapes)
        tables.append(_gap_table(seconds, rows, references, cells))
        goals = goals_at(seconds, rows)
        if goals:
            tables.append(goals_table(f"Goals at {seconds:g} s", goals))
        goals_by_limit[f"{seconds:g}"] = goals
        facts_by_limit[f"{seconds:g}"] = {"instances": [asdict(row) for row in rows], "goals": goal_facts(goals)}
    notes = [_plan_of(request), *_fair_notes(request, cells)]
    if left_out:
        notes.append(f"{left_out} cells were not run: the time of this run was over (MINUTES, or FULL=1).")
    show(console, tables)
    for note in notes:
        console.print(f"- {note}")
    facts: dict[str, object] = {
        "machine": described(),
        "commit": commit(),
        "versions": {engine: engine_version(engine) for engine in request.engines},
        "processes": PROCESSES,
        "seeds": request.seeds,
        "cells_left_out": left_out,
        "limits": facts_by_limit,
        "cells": [asdict(cell) for cell in cells],
    }
    heading = "The solver beside its peers"
    save(RESULTS_DIR, request.name, heading, notes, tables, facts)
    console.print(f"Written to benchmarks/results/{request.name}.md and .json.")


def _gap_table(seconds: float, rows: list[InstanceGaps], references: References, cells: list[Cell]) -> Table:
    columns = ("instance", "stops", "reference", *(f"{_TITLES[engine]} %" for engine in ENGINES), "VROOM s")
    lines = []
    for row in rows:
        known = references.get(row.instance) if references.knows(row.instance) else inf
        mark = "" if row.has_best_known else " *"
        gaps = [number(row.gaps[engine]) if engine in row.gaps else "-" for engine in ENGINES]
        took = [c.elapsed_s for c in cells if (c.engine, c.instance, c.seconds) == ("vroom", row.instance, seconds)]
        shown = f"{known / 10:.1f}{mark}" if known < inf else "-"
        lines.append((row.instance, str(row.stops), shown, *gaps, number(median(took), digits=1)))
    means = [number(mean([row.gaps[engine] for row in rows if engine in row.gaps])) for engine in ENGINES]
    lines.append(("mean", "", "", *means, ""))
    title = f"Gap to the reference at {seconds:g} s (* best ever seen here, none is published)"
    return Table(title, columns, tuple(lines))


def _fair_notes(request: Request, cells: list[Cell]) -> list[str]:
    machine = described()
    invalid = sum(not cell.valid for cell in cells)
    longest = {e: max((c.elapsed_s - c.seconds for c in cells if c.engine == e), default=0.0) for e in request.engines}
    over = ", ".join(f"{_TITLES[engine]} {over_s:+.1f}" for engine, over_s in longest.items())
    whole_s = max((c.wall_s - c.seconds for c in cells if c.engine == "ours"), default=0.0)
    return [
        f"Machine: {machine['cores']} cores, {machine['cpu']}.",
        "Versions: " + ", ".join(f"{_TITLES[engine]} {engine_version(engine)}" for engine in request.engines) + ".",
        f"{len(cells)} solutions re-checked by the independent checker, {invalid} of them not valid.",
        f"Longest search beyond its limit, seconds: {over} (Corridor with start, reading and checking {whole_s:+.1f}).",
    ]


if __name__ == "__main__":
    main()
