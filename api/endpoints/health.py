"""Is the service up, is it ready, how is it doing, and what does it offer."""

import ipaddress

from flask import Blueprint, Response, current_app, jsonify, request
from flask_openapi.openapi import OpenAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.auth import allow_everyone
from api.context import Role
from api.db.readiness import takes_writes
from api.errors import ForbiddenError, UnavailableError
from api.openapi_document import complete
from api.web import Answer, find_caller, services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow_everyone
def healthz() -> Answer:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@allow_everyone
def readyz() -> Answer:
    """The database takes writes."""
    if not takes_writes(services().db):
        raise UnavailableError("the database does not take writes; the log says why")
    return {"status": "ready"}


@blueprint.get("/metrics")
@allow_everyone
def metrics() -> Response:
    """Counts and latencies for Prometheus: for this machine itself and for admins."""
    person = find_caller()
    if not _is_from_this_machine() and (person is None or person.role is not Role.ADMIN):
        raise ForbiddenError("metrics are for this machine itself and for admins")
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/openapi.json")
@allow_everyone
def openapi() -> Response:
    """The API's own description, OpenAPI 3.1."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # the proxy's target, not in its types
    assert isinstance(app, OpenAPI)  # noqa: S101 - create_app makes no other kind
    return jsonify(complete(app.api_doc))


def _is_from_this_machine() -> bool:
    # behind a proxy every request comes from this machine: then only admins see the figures
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
