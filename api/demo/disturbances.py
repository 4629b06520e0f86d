"""What goes wrong in the demo's day, around the moment of launch, and to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from api.demo.phones import PlannedDisturbance
from routing.plan import Route
from tracking.simulate import Disturbance, DisturbanceKind

TROUBLES = (
    (-400.0, Disturbance(kind=DisturbanceKind.SLOW_TRAFFIC, size_s=2_400.0, factor=2.5)),
    (-100.0, Disturbance(kind=DisturbanceKind.STALL, size_s=720.0)),
    (0.0, Disturbance(kind=DisturbanceKind.DETOUR, size_m=450.0)),
    (-20.0, Disturbance(kind=DisturbanceKind.GAP, size_s=420.0)),
)
"""Seconds after the launch, and what begins then; each happens to another courier."""

_BEFORE, _AFTER = timedelta(seconds=45), timedelta(seconds=75)


def spread_troubles(routes: Mapping[str, Route], launch_at: datetime) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """
    By courier code: one trouble each, so that all are noticed within about three minutes after `launch_at`.

    A stall and a detour happen on a drive: they go to the courier with the longest drive that begins at about that
    time; slow traffic to the one who drives farthest. `routes` are the planned ones, by courier code.
    """
    left = dict(routes)
    chosen: dict[str, tuple[PlannedDisturbance, ...]] = {}
    for after_s, trouble in TROUBLES:
        if not left:
            break
        begins_at = launch_at + timedelta(seconds=after_s)
        if trouble.kind is DisturbanceKind.SLOW_TRAFFIC:
            code = max(left, key=lambda one: sum(leg.distance_m for leg in left[one].legs))
        elif trouble.kind is DisturbanceKind.GAP:
            code = min(left)
        else:
            code, on_leg = max(
                ((one, _leg_about(left[one], begins_at)) for one in left),
                key=lambda pair: _drive_m(left[pair[0]], pair[1]),
            )
            trouble = replace(trouble, on_leg=on_leg) if on_leg is not None else trouble
        chosen[code] = (PlannedDisturbance(begins_at=begins_at, disturbance=trouble),)
        del left[code]
    return chosen


def troubles_in_turn(launch_at: datetime, couriers: Sequence[str]) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """The same troubles for the first four of `couriers`, where their plans are not known."""
    return {
        code: (PlannedDisturbance(begins_at=launch_at + timedelta(seconds=after_s), disturbance=trouble),)
        for code, (after_s, trouble) in zip(couriers, TROUBLES, strict=False)
    }


def _leg_about(route: Route, begins_at: datetime) -> int | None:
    """The longest drive between two stops that should begin at about `begins_at`."""
    about = [
        number
        for number, (before, _) in enumerate(pairwise(route.visits), start=1)
        if begins_at - _BEFORE <= before.leaves_at <= begins_at + _AFTER
    ]
    return max(about, key=lambda number: route.legs[number].distance_m) if about else None


def _drive_m(route: Route, leg: int | None) -> int:
    return 0 if leg is None else route.legs[leg].distance_m
