"""The contents of a request: form and query fields, and what of them may be kept when they are refused."""

import hashlib
import math
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tracking.dialects.json_body import looks_like_json
from tracking.dialects.request import Ignored, PhoneRequest, Refused
from tracking.dialects.values import storable
from tracking.ping import RefusalCode

RAW_MOST = 2_000
"""Of something refused or ignored this many characters are kept."""

_DEPTH_MOST = 8
_EXACT_INT = 2**53
_PRIVATE = frozenset(
    ("key", "token", "auth", "password", "pass", "secret", "notificationtoken", "ssid", "bssid", "wifi", "cell")
)
"""Names (in lower case) of what is never kept: secrets, and which networks and cells a person's phone sees."""
_PRIVATE_IN_TEXT = re.compile(rf'(\b(?:{"|".join(sorted(_PRIVATE))})"?\s*[=:]\s*)("[^"]*"?|[^&\s,}}]*)', re.IGNORECASE)


def fields_of(request: PhoneRequest) -> dict[str, Any]:
    """
    The fields of the query and of a form in the body, names in lower case.

    The Content-Type is not asked: some apps send none. Where a field is in both the query's counts, as in Traccar; of
    one that stands twice the last counts.
    """
    body = "" if looks_like_json(request.body) else request.body.decode("utf-8", "replace").strip()
    pairs = [*_pairs(body), *_pairs(request.query)]
    # a link that was copied out of a page may have its ampersands written out
    named = ((name.strip().lower().removeprefix("amp;"), value) for name, value in pairs)
    return {name: value for name, value in named if name}


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text.removeprefix("?"), keep_blank_values=True, errors="replace")


def refused(raw: object, code: RefusalCode, message: str) -> Refused:
    """What could not be read, kept with its reason; `raw` is a JSON value, or bytes."""
    kept = _kept(raw)
    return Refused(raw=kept.raw, code=code, message=message, dedupe_key=f"bad:{digest(kept.whole)}")


def ignored(kind: str, why: str, raw: object) -> Ignored:
    """What says nothing of where the phone is now, kept with the reason."""
    return Ignored(kind=kind, why=why, raw=_kept(raw).raw)


def digest(text: str) -> str:
    """A short name of a text, the same for the same text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


class _Kept(msgspec.Struct, frozen=True):
    raw: dict[str, Any]
    whole: str


def _kept(raw: object) -> _Kept:
    if isinstance(raw, bytes):
        text = raw.decode("utf-8", "replace")
        return _Kept({"text": storable(_PRIVATE_IN_TEXT.sub(r"\1...", text[: 2 * RAW_MOST]))[:RAW_MOST]}, text)
    clean = _clean(raw, _DEPTH_MOST)
    whole = msgspec.json.encode(clean).decode()
    if isinstance(clean, dict) and len(whole) <= RAW_MOST:
        return _Kept(clean, whole)
    return _Kept({"text": whole[:RAW_MOST]}, whole)


def _clean(value: object, depth: int) -> Any:
    """The same without secrets, and with nothing that JSON or a database column refuses."""
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_INT else f"{value:.6e}" if abs(value) < 10**300 else "a huge number"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth == 0:
        return "..."
    if isinstance(value, dict):
        return {storable(str(k)): _clean(v, depth - 1) for k, v in value.items() if str(k).lower() not in _PRIVATE}
    return [_clean(item, depth - 1) for item in value] if isinstance(value, Iterable) else "..."
