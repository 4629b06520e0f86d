"""
All that is remembered about one courier between two pings: immutable, small, and written as JSON bytes.

Inside the state an instant is a float, seconds since 1970 UTC (`_ts`): it is compared and subtracted many times a
ping and stored with each one. The values are msgspec structs written as arrays for the same reason, and without the
collector's care (`gc=False`): values that never change cannot come to hold themselves.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from tracking.errors import StateFormatError
from tracking.events import DeviationKind, Level, Reason

STATE_FORMAT: Final = 2
"""Raised by one whenever the shape of the state changes so that older bytes cannot be read."""


class TrackPoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One remembered fix."""

    at_ts: float
    received_ts: float
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    ping_id: str | None = None
    mock: bool = False


class Episode(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    A departure from the plan, open while `closed_ts` is None; `told_*` is what was last said of its measure.

    `filled_until_ts` and `filled_from_ts` close in on the silence of a gap as late pings fill it from either end.
    """

    deviation_id: str
    kind: DeviationKind
    since_ts: float
    opened_ts: float
    measure: float
    told_measure: float
    told_ts: float
    visit_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    closed_ts: float | None = None
    filled_from_ts: float | None = None
    filled_until_ts: float | None = None
    retracted: bool = False


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Where the courier is on the line, or was at `on_ts`, before going far off it.

    `rejoin_*` is another place on the line that the last pings speak for, `heading_*` the sum of the last steps, older
    ones counting less.
    """

    at_ts: float
    lon: float
    lat: float
    along_m: float
    offset_m: float
    on_ts: float
    rejoin_m: float | None = None
    rejoin_from_m: float = 0.0
    rejoin_pings: int = 0
    heading_x_m: float = 0.0
    heading_y_m: float = 0.0


class Corridor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Evidence that the courier is off the corridor, and the last signed offsets, from which noise is judged.

    `inside_from_m` and `inside_since_ts` say where and when the fixes inside in a row began. `leapt_m` of the offset
    came by a leap longer than the phone's own speed allows; `speed_mps` is what it said of the last fix.
    """

    score: float = 0.0
    outside_since_ts: float | None = None
    inside_pings: int = 0
    laterals_m: tuple[float, ...] = ()
    inside_from_m: float | None = None
    inside_since_ts: float | None = None
    leapt_m: float = 0.0
    speed_mps: float | None = None


class Way(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Evidence that the courier goes back along the line."""

    furthest_m: float = 0.0
    furthest_ts: float = 0.0
    lowest_m: float = 0.0
    back_pings: int = 0
    ahead_pings: int = 0


class Still(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Since when and where (the mean of the first `pings`) the courier has not moved.

    `moved_pings` counts the pings in a row that say otherwise.
    """

    since_ts: float
    last_ts: float
    lon: float
    lat: float
    pings: int = 1
    moved_pings: int = 0


class Pace(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Two clocks that run only while driving between stops: real seconds and planned ones, with marks of the last.

    A mark is three numbers: an instant, and what the two clocks showed. `marks` has them one after another: there are
    dozens, and a value for each would cost more than all the rest of the motion.

    The courier has come to `reached_m` along the line, and `spare_s` more seconds would count without coming further.
    """

    drive_s: float = 0.0
    flow_s: float = 0.0
    marks: tuple[float, ...] = ()
    reached_m: float = 0.0
    spare_s: float = 0.0


class VisitProgress(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the positions say of one visit; `passed_m` are the metres driven along the line beyond it."""

    visit_id: str
    near_since_ts: float | None = None
    arrived_ts: float | None = None
    left_ts: float | None = None
    away_pings: int = 0
    passed_m: float = 0.0
    away_since_ts: float | None = None


class Motion(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Everything that follows from the fixes alone, so that it can be found anew when a late one arrives.

    `still` allows for walking about, `halt` is standing in one spot.
    """

    place: Place | None = None
    corridor: Corridor = Corridor()
    way: Way = Way()
    still: Still | None = None
    pace: Pace = Pace()
    visits: tuple[VisitProgress, ...] = ()
    seen_at_start: bool = False
    departed_ts: float | None = None
    open: tuple[Episode, ...] = ()
    halt: Still | None = None


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    The estimate last told for a visit, and what has moved it since.

    `told_ts` is None while it is the plan's own estimate. `seen_ts` is the expected arrival at the last look; `moved_s`
    sums its movements by "reason" or "reason cause-id". Since `slips_since_ts` it is later for no known cause.
    """

    early_ts: float
    expected_ts: float
    late_ts: float
    computed_ts: float
    level: Level
    seen_ts: float
    promised_until_ts: float | None = None
    told_ts: float | None = None
    moved_s: dict[str, float] = msgspec.field(default_factory=dict)
    slips_since_ts: float | None = None


class Blame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last cause that made the courier late; it stays the cause while the lateness stays."""

    reason: Reason
    cause_id: str | None
    at_ts: float


class Delay(msgspec.Struct, frozen=True, array_like=True):
    """
    The incident of a courier who runs late through no departure from the plan; see `running_late`.

    `slipped_s` has the seconds by which each visit it was told of has moved since, `most_s` the most of any so far;
    `told_*` is what was last said of it.
    """

    delay_id: str
    reason: Reason
    since_ts: float
    slipped_s: dict[str, float]
    told_reason: Reason
    told_ts: float
    told_s: float = 0.0
    most_s: float = 0.0


class Approach(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    The new way of a courier off the route: asked at `at_ts` from a place, driving seconds to `visit_id`.

    `later` are the driving seconds between the stops after that, by the visit they lead to; `way` is the line through
    all of them to the end of the route, as `polyline` writes it.
    """

    at_ts: float
    lon: float
    lat: float
    visit_id: str
    drive_s: float
    later: tuple[tuple[str, float], ...] = ()
    way: str = ""


class Watch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    What is watched beside the motion: speed, made-up positions, permitted zones; `open` are its departures.

    `over_*` and `under_pings` count fixes above and below the speed limit in a row, `top_mps` is the highest of them;
    `flags` says of the last few fixes which were made up (one bit each, the newest lowest), `fake_pings` counts all of
    them; `outside_*` and `inside_pings` count fixes outside and inside the permitted zones. Within
    `clear_m` of `clear_lon`, `clear_lat` everything is inside.
    """

    open: tuple[Episode, ...] = ()
    over_since_ts: float | None = None
    over_pings: int = 0
    under_pings: int = 0
    top_mps: float = 0.0
    flags: int = 0
    fake_pings: int = 0
    outside_since_ts: float | None = None
    outside_pings: int = 0
    inside_pings: int = 0
    clear_lon: float = 0.0
    clear_lat: float = 0.0
    clear_m: float = 0.0


class PhoneClock(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    How far the phone's clock is ahead (negative: behind), and since when that is known.

    `odd_receipts` in a row, from `odd_since_ts` on, did not fit it but agree: the seconds from the phone's own time to
    the receipt were from `least_s` to `most_s`. Of the receipt at `receipt_ts`, not counted yet, the least are
    `receipt_s`.
    """

    ahead_s: float = 0.0
    since_ts: float | None = None
    odd_receipts: int = 0
    odd_since_ts: float = 0.0
    least_s: float = 0.0
    most_s: float = 0.0
    receipt_ts: float | None = None
    receipt_s: float = 0.0


class Cadence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How often the phone speaks: the last times between two receipts, and what is usual of them."""

    gaps_s: tuple[float, ...] = ()
    usual_s: float | None = None


class Suspect(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fix that was not believed because of its distance from the others; several that agree win."""

    at_ts: float
    lon: float
    lat: float
    accuracy_m: float | None = None


class CourierState(msgspec.Struct, frozen=True, gc=False):
    """
    All that is remembered about one courier.

    `track` holds the last fixes in order of their own time. `base` is the motion after the first `base_count` of
    them and `motion` after all of them: a late fix among the others is put in its place and they are run again.
    `middle`, after `middle_count` of them, becomes the base when enough fixes have followed it.
    `timed` are open departures that time alone opens (gap, long service, late start); `closed` those that ended lately
    and may still be retracted. `done` maps a visit to when the courier's phone said it was finished.
    """

    plan_id: str | None
    phone_expected: bool
    started_ts: float
    track: tuple[TrackPoint, ...] = ()
    base: Motion = Motion()
    base_count: int = 0
    middle: Motion = Motion()
    middle_count: int = 0
    motion: Motion = Motion()
    timed: tuple[Episode, ...] = ()
    closed: tuple[Episode, ...] = ()
    done: dict[str, float] = msgspec.field(default_factory=dict)
    told: dict[str, Told] = msgspec.field(default_factory=dict)
    blame: Blame | None = None
    delay: Delay | None = None
    approach: Approach | None = None
    suspects: tuple[Suspect, ...] = ()
    heartbeats_ts: tuple[float, ...] = ()
    last_life_ts: float | None = None
    watch: Watch = Watch()
    clock: PhoneClock = PhoneClock()
    cadence: Cadence = Cadence()
    format: int = STATE_FORMAT


class _FormatOnly(msgspec.Struct):
    format: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CourierState)
_format_decoder = msgspec.json.Decoder(_FormatOnly)


def to_bytes(state: CourierState) -> bytes:
    """The state as JSON bytes."""
    return _encoder.encode(state)


def from_bytes(content: bytes) -> CourierState:
    """
    The state that `to_bytes` wrote.

    Raises
    ------
    StateFormatError
        When the bytes are no state, or one of another format.
    """
    try:
        state = _decoder.decode(content)
    except (msgspec.DecodeError, ValueError) as error:
        raise StateFormatError(_format_of(content), STATE_FORMAT, str(error)) from error
    if state.format != STATE_FORMAT:
        raise StateFormatError(state.format, STATE_FORMAT, "another format")
    return state


def _format_of(content: bytes) -> int | None:
    try:
        return _format_decoder.decode(content).format
    except (msgspec.DecodeError, ValueError):
        return None


def instant(ts: float) -> datetime:
    """Seconds since 1970 as an aware UTC instant."""
    return datetime.fromtimestamp(ts, UTC)
