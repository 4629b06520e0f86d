"""Bodies that were packed on their way: gzip and deflate, by what they are as much as by their header."""

import zlib

_GZIP = b"\x1f\x8b"
_PACKED = frozenset(("gzip", "x-gzip", "deflate"))
_ANY_HEADER, _NO_HEADER = 47, -15
"""What zlib calls them: either of the two headers; and the bare stream that some send as deflate."""


class TooLargeError(ValueError):
    """Unpacked, the body is larger than may be taken."""


def unpacked(body: bytes, content_encoding: str, most_bytes: int) -> bytes:
    """
    The body as it was before packing; of one that is cut off what can be had, and one that was never packed as it is.

    Raises
    ------
    TooLargeError
        When it grows beyond `most_bytes`.
    """
    says_packed = content_encoding.strip().lower() in _PACKED
    if not says_packed and not body.startswith(_GZIP):
        return body
    for kind in (_ANY_HEADER, _NO_HEADER):
        reader = zlib.decompressobj(kind)
        try:
            clear = reader.decompress(body, most_bytes + 1)
        except zlib.error:
            continue
        if len(clear) > most_bytes:
            raise TooLargeError(f"unpacked, the body has more than {most_bytes} bytes")
        if clear:
            return clear
    return body
