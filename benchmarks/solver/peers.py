"""Runs each engine on an instance file as its users would, and judges what came back by the independent checker."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.cells import Cell
from benchmarks.child import Ran, run_child, run_children
from benchmarks.machine import engine_version
from benchmarks.solver.checker import check_routes

PROCESSES = 2
"""How many processes or threads every engine may use that can use several."""

SEEDED = frozenset({"ours", "pyvrp"})
"""Engines whose answer depends on a seed; the others give the same answer again and run once."""

ENGINES = ("ours", "pyvrp", "vroom", "ortools")


def run_cell(engine: str, path: Path, seconds: float, seed: int) -> Cell:
    """Solve the file with this engine; a failure of the engine gives a cell that says so."""
    return _RUNNERS[engine](path, seconds, seed)


def corridor_command(path: Path, seconds: float, seed: int, processes: int = PROCESSES) -> list[str]:
    """What a user types to solve a file with Corridor."""
    program = Path(sys.executable).with_name("corridor")
    limits = ["--seconds", f"{seconds:g}", "--processes", str(processes), "--seed", str(seed)]
    return [str(program), "solve", str(path.resolve()), *limits, "--json"]


def peer_command(module: str, path: Path, seconds: float, seed: int = 0, threads: int = 1) -> list[str]:
    """A peer's child process."""
    limits = ["--seconds", f"{seconds:g}", "--seed", str(seed), "--threads", str(threads)]
    return [sys.executable, "-m", module, str(path.resolve()), *limits]


def side_by_side_seeds(seed: int) -> list[int]:
    """Seeds of PyVRP's processes, which differ for different `seed`."""
    return [seed * PROCESSES + number for number in range(PROCESSES)]


def number_of(answer: Mapping[str, object], key: str, default: float) -> float:
    """A number in an engine's answer."""
    value = answer.get(key, default)
    return float(value) if isinstance(value, int | float) else default


def _ours(path: Path, seconds: float, seed: int) -> Cell:
    return judged("ours", path, seconds, seed, run_child(corridor_command(path, seconds, seed), seconds))


def _pyvrp(path: Path, seconds: float, seed: int) -> Cell:
    module = "benchmarks.solver.peer_pyvrp"
    commands = [peer_command(module, path, seconds, one) for one in side_by_side_seeds(seed)]
    return best_of([judged("pyvrp", path, seconds, seed, ran) for ran in run_children(commands, seconds)])


def _vroom(path: Path, seconds: float, seed: int) -> Cell:
    command = peer_command("benchmarks.solver.peer_vroom", path, seconds, threads=PROCESSES)
    return judged("vroom", path, seconds, seed, run_child(command, seconds))


def _ortools(path: Path, seconds: float, seed: int) -> Cell:
    command = peer_command("benchmarks.solver.peer_ortools", path, seconds)
    return judged("ortools", path, seconds, seed, run_child(command, seconds))


_RUNNERS: Mapping[str, Callable[[Path, float, int], Cell]] = {
    "ours": _ours,
    "pyvrp": _pyvrp,
    "vroom": _vroom,
    "ortools": _ortools,
}


def judged(engine: str, path: Path, seconds: float, seed: int, ran: Ran) -> Cell:
    """The cell of one child: cost and problems are the checker's."""
    cost, problems, unserved = None, [ran.error] if ran.error else [], 0
    routes = ran.answer.get("routes")
    if not ran.error and not isinstance(routes, list):
        problems.append("the answer has no routes")
    elif isinstance(routes, list):
        numbers = [[int(stop) for stop in route] for route in routes]
        verdict = check_routes(path, numbers)
        cost, problems = verdict.distance, list(verdict.problems[:5])
        unserved = verdict.unserved
    return Cell(
        engine=engine,
        instance=path.stem,
        seconds=seconds,
        seed=seed,
        cost=cost,
        elapsed_s=round(number_of(ran.answer, "elapsed_s", ran.wall_s), 2),
        wall_s=round(ran.wall_s, 2),
        peak_rss_mib=round(ran.peak_rss_mib, 1),
        unserved=unserved,
        problems=tuple(problems),
        version=engine_version(engine),
    )


def best_of(cells: Sequence[Cell]) -> Cell:
    """The valid cell of least cost, the first when none is valid; memory of all, which ran side by side."""
    valid = [cell for cell in cells if cell.valid and cell.cost is not None]
    best = min(valid, key=lambda cell: (cell.unserved, cell.cost or 0), default=cells[0])
    wall_s = max(cell.wall_s for cell in cells)
    return replace(best, wall_s=wall_s, peak_rss_mib=round(sum(cell.peak_rss_mib for cell in cells), 1))
