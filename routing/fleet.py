"""Who can go: depots, and shifts of one courier with one vehicle."""

from dataclasses import dataclass
from datetime import datetime

from routing.errors import NaiveTimeError, TimeWindowError
from routing.order import Load
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """A pharmacy, shop or hub where couriers load; `service_s` is the time a courier needs to load there."""

    depot_id: str
    name: str
    point: LonLat
    service_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """
    A rest of `duration_s` that begins between `opens_at` and `closes_at` (both included), wherever he is.

    Each break of a shift with a route is taken once, in the route or outside of it: a route needs no halt for it when
    it departs at or after `opens_at` + `duration_s` (he rested before), or returns at or before `closes_at` (he rests
    after). Else exactly one halt has it, on any leg, before, on or after the drive.
    """

    break_id: str
    opens_at: datetime
    closes_at: datetime
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Locker:
    """
    Parcel lockers at one place: `free_cells[size]` cells of each size are free, sizes from small to large.

    A parcel goes into a cell of its size or a larger one.
    """

    locker_id: str
    free_cells: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCosts:
    """What this shift costs, in units of `CostWeights`: opened once, an hour of driving, a kilometre."""

    per_route: float
    per_hour: float
    per_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """
    One courier and vehicle from `starts_at` to `ends_at` (back at `end_depot_id` by then, both ends included).

    `allowed_zone_ids` None means every zone; outside `home_zone_ids` (None = at home everywhere) each stop costs
    `CostWeights.per_foreign_stop` more. `start_point` and `available_at` are given when the shift is already on the
    road: the courier continues from there, and can load nothing more. `home_point` is where a courier starts who has
    loaded beforehand; `end_point` where he ends instead of at a depot; with `ends_anywhere` the route ends at its last
    visit. `frozen_visit_ids` must stay first, in that order; visits of `ordered_visit_ids` stay with this shift and in
    this order, others may come between.
    A route lasts at most `max_route_s` from leaving to returning, drives at most `max_distance_m`, has at most
    `max_stops` visits, and returns to the start depot for more at most `max_trips` - 1 times.
    `costs` replaces the plan's prices of an opened route, of driving time and of distance for this shift.

    Raises
    ------
    TimeWindowError
        When it ends before it starts.
    NaiveTimeError
        When an end has no time zone.
    """

    shift_id: str
    courier_id: str
    starts_at: datetime
    ends_at: datetime
    start_depot_id: str
    end_depot_id: str
    capacity: Load = Load(items=40, weight_g=40_000, volume_ml=200_000, cash_minor=100_000_00)
    skills: frozenset[str] = frozenset()
    allowed_zone_ids: frozenset[str] | None = None
    vehicle_profile: str = "car"
    start_point: LonLat | None = None
    available_at: datetime | None = None
    frozen_visit_ids: tuple[str, ...] = ()
    ordered_visit_ids: tuple[str, ...] = ()
    home_point: LonLat | None = None
    end_point: LonLat | None = None
    ends_anywhere: bool = False
    home_zone_ids: frozenset[str] | None = None
    breaks: tuple[Break, ...] = ()
    max_route_s: int | None = None
    max_distance_m: int | None = None
    max_stops: int | None = None
    max_trips: int = 1
    costs: ShiftCosts | None = None

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at"):
            value: datetime = getattr(self, name)
            if value.tzinfo is None:
                raise NaiveTimeError(name, value)
        if self.ends_at < self.starts_at:
            raise TimeWindowError(self.starts_at, self.ends_at)

    @property
    def on_the_road(self) -> bool:
        """True when the courier has left the depot: what is not on board cannot be added."""
        return self.start_point is not None

    def may_enter(self, zone_id: str | None) -> bool:
        """Whether the courier is permitted in this zone; an order without a zone is open to all."""
        return self.allowed_zone_ids is None or zone_id is None or zone_id in self.allowed_zone_ids
