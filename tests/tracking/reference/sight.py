"""One fix seen against the plan: what every detector looks at."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Sight:
    """
    One fix seen against the plan.

    `dt_s` is the time since the last fix (0 for the first), `gained_flow_s` the planned driving seconds of the stretch
    since then, `limit_m` how far aside still counts as on the line.
    `stop_m` is how far the nearest stop is at which standing is expected now, `next_stop_m` the next one to be made.
    `near_stop` means that standing is expected here, `near_ends` the start or the end of the line, `departed` that the
    route has begun, `jumped` that the place went to another part of the line, `jumped_back` that it went to one behind,
    along which the courier had gone back. `stands` is what the phone's own speed says, `moved_m` how far the fix
    is from the last one, `heading_m` where the last steps went. `goes` means that the phone says where it goes,
    `leaves` that the courier goes away from the start when it is time to.
    """

    at_ts: float
    dt_s: float
    lon: float
    lat: float
    x_m: float
    y_m: float
    accuracy_m: float
    along_m: float
    last_along_m: float
    gained_flow_s: float
    offset_m: float
    lateral_m: float
    limit_m: float
    stop_m: float
    next_stop_m: float
    near_stop: bool
    near_ends: bool
    departed: bool
    jumped: bool
    jumped_back: bool
    from_line_m: float
    beside: float | None
    stands: bool
    moved_m: float
    heading_m: tuple[float, float]
    speed_mps: float | None
    last_offset_m: float
    goes: bool
    leaves: bool

    @property
    def on_line(self) -> bool:
        """Whether the fix counts as on the corridor."""
        return self.offset_m <= self.limit_m

    @property
    def quiet(self) -> bool:
        """Whether parking and walking about are to be expected, so that distance says nothing."""
        return self.near_stop or self.near_ends or not self.departed


class Turn(Enum):
    """What a detector says after one fix."""

    NONE = "none"
    OPENS = "opens"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True)
class Finding:
    """A detector's word: whether a departure opens or closes, since when, and its measure."""

    turn: Turn = Turn.NONE
    since_ts: float = 0.0
    measure: float = 0.0


NOTHING = Finding()
"""Neither opens nor closes."""
