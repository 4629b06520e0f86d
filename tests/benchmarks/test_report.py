import json
from math import inf, nan
from pathlib import Path

from benchmarks.report import Goal, Table, goals_table, save


def test_goal_says_met_or_missed_with_the_figure_beside_it() -> None:
    goals = [
        Goal(name="mean gap", value=0.25, limit=0.3, unit=" %"),
        Goal(name="total cost", value=1.004, limit=1),
        Goal(name="share", value=90, limit=90, unit=" %", at_least=True),
        Goal(name="worst", value=inf, limit=1.5),
        Goal(name="nothing", value=nan, limit=1),
    ]

    rows = goals_table("Goals", goals).rows

    assert rows == (
        ("mean gap", "0.25 %", "<= 0.3 %", "met"),
        ("total cost", "1.004", "<= 1", "MISSED"),
        ("share", "90 %", ">= 90 %", "met"),
        ("worst", "none", "<= 1.5", "MISSED"),
        ("nothing", "-", "<= 1", "not measured"),
    )


def test_results_are_written_as_markdown_and_as_json_without_nan(tmp_path: Path) -> None:
    table = Table("Gaps", ("instance", "gap"), (("C101", "0.00"),))

    save(tmp_path, "trial", "A trial", ["one seed"], [table], {"gap": nan, "list": (1.0, inf)})

    assert (tmp_path / "trial.md").read_text() == (
        "# A trial\n\n- one seed\n\n## Gaps\n\n| instance | gap |\n|---|---:|\n| C101 | 0.00 |\n"
    )
    assert json.loads((tmp_path / "trial.json").read_text()) == {"gap": None, "list": [1.0, None]}
