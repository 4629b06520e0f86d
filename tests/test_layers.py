"""The import contracts hold, and would be noticed if they were broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("zones", "routing", "tracking", "desk", "api")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_the_contracts_hold() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("zones/lonlat.py", "import tracking.ping", "One direction of imports"),
        ("routing/order.py", "import sqlalchemy", "The core knows no web, no database"),
        ("routing/plan_check.py", "import ortools", "The second opinion on plans knows nothing of the solver"),
        ("api/endpoints/__init__.py", "import sqlalchemy", "only the database layer and actions speak SQL"),
    ],
)
def test_a_contract_broken_on_purpose_is_noticed(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "vendor")
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    with (tmp_path / file).open("a") as broken:
        broken.write(f"\n{line}\n")

    result = lint_imports(tmp_path)

    assert result.returncode != 0
    broken_lines = [text for text in result.stdout.splitlines() if "BROKEN" in text]
    assert any(contract in text for text in broken_lines), result.stdout
