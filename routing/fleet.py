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
class Shift:
    """
    One courier and vehicle from `starts_at` to `ends_at` (back at `end_depot_id` by then, both ends included).

    `allowed_zone_ids` None means every zone. `start_point` and `available_at` are given when the shift is already on
    the road: the courier continues from there, and can load nothing more.
    `frozen_visit_ids` must stay first, in that order.

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
