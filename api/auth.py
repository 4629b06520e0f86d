"""
Who is calling, and what they may do. Default deny: an endpoint that names no roles answers nobody.

People have a session cookie, devices and programs a bearer token; of both only the SHA-256 is stored.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request

from api.context import Caller, Role, Services
from api.credentials import hash_token
from api.db.account_store import find_access_token, find_user_of_session
from api.errors import ForbiddenError, UnauthorizedError
from api.web import find_caller, request_id, services

COOKIE = "corridor_session"
_EVERYONE: frozenset[Role] = frozenset()
_ROLES = "corridor_roles"
_ASKS_ITSELF = "corridor_asks_itself"


def allow[F: Callable[..., Any]](*roles: Role) -> Callable[[F], F]:
    """Let callers of these roles in; an admin may do what dispatchers and operators may."""
    if not roles:
        raise ValueError("expected at least one role; @allow_everyone opens an endpoint to all")
    allowed = frozenset(roles)
    if allowed & {Role.DISPATCHER, Role.OPERATOR}:
        allowed |= {Role.ADMIN}
    return _declare(allowed)


def allow_everyone[F: Callable[..., Any]](function: F) -> F:
    """Let everybody in, signed in or not."""
    return _declare(_EVERYONE)(function)


def asks_own_secret[F: Callable[..., Any]](function: F) -> F:
    """
    The endpoint itself asks for a secret, in the place where its caller can put one: nobody is signed in.

    Neither a session's cookie nor an Authorization header counts there, so a browser cannot be misled into calling it.
    """
    setattr(function, _ASKS_ITSELF, True)
    return allow_everyone(function)


def declared_roles(view: Callable[..., Any]) -> frozenset[Role] | None:
    """The roles an endpoint declares; empty for everyone, None when it declares nothing (and so answers nobody)."""
    roles: frozenset[Role] | None = getattr(view, _ROLES, None)
    return roles


def add_auth(app: Flask) -> None:
    """Check every request of this app before its endpoint sees it."""
    app.before_request(_admit)


def set_session_cookie(response: Response, token: str) -> None:
    """Sign this browser in."""
    settings = services().settings
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="Strict",
        secure=settings.secure_cookies or request.is_secure,
        path="/",
    )


def clear_session_cookie(response: Response) -> None:
    """Sign this browser out."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", path="/")


def wall_now() -> datetime:
    """Sessions end by the wall clock: on a demo day that runs 20 times as fast people stay signed in."""
    return datetime.now(tz=UTC)


def _declare[F: Callable[..., Any]](roles: frozenset[Role]) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, _ROLES, roles)
        return function

    return mark


def _admit() -> None:
    if request.endpoint is None:
        return  # unknown address or method: Flask answers 404 or 405 itself
    roles = declared_roles(current_app.view_functions[request.endpoint])
    if roles is None:
        raise ForbiddenError("this endpoint is open to nobody")
    if getattr(current_app.view_functions[request.endpoint], _ASKS_ITSELF, False):
        return
    _refuse_foreign_pages()
    g.caller = _identify(services())
    caller = find_caller()
    if caller is not None:
        structlog.contextvars.bind_contextvars(actor=caller.actor, tenant=caller.tenant_id)
    if roles == _EVERYONE:
        return
    if caller is None:
        raise UnauthorizedError("sign in at /login, or send Authorization: Bearer <token>")
    if caller.role not in roles:
        names = ", ".join(sorted(roles))
        raise ForbiddenError(f"this is for {names}; you are signed in as {caller.role}")


def _identify(parts: Services) -> Caller | None:
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthorizedError("expected the header Authorization: Bearer <token>")
        return _identify_device(parts, token.strip())
    token = request.cookies.get(COOKIE, "")
    return _identify_person(parts, token) if token else None


def _identify_device(parts: Services, token: str) -> Caller:
    with parts.db.read() as session:
        found = find_access_token(session, hash_token(token))
    if found is None:
        raise UnauthorizedError("this token is unknown or was revoked; make a new one with `corridor token add`")
    row, courier_name = found
    return Caller(
        tenant_id=row.tenant_id,
        role=Role(row.role),
        actor=f"courier:{row.courier_id}" if row.courier_id else f"token:{row.id}",
        name=courier_name or row.name,
        courier_id=row.courier_id,
        token_id=row.id,
        token_seen_at=row.last_seen_at,
        request_id=request_id(),
    )


def _identify_person(parts: Services, token: str) -> Caller | None:
    with parts.db.read() as session:
        user = find_user_of_session(session, hash_token(token), wall_now())
    if user is None:
        return None
    return Caller(
        tenant_id=user.tenant_id,
        role=Role(user.role),
        actor=f"user:{user.id}",
        name=user.name,
        user_id=user.id,
        language=user.language,
        request_id=request_id(),
    )


def _refuse_foreign_pages() -> None:
    """
    Refuse a change that another site's page sends with a person's cookie.

    Browsers say where such a request comes from in Sec-Fetch-Site or Origin; a program that sends neither has no
    cookie of somebody else's to abuse. A bearer token is never sent by a browser on its own.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.headers.get("Authorization"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    same_host = origin is None or urlsplit(origin).netloc == request.host
    if not (same_host if site is None else site == "same-origin"):
        raise ForbiddenError("changes are taken from this site's own pages only")
