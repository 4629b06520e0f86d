"""Any problem file that we read: what it is, and what it says."""

from collections.abc import Callable

from routing.formats.li_lim import read_li_lim
from routing.formats.reading import ReadProblem, json_of, text_of
from routing.formats.solomon import read_solomon
from routing.formats.text_rows import numbered_lines
from routing.formats.vroom_json import read_vroom
from routing.formats.vrp_json import FORMAT as OUR_FORMAT
from routing.formats.vrp_json import read_vrp_json
from routing.problem_check import ProblemInputError, ProblemList
from routing.roads import RoadNetwork, StraightLineRoads

FORMATS: tuple[str, ...] = ("solomon", "li-lim", "vroom", "corridor")
"""What `read_problem` takes as `format`."""

_TEXT: dict[str, Callable[[str], ReadProblem]] = {"solomon": read_solomon, "li-lim": read_li_lim}

_KNOWN = "Solomon, Li & Lim, VROOM JSON and our own JSON are read"


def read_problem(content: bytes, file_format: str | None = None, roads: RoadNetwork | None = None) -> ReadProblem:
    """
    The problem in a file; which of `FORMATS` it is, is seen from its content when not given.

    `roads` answer where a JSON file has no matrix; straight lines when left out.

    Raises
    ------
    ProblemInputError
        When nothing can be solved; with the list of all problems found.
    """
    problems = ProblemList()
    text = text_of(content, problems)
    if text is None:
        raise ProblemInputError(problems.found)
    if file_format in _TEXT:
        return _TEXT[file_format](text)
    if file_format is None and text.lstrip()[0] not in "{[":
        return _TEXT[_text_format(text, problems)](text)
    document = json_of(text, problems)
    if document is None:
        raise ProblemInputError(problems.found)
    if file_format is None:
        file_format = _json_format(document, problems)
    roads = roads or StraightLineRoads()
    return read_vroom(document, roads) if file_format == "vroom" else read_vrp_json(document, roads)


def _text_format(text: str, problems: ProblemList) -> str:
    lines = numbered_lines(text)
    if any(line.strip().upper() in ("VEHICLE", "CUSTOMER") for _, line in lines):
        return "solomon"
    if len(lines[0][1].split()) == 3 and all(word.lstrip("-")[:1].isdigit() for word in lines[0][1].split()):
        return "li-lim"
    problems.error("unknown_format", f"line {lines[0][0]}", f"the file is none that is known here; {_KNOWN}")
    raise ProblemInputError(problems.found)


def _json_format(document: dict[str, object], problems: ProblemList) -> str:
    if "format" in document or "shifts" in document:
        return "corridor"
    if "vehicles" in document or "jobs" in document or "shipments" in document:
        return "vroom"
    message = f'expected a member "format": "{OUR_FORMAT}", or VROOM\'s "vehicles"; {_KNOWN}'
    problems.error("unknown_format", "$", message)
    raise ProblemInputError(problems.found)
