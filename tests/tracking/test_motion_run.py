"""The compiled detectors against the same in plain Python: on any drive both say the same."""

import math
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.builders import along, at, make_line
from tests.tracking.reference import deviation as reference
from tests.tracking.reference.drives import wild_drive
from tracking.courier_state import TrackPoint
from tracking.deviation import MotionRun, Terms, fresh_motion, step
from tracking.kernel import layout
from tracking.rules import DEFAULT_RULES


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_compiled_and_plain_detectors_say_the_same_after_every_fix(seed: int):
    drive = wild_drive(seed)
    fast = plain = fresh_motion(drive.terms.line)

    for point in drive.points:
        fast, fast_changed = step(fast, point, drive.terms)
        plain, plain_changed = reference.step(plain, point, drive.terms)

        assert _difference(plain, fast) == ""
        assert _difference(plain_changed, fast_changed) == ""


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60))
def test_fixes_taken_together_lead_to_the_same_as_one_by_one(seed: int, most: int):
    drive = wild_drive(seed)
    together = plain = fresh_motion(drive.terms.line)
    said, expected = [], []

    for first in range(0, len(drive.points), most):
        points = drive.points[first : first + most]
        run = MotionRun(together, points, drive.terms)
        while run.taken < len(points):
            run.go(len(points))
            said += run.changed
        together = run.motion()
    for point in drive.points:
        plain, changed = reference.step(plain, point, drive.terms)
        expected += changed

    assert _difference(plain, together) == ""
    assert _difference(expected, said) == ""


def test_a_visit_that_no_fix_touched_is_the_very_same():
    line = make_line()
    motion = fresh_motion(line)
    start = along(line, 0.0)
    point = TrackPoint(at(0).timestamp(), at(1).timestamp(), start.lon, start.lat, 8.0)

    after, changed = step(motion, point, Terms(line, {}, 1.0, DEFAULT_RULES))

    assert after.visits is motion.visits
    assert changed == ()


def test_every_limit_that_detectors_read_has_its_place():
    places = [getattr(layout, name.upper()) for name in layout.RULES]

    assert places == list(range(len(layout.RULES)))


def _difference(plain: Any, fast: Any, path: str = "") -> str:
    """Where two values differ, numbers by more than a rounding; an empty text when nowhere."""
    if isinstance(plain, msgspec.Struct | list | tuple):
        a, b = (list(v) if isinstance(v, list | tuple) else list(msgspec.structs.astuple(v)) for v in (plain, fast))
        if len(a) != len(b):
            return f"{path}: {len(a)} and {len(b)}"
        parts = (_difference(x, y, f"{path}/{i}") for i, (x, y) in enumerate(zip(a, b, strict=True)))
        return next((part for part in parts if part), "")
    if isinstance(plain, float) and isinstance(fast, float):
        return "" if math.isclose(plain, fast, rel_tol=1e-9, abs_tol=1e-6) else f"{path}: {plain} and {fast}"
    return "" if plain == fast else f"{path}: {plain!r} and {fast!r}"
