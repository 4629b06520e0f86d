"""Vehicles of a VROOM problem as shifts with depots, and the matrix each kind of vehicle drives by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from routing.fleet import Break, Depot, Shift, ShiftCosts
from routing.formats.vroom_places import ANYWHERE, FileMatrix, PlaceKey, VroomPlaces
from routing.formats.vroom_shape import Located, VroomBreak, VroomStep, VroomVehicle
from routing.formats.vroom_tasks import VroomClock, load_of
from routing.problem_check import LARGEST, ProblemList
from routing.travel_matrix import TravelMatrix

ANYWHERE_ID = "anywhere"
"""The depot of vehicles that start at their first task."""

_FASTEST = 5.0


class Metres(StrEnum):
    """
    What the metres of a vehicle's matrix hold.

    A limit of driving time is kept as a limit of distance over the durations; prices of arcs (`costs`) stand there when
    the file gives them.
    """

    DISTANCES = "distances"
    DURATIONS = "durations"
    COSTS = "costs"


@dataclass(frozen=True, slots=True)
class Drive:
    """The matrix a vehicle drives by: the file's profile, its speed, and what stands for metres."""

    profile: str
    speed_factor: float
    metres: Metres

    @property
    def name(self) -> str:
        """The vehicle profile in the problem."""
        speed = "" if self.speed_factor == 1 else f" x{self.speed_factor:g}"
        return self.profile + speed + ("" if self.metres is Metres.DISTANCES else f" by {self.metres.value}")

    def matrix(self, found: FileMatrix, source: str) -> TravelMatrix:
        """Its times and metres, from those of the file."""
        durations = _faster(found.durations, self.speed_factor)
        metres = {Metres.DISTANCES: found.distances, Metres.DURATIONS: durations, Metres.COSTS: found.costs}[
            self.metres
        ]
        if metres is None:
            metres = np.zeros_like(durations)
        return TravelMatrix(durations.astype(np.int32), metres.astype(np.int32), source)


@dataclass(slots=True)
class VroomFleet:
    """Shifts and depots read so far; `depot_keys` has None for the start anywhere."""

    depots: list[Depot] = field(default_factory=list)
    depot_keys: list[PlaceKey | None] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    drives: dict[str, Drive] = field(default_factory=dict)
    steps: dict[str, tuple[VroomStep, ...]] = field(default_factory=dict)

    def depot_id(self, key: PlaceKey | None, places: VroomPlaces) -> str:
        """The depot at this place, made when it is new."""
        if key not in self.depot_keys:
            name = ANYWHERE_ID if key is None else f"place {len(self.depots)}"
            point = ANYWHERE if key is None else places.point(key)
            self.depots.append(Depot(depot_id=name, name=name, point=point))
            self.depot_keys.append(key)
        return self.depots[self.depot_keys.index(key)].depot_id


type Ends = tuple[PlaceKey | None, PlaceKey | None]


def vehicle_ends(vehicle: Located[VroomVehicle], places: VroomPlaces, problems: ProblemList) -> Ends | None:
    """Where a vehicle starts and ends; None, with the problem, when it names neither or a wrong place."""
    part, before = vehicle.part, len(problems.found)
    start = places.place(part.start, part.start_index, vehicle.where, ("start", "start_index"), problems)
    end = places.place(part.end, part.end_index, vehicle.where, ("end", "end_index"), problems)
    if len(problems.found) > before:
        return None
    if start is None and end is None:
        problems.error("no_start_or_end", vehicle.where, "it has neither a start nor an end; give one of them")
        return None
    return start, end


def add_vehicle(
    vehicle: Located[VroomVehicle],
    ends: Ends,
    places: VroomPlaces,
    clock: VroomClock,
    open_end: datetime,
    fleet: VroomFleet,
    problems: ProblemList,
) -> None:
    """Add the shift of a vehicle to the fleet; without a time window it lasts until `open_end`."""
    part, where = vehicle.part, vehicle.where
    if not 0 < part.speed_factor <= _FASTEST:
        message = f"expected a speed factor above 0 and at most 5, got {part.speed_factor}; correct it"
        problems.error("speed_out_of_range", f"{where}.speed_factor", message)
        return
    starts_at, ends_at = clock.horizon_start, open_end
    if part.time_window is not None:
        windows = clock.windows([part.time_window], f"{where}.time_window", problems)
        if not windows:
            return
        starts_at, ends_at = windows[0].opens_at, windows[0].closes_at
    drive = _drive(vehicle, places, problems)
    fleet.drives.setdefault(drive.name, drive)
    start, end = ends
    start_depot = fleet.depot_id(start, places)
    shift = Shift(
        shift_id=f"vehicle {part.id}",
        courier_id=f"vehicle {part.id}",
        starts_at=starts_at,
        ends_at=ends_at,
        start_depot_id=start_depot,
        end_depot_id=start_depot if end is None else fleet.depot_id(end, places),
        ends_anywhere=end is None,
        capacity=load_of(part.capacity),
        skills=frozenset(str(skill) for skill in part.skills),
        vehicle_profile=drive.name,
        breaks=_breaks(vehicle, starts_at, ends_at, clock, problems),
        max_stops=part.max_tasks,
        max_distance_m=_longest(part, drive),
        costs=_costs(part, drive),
    )
    fleet.shifts.append(shift)
    fleet.where.append(where)
    if part.steps:
        fleet.steps[shift.shift_id] = part.steps


