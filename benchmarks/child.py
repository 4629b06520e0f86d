"""Runs an engine as a child process: its JSON, the time it took and the most memory it and its children held."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from benchmarks.machine import ROOT

GRACE_S = 120.0
"""A child that is not done so long after its limit is ended, and counts as failed."""

_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a child: its answer, or `error` with its last words. `peak_rss_mib` is 0 where it is not known."""

    answer: Mapping[str, object]
    wall_s: float
    peak_rss_mib: float
    error: str = ""


def run_children(commands: Sequence[Sequence[str]], limit_s: float) -> list[Ran]:
    """Start all commands at once, side by side, and wait for all; one answer a command, in their order."""
    began = monotonic()
    children: list[_Child] = []
    try:
        for command in commands:
            children.append(_Child(command, began))  # noqa: PERF401 - what was started before a failure must be ended
        return [child.wait(limit_s + GRACE_S) for child in children]
    finally:
        # They are sessions of their own, so Ctrl-C reaches this process only.
        for child in children:
            child.end()


def run_child(command: Sequence[str], limit_s: float) -> Ran:
    """Start one command and wait for it."""
    return run_children([command], limit_s)[0]


class _Child:
    """One running command, with a thread that reads it to its end and one that looks at its memory."""

    def __init__(self, command: Sequence[str], began: float) -> None:
        self.began = began
        self.peak_kib = 0
        self.out, self.err, self.wall_s = "", "", 0.0
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            list(command),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.reader.start()
        self.watcher.start()

    def wait(self, limit_s: float) -> Ran:
        """What came of it, once it has ended by itself or after `limit_s` from the start of all."""
        self.reader.join(max(0.0, limit_s - (monotonic() - self.began)))
        late = self.end()
        self.watcher.join()
        return self._ran("not done long after its time limit; ended" if late else "")

    def end(self) -> bool:
        """End it with all it started, if it still runs; says whether it did."""
        if not self.reader.is_alive():
            return False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.reader.join()
        return True

    def _ran(self, error: str) -> Ran:
        answer: Mapping[str, object] = {}
        if not error and self.process.returncode == 0:
            answer = _json_object(self.out)
            error = "" if answer else f"expected a JSON object, got {self.out[:200]!r}"
        elif not error:
            last_words = self.err.strip().splitlines()[-1:] or [f"exit code {self.process.returncode}"]
            error = last_words[0]
        return Ran(answer, self.wall_s, self.peak_kib / 1024, error)

    def _read(self) -> None:
        self.out, self.err = self.process.communicate()
        self.wall_s = monotonic() - self.began

    def _watch(self) -> None:
        stopped = threading.Event()
        while self.reader.is_alive():
            self.peak_kib = max(self.peak_kib, _tree_kib(self.process.pid))
            stopped.wait(_LOOK_EVERY_S)


def _json_object(text: str) -> Mapping[str, object]:
    """Empty when the text is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _tree_kib(pid: int) -> int:
    """Memory of a process and its descendants; what they share (copy on write, libraries) counts once."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        total += _proportional_kib(one)
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            for task in tasks:
                waiting += [int(word) for word in (task / "children").read_text().split()]
        except OSError:  # it ended between two looks, or there is no /proc
            continue
    return total


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
