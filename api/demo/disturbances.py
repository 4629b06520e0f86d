"""What goes wrong in the demo's day, around the moment of launch."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.demo.phones import PlannedDisturbance
from tracking.simulate import Disturbance, DisturbanceKind


def demo_disturbances(launch_at: datetime, couriers: Sequence[str]) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """
    Slow traffic, a stall, a lost signal and a detour, for the first four of `couriers` (codes, first to leave first).

    They begin so that each is noticed within three minutes after `launch_at`, at any speed of the clock.
    """
    planned = (
        (-240.0, Disturbance(kind=DisturbanceKind.SLOW_TRAFFIC, size_s=1_500.0, factor=4.0)),
        (-60.0, Disturbance(kind=DisturbanceKind.STALL, size_s=720.0)),
        (-20.0, Disturbance(kind=DisturbanceKind.GAP, size_s=420.0)),
        (5.0, Disturbance(kind=DisturbanceKind.DETOUR, size_m=450.0)),
    )
    return {
        code: (PlannedDisturbance(begins_at=launch_at + timedelta(seconds=after_s), disturbance=disturbance),)
        for code, (after_s, disturbance) in zip(couriers, planned, strict=False)
    }
