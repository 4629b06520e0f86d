import pytest

from tests.tracking.builders import DAY_AT, drive, follow_pings, make_line
from tracking.courier_state import STATE_FORMAT, from_bytes, to_bytes
from tracking.errors import StateFormatError
from tracking.pipeline import start


def test_state_survives_its_bytes():
    line = make_line()
    followed = follow_pings(line, drive(line, 0, 400))
    followed.tick(600)

    assert from_bytes(to_bytes(followed.state)) == followed.state


def test_empty_state_survives_its_bytes():
    state = start(None, DAY_AT)

    assert from_bytes(to_bytes(state)) == state


def test_memory_does_not_grow_with_the_day():
    line = make_line()
    sizes = [len(to_bytes(follow_pings(line, drive(line, 0, s, mps=2.0)).state)) for s in (600, 2400)]

    assert sizes[1] < 1.3 * sizes[0]


def test_state_of_another_format_is_refused_with_its_number():
    content = to_bytes(start(None, DAY_AT)).replace(
        f'"format":{STATE_FORMAT}'.encode(), f'"format":{STATE_FORMAT + 7}'.encode()
    )

    with pytest.raises(StateFormatError, match=f"format {STATE_FORMAT + 7}"):
        from_bytes(content)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 99}'])
def test_bytes_that_are_no_state_are_refused(content: bytes):
    with pytest.raises(StateFormatError):
        from_bytes(content)
