"""
Ways as short text: the Encoded Polyline Algorithm Format (Google, 2008), five decimals, latitude first within it.

A state is written with every ping; a way of a hundred points takes half a kilobyte so, and five as numbers.
"""

from collections.abc import Iterable

from zones.lonlat import LonLat

_SCALE = 1e5
_CHUNK_BITS = 5
_MORE = 0x20
_OFFSET = 63


def encode(points: Iterable[LonLat]) -> str:
    """The points as text, to about a metre."""
    letters: list[str] = []
    before = (0, 0)
    for point in points:
        here = (round(point.lat * _SCALE), round(point.lon * _SCALE))
        for value, last in zip(here, before, strict=True):
            letters += _letters(value - last)
        before = here
    return "".join(letters)


def decode(text: str) -> tuple[LonLat, ...]:
    """The points of a text that `encode` wrote."""
    numbers: list[int] = []
    value = shift = 0
    for letter in text:
        chunk = ord(letter) - _OFFSET
        value |= (chunk & (_MORE - 1)) << shift
        shift += _CHUNK_BITS
        if chunk < _MORE:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points: list[LonLat] = []
    lat = lon = 0
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + north, lon + east
        points.append(LonLat(lon=lon / _SCALE, lat=lat / _SCALE))
    return tuple(points)


def _letters(step: int) -> list[str]:
    value = ~(step << 1) if step < 0 else step << 1
    letters: list[str] = []
    while value >= _MORE:
        letters.append(chr((_MORE | (value & (_MORE - 1))) + _OFFSET))
        value >>= _CHUNK_BITS
    letters.append(chr(value + _OFFSET))
    return letters
