"""
PyVRP on a VROOM JSON problem. Run as a child: `python -m benchmarks.city.peer_pyvrp`.

Everything the days use can be said to PyVRP: driving time is its distance (its own duration would count waiting and
service), each set of skills is a profile in which the places of other jobs cannot be reached in a day, and a job may
stay out at a price above any drive. It can express one window a stop, which is what the days have.
"""

import json
from collections import defaultdict
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.stop import MaxRuntime

from benchmarks.peer_command import Asked, answer, asked_for

LEFT_OUT = 100_000
"""Seconds of driving that leaving a job out costs."""

_A_DAY_AND_MORE = 2 * 86_400
"""Seconds to a place that the vehicle's skills do not serve: no shift is so long."""

type Kind = tuple[int, int, tuple[int, ...], tuple[int, ...], tuple[int, int]]
"""Start, end, capacity, skills and working time of a vehicle: those that share them are one type."""


def vehicles_by_kind(problem: Any) -> dict[Kind, list[int]]:
    """Ids of the vehicles of each kind."""
    kinds: dict[Kind, list[int]] = defaultdict(list)
    for vehicle in problem["vehicles"]:
        skills = tuple(sorted(vehicle.get("skills", [])))
        opens, closes = vehicle["time_window"]
        kind = (vehicle["start_index"], vehicle["end_index"], tuple(vehicle["capacity"]), skills, (opens, closes))
        kinds[kind].append(vehicle["id"])
    return dict(kinds)


def problem_data(problem: Any, kinds: dict[Kind, list[int]]) -> ProblemData:
    """The problem as PyVRP's own types."""
    drive_s = np.array(problem["matrices"]["car"]["durations"], dtype=np.int64)
    skill_sets = sorted({kind[3] for kind in kinds})
    depots = sorted({place for kind in kinds for place in kind[:2]})
    matrices: list[Any] = [_only_reachable(problem, drive_s, set(skills)) for skills in skill_sets]
    return ProblemData(
        locations=[Location(0, 0) for _ in range(len(drive_s))],
        clients=[
            Client(
                location=job["location_index"],
                delivery=job["delivery"],
                service_duration=job["service"],
                tw_early=job["time_windows"][0][0],
                tw_late=job["time_windows"][0][1],
                prize=LEFT_OUT,
                required=False,
            )
            for job in problem["jobs"]
        ],
        depots=[Depot(place) for place in depots],
        vehicle_types=[
            VehicleType(
                num_available=len(ids),
                capacity=list(capacity),
                start_depot=depots.index(start),
                end_depot=depots.index(end),
                tw_early=opens,
                tw_late=closes,
                profile=skill_sets.index(skills),
            )
            for (start, end, capacity, skills, (opens, closes)), ids in kinds.items()
        ],
        distance_matrices=matrices,
        duration_matrices=matrices,
    )


def _only_reachable(problem: Any, drive_s: NDArray[np.int64], skills: set[int]) -> NDArray[np.int64]:
    closed = [job["location_index"] for job in problem["jobs"] if not set(job.get("skills", [])) <= skills]
    matrix = drive_s.copy()
    matrix[closed, :] = _A_DAY_AND_MORE
    matrix[:, closed] = _A_DAY_AND_MORE
    np.fill_diagonal(matrix, 0)
    return matrix


def run(asked: Asked) -> None:
    """Solve and print routes with their vehicles."""
    problem = json.loads(asked.file.read_text(encoding="utf-8"))
    kinds = vehicles_by_kind(problem)
    data = problem_data(problem, kinds)
    ids = list(kinds.values())
    began = monotonic()
    result = solve(data, MaxRuntime(asked.seconds), seed=asked.seed, collect_stats=False)
    elapsed_s = monotonic() - began
    free = [list(one) for one in ids]
    routes, vehicles = [], []
    for route in result.best.routes():
        routes.append([problem["jobs"][one.idx]["id"] for one in route if one.is_client()])
        vehicles.append(free[route.vehicle_type()].pop())
    answer({"routes": routes, "vehicles": vehicles, "elapsed_s": elapsed_s, "iterations": result.num_iterations})


if __name__ == "__main__":
    run(asked_for("pyvrp"))
