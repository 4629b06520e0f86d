"""What a new order must be like, and what becomes of it: pure decisions, every problem named."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import pairwise

from api.errors import InputProblem
from desk.customer import to_e164
from desk.errors import InvalidPhoneError
from routing.order import PaymentForm
from zones.errors import InvalidLonLatError
from zones.index import Resolved
from zones.lonlat import LonLat

LANGUAGES = ("en", "ru", "kk", "uk", "pl")
"""Languages in which clients are spoken to."""

LONGEST_TEXT = 1_000
_TEXTS = (
    *("order_no", "client_name", "address", "entrance", "floor", "flat", "door_code", "landmark", "note"),
    *("language", "depot", "phone"),
)

type Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """
    An order as somebody wrote it, read but not judged yet. `where` is its place in the request or file.

    `depot` is a depot's code or id; `windows` may be in any order.
    """

    where: str
    order_no: str
    client_name: str = ""
    city: str | None = None
    on_date: date | None = None
    phone: str = ""
    language: str | None = None
    address: str = ""
    entrance: str = ""
    floor: str = ""
    flat: str = ""
    door_code: str = ""
    landmark: str = ""
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    windows: tuple[Window, ...] = ()
    service_s: int = 180
    items: int = 1
    weight_g: int = 0
    volume_ml: int = 0
    payment_form: str = PaymentForm.PREPAID
    due_minor: int = 0
    change_from_minor: int | None = None
    skills: tuple[str, ...] = ()
    depot: str | None = None
    priority: int = 0
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What the zones say of a point: its zone, or outside every one and the nearest (None when there are no zones)."""

    zone_id: str | None
    nearest: str | None = None
    nearest_m: float | None = None


