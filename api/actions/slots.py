"""Slots for a client on the phone: which windows of today and tomorrow the plans can keep, and at what cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.actions.cities import today
from api.actions.live_plans import recall
from api.actions.order_checks import Window, place_order, point_of
from api.actions.orders import find_spots
from api.actions.zone_indexes import IndexedZones, zones_of_day
from api.context import Caller, Services
from api.db import city_store, fleet_store, order_store
from api.db.tables import City
from api.errors import InputProblem, InvalidInputError
from api.live_memory import TakenUp
from routing.live_day import new_stop, no_travel
from routing.order import Load, Order, Payment, PaymentForm, TimeWindow
from routing.plan import Unassigned, UnassignedCode
from routing.slots import SlotOffer, offer_slots
from routing.stop import Stop, stop_of
from zones.lonlat import LonLat

MOST_SLOTS = 40
"""So many windows are offered at most when none are named."""

_HOUR = timedelta(hours=1)
_ID = "slot"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuestion:
    """
    What a client asks for. Without `lon` and `lat` the place is that of the last order brought to this address.

    `depot` is a code or an id. Without `windows` every hour of today's and tomorrow's shifts that is still to come.
    """

    city: str | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    windows: tuple[Window, ...] = ()
    service_s: int = 180
    items: int = 1
    weight_g: int = 0
    volume_ml: int = 0
    payment_form: str = PaymentForm.PREPAID
    due_minor: int = 0
    skills: tuple[str, ...] = ()
    depot: str | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAnswer:
    """Offers in the order of their windows, each with the day whose plan it is about; where the place is."""

    now: datetime
    point: LonLat
    zone_id: str | None
    slots: tuple[tuple[date, SlotOffer], ...]


def offer(services: Services, caller: Caller, question: SlotQuestion) -> SlotAnswer:
    """
    Which windows can be kept; nothing is stored or reserved.

    Raises
    ------
    InvalidInputError
        With everything that is wrong with the question.
    """
    now = services.clock.now()
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, question.city)
        depots: dict[str, str] = {}
        for one in fleet_store.list_depots(session, caller.tenant_id, city.id):
            depots |= {one.code: one.id, one.id: one.id}
        first = today(city, now)
        dates = (first, first + timedelta(days=1))
        point = _place(session, caller, city, question)
        problems = [*_check(question, depots, city, dates)]
        if not isinstance(point, LonLat):
            raise InvalidInputError("the question has problems", (point, *problems))
        if problems:
            raise InvalidInputError("the question has problems", tuple(problems))
        days = [(on_date, recall(session, services, city, on_date, now)) for on_date in dates]
        windows = _windows(question, days, city, now)
        slots: list[tuple[date, SlotOffer]] = []
        zone_id: str | None = None
        for on_date, live in days:
            own = [TimeWindow(*window) for window in windows if _day_of(window, city) == on_date]
            stop, outside = _stop(question, zones_of_day(session, city, on_date, now), depots, point)
            zone_id = zone_id or stop.zone_id
            offers = _offers(live, stop, own) if outside is None else [_refused(w, outside) for w in own]
            slots += [(on_date, one) for one in offers]
    return SlotAnswer(now=now, point=point, zone_id=zone_id, slots=tuple(slots))


def _place(session: Session, caller: Caller, city: City, question: SlotQuestion) -> LonLat | InputProblem:
    point = point_of(question.lon, question.lat)
    if isinstance(point, LonLat):
        return point
    if point is not None:
        return InputProblem(code="bad_coordinates", where="lon", message=f"{point}; give lon and lat in degrees")
    if not question.address:
        message = "give the place as lon and lat, or the address of an order that was brought there before"
        return InputProblem(code="needs_address", where="lon", message=message)
    known = order_store.find_place(session, caller.tenant_id, city.id, question.address)
    if known is None:
        message = "no order was brought to this address before, so its place is not known; give lon and lat"
        return InputProblem(code="needs_address", where="address", message=message)
    return LonLat(lon=known[0], lat=known[1])


def _check(question: SlotQuestion, depots: Mapping[str, str], city: City, dates: Sequence[date]) -> list[InputProblem]:
    found: list[InputProblem] = []
    for number, (opens_at, closes_at) in enumerate(question.windows):
        where = f"windows[{number}]"
        if closes_at < opens_at:
            message = f"the window ends before it starts: {opens_at.isoformat()} .. {closes_at.isoformat()}; swap them"
            found.append(InputProblem(code="window_ends_before_start", where=where, message=message))
        elif _day_of((opens_at, closes_at), city) not in dates:
            message = f"slots are offered for {dates[0]} and {dates[1]}; {opens_at.isoformat()} is another day"
            found.append(InputProblem(code="window_on_another_day", where=where, message=message))
    if question.depot is not None and question.depot not in depots:
        message = f"there is no depot {question.depot!r} in this city; use one that GET /v1/depots lists"
        found.append(InputProblem(code="unknown_depot", where="depot", message=message))
    return found


def _day_of(window: Window, city: City) -> date:
    return window[0].astimezone(ZoneInfo(city.timezone)).date()


def _windows(question: SlotQuestion, days: Sequence[tuple[date, TakenUp]], city: City, now: datetime) -> list[Window]:
    """The windows asked for, or every hour of the city's clock in which somebody works and that is still to come."""
    if question.windows:
        return sorted(question.windows)
    zone = ZoneInfo(city.timezone)
    found: set[Window] = set()
    for on_date, live in days:
        for shift in live.shifts:
            local = shift.starts_at.astimezone(zone)
            opens_at = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
            while opens_at < shift.ends_at:
                if opens_at >= now and _day_of((opens_at, opens_at), city) == on_date:
                    found.add((opens_at, opens_at + _HOUR))
                opens_at += _HOUR
    return sorted(found)[:MOST_SLOTS]


