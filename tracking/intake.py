"""Is a ping to be believed, is it new, and where in the order of fixes does it belong."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.courier_state import CourierState, Suspect, TrackPoint
from tracking.ping import Fix, Ping, PingFlag, RefusalCode, RefusedPing
from tracking.rules import TrackingRules
from zones.lonlat import LonLat, distance_m

_USUAL_ACCURACY_M = 10.0
SAME_ID_S = 1.0
"""An id that comes again within a second is the same ping; later it may be another one's."""
_RESENT_S = 60.0
"""So long after it a ping without a time may be the one before, sent again: an app waits 15 s for its answer, then 30 s
(the old Traccar client and Android's WorkManager), and the same place again after that is news of its own."""
_AGREEING_AGAINST_FEW = 3
_AGREEING_AGAINST_MANY = 5
_FEW = 2


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """
    What becomes of a ping: exactly one of `refused`, `duplicate`, `heartbeat` and `point` is set.

    `dropped` is how many of the newest remembered fixes it proves wrong; `suspects` replaces the state's.
    """

    refused: RefusedPing | None = None
    duplicate: bool = False
    heartbeat: bool = False
    point: TrackPoint | None = None
    late: bool = False
    dropped: int = 0
    suspects: tuple[Suspect, ...] = ()


def judge(state: CourierState, ping: Ping, now: datetime, rules: TrackingRules) -> Verdict:
    """Accept or refuse `ping` against what is remembered; never raises, whatever the phone sent."""
    refused = _nonsense(ping, now, rules)
    if refused is not None:
        return Verdict(refused=refused, suspects=state.suspects)
    at_ts = ping.fix_at.timestamp()
    if ping.point is None:
        known = at_ts in state.heartbeats_ts or _may_be_resent(ping, at_ts, state.heartbeats_ts[-1:])
        return Verdict(duplicate=known, heartbeat=not known, suspects=state.suspects)
    point = _track_point(ping, ping.point, at_ts)
    if _is_known(state.track, point) or _says_the_same_again(ping, point, state.track[-1:]):
        return Verdict(duplicate=True, suspects=state.suspects)
    return _against_neighbours(state, ping, point, rules)


def fix_of(ping: Ping, point: TrackPoint, late: bool) -> Fix:
    """The accepted position in the form that is stored and shown."""
    return Fix(
        fix_at=ping.fix_at,
        received_at=ping.received_at,
        point=LonLat(lon=point.lon, lat=point.lat),
        accuracy_m=point.accuracy_m,
        speed_mps=point.speed_mps,
        bearing_deg=point.bearing_deg,
        late=late,
    )


def _nonsense(ping: Ping, now: datetime, rules: TrackingRules) -> RefusedPing | None:
    """What is wrong with the ping on its own, whatever came before."""
    for name, instant in (("fix_at", ping.fix_at), ("received_at", ping.received_at)):
        if instant.tzinfo is None:
            return _refuse(ping, RefusalCode.BAD_VALUE, f"{name} {instant.isoformat()} has no time zone; send UTC")
    nowhere = _null_island(ping, ping.point, rules) if ping.point is not None else None
    if nowhere is not None:
        # Before the time: a phone that knows no place yet knows no time either, and its place is what explains both.
        return nowhere
    ahead_s = (ping.fix_at - now).total_seconds()
    if ahead_s > rules.future_s:
        return _refuse(
            ping,
            RefusalCode.FROM_THE_FUTURE,
            f"fix_at {ping.fix_at.isoformat()} is {ahead_s:.0f} s ahead of the service, at most {rules.future_s:.0f} s "
            "is taken; set the phone's clock to network time",
        )
    if -ahead_s > rules.oldest_s:
        return _refuse(
            ping,
            RefusalCode.TOO_OLD,
            f"fix_at {ping.fix_at.isoformat()} is {-ahead_s / 3600:.1f} h old, at most {rules.oldest_s / 3600:.0f} h "
            "is taken; check the phone's date, or import old tracks as history",
        )
    return _bad_value(ping) or (_bad_place(ping, rules) if ping.point is not None else None)


def _bad_value(ping: Ping) -> RefusedPing | None:
    # Phones write -1 for a speed or direction that they do not know; it is read as not given, not as nonsense.
    limits = (("accuracy_m", 0.0, 1e7), ("speed_mps", -1.0, 1e4), ("bearing_deg", -1.0, 360.0))
    for name, least, most in limits:
        value: float | None = getattr(ping, name)
        if value is not None and not least <= value <= most:
            return _refuse(
                ping,
                RefusalCode.BAD_VALUE,
                f"{name} is {value}, expected {least:g} to {most:g}; leave it out if unknown",
            )
    return None


def _null_island(ping: Ping, point: LonLat, rules: TrackingRules) -> RefusedPing | None:
    if abs(point.lon) < rules.null_island_deg and abs(point.lat) < rules.null_island_deg:
        return _refuse(
            ping,
            RefusalCode.NULL_ISLAND,
            f"position is {point.lon}, {point.lat}, what phones send before they know; "
            "send no position until there is one",
        )
    return None


