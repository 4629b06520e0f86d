"""Single values as phones write them: numbers, instants, yes and no, words; what is missing is None."""

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NUMBER_MOST = 60
_SIGNS = {"\u2212": "-", "\u066b": "."}
_INSTANT = re.compile(
    # A plus sign that nobody encoded arrives as a space, so an offset may have lost its sign.
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d\d(?::?\d\d)?)| (\d\d:?\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_YES = frozenset(("true", "1", "yes", "on"))
_NO = frozenset(("false", "0", "no", "off"))

MILLISECONDS_FROM = 1e11
"""Unix times from here on are milliseconds: as seconds it is the year 5138, as milliseconds March 1973. Traccar divides
at 2^31, where a clock set to 2099 would be read as 1970. Microseconds and nanoseconds begin a thousand times later."""
_SECONDS_OF_UNIT = ((1e17, 1e-9), (1e14, 1e-6), (MILLISECONDS_FROM, 1e-3))

WEEKS_1024 = timedelta(weeks=1024)
"""GPS receivers count weeks in ten bits; one that has lost count is behind by this much (IS-GPS-200, 20.3.3.3.1.1)."""

WORD_MOST = 100
"""Names, ids and alarms are kept up to this many characters."""


class FieldError(ValueError):
    """A field without which the item makes no ping is missing or nonsense."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        self.name = name
        shown = repr(value)
        came = "nothing" if value is None or value == "" else shown if len(shown) <= 80 else f"{shown[:80]}..."
        super().__init__(f"{name}: expected {expected}, got {came}")


class Instant(NamedTuple):
    """A moment in UTC; `naive` when it was written without a zone."""

    at: datetime
    naive: bool


def number(name: str, value: object) -> float | None:
    """
    A finite number, also from a string, whose language may have a decimal comma and digits of its own.

    One comma alone is never read as a mark of thousands: no app writes those.

    Raises
    ------
    FieldError
        For anything else, such as NaN, two numbers, a list, true.
    """
    if value is None:
        return None
    found = math.nan
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if len(text) <= _NUMBER_MOST and _NUMBER.fullmatch(text := text if text.isascii() else _in_ascii(text)):
            found = float(text.replace(",", "."))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
    if not math.isfinite(found):
        raise FieldError(name, value, "a number with a decimal point")
    return found + 0.0  # a zero below zero is zero


def instant(name: str, value: object, zone: tzinfo | None) -> Instant | None:
    """
    A moment from Unix seconds or milliseconds, or from an ISO text; without an offset `zone` is taken, or UTC.

    Raises
    ------
    FieldError
        When it is none of these, or beyond the years 1 to 9999.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, str) and (found := _INSTANT.fullmatch(_in_ascii(value.strip()))):
            return _from_text(found, zone)
        unix = number(name, value)
        if unix is not None:
            unit_s = next((unit_s for least, unit_s in _SECONDS_OF_UNIT if abs(unix) >= least), 1.0)
            return Instant(_EPOCH + timedelta(milliseconds=unix * (unit_s * 1e3)), False)
    except (ValueError, OverflowError):
        pass  # the one error below says what was expected
    raise FieldError(name, value, "Unix seconds or milliseconds, or a time like 2026-03-02T09:00:00Z")


def _from_text(found: re.Match[str], zone: tzinfo | None) -> Instant:
    day, clock, fraction, offset, signless = found.groups()
    part = f".{fraction[:6]}" if fraction and clock.count(":") > 1 else ""
    offset = f"+{signless}" if signless else (offset or "").upper()
    at = datetime.fromisoformat(f"{day}T{clock}{part}{offset}")
    naive = at.tzinfo is None
    return Instant((at.replace(tzinfo=zone or UTC) if naive else at).astimezone(UTC), naive)


def _in_ascii(text: str) -> str:
    """The same with digits, minus and decimal sign as programs write them, where a phone's language has its own."""
    if text.isascii() or len(text) > _NUMBER_MOST:
        return text
    return "".join(_SIGNS.get(sign) or str(unicodedata.decimal(sign, sign)) for sign in text)


def boolean(value: object) -> bool | None:
    """Yes or no, also from words and from 0 and 1; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int | float):
        word_ = str(int(value) if value in (0, 1) else value).strip().lower()
        return True if word_ in _YES else False if word_ in _NO else None
    return None


def word(value: object, most: int = WORD_MOST) -> str | None:
    """A short text without what databases cannot keep; None when there is none or it is no text and no whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= 10**most:
        return None
    return storable(str(value)).strip()[:most].strip() or None


def storable(text: str) -> str:
    """The text without NUL characters and half surrogates, which PostgreSQL and UTF-8 refuse."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def table(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, and otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def unrolled(at: datetime, received_at: datetime) -> datetime | None:
    """
    The moment meant by a receiver that lost count of weeks once or twice; None when `at` is no such.

    Only a result of the last 30 days (or a day ahead) is taken, so that a date that is merely old stays what it is.
    """
    for times in (1, 2):
        behind = received_at - at - times * WEEKS_1024
        if timedelta(days=-1) <= behind <= timedelta(days=30):
            return at + times * WEEKS_1024
    return None
