"""What a benchmark ran on: figures of different machines cannot be compared."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS_DIR = Path(__file__).resolve().parent / "results"

_DISTRIBUTIONS = {"pyvrp": "pyvrp", "vroom": "pyvroom", "ortools": "ortools"}


def described() -> dict[str, object]:
    """Cores, processor and Python; nothing that names the machine or its owner."""
    return {"cores": core_count(), "cpu": _cpu_model(), "python": platform.python_version()}


def core_count() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def engine_version(engine: str) -> str:
    """The release of a peer; for ours a hash of all that is in `routing/`, committed or not."""
    if engine != "ours":
        return metadata.version(_DISTRIBUTIONS[engine])
    content = hashlib.sha256()
    for path in sorted((ROOT / "routing").rglob("*.py")):
        content.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]


def commit() -> str:
    """The commit that is checked out, "" outside of git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - whichever git made this checkout
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def _cpu_model() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file():
        for line in cpu.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
