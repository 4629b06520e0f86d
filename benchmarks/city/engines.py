"""Runs each engine on a day of a city and judges what came back by the independent judge."""

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cells import Cell
from benchmarks.child import Ran, run_child, run_children
from benchmarks.city.judge import VehicleRoute, judge_day
from benchmarks.machine import engine_version
from benchmarks.solver.peers import PROCESSES, best_of, corridor_command, number_of, peer_command, side_by_side_seeds

ENGINES = ("ours", "pyvrp", "vroom")


def run_day(engine: str, path: Path, seconds: float, seed: int) -> Cell:
    """Solve the day with this engine, as its users would; a failure gives a cell that says so."""
    if engine == "ours":
        return _judged(engine, path, seconds, seed, run_child(corridor_command(path, seconds, seed), seconds))
    if engine == "vroom":
        command = peer_command("benchmarks.city.peer_vroom", path, seconds, threads=PROCESSES)
        return _judged(engine, path, seconds, seed, run_child(command, seconds))
    module = "benchmarks.city.peer_pyvrp"
    commands = [peer_command(module, path, seconds, one) for one in side_by_side_seeds(seed)]
    return best_of([_judged(engine, path, seconds, seed, ran) for ran in run_children(commands, seconds)])


def vehicle_routes(answer: Mapping[str, object]) -> list[VehicleRoute]:
    """
    Who drives which route: a peer names the `vehicles`, Corridor `engine.shifts`, "vehicle 7" being that of vehicle 7.

    Raises
    ------
    ValueError
        When the answer has no routes, or does not say whose they are.
    """
    engine = answer.get("engine")
    told = engine.get("shifts") if isinstance(engine, dict) else None
    routes, drivers = answer.get("routes"), answer.get("vehicles", answer.get("shifts", told))
    if not isinstance(routes, list) or not isinstance(drivers, list) or len(drivers) != len(routes):
        raise ValueError("the answer has no routes, or does not say which vehicle drives each")
    return [
        VehicleRoute(int(str(driver).removeprefix("vehicle ")), tuple(int(job) for job in jobs))
        for driver, jobs in zip(drivers, routes, strict=True)
    ]


def _judged(engine: str, path: Path, seconds: float, seed: int, ran: Ran) -> Cell:
    cost, problems = None, [ran.error] if ran.error else []
    unserved = len(json.loads(path.read_text(encoding="utf-8"))["jobs"])
    if not ran.error:
        try:
            verdict = judge_day(path, vehicle_routes(ran.answer))
            cost, unserved, problems = verdict.drive_s, verdict.unserved, list(verdict.problems[:5])
        except ValueError as error:
            problems = [str(error)]
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
