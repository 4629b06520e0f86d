"""Tables on the terminal and in markdown, and goals beside what was reached."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite, isnan, nan
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """
    One figure beside its goal, `limit` included.

    Parameters
    ----------
    value
        NaN when nothing was measured: such a goal is neither met nor missed.
    at_least
        The value should reach the limit from above; otherwise it should stay at or below it.
    """

    name: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """None when nothing was measured."""
        if isnan(self.value):
            return None
        value = round(self.value, 9)  # a mean of floats may miss a limit that it equals
        return value >= self.limit if self.at_least else value <= self.limit

    def row(self) -> tuple[str, str, str, str]:
        """Name, what was reached, the goal, and "met" or "MISSED"."""
        sign = ">=" if self.at_least else "<="
        verdict = {True: "met", False: "MISSED", None: "not measured"}[self.met]
        # Four digits that count: a ratio of 1.004 must not look like the 1 that it misses.
        reached = f"{self.value:.4g}{self.unit}" if isfinite(self.value) else number(self.value)
        return self.name, reached, f"{sign} {self.limit:g}{self.unit}", verdict


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column names and rows of ready text; the first column is left-aligned."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table as GitHub shows it."""
        rule = "|---|" + "---:|" * (len(self.columns) - 1)
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, *self.rows)]
        return "\n".join([f"## {self.title}", "", lines[0], rule, *lines[1:], ""])


def goals_table(title: str, goals: Sequence[Goal]) -> Table:
    """Goals as a table."""
    return Table(title, ("goal", "reached", "goal is", ""), tuple(goal.row() for goal in goals))


def number(value: float, unit: str = "", digits: int = 2) -> str:
    """A figure for a table: "-" when not measured, "none" when it is infinite (no valid solution)."""
    if isnan(value):
        return "-"
    return f"{value:.{digits}f}{unit}" if isfinite(value) else "none"


def mean(values: Sequence[float]) -> float:
    """The mean, NaN of nothing."""
    return sum(values) / len(values) if values else nan


def median(values: Sequence[float]) -> float:
    """The median (of an even count the mean of the middle two), NaN of nothing."""
    if not values:
        return nan
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def ratio(ours: float, theirs: float) -> float:
    """Ours in parts of theirs: 0 when both are 0, infinite when only theirs is, NaN when either is not known."""
    if isnan(ours) or isnan(theirs):
        return nan
    if theirs == 0:
        return 0.0 if ours == 0 else float("inf")
    return 0.0 if theirs == float("inf") else ours / theirs


def wide_console() -> Console:
    """The terminal; when the output goes to a file, wide enough for our tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def show(console: Console, tables: Sequence[Table]) -> None:
    """Print the tables."""
    for table in tables:
        drawn = RichTable(title=table.title, title_justify="left", header_style="bold")
        for position, column in enumerate(table.columns):
            drawn.add_column(column, justify="left" if position == 0 else "right")
        for row in table.rows:
            drawn.add_row(*(f"[red]{cell}[/]" if cell == "MISSED" else cell for cell in row))
        console.print(drawn)


def save(
    results_dir: Path, name: str, heading: str, notes: Sequence[str], tables: Sequence[Table], facts: dict[str, object]
) -> None:
    """Write `<name>.md` and `<name>.json`."""
    results_dir.mkdir(parents=True, exist_ok=True)
    text = "\n".join([f"# {heading}", "", *(f"- {note}" for note in notes), "", *(t.markdown() for t in tables)])
    (results_dir / f"{name}.md").write_text(text, encoding="utf-8")
    (results_dir / f"{name}.json").write_text(json.dumps(_plain(facts), indent=1) + "\n", encoding="utf-8")


def goal_facts(goals: Sequence[Goal]) -> list[dict[str, object]]:
    """Goals as JSON: what `Goal` holds, and whether it was met."""
    return [{**asdict(goal), "met": goal.met} for goal in goals]


def _plain(value: object) -> object:
    """JSON knows neither NaN nor infinity: both become null."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
