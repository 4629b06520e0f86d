"""The log: one JSON line an event on standard error, with the request's id, never a phone number or a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.types import Processor

HIDDEN = "[number hidden]"

_SECRET_KEYS = frozenset(
    {"password", "token", "authorization", "cookie", "phone", "phone_e164", "address", "client_name"}
)
_PHONE_LIKE = re.compile(r"(?<![\w-])\+?\(?\d(?:[\s().-]{0,2}\d){8,14}(?![\w-])")
"""Nine to fifteen digits, written together or in groups: what a person may have typed as a phone number."""

_SECRET_IN_PATH = re.compile(r"(/(?:ingest/(?:osmand|osmand-app|gpslogger)|setup)/)[^/?#\s\"'<>]+")
"""Some apps of couriers' phones can put their secret nowhere but into the address."""


def configure_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send everything that structlog and the standard library log as JSON lines to `stream` (standard error)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        hide_personal,
    ]
    structlog.configure(
        processors=[*shared[:4], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[:4],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shared[4:],
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def hide_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what looks like a phone number or a secret address, and everything under a key that names a secret."""
    return {key: value if key == "at" else _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:
    if key.lower() in _SECRET_KEYS:
        return "[hidden]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {inner: _hidden(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    return _PHONE_LIKE.sub(HIDDEN, _SECRET_IN_PATH.sub(r"\1[hidden]", text))
