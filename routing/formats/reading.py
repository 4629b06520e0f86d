"""What every reader of problems gives, and how bytes become text or JSON with their problems."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import RoutingError
from routing.plan import Route
from routing.problem import CostWeights, RoutingProblem
from routing.problem_check import InputProblem, Places, ProblemList, ProblemParts, find_problems

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadProblem:
    """
    A problem as a file states it, with what is needed to answer in the file's own words.

    `stop_ids` has the file's id of each stop of the problem, in their order. The file counts `metres_a_unit` of the
    problem's metres as one unit of distance, and `cost_a_unit` as one of cost. `lengths` are the file's own distances
    by matrix row, for each vehicle profile whose matrix holds something else (rounded distances, prices); where it has
    a profile, they are what `distance` sums. With `counts_unassigned` the cost has the price of orders left out in it.
    `has_coordinates` is False when points only tell places apart. `start` holds sequences of stop indices by shift, a
    plan to begin with, empty when the file has none.
    """

    format: str
    problem: RoutingProblem
    stop_ids: tuple[int | str, ...]
    warnings: tuple[InputProblem, ...] = ()
    metres_a_unit: float = 1.0
    cost_a_unit: float = 1.0
    cost_is_distance: bool = False
    counts_unassigned: bool = False
    has_coordinates: bool = True
    lengths: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    start: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def distance(self, routes: Sequence[Route]) -> float:
        """What these routes drive, in the file's unit."""
        index_of = {stop.visit_id: index for index, stop in enumerate(self.problem.stops)}
        shifts = {shift.shift_id: shift for shift in self.problem.shifts}
        total = 0.0
        for route in routes:
            shift = shifts[route.shift_id]
            lengths = self.lengths.get(shift.vehicle_profile)
            if lengths is None:
                total += sum(leg.distance_m for leg in route.legs) / self.metres_a_unit
                continue
            end = self.problem.end_node(shift)
            rows = [self.problem.start_node(shift)]
            rows += [self.problem.stop_node(index_of[visit.visit_id]) for visit in route.visits]
            rows += [] if end is None else [end]
            total += float(lengths[rows[:-1], rows[1:]].sum())
        return total


def text_of(content: bytes, problems: ProblemList) -> str | None:
    """The text of a file in UTF-8 (a byte order mark is skipped); None, with the problem, when it is none or empty."""
    if content.startswith(_UTF16):
        problems.error("not_utf8", "byte 0", "the file is UTF-16 text; save it as UTF-8")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "the file is no UTF-8 text; save it as UTF-8, or choose the right file"
        problems.error("not_utf8", f"byte {error.start}", message)
        return None
    if not text.strip():
        problems.error("empty_file", "file", "the file is empty; choose the right one")
        return None
    if "\0" in text:
        problems.error("not_text", f"byte {content.index(0)}", "the file is no text; choose the right file")
        return None
    return text


def json_of(text: str, problems: ProblemList) -> dict[str, Any] | None:
    """The JSON object that the text is; None, with the problem, when it is none."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) - 1:
            problems.error("cut_off", where, "the file ends in the middle; it was cut off, get it again")
        else:
            problems.error("not_json", where, f"the file is no JSON: {error.msg.lower()}; correct it there")
        return None
    except (RecursionError, ValueError) as error:  # nested or digits without end
        problems.error("not_json", "file", f"the file cannot be read: {error}")
        return None
    if not isinstance(document, dict):
        problems.error("wrong_type", "$", f"expected a JSON object, got {type(document).__name__}")
        return None
    return document


def checked_problem(problems: ProblemList, places: Places, **parts: Any) -> RoutingProblem:
    """
    The problem made of these fields of `RoutingProblem`, after every check; `problems` has the warnings then.

    Raises
    ------
    ProblemInputError
        When anything read so far, or found now, is an error.
    """
    said = {one.code for one in problems.found}
    found = find_problems(
        ProblemParts(
            depots=parts["depots"],
            stops=parts["stops"],
            shifts=parts["shifts"],
            lockers=parts.get("lockers", ()),
            horizon_start=parts["horizon_start"],
            places=places,
        )
    )
    # Vehicles that could not be read are missing here; the reader has said why already.
    problems.found += [one for one in found if one.code != "no_couriers" or not said & {"no_couriers", "no_time"}]
    problems.raise_errors()
    try:
        return RoutingProblem(**parts)
    except RoutingError as error:
        problems.error("contradiction", "file", str(error))
        problems.raise_errors()
        raise


def fold_warnings(problems: ProblemList) -> tuple[InputProblem, ...]:
    """The warnings, with those about one field in many items folded into the first of them."""
    kinds: dict[tuple[str, str], list[InputProblem]] = {}
    for one in problems.found:
        pattern = re.sub(r"\[\d+\]", "[]", one.where) if one.code in _OF_A_FIELD else one.where + one.message
        kinds.setdefault((one.code, pattern), []).append(one)
    return tuple(
        first if not more else replace(first, message=f"{first.message} (and in {len(more)} more places)")
        for first, *more in kinds.values()
    )


_OF_A_FIELD = frozenset({"unknown_field", "not_honoured"})


def serve_first(weights: CostWeights, dearest: float, stops: int, *, priorities: bool = False) -> CostWeights:
    """
    These weights with leaving an order out dearer than any route of `dearest` a stop can be.

    With `priorities` one point of priority outweighs any number of orders without. Kept below what 64 bits hold when
    the prices of all orders are summed in thousandths.
    """
    unassigned = round(min(max(dearest * (stops + 1), 100_000), 1e9))
    step = min(unassigned * (stops + 1), 10**13 // max(stops, 1)) if priorities else 0
    return CostWeights(
        per_drive_s=weights.per_drive_s,
        per_km=weights.per_km,
        per_route=weights.per_route,
        per_wait_s=weights.per_wait_s,
        unassigned=unassigned,
        priority_step=step,
    )
