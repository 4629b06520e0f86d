"""
Tracking and arrival times against the truth, beside goals and what others do: `make bench-tracking`.

The table of `corridor scoreboard`, with its JSON and plots in `benchmarks/results`.
"""

import argparse
from time import perf_counter

from benchmarks.machine import RESULTS_DIR, ROOT, commit, described
from benchmarks.options import corpus_dir
from benchmarks.report import Table, save, wide_console
from benchmarks.tracking.plots import draw
from tracking.scoreboard.board import Baseline, Board

DOCS_DIR = ROOT / "docs"
"""Where the plots of the documentation lie."""


def main() -> None:
    """Run the scoreboard on all that is here, and write what it says."""
    from api.cli.scoreboard import run, show_board

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few couriers: two minutes")
    parser.add_argument("--cities", default="", help="porto,heidelberg,almaty: these only")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    console = wide_console()
    began_s = perf_counter()
    board, notes, days, _ = run(
        roads=None,
        tracks=None,
        wanted=[c for c in asked.cities.split(",") if c],
        data=corpus_dir(),
        quick=asked.quick,
        seed=asked.seed,
        say=lambda words: console.print(words, markup=False),
    )
    notes.append(
        f"{(perf_counter() - began_s) / 60:.1f} minutes, seed {asked.seed}, {'quick' if asked.quick else 'full'}."
    )
    show_board(console, board, notes)
    part = bool(asked.cities)
    name = "tracking-part" if part else ("tracking-quick" if asked.quick else "tracking")
    save(
        RESULTS_DIR,
        name,
        "Tracking and arrival times against the truth",
        notes,
        [_goals(board), _others(board)],
        {
            "machine": described(),
            "commit": commit(),
            "goals": [row.facts() for row in board.goals],
            "baselines": [one.facts() for one in board.baselines],
            "notes": notes,
        },
    )
    if days is not None:
        # A part of the whole must not stand in the documentation.
        for path in draw(days, *((RESULTS_DIR, f"{name}.") if part else (DOCS_DIR, "tracking-"))):
            console.print(f"drew {path.relative_to(ROOT)}", markup=False)


def _goals(board: Board) -> Table:
    rows = [
        (
            row.name,
            "-" if row.value is None else f"{row.value:.3g}{row.unit}",
            row.goal_words(),
            "met" if row.met else ("not measured" if row.value is None else "MISSED"),
            row.source,
            f"{row.count} {row.of}",
            f"{row.interval[0]:.3g} to {row.interval[1]:.3g}" if row.interval is not None else "",
        )
        for row in board.goals
    ]
    return Table("Goals", ("goal", "reached", "goal is", "", "source", "rests on", "95 %"), tuple(rows))


def _others(board: Board) -> Table:
    """One row a figure and source, one column a rule."""
    rules = list(dict.fromkeys(one.rule for one in board.baselines))
    keys = list(dict.fromkeys((one.name, one.source) for one in board.baselines))
    known: dict[tuple[str, str, str], Baseline] = {(o.rule, o.name, o.source): o for o in board.baselines}

    def cell(rule: str, name: str, source: str) -> str:
        one = known.get((rule, name, source))
        return "" if one is None else ("-" if one.value is None else f"{one.value:.3g}{one.unit}")

    rows = [(name, source, *(cell(rule, name, source) for rule in rules)) for name, source in keys]
    return Table("What others do on the same pings", ("figure", "source", *rules), tuple(rows))


if __name__ == "__main__":
    main()
