"""Where to halt: what the solver places into routes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.errors import NaiveTimeError, TimeWindowError
from routing.order import Load, Order, PaymentForm, TimeWindow
from zones.lonlat import LonLat


class StopKind(StrEnum):
    """
    From where to where the load of a stop is on board.

    A delivery is on board from the start of the trip to the stop, a collection from the stop to the end of the trip; a
    pickup is on board until its dropoff, which comes later in the same route.
    """

    DELIVERY = "delivery"
    COLLECTION = "collection"
    PICKUP = "pickup"
    DROPOFF = "dropoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftWindow:
    """
    When service should start: each minute before `opens_at` costs `per_early_min`, after `closes_at` `per_late_min`.

    Costs are in units of `CostWeights`, counted by the second. Hard windows of the stop hold besides.

    Raises
    ------
    TimeWindowError
        When it ends before it starts.
    NaiveTimeError
        When an end has no time zone.
    """

    opens_at: datetime
    closes_at: datetime
    per_early_min: float = 0.0
    per_late_min: float = 60.0

    def __post_init__(self) -> None:
        for name in ("opens_at", "closes_at"):
            value: datetime = getattr(self, name)
            if value.tzinfo is None:
                raise NaiveTimeError(name, value)
        if self.closes_at < self.opens_at:
            raise TimeWindowError(self.opens_at, self.closes_at)

    def cost(self, starts_at: datetime) -> float:
        """What starting service at this instant costs, in units of `CostWeights`."""
        early_s = (self.opens_at - starts_at).total_seconds()
        late_s = (starts_at - self.closes_at).total_seconds()
        return max(early_s, 0.0) / 60 * self.per_early_min + max(late_s, 0.0) / 60 * self.per_late_min


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadsAfter:
    """
    The parcel is brought to the depot by another visit of the day: it can be loaded `gap_s` after that visit ended.

    A trip that carries the stop leaves its depot not before then; when that visit is left out, so is the stop. A chain
    fetch - workshop - return, or a transfer between depots, is a pickup with dropoff and a delivery that loads after.
    """

    visit_id: str
    gap_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """
    A halt of one courier for one order.

    `visit_id` survives re-planning. `only_shift_id` binds a stop whose parcel is already in that courier's vehicle.
    Service may start inside one of `windows` (both ends included; empty = any time) and lasts `service_s`.
    `setup_s` more seconds pass between arriving and service when the halt before it was at another point (parking,
    finding the locker), so that several orders at one door pay it once.
    A dropoff names its pickup in `pickup_visit_id`; both carry the same load and are served by one courier or by none.
    `preferred_shift_id` was told or is known to the client: any other shift costs `other_shift_cost` more.
    `locker_id` and `cell_size` say that the order takes a cell of at least that size (sizes count up from 0).
    """

    visit_id: str
    order_id: str
    point: LonLat
    kind: StopKind = StopKind.DELIVERY
    pickup_visit_id: str | None = None
    windows: tuple[TimeWindow, ...] = ()
    soft_window: SoftWindow | None = None
    service_s: int = 180
    setup_s: int = 0
    load: Load = Load(items=1)
    required_skills: frozenset[str] = frozenset()
    forbidden_skills: frozenset[str] = frozenset()
    zone_id: str | None = None
    depot_id: str | None = None
    ready_at: datetime | None = None
    loads_after: LoadsAfter | None = None
    priority: int = 0
    only_shift_id: str | None = None
    preferred_shift_id: str | None = None
    other_shift_cost: int = 0
    locker_id: str | None = None
    cell_size: int = 0


def stop_of(order: Order, visit_id: str, only_shift_id: str | None = None) -> Stop:
    """The stop that delivers `order`; cash to be collected counts against the courier's cash limit."""
    cash_minor = order.payment.due_minor if order.payment.form is PaymentForm.CASH else 0
    return Stop(
        visit_id=visit_id,
        order_id=order.order_id,
        point=order.point,
        windows=order.windows,
        service_s=order.service_s,
        load=order.load + Load(cash_minor=cash_minor),
        required_skills=order.skills_needed(),
        zone_id=order.zone_id,
        depot_id=order.depot_id,
        ready_at=order.ready_at,
        priority=order.priority,
        only_shift_id=only_shift_id,
    )
