"""Instances in Solomon's text format, as the integers that every solver gets."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TENTHS = 10
"""Files count in whole units, solvers in tenths: the DIMACS challenge cuts distances after one decimal."""

LONG_ROUTE_CAPACITY = 500
"""Classes R2, C2 and RC2 have vehicles of 700-1000, their routes are long; R1, C1 and RC1 have vehicles of 200."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """
    One instance in integers; row and column 0 are the depot.

    Parameters
    ----------
    distances
        Tenths, int64, shape (n, n): floor(10 x straight line). Driving takes as long as it is far.
    opens, closes, service
        Tenths, shape (n,): when service may start (ends included), and how long it lasts.
    """

    name: str
    fleet: int
    capacity: int
    demands: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    service: NDArray[np.int64]
    xy: NDArray[np.int64]
    distances: NDArray[np.int64]

    @property
    def stops(self) -> int:
        """How many stops there are, without the depot."""
        return len(self.demands) - 1

    @property
    def long_routes(self) -> bool:
        """Whether vehicles are large and the day is long, so that few routes have many stops each."""
        return self.capacity > LONG_ROUTE_CAPACITY


def read_instance(path: Path) -> Instance:
    """
    Read a file in Solomon's format.

    Raises
    ------
    ValueError
        When it has no vehicle line, no depot, or a number that is not whole.
    """
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    numbers = [[int(cell) for cell in row] for row in rows if row and row[0].isdigit()]
    if len(numbers) < 3 or len(numbers[0]) != 2 or any(len(row) != 7 for row in numbers[1:]):
        raise ValueError(f"expected a vehicle line of 2 numbers and stops of 7 in {path.name}; is it Solomon's format?")
    fleet, capacity = numbers[0]
    table = np.array(numbers[1:], dtype=np.int64)
    return Instance(
        name=path.stem,
        fleet=fleet,
        capacity=capacity,
        demands=table[:, 3],
        opens=table[:, 4] * TENTHS,
        closes=table[:, 5] * TENTHS,
        service=table[:, 6] * TENTHS,
        xy=table[:, 1:3],
        distances=whole_distances(table[:, 1:3]),
    )


def whole_distances(xy: NDArray[np.int64]) -> NDArray[np.int64]:
    """floor(10 x straight line) between all points, exact: a square root in floats may fall on the wrong side."""
    difference = xy[:, None, :] - xy[None, :, :]
    square = TENTHS**2 * (difference**2).sum(axis=-1)
    root = np.floor(np.sqrt(square.astype(np.float64))).astype(np.int64)
    root -= root * root > square
    root += (root + 1) * (root + 1) <= square
    return root


def known_files(known_dir: Path) -> list[Path]:
    """Published instances in this folder, by name; empty when there is no such folder."""
    return sorted(known_dir.glob("*.txt")) if known_dir.is_dir() else []


def best_known(known_dir: Path) -> dict[str, int]:
    """Best published distances in tenths, by instance; empty when there is no table of them."""
    table = known_dir / "best_known.csv"
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["name"]: round(float(row["best_known_distance_dimacs"]) * TENTHS) for row in csv.DictReader(lines)}
