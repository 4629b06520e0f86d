"""Makes pings of items, whatever stands in them: what is optional and nonsense is left out, and said so."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from tracking.dialects.contents import digest, ignored, refused
from tracking.dialects.json_body import json_of
from tracking.dialects.request import Decoded, Ignored, PhoneAnswer, Refused
from tracking.dialects.values import WORD_MOST, FieldError, boolean, instant, number, storable, unrolled, word
from tracking.ping import Ping, PingFlag, RefusalCode
from zones.lonlat import LonLat

KNOTS_MPS = 1852 / 3600
"""One international knot in metres per second."""
KMH_MPS = 1 / 3.6
"""One kilometre per hour in metres per second."""

SPEED_MOST_MPS = 1_000.0
"""Three times an airliner's: a number beyond it is no speed, and costs the position nothing."""

ITEMS_MOST = 20_000
"""Positions taken at once: twenty times the largest batch of an app, and about what 2 MB can hold."""


class Reading:
    """
    Reads the fields of one item and remembers what was noticed on the way.

    Below zero means unknown in all of these apps, and an accuracy of zero too.
    """

    def __init__(self, received_at: datetime, zone: tzinfo | None) -> None:
        self.received_at = received_at
        self.flags: list[str] = []
        self.alarm: str | None = None
        self.at: datetime | None = None
        self._zone = zone

    def note(self, flag: PingFlag | str) -> None:
        """Remember a flag, once."""
        if flag not in self.flags:
            self.flags.append(str(flag))

    def fix_at(
        self, name: str, value: object, *, or_now: bool = False, repair: Callable[[datetime], datetime] | None = None
    ) -> datetime:
        """
        The time of the position; where `or_now` the moment of receiving stands in for none at all.

        Raises
        ------
        FieldError
            When it cannot be read, or is missing.
        """
        found = instant(name, value, self._zone)
        if found is None:
            if not or_now:
                raise FieldError(name, value, "the time of the position")
            self.note(PingFlag.TIME_ASSUMED_NOW)
            self.at = self.received_at
            return self.at
        if found.naive:
            self.note(PingFlag.NAIVE_TIMESTAMP)
        at = repair(found.at) if repair is not None else found.at
        counted = unrolled(at, self.received_at)
        if counted is not None:
            self.note(PingFlag.WEEK_ROLLOVER)
        self.at = counted or at
        return self.at

    def instant(self, name: str, value: object) -> datetime | None:
        """A moment that may be missing; zero means unknown."""
        try:
            found = instant(name, value, self._zone)
        except FieldError:
            self.note(f"bad_{name}")
            return None
        return found.at if found is not None and found.at.timestamp() != 0.0 else None

    def point(self, lon: object, lat: object) -> LonLat | None:
        """
        The place, or None when neither is given.

        Raises
        ------
        FieldError
            When only one is given, or one is no number or not on the earth.
        """
        x, y = number("lon", lon), number("lat", lat)
        if x is None and y is None:
            return None
        if x is None:
            raise FieldError("lon", None, "a longitude beside the latitude, or neither for a sign of life")
        if y is None:
            raise FieldError("lat", None, "a latitude beside the longitude, or neither for a sign of life")
        if not -90.0 <= y <= 90.0:
            swapped = "; longitude and latitude may stand in each other's place" if -90.0 <= x <= 90.0 else ""
            raise FieldError("lat", lat, f"degrees from -90 to 90{swapped}")
        if not -180.0 <= x <= 180.0:
            raise FieldError("lon", lon, "degrees from -180 to 180")
        return LonLat(lon=x, lat=y)

    def number(self, name: str, value: object) -> float | None:
        """A number that may be missing."""
        try:
            return number(name, value)
        except FieldError:
            self.note(f"bad_{name}")
            return None

    def positive(self, name: str, value: object) -> float | None:
        """A number above zero: zero means unknown."""
        found = self.number(name, value)
        return found if found is not None and found > 0.0 else None

    def speed_mps(self, value: object, unit_mps: float) -> float | None:
        """A speed given in units of so many metres per second."""
        found = self._up_to("speed", value, SPEED_MOST_MPS / unit_mps)
        return found * unit_mps if found is not None else None

    def altitude_m(self, value: object, accuracy: object) -> float | None:
        """Metres above the sea; -1, or an accuracy below zero, is what apps of iPhones write for unknown."""
        found, within_m = self.number("altitude", value), self.number("altitude_accuracy", accuracy)
        return None if found == -1.0 or (within_m is not None and within_m < 0.0) else found

    def bearing_deg(self, value: object) -> float | None:
        """Degrees clockwise from north, 0 to 360."""
        return self._up_to("bearing", value, 360.0)

    def battery_share(self, value: object, full: float) -> float | None:
        """The charge of the battery, where `full` is the number that means all of it."""
        found = self._up_to("battery", value, full)
        return found / full if found is not None else None

    def call_for_help(self, value: object) -> str | None:
        """The word of an alarm, remembered, so that it is heard even if the rest cannot be read."""
        no_alarm = value is None or value == "" or boolean(value) is False
        self.alarm = None if no_alarm else word(str(value).lower() if isinstance(value, bool | float) else value)
        if not no_alarm and self.alarm is None:
            self.note("bad_alarm")
        return self.alarm

    def mock(self, value: bool | None) -> bool:
        """Whether the phone says that the place is invented."""
        if value:
            self.note(PingFlag.MOCK_PROVIDER)
        return bool(value)

    def _up_to(self, name: str, value: object, most: float) -> float | None:
        found = self.number(name, value)
        if found is None or found < 0.0:
            return None
        if found > most:
            self.note(f"bad_{name}")
            return None
        return found


