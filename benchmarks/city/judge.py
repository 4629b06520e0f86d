"""
An independent judge of routes for a VROOM JSON problem: visits, capacity, windows, skills, shifts.

It reads the file itself and shares no line with the solver or with the program that made the problem. It knows what the
days of `benchmarks.city` use: jobs with deliveries, vehicles with a start and an end, matrices.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """Driving seconds and metres of all routes, jobs left out, and all that is wrong; no problem = feasible."""

    drive_s: int
    drive_m: int
    unserved: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VehicleRoute:
    """The jobs of one vehicle in order, ids as in the file."""

    vehicle: int
    jobs: tuple[int, ...]


def judge_day(path: Path, routes: Sequence[VehicleRoute]) -> DayVerdict:
    """Judge the routes; a vehicle without jobs stays at home and costs nothing."""
    problem = json.loads(path.read_text(encoding="utf-8"))
    jobs = {job["id"]: job for job in problem["jobs"]}
    vehicles = {vehicle["id"]: vehicle for vehicle in problem["vehicles"]}
    driven = [route for route in routes if route.jobs]
    problems = _visit_problems(driven, jobs, vehicles)
    drive_s = drive_m = 0
    for route in driven:
        if route.vehicle not in vehicles:
            continue
        known = [jobs[job] for job in route.jobs if job in jobs]
        vehicle = vehicles[route.vehicle]
        matrix = problem["matrices"][vehicle["profile"]]
        stations = [vehicle["start_index"], *(job["location_index"] for job in known), vehicle["end_index"]]
        drive_s += sum(matrix["durations"][a][b] for a, b in pairwise(stations))
        drive_m += sum(matrix["distances"][a][b] for a, b in pairwise(stations))
        found = [*_load_problems(vehicle, known), *_time_problems(vehicle, known, matrix["durations"])]
        problems += [f"vehicle {route.vehicle}: {text}" for text in found]
    served = {job for route in driven for job in route.jobs} & set(jobs)
    return DayVerdict(drive_s, drive_m, len(jobs) - len(served), tuple(problems))


def _visit_problems(routes: Sequence[VehicleRoute], jobs: Mapping[int, Any], vehicles: Mapping[int, Any]) -> list[str]:
    visits = Counter(job for route in routes for job in route.jobs)
    used = Counter(route.vehicle for route in routes)
    return [
        *(f"job {job} is not in the file" for job in visits if job not in jobs),
        *(f"job {job} is visited {count} times" for job, count in visits.items() if count > 1),
        *(f"vehicle {vehicle} is not in the file" for vehicle in used if vehicle not in vehicles),
        *(f"vehicle {vehicle} has {count} routes" for vehicle, count in used.items() if count > 1),
    ]


def _load_problems(vehicle: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    problems = []
    for position, room in enumerate(vehicle["capacity"]):
        load = sum(job["delivery"][position] for job in jobs)
        if load > room:
            problems.append(f"load {load} of kind {position} exceeds {room}")
    skills = set(vehicle.get("skills", []))
    for job in jobs:
        lacking = set(job.get("skills", [])) - skills
        if lacking:
            problems.append(f"job {job['id']} needs skill {min(lacking)}")
    return problems


def _time_problems(
    vehicle: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], durations: Sequence[Sequence[int]]
) -> list[str]:
    problems: list[str] = []
    clock, closes = vehicle["time_window"]
    here = vehicle["start_index"]
    for job in jobs:
        clock += durations[here][job["location_index"]]
        here = job["location_index"]
        later = [window for window in job["time_windows"] if clock <= window[1]]
        if later:
            clock = max(clock, min(window[0] for window in later))
        else:
            problems.append(f"at job {job['id']} at {clock}, it closes at {job['time_windows'][-1][1]}")
        clock += job["service"]
    clock += durations[here][vehicle["end_index"]]
    if clock > closes:
        problems.append(f"back at {clock}, the shift ends at {closes}")
    return problems
