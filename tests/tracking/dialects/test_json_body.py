"""JSON of phones: in any encoding, with numbers beyond measure, or cut off in the middle."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.dialects.json_body import json_of, looks_like_json

ITEMS = st.lists(
    st.dictionaries(st.text(max_size=3), st.text(max_size=6) | st.integers() | st.lists(st.booleans(), max_size=2)),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("body", [b"{", b'{"a":', b"[" * 100_000, b"hello", b"\xff\xfe\x00", b"\x00\x00\x00\x00"])
def test_what_is_no_json_is_left_as_it_came(body: bytes):
    found = json_of(body)

    assert found.value == []
    assert found.rest
    assert found.why.startswith("the body is no whole JSON: ")


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"a": 1}', b' {"a": 1}\n', b'{"a": 2, "a": 1}'])
def test_json_is_read_with_a_mark_spaces_and_a_key_twice(body: bytes):
    assert json_of(body) == ({"a": 1}, b"", "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ['{"name": "Ана Żak"}', '[{"name": "Ана Żak"}]'])
def test_json_is_read_in_any_encoding(encoding: str, text: str):
    body = text.encode(encoding)

    assert looks_like_json(body)
    assert json_of(body).value == json.loads(text)


def test_form_fields_do_not_look_like_json():
    assert not looks_like_json(b"id=7&lat=[1]")
    assert not looks_like_json(b"")


def test_a_number_beyond_measure_and_a_line_break_in_a_name_cost_nothing_else():
    found = json_of(b'[{"a": ' + b"9" * 5_000 + b'}, {"b": "x\ny"}, {"c": NaN}]')

    assert found.value[0] == {"a": math.inf}
    assert found.value[1] == {"b": "x\ny"}
    assert math.isnan(found.value[2]["c"])


@given(items=ITEMS, cut=st.integers(min_value=1, max_value=400), head=st.sampled_from(["[", '{"x": 1, "locations": [']))
def test_what_stands_whole_before_the_cut_is_read(items: list[object], cut: int, head: str):
    parts = [json.dumps(item) for item in items]
    text = f"{head}{', '.join(parts)}"[:cut]
    whole, end = 0, len(head)
    for part in parts:
        end += len(part)
        whole += end <= len(text)
        end += 2

    found = json_of(text.encode())

    if len(text) > len(head):
        assert found.value == items[:whole]


def test_a_template_that_was_filled_with_nothing_costs_that_field_only():
    assert json_of(b'{"lat": 60.17, "hdop":, "pdop": , "note": "a:,b"}').value["lat"] == 60.17


def test_texts_one_behind_another_are_all_read():
    assert json_of(b'{"a": 1}\n{"a": 2}').value == [{"a": 1}, {"a": 2}]


def test_a_comma_too_many_is_no_fault_and_what_follows_a_list_is_kept():
    assert json_of(b'{"locations": [{"a": 1}, ]}')[:2] == ([{"a": 1}], b"")
    assert json_of(b'{"locations": [{"a": 1}], "current": {"b"')[:2] == ([{"a": 1}], b'], "current": {"b"')
