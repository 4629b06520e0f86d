"""Whatever is broken in a file, it is either read or answered with a list of problems."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.formats.problem_file import FORMATS, read_problem
from routing.formats.vrp_json import write_problem
from routing.problem_check import ProblemInputError, Severity
from tests.routing.builders import at, make_problem, make_shift, make_stop, window
from tests.routing.formats.instances import li_lim, solomon, vroom

OURS = json.loads(
    write_problem(
        make_problem([make_stop("a", windows=(window(at(9), at(10)),), priority=1)], [make_shift(max_stops=3)])
    )
)
VALUES = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        1.5,
        10**7,
        2**31,
        10**30,
        1e300,
        float("nan"),
        float("inf"),
        "",
        "x",
        [],
        {},
        [[]],
        [1],
        [2, 1],
    ]
)
WORDS = st.sampled_from(["", "x", "-1", "nan", "1e400", "99999999999", "0.5", "VEHICLE", "\n", "1 1 1 1 1 1 1"])


def assert_read_or_refused(content: bytes, file_format: str | None = None) -> None:
    try:
        found = read_problem(content, file_format)
    except ProblemInputError as error:
        problems = error.problems
        refused = True
    else:
        problems = found.warnings
        refused = False
        assert len(found.stop_ids) == len(found.problem.stops)
    assert refused == any(one.severity is Severity.ERROR for one in problems)
    assert all(one.where and one.message for one in problems)


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON document."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    here = [(value, key) for key in keys]
    return here + [place for key in keys for place in places_in(value[key])]


@pytest.mark.parametrize("document", [vroom(), OURS], ids=["vroom", "corridor"])
@given(choice=st.data())
@settings(max_examples=150, deadline=None)
def test_json_with_any_values_exchanged(document: dict[str, Any], choice: st.DataObject) -> None:
    broken = copy.deepcopy(document)
    for _ in range(choice.draw(st.integers(1, 3))):
        places = places_in(broken)
        container, key = places[choice.draw(st.integers(0, len(places) - 1))]
        if choice.draw(st.booleans()):
            container[key] = copy.deepcopy(choice.draw(VALUES))
        else:
            del container[key]

    assert_read_or_refused(json.dumps(broken).encode())


@pytest.mark.parametrize("text", [solomon(), li_lim()], ids=["solomon", "li-lim"])
@given(choice=st.data())
@settings(max_examples=150, deadline=None)
def test_text_with_any_words_exchanged(text: str, choice: st.DataObject) -> None:
    words = text.replace("\n", " \n ").split(" ")
    for _ in range(choice.draw(st.integers(1, 3))):
        words[choice.draw(st.integers(0, len(words) - 1))] = choice.draw(WORDS)

    assert_read_or_refused(" ".join(words).encode())


@given(content=st.binary(max_size=60), file_format=st.sampled_from([None, *FORMATS]))
@settings(max_examples=150, deadline=None)
def test_any_bytes(content: bytes, file_format: str | None) -> None:
    assert_read_or_refused(content, file_format)


@pytest.mark.parametrize("content", [solomon().encode(), li_lim().encode(), json.dumps(vroom()).encode()])
def test_files_cut_off_anywhere(content: bytes) -> None:
    for length in range(0, len(content), 7):
        assert_read_or_refused(content[:length])
