"""Packed bodies: read by what they are, and never grown beyond the limit."""

import gzip
import zlib

import pytest

from tracking.dialects.unpacking import TooLargeError, unpacked

BODY = b'{"locations": []}' * 20
GZIPPED = gzip.compress(BODY, mtime=0)
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(BODY) + BARE.flush()


@pytest.mark.parametrize(
    ("packed", "header"),
    [
        (GZIPPED, "gzip"),
        (GZIPPED, "X-GZIP"),
        (GZIPPED, ""),
        (zlib.compress(BODY), "deflate"),
        (DEFLATED, "deflate"),
        (BODY, "gzip"),
        (BODY, ""),
        (BODY, "identity"),
    ],
    ids=[
        "gzip",
        "gzip by its old name",
        "gzip untold",
        "deflate",
        "bare deflate",
        "plain said to be gzip",
        "plain",
        "plain said so",
    ],
)
def test_a_body_is_what_it_was_before_packing(packed: bytes, header: str):
    assert unpacked(packed, header, 1_000) == BODY


def test_of_a_packed_body_that_is_cut_off_the_beginning_is_read():
    text = bytes(range(256)) * 40

    found = unpacked(gzip.compress(text)[:-20], "gzip", 100_000)

    assert found
    assert text.startswith(found)


def test_a_body_that_grows_beyond_the_limit_is_too_large():
    assert len(unpacked(gzip.compress(b" " * 1_000), "gzip", 1_000)) == 1_000
    with pytest.raises(TooLargeError):
        unpacked(gzip.compress(b" " * 1_001), "gzip", 1_000)


def test_nothing_stays_nothing():
    assert unpacked(b"", "gzip", 10) == b""
