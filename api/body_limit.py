"""No body larger than this service takes, also one that does not say its length beforehand."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

_MOST = "corridor_most_bytes"


def add_body_limit(app: Flask) -> None:
    """Refuse bodies without a length that reach the limit; Flask itself refuses those whose length says so."""
    app.before_request(_refuse_cut_body)


def at_most[F: Callable[..., Any]](most_bytes: int) -> Callable[[F], F]:
    """Give an endpoint a limit of its own."""

    def mark(function: F) -> F:
        setattr(function, _MOST, most_bytes)
        return function

    return mark


def _refuse_cut_body() -> None:
    """
    Flask reads a body without a length up to the limit and drops the rest without a word: half a file of orders would
    look like a whole one.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, _MOST, None)
    if limit is None:
        limit = current_app.config["MAX_CONTENT_LENGTH"]
    else:
        request.max_content_length = limit
    if (
        request.content_length is None
        and request.method in {"POST", "PUT", "PATCH"}
        and len(request.get_data()) >= limit
    ):
        raise RequestEntityTooLarge
