"""Every error leaves the service as `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

import structlog
from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.errors import BadRequestError, InputProblem, InvalidInputError, TooManyRequestsError, kind_of
from api.web import request_id

log = structlog.get_logger(__name__)

DETAILS = {
    404: "there is nothing at this address; the API is described at /openapi.json",
    405: "this address exists, but not for this method",
    415: "send JSON with the header Content-Type: application/json",
}


def add_error_answers(app: Flask) -> None:
    """Answer every error of this app as a problem."""
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, answer_error)


def rule_asked() -> str:
    """The rule of the request's address, never the address itself: a secret may stand in it."""
    return request.url_rule.rule if request.url_rule else "unknown"


def problem(
    *,
    status: int,
    title: str,
    detail: str,
    kind: str = "about:blank",
    problems: Sequence[InputProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """One answer in the form of RFC 9457, with the request's id."""
    body: dict[str, object] = {
        "type": kind,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id(),
    }
    if problems:
        body["problems"] = [{"code": p.code, "where": p.where, "message": p.message} for p in problems]
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, headers=headers, content_type="application/problem+json")


def answer_error(error: Exception) -> Response:
    """The answer to an error that an action raised; one that nobody foresaw is logged and told without innards."""
    if isinstance(error, HTTPException):
        return _answer_http_error(error)
    if isinstance(error, ValidationError):
        return answer_validation_error(error)
    kind = kind_of(error)
    if kind is None or kind.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", exc_info=error, rule=rule_asked())
    if kind is None:
        detail = "something broke inside; the log has the reason under this request_id"
        return problem(status=500, title="The service failed", detail=detail, kind="/problems/internal")
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyRequestsError) else None
    problems = error.problems if isinstance(error, InvalidInputError) else ()
    return problem(
        status=kind.status, title=kind.title, detail=str(error), kind=kind.type, problems=problems, headers=headers
    )


def answer_validation_error(error: ValidationError) -> Response:
    """
    Everything that is wrong with a body or query, each with its place.

    A body that is no JSON at all arrives here too (it was read as nothing): that one answers 400, or 415 without
    the JSON content type.
    """
    if request.method in {"POST", "PUT", "PATCH"} and request.get_data():
        if not request.is_json:
            return problem(status=415, title="Unsupported Media Type", detail=DETAILS[415])
        try:
            json.loads(request.get_data())
        except ValueError as unreadable:
            return answer_error(BadRequestError(f"the body is not JSON: {unreadable}"))
    problems = [
        InputProblem(code=item["type"], where=".".join(map(str, item["loc"])) or "body", message=item["msg"])
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    places = ", ".join(item.where for item in problems[:5])
    return answer_error(InvalidInputError(f"{len(problems)} problem(s) in the request: {places}", tuple(problems)))


def _answer_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return cast(Response, error.get_response())
    detail = DETAILS.get(status) or error.description or error.name
    if isinstance(error, RequestEntityTooLarge):
        detail = "the body is larger than this service takes; send it in parts"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", exc_info=error, rule=rule_asked())
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return problem(status=status, title=error.name, detail=detail, headers=headers)
