"""People sign in and out; administrators add people and tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from api.context import Caller, Role, Services
from api.credentials import hash_password, hash_token, make_token, verify_password
from api.db import account_store, audit
from api.db.tables import AccessToken, Tenant, User
from api.errors import ConflictError, InvalidInputError, NotFoundError, UnauthorizedError

_KEY_MOST_BYTES = 32
LANGUAGES = ("en", "ru", "kk", "uk", "pl")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the token of the new session; the token is not kept anywhere."""

    user: User
    token: str


def sign_in(services: Services, *, login: str, password: str, now: datetime, request_id: str | None = None) -> SignedIn:
    """
    Check a password and open a session.

    Raises
    ------
    UnauthorizedError
        Alike for an unknown login and a wrong password, and after about the same time.
    """
    with services.db.read() as session:
        user = account_store.find_user_by_login(session, login)
    if not verify_password(password, user.password_hash if user else None) or user is None:
        raise UnauthorizedError("login or password is wrong")
    return SignedIn(user, open_session(services, user, now=now, request_id=request_id))


def open_session(services: Services, user: User, *, now: datetime, request_id: str | None = None) -> str:
    """Sign a known person in and give the session's token."""
    token = make_token()
    caller = Caller(
        tenant_id=user.tenant_id, role=Role(user.role), actor=f"user:{user.id}", name=user.name, request_id=request_id
    )
    with services.db.write() as session:
        account_store.add_session(
            session,
            tenant_id=user.tenant_id,
            user_id=user.id,
            token_hash=hash_token(token),
            now=now,
            until=now + timedelta(hours=services.settings.session_hours),
        )
        audit.record(session, caller, now, action="login", entity="user", entity_id=user.id)
    return token


def sign_out(services: Services, caller: Caller, *, token: str | None, now: datetime) -> None:
    """End the session of this token; a device's token stays valid."""
    if token is None:
        return
    with services.db.write() as session:
        account_store.delete_session(session, hash_token(token))
        if caller.user_id is not None:
            audit.record(session, caller, now, action="logout", entity="user", entity_id=caller.user_id)


def set_language(services: Services, caller: Caller, language: str) -> Caller:
    """Change the language of a person's pages."""
    if caller.user_id is None:
        raise UnauthorizedError("only people have a language; this is a token")
    with services.db.write() as session:
        user = account_store.get_user(session, caller.tenant_id, caller.user_id)
        before, user.language = user.language, language
        audit.record(
            session,
            caller,
            services.clock.now(),
            action="set_language",
            entity="user",
            entity_id=user.id,
            before={"language": before},
            after={"language": language},
        )
    return Caller(
        tenant_id=caller.tenant_id,
        role=caller.role,
        actor=caller.actor,
        name=caller.name,
        user_id=caller.user_id,
        language=language,
        request_id=caller.request_id,
    )


def add_user(
    services: Services,
    caller: Caller,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    language: str = "en",
) -> User:
    """
    Add a person who may sign in.

    Raises
    ------
    ConflictError
        When the login is taken.
    InvalidInputError
        When the password is too short, the role is a courier's or the language is not spoken here.
    """
    if role is Role.COURIER:
        raise InvalidInputError("couriers sign in by the token of their phone; use `corridor token add --courier CODE`")
    if language not in LANGUAGES:
        raise InvalidInputError(f"expected a language of {', '.join(LANGUAGES)}, got {language!r}")
    try:
        password_hash = hash_password(password)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    now = services.clock.now()
    try:
        with services.db.write() as session:
            user = account_store.add_user(
                session,
                tenant_id=caller.tenant_id,
                login=login,
                name=name,
                role=role,
                language=language,
                password_hash=password_hash,
                now=now,
            )
            after = {"login": login, "role": role.value}
            audit.record(session, caller, now, action="add_user", entity="user", entity_id=user.id, after=after)
    except IntegrityError as error:
        raise ConflictError(f"the login {login!r} is taken; choose another") from error
    return user


def add_token(
    services: Services,
    caller: Caller,
    *,
    name: str,
    role: Role,
    courier_code: str | None = None,
    mqtt_name: str | None = None,
    owntracks_key: str | None = None,
) -> tuple[AccessToken, str]:
    """
    Make a token for a courier's phone or a program; it is shown this once.

    `mqtt_name` is the `user/device` under which an OwnTracks phone publishes, `owntracks_key` what it encrypts with.

    Raises
    ------
    ConflictError
        When another phone is bound to the `mqtt_name`.
    InvalidInputError
        When a courier's token names no courier, an unknown one, or another role names one.
    """
    if (role is Role.COURIER) != (courier_code is not None):
        raise InvalidInputError("a courier's token needs the courier's code, and only a courier's token has one")
    if (mqtt_name or owntracks_key) and courier_code is None:
        raise InvalidInputError("only a courier's phone has a name at the broker and a key")
    if owntracks_key is not None and not 0 < len(owntracks_key.encode()) <= _KEY_MOST_BYTES:
        raise InvalidInputError(f"expected a key of at most {_KEY_MOST_BYTES} bytes, as OwnTracks takes it")
    if mqtt_name is not None:
        mqtt_name = mqtt_name.lower()
        if len(mqtt_name.split("/")) != 2 or not all(mqtt_name.split("/")) or set(mqtt_name) & set("+#"):
            raise InvalidInputError(f"expected a name at the broker like anna/phone, got {mqtt_name!r}")
    token = make_token()
    now = services.clock.now()
    with services.db.write() as session:
        courier_id = None
        if courier_code is not None:
            couriers = account_store.find_courier_by_code(session, caller.tenant_id, courier_code)
            if len(couriers) != 1:
                found = "no courier has it" if not couriers else f"{len(couriers)} couriers of several cities have it"
                raise InvalidInputError(f"expected the code of one courier, got {courier_code!r}: {found}")
            courier_id = couriers[0].id
        row = account_store.add_access_token(
            session,
            tenant_id=caller.tenant_id,
            name=name,
            role=role,
            courier_id=courier_id,
            token_hash=hash_token(token),
            now=now,
        )
        if mqtt_name is not None and account_store.find_phone_by_mqtt_name(session, mqtt_name) is not None:
            raise ConflictError(f"another phone is bound to {mqtt_name}; choose another name at the broker")
        row.mqtt_name, row.owntracks_key = mqtt_name, owntracks_key
        after = {"name": name, "role": role.value, "courier_id": courier_id}
        audit.record(session, caller, now, action="add_token", entity="token", entity_id=row.id, after=after)
    return row, token


def pick_tenant(services: Services, name: str | None) -> Tenant:
    """
    The organisation of this name; without a name the only one there is.

    Raises
    ------
    NotFoundError
        When there is none yet, none of this name, or several to choose from; the message lists them.
    """
    with services.db.read() as session:
        tenants = account_store.list_tenants(session)
    if not tenants:
        raise NotFoundError("there is no organisation yet; `corridor city add` makes the first one with its city")
    found = [tenant for tenant in tenants if name is None or name in {tenant.name, tenant.id}]
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(tenant.name) for tenant in tenants)
    raise NotFoundError(f"expected --tenant to name one organisation of {names}")
