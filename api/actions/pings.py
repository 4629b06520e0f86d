"""Takes a phone's pings in: each once, in the order of the phone's own time, all that follows in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.tracking import apply_outcome, follow
from api.context import Caller, Services
from api.db.ping_store import add_pings, add_refused, known_keys
from api.errors import NotFoundError, UnauthorizedError
from api.schemas.pings import ReadPing, UnreadablePing
from tracking import pipeline
from tracking.pipeline import PingResult


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
    known = known_keys(session, courier_id, keys)
    intake = _Intake(caller.tenant_id, courier_id, now)
    for bad in unreadable:
        if not intake.is_known(bad.dedupe_key, known):
            intake.refuse(bad.index, bad.ping_id, bad.dedupe_key, bad.code, bad.message, bad.raw)
    new = [read for read in pings if not intake.is_known(read.dedupe_key, known)]
    outcome = pipeline.advance_many(state, [read.ping for read in new], followed.line, followed.roads, now, factors=followed.factors)
    for read, result in sorted(zip(new, outcome.results, strict=True), key=lambda pair: pair[0].ping.fix_at):
        intake.take(read, result)
    add_pings(session, intake.accepted)
    add_refused(session, intake.refused)
    if intake.accepted or intake.refused:
        apply_outcome(session, followed, outcome, now)
    return intake.answer()


class _Intake:
    """What has become of each ping of one request so far."""

    def __init__(self, tenant_id: str, courier_id: str, now: datetime) -> None:
        self._common = {"tenant_id": tenant_id, "courier_id": courier_id, "received_at": now}
        self._seen: set[str] = set()
        self._duplicates = 0
        self._told: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []

    def is_known(self, key: str, known: set[str]) -> bool:
        """True, and counted, when the same ping was taken before or stands twice in this request."""
        if key in known or key in self._seen:
            self._duplicates += 1
            return True
        self._seen.add(key)
        return False

    def take(self, read: ReadPing, result: PingResult) -> None:
        """Keep a ping as the pipeline judged it."""
        if result.duplicate:
            self._duplicates += 1
        elif result.refused is not None:
            refused = result.refused
            self.refuse(read.index, read.ping.ping_id, read.dedupe_key, refused.code.value, refused.message, read.raw)
        else:
            fix, ping = result.fix, read.ping
            self.accepted.append(
                self._common
                | {
                    "dedupe_key": read.dedupe_key,
                    "fix_at": ping.fix_at,
                    "lon": fix.point.lon if fix else None,
                    "lat": fix.point.lat if fix else None,
                    "accuracy_m": fix.accuracy_m if fix else ping.accuracy_m,
                    "speed_mps": fix.speed_mps if fix else None,
                    "bearing_deg": fix.bearing_deg if fix else None,
                    "battery_share": ping.battery_share,
                    "late": fix.late if fix else False,
                }
            )

    def refuse(self, index: int, ping_id: str | None, key: str, code: str, message: str, raw: dict[str, Any]) -> None:
        """Keep a ping that is not believed, with the reason."""
        self.refused.append(self._common | {"dedupe_key": key, "code": code, "message": message, "raw": raw})
        self._told.append({"index": index, "id": ping_id, "code": code, "message": message})

    def answer(self) -> dict[str, Any]:
        """What the phone is told."""
        return {
            "accepted": len(self.accepted),
            "duplicates": self._duplicates,
            "refused": sorted(self._told, key=lambda told: int(told["index"])),
        }
