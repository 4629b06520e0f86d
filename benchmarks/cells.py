"""Results cell by cell: one engine on one instance with one time limit and seed, saved so that a long run resumes."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    What one engine reached.

    Parameters
    ----------
    cost
        By the independent checker, never the engine's own word; None when it gave no answer.
    elapsed_s, wall_s
        Of the search as the engine says, and of the whole process, start and reading included.
    unserved
        Stops left out.
    problems
        All that the checker found, or why there is no answer; a cell with problems is no valid solution.
    version
        Release of a peer, or state of our code: a cell of another version is not taken for this one.
    """

    engine: str
    instance: str
    seconds: float
    seed: int
    cost: int | None
    elapsed_s: float
    wall_s: float
    peak_rss_mib: float
    unserved: int
    problems: tuple[str, ...]
    version: str

    @property
    def valid(self) -> bool:
        """Whether it is a solution that keeps all rules."""
        return self.cost is not None and not self.problems


class CellStore:
    """Cells in a folder, a file each."""

    def __init__(self, cells_dir: Path, *, resume: bool) -> None:
        self._dir = cells_dir
        self._resume = resume

    def get_or_run(
        self, engine: str, instance: str, seconds: float, seed: int, version: str, run: Callable[[], Cell]
    ) -> tuple[Cell, bool]:
        """The saved cell when we resume and it is of this version (then True), else a new one, saved at once."""
        path = self._dir / f"{engine}-{instance}-{seconds:g}s-{seed}.json"
        saved = _read(path) if self._resume else None
        if saved is not None and saved.version == version:
            return saved, True
        cell = run()
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(cell), indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
        return cell, False


def _read(path: Path) -> Cell | None:
    """None when there is no such cell, or one of an older form."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if set(known) != {field.name for field in fields(Cell)}:
        return None
    known["problems"] = tuple(known["problems"])
    return Cell(**known)
