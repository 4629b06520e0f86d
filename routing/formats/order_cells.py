"""The cells of one order row, each read by its own rule; every rule that fails is remembered with what to do."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from routing.order import Payment, PaymentForm, TimeWindow
from zones.lonlat import LonLat

DEFAULT_SERVICE_S = 180
MAX_SERVICE_MIN = 480
_MAX_NUMBER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """
    One order as its row says; texts are stripped and otherwise as written ("" when empty).

    `point` None means that the address is still to be found; `phone` is not checked here; `depot` is what the file
    calls the depot, None for any. Amounts are in minor units (hundredths).
    """

    order_no: str
    name: str
    phone: str
    language: str
    address: str
    entrance: str
    floor: str
    flat: str
    door_code: str
    landmark: str
    point: LonLat | None
    windows: tuple[TimeWindow, ...]
    service_s: int
    items: int
    weight_g: int
    payment: Payment
    skills: frozenset[str]
    depot: str | None
    priority: int
    ready_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """What is wrong with one cell, and what to do."""

    column: str
    code: str
    message: str


class RowReader:
    """Reads one row; after `read`, `problems` lists all that is wrong with it, in the order of the columns read."""

    def __init__(self, cells: Mapping[str, str], on_date: date, time_zone: ZoneInfo, *, decimal_comma: bool) -> None:
        self._cells = cells
        self._on_date = on_date
        self._time_zone = time_zone
        self._decimal_comma = decimal_comma
        self.problems: list[CellProblem] = []

    def read(self) -> OrderRow:
        """The row; where a cell has a problem, its value here is a default and must not be used."""
        point = self._point()
        if not self._text("order_no"):
            self._wrong("order_no", "order_no_missing", "the order number is empty; every row needs one")
        if not self._text("address") and point is None:
            self._wrong("address", "address_missing", "neither an address nor lon and lat; fill in one of them")
        return OrderRow(
            order_no=self._text("order_no"),
            name=self._text("name"),
            phone=self._text("phone"),
            language=self._text("language").lower(),
            address=self._text("address"),
            entrance=self._text("entrance"),
            floor=self._text("floor"),
            flat=self._text("flat"),
            door_code=self._text("door_code"),
            landmark=self._text("landmark"),
            point=point,
            windows=self._windows(),
            service_s=self._scaled("service_min", 60, DEFAULT_SERVICE_S, most=MAX_SERVICE_MIN),
            items=self._whole("items", 1, least=1, most=_MAX_NUMBER),
            weight_g=self._scaled("weight_kg", 1000, 0, most=100_000),
            payment=self._payment(),
            skills=frozenset(part for part in re.split(r"[\s;,]+", self._text("skills")) if part),
            depot=self._text("depot") or None,
            priority=self._whole("priority", 0, least=0, most=100),
            ready_at=self._instant("ready_at"),
            note=self._text("note"),
        )

    def _text(self, column: str) -> str:
        return self._cells.get(column, "")

    def _wrong(self, column: str, code: str, message: str) -> None:
        self.problems.append(CellProblem(column=column, code=code, message=message))

    def _number(self, column: str) -> Decimal | None:
        """The number in a cell; None when empty or no number (which is then a problem)."""
        text = self._text(column).replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        if self._decimal_comma and "." not in text:
            text = text.replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not re.fullmatch(r"[+-]?[0-9.]+", text):
            self._wrong(column, "not_a_number", f"expected a number, got {self._text(column)!r}; write it like 12.5")
            return None
        return number

    def _in_range(self, column: str, number: Decimal, least: int, most: int) -> bool:
        if least <= number <= most:
            return True
        self._wrong(column, "out_of_range", f"expected {least} to {most}, got {number}; correct it")
        return False

    def _scaled(self, column: str, scale: int, default: int, most: int) -> int:
        number = self._number(column)
        if number is None or not self._in_range(column, number, 0, most):
            return default
        return math.ceil(number * scale)

    def _whole(self, column: str, default: int, least: int, most: int) -> int:
        number = self._number(column)
        if number is None or not self._in_range(column, number, least, most):
            return default
        if number != int(number):
            self._wrong(column, "not_whole", f"expected a whole number, got {number}; round it")
        return int(number)

    def _point(self) -> LonLat | None:
        has = [bool(self._text(column)) for column in ("lon", "lat")]
        if has == [False, False]:
            return None
        for column, there in zip(("lon", "lat"), has, strict=True):
            if not there:
                self._wrong(column, "coordinate_missing", "lon and lat go together; fill in both or neither")
        lon, lat = self._number("lon"), self._number("lat")
        if lon is None or lat is None:
            return None
        fine = [self._in_range("lon", lon, -180, 180), self._in_range("lat", lat, -90, 90)]
        if not all(fine):
            return None
        if lon == lat == 0:
            self._wrong("lon", "null_coordinates", "0, 0 lies in the ocean; leave both empty when unknown")
            return None
        return LonLat(lon=float(lon), lat=float(lat))

    def _instant(self, column: str) -> datetime | None:
        """`HH:MM` of the day or an ISO time, in the city's time zone unless it names its own; as UTC."""
        text = self._text(column)
        if not text:
            return None
        try:
            at = _local_or_exact(text, self._on_date)
            return (at.replace(tzinfo=self._time_zone) if at.tzinfo is None else at).astimezone(UTC)
        except (ValueError, OverflowError):
            message = f"expected a time like 14:30 or 2026-01-31T14:30, got {text!r}"
            self._wrong(column, "not_a_time", message)
            return None

    def _windows(self) -> tuple[TimeWindow, ...]:
        opens_at, closes_at = self._instant("window_from"), self._instant("window_to")
        for column, other in (("window_from", "window_to"), ("window_to", "window_from")):
            if not self._text(column) and self._text(other):
                self._wrong(column, "window_half", f"{other} is given, {column} is not; fill in both or neither")
        if opens_at is None or closes_at is None:
            return ()
        if closes_at < opens_at:
            message = (
                f"the window ends ({self._text('window_to')}) before it starts ({self._text('window_from')}); "
                "swap them, or write the date when it ends after midnight"
            )
            self._wrong("window_to", "window_ends_before_start", message)
            return ()
        if not -1 <= (opens_at.astimezone(self._time_zone).date() - self._on_date).days <= 1:
            message = f"the window is not on {self._on_date.isoformat()}, the day of this import; import it for its day"
            self._wrong("window_from", "window_other_day", message)
        return (TimeWindow(opens_at, closes_at),)

    def _payment(self) -> Payment:
        text = self._text("payment").lower()
        known = {form.value: form for form in PaymentForm}
        if text and text not in known:
            self._wrong("payment", "unknown_payment", f"expected one of {', '.join(known)}, got {text!r}")
        form = known.get(text, PaymentForm.PREPAID)
        due_minor = self._scaled("amount", 100, 0, most=_MAX_NUMBER)
        change_from = self._number("change_from")
        if form is PaymentForm.PREPAID:
            return Payment()
        if not self._text("amount"):
            self._wrong("amount", "amount_missing", f"payment is {form.value}: say how much the courier has to take")
        if change_from is None or form is not PaymentForm.CASH:
            return Payment(form=form, due_minor=due_minor)
        if not self._in_range("change_from", change_from, 0, _MAX_NUMBER):
            return Payment(form=form, due_minor=due_minor)
        change_from_minor = math.ceil(change_from * 100)
        if change_from_minor < due_minor:
            message = f"change from {change_from} is less than the amount {due_minor / 100:.2f}; correct one of them"
            self._wrong("change_from", "change_too_small", message)
        return Payment(form=form, due_minor=due_minor, change_from_minor=change_from_minor)


def _local_or_exact(text: str, on_date: date) -> datetime:
    """The time in a cell, without a zone unless it names one; raises `ValueError` for anything else."""
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        return datetime.combine(on_date, time.fromisoformat(text.zfill(5 if text.count(":") == 1 else 8)))
    if re.fullmatch(r"[\d-]+", text):
        raise ValueError("a date without a time")
    return datetime.fromisoformat(text)
