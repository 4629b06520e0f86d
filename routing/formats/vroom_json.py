"""
VROOM's JSON problem: jobs, shipments, vehicles, matrices.

Its objective: first the most priority served, then the lowest cost by the vehicles' prices; waiting is free. What is
not honoured is named in a warning.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.fleet import Shift
from routing.formats.json_values import WRONG, read_object, warn_unknown
from routing.formats.reading import ReadProblem, checked_problem, fold_warnings, serve_first
from routing.formats.vroom_places import FileMatrix, VroomPlaces, read_matrices
from routing.formats.vroom_shape import NOT_HONOURED_AT_TOP, TOP_FIELDS, Located, VroomJob, VroomShipment, VroomVehicle
from routing.formats.vroom_tasks import VroomClock, VroomStops, clock_of, read_stops
from routing.formats.vroom_vehicles import VroomFleet, add_vehicle, true_lengths, vehicle_ends
from routing.order import LOAD_DIMENSIONS
from routing.problem import CostWeights
from routing.problem_check import LARGEST, Places, ProblemList
from routing.roads import RoadNetwork
from routing.travel_matrix import TravelMatrix

FORMAT = "vroom"

_DAY_S = 86_400


def read_vroom(document: dict[str, Any], roads: RoadNetwork) -> ReadProblem:
    """
    The problem of a VROOM file; `roads` answer for profiles that have no matrix in it.

    Raises
    ------
    ProblemInputError
        When it is none; with every problem and its JSON path.
    """
    problems = ProblemList()
    warn_unknown(document, TOP_FIELDS, "$", problems, NOT_HONOURED_AT_TOP)
    places = read_matrices(document, problems)
    jobs = _parts(document, "jobs", VroomJob, problems)
    shipments = _parts(document, "shipments", VroomShipment, problems)
    vehicles = _parts(document, "vehicles", VroomVehicle, problems)
    _amounts(jobs, shipments, vehicles, problems)
    clock = clock_of(_openings(jobs, shipments, vehicles))
    ends = [vehicle_ends(vehicle, places, problems) for vehicle in vehicles]
    read = read_stops(jobs, shipments, places, clock, problems)
    fleet = VroomFleet()
    open_end = _open_end(jobs, shipments, vehicles, places, clock)
    for vehicle, pair in zip(vehicles, ends, strict=True):
        if pair is not None:
            add_vehicle(vehicle, pair, places, clock, open_end, fleet, problems)
    _shared_setups(read, places, problems)
    _no_rows(fleet, places, document.get("matrices"), problems)
    found = {} if problems.has_errors else _found(fleet, read, places, roads, problems)
    drives = {
        name: drive.matrix(found[drive.profile], _source(drive.profile, places, roads))
        for name, drive in fleet.drives.items()
        if drive.profile in found
    }
    common = next(iter(drives.values()), None)
    problem = checked_problem(
        problems,
        Places(stops=read.where, shifts=fleet.where),
        horizon_start=clock.horizon_start,
        depots=tuple(fleet.depots),
        stops=tuple(read.stops),
        shifts=tuple(fleet.shifts),
        matrix=common,
        matrices=dict(list(drives.items())[1:]),
        weights=_weights(fleet.shifts, drives, read),
    )
    stop_ids = _answer_ids(read, problems)
    start = _start(fleet, read, problems)
    return ReadProblem(
        format=FORMAT,
        problem=problem,
        stop_ids=stop_ids,
        warnings=fold_warnings(problems),
        has_coordinates=places.has_coordinates,
        lengths=true_lengths(fleet.drives, found),
        start=start,
    )


def _parts[Part](document: dict[str, Any], name: str, kind: type[Part], problems: ProblemList) -> list[Located[Part]]:
    rows = document.get(name, [])
    if not isinstance(rows, list):
        problems.error("wrong_type", f"$.{name}", f"expected a list of {name}, got {type(rows).__name__}")
        return []
    read = [Located(read_object(kind, row, f"$.{name}[{n}]", problems), f"$.{name}[{n}]") for n, row in enumerate(rows)]
    return [one for one in read if one.part is not WRONG]


def _amounts(
    jobs: Sequence[Located[VroomJob]],
    shipments: Sequence[Located[VroomShipment]],
    vehicles: Sequence[Located[VroomVehicle]],
    problems: ProblemList,
) -> None:
    """Every amount has as many numbers as the others, and no more than the problem can hold."""
    given = [
        (f"{one.where}.{name}", amount)
        for one in (*vehicles, *jobs, *shipments)
        for name in ("capacity", "delivery", "pickup", "amount")
        if isinstance(amount := getattr(one.part, name, ()), tuple) and amount
    ]
    if not given:
        return
    first, expected = given[0][0], len(given[0][1])
    for where, amount in given:
        if len(amount) != expected:
            message = f"it has {len(amount)} numbers, {first} has {expected}; give each amount equally many"
            problems.error("unequal_amounts", where, message)
    picks_up = bool(shipments) or any(any(job.part.pickup) for job in jobs)
    if expected > len(LOAD_DIMENSIONS):
        message = f"amounts of {expected} numbers are not supported, at most {len(LOAD_DIMENSIONS)} are; join some"
        problems.error("too_many_dimensions", first, message)
    elif expected == len(LOAD_DIMENSIONS) and picks_up:
        message = (
            "with pickups or shipments amounts of at most 3 numbers are supported, since the fourth is summed over"
        )
        problems.error("too_many_dimensions", first, f"{message} the whole trip; join two of them")


def _openings(
    jobs: Sequence[Located[VroomJob]],
    shipments: Sequence[Located[VroomShipment]],
    vehicles: Sequence[Located[VroomVehicle]],
) -> list[int]:
    tasks = [job.part for job in jobs]
    ends = [end for one in shipments for end in (one.part.pickup, one.part.delivery) if end is not None]
    windows = chain.from_iterable(task.time_windows for task in (*tasks, *ends))
    spans = [one.part.time_window for one in vehicles if one.part.time_window is not None]
    return [window[0] for window in (*windows, *spans) if window]


def _open_end(
    jobs: Sequence[Located[VroomJob]],
    shipments: Sequence[Located[VroomShipment]],
    vehicles: Sequence[Located[VroomVehicle]],
    places: VroomPlaces,
    clock: VroomClock,
) -> datetime:
    """When a vehicle without a time window is back at the latest, whatever it serves and however long it waits."""
    ends = [end for one in shipments for end in (one.part.pickup, one.part.delivery) if end is not None]
    tasks = [*(job.part for job in jobs), *ends]
    drives = [int(one.durations.max(initial=0, where=one.durations < LARGEST)) for one in places.matrices.values()]
    # A drive of the straight-line roads is not known yet; a day is more than any.
    slowest = min((one.part.speed_factor for one in vehicles if one.part.speed_factor > 0), default=1.0)
    drive_s = max(drives, default=_DAY_S) / min(slowest, 1.0)
    opens_s = max((window[0] - clock.base_s for task in tasks for window in task.time_windows if window), default=0)
    rests_s = sum(one.service for vehicle in vehicles for one in vehicle.part.breaks)
    work_s = sum(task.service + task.setup for task in tasks) + rests_s
    return clock.at(clock.base_s + int(min(max(opens_s, 0) + work_s + (len(tasks) + 2) * drive_s, LARGEST // 2)))


def _shared_setups(read: VroomStops, places: VroomPlaces, problems: ProblemList) -> None:
    for stop, key, where in zip(read.stops, read.keys, read.where, strict=True):
        if stop.setup_s and stop.windows and places.uses.get(key, 0) > 1:
            message = "its windows are taken to begin after its setup also when another task is done there before it"
            problems.warn("not_honoured", f"{where}.setup", message)


def _no_rows(fleet: VroomFleet, places: VroomPlaces, given: Any, problems: ProblemList) -> None:
    """A profile without a matrix can ask the roads only when every place has coordinates."""
    named = set(given) if isinstance(given, dict) else {"car"}
    lacking = {one.profile for one in fleet.drives.values()} - named
    for profile in sorted(lacking) if places.by_index and not places.has_coordinates else ():
        message = f"there is no matrix for the profile {profile!r}; add it, or coordinates for every place"
        problems.error("missing_matrix", "$.matrices", message)


def _found(
    fleet: VroomFleet, read: VroomStops, places: VroomPlaces, roads: RoadNetwork, problems: ProblemList
) -> dict[str, FileMatrix]:
    keys = [*fleet.depot_keys, *read.keys]
    found = {}
    for profile in dict.fromkeys(drive.profile for drive in fleet.drives.values()):
        if profile not in places.matrices and roads.source == "great_circle":
            message = f"there is no matrix for {profile!r}: times and distances are guessed from straight lines"
            problems.warn("straight_lines", "$.matrices", message)
        found[profile] = places.matrix_of(profile, keys, roads)
    return found


def _source(profile: str, places: VroomPlaces, roads: RoadNetwork) -> str:
    return "file" if profile in places.matrices else roads.source


def _weights(shifts: Sequence[Shift], drives: Mapping[str, TravelMatrix], read: VroomStops) -> CostWeights:
    longest = {name: (_largest(matrix.durations_s), _largest(matrix.distances_m)) for name, matrix in drives.items()}
    dearest = 0.0
    for shift in shifts:
        if shift.vehicle_profile in longest and shift.costs is not None:
            longest_s, longest_m = longest[shift.vehicle_profile]
            arc = longest_s / 3600 * shift.costs.per_hour + longest_m / 1000 * shift.costs.per_km
            dearest = max(dearest, shift.costs.per_route + 2 * arc)
    weights = CostWeights(per_drive_s=1.0, per_km=0, per_route=0, per_wait_s=0.0)
    priorities = any(stop.priority for stop in read.stops)
    return serve_first(weights, dearest, len(read.stops), priorities=priorities)


def _largest(table: NDArray[np.int32]) -> int:
    return int(table.max(initial=0, where=table < LARGEST))


def _answer_ids(read: VroomStops, problems: ProblemList) -> tuple[int | str, ...]:
    """The file's ids; with their kind in front when a job, a pickup and a delivery share some."""
    if len(set(read.ids)) == len(read.ids):
        return tuple(read.ids)
    message = 'jobs, pickups and deliveries share ids; the answer calls them "job 1", "pickup 1", "delivery 1"'
    problems.warn("shared_ids", "$", message)
    return tuple(stop.visit_id for stop in read.stops)


def _start(fleet: VroomFleet, read: VroomStops, problems: ProblemList) -> dict[str, tuple[int, ...]]:
    """The plan that the vehicles' steps describe; steps of unknown tasks are left out, with a warning."""
    index_of = {stop.visit_id: index for index, stop in enumerate(read.stops)}
    start = {}
    for shift, where in zip(fleet.shifts, fleet.where, strict=True):
        sequence = []
        for number, step in enumerate(fleet.steps.get(shift.shift_id, ())):
            if step.type in ("start", "end", "break"):
                continue
            index = index_of.pop(f"{step.type} {step.id}", None)
            if index is None:
                message = f"there is no {step.type} {step.id} left to begin with; the step is left out"
                problems.warn("unknown_step", f"{where}.steps[{number}]", message)
            else:
                sequence.append(index)
        if sequence:
            start[shift.shift_id] = tuple(sequence)
    return start
