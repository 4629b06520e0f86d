"""
Frozen dataclasses as JSON-able values and back; every wrong value becomes a problem with its path.

The names and types of the fields are the shape of the document, so that a new field of the domain is read and written
at once. Instants are ISO texts with their offset, points are [lon, lat], sets are sorted lists.
"""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from math import isfinite
from types import MappingProxyType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from routing.errors import RoutingError
from routing.problem_check import ProblemList
from zones.errors import ZonesError
from zones.lonlat import LonLat


class _Wrong:
    """Stands where a value could not be read."""


WRONG = _Wrong()
"""What `read_value` gives for a value whose problem it has noted."""


def write_value(value: Any) -> Any:
    """A value of the domain as JSON-able values; fields that hold their default are left out."""
    if isinstance(value, LonLat):
        return [value.lon, value.lat]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: write_value(getattr(value, one.name))
            for one in fields(value)
            if getattr(value, one.name) != _default(one)
        }
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [write_value(item) for item in value]
    return value


def read_value(kind: Any, value: Any, where: str, problems: ProblemList) -> Any:
    """The value of this type; `WRONG`, with the problem, when it is none."""
    if kind in _SCALARS:
        return _scalar(kind, value, where, problems)
    if kind is datetime:
        return _instant(value, where, problems)
    if kind is LonLat:
        return _point(value, where, problems)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        inner = next(one for one in arguments if one is not NoneType)
        return None if value is None else read_value(inner, value, where, problems)
    if origin in (tuple, frozenset):
        return _collection(origin, arguments[0], value, where, problems)
    if issubclass(kind, StrEnum):
        return _word(kind, value, where, problems)
    return read_object(kind, value, where, problems)


def read_object(kind: Any, value: Any, where: str, problems: ProblemList) -> Any:
    """
    The dataclass `kind` of a JSON object; fields it does not have are named in a warning.

    A class variable `NOT_HONOURED` of the class says what fields mean that are known and not read.
    """
    if not isinstance(value, dict):
        return _expected("an object", value, where, problems)
    known = {one.name: one for one in fields(kind) if one.init}
    warn_unknown(value, known, where, problems, getattr(kind, "NOT_HONOURED", {}))
    hints, read, wrong = _hints(kind), {}, False
    for name, one in known.items():
        if name in value:
            read[name] = read_value(hints[name], value[name], f"{where}.{name}", problems)
            wrong |= read[name] is WRONG
        elif _default(one) is MISSING:
            problems.error("missing_field", where, f"the field {name!r} is missing; add it")
            wrong = True
    if wrong:
        return WRONG
    try:
        return kind(**read)
    except (RoutingError, ZonesError) as error:
        problems.error("contradiction", where, str(error))
        return WRONG


def warn_unknown(
    value: Mapping[str, Any],
    known: Any,
    where: str,
    problems: ProblemList,
    not_honoured: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """A warning for each field that is none of `known`: what it would mean, or the name that was meant."""
    for name in value:
        if name in not_honoured:
            problems.warn("not_honoured", f"{where}.{name}", f"this is not honoured: {not_honoured[name]}")
        elif name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]!r}?" if near else "it is left out"
            problems.warn("unknown_field", f"{where}.{name}", f"this field is not known here; {meant}")


def _scalar(kind: Any, value: Any, where: str, problems: ProblemList) -> Any:
    name = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}[kind]
    if kind in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not isfinite(value):
            return _expected(name, value, where, problems)
        if abs(value) > 2**53:
            problems.error("overflow", where, f"{value} is too large to be counted; write a smaller number")
            return WRONG
        if kind is float or value == int(value):
            return kind(value)
    elif isinstance(value, kind) and (kind in (str, bool)):
        return value
    return _expected(name, value, where, problems)


def _instant(value: Any, where: str, problems: ProblemList) -> Any:
    wanted = "an instant such as 2026-03-02T09:00:00+00:00"
    if not isinstance(value, str):
        return _expected(wanted, value, where, problems)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return _expected(wanted, value, where, problems)
    if instant.tzinfo is None:
        problems.error("no_time_zone", where, f"{value} has no time zone; add Z or an offset such as +02:00")
        return WRONG
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return _expected(wanted, value, where, problems)


def _point(value: Any, where: str, problems: ProblemList) -> Any:
    numbers = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)
    if not numbers:
        return _expected("a point as [longitude, latitude]", value, where, problems)
    try:
        return LonLat(lon=float(value[0]), lat=float(value[1]))
    except (ZonesError, OverflowError):
        message = f"{_shown(value)} is not on the earth: longitude -180..180 comes first, then latitude -90..90"
        problems.error("coordinates_out_of_range", where, message)
        return WRONG


def _collection(origin: Any, inner: Any, value: Any, where: str, problems: ProblemList) -> Any:
    if not isinstance(value, list):
        return _expected("a list", value, where, problems)
    items = [read_value(inner, item, f"{where}[{number}]", problems) for number, item in enumerate(value)]
    return WRONG if any(item is WRONG for item in items) else origin(items)


def _word(kind: type[StrEnum], value: Any, where: str, problems: ProblemList) -> Any:
    words = [one.value for one in kind]
    return kind(value) if value in words else _expected(f"one of {', '.join(words)}", value, where, problems)


def _expected(what: str, value: Any, where: str, problems: ProblemList) -> _Wrong:
    problems.error("wrong_type", where, f"expected {what}, got {_shown(value)}; correct it")
    return WRONG


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


_SCALARS = frozenset({int, float, str, bool})
