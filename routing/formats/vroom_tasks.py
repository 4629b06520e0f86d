"""Jobs and shipments of a VROOM problem as stops."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from routing.formats.vroom_places import ANYWHERE, PlaceKey, VroomPlaces
from routing.formats.vroom_shape import Located, VroomJob, VroomShipment, VroomTask
from routing.order import LOAD_DIMENSIONS, Load, TimeWindow
from routing.problem_check import LARGEST, ProblemList
from routing.stop import Stop, StopKind

_HIGHEST_PRIORITY = 100
_ABSOLUTE_S = 100_000_000
"""When every time of a file lies beyond this, times are seconds since 1970, and the day begins at the first."""


@dataclass(frozen=True, slots=True)
class VroomClock:
    """Seconds of the file as instants: `base_s` is the file's second at which the horizon starts."""

    base_s: int

    @property
    def horizon_start(self) -> datetime:
        """When the horizon starts."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.base_s)

    def at(self, second: int) -> datetime:
        """The instant of a second of the file; far off ones are moved to the end of what is counted."""
        return self.horizon_start + timedelta(seconds=max(min(second - self.base_s, LARGEST), -LARGEST))

    def windows(
        self, given: Sequence[Sequence[int]], where: str, problems: ProblemList, later_s: int = 0
    ) -> tuple[TimeWindow, ...]:
        """These windows, `later_s` later; wrong ones are in `problems`."""
        windows = []
        for number, pair in enumerate(given):
            place = f"{where}[{number}]"
            if len(pair) != 2:
                problems.error("wrong_type", place, f"expected [opens, closes], got {list(pair)}; correct it")
            elif pair[1] < pair[0]:
                problems.error("window_ends_first", place, f"it closes at {pair[1]}, before it opens; swap the two")
            elif pair[0] - self.base_s > LARGEST:
                problems.error("time_overflow", place, f"it opens at {pair[0]}, decades from now; write seconds")
            else:
                windows.append(TimeWindow(self.at(pair[0] + later_s), self.at(pair[1] + later_s)))
        return tuple(windows)


def clock_of(opening_s: Sequence[int]) -> VroomClock:
    """The clock for a file whose windows open at these seconds."""
    first_s = min(opening_s, default=0)
    return VroomClock(first_s if first_s > _ABSOLUTE_S else 0)


@dataclass(slots=True)
class VroomStops:
    """The stops read so far, with the file's id, the place and the JSON path of each."""

    stops: list[Stop]
    ids: list[int]
    keys: list[PlaceKey]
    where: list[str]

    def add(self, stop: Stop, task: Located[VroomTask] | Located[VroomJob], key: PlaceKey) -> None:
        """Keep one more."""
        self.stops.append(stop)
        self.ids.append(task.part.id)
        self.keys.append(key)
        self.where.append(task.where)


def read_stops(
    jobs: Sequence[Located[VroomJob]],
    shipments: Sequence[Located[VroomShipment]],
    places: VroomPlaces,
    clock: VroomClock,
    problems: ProblemList,
) -> VroomStops:
    """A stop for each job, two for each shipment; what cannot be read is in `problems`."""
    read = VroomStops([], [], [], [])
    for job in jobs:
        _add_job(job, places, clock, read, problems)
    for shipment in shipments:
        _add_shipment(shipment, places, clock, read, problems)
    # Only now is it known whether every place has coordinates.
    read.stops = [replace(stop, point=places.point(key)) for stop, key in zip(read.stops, read.keys, strict=True)]
    return read


def load_of(amount: Sequence[int]) -> Load:
    """An amount of up to four dimensions."""
    return Load(**dict(zip(LOAD_DIMENSIONS, amount, strict=False)))


def _add_job(
    job: Located[VroomJob], places: VroomPlaces, clock: VroomClock, read: VroomStops, problems: ProblemList
) -> None:
    part, delivery = job.part, job.part.delivery or job.part.amount
    if any(delivery) and any(part.pickup):
        message = "a job that delivers and picks up at one halt is not supported; write it as two jobs"
        problems.error("delivery_and_pickup", job.where, message)
    key = _key(job, places, problems)
    _priority(part.priority, job.where, problems)
    picks_up = any(part.pickup)
    stop = _stop(
        f"job {part.id}",
        job,
        clock,
        problems,
        order_id=f"job {part.id}",
        kind=StopKind.COLLECTION if picks_up else StopKind.DELIVERY,
        load=load_of(part.pickup if picks_up else delivery),
        skills=part.skills,
        priority=part.priority,
    )
    read.add(stop, job, key)


def _add_shipment(
    shipment: Located[VroomShipment], places: VroomPlaces, clock: VroomClock, read: VroomStops, problems: ProblemList
) -> None:
    part = shipment.part
    _priority(part.priority, shipment.where, problems)
    if part.pickup is None or part.delivery is None:
        code = "delivery_without_pickup" if part.pickup is None else "pickup_without_delivery"
        missing = "pickup" if part.pickup is None else "delivery"
        problems.error(code, shipment.where, f"the shipment has no {missing}; add it, or write it as a job")
        return
    visit_id = f"pickup {part.pickup.id}"
    for kind, task in ((StopKind.PICKUP, part.pickup), (StopKind.DROPOFF, part.delivery)):
        is_pickup = kind is StopKind.PICKUP
        located = Located(task, f"{shipment.where}.{'pickup' if is_pickup else 'delivery'}")
        key = _key(located, places, problems)
        stop = _stop(
            visit_id if is_pickup else f"delivery {task.id}",
            located,
            clock,
            problems,
            order_id=f"shipment {part.pickup.id}",
            kind=kind,
            pickup_visit_id=None if is_pickup else visit_id,
            load=load_of(part.amount),
            skills=part.skills,
            priority=part.priority,
        )
        read.add(stop, located, key)


def _stop(
    visit_id: str,
    task: Located[VroomTask] | Located[VroomJob],
    clock: VroomClock,
    problems: ProblemList,
    *,
    order_id: str,
    kind: StopKind,
    load: Load,
    skills: tuple[int, ...],
    priority: int,
    pickup_visit_id: str | None = None,
) -> Stop:
    part = task.part
    return Stop(
        visit_id=visit_id,
        order_id=order_id,
        point=ANYWHERE,
        kind=kind,
        pickup_visit_id=pickup_visit_id,
        # VROOM's windows are for the start of the setup, ours for the start of service.
        windows=clock.windows(part.time_windows, f"{task.where}.time_windows", problems, later_s=part.setup),
        service_s=part.service,
        setup_s=part.setup,
        load=load,
        required_skills=frozenset(str(skill) for skill in skills),
        priority=priority,
    )


def _key(task: Located[VroomTask] | Located[VroomJob], places: VroomPlaces, problems: ProblemList) -> PlaceKey:
    """Where a task is; anywhere, with the problem, when that is wrong, so that the rest of it is checked too."""
    names = ("location", "location_index")
    before = len(problems.found)
    key = places.place(task.part.location, task.part.location_index, task.where, names, problems)
    if key is None and len(problems.found) == before:
        name = names[1] if places.by_index else names[0]
        problems.error("missing_field", task.where, f"the field {name!r} is missing; add where it is")
    return ANYWHERE if key is None else key


def _priority(priority: int, where: str, problems: ProblemList) -> None:
    if not 0 <= priority <= _HIGHEST_PRIORITY:
        problems.error("priority_out_of_range", f"{where}.priority", f"expected 0..100, got {priority}; correct it")
