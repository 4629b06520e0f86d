"""JSON as phones and what lies between send it: in any encoding, with a NaN in it, or cut off in the middle."""

import json
import math
import re
from typing import Any, NamedTuple

import msgspec

_BEFORE_ITEMS = re.compile(r"""\s*(?:\[|\{.*?"locations"\s*:\s*\[)""", re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_NOTHING_LEFT = re.compile(r"[\s,\]}]*")
_NO_VALUE = re.compile(r":\s*(?=[,}])")
_DIGITS_MOST = 400
"""No number that a computer keeps has more digits; Python refuses the whole text for one of 4,300."""
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class JsonBody(NamedTuple):
    """
    What could be read of a body.

    `value` is all of it, or, when it is broken, the list of those items that stand before the break. `rest` is what
    could not be read, empty when there is nothing such, `why` what is wrong with it.
    """

    value: Any
    rest: bytes = b""
    why: str = ""


def json_of(body: bytes) -> JsonBody:
    """The JSON of a body; a NaN or a number beyond measure is read, so that it costs its own item only."""
    try:
        return JsonBody(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # the standard reader takes NaN, a byte order mark, other encodings and letters of a wrong one
    text = _text_of(body)
    try:
        return JsonBody(_READER.decode(text))
    except (ValueError, RecursionError) as error:
        why = f"the body is no whole JSON: {error}"
    try:
        # a template whose place was filled with nothing: {"hdop":,"acc":5}
        return JsonBody(_READER.decode(_NO_VALUE.sub(": null", text)))
    except (ValueError, RecursionError):
        items, rest = _whole_items(text)
        return JsonBody(items, rest.encode(), why)


def looks_like_json(body: bytes) -> bool:
    """Whether a body begins as a JSON object or list, whatever its Content-Type says."""
    begin = body[:200]
    return _text_of(begin[: len(begin) & ~3] or begin).lstrip()[:1] in ("{", "[")


def _text_of(body: bytes) -> str:
    encoding = json.detect_encoding(body) if body.startswith(_MARKS) or b"\0" in body[:4] else "utf-8"
    return body.decode(encoding, "replace").removeprefix("\ufeff")


def _whole_items(text: str) -> tuple[list[Any], str]:
    """What stands before the break of a list, of Overland's batch, or of texts one behind another; and the rest."""
    begin = _BEFORE_ITEMS.match(text)
    at = begin.end() if begin else 0
    items: list[Any] = []
    while (at := _end_of(_BETWEEN, text, at)) < len(text) and text[at] != "]":
        try:
            item, at = _READER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        items.append(item)
    return items, "" if items and _NOTHING_LEFT.fullmatch(text, at) else text[at if items else 0 :]


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS_MOST else math.inf


# Not strict: a line break inside a name costs nobody his batch.
_READER = json.JSONDecoder(strict=False, parse_int=_whole_number)
