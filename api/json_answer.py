"""Answers whose rows are made of plain dicts and instants, written as JSON in one pass."""

from typing import Any

import msgspec
from flask import Response

_encoder = msgspec.json.Encoder(decimal_format="number")


def json_bytes(content: Any) -> bytes:
    """JSON; instants as ISO 8601 in UTC ending in Z."""
    return _encoder.encode(content)


def json_answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A response with `content` as JSON; it is about people, so no cache on the way may keep it."""
    response = Response(json_bytes(content), status=status, headers=headers, content_type="application/json")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
