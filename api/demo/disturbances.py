"""What goes wrong in the demo's day, around the moment of launch."""

from datetime import datetime, timedelta

from api.demo.phones import PlannedDisturbance
from tracking.simulate import Disturbance, DisturbanceKind


def demo_disturbances(launch_at: datetime) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """
    By courier code: a detour, a stall, a lost signal and slow traffic, one courier each.

    They begin so that each is noticed within three minutes after `launch_at`, at any speed of the clock.
    """
    planned = {
        "C2": (-60.0, Disturbance(kind=DisturbanceKind.STALL, size_s=720.0)),
        "C4": (5.0, Disturbance(kind=DisturbanceKind.DETOUR, size_m=450.0)),
        "C6": (-20.0, Disturbance(kind=DisturbanceKind.GAP, size_s=420.0)),
        "C8": (-240.0, Disturbance(kind=DisturbanceKind.SLOW_TRAFFIC, size_s=1_500.0, factor=4.0)),
    }
    return {
        code: (PlannedDisturbance(begins_at=launch_at + timedelta(seconds=after_s), disturbance=disturbance),)
        for code, (after_s, disturbance) in planned.items()
    }
