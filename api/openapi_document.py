"""What flask-openapi cannot know about our API: problems instead of its own errors, and the two ways to sign in."""

import copy
from typing import Any

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "where", "message"],
                "properties": {name: {"type": "string"} for name in ("code", "where", "message")},
            },
        },
    },
}
_AS_PROBLEM = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The whole document, from the one that flask-openapi collected; that one stays as it is."""
    whole = copy.deepcopy(document)
    components = whole.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("ValidationErrorModel", None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "corridor_session"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    whole["security"] = [{"session": []}, {"token": []}]
    for operations in whole.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"]["default"] = _AS_PROBLEM
            operation["responses"]["422"] = _AS_PROBLEM
    return whole
