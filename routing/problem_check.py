"""
What is wrong with the parts of a problem, all of it and with places, before any search.

`RoutingProblem` refuses contradictions one at a time, for programs; this list is for the person who wrote the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from routing.errors import RoutingError
from routing.fleet import Depot, Locker, Shift
from routing.order import LOAD_DIMENSIONS, Load
from routing.stop import Stop, StopKind
from zones.problem import Severity

LARGEST = 2**30
"""Seconds, metres and amounts stay at or below this, so that sums of two fit into 32 bits."""

LONGEST_SERVICE_S = 1_000_000
"""Services beyond this (11 days) are mistakes: another unit, or a time written as a duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """
    One thing wrong with a problem: machine code, place in the file (a line, or a JSON path), what is wrong and to do.

    With an error nothing is solved. A warning is about one order or field; all the rest is solved.
    """

    code: str
    where: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.where}: {self.message} [{self.code}]"


class ProblemInputError(RoutingError, ValueError):
    """Raised when a file holds no problem that can be solved; `problems` lists everything found, errors first."""

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: one.severity is Severity.WARNING))
        errors = sum(one.severity is Severity.ERROR for one in self.problems)
        super().__init__(f"the problem has {errors} error(s), first: {self.problems[0]}")


class ProblemList:
    """Gathers problems while a file is read."""

    def __init__(self) -> None:
        self.found: list[InputProblem] = []

    def error(self, code: str, where: str, message: str) -> None:
        """Note something without which nothing can be solved."""
        self.found.append(InputProblem(code=code, where=where, message=message))

    def warn(self, code: str, where: str, message: str) -> None:
        """Note something that concerns one order or field only."""
        self.found.append(InputProblem(code=code, where=where, message=message, severity=Severity.WARNING))

    @property
    def has_errors(self) -> bool:
        """True when nothing can be solved."""
        return any(one.severity is Severity.ERROR for one in self.found)

    def raise_errors(self) -> None:
        """
        Go on when there are only warnings.

        Raises
        ------
        ProblemInputError
            When there is an error; with everything found so far.
        """
        if self.has_errors:
            raise ProblemInputError(self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each part stands in its file, by its position; `"stops[3]"` and the like where nothing is given."""

    depots: Sequence[str] = ()
    stops: Sequence[str] = ()
    shifts: Sequence[str] = ()

    def of(self, part: str, position: int) -> str:
        """The place of one depot, stop or shift."""
        given: Sequence[str] = getattr(self, part)
        return given[position] if position < len(given) else f"{part}[{position}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemParts:
    """The parts of a problem that may contradict each other, and where each stands in its file."""

    depots: Sequence[Depot]
    stops: Sequence[Stop]
    shifts: Sequence[Shift]
    lockers: Sequence[Locker] = ()
    horizon_start: datetime
    places: Places = field(default_factory=Places)


def find_problems(parts: ProblemParts) -> list[InputProblem]:
    """Everything wrong with these parts: errors and warnings, in the order of the parts."""
    problems = ProblemList()
    if not parts.shifts:
        problems.error("no_couriers", "file", "there is no vehicle or shift; add at least one")
    _ids_once(parts, problems)
    _known_names(parts, problems)
    _whole_pairs(parts, problems)
    for position, stop in enumerate(parts.stops):
        _amounts(parts, stop, parts.places.of("stops", position), problems)
    for position, shift in enumerate(parts.shifts):
        _shift(shift, parts.places.of("shifts", position), problems)
    _out_of_reach(parts, problems)
    return problems.found


def _ids_once(parts: ProblemParts, problems: ProblemList) -> None:
    ids = {
        "depots": [depot.depot_id for depot in parts.depots],
        "stops": [stop.visit_id for stop in parts.stops],
        "shifts": [shift.shift_id for shift in parts.shifts],
        "lockers": [locker.locker_id for locker in parts.lockers],
    }
    for part, names in ids.items():
        first: dict[str, str] = {}
        for position, name in enumerate(names):
            where = f"lockers[{position}]" if part == "lockers" else parts.places.of(part, position)
            if name in first:
                message = f"the id {name!r} is already used at {first[name]}; give each its own"
                problems.error("duplicate_id", where, message)
            first.setdefault(name, where)


def _known_names(parts: ProblemParts, problems: ProblemList) -> None:
    depots = {depot.depot_id for depot in parts.depots}
    shifts = {shift.shift_id for shift in parts.shifts}
    visits = {stop.visit_id for stop in parts.stops}

    def known(name: str | None, among: set[str], kind: str, where: str) -> None:
        if name is not None and name not in among:
            problems.error(f"unknown_{kind}", where, f"there is no {kind} {name!r} in the file; add it, or correct it")

    for position, shift in enumerate(parts.shifts):
        where = parts.places.of("shifts", position)
        for depot_id in dict.fromkeys((shift.start_depot_id, shift.end_depot_id)):
            known(depot_id, depots, "depot", where)
        for visit_id in (*shift.frozen_visit_ids, *shift.ordered_visit_ids):
            known(visit_id, visits, "visit", where)
    for position, stop in enumerate(parts.stops):
        where = parts.places.of("stops", position)
        known(stop.depot_id, depots, "depot", where)
        known(stop.only_shift_id, shifts, "shift", where)
        if stop.loads_after is not None:
            known(stop.loads_after.visit_id, visits, "visit", where)


def _whole_pairs(parts: ProblemParts, problems: ProblemList) -> None:
    pickups = {stop.visit_id: stop for stop in parts.stops if stop.kind is StopKind.PICKUP}
    dropped: dict[str, str] = {}
    for position, stop in enumerate(parts.stops):
        if stop.kind is not StopKind.DROPOFF:
            continue
        where = parts.places.of("stops", position)
        pickup = pickups.get(stop.pickup_visit_id or "")
        if pickup is None:
            message = f"the pickup of this delivery, {stop.pickup_visit_id!r}, is not in the file; add it"
            problems.error("delivery_without_pickup", where, message)
        elif pickup.visit_id in dropped:
            message = f"its pickup {pickup.visit_id!r} has a delivery already, at {dropped[pickup.visit_id]}"
            problems.error("two_deliveries", where, f"{message}; each pickup has one delivery")
        elif pickup.load != stop.load:
            message = f"it brings {_words(stop.load)}, its pickup took {_words(pickup.load)}; make them equal"
            problems.error("unequal_pair", where, message)
        if pickup is not None:
            dropped.setdefault(pickup.visit_id, where)
    for position, stop in enumerate(parts.stops):
        if stop.kind is StopKind.PICKUP and stop.visit_id not in dropped:
            message = "this pickup has no delivery; add the delivery, or remove the pickup"
            problems.error("pickup_without_delivery", parts.places.of("stops", position), message)


def _amounts(parts: ProblemParts, stop: Stop, where: str, problems: ProblemList) -> None:
    for name, value in (("service", stop.service_s), ("setup", stop.setup_s)):
        if value < 0:
            problems.error("negative_service", where, f"its {name} lasts {value} s; write 0 or more")
        elif value > LONGEST_SERVICE_S:
            message = f"its {name} lasts {value} s, which is {value / 86_400:.0f} days; write it in seconds"
            problems.error("service_too_long", where, message)
    _load(stop.load, "load", where, problems)
    for window in stop.windows:
        for at in (window.opens_at, window.closes_at):
            if abs((at - parts.horizon_start).total_seconds()) > LARGEST:
                message = f"its window names {at.isoformat()}, decades from the start of the day; correct the time"
                problems.error("time_overflow", where, message)
                return
    for earlier, later in zip(stop.windows, stop.windows[1:], strict=False):
        if later.opens_at <= earlier.closes_at:
            message = "its windows overlap or are not in order; join them, or sort them by time"
            problems.error("windows_overlap", where, message)


def _shift(shift: Shift, where: str, problems: ProblemList) -> None:
    if shift.ends_at <= shift.starts_at:
        message = f"it ends as it starts, at {shift.starts_at.isoformat()}, and has no time to drive; give it time"
        problems.error("no_time", where, message)
    _load(shift.capacity, "capacity", where, problems)
    for name in ("max_route_s", "max_distance_m", "max_stops"):
        value = getattr(shift, name)
        if value is not None and value < 0:
            problems.error("negative_limit", where, f"its {name} is {value}; write 0 or more, or leave it out")
    if shift.costs is not None:
        for cost in fields(shift.costs):
            if getattr(shift.costs, cost.name) < 0:
                problems.error("negative_cost", where, f"its cost {cost.name} is below 0; write 0 or more")
    for one in shift.breaks:
        if one.duration_s < 0 or one.closes_at < one.opens_at:
            message = f"its break {one.break_id!r} lasts below 0 s or closes before it opens; correct its times"
            problems.error("broken_break", where, message)
        elif one.closes_at < shift.starts_at or one.opens_at > shift.ends_at:
            message = f"its break {one.break_id!r} lies outside its time and cannot be taken; it may get no route"
            problems.warn("break_outside_shift", where, message)


def _load(load: Load, what: str, where: str, problems: ProblemList) -> None:
    for name in LOAD_DIMENSIONS:
        value = getattr(load, name)
        if value < 0:
            problems.error("negative_amount", where, f"its {what} has {name} = {value}; write 0 or more")
        elif value > LARGEST:
            problems.error("amount_overflow", where, f"its {what} has {name} = {value}; at most {LARGEST} is counted")


def _out_of_reach(parts: ProblemParts, problems: ProblemList) -> None:
    """Warn of stops that no shift could serve by its window, length, capacity or skills: they come back unassigned."""
    if not parts.shifts:
        return
    spans = {(shift.starts_at, shift.ends_at) for shift in parts.shifts}
    longest = max(end - start for start, end in spans)
    capacities = {shift.capacity for shift in parts.shifts}
    skills = frozenset[str]().union(*(shift.skills for shift in parts.shifts))
    end = "it will come back unassigned"
    for position, stop in enumerate(parts.stops):
        where = parts.places.of("stops", position)
        if stop.windows and not any(
            window.opens_at <= ends_at and window.closes_at >= starts_at
            for starts_at, ends_at in spans
            for window in stop.windows
        ):
            problems.warn("window_outside_shifts", where, f"its window lies outside every vehicle's time; {end}")
        if stop.service_s <= LONGEST_SERVICE_S and timedelta(seconds=stop.service_s) > longest:
            message = f"its service of {stop.service_s} s is longer than every vehicle's time; {end}"
            problems.warn("service_longer_than_shifts", where, message)
        if not any(stop.load.fits_in(capacity) for capacity in capacities):
            problems.warn("too_large", where, f"its load, {_words(stop.load)}, fits no vehicle; {end}")
        lacking = stop.required_skills - skills
        if lacking:
            message = f"no vehicle has the skill {', '.join(sorted(lacking))}; {end}"
            problems.warn("unknown_skill", where, message)


def _words(load: Load) -> str:
    given = [f"{name} {getattr(load, name)}" for name in LOAD_DIMENSIONS if getattr(load, name)]
    return ", ".join(given) or "nothing"
