"""What a client may be told about an order: an interval, never a bare minute, in the client's own language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tracking.events import Reason

LANGUAGES: tuple[str, ...] = ("en", "ru", "kk", "uk", "pl")


class Telling(StrEnum):
    """What there is to say about an order."""

    EXPECTED = "expected"
    LATER = "later"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CALL_BACK = "call_back"
    IN_WORK = "in_work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    What may be said of one order, and nothing else: no courier, no exact place, no blame.

    `from_at`..`until_at` is the interval of an order on its way, `at` when it was delivered or until when somebody will
    call, `stops_before` how many stops come first (None keeps it unsaid), `reason` why an order is later than promised.
    """

    telling: Telling
    order_no: str
    from_at: datetime | None = None
    until_at: datetime | None = None
    at: datetime | None = None
    stops_before: int | None = None
    reason: Reason | None = None


_HELD_UP = frozenset(
    {
        Reason.DETOUR,
        Reason.STALL,
        Reason.LONG_SERVICE,
        Reason.NO_SIGNAL,
        Reason.LATE_START,
        Reason.WRONG_SEQUENCE,
        Reason.SLOWER_THAN_PLANNED,
    }
)
"""What is nobody's business but ours: a client hears that the courier was held up."""


def sentences(status: Status, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The sentence in every language, in the city's time."""
    return {language: sentence(status, language, now, zone) for language in LANGUAGES}


def sentence(status: Status, language: str, now: datetime, zone: ZoneInfo) -> str:
    """What the operator reads out or sends, in the client's language; an unknown language is answered in English."""
    catalogue = catalogue_of(language if language in LANGUAGES else "en")
    _ = catalogue.gettext
    order = {"order": status.order_no}
    match status.telling:
        case Telling.EXPECTED if status.from_at and status.until_at:
            said = _day_text(catalogue, language, status.from_at, status.until_at, now, zone, order, later=False)
        case Telling.LATER if status.from_at and status.until_at:
            said = _day_text(catalogue, language, status.from_at, status.until_at, now, zone, order, later=True)
        case Telling.DELIVERED if status.at:
            said = _("Your order %(order)s was delivered at %(time)s. Thank you!") % (
                order | {"time": _clock(status.at, zone)}
            )
        case Telling.FAILED:
            said = _("We could not hand over your order %(order)s today. When would it suit you to receive it?") % order
        case Telling.CANCELLED:
            said = _("Your order %(order)s has been cancelled. Is there anything else we can help you with?") % order
        case Telling.CALL_BACK if status.at:
            said = _("We are working on your order %(order)s. We will call you with the exact time by %(time)s.") % (
                order | {"time": _clock(status.at, zone)}
            )
        case _:
            said = _("Your order %(order)s is being prepared. We will let you know the delivery time.") % order
    if status.telling is Telling.LATER:
        said += _reason_text(catalogue, status.reason)
    if status.stops_before is not None and status.telling in {Telling.EXPECTED, Telling.LATER}:
        said += " " + _stops_text(catalogue, status.stops_before)
    return said


def _day_text(
    catalogue: NullTranslations,
    language: str,
    from_at: datetime,
    until_at: datetime,
    now: datetime,
    zone: ZoneInfo,
    order: Mapping[str, str],
    *,
    later: bool,
) -> str:
    _ = catalogue.gettext
    times = {"from": _clock(from_at, zone), "until": _clock(until_at, zone)}
    is_today = from_at.astimezone(zone).date() == now.astimezone(zone).date()
    if not is_today:
        day = format_date(from_at.astimezone(zone).date(), format="d MMMM", locale=language)
        return _("Your order %(order)s will arrive on %(day)s between %(from)s and %(until)s.") % (
            {**order, **times, "day": day}
        )
    if later:
        return _(
            "Your order %(order)s will arrive later than planned: today between %(from)s and %(until)s. We apologise."
        ) % ({**order, **times})
    return _("Your order %(order)s will arrive today between %(from)s and %(until)s.") % ({**order, **times})


def _reason_text(catalogue: NullTranslations, reason: Reason | None) -> str:
    if reason is Reason.TRAFFIC:
        return " " + catalogue.gettext("The reason is heavy traffic.")
    if reason in _HELD_UP:
        return " " + catalogue.gettext("The courier was held up on the way.")
    return ""


def _stops_text(catalogue: NullTranslations, stops: int) -> str:
    if stops == 0:
        return catalogue.gettext("You are next.")
    return catalogue.ngettext("There is %(count)d stop before you.", "There are %(count)d stops before you.", stops) % {
        "count": stops
    }


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%H:%M")


@cache
def catalogue_of(language: str) -> NullTranslations:
    """The catalogue of a language, compiled from its .po file on first use; plural forms come from its header."""
    source = files("desk").joinpath("locale", language, "LC_MESSAGES", "messages.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