class Findings:
    """Gathers what one request held, item by item; a bad one costs its neighbours nothing."""

    def __init__(self, dialect: str, received_at: datetime, zone: tzinfo | None) -> None:
        self._dialect = dialect
        self._received_at = received_at
        self._zone = zone
        self._device: str | None = None
        self._pings: list[Ping] = []
        self._refused: list[Refused] = []
        self._ignored: list[Ignored] = []

    def name_device(self, value: object) -> None:
        """Take the name that the phone gives itself, unless one was given before."""
        self._device = self._device or word(value)

    def json(self, body: bytes) -> Any:
        """
        The JSON of a body; None when nothing of it can be read, and that is noted.

        Of a body that is cut off it is the list of the items that came whole; the rest is refused.
        """
        if not body.strip():
            self.ignore("empty", "the request says nothing", {})
            return None
        found = json_of(body)
        if found.rest:
            self.refuse(found.rest, RefusalCode.UNREADABLE, found.why)
        elif found.value is None:
            self.refuse(body, RefusalCode.UNREADABLE, "expected an object or a list, got null")
        return None if found.rest and not found.value else found.value

    def read_all(self, items: Sequence[Any], read: Callable[[dict[str, Any], Reading], Ping | Ignored]) -> None:
        """Make a ping of each item, or say why there is none."""
        for item in self.most_of(items):
            self.read(item, read)

    def items_of(self, body: Any) -> Sequence[Any]:
        """The items of a JSON body: of a list each, as many as are taken at once; else the value itself."""
        return [] if body is None else self.most_of(body if isinstance(body, list) else [body])

    def most_of(self, items: Sequence[Any]) -> Sequence[Any]:
        """As many items as are taken at once; the rest is refused as one."""
        if len(items) > ITEMS_MOST:
            rest = len(items) - ITEMS_MOST
            self.refuse(
                items[ITEMS_MOST:],
                RefusalCode.UNREADABLE,
                f"at most {ITEMS_MOST} positions are taken at once, {rest} more came; set the app to smaller batches",
            )
        return items[:ITEMS_MOST]

    def read(self, item: Any, read: Callable[[dict[str, Any], Reading], Ping | Ignored]) -> None:
        """Make a ping of the item, or say why there is none."""
        reading = Reading(self._received_at, self._zone)
        if not isinstance(item, dict):
            self.refuse(item, RefusalCode.BAD_VALUE, f"expected an object, got {type(item).__name__}")
            return
        try:
            found = read(item, reading)
        except FieldError as error:
            self.refuse(item, RefusalCode.BAD_VALUE, str(error))
            if reading.alarm is not None:
                self._pings.append(self._cry(reading))
            return
        if isinstance(found, Ping):
            self._pings.append(found)
        else:
            self._ignored.append(found)

    def refuse(self, raw: object, code: RefusalCode, message: str) -> None:
        """Keep what could not be read, with the reason."""
        self._refused.append(refused(raw, code, message))

    def ignore(self, kind: str, why: str, raw: object) -> None:
        """Keep what needs no reading, with the reason."""
        self._ignored.append(ignored(kind, why, raw))

    def decoded(self, answer: PhoneAnswer) -> Decoded:
        """All of it."""
        return Decoded(
            dialect=self._dialect,
            answer=answer,
            device=self._device,
            pings=tuple(self._pings),
            refused=tuple(self._refused),
            ignored=tuple(self._ignored),
        )

    def _cry(self, reading: Reading) -> Ping:
        """A call for help whose place or time could not be read: it is heard all the same."""
        if reading.at is None:
            reading.note(PingFlag.TIME_ASSUMED_NOW)
        return Ping(
            fix_at=reading.at or self._received_at,
            received_at=self._received_at,
            point=None,
            alarm=reading.alarm,
            dialect=self._dialect,
            flags=tuple(reading.flags),
        )


def client_id(value: object) -> str | None:
    """The phone's own id of a message, shortened to a name of itself where it is too long to be kept."""
    text = storable(value).strip() if isinstance(value, str) else word(value)
    if not text:
        return None
    return text if len(text) <= WORD_MOST else digest(text)
