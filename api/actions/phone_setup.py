"""A courier's phone is set up: a token is made once, and a page shows for a while what to enter where."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.actions.phone_tokens import courier_of, revoke
from api.context import Caller, Role, Services
from api.credentials import hash_token, make_token
from api.db import account_store, audit
from api.db.tables import City, Courier
from api.errors import NotFoundError
from desk.phone_setup import PhoneFacts

SHOWN_FOR = timedelta(days=3)
"""So long the page shows the secret values; the phone goes on working."""
_KEY_BYTES = 24
"""OwnTracks takes a key of at most 32 characters: these are 32 of base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSetup:
    """A link to be given to the courier; its secret is kept nowhere."""

    secret: str
    token_id: str
    expires_at: datetime
    revoked: int
    """How many phones of the courier it takes the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSetup:
    """What the page shows."""

    courier: Courier
    city: City
    facts: PhoneFacts
    expires_at: datetime
    last_heard_at: datetime | None


def make_setup(services: Services, caller: Caller, courier_id: str, *, keep_others: bool = False) -> NewSetup:
    """
    Make a token for a phone of a courier, and a page that shows how to enter it.

    His other phones are revoked, so that a lost one does not speak on, unless `keep_others`.

    Raises
    ------
    NotFoundError
        When there is no such courier.
    """
    now = services.clock.now()
    secret = make_token()
    with services.db.write() as session:
        courier = courier_of(session, caller, courier_id)
        if not courier.active:
            raise NotFoundError("there is no such courier")
        others = [] if keep_others else account_store.list_tokens(session, caller.tenant_id, courier_id)
        for other in others:
            revoke(session, caller, other, now)
        row = account_store.add_access_token(
            session,
            tenant_id=caller.tenant_id,
            name=f"phone of {courier.code}",
            role=Role.COURIER,
            courier_id=courier.id,
            token_hash=hash_token(_token_of(secret)),
            now=now,
        )
        row.owntracks_key = secrets.token_urlsafe(_KEY_BYTES)
        expires_at = now + SHOWN_FOR
        account_store.add_phone_setup(
            session,
            secret_hash=hash_token(secret),
            token=row,
            now=now,
            created_by=caller.actor,
            expires_at=expires_at,
        )
        after = {"courier_id": courier.id, "expires_at": expires_at.isoformat()}
        audit.record(session, caller, now, action="phone_setup", entity="token", entity_id=row.id, after=after)
        return NewSetup(secret=secret, token_id=row.id, expires_at=expires_at, revoked=len(others))


def read_setup(services: Services, secret: str, base_url: str) -> OpenSetup:
    """
    What the page of this secret shows.

    Raises
    ------
    NotFoundError
        When the secret is unknown, its time is over, its token was revoked or the courier has left: all alike.
    """
    now = services.clock.now()
    with services.db.read() as session:
        found = account_store.find_phone_setup(session, hash_token(secret), now)
        if found is None:
            raise NotFoundError("this page is closed; ask your dispatcher for a new link")
        setup, token, courier, city = found
        return OpenSetup(
            courier=courier,
            city=city,
            facts=PhoneFacts(
                base_url=base_url,
                token=_token_of(secret),
                courier_code=courier.code,
                owntracks_key=token.owntracks_key,
                mqtt_name=token.mqtt_name,
            ),
            expires_at=setup.expires_at,
            last_heard_at=token.last_seen_at,
        )


def _token_of(secret: str) -> str:
    """The phone's token follows from the link's secret, so that neither has to be kept where it can be read."""
    digest = hmac.digest(secret.encode(), b"corridor phone token", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
