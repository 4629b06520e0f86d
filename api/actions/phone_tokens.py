"""Which phones speak for a courier, and an end to one of them."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.context import Caller, Services
from api.db import account_store, audit
from api.db.tables import AccessToken, Courier
from api.errors import NotFoundError


def list_phones(services: Services, caller: Caller, courier_id: str) -> list[AccessToken]:
    """
    A courier's phones that may speak for him, the newest first.

    Raises
    ------
    NotFoundError
        When there is no such courier.
    """
    with services.db.read() as session:
        courier_of(session, caller, courier_id)
        return account_store.list_tokens(session, caller.tenant_id, courier_id)


def list_tokens(services: Services, caller: Caller, courier_code: str | None = None) -> list[AccessToken]:
    """Every token of the organisation that is in force, or one courier's, the newest first."""
    with services.db.read() as session:
        tokens = account_store.list_tokens(session, caller.tenant_id)
        if courier_code is None:
            return tokens
        wanted = {one.id for one in account_store.find_courier_by_code(session, caller.tenant_id, courier_code)}
        if not wanted:
            raise NotFoundError(f"no courier has the code {courier_code!r}")
        return [token for token in tokens if token.courier_id in wanted]


def revoke_token(services: Services, caller: Caller, token_id: str, *, courier_id: str | None = None) -> AccessToken:
    """
    End a token, a phone's or a program's: it is told so at its next word. What it sent stays; twice is as once.

    Raises
    ------
    NotFoundError
        When there is none with this id, or none of this courier's.
    """
    now = services.clock.now()
    with services.db.write() as session:
        token = account_store.find_token(session, caller.tenant_id, token_id)
        if token is None or (courier_id is not None and token.courier_id != courier_id):
            raise NotFoundError(f"there is no such token: {token_id}")
        revoke(session, caller, token, now)
        return token


def revoke(session: Session, caller: Caller, token: AccessToken, now: datetime) -> None:
    """End a token in a transaction under way; its name at the broker becomes free."""
    if token.revoked_at is not None:
        return
    before = {"name": token.name, "courier_id": token.courier_id, "mqtt_name": token.mqtt_name}
    token.revoked_at, token.mqtt_name, token.owntracks_key = now, None, None
    audit.record(session, caller, now, action="revoke_token", entity="token", entity_id=token.id, before=before)


def courier_of(session: Session, caller: Caller, courier_id: str) -> Courier:
    """
    The courier with this id in the caller's organisation, also one who has left.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    courier = session.get(Courier, courier_id)
    if courier is None or courier.tenant_id != caller.tenant_id:
        raise NotFoundError("there is no such courier")
    return courier
