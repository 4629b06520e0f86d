"""What the text files of benchmarks share: rows of numbers with their line, places on a plane, equal vehicles."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from routing.fleet import Shift
from routing.order import Load, TimeWindow
from routing.problem_check import LARGEST, ProblemList
from zones.lonlat import LonLat

DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""Time 0 of files that name no date."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """The numbers of one line; lines are counted from 1."""

    line: int
    numbers: tuple[float, ...]

    @property
    def where(self) -> str:
        """The place as people say it."""
        return f"line {self.line}"


def number_row(text: str, line: int, count: int, problems: ProblemList, *, is_last: bool) -> NumberRow | None:
    """The `count` numbers of a line; None, with the problem, when there are fewer, more, or other words."""
    words = text.split()
    try:
        numbers = tuple(float(word) for word in words)
    except ValueError:
        wrong = next(word for word in words if not _is_number(word))
        problems.error("not_a_number", f"line {line}", f"expected {count} numbers, got {wrong!r}; correct the line")
        return None
    if len(numbers) != count:
        cut_off = is_last and len(numbers) < count
        end = "the file was cut off here, get it again" if cut_off else "correct the line"
        message = f"expected {count} numbers, got {len(numbers)}; {end}"
        problems.error("cut_off" if cut_off else "wrong_columns", f"line {line}", message)
        return None
    if not all(isfinite(number) and abs(number) <= LARGEST for number in numbers):
        problems.error("overflow", f"line {line}", f"numbers must be finite and at most {LARGEST}; correct the line")
        return None
    return NumberRow(line, numbers)


def number_rows(lines: list[tuple[int, str]], count: int, problems: ProblemList) -> list[NumberRow]:
    """The rows of these numbered lines; wrong ones are in `problems`."""
    last = lines[-1][0] if lines else 0
    rows = (number_row(text, line, count, problems, is_last=line == last) for line, text in lines)
    return [row for row in rows if row is not None]


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """Lines that are not blank, with their number from 1."""
    return [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def euclidean(rows: list[NumberRow], unit: int, problems: ProblemList) -> NDArray[np.float64]:
    """Straight distances between the places of these rows (their second and third number), times `unit`: (n, n)."""
    xy = np.array([row.numbers[1:3] for row in rows], dtype=np.float64).reshape(-1, 2)
    across, up = xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1]
    # Not hypot: the root of a sum of squares of whole numbers is what others round, and exact where it is whole.
    table: NDArray[np.float64] = np.sqrt(across * across + up * up) * unit
    if table.size and table.max() > LARGEST:
        problems.error("overflow", "file", f"places are further apart than {LARGEST // unit}; correct the coordinates")
        return np.minimum(table, LARGEST)
    return table


def planar_points(rows: list[NumberRow]) -> list[LonLat]:
    """Points near (0, 0) that lie to each other as the places of these rows do; they are on no map."""
    largest = max((abs(number) for row in rows for number in row.numbers[1:3]), default=0.0)
    scale = min(1 / 1000, 80 / max(largest, 1.0))
    return [LonLat(lon=row.numbers[1] * scale, lat=row.numbers[2] * scale) for row in rows]


def at(number: float, unit: int) -> datetime:
    """The instant of a file's time, which counts `1 / unit` seconds."""
    return DAY + timedelta(seconds=round(number * unit))


def window_of(row: NumberRow, unit: int, problems: ProblemList) -> tuple[TimeWindow, ...]:
    """The window in the fifth and sixth number of a row; empty, with the problem, when it ends before it starts."""
    ready, due = row.numbers[4:6]
    if due < ready:
        message = f"it is due at {due:g}, before it is ready at {ready:g}; swap them"
        problems.error("window_ends_first", row.where, message)
        return ()
    return (TimeWindow(at(ready, unit), at(due, unit)),)


def same_vehicles(count: int, capacity: int, depot: NumberRow, unit: int, problems: ProblemList) -> tuple[Shift, ...]:
    """Vehicles that leave and return while the depot's window is open; none, with the problem, when it never is."""
    opens, closes = depot.numbers[4:6]
    if closes <= opens:
        message = f"the depot closes at {closes:g} and opens at {opens:g}: vehicles have no time; correct its window"
        problems.error("no_time", depot.where, message)
        return ()
    return tuple(
        Shift(
            shift_id=f"vehicle {number}",
            courier_id=f"vehicle {number}",
            starts_at=at(opens, unit),
            ends_at=at(closes, unit),
            start_depot_id="depot",
            end_depot_id="depot",
            capacity=Load(items=capacity),
        )
        for number in range(1, count + 1)
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
