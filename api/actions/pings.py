"""Takes a phone's pings in: each once, in the order of the phone's own time, all that follows in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.actions.shift_times import OFF_SHIFT, WorkTimes, work_times
from api.actions.sos import raise_alarms
from api.actions.tracking import Followed, apply_outcome, follow
from api.context import Caller, Services
from api.db.account_store import note_heard
from api.db.ping_store import add_pings, add_refused, known_keys
from api.errors import NotFoundError, UnauthorizedError
from api.schemas.pings import ReadPing, UnreadablePing
from tracking import pipeline
from tracking.courier_state import CourierState
from tracking.ping import Fix, Ping
from tracking.pipeline import Outcome, PingResult
from tracking.wrong_clock import on_time

_NOTED_EVERY = timedelta(seconds=30)
"""So often at most is written down that a phone at work was heard of: its pings say the same more exactly."""


def take_pings(
    session: Session,
    services: Services,
    caller: Caller,
    pings: Sequence[ReadPing],
    unreadable: Sequence[UnreadablePing],
    now: datetime,
) -> dict[str, Any]:
    """
    Write down one request's pings and what they lead to; runs inside the writer's transaction.

    Positions outside a shift are not kept; a call for help always is, since it is sent on purpose.

    Raises
    ------
    UnauthorizedError
        When the token is of no courier, or the courier is gone: the phone must be told, nothing is kept.
    """
    courier_id = caller.courier_id
    if courier_id is None:
        raise UnauthorizedError("this token belongs to no courier; make one with `corridor token add --courier`")
    keys = [ping.dedupe_key for ping in pings] + [ping.dedupe_key for ping in unreadable]
    try:
        followed, state = follow(session, services, caller.tenant_id, courier_id, now)
    except NotFoundError as error:
        raise UnauthorizedError("the courier of this token is unknown; make a new token") from error
    times = work_times(session, caller.tenant_id, courier_id, now)
    intake = _Intake(caller.tenant_id, courier_id, now, known_keys(session, courier_id, keys))
    for bad in unreadable:
        if not intake.is_known(bad.dedupe_key):
            intake.refuse_unreadable(bad, is_at_work=times.shift_at(None, now) is not None)
    new = [read for read in pings if not intake.is_known(read.dedupe_key)]
    now_made, earlier = _by_shift(new, followed, state, times, intake, now)
    outcome = pipeline.advance_many(
        state,
        [read.ping for read in now_made],
        followed.line,
        followed.roads,
        now,
        rules=followed.rules,
        factors=followed.factors,
    )
    intake.take_all(now_made, outcome)
    if earlier:
        # What was made in a shift before this one is history: judged for itself, it moves nobody today.
        past = pipeline.start(None, now, phone_expected=False)
        intake.take_all(earlier, pipeline.advance_many(past, [read.ping for read in earlier], None, None, now))
    add_pings(session, intake.accepted)
    add_refused(session, intake.refused)
    if now_made or intake.refused:
        apply_outcome(session, followed, outcome, now)
    raise_alarms(session, followed.courier, followed.roads, [read for read in new if read.ping.alarm], now)
    if caller.token_id is not None and (intake.off_shift or not keys or _is_news(caller.token_seen_at, now)):
        note_heard(session, caller.token_id, now, _dialect_of(pings, unreadable), intake.off_shift)
    return intake.answer()


def _by_shift(
    reads: Sequence[ReadPing],
    followed: Followed,
    state: CourierState,
    times: WorkTimes,
    intake: "_Intake",
    now: datetime,
) -> tuple[list[ReadPing], list[ReadPing]]:
    """Pings of the shift that is followed, and those of an earlier one; of the others nothing is kept."""
    current = followed.shift.id if followed.shift is not None else None
    now_made: list[ReadPing] = []
    earlier: list[ReadPing] = []
    for read in reads:
        # A phone whose clock is known to be wrong must not be at work an hour too late.
        shift_id = times.shift_at(on_time(state, read.ping, followed.rules)[1].fix_at, now)
        if shift_id is not None and shift_id == current:
            now_made.append(read)
        elif shift_id is not None or read.ping.alarm:
            earlier.append(read)
        else:
            intake.leave_out(read.index, read.ping.ping_id)
    return now_made, earlier


def _is_news(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is None or abs(now - seen_at) > _NOTED_EVERY


def _dialect_of(pings: Sequence[ReadPing], unreadable: Sequence[UnreadablePing]) -> str | None:
    return pings[0].ping.dialect if pings else unreadable[0].dialect if unreadable else None


class _Intake:
    """What has become of each ping of one request so far."""

    def __init__(self, tenant_id: str, courier_id: str, now: datetime, known: set[str]) -> None:
        self._common = {"tenant_id": tenant_id, "courier_id": courier_id, "received_at": now}
        self._seen = set(known)
        self._duplicates = 0
        self.off_shift = 0
        self._told: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []

    def is_known(self, key: str) -> bool:
        """True, and counted, when the same ping was taken before or stands twice in this request."""
        if key in self._seen:
            self._duplicates += 1
            return True
        self._seen.add(key)
        return False

    def take_all(self, reads: Sequence[ReadPing], outcome: Outcome) -> None:
        """Keep pings as the pipeline judged them, in the order of the phone's time."""
        for read, result in sorted(zip(reads, outcome.results, strict=True), key=lambda pair: _moment(pair[0])):
            self._take(read, result)

    def refuse_unreadable(self, bad: UnreadablePing, *, is_at_work: bool) -> None:
        """Keep what nobody understands; a courier who is not at work may have sent his place in it."""
        if is_at_work:
            self._refuse(bad.index, bad.ping_id, bad.dedupe_key, bad.code, bad.message, bad.raw, bad.dialect)
        else:
            self.leave_out(bad.index, bad.ping_id)

    def leave_out(self, index: int, ping_id: str | None) -> None:
        """Keep nothing of a ping but the number of such."""
        self.off_shift += 1
        message = "no shift of yours was running then, and positions outside a shift are not kept; start your shift"
        self._told.append({"index": index, "id": ping_id, "code": OFF_SHIFT, "message": message})

    def _take(self, read: ReadPing, result: PingResult) -> None:
        ping = read.ping
        if result.duplicate:
            self._duplicates += 1
        elif result.refused is not None:
            refused = result.refused
            code = refused.code.value
            self._refuse(read.index, ping.ping_id, read.dedupe_key, code, refused.message, read.raw, ping.dialect)
        else:
            fix = result.fix
            self.accepted.append(
                self._common
                | {
                    "dedupe_key": read.dedupe_key,
                    "fix_at": fix.fix_at if fix else ping.fix_at,
                    "lon": fix.point.lon if fix else None,
                    "lat": fix.point.lat if fix else None,
                    "accuracy_m": fix.accuracy_m if fix else ping.accuracy_m,
                    "speed_mps": fix.speed_mps if fix else None,
                    "bearing_deg": fix.bearing_deg if fix else None,
                    "battery_share": ping.battery_share,
                    "late": fix.late if fix else False,
                    "sent_at": ping.sent_at,
                    "ping_id": ping.ping_id,
                    "altitude_m": ping.altitude_m,
                    "is_charging": ping.is_charging,
                    "alarm": ping.alarm,
                    "flags": _flags(ping, fix) or None,
                    "dialect": ping.dialect,
                    "device_eta_at": ping.device_eta_at,
                }
            )

    def _refuse(
        self,
        index: int,
        ping_id: str | None,
        key: str,
        code: str,
        message: str,
        raw: dict[str, Any],
        dialect: str | None,
    ) -> None:
        kept = {"dedupe_key": key, "code": code, "message": message, "raw": raw, "dialect": dialect}
        self.refused.append(self._common | kept)
        self._told.append({"index": index, "id": ping_id, "code": code, "message": message})

    def answer(self) -> dict[str, Any]:
        """What the phone is told."""
        return {
            "accepted": len(self.accepted),
            "duplicates": self._duplicates,
            "refused": sorted(self._told, key=lambda told: int(told["index"])),
        }


def _flags(ping: Ping, fix: Fix | None) -> list[str]:
    """What was noticed; a time that was corrected says by how much, so that the phone's own is not lost."""
    corrected_s = (ping.fix_at - fix.fix_at).total_seconds() if fix is not None else 0.0
    return [*ping.flags, *([f"clock_ahead_s:{corrected_s:.0f}"] if corrected_s else [])]


def _moment(read: ReadPing) -> datetime:
    # One without a time zone was refused; it must only not stop the others from being put in order.
    at = read.ping.fix_at
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
