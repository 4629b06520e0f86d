"""How long the courier has not moved; fixes move it on in `tracking.kernel.standing`."""

from tracking.courier_state import Still


def stood_s(still: Still | None) -> float:
    """Seconds for which the fixes have shown no movement."""
    return still.last_ts - still.since_ts if still is not None else 0.0
