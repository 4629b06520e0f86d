"""The limits tracking works by, in one place, named by channel; `city_rules` finds those of a city and vehicle."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRules:
    """
    Limits of intake, detectors, arrivals and news; the first word of a name is its channel, the last its unit.

    Sources. [M] measured: 46 real departures and 4,468 real on-route pings of taxis, a fix each 15 s. [S] chosen on
    simulated days on real streets (docs/decisions/0005), so that ordinary city driving (lights, parking, a flat in a
    high house) raises nothing. [D] decided by what people can act on. No letter: physics or form, as said.

    Parameters
    ----------
    future_s, oldest_s
        Seconds that a ping's own time may be ahead of, or behind, its receipt [D].
    worst_accuracy_m, fastest_mps, null_island_deg
        A fix is refused when less accurate, when it implies more than 300 km/h, or this near to 0, 0 degrees [D].
    skew_ahead_s, skew_ahead_pings, skew_ahead_over_s
        A phone's clock is ahead when so many receipts in a row, over so many seconds, come this long before their own
        time: nothing arrives before it was sent, so little proof is needed [D].
    skew_behind_s, skew_behind_pings, skew_behind_over_s
        The same for a clock behind; what was only kept waiting looks alike at first, so more proof is needed [D].
    skew_steady_s
        How much the delay of these receipts may vary: what the network makes of a constant error [D].
    look_back_m, look_ahead_m
        Where on the line the next place is looked for, behind and ahead of the last one and the way driven [M].
    far_off_m
        Beyond this from that stretch the whole line is looked at [M].
    corridor_m, corridor_scale_m, corridor_alarm
        Off the corridor: the score grows by clip((offset - max(corridor_m, 2 x accuracy)) / corridor_scale_m, -1, 1) a
        fix and opens at corridor_alarm [M].
    corridor_clear_pings, corridor_clear_m, corridor_clear_s
        Back on it: so many fixes in a row inside, and metres driven along it or seconds spent on it [S].
    quiet_near_stop_m
        So near to a stop where standing is expected distance says nothing [S].
    wrong_way_m, wrong_way_pings
        Going back along the line: metres, shown by so many fixes in a row [S].
    skipped_after_m
        A stop left out: metres driven along the line beyond it, going away from it; who turns back sooner has left out
        nothing [S].
    stall_s, stall_radius_m, halt_radius_m
        Standing between stops: seconds within a radius; in one spot within the smaller one [S].
    long_service_s, long_service_share
        At a stop beyond the planned service: the larger of seconds and a share of the plan [D].
    gap_s, gap_factor, gap_least_s, gap_most_s
        Silence of the phone: longer than gap_factor x its own usual time between receipts, within the two bounds; gap_s
        while that is not known yet, and at least while the courier stands, when phones doze [D].
    traffic_window_s, traffic_least_s, traffic_open_factor, traffic_close_factor, traffic_lost_s
        Slow traffic: how much longer than planned the last seconds of driving took, from how much driving, and how many
        seconds it must have cost [S].
    jam_near_m, jam_together_s
        Couriers in slow traffic are in one jam when each was slow within these metres of the other, within these
        seconds: a queue reaches back over two blocks of 100 to 130 m into the streets beside it, and traffic counts as
        one state for a quarter of an hour (analysis period of the Highway Capacity Manual) [D].
    late_start_s, first_word_s, start_radius_m
        A route not begun so long after its planned departure; judged only so long after the state was made; within the
        radius of its start the courier has not left [D].
    outside_zones_m, outside_zones_pings, outside_zones_s, outside_zones_clear_pings
        Outside the permitted zones: metres beyond the border (or 2 x accuracy) as for the corridor, so many fixes over
        so many seconds; back after so many inside [D].
    speed_limit_mps, speeding_s, speeding_pings, speeding_clear_pings
        Speeding: above the limit for seconds and fixes in a row; over after so many below. 130 km/h is the highest
        general limit for cars in most countries: a limit for the vehicle, not for the street [D].
    mock_pings
        So many of the last five positions were made up by an app [D]; over when none of the five is.
    arrive_radius_m, arrive_dwell_s, arrive_accuracy_m, leave_radius_m
        Arrived: within the radius for the dwell time, by fixes this accurate; left beyond the wider radius [S].
    moves_on_mps
        The pace of one who is on the way but slow: who stays in one spot for longer than crossing it at this pace takes
        stands there. By car 18 km/h, a street full of cars [D].
    out_of_turn_radius_m, out_of_turn_dwell_s
        Arrived at a stop that is not due: nearer and longer [S].
    news_s, news_share, news_every_s, news_margin_s, update_every_s
        A changed arrival is news beyond the larger of seconds and a share of what remains, at most so often [D].
    approach_every_s, approach_moved_m
        Off the route the streets are asked for a new way at most so often, and only after so many metres [D].
    remembered_fixes
        How many of the last fixes are kept for putting late ones into their place.
    """

    # What is believed.
    future_s: float = 120.0
    oldest_s: float = 24 * 3600.0
    worst_accuracy_m: float = 200.0
    fastest_mps: float = 300.0 / 3.6
    null_island_deg: float = 0.001

    # The phone's clock.
    skew_ahead_s: float = 15.0
    skew_ahead_pings: int = 3
    skew_ahead_over_s: float = 5.0
    skew_behind_s: float = 120.0
    skew_behind_pings: int = 5
    skew_behind_over_s: float = 60.0
    skew_steady_s: float = 15.0

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
    skipped_after_m: float = 800.0

    # Standing between stops.
    stall_s: float = 120.0
    stall_radius_m: float = 50.0
    halt_radius_m: float = 25.0

    # Service longer than planned.
    long_service_s: float = 120.0
    long_service_share: float = 0.5

    # Silence of the phone.
    gap_s: float = 90.0
    gap_factor: float = 3.0
    gap_least_s: float = 30.0
    gap_most_s: float = 900.0

    # Traffic.
    traffic_window_s: float = 300.0
    traffic_least_s: float = 180.0
    traffic_open_factor: float = 2.0
    traffic_close_factor: float = 1.35
    traffic_lost_s: float = 90.0
    jam_near_m: float = 250.0
    jam_together_s: float = 900.0

    # Start of the route.
    late_start_s: float = 300.0
    first_word_s: float = 60.0
    start_radius_m: float = 150.0

    # Outside the permitted zones.
    outside_zones_m: float = 30.0
    outside_zones_pings: int = 3
    outside_zones_s: float = 30.0
    outside_zones_clear_pings: int = 2

    # Speeding.
    speed_limit_mps: float = 130.0 / 3.6
    speeding_s: float = 20.0
    speeding_pings: int = 3
    speeding_clear_pings: int = 2

    # Made-up positions.
    mock_pings: int = 3

    # Arrivals.
    arrive_radius_m: float = 50.0
    leave_radius_m: float = 90.0
    arrive_dwell_s: float = 40.0
    out_of_turn_dwell_s: float = 90.0
    out_of_turn_radius_m: float = 30.0
    arrive_accuracy_m: float = 60.0
    moves_on_mps: float = 5.0

    # News.
    news_s: float = 120.0
    news_share: float = 0.1
    news_every_s: float = 60.0
    news_margin_s: float = 30.0
    update_every_s: float = 30.0

    # The way back from off the route.
    approach_every_s: float = 15.0
    approach_moved_m: float = 30.0

    # Memory.
    remembered_fixes: int = 50

    def __hash__(self) -> int:
        """Of a few limits that cities and vehicles differ in: rules are a key several times a ping."""
        return hash((self.speed_limit_mps, self.wrong_way_m, self.corridor_m, self.gap_s, self.stall_s))


DEFAULT_RULES = TrackingRules()
"""What is used when the caller names nothing else."""
