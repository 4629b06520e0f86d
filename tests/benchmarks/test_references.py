import json
from pathlib import Path

from benchmarks.solver.references import References


def test_published_best_is_never_replaced(tmp_path: Path) -> None:
    references = References(tmp_path / "references.json", {"C101": 8273})

    references.saw("C101", 8000)

    assert references.get("C101") == 8273
    assert references.is_published("C101")


def test_best_ever_seen_falls_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "references.json"
    references = References(path, {})

    for cost in (500, 400, 450):
        references.saw("fresh", cost)

    assert References(path, {}).get("fresh") == 400
    assert json.loads(path.read_text()) == {"fresh": 400}
    assert not references.knows("other")
