"""The line of a route as the kernel searches it: places near a point, and planned seconds along it."""

import math
from typing import Any

from tracking.kernel.compiling import compiled_inside
from tracking.kernel.layout import ALONG, FLOW, X, Y

type Array = Any
"""A float64 array; see `layout`."""


@compiled_inside
def segment_at(vertices: Array, along_m: float) -> int:
    """The last vertex at or before `along_m`; the first one for what lies before the line."""
    low, high = 0, len(vertices)
    while low < high:
        middle = (low + high) // 2
        if along_m < vertices[middle, ALONG]:
            high = middle
        else:
            low = middle + 1
    return max(0, low - 1)


@compiled_inside
def free_flow_at(vertices: Array, along_m: float) -> float:
    """Planned driving seconds from the start to `along_m`."""
    last = len(vertices) - 1
    if along_m >= vertices[last, ALONG]:
        return float(vertices[last, FLOW])
    i = segment_at(vertices, along_m)
    step = vertices[i + 1, ALONG] - vertices[i, ALONG]
    share = max(0.0, (along_m - vertices[i, ALONG]) / step) if step > 0.0 else 0.0
    return float(vertices[i, FLOW] + share * (vertices[i + 1, FLOW] - vertices[i, FLOW]))


@compiled_inside
def on_segment(
    vertices: Array, i: int, x: float, y: float, from_m: float, to_m: float
) -> tuple[float, float, float, float, float]:
    """The nearest place of a segment within [from_m, to_m]: metres along, aside (left positive), away, direction."""
    ax, ay, start_m = vertices[i, X], vertices[i, Y], vertices[i, ALONG]
    dx, dy = vertices[i + 1, X] - ax, vertices[i + 1, Y] - ay
    step_m = vertices[i + 1, ALONG] - start_m
    squared = dx * dx + dy * dy
    share = ((x - ax) * dx + (y - ay) * dy) / squared if squared > 0.0 else 0.0
    share = min(1.0, max(0.0, share))
    if step_m > 0.0:
        share = min(max(share, (from_m - start_m) / step_m), max(0.0, (to_m - start_m) / step_m), 1.0)
        share = max(share, 0.0)
    px, py = x - ax - share * dx, y - ay - share * dy
    away_m = math.sqrt(px * px + py * py)
    long_m = math.sqrt(squared)
    unit_x, unit_y = 0.0, 0.0
    if long_m > 0.0:
        unit_x, unit_y = dx / long_m, dy / long_m
    left = unit_x * py - unit_y * px
    return start_m + share * step_m, away_m if left >= 0.0 else -away_m, away_m, unit_x, unit_y


@compiled_inside
def only_point(vertices: Array, x: float, y: float) -> float:
    """Metres to a line that is one point."""
    dx, dy = x - vertices[0, X], y - vertices[0, Y]
    return math.sqrt(dx * dx + dy * dy)


@compiled_inside
def on_whole_segment(vertices: Array, i: int, x: float, y: float) -> tuple[float, float]:
    """The nearest place of a segment: metres away and metres along."""
    dx, dy = vertices[i + 1, X] - vertices[i, X], vertices[i + 1, Y] - vertices[i, Y]
    off_x, off_y = x - vertices[i, X], y - vertices[i, Y]
    share = (off_x * dx + off_y * dy) / max(dx * dx + dy * dy, 1e-9)
    share = min(max(share, 0.0), 1.0)
    away_m = math.hypot(off_x - share * dx, off_y - share * dy)
    return away_m, vertices[i, ALONG] + share * (vertices[i + 1, ALONG] - vertices[i, ALONG])
