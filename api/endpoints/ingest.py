"""
What apps of others on couriers' phones send. They answer as the app expects, never as a problem.

A well-formed ping that we dislike gets its app's success all the same: the app would send it again before all others.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Protocol
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from api.actions.phones import Phone, find_phone, take_decoded
from api.auth import asks_own_secret
from api.body_limit import at_most
from api.errors import ForbiddenError, UnauthorizedError, UnavailableError
from api.json_answer import json_answer
from api.metrics import observe_pings
from api.tracking_service import PingWriter
from api.web import request_id, runtime, services
from tracking.dialects import gpslogger, osmand_app, overland, owntracks, which
from tracking.dialects.request import Decoded, PhoneRequest
from tracking.dialects.unpacking import TooLargeError, unpacked

blueprint = Blueprint("ingest", __name__)

BATCH_MOST_BYTES = 8_000_000
"""Overland sends up to 1,000 points (600 kB) at once by itself; a phone may be told to send ten times as many.
Traccar may send all that waits as one list, OwnTracks a picture with a place: what is refused is sent for ever."""
MOST_BYTES = 64 * 1024
"""What Traccar's own server takes; enough for apps that send one position at a time."""
_COME_AGAIN_S = "15"
_ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Dialect(Protocol):
    """How every dialect is read."""

    def __call__(
        self, request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes], zone: tzinfo | None
    ) -> Decoded:
        """The pings of a request."""


@blueprint.route("/ingest/osmand/<token>", methods=["GET", "POST"], strict_slashes=False)
@asks_own_secret
@at_most(BATCH_MOST_BYTES)
def osmand_protocol(token: str) -> Response:
    """Traccar Client of any generation, and whatever else speaks the OsmAnd protocol."""
    return _take(which.decode, [token], _unknown_path)


@blueprint.route("/ingest/osmand-app/<token>", methods=["GET", "POST"], strict_slashes=False)
@asks_own_secret
@at_most(MOST_BYTES)
def osmand_navigator(token: str) -> Response:
    """The online tracking of the OsmAnd navigator itself."""
    return _take(osmand_app.decode, [token], _unknown_path)


@blueprint.route(
    "/ingest/gpslogger/<token>", methods=_ANY_METHOD, strict_slashes=False, provide_automatic_options=False
)
@asks_own_secret
@at_most(MOST_BYTES)
def gpslogger_by_path(token: str) -> Response:
    """GPSLogger's custom URL."""
    return _take(gpslogger.decode, [token], _unknown_path)


@blueprint.route("/ingest/gpslogger", methods=_ANY_METHOD, strict_slashes=False, provide_automatic_options=False)
@asks_own_secret
@at_most(MOST_BYTES)
def gpslogger_by_header() -> Response:
    """GPSLogger's custom URL with name and password in front of the host."""
    return _take(gpslogger.decode, _header_secrets(), _unknown_basic)


@blueprint.post("/ingest/owntracks", strict_slashes=False)
@asks_own_secret
@at_most(BATCH_MOST_BYTES)
def owntracks_http() -> Response:
    """OwnTracks over HTTP, and Overland's mode of that name."""
    named = [request.headers.get("X-Limit-D", ""), request.headers.get("X-Limit-U", "")]
    return _take(owntracks.decode, [*_header_secrets(), *named], _unknown_basic)


@blueprint.post("/ingest/overland", strict_slashes=False)
@asks_own_secret
@at_most(BATCH_MOST_BYTES)
def overland_batches() -> Response:
    """Overland for iPhones."""
    return _take(overland.decode, _header_secrets(), _unknown_bearer)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    return _text(413, f"at most {request.max_content_length} bytes are taken at once; send less")


@blueprint.errorhandler(BadRequest)
def _cut_off(error: BadRequest) -> Response:
    return _text(400, error.description or "the request was cut off; send it again")


def _take(decode: Dialect, secrets: Sequence[str], unknown: Callable[[int, str], Response]) -> Response:
    parts = services()
    writer = runtime().get(PingWriter)
    try:
        phone = find_phone(parts, secrets, request_id=request_id())
        if phone is None:
            return unknown(
                _status_of(unknown), "unknown device: open its set-up page and copy the address or token anew"
            )
        structlog.contextvars.bind_contextvars(actor=phone.caller.actor, tenant=phone.caller.tenant_id)
        if writer.is_overloaded():
            return _come_again()
        now = parts.clock.now()
        decoded = decode(_phone_request(phone), now, keys=phone.keys, zone=phone.zone)
        observe_pings(decoded.dialect, take_decoded(parts, writer.run, phone, decoded, now))
    except UnavailableError:
        return _come_again()
    except UnauthorizedError as error:
        return unknown(401, str(error))
    except ForbiddenError as error:
        return unknown(403, str(error))
    answer = decoded.answer
    return Response(answer.body, status=answer.status, content_type=answer.content_type)


def _phone_request(phone: Phone) -> PhoneRequest:
    """The request as the dialects read it: without what proves who it is."""
    rule = request.url_rule.rule if request.url_rule else ""
    headers = {name: value for name, value in request.headers if name.lower() not in {"authorization", "cookie"}}
    hidden = {name: value for name, value in headers.items() if not phone.secret or phone.secret not in value}
    return PhoneRequest(
        method=request.method,
        path=rule,
        query=request.query_string.decode("latin-1"),
        headers=hidden,
        body=_body(),
    )


def _body() -> bytes:
    body = request.get_data()
    if request.content_length is not None and len(body) < request.content_length:
        # Its connection broke: the phone has no answer and sends it again. Half a number is a wrong place.
        raise BadRequest("less came than the request announced; send it again")
    if request.mimetype == "multipart/form-data" and request.form:
        # the line between the parts is drawn anew each time, so that the same again would not be known for the same
        return urlencode(list(request.form.items(multi=True))).encode()
    try:
        return unpacked(body, request.headers.get("Content-Encoding", ""), BATCH_MOST_BYTES)
    except TooLargeError as error:
        raise RequestEntityTooLarge from error


def _header_secrets() -> list[str]:
    """
    What the Authorization header may mean: a bearer token, or name and password, of which either may be the token.

    Overland's OwnTracks mode writes `Basic <token>:` without encoding it.
    """
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() != "basic":
        return [rest] if scheme.lower() == "bearer" else []
    try:
        name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        name, _, password = rest.partition(":")
    return [password, name, rest.rstrip(":")]


def _status_of(unknown: Callable[[int, str], Response]) -> int:
    return 404 if unknown is _unknown_path else 401


def _unknown_path(status: int, words: str) -> Response:
    return _text(status, words)


def _unknown_basic(status: int, words: str) -> Response:
    response = _text(status, words)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Corridor", charset="UTF-8"'
    return response


def _unknown_bearer(status: int, words: str) -> Response:
    # Overland shows this word to the person
    response = json_answer({"error": words}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Corridor"'
    return response


def _come_again() -> Response:
    response = _text(503, "not now; send it again in a little while")
    response.headers["Retry-After"] = _COME_AGAIN_S
    return response


def _text(status: int, words: str) -> Response:
    return Response(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
