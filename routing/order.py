"""What was bought: an order with its place, windows, load and payment."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Self

from routing.errors import NaiveTimeError, TimeWindowError
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """
    When service may start; both ends included.

    Raises
    ------
    TimeWindowError
        When it ends before it starts.
    NaiveTimeError
        When an end has no time zone.
    """

    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        for name in ("opens_at", "closes_at"):
            value: datetime = getattr(self, name)
            if value.tzinfo is None:
                raise NaiveTimeError(name, value)
        if self.closes_at < self.opens_at:
            raise TimeWindowError(self.opens_at, self.closes_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an order takes of a vehicle, or what a vehicle can hold; `cash_minor` is cash carried, in minor units."""

    items: int = 0
    weight_g: int = 0
    volume_ml: int = 0
    cash_minor: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def fits_in(self, capacity: Self) -> bool:
        """True when no dimension exceeds that of `capacity`."""
        # Spelled out: every stop is asked with every shift, and this is three times as fast as a loop over fields.
        return (
            self.items <= capacity.items
            and self.weight_g <= capacity.weight_g
            and self.volume_ml <= capacity.volume_ml
            and self.cash_minor <= capacity.cash_minor
        )


LOAD_DIMENSIONS: tuple[str, ...] = tuple(f.name for f in fields(Load))
"""Names of the load dimensions, in their order."""


class PaymentForm(StrEnum):
    """How the client pays."""

    PREPAID = "prepaid"
    CARD_ON_DELIVERY = "card_on_delivery"
    CASH = "cash"


CARD_TERMINAL = "card_terminal"
"""The skill a courier needs for `PaymentForm.CARD_ON_DELIVERY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What the courier has to take: nothing when prepaid; `change_from_minor` is the note the client will give."""

    form: PaymentForm = PaymentForm.PREPAID
    due_minor: int = 0
    change_from_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    What was bought, as far as planning needs it.

    `windows` are disjoint and in order; empty means any time of the shift. `ready_at` is when it may leave the depot.
    `depot_id` names the only depot that has it; None means any. `priority` 0..100, higher is served first.
    """

    order_id: str
    point: LonLat
    windows: tuple[TimeWindow, ...] = ()
    service_s: int = 180
    load: Load = Load(items=1)
    payment: Payment = Payment()
    required_skills: frozenset[str] = frozenset()
    zone_id: str | None = None
    depot_id: str | None = None
    ready_at: datetime | None = None
    priority: int = 0

    def skills_needed(self) -> frozenset[str]:
        """The skills asked for, and the card terminal when the client pays by card at the door."""
        if self.payment.form is PaymentForm.CARD_ON_DELIVERY:
            return self.required_skills | {CARD_TERMINAL}
        return self.required_skills