def _bad_place(ping: Ping, rules: TrackingRules) -> RefusedPing | None:
    if ping.accuracy_m is not None and ping.accuracy_m > rules.worst_accuracy_m:
        return _refuse(
            ping,
            RefusalCode.TOO_INACCURATE,
            f"accuracy is {ping.accuracy_m:.0f} m, at most {rules.worst_accuracy_m:.0f} m is taken; "
            "allow the app the precise position",
        )
    if ping.speed_mps is not None and ping.speed_mps > rules.fastest_mps:
        return _refuse(
            ping,
            RefusalCode.IMPOSSIBLE_SPEED,
            f"speed is {ping.speed_mps * 3.6:.0f} km/h, at most {rules.fastest_mps * 3.6:.0f} km/h is taken; "
            "check that the app sends metres per second",
        )
    return None


def _track_point(ping: Ping, point: LonLat, at_ts: float) -> TrackPoint:
    return TrackPoint(
        at_ts=at_ts,
        received_ts=ping.received_at.timestamp(),
        lon=point.lon,
        lat=point.lat,
        # Zero metres is what phones send when they do not know.
        accuracy_m=ping.accuracy_m or None,
        speed_mps=ping.speed_mps if ping.speed_mps is not None and ping.speed_mps >= 0.0 else None,
        bearing_deg=ping.bearing_deg if ping.bearing_deg is not None and ping.bearing_deg >= 0.0 else None,
        ping_id=ping.ping_id,
        mock=ping.is_mock,
    )


def _is_known(track: tuple[TrackPoint, ...], point: TrackPoint) -> bool:
    """The same instant and place, or the same id given by the phone within a second."""
    for other in reversed(track):
        if other.at_ts == point.at_ts and other.lon == point.lon and other.lat == point.lat:
            return True
        if (
            point.ping_id is not None
            and other.ping_id == point.ping_id
            and math.fabs(other.at_ts - point.at_ts) < SAME_ID_S
        ):
            return True
    return False


def _says_the_same_again(ping: Ping, point: TrackPoint, newest: tuple[TrackPoint, ...]) -> bool:
    """Whether a ping without a time may be the newest fix sent again: nothing else in it differs."""
    return _may_be_resent(ping, point.at_ts, [other.at_ts for other in newest]) and all(
        msgspec.structs.replace(other, at_ts=point.at_ts, received_ts=point.received_ts) == point for other in newest
    )


def _may_be_resent(ping: Ping, at_ts: float, newest_ts: Sequence[float]) -> bool:
    is_untimed = PingFlag.TIME_ASSUMED_NOW in ping.flags and ping.alarm is None
    return is_untimed and any(0.0 <= at_ts - before_ts < _RESENT_S for before_ts in newest_ts)


def _against_neighbours(state: CourierState, ping: Ping, point: TrackPoint, rules: TrackingRules) -> Verdict:
    track = state.track
    newest = not track or point.at_ts >= track[-1].at_ts
    place = len(track) if newest else bisect_left(track, point.at_ts, key=lambda p: p.at_ts)
    neighbours = track[max(0, place - 1) : place + 1]
    speeds = [speed for other in neighbours if (speed := _implied_mps(point, other)) > rules.fastest_mps]
    if not speeds:
        return Verdict(point=point, late=not newest, suspects=() if newest else state.suspects)
    refused = _refuse(
        ping,
        RefusalCode.IMPOSSIBLE_SPEED,
        f"{speeds[0] * 3.6:.0f} km/h is implied between this position and the one before or after it, at most "
        f"{rules.fastest_mps * 3.6:.0f} km/h is taken; a single jump needs nothing done, "
        "if it goes on turn off mock positions",
    )
    suspect = Suspect(point.at_ts, point.lon, point.lat, point.accuracy_m)
    if not newest or suspect in state.suspects:
        return Verdict(refused=refused, suspects=state.suspects)
    return _outvote(state, suspect, point, refused, rules)


def _outvote(
    state: CourierState, suspect: Suspect, point: TrackPoint, refused: RefusedPing, rules: TrackingRules
) -> Verdict:
    """
    Let several later fixes that agree win over what was believed before.

    Otherwise one outlier taken as the first fix would make every true one look like a jump.
    """
    suspects = state.suspects
    if suspects and (suspect.at_ts <= suspects[-1].at_ts or _implied_mps(suspect, suspects[-1]) > rules.fastest_mps):
        suspects = ()
    suspects = (*suspects, suspect)
    wrong = 0
    while wrong < len(state.track) and _implied_mps(suspects[0], state.track[-1 - wrong]) > rules.fastest_mps:
        wrong += 1
    few = wrong <= _FEW
    if len(suspects) < (_AGREEING_AGAINST_FEW if few else _AGREEING_AGAINST_MANY):
        return Verdict(refused=refused, suspects=suspects[-_AGREEING_AGAINST_MANY:])
    return Verdict(point=point, dropped=wrong if few else 0)


def _implied_mps(a: TrackPoint | Suspect, b: TrackPoint | Suspect) -> float:
    """The least speed that joins two fixes, given their accuracies; within a second counts as one second."""
    slack_m = (a.accuracy_m or _USUAL_ACCURACY_M) + (b.accuracy_m or _USUAL_ACCURACY_M)
    apart_m = distance_m(LonLat(lon=a.lon, lat=a.lat), LonLat(lon=b.lon, lat=b.lat)) - slack_m
    return max(0.0, apart_m) / max(1.0, math.fabs(a.at_ts - b.at_ts))


def _refuse(ping: Ping, code: RefusalCode, message: str) -> RefusedPing:
    return RefusedPing(ping=ping, code=code, message=message)