def _stop(
    question: SlotQuestion, zones: IndexedZones | None, depots: Mapping[str, str], point: LonLat
) -> tuple[Stop, Unassigned | None]:
    """The stop as it would be on that day; with the reason when it is outside every zone."""
    spot = None if zones is None else find_spots(zones, [point])[0]
    placed = place_order(where="slot", address="as told", lon=point.lon, lat=point.lat, spot=spot)
    order = Order(
        order_id=_ID,
        point=point,
        service_s=question.service_s,
        load=Load(items=question.items, weight_g=question.weight_g, volume_ml=question.volume_ml),
        payment=Payment(form=PaymentForm(question.payment_form), due_minor=question.due_minor),
        required_skills=frozenset(question.skills),
        zone_id=placed.zone_id,
        depot_id=None if question.depot is None else depots[question.depot],
        ready_at=question.ready_at,
    )
    stop = stop_of(order, _ID)
    if placed.status == "ready":
        return stop, None
    return stop, _out(stop, UnassignedCode.OUTSIDE_ZONES, placed.detail)


def _offers(live: TakenUp, stop: Stop, windows: list[TimeWindow]) -> Sequence[SlotOffer]:
    if not windows:
        return ()
    if live.plan is None:
        code = UnassignedCode.COURIERS_HAVE_LEFT if live.shifts else UnassignedCode.WINDOW_OUTSIDE_SHIFTS
        why = "every courier of the day has left the depot" if live.shifts else "nobody has a shift on that day"
        return [_refused(window, _out(stop, code, f"{why}; add a courier")) for window in windows]
    new = new_stop(live.plan, stop, live.roads, tuple(windows)) or no_travel(live.plan, stop)
    return offer_slots(live.plan, new, windows)


def _refused(window: TimeWindow, why: Unassigned) -> SlotOffer:
    return SlotOffer(window=window, refused=why)


def _out(stop: Stop, code: UnassignedCode, message: str) -> Unassigned:
    return Unassigned(order_id=stop.order_id, visit_id=stop.visit_id, code=code, message=message)
