"""What a phone sends, what of it is believed, and what is refused with its reason."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """
    One message of a courier's phone, as sent.

    `fix_at` is the device's time of the position, `received_at` the service's. `point` None is a heartbeat: the phone
    lives, but its place is not known. `ping_id` is the phone's own id of the message, if it gives one. `sent_at` is the
    device's time of sending, `alarm` the word of a call for help ("sos"), `device_eta_at` when the phone's navigator
    thinks to arrive. `flags` are what was noticed while decoding (see `PingFlag`), in the order noticed.
    """

    fix_at: datetime
    received_at: datetime
    point: LonLat | None
    ping_id: str | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_share: float | None = None
    is_mock: bool = False
    sent_at: datetime | None = None
    altitude_m: float | None = None
    is_charging: bool | None = None
    is_moving: bool | None = None
    alarm: str | None = None
    device_eta_at: datetime | None = None
    dialect: str | None = None
    flags: tuple[str, ...] = ()


class PingFlag(StrEnum):
    """What a decoder noticed about a ping; besides these, `bad_<field>` says that an optional field was left out."""

    NAIVE_TIMESTAMP = "naive_timestamp"
    """The time had no zone: the device's zone was taken, or UTC."""
    TIME_ASSUMED_NOW = "time_assumed_now"
    """There was no time: the moment of receiving was taken."""
    APPLE_EPOCH = "apple_epoch"
    """The time counted from 2001 instead of 1970 and was put right."""
    WEEK_ROLLOVER = "week_rollover"
    """The time was 1,024 weeks (or twice that) behind and was put right."""
    MOCK_PROVIDER = "mock_provider"
    """The phone says that the position is invented."""
    CURRENT = "current"
    """The phone's newest position, sent ahead of older ones that still wait; it comes again in its turn."""
    NOT_A_FIX = "not_a_fix"
    """The phone says that the place is no valid or no new fix; it was read as a sign of life."""


class Fix(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A plausible position: `late` when a newer one had already been taken."""

    fix_at: datetime
    received_at: datetime
    point: LonLat
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    late: bool = False


class RefusalCode(StrEnum):
    """Why a ping was not believed; one machine word each."""

    FROM_THE_FUTURE = "from_the_future"
    TOO_OLD = "too_old"
    NULL_ISLAND = "null_island"
    TOO_INACCURATE = "too_inaccurate"
    IMPOSSIBLE_SPEED = "impossible_speed"
    BAD_VALUE = "bad_value"
    UNREADABLE = "unreadable"
    WRONG_KEY = "wrong_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPing:
    """A ping that was not believed, with the machine code and a sentence that says what came and what to do."""

    ping: Ping
    code: RefusalCode
    message: str


_SECONDS_ONLY_AGAIN = frozenset(("gpslogger",))
"""Apps that send a position with milliseconds, and later again out of a file that has whole seconds (and, in older
versions of GPSLogger, six decimals of a degree: its `CSVFileLogger.java` writes `%f`)."""


def dedupe_key(ping: Ping) -> str:
    """
    What makes it the same ping when the phone sends it again: the instant (to the ms) and place (to 0.1 m), or its own
    id and the second.

    An id alone proves nothing: OwnTracks draws 32 bits, which come again within months, and an app may count from one
    at each start or write its own name there. A call for help is never the same as an ordinary ping of that instant.
    """
    if ping.ping_id is not None:
        key = f"id:{ping.ping_id}@{math.floor(ping.fix_at.timestamp())}"
    else:
        place = f"{ping.point.lon:.6f},{ping.point.lat:.6f}" if ping.point is not None else "-"
        fix_at = ping.fix_at.replace(microsecond=0) if ping.dialect in _SECONDS_ONLY_AGAIN else ping.fix_at
        key = f"at:{fix_at.timestamp():.3f},{place}"
    return key if ping.alarm is None else f"{key},{ping.alarm}"
