"""`corridor solve`: one problem file in, one plan out; needs no database."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

# The search starts within a second of the command: what it does not need yet is imported where it is used.
if TYPE_CHECKING:
    from routing.formats.reading import ReadProblem
    from routing.plan import Plan
    from routing.problem_solving import SolvedProblem

FORMATS = ("solomon", "li-lim", "vroom", "corridor")
OUTPUTS = (".json", ".geojson")
_MOST_WARNINGS = 30


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Seen from the file when left out.")
@click.option("--seconds", type=click.FloatRange(0.05, 86_400), default=10.0, show_default=True, help="Search time.")
@click.option("--processes", type=click.IntRange(1, 64), default=_cores, help="As many as there are cores by default.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another search.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write plan.json or plan.geojson.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON alone on standard output.")
@click.option("--vroom", "as_vroom", is_flag=True, help="Print the answer to a VROOM file as VROOM would, in JSON.")
def solve(
    file: Path,
    file_format: str | None,
    seconds: float,
    processes: int,
    seed: int,
    output: Path | None,
    as_json: bool,
    as_vroom: bool,
) -> None:
    """
    Solve the problem in FILE: Solomon or Homberger, Li & Lim, VROOM JSON, or our own JSON.

    Ctrl-C ends the search and gives the best plan so far. What is wrong with the file is listed on standard error.
    """
    if output is not None and output.suffix not in OUTPUTS:
        raise click.UsageError(f"expected --output to end with .json or .geojson, got {output.name}")
    read = _read(file, file_format)
    if output is not None and output.suffix == ".geojson" and not read.has_coordinates:
        raise click.ClickException("the places of this file are on no map; write the plan as .json")
    if as_vroom and read.format != "vroom":
        raise click.UsageError(f"--vroom answers VROOM files; this is {read.format}")
    solved = _search(read, seconds=seconds, processes=processes, seed=seed, quiet=as_json or as_vroom)
    if output is not None:
        _write(output, read, solved.plan)
    if as_vroom:
        from routing.formats.vroom_answer import vroom_answer

        click.echo(json.dumps(vroom_answer(read, solved.plan)))
    else:
        _show(read, solved, as_json=as_json)


def _read(file: Path, file_format: str | None) -> ReadProblem:
    from routing.formats.problem_file import read_problem
    from routing.problem_check import ProblemInputError

    try:
        read = read_problem(file.read_bytes(), file_format)
    except ProblemInputError as error:
        lines = [str(problem) for problem in error.problems]
        raise click.ClickException("\n".join([f"{file.name} was not solved", *lines])) from error
    for warning in read.warnings[:_MOST_WARNINGS]:
        click.echo(str(warning), err=True)
    if len(read.warnings) > _MOST_WARNINGS:
        click.echo(f"warning: and {len(read.warnings) - _MOST_WARNINGS} more", err=True)
    return read


def _search(read: ReadProblem, *, seconds: float, processes: int, seed: int, quiet: bool) -> SolvedProblem:
    from routing.problem_solving import solve_problem

    with stop_by_ctrl_c() as stopped, _bar(read, seconds, quiet=quiet) as advance:
        return solve_problem(
            read.problem,
            time_limit_s=seconds,
            seed=seed,
            processes=processes,
            start=read.start or None,
            on_progress=lambda progress: advance(progress.best_cost),
            should_stop=stopped.is_set,
        )


@contextmanager
def stop_by_ctrl_c() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second ends the program."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(_signal: int, _frame: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(read: ReadProblem, seconds: float, *, quiet: bool) -> Iterator[Any]:
    """A progress bar with the best cost and the time left, on a terminal; gives the function that tells it a cost."""
    if quiet or not os.isatty(2):
        yield lambda cost: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.remaining:.0f} s left"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("searching", total=seconds)
        over = threading.Event()

        def tick() -> None:
            while not over.wait(0.2):
                progress.advance(task, 0.2)

        def tell(cost: float | None) -> None:
            if cost is not None:
                progress.update(task, description=f"best cost {cost / read.cost_a_unit:,.1f}")

        clock = threading.Thread(target=tick, daemon=True)
        clock.start()
        try:
            yield tell
        finally:
            over.set()
            clock.join()


def _write(output: Path, read: ReadProblem, plan: Plan) -> None:
    from routing.formats.plan_answer import with_straight_paths
    from routing.formats.plan_json import plan_to_geojson, plan_to_json

    document = plan_to_geojson(with_straight_paths(read, plan)) if output.suffix == ".geojson" else plan_to_json(plan)
    output.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _show(read: ReadProblem, solved: SolvedProblem, *, as_json: bool) -> None:
    from routing.formats.plan_answer import answer_row

    answer = answer_row(read, solved.plan, _engine_row(solved))
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Route", "Stops", "Distance", "Order of stops")
    for route, stop_ids in zip(solved.plan.routes, answer["routes"], strict=True):
        distance = f"{read.distance([route]):,.1f}"
        table.add_row(route.shift_id, str(len(stop_ids)), distance, " ".join(str(one) for one in stop_ids))
    console = Console()
    console.print(table)
    placed = sum(len(stop_ids) for stop_ids in answer["routes"])
    console.print(
        f"{placed} stops on {len(answer['routes'])} routes, distance {answer['distance']:,}, cost {answer['cost']:,}, "
        f"searched {answer['elapsed_s']:.1f} s",
        highlight=False,
    )
    for one in answer["unassigned"]:
        console.print(f"not in the plan: {one['id']}: {one['reason']}", highlight=False, markup=False)


def _engine_row(solved: SolvedProblem) -> dict[str, Any]:
    return solved.solution.engine.row() | {"stopped": solved.solution.stopped}
