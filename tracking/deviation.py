"""
Departures from the plan that fixes show: off the corridor, wrong way, stall, slow traffic.

The compiled detectors (`tracking.kernel`) take fix after fix; here they are given arrays, and what they found becomes
episodes and a motion again. It depends on the fixes and on what the phone reported finished, on nothing else, so that
a late fix can be put in its place and all run again.
"""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

import msgspec
import numpy as np

from tracking.courier_state import Episode, Motion, TrackPoint, VisitProgress
from tracking.events import DeviationKind
from tracking.kernel import layout as at
from tracking.kernel.run import run
from tracking.motion_arrays import (
    EPISODES_AT,
    grown,
    motion_of,
    packed_fixes,
    packed_motion,
    packed_rules,
    packed_visits,
    visits_of,
)
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules


class Terms(msgspec.Struct, frozen=True):
    """
    What a run over fixes needs besides them: the line, finished visits, the usual travel factor, the limits.

    `start_s` and `typical` are what a leg costs besides its length, as `routing.travel_matrix.LegStarts` has it.
    """

    line: RouteLine
    done: Mapping[str, float]
    usual: float
    rules: TrackingRules
    start_s: float = 0.0
    typical: float = 1.0


def fresh_motion(line: RouteLine) -> Motion:
    """The motion of a courier of whom no fix is known yet."""
    return Motion(visits=tuple(VisitProgress(v.visit_id) for v in line.visits))


def step(motion: Motion, point: TrackPoint, terms: Terms) -> tuple[Motion, tuple[Episode, ...]]:
    """The motion after one more fix, and the departures that it opened or closed."""
    one = MotionRun(motion, (point,), terms)
    one.go(1)
    return one.motion(), one.changed


class MotionRun:
    """
    Takes `points` one after another from `motion` on; lives for one call of the pipeline only.

    `taken` is how many of them it has taken, `changed` the departures that the last one opened or closed.
    """

    __slots__ = ("_fixes", "_numbers", "_open", "_points", "_rules", "_sights", "_terms", "_usual", "_visits",
                 "_visits_before", "changed", "taken")  # fmt: skip

    def __init__(self, motion: Motion, points: Sequence[TrackPoint], terms: Terms) -> None:
        self.taken = 0
        self.changed: tuple[Episode, ...] = ()
        self._terms = terms
        self._points = points
        self._open = motion.open
        self._visits_before = motion.visits
        self._usual = np.array((terms.usual, terms.start_s, terms.typical))
        self._rules = packed_rules(terms.rules)
        self._numbers = packed_motion(motion)
        self._visits = packed_visits(motion.visits, terms.done)
        self._fixes = packed_fixes(points)
        self._sights = np.empty((len(points), at.SIGHT_COLUMNS))

    def go(self, most: int) -> int:
        """
        Take points until `most` are taken or one changed something; what it changed, by the flags of `kernel.layout`.

        There must be something to take: `most` is above `taken`.
        """
        line = self._terms.line.packed
        self.taken = run(
            self.taken, most, self._usual, self._fixes, line.head, line.vertices, line.planned,
            self._rules, self._numbers, self._visits, self._sights,
        )  # fmt: skip
        flags = int(self._sights[self.taken - 1, at.S_FLAGS])
        self.changed = self._turned() if flags & at.EPISODES_CHANGED else ()
        return flags

    def motion(self) -> Motion:
        """The motion after what has been taken."""
        self._visits_before = visits_of(self._visits, self._visits_before)
        motion = motion_of(self._numbers, self._visits_before, self._open)
        self._open = motion.open
        return motion

    def _turned(self) -> tuple[Episode, ...]:
        """The departures that the last fix opened or closed."""
        n: list[float] = self._numbers[: at.LATERALS].tolist()
        at_ts = self._points[self.taken - 1].at_ts
        still_open: list[Episode] = []
        changed: list[Episode] = []
        for episode in self._open:
            if n[EPISODES_AT[episode.kind] + at.E_TURN] == at.CLOSES:
                changed.append(msgspec.structs.replace(grown(episode, n), closed_ts=at_ts))
            else:
                still_open.append(episode)
        near = int(n[at.NEAR_VISIT])
        visit_id = self._visits_before[near].visit_id if near >= 0 else None
        for kind, first in EPISODES_AT.items():
            if n[first + at.E_TURN] == at.OPENS:
                since_ts, measure = n[first + at.E_SINCE], n[first + at.E_MEASURE]
                opened = new_episode(self._terms.line, kind, since_ts, at_ts, measure, visit_id)
                opened = msgspec.structs.replace(opened, lon=n[first + at.E_LON], lat=n[first + at.E_LAT])
                still_open.append(opened)
                changed.append(opened)
        self._open = tuple(still_open)
        return tuple(changed)


def new_episode(
    line: RouteLine, kind: DeviationKind, since_ts: float, at_ts: float, measure: float, visit_id: str | None
) -> Episode:
    """A departure that begins; the same facts give the same id, so that a run over the same fixes repeats it."""
    name = f"corridor:{line.shift_id}:{line.courier_id}:{kind}:{since_ts!r}:{at_ts!r}:{visit_id}"
    return Episode(
        deviation_id=str(uuid5(NAMESPACE_URL, name)),
        kind=kind,
        since_ts=since_ts,
        opened_ts=at_ts,
        measure=measure,
        told_measure=measure,
        told_ts=at_ts,
        visit_id=visit_id,
    )
