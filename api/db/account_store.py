"""Queries on people, their sessions and the tokens of devices."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from api.db.tables import AccessToken, City, Courier, PhoneSetup, Tenant, User, UserSession, new_id


def find_user_by_login(session: Session, login: str) -> User | None:
    """The active person with this login; logins are unique across tenants."""
    return session.scalar(select(User).where(User.login == login, User.active))


def find_user_of_session(session: Session, token_hash: str, now: datetime) -> User | None:
    """The active person behind a session that has not ended."""
    return session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now, User.active)
    )


_ACCESS_TOKEN = (
    select(AccessToken, Courier.name, Courier.active)
    .outerjoin(Courier, Courier.id == AccessToken.courier_id)
    .where(AccessToken.token_hash == bindparam("token_hash"), AccessToken.revoked_at.is_(None))
)


def find_access_token(session: Session, token_hash: str) -> tuple[AccessToken, str | None] | None:
    """A token that was not revoked, and the name of its courier; a courier who left has no access."""
    row = session.execute(_ACCESS_TOKEN, {"token_hash": token_hash}).first()
    if row is None or (row[0].courier_id is not None and not row[2]):
        return None
    return row[0], row[1]


def get_user(session: Session, tenant_id: str, user_id: str) -> User:
    """The person with this id."""
    return session.scalars(select(User).where(User.tenant_id == tenant_id, User.id == user_id)).one()


def add_session(
    session: Session, *, tenant_id: str, user_id: str, token_hash: str, now: datetime, until: datetime
) -> None:
    """Keep a new sign-in, and forget those that have ended."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    session.add(
        UserSession(tenant_id=tenant_id, user_id=user_id, token_hash=token_hash, created_at=now, expires_at=until)
    )


def delete_session(session: Session, token_hash: str) -> None:
    """Forget one sign-in; unknown ones are no error."""
    session.execute(delete(UserSession).where(UserSession.token_hash == token_hash))


