"""The pace of the last minutes: driven seconds against planned ones; fixes move it on in `tracking.kernel.traffic`."""

from tracking.courier_state import Pace

_HIGHEST_FACTOR = 20.0


def recent(pace: Pace, window_s: float = 1e9) -> tuple[float, float]:
    """Driving seconds and the planned seconds for the same stretch, over the last `window_s` of driving remembered."""
    marks = pace.marks
    for k in range(0, len(marks), 3):
        if pace.drive_s - marks[k + 1] <= window_s:
            return pace.drive_s - marks[k + 1], pace.flow_s - marks[k + 2]
    return 0.0, 0.0


def factor_of(driven_s: float, planned_s: float) -> float:
    """Driven over planned, at most 20."""
    return min(_HIGHEST_FACTOR, driven_s / planned_s) if planned_s > 0.0 else _HIGHEST_FACTOR
