"""What every peer's child process is asked on its command line, and how it answers."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """The file to solve, for how long, with which seed, on how many threads."""

    file: Path
    seconds: float
    seed: int
    threads: int


def asked_for(name: str) -> Asked:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    read = parser.parse_args()
    return Asked(read.file, read.seconds, read.seed, read.threads)


def answer(found: dict[str, object]) -> None:
    """Print the answer as JSON, alone on stdout."""
    json.dump(found, sys.stdout)
    sys.stdout.write("\n")