def add_user(
    session: Session,
    *,
    tenant_id: str,
    login: str,
    name: str,
    role: str,
    language: str,
    password_hash: str,
    now: datetime,
) -> User:
    """A new person who may sign in."""
    user = User(
        id=new_id("usr"),
        tenant_id=tenant_id,
        login=login,
        name=name,
        role=role,
        language=language,
        password_hash=password_hash,
        active=True,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def add_access_token(
    session: Session, *, tenant_id: str, name: str, role: str, courier_id: str | None, token_hash: str, now: datetime
) -> AccessToken:
    """A new token of a device or program."""
    token = AccessToken(
        token_hash=token_hash,
        id=new_id("tok"),
        tenant_id=tenant_id,
        name=name,
        role=role,
        courier_id=courier_id,
        created_at=now,
        revoked_at=None,
    )
    session.add(token)
    session.flush()
    return token


def list_tenants(session: Session) -> list[Tenant]:
    """All tenants, by name."""
    return list(session.scalars(select(Tenant).order_by(Tenant.name, Tenant.id)))


def find_courier_by_code(session: Session, tenant_id: str, code: str, city_id: str | None = None) -> list[Courier]:
    """Couriers with this code, in one city or in all."""
    query = select(Courier).where(Courier.tenant_id == tenant_id, Courier.code == code)
    if city_id is not None:
        query = query.where(Courier.city_id == city_id)
    return list(session.scalars(query))


def add_tenant(session: Session, name: str, now: datetime) -> Tenant:
    """A new organisation."""
    tenant = Tenant(id=new_id("ten"), name=name, created_at=now)
    session.add(tenant)
    session.flush()
    return tenant


def find_tenant(session: Session, name: str) -> Tenant | None:
    """The organisation of this name."""
    return session.scalar(select(Tenant).where(Tenant.name == name))


def note_heard(session: Session, token_id: str, now: datetime, dialect: str | None, off_shift_pings: int) -> None:
    """A phone was heard of: outside a shift all that is kept is that, when, and how many pings it sent."""
    row = update(AccessToken).where(AccessToken.id == token_id)
    session.execute(
        row.values(
            last_seen_at=now,
            last_dialect=func.coalesce(dialect, AccessToken.last_dialect),
            off_shift_pings=AccessToken.off_shift_pings + off_shift_pings,
        )
    )


def find_phones(
    session: Session, token_hashes: Collection[str]
) -> dict[str, tuple[AccessToken, Courier | None, City | None]]:
    """Tokens that were not revoked, each with its courier and his city; a courier who left has no access."""
    query = _phones().where(AccessToken.token_hash.in_(token_hashes))
    return {
        row[0].token_hash: (row[0], row[1], row[2]) for row in session.execute(query) if _has_access(row[0], row[1])
    }


def is_any_revoked(session: Session, token_hashes: Collection[str]) -> bool:
    """Whether one of these was a token once."""
    query = select(AccessToken.id).where(AccessToken.token_hash.in_(token_hashes), AccessToken.revoked_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


def list_tokens(session: Session, tenant_id: str, courier_id: str | None = None) -> list[AccessToken]:
    """Tokens that were not revoked, of all or of one courier, the newest first."""
    query = select(AccessToken).where(AccessToken.tenant_id == tenant_id, AccessToken.revoked_at.is_(None))
    if courier_id is not None:
        query = query.where(AccessToken.courier_id == courier_id)
    return list(session.scalars(query.order_by(AccessToken.created_at.desc(), AccessToken.id)))


def find_token(session: Session, tenant_id: str, token_id: str) -> AccessToken | None:
    """The token with this id, revoked or not."""
    return session.scalar(select(AccessToken).where(AccessToken.tenant_id == tenant_id, AccessToken.id == token_id))


def find_phone_by_mqtt_name(session: Session, mqtt_name: str) -> tuple[AccessToken, Courier | None, City | None] | None:
    """The token bound to this `user/device`, with its courier and his city."""
    row = session.execute(_phones().where(AccessToken.mqtt_name == mqtt_name)).first()
    return (row[0], row[1], row[2]) if row is not None and _has_access(row[0], row[1]) else None


def _phones() -> Select[AccessToken, Courier, City]:
    return (
        select(AccessToken, Courier, City)
        .outerjoin(Courier, Courier.id == AccessToken.courier_id)
        .outerjoin(City, City.id == Courier.city_id)
        .where(AccessToken.revoked_at.is_(None))
    )


def _has_access(token: AccessToken, courier: Courier | None) -> bool:
    return token.courier_id is None or (courier is not None and courier.active)


def add_phone_setup(
    session: Session, *, secret_hash: str, token: AccessToken, now: datetime, created_by: str, expires_at: datetime
) -> None:
    """Keep a new link to a set-up page, and forget those that have ended."""
    session.execute(delete(PhoneSetup).where(PhoneSetup.expires_at <= now))
    setup = PhoneSetup(
        secret_hash=secret_hash,
        tenant_id=token.tenant_id,
        courier_id=token.courier_id,
        token_id=token.id,
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(setup)
    session.flush()


def find_phone_setup(
    session: Session, secret_hash: str, now: datetime
) -> tuple[PhoneSetup, AccessToken, Courier, City] | None:
    """The set-up page of this secret while it is shown, with its token, courier and city."""
    query = (
        select(PhoneSetup, AccessToken, Courier, City)
        .join(AccessToken, AccessToken.id == PhoneSetup.token_id)
        .join(Courier, Courier.id == PhoneSetup.courier_id)
        .join(City, City.id == Courier.city_id)
        .where(
            PhoneSetup.secret_hash == secret_hash,
            PhoneSetup.expires_at > now,
            AccessToken.revoked_at.is_(None),
            Courier.active,
        )
    )
    row = session.execute(query).first()
    return (row[0], row[1], row[2], row[3]) if row is not None else None
