"""
Our own JSON problem: every field of the domain under its own name, see `docs/formats.md`.

The matrix may be left out: times and distances then come from the roads given to the reader.
"""

import json
from datetime import datetime
from typing import Any

import numpy as np

from routing.fleet import Depot, Locker, Shift
from routing.formats.json_values import WRONG, read_object, read_value, warn_unknown, write_value
from routing.formats.reading import ReadProblem, checked_problem, fold_warnings
from routing.matrix_check import check_matrix
from routing.problem import CostWeights, RoutingProblem, node_points
from routing.problem_check import Places, ProblemList
from routing.roads import RoadNetwork
from routing.stop import Stop
from routing.travel_matrix import HourFactors, TravelMatrix
from zones.lonlat import LonLat

FORMAT = "corridor-problem/1"

_FIELDS = (
    "format",
    "horizon_start",
    "depots",
    "stops",
    "shifts",
    "lockers",
    "weights",
    "hour_factors",
    "matrix",
    "matrices",
)


def write_problem(problem: RoutingProblem) -> bytes:
    """The problem as JSON text; `read_vrp_json` gives an equal problem back."""
    document: dict[str, Any] = {"format": FORMAT}
    for name in _FIELDS[1:8]:
        value = write_value(getattr(problem, name))
        if value not in (None, []):
            document[name] = value
    document.setdefault("stops", [])
    document["matrix"] = _matrix_rows(problem.matrix)
    if problem.matrices:
        document["matrices"] = {name: _matrix_rows(matrix) for name, matrix in sorted(problem.matrices.items())}
    return (json.dumps(document, ensure_ascii=False) + "\n").encode()


def read_vrp_json(document: dict[str, Any], roads: RoadNetwork) -> ReadProblem:
    """
    The problem of our own JSON; `roads` answer where it has no matrix.

    Raises
    ------
    ProblemInputError
        When it is none; with every problem and its JSON path.
    """
    problems = ProblemList()
    warn_unknown(document, _FIELDS, "$", problems)
    if document.get("format") != FORMAT:
        problems.error("wrong_format", "$.format", f"expected {FORMAT!r}, got {document.get('format')!r}")
    parts: dict[str, Any] = {}
    places: dict[str, list[str]] = {}
    for name, kind in (("depots", Depot), ("stops", Stop), ("shifts", Shift), ("lockers", Locker)):
        parts[name], places[name] = _items(document, name, kind, problems)
    horizon_start = _given(document, "horizon_start", datetime, problems)
    if horizon_start is None:
        problems.error("missing_field", "$", "the field 'horizon_start' is missing; add the instant the day starts")
    weights = _given(document, "weights", CostWeights, problems) or CostWeights()
    hour_factors = _given(document, "hour_factors", HourFactors, problems)
    points = node_points(parts["depots"], parts["stops"], parts["shifts"])
    # With a broken part the number of places is unknown: the size of the matrix is no news then.
    size = None if problems.has_errors else len(points)
    matrix = _matrix(document.get("matrix"), "$.matrix", size, problems)
    matrices = _matrices(document.get("matrices"), size, problems)
    if document.get("matrix") is None:
        matrix = _by_roads(points, roads, problems)
    problem = checked_problem(
        problems,
        Places(depots=places["depots"], stops=places["stops"], shifts=places["shifts"]),
        horizon_start=horizon_start or (parts["shifts"][0].starts_at if parts["shifts"] else _NEVER),
        **parts,
        matrix=matrix,
        matrices=matrices,
        weights=weights,
        hour_factors=hour_factors,
    )
    return ReadProblem(
        format="corridor",
        problem=problem,
        stop_ids=tuple(stop.visit_id for stop in problem.stops),
        warnings=fold_warnings(problems),
        counts_unassigned=True,
    )


_NEVER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _items(document: dict[str, Any], name: str, kind: Any, problems: ProblemList) -> tuple[tuple[Any, ...], list[str]]:
    rows = document.get(name, [])
    if not isinstance(rows, list):
        problems.error("wrong_type", f"$.{name}", f"expected a list of {name}, got {type(rows).__name__}")
        return (), []
    read = [(read_object(kind, row, f"$.{name}[{n}]", problems), f"$.{name}[{n}]") for n, row in enumerate(rows)]
    sound = [(item, where) for item, where in read if item is not WRONG]
    return tuple(item for item, _ in sound), [where for _, where in sound]


def _given(document: dict[str, Any], name: str, kind: Any, problems: ProblemList) -> Any:
    if document.get(name) is None:
        return None
    value = read_value(kind, document[name], f"$.{name}", problems)
    return None if value is WRONG else value


def _matrix_rows(matrix: TravelMatrix) -> dict[str, Any]:
    return {
        "source": matrix.source,
        "durations_s": matrix.durations_s.tolist(),
        "distances_m": matrix.distances_m.tolist(),
    }


def _matrices(given: Any, size: int | None, problems: ProblemList) -> dict[str, TravelMatrix]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        problems.error("wrong_type", "$.matrices", "expected an object: profile -> matrix")
        return {}
    read = {name: _matrix(value, f"$.matrices.{name}", size, problems) for name, value in given.items()}
    return {name: matrix for name, matrix in read.items() if matrix is not None}


def _matrix(given: Any, where: str, size: int | None, problems: ProblemList) -> TravelMatrix | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        problems.error("wrong_type", where, "expected an object with durations_s and distances_m")
        return None
    warn_unknown(given, ("source", "durations_s", "distances_m"), where, problems)
    durations = check_matrix(given.get("durations_s"), f"{where}.durations_s", problems, size)
    distances = check_matrix(given.get("distances_m"), f"{where}.distances_m", problems, size)
    if durations is None or distances is None:
        return None
    if durations.shape != distances.shape:
        problems.error("matrix_size", where, "durations_s and distances_m have different sizes; give both for all")
        return None
    source = given.get("source", "file")
    return TravelMatrix(durations.astype(np.int32), distances.astype(np.int32), str(source))


def _by_roads(points: list[LonLat], roads: RoadNetwork, problems: ProblemList) -> TravelMatrix | None:
    if problems.has_errors:
        return None
    matrix = roads.matrix(points)
    if matrix.source == "great_circle":
        message = "there is no matrix: times and distances are guessed from straight lines; give one for real streets"
        problems.warn("straight_lines", "$.matrix", message)
    return matrix
