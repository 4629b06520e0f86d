"""What a phone sends, what of it is believed, and what is refused with its reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """
    One message of a courier's phone, as sent.

    `fix_at` is the device's time of the position, `received_at` the service's. `point` None is a heartbeat: the phone
    lives, but its place is not known. `ping_id` is the phone's own id of the message, if it gives one.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPing:
    """A ping that was not believed, with the machine code and a sentence that says what came and what to do."""

    ping: Ping
    code: RefusalCode
    message: str
