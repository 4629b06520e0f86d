"""Phones with other apps than ours: whose they are, and what they send."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.actions.pings import take_pings
from api.context import Caller, Role, Services
from api.credentials import hash_token
from api.db import account_store
from api.db.tables import AccessToken, City, Courier
from api.errors import ForbiddenError, UnauthorizedError, UnavailableError
from api.schemas.pings import ReadPing, UnreadablePing
from tracking.dialects.request import Decoded
from tracking.ping import Ping, dedupe_key

_AT_ONCE = 1_000
"""So many pings are written in one transaction: a whole day sent again must not keep the other phones waiting."""
_HIDDEN = "[hidden]"

type Writer = Callable[[Callable[[Session], dict[str, Any]]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A courier's phone that has proved itself: who calls, what it encrypts with, the zone of its naive times."""

    caller: Caller
    zone: ZoneInfo
    keys: tuple[bytes, ...] = ()
    secret: str = ""


def find_phone(services: Services, secrets: Sequence[str], *, request_id: str | None = None) -> Phone | None:
    """
    The phone that one of these secrets belongs to, the first that is known; None when none is.

    Raises
    ------
    ForbiddenError
        When the secret is that of a program, not of a courier's phone.
    UnauthorizedError
        When it was this phone's until it was revoked.
    """
    hashes = {hash_token(secret): secret for secret in reversed(secrets) if secret}
    with services.db.read() as session:
        found = account_store.find_phones(session, list(hashes))
        for token_hash, secret in reversed(hashes.items()):
            if token_hash in found:
                return _phone(*found[token_hash], secret=secret, request_id=request_id)
        if account_store.is_any_revoked(session, list(hashes)):
            raise UnauthorizedError("this phone was revoked; ask the dispatcher for a new set-up page")
    return None


def find_phone_of_topic(services: Services, mqtt_name: str) -> Phone | None:
    """The phone that was bound to an MQTT `user/device`, both in lower case; None when none is."""
    with services.db.read() as session:
        found = account_store.find_phone_by_mqtt_name(session, mqtt_name)
        return _phone(*found) if found is not None else None


def take_decoded(services: Services, write: Writer, phone: Phone, decoded: Decoded, now: datetime) -> dict[str, Any]:
    """
    Keep what a phone sent, before it is answered; the same again changes nothing.

    Returns
    -------
    What became of the pings, as `take_pings` tells it.

    Raises
    ------
    UnavailableError
        When the database takes no writes now; the phone keeps its pings and comes again.
    UnauthorizedError
        When the courier has left.
    """
    pings = sorted(
        (_read(index, ping) for index, ping in enumerate(decoded.pings)), key=lambda read: _utc(read.ping.fix_at)
    )
    unreadable = [
        UnreadablePing(
            index=len(pings) + index,
            dedupe_key=one.dedupe_key,
            ping_id=None,
            message=one.message,
            raw=_without(one.raw, phone.secret),
            code=one.code.value,
            dialect=decoded.dialect,
        )
        for index, one in enumerate(decoded.refused)
    ]
    answer: dict[str, Any] = {"accepted": 0, "duplicates": 0, "refused": []}
    try:
        if not pings and not unreadable:
            write(lambda session: _note_life(session, phone, decoded.dialect, now))
        for start in range(0, max(len(pings), len(unreadable)), _AT_ONCE):
            part, bad = pings[start : start + _AT_ONCE], unreadable[start : start + _AT_ONCE]
            told = write(_taking(services, phone, part, bad, now))
            answer["accepted"] += told["accepted"]
            answer["duplicates"] += told["duplicates"]
            answer["refused"] += told["refused"]
    except OperationalError as error:
        raise UnavailableError(
            "the database takes no writes now; the phone keeps its positions and tries again"
        ) from error
    return answer


def _taking(
    services: Services, phone: Phone, part: Sequence[ReadPing], bad: Sequence[UnreadablePing], now: datetime
) -> Callable[[Session], dict[str, Any]]:
    return lambda session: take_pings(session, services, phone.caller, part, bad, now)


def _note_life(session: Session, phone: Phone, dialect: str, now: datetime) -> dict[str, Any]:
    if phone.caller.token_id is not None:
        account_store.note_heard(session, phone.caller.token_id, now, dialect, 0)
    return {}


def _phone(
    row: AccessToken, courier: Courier | None, city: City | None, *, secret: str = "", request_id: str | None = None
) -> Phone:
    if courier is None or city is None or row.role != Role.COURIER:
        raise ForbiddenError("this secret is a program's; make one for the courier's phone on the set-up page")
    return Phone(
        caller=Caller(
            tenant_id=row.tenant_id,
            role=Role.COURIER,
            actor=f"courier:{courier.id}",
            name=courier.name,
            courier_id=courier.id,
            token_id=row.id,
            token_seen_at=row.last_seen_at,
            request_id=request_id,
        ),
        zone=ZoneInfo(city.timezone),
        keys=(row.owntracks_key.encode(),) if row.owntracks_key else (),
        secret=secret,
    )


def _read(index: int, ping: Ping) -> ReadPing:
    return ReadPing(index=index, dedupe_key=dedupe_key(ping), ping=ping, raw=_raw(ping))


def _raw(ping: Ping) -> dict[str, Any]:
    """A ping as it was understood, for one that is refused later."""
    instants = {"fix_at": ping.fix_at, "sent_at": ping.sent_at, "device_eta_at": ping.device_eta_at}
    told = {
        **{name: at.isoformat() if at is not None else None for name, at in instants.items()},
        "lon": ping.point.lon if ping.point else None,
        "lat": ping.point.lat if ping.point else None,
        "id": ping.ping_id,
        "accuracy_m": ping.accuracy_m,
        "altitude_m": ping.altitude_m,
        "speed_mps": ping.speed_mps,
        "bearing_deg": ping.bearing_deg,
        "battery_share": ping.battery_share,
        "is_charging": ping.is_charging,
        "is_moving": ping.is_moving,
        "mock": ping.is_mock or None,
        "alarm": ping.alarm,
        "flags": list(ping.flags) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _without(raw: dict[str, Any], secret: str) -> dict[str, Any]:
    """Some people type the secret where the app has only a name for the device: it is not kept either."""
    if not secret:
        return raw
    text = json.dumps(raw)
    return json.loads(text.replace(secret, _HIDDEN)) if secret in text else raw


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
