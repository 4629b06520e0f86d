"""Background parts start in order, stop in reverse, and one that fails does not leave others running."""

import pytest

from api.runtime import Runtime


def recording(runtime: Runtime, name: str, seen: list[str]) -> None:
    runtime.add(name, lambda: seen.append(f"start {name}"), lambda: seen.append(f"stop {name}"))


def test_parts_start_in_order_and_stop_in_reverse() -> None:
    runtime, seen = Runtime(), list[str]()
    recording(runtime, "writer", seen)
    recording(runtime, "ticker", seen)

    runtime.start()
    runtime.start()
    runtime.stop()
    runtime.stop()

    assert seen == ["start writer", "start ticker", "stop ticker", "stop writer"]
    assert runtime.names() == ["writer", "ticker"]


def test_failing_start_stops_what_had_started() -> None:
    runtime, seen = Runtime(), list[str]()
    recording(runtime, "writer", seen)

    def fail() -> None:
        raise RuntimeError("no")

    runtime.add("ticker", fail, lambda: seen.append("stop ticker"))

    with pytest.raises(RuntimeError, match="no"):
        runtime.start()

    assert seen == ["start writer", "stop ticker", "stop writer"]


def test_part_that_fails_to_stop_does_not_keep_others_running() -> None:
    runtime, seen = Runtime(), list[str]()
    recording(runtime, "writer", seen)

    def fail() -> None:
        raise RuntimeError("no")

    runtime.add("ticker", lambda: None, fail)
    runtime.start()

    runtime.stop()

    assert seen == ["start writer", "stop writer"]


def test_provided_part_is_found_by_its_class() -> None:
    runtime = Runtime()
    part = recording
    runtime.provide([part])

    assert runtime.get(list) == [part]
    with pytest.raises(LookupError, match="no dict is provided"):
        runtime.get(dict)