def _drive(vehicle: Located[VroomVehicle], places: VroomPlaces, problems: ProblemList) -> Drive:
    part = vehicle.part
    given = places.matrices.get(part.profile)
    limits = [name for name in ("max_travel_time", "max_distance") if getattr(part, name) is not None]
    if given is not None and given.costs is not None:
        lost = [*limits, *(f"costs.{name}" for name in ("per_hour", "per_km") if _is_priced(part, name))]
        _warn_lost(vehicle, lost, "the profile has a matrix of costs, which alone decides", problems)
        return Drive(part.profile, part.speed_factor, Metres.COSTS)
    needs_metres = [name for name in limits if name == "max_distance"] + ["costs.per_km"] * (part.costs.per_km != 0)
    if needs_metres and (places.by_index and (given is None or given.distances is None)):
        _warn_lost(vehicle, needs_metres, "the profile has no matrix of distances; add it", problems)
    elif needs_metres and part.max_travel_time is not None:
        reason = "a vehicle with a limit or price of distance can have no limit of driving time here"
        _warn_lost(vehicle, ["max_travel_time"], reason, problems)
    elif part.max_travel_time is not None:
        return Drive(part.profile, part.speed_factor, Metres.DURATIONS)
    return Drive(part.profile, part.speed_factor, Metres.DISTANCES)


def _is_priced(part: VroomVehicle, name: str) -> bool:
    return bool(getattr(part.costs, name) != {"per_hour": 3600, "per_km": 0}[name])


def _warn_lost(vehicle: Located[VroomVehicle], names: Sequence[str], reason: str, problems: ProblemList) -> None:
    for name in names:
        problems.warn("not_honoured", f"{vehicle.where}.{name}", f"this is not honoured: {reason}")


def _costs(part: VroomVehicle, drive: Drive) -> ShiftCosts:
    if drive.metres is Metres.COSTS:
        return ShiftCosts(per_route=part.costs.fixed, per_hour=0, per_km=1000)
    per_km = part.costs.per_km if drive.metres is Metres.DISTANCES else 0
    return ShiftCosts(per_route=part.costs.fixed, per_hour=part.costs.per_hour, per_km=per_km)


def _longest(part: VroomVehicle, drive: Drive) -> int | None:
    limits = {
        Metres.DISTANCES: part.max_distance,
        Metres.DURATIONS: part.max_travel_time,
        Metres.COSTS: None,
    }
    return limits[drive.metres]


def _breaks(
    vehicle: Located[VroomVehicle], starts_at: datetime, ends_at: datetime, clock: VroomClock, problems: ProblemList
) -> tuple[Break, ...]:
    return tuple(
        _break(one, f"{vehicle.where}.breaks[{number}]", starts_at, ends_at, clock, problems)
        for number, one in enumerate(vehicle.part.breaks)
    )


def _break(
    one: VroomBreak, where: str, starts_at: datetime, ends_at: datetime, clock: VroomClock, problems: ProblemList
) -> Break:
    windows = clock.windows(one.time_windows, f"{where}.time_windows", problems)
    if len(windows) > 1:
        message = "this is not honoured: more windows than the first, in which the break is placed"
        problems.warn("not_honoured", f"{where}.time_windows[1]", message)
    return Break(
        break_id=f"break {one.id}",
        opens_at=windows[0].opens_at if windows else starts_at,
        closes_at=windows[0].closes_at if windows else ends_at,
        duration_s=one.service,
    )


def true_lengths(drives: Mapping[str, Drive], found: Mapping[str, FileMatrix]) -> dict[str, NDArray[np.float64]]:
    """The file's distances for each vehicle profile whose metres hold something else; 0 where the file has none."""
    lengths: dict[str, NDArray[np.float64]] = {}
    for name, drive in drives.items():
        if drive.metres is not Metres.DISTANCES:
            matrix = found[drive.profile]
            table = np.zeros_like(matrix.durations) if matrix.distances is None else matrix.distances
            lengths[name] = table.astype(np.float64)
    return lengths


def _faster(durations: NDArray[np.int64], speed_factor: float) -> NDArray[np.int64]:
    if speed_factor == 1:
        return durations
    scaled = np.minimum(np.rint(durations / speed_factor), LARGEST).astype(np.int64)
    return np.where(durations >= LARGEST, LARGEST, scaled)
