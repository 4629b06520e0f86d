import json

import pytest

from routing.formats.problem_file import read_problem
from routing.problem_check import ProblemInputError, Severity
from tests.routing.builders import GridRoads
from tests.routing.formats.instances import as_bytes, li_lim, solomon, vroom


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (solomon().encode(), "solomon"),
        (li_lim().encode(), "li-lim"),
        (as_bytes(vroom()), "vroom"),
        (b"\xef\xbb\xbf" + as_bytes(vroom()), "vroom"),
    ],
)
def test_the_format_is_seen_from_the_content(content: bytes, expected: str) -> None:
    assert read_problem(content).format == expected


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"", "empty_file", "file"),
        (b" \n\t", "empty_file", "file"),
        (b"\xef\xbb\xbf", "empty_file", "file"),
        (b"hello, world", "unknown_format", "line 1"),
        (b"%PDF-1.7\n\xe2\xe3", "not_utf8", "byte 9"),
        (b"PK\x03\x04\x00", "not_text", "byte 4"),
        ("текст".encode("utf-16"), "not_utf8", "byte 0"),
        (b"[1, 2]", "wrong_type", "$"),
        (b"{}", "unknown_format", "$"),
        (b'{"vehicles": [', "cut_off", "line 1, column 15"),
        (as_bytes(vroom())[:-9], "cut_off", "line 1, column 678"),
        (b'{"vehicles": [}, "jobs": []}', "not_json", "line 1, column 15"),
        (b'{"vehicles": ' + b"[" * 100_000, "not_json", "file"),
    ],
)
def test_files_that_are_no_problem_say_why(content: bytes, code: str, where: str) -> None:
    with pytest.raises(ProblemInputError) as caught:
        read_problem(content)

    (problem,) = caught.value.problems
    assert (problem.code, problem.where.split(", column")[0]) == (code, where.split(", column")[0])
    assert problem.severity is Severity.ERROR


def test_roads_answer_where_a_file_has_no_matrix() -> None:
    document = {
        "vehicles": [{"id": 1, "start": [20, 50], "end": [20, 50]}],
        "jobs": [{"id": 5, "location": [20.01, 50]}],
    }

    found = read_problem(json.dumps(document).encode(), roads=GridRoads())

    assert found.problem.matrix.source == "grid"
    assert found.problem.matrix.durations_s[0, 1] == 100
    assert found.warnings == ()
