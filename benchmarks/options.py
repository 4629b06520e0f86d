"""What all benchmarks can be asked on their command line, and where their data lies."""

import os
from pathlib import Path

from benchmarks.machine import ROOT

CACHE_DIR = ROOT / "var" / "benchmarks"
"""Generated instances and built street networks; safe to remove."""


def corpus_dir() -> Path:
    """Published instances and street extracts: `CORRIDOR_DATA`, by default `../shared/data` beside this checkout."""
    given = os.environ.get("CORRIDOR_DATA")
    return Path(given) if given else ROOT / "../shared/data"


def numbers(text: str) -> tuple[float, ...]:
    """Numbers with commas between: "10,30"."""
    return tuple(float(part) for part in text.split(",") if part)
