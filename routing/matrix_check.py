"""What is wrong with a table of times or distances from a file, by cell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.problem_check import LARGEST, ProblemList


def check_matrix(rows: Any, where: str, problems: ProblemList, size: int | None = None) -> NDArray[np.int64] | None:
    """
    A square table of whole numbers 0..`LARGEST` from nested lists; None, with problems by cell, when it is not one.

    Numbers with a fraction are rounded. At most five cells are named for each kind of problem, and the count of all.
    """
    before = len(problems.found)
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        problems.error("not_a_matrix", where, "expected a list of rows, each a list of numbers")
        return None
    count = len(rows) if size is None else size
    if len(rows) != count:
        problems.error("matrix_size", where, f"expected {count} rows, got {len(rows)}; give one for each place")
    _cells(
        [(f"{where}[{n}]", len(row)) for n, row in enumerate(rows) if len(row) != count],
        "matrix_size",
        lambda cell: f"expected {count} numbers in this row, got {cell}",
        problems,
    )
    wrong = [
        (f"{where}[{n}][{m}]", cell)
        for n, row in enumerate(rows)
        if set(map(type, row)) - {int}
        for m, cell in enumerate(row)
        if type(cell) is not int and not (type(cell) is float and np.isfinite(cell))
    ]
    _cells(
        wrong,
        "matrix_missing",
        lambda cell: f"expected a number, got {cell!r}; write {LARGEST} where there is no way",
        problems,
    )
    if len(problems.found) > before:
        return None
    try:
        table = np.array(rows, dtype=np.float64).reshape(count, count)
    except OverflowError:  # whole numbers with hundreds of digits
        table = np.array([[max(min(cell, 2**60), -(2**60)) for cell in row] for row in rows], dtype=np.float64)
    return _in_range(table, where, problems)


def _in_range(table: NDArray[np.float64], where: str, problems: ProblemList) -> NDArray[np.int64] | None:
    kinds: Mapping[str, tuple[NDArray[np.bool_], str]] = {
        "matrix_negative": (table < 0, "must be 0 or more"),
        "matrix_overflow": (table > LARGEST, f"must be at most {LARGEST}, which says that there is no way"),
    }
    for code, (is_wrong, rule) in kinds.items():
        cells = [(f"{where}[{n}][{m}]", table[n, m]) for n, m in np.argwhere(is_wrong).tolist()]
        _cells(cells, code, lambda cell, rule=rule: f"{cell:.0f} {rule}", problems)  # type: ignore[misc]
    if any(is_wrong.any() for is_wrong, _ in kinds.values()):
        return None
    return np.rint(table).astype(np.int64)


def _cells(
    cells: Sequence[tuple[str, Any]], code: str, message: Callable[[Any], str], problems: ProblemList, most: int = 5
) -> None:
    for place, cell in cells[:most]:
        problems.error(code, place, message(cell))
    if len(cells) > most:
        problems.error(code, cells[most][0], f"and so in {len(cells) - most} more places from here on")
