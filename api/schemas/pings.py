"""The shape of what phones post: read fast, and each ping judged for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from api.errors import BadRequestError, InputProblem, InvalidInputError
from tracking.dialects.contents import digest
from tracking.dialects.values import WORD_MOST, storable
from tracking.ping import Ping, RefusalCode, dedupe_key
from zones.errors import InvalidLonLatError
from zones.lonlat import LonLat

_RAW_MOST = 2_000
"""Of a ping that cannot be read this many characters are kept."""

type _Aware = Annotated[datetime, msgspec.Meta(tz=True)]
type _Word = Annotated[str, msgspec.Meta(max_length=WORD_MOST)]
type _Id = Annotated[str, msgspec.Meta(max_length=100)]


class PingShape(msgspec.Struct, frozen=True, gc=False):
    """One ping of a phone; without coordinates it says only that the phone is alive. `alarm` ("sos") calls for help."""

    fix_at: _Aware
    lon: float | None = None
    lat: float | None = None
    id: _Id | int | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_share: float | None = None
    mock: bool | None = None
    alarm: _Word | None = None


class _Batch(msgspec.Struct, frozen=True):
    pings: list[PingShape]


class _LooseBatch(msgspec.Struct, frozen=True):
    pings: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPing:
    """A ping that could be read: its place in the batch, what makes it the same ping when sent again, and as sent."""

    index: int
    dedupe_key: str
    ping: Ping
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadablePing:
    """A ping of a form that nobody understands, kept all the same."""

    index: int
    dedupe_key: str
    ping_id: str | None
    message: str
    raw: dict[str, Any]
    code: str = RefusalCode.BAD_VALUE.value
    dialect: str | None = None


_decoder = msgspec.json.Decoder(_Batch)
_loose_decoder = msgspec.json.Decoder(_LooseBatch)


def read_pings(body: bytes, received_at: datetime, most: int) -> tuple[Sequence[ReadPing], Sequence[UnreadablePing]]:
    """
    The pings of a request's body: those that can be read, and those that cannot.

    Raises
    ------
    BadRequestError
        When the body is no JSON.
    InvalidInputError
        When it is no object with a list `pings`, or holds more than `most`.
    """
    try:
        shapes, items = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestError(f'the body is not JSON: {error}; send {{"pings": [...]}}') from error
    if len(items) > most:
        problem = InputProblem(code="too_many", where="pings", message=f"at most {most} pings are taken at once")
        raise InvalidInputError(f"expected at most {most} pings, got {len(items)}; send them in parts", (problem,))
    good: list[ReadPing] = []
    bad: list[UnreadablePing] = []
    for index, item in enumerate(items):
        try:
            shape = item if shapes is not None else msgspec.convert(item, PingShape)
            good.append(_read(index, shape, received_at))
        except (msgspec.ValidationError, InvalidLonLatError, ValueError) as error:
            bad.append(_unreadable(index, item, str(error)))
    return good, bad


def _decode(body: bytes) -> tuple[list[PingShape] | None, list[Any]]:
    """All pings read at once when all are well formed; otherwise None, and what came, to be read one by one."""
    try:
        shapes = _decoder.decode(body).pings
    except msgspec.ValidationError:
        # One ping of a wrong form must not cost its neighbours: each is then read for itself.
        try:
            return None, _loose_decoder.decode(body).pings
        except msgspec.ValidationError as error:
            problem = InputProblem(code="no_pings", where="pings", message=str(error))
            raise InvalidInputError('expected an object with a list: {"pings": [...]}', (problem,)) from error
    return shapes, list(shapes)


def _read(index: int, shape: PingShape, received_at: datetime) -> ReadPing:
    if (shape.lon is None) != (shape.lat is None):
        raise ValueError("only one of lon and lat is given; send both, or neither for a sign of life")
    point = LonLat(lon=shape.lon, lat=shape.lat) if shape.lon is not None and shape.lat is not None else None
    ping_id = str(shape.id) if shape.id is not None and shape.id != "" else None
    ping = Ping(
        fix_at=shape.fix_at,
        received_at=received_at,
        point=point,
        ping_id=ping_id,
        accuracy_m=shape.accuracy_m,
        speed_mps=shape.speed_mps,
        bearing_deg=shape.bearing_deg,
        battery_share=shape.battery_share,
        is_mock=bool(shape.mock),
        alarm=storable(shape.alarm).strip() or None if shape.alarm is not None else None,
    )
    return ReadPing(index=index, dedupe_key=dedupe_key(ping), ping=ping, raw=msgspec.to_builtins(shape))


def _unreadable(index: int, item: Any, why: str) -> UnreadablePing:
    raw = msgspec.to_builtins(item)
    text = msgspec.json.encode(raw).decode()
    ping_id = raw.get("id") if isinstance(raw, dict) else None
    known = isinstance(ping_id, str | int) and 0 < len(str(ping_id)) <= 100
    return UnreadablePing(
        index=index,
        # the whole of what came is what makes it the same again, and only its beginning may be long
        dedupe_key=f"bad:{digest(text)}",
        ping_id=str(ping_id) if known else None,
        message=f"this ping cannot be read: {why}; see the API's description of POST /v1/pings",
        raw=raw if isinstance(raw, dict) and len(text) <= _RAW_MOST else {"text": text[:_RAW_MOST]},
    )
