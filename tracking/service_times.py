"""
How long service takes against its plan: by zone, by what the order is, and by courier.

The same shrunken averages as for traffic, on log ratios: service times are about log-normal.
"""

import math
from dataclasses import dataclass, field

from tracking.shrinkage import Cell, Cells, Estimator, Fit, Level, Part, fitted, key_of, observed

SERVICE = Estimator(
    levels=(
        Level("city", 0.35),
        Level("zone", 0.12),
        Level("payment", 0.15),
        Level("items", 0.12),
        Level("floor", 0.12),
        Level("courier", 0.15),
    ),
    single_log_sd=0.5,
    half_life_days=60.0,
)
"""Sd of the log between cells, before they have shown their own: couriers and doors differ by tens of per cent."""

_SHORTEST_S = 15.0
_LONGEST_S = 5400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderType:
    """What of an order may make its service longer; "" where it is not known. `items` and `floor` are classes."""

    payment: str = ""
    items: str = ""
    floor: str = ""


UNKNOWN_TYPE = OrderType()
"""Nothing is known of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedService:
    """One finished service: from when it could begin until the courier was done or left."""

    visit_id: str
    zone_id: str | None
    order_type: OrderType
    courier_id: str
    planned_s: float
    observed_s: float
    ended_ts: float


@dataclass(frozen=True, slots=True)
class ServiceRatios:
    """Learned factors on planned service seconds for one courier; each is worked out once."""

    fit: Fit
    courier_id: str | None
    _known: dict[tuple[str | None, OrderType], float] = field(default_factory=dict, repr=False, compare=False)

    def ratio(self, zone_id: str | None, order_type: OrderType) -> float:
        """The factor of a service there, of such an order."""
        known = self._known.get((zone_id, order_type))
        if known is None:
            effects, _ = self.fit.log_effects(service_path(zone_id, order_type, self.courier_id))
            known = math.exp(sum(effects)) * self.fit.mean_over_median
            self._known[zone_id, order_type] = known
        return known


def order_type_of(*, payment_form: str = "", items: int | None = None, floor: str = "") -> OrderType:
    """The type of an order: the form of payment, one, few or many items, and a low, middle or high floor."""
    return OrderType(
        payment=payment_form,
        items="" if items is None else _class_of(items, ((1, "1"), (4, "2-4")), "5+"),
        floor=_floor_class(floor),
    )


def service_path(zone_id: str | None, order_type: OrderType, courier_id: str | None) -> tuple[str | None, ...]:
    """The cells that a service belongs to, one for each level of `SERVICE`."""
    return (
        "city",
        key_of("zone", zone_id) if zone_id else None,
        key_of("payment", order_type.payment) if order_type.payment else None,
        key_of("items", order_type.items) if order_type.items else None,
        key_of("floor", order_type.floor) if order_type.floor else None,
        key_of("courier", courier_id) if courier_id else None,
    )


def observe_service(cells: Cells, service: ObservedService) -> dict[str, Cell]:
    """The cells that a finished service changes; one that is too short or long to be a service changes none."""
    if service.planned_s <= 0.0 or not _SHORTEST_S <= service.observed_s <= _LONGEST_S:
        return {}
    path = service_path(service.zone_id, service.order_type, service.courier_id)
    return observed(cells, path, service.observed_s / service.planned_s, 1.0, service.ended_ts, SERVICE)


def service_parts(cells: Cells, zone_id: str | None, order_type: OrderType, courier_id: str | None) -> tuple[Part, ...]:
    """Why a service takes as long as it is expected to."""
    return fitted(cells, SERVICE).parts(service_path(zone_id, order_type, courier_id))


def _class_of(count: int, steps: tuple[tuple[int, str], ...], last: str) -> str:
    return next((name for most, name in steps if count <= most), last)


def _floor_class(floor: str) -> str:
    try:
        return _class_of(int(floor), ((1, "0-1"), (4, "2-4")), "5+")
    except ValueError:
        # People write "basement" too; it is not a floor that we know the height of.
        return ""
