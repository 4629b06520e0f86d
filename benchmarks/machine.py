"""What a benchmark ran on: figures of different machines cannot be compared."""

import platform
import subprocess
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
    return len(_allowed_cores())


def engine_version(engine: str) -> str:
    """The release of a peer; for ours the state of `routing/` in git, "+" when files there are changed."""
    if engine != "ours":
        return metadata.version(_DISTRIBUTIONS[engine])
    tree = _git("rev-parse", "--short=12", "HEAD:routing")
    return (tree or "unknown") + ("+" if _git("status", "--porcelain", "--", "routing") else "")


def _git(*words: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed words
        ["git", *words],  # noqa: S607 - whichever git made this checkout
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def _allowed_cores() -> set[int]:
    import os

    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _cpu_model() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file():
        for line in cpu.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
