"""The shape of VROOM's JSON problem (its API.md, version 1.14) as far as it is honoured, and what is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zones.lonlat import LonLat

_BY_TYPE = {
    "setup_per_type": "a setup time for each type of vehicle; `setup` is used for all",
    "service_per_type": "a service time for each type of vehicle; `service` is used for all",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomTask:
    """One place to halt at: a job, or one end of a shipment. Times in seconds."""

    NOT_HONOURED: ClassVar[Mapping[str, str]] = _BY_TYPE

    id: int
    description: str | None = None
    location: LonLat | None = None
    location_index: int | None = None
    setup: int = 0
    service: int = 0
    time_windows: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomJob(VroomTask):
    """A delivery from the vehicle's start, or a pickup for its end; `amount` is the old name of `delivery`."""

    delivery: tuple[int, ...] = ()
    pickup: tuple[int, ...] = ()
    amount: tuple[int, ...] = ()
    skills: tuple[int, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomShipment:
    """From one place to another in one vehicle."""

    pickup: VroomTask | None = None
    delivery: VroomTask | None = None
    amount: tuple[int, ...] = ()
    skills: tuple[int, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomCosts:
    """Prices of a vehicle: per route, per hour of driving, per kilometre."""

    NOT_HONOURED: ClassVar[Mapping[str, str]] = {
        "per_task_hour": "the price of an hour of setup and service; it is in no cost here",
    }

    fixed: float = 0
    per_hour: float = 3600
    per_km: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomBreak:
    """A rest that begins inside one of its windows."""

    NOT_HONOURED: ClassVar[Mapping[str, str]] = {
        "max_load": "the most that may be on board during the break; the break is placed without it",
    }

    id: int
    description: str | None = None
    time_windows: tuple[tuple[int, ...], ...] = ()
    service: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomStep:
    """A step of the plan to begin with."""

    NOT_HONOURED: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("service_at", "service_after", "service_before"),
        "a time the step is held to; steps are a plan to begin with and may change",
    )

    type: str
    id: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VroomVehicle:
    """A vehicle; without a start it begins at its first task, without an end it ends at its last."""

    NOT_HONOURED: ClassVar[Mapping[str, str]] = {
        "type": "the vehicle's type, by which tasks may have other setup and service times",
    }

    id: int
    description: str | None = None
    profile: str = "car"
    start: LonLat | None = None
    start_index: int | None = None
    end: LonLat | None = None
    end_index: int | None = None
    capacity: tuple[int, ...] = ()
    costs: VroomCosts = VroomCosts()
    skills: tuple[int, ...] = ()
    time_window: tuple[int, ...] | None = None
    breaks: tuple[VroomBreak, ...] = ()
    speed_factor: float = 1.0
    max_tasks: int | None = None
    max_travel_time: int | None = None
    max_distance: int | None = None
    steps: tuple[VroomStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Located[Part]:
    """A part of the file and its JSON path."""

    part: Part
    where: str


NOT_HONOURED_AT_TOP: Mapping[str, str] = {
    "options": "settings of the VROOM service, such as the geometry of routes",
}

TOP_FIELDS: Mapping[str, Any] = dict.fromkeys(("jobs", "shipments", "vehicles", "matrices", "matrix"))