def spot_of(resolved: Resolved) -> Spot:
    """The spot that an index found."""
    return Spot(
        zone_id=None if resolved.zone is None else resolved.zone.zone_id,
        nearest=None if resolved.nearest is None else resolved.nearest.name,
        nearest_m=resolved.nearest_m,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an order stands: its status, why, and its zone when it has one."""

    status: str
    detail: str = ""
    zone_id: str | None = None
    problem: InputProblem | None = None


def check_order(
    new: NewOrder, *, phone_region: str, depots: Mapping[str, str], taken: Collection[str]
) -> list[InputProblem]:
    """All reasons for which the order cannot be kept; `depots` maps codes and ids, `taken` are numbers in use."""
    found = [*_check_texts(new), *check_windows(new.where, new.windows), *_check_payment(new)]
    if not new.order_no:
        found.append(_problem("order_no_missing", new, "order_no", "every order needs a number; add order_no"))
    elif new.order_no in taken:
        message = f"order {new.order_no} exists already; edit it with PATCH, or give this one another number"
        found.append(_problem("order_no_taken", new, "order_no", message))
    if new.phone:
        found += check_phone(f"{new.where}.phone", new.phone, phone_region)
    if new.language is not None and new.language not in LANGUAGES:
        message = f"expected one of {', '.join(LANGUAGES)}, got {new.language!r}"
        found.append(_problem("unknown_language", new, "language", message))
    if new.depot is not None and new.depot not in depots:
        message = f"there is no depot {new.depot!r} in this city; use the code or id of one that GET /v1/depots lists"
        found.append(_problem("unknown_depot", new, "depot", message))
    return found


def check_windows(where: str, windows: tuple[Window, ...]) -> list[InputProblem]:
    """Windows that end before they start, or overlap one another."""
    found: list[InputProblem] = []
    for index, (opens_at, closes_at) in enumerate(windows):
        if closes_at < opens_at:
            message = (
                f"the window ends before it starts: {opens_at.isoformat()} .. {closes_at.isoformat()}; "
                "swap the two or correct the date"
            )
            found.append(
                InputProblem(code="window_ends_before_start", where=f"{where}.windows[{index}]", message=message)
            )
    if not found:
        for (_, closes_at), (opens_at, _) in pairwise(sorted(windows)):
            if opens_at <= closes_at:
                message = f"two windows overlap at {opens_at.isoformat()}; join them into one"
                found.append(InputProblem(code="windows_overlap", where=f"{where}.windows", message=message))
    return found


def check_phone(where: str, written: str, region: str) -> list[InputProblem]:
    """The one problem of a phone number that cannot be read, or none."""
    try:
        to_e164(written, region)
    except InvalidPhoneError as error:
        return [InputProblem(code="invalid_phone", where=where, message=str(error))]
    return []


def place_order(*, where: str, address: str, lon: float | None, lat: float | None, spot: Spot | None) -> Placed:
    """
    The status of an order by its place: needs_address, carrier (outside every zone) or ready.

    `spot` None means that the city has no zones in force: then every place is served.
    """
    point = point_of(lon, lat)
    if isinstance(point, str) or point is None or not address:
        why = point if isinstance(point, str) else "it has no coordinates" if point is None else "its address is empty"
        place = f"{where}.address" if isinstance(point, LonLat) else f"{where}.lon"
        message = f"{why}; the order is kept, but planned only once its address is complete"
        return Placed(
            status="needs_address",
            detail=why,
            problem=InputProblem(code="needs_address", where=place, message=message),
        )
    if spot is None:
        return Placed(status="ready")
    if spot.zone_id is not None:
        return Placed(status="ready", zone_id=spot.zone_id)
    detail = "outside every zone"
    if spot.nearest is not None and spot.nearest_m is not None:
        detail += f"; the nearest is {spot.nearest}, {spot.nearest_m:.0f} m away"
    message = f"{detail}; the order is kept for a carrier and not planned"
    return Placed(
        status="carrier",
        detail=detail,
        problem=InputProblem(code="outside_zones", where=f"{where}.lon", message=message),
    )


def point_of(lon: float | None, lat: float | None) -> LonLat | str | None:
    """The point, a sentence that says why it cannot be one, or None when there are no coordinates."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        return f"it has a {'latitude' if lon is None else 'longitude'} only"
    if lon == 0 and lat == 0:
        return "its coordinates are 0, 0, which means that nobody looked them up"
    try:
        return LonLat(lon=lon, lat=lat)
    except InvalidLonLatError as error:
        return str(error)


def local_day(new: NewOrder, zone: tzinfo, now: datetime) -> date:
    """The day an order is for: the one it names, else that of its first window, else today, by the city's clock."""
    if new.on_date is not None:
        return new.on_date
    at = min((opens_at for opens_at, _ in new.windows), default=now)
    return at.astimezone(zone).date()


def _check_texts(new: NewOrder) -> list[InputProblem]:
    """Texts that are too long for their purpose, or hold a NUL, which databases refuse."""
    found: list[InputProblem] = []
    for name in _TEXTS:
        text: str = getattr(new, name) or ""
        most = 60 if name == "order_no" else LONGEST_TEXT
        if len(text) > most:
            message = f"expected {most} letters at most, got {len(text)}; shorten it"
            found.append(_problem("too_long", new, name, message))
        if "\x00" in text:
            found.append(_problem("nul_character", new, name, "the text holds a NUL character; remove it"))
    return found


def _check_payment(new: NewOrder) -> list[InputProblem]:
    forms = [form.value for form in PaymentForm]
    if new.payment_form not in forms:
        message = f"expected one of {', '.join(forms)}, got {new.payment_form!r}"
        return [_problem("unknown_payment_form", new, "payment.form", message)]
    if new.change_from_minor is not None and new.change_from_minor < new.due_minor:
        message = f"change from {new.change_from_minor} is asked, but {new.due_minor} is due; correct one of them"
        return [_problem("change_below_due", new, "payment.change_from_minor", message)]
    return []


def _problem(code: str, new: NewOrder, field: str, message: str) -> InputProblem:
    return InputProblem(code=code, where=f"{new.where}.{field}", message=message)
