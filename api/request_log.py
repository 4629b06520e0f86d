"""One log line a request, under an id that comes in and goes out as X-Request-ID."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from api.metrics import observe_request

log = structlog.get_logger(__name__)

_ID_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "pages.static", "pages.vendor"})
"""Endpoints asked all the time by machines: their lines are on level debug."""


def add_request_log(app: Flask) -> None:
    """Give each request its id, and log and count its answer."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started_s = time.perf_counter()
    asked = request.headers.get("X-Request-ID", "")
    g.request_id = asked if _ID_FORM.fullmatch(asked) else uuid.uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    took_s = time.perf_counter() - g.started_s
    observe_request(request.method, request.endpoint or "unknown", response.status_code, took_s)
    # the rule, never the address as asked: what stands in an address or query may be somebody's
    rule = request.url_rule.rule if request.url_rule else "unknown"
    write = log.debug if request.endpoint in _QUIET and response.status_code < 400 else log.info
    write("request", method=request.method, rule=rule, status=response.status_code, took_ms=round(took_s * 1000, 1))
    return response
