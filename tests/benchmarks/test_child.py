import os
import sys
from pathlib import Path

import pytest

from benchmarks import child
from benchmarks.child import run_child, run_children


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_answer_and_time_come_back() -> None:
    ran = run_child(python("print('{\"routes\": [[1, 2]]}')"), 5)

    assert ran.answer == {"routes": [[1, 2]]}
    assert ran.error == ""
    assert ran.wall_s > 0


def test_last_words_of_a_failure_are_kept() -> None:
    ran = run_child(python("raise SystemExit('no such file')"), 5)

    assert (ran.answer, ran.error) == ({}, "no such file")


def test_answer_that_is_no_json_is_a_failure() -> None:
    assert run_child(python("print('hello')"), 5).error.startswith("expected a JSON object, got 'hello")


def test_commands_run_side_by_side_and_answer_in_order(tmp_path: Path) -> None:
    # Each waits for the other's pipe, so that one after another would never end.
    pipes = [tmp_path / "a", tmp_path / "b"]
    for pipe in pipes:
        os.mkfifo(pipe)
    a, b = (str(pipe) for pipe in pipes)

    first, second = run_children(
        [
            python(f"open({a!r}, 'w').write('x'); open({b!r}).read(); print('{{\"routes\": []}}')"),
            python(f"open({a!r}).read(); open({b!r}, 'w').write('y'); print('[2]')"),
        ],
        20,
    )

    assert first.error == ""
    assert second.error == "expected a JSON object, got '[2]\\n'"


def test_child_that_never_ends_is_ended_with_all_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE_S", 0.0)

    ran = run_child(python("import subprocess; subprocess.run(['sleep', '600'])"), 0.3)

    assert "ended" in ran.error
    assert ran.wall_s < 60
