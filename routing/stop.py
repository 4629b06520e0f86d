"""Where to halt: what the solver places into routes."""

from dataclasses import dataclass
from datetime import datetime

from routing.order import Load, Order, PaymentForm, TimeWindow
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """
    A halt of one courier for one order.

    `visit_id` survives re-planning. `only_shift_id` binds a stop whose parcel is already in that courier's vehicle.
    Service may start inside one of `windows` (both ends included; empty = any time) and lasts `service_s`.
    """

    visit_id: str
    order_id: str
    point: LonLat
    windows: tuple[TimeWindow, ...] = ()
    service_s: int = 180
    load: Load = Load(items=1)
    required_skills: frozenset[str] = frozenset()
    zone_id: str | None = None
    depot_id: str | None = None
    ready_at: datetime | None = None
    priority: int = 0
    only_shift_id: str | None = None


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
