"""What endpoints reach for: the caller, the service's parts, and the shape of an answer."""

from typing import Any, cast

from flask import Response, current_app, g, request

from api.context import Caller, Services
from api.errors import UnauthorizedError
from api.runtime import Runtime

type Answer = dict[str, Any] | tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]] | Response
"""What an endpoint returns: JSON, JSON with its status (and headers), or a whole response."""


def services() -> Services:
    """The parts of the service, inside a request."""
    return cast(Services, current_app.extensions["corridor"])


def runtime() -> Runtime:
    """The background parts, inside a request."""
    return cast(Runtime, current_app.extensions["corridor_runtime"])


def caller() -> Caller:
    """
    Who is calling.

    Raises
    ------
    UnauthorizedError
        When nobody is signed in; only endpoints open to everyone can meet that.
    """
    found = find_caller()
    if found is None:
        raise UnauthorizedError("sign in at /login, or send Authorization: Bearer <token>")
    return found


def find_caller() -> Caller | None:
    """Who is calling; None when nobody is signed in."""
    return cast(Caller | None, g.get("caller"))


def base_url() -> str:
    """The address that phones and people reach the service by, without a slash at its end."""
    return (services().settings.public_url or request.url_root).rstrip("/")


def request_id() -> str:
    """The id under which this request stands in logs, audit rows and error answers."""
    return cast(str, g.get("request_id", ""))
