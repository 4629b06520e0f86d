"""No body larger than this service takes, also one that does not say its length beforehand."""

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge


def add_body_limit(app: Flask) -> None:
    """Refuse bodies without a length that reach the limit; Flask itself refuses those whose length says so."""
    app.before_request(_refuse_cut_body)


def _refuse_cut_body() -> None:
    """
    Flask reads a body without a length up to the limit and drops the rest without a word: half a file of orders would
    look like a whole one.
    """
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if (
        request.content_length is None
        and request.method in {"POST", "PUT", "PATCH"}
        and len(request.get_data()) >= limit
    ):
        raise RequestEntityTooLarge
