"""What comes in from a phone, what was understood of it, and what the phone is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracking.ping import Ping, RefusalCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRequest:
    """
    One HTTP request of a phone.

    `query` is what stands behind the question mark, still encoded. `headers` may be written in any case; `header()`
    finds them in any case.
    """

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header, whatever the case of its name; empty when it was not sent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAnswer:
    """What the app takes for success; anything else makes it send the same again, before all that follows."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """
    A message, or one item of it, of which no ping could be made.

    `raw` is what came, without secrets and personal data, capped in size: the item, or `{"text": its beginning}`.
    `dedupe_key` is the same when the same comes again, and never that of a ping.
    """

    raw: dict[str, Any]
    code: RefusalCode
    message: str
    dedupe_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """
    Something well formed that says nothing of where the phone is now.

    `kind` is one machine word ("empty", "retained", "device_geofence", "visit", "trip", "lwt", ...), `why` a sentence.
    """

    kind: str
    why: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """
    All that one request of a phone held, and the answer to give once it is stored.

    `device` is the name that the phone gives itself: a hint for people, it authenticates nobody. `pings` stand in the
    order of the request, which is not always that of their times; each is still to be judged by the intake.
    """

    dialect: str
    answer: PhoneAnswer
    device: str | None = None
    pings: tuple[Ping, ...] = ()
    refused: tuple[Refused, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def alarms(self) -> tuple[Ping, ...]:
        """The pings that call for help; they are meant for people at once, whatever the intake says of the place."""
        return tuple(ping for ping in self.pings if ping.alarm is not None)

    @property
    def kind(self) -> str:
        """What the request was in one word: "ping", "heartbeat", "refused", "device_geofence" or "ignored"."""
        if self.pings:
            return "ping" if any(ping.point is not None for ping in self.pings) else "heartbeat"
        if self.refused:
            return "refused"
        return "device_geofence" if any(item.kind == "device_geofence" for item in self.ignored) else "ignored"
