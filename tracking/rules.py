"""The limits tracking works by, in one place; every figure can be changed for a city or a test."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRules:
    """
    Limits of intake, detectors, arrivals and news.

    The corridor's figures (`corridor_*`) were measured on 46 real departures and 4,468 real on-route pings; the others
    are chosen so that ordinary city driving (traffic lights, parking, a flat in a high house) raises nothing.
    """

    # What is believed.
    future_s: float = 120.0
    oldest_s: float = 24 * 3600.0
    worst_accuracy_m: float = 200.0
    fastest_mps: float = 300.0 / 3.6
    null_island_deg: float = 0.001

    # Where on the line.
    look_back_m: float = 80.0
    look_ahead_m: float = 150.0
    far_off_m: float = 60.0

    # Off the corridor.
    corridor_m: float = 30.0
    corridor_scale_m: float = 40.0
    corridor_alarm: float = 1.2
    corridor_clear_pings: int = 2
    corridor_clear_m: float = 80.0
    corridor_clear_s: float = 60.0
    quiet_near_stop_m: float = 75.0

    # Going back along the line.
    wrong_way_m: float = 150.0
    wrong_way_pings: int = 3

    # A stop left out.
    skipped_after_m: float = 300.0
    skipped_pings: int = 3

    # Standing between stops.
    stall_s: float = 120.0
    stall_radius_m: float = 50.0
    halt_radius_m: float = 25.0

    # Service longer than planned.
    long_service_s: float = 120.0
    long_service_share: float = 0.5

    # Silence of the phone.
    gap_s: float = 90.0

    # Traffic.
    traffic_window_s: float = 300.0
    traffic_least_s: float = 180.0
    traffic_open_factor: float = 2.0
    traffic_close_factor: float = 1.35
    traffic_lost_s: float = 90.0

    # Start of the route.
    late_start_s: float = 300.0
    first_word_s: float = 60.0
    start_radius_m: float = 150.0

    # Arrivals.
    arrive_radius_m: float = 50.0
    leave_radius_m: float = 90.0
    arrive_dwell_s: float = 40.0
    out_of_turn_dwell_s: float = 90.0
    out_of_turn_radius_m: float = 30.0
    arrive_accuracy_m: float = 60.0

    # News.
    news_s: float = 120.0
    news_share: float = 0.1
    news_every_s: float = 60.0
    news_margin_s: float = 30.0
    update_every_s: float = 30.0

    # Memory.
    remembered_fixes: int = 50


DEFAULT_RULES = TrackingRules()
"""What is used when the caller names nothing else."""
