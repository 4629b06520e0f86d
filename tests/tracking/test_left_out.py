"""Stops that are left out, and what only looks like it."""

import itertools

from tests.tracking.builders import drive, follow_pings, make_line, make_ping, xy
from tracking.events import DeviationOpened


def way(from_s: float, corners: list[tuple[float, float]], *, mps: float = 8.0, every_s: float = 5.0):
    """Pings of a courier who drives straight from corner to corner."""
    pings, t_s, left_m = [], from_s, 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        length_m = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        at_m = left_m
        while at_m < length_m:
            share = at_m / length_m
            pings.append(make_ping(t_s, xy(ax + share * (bx - ax), ay + share * (by - ay))))
            t_s, at_m = t_s + every_s, at_m + mps * every_s
        left_m = at_m - length_m
    return pings


def test_detour_over_the_street_of_a_later_leg_leaves_nothing_out():
    line = make_line()
    # North to the third leg's street, 700 m along it, and back to the first leg.
    detour = way(105, [(800, 0), (1100, 1500), (400, 1500), (900, 0), (1800, 0)])

    followed = follow_pings(line, [*drive(line, 0, 100), *detour])

    assert "off_route" in followed.kinds(DeviationOpened)
    assert "wrong_sequence" not in followed.kinds(DeviationOpened)


def test_who_drives_on_along_a_later_leg_has_left_out_the_stops_before_it():
    line = make_line()
    goes_on = way(105, [(800, 0), (1600, 1500), (0, 1500), (0, 900)])

    followed = follow_pings(line, [*drive(line, 0, 100), *goes_on])

    assert followed.kinds(DeviationOpened) == ["off_route", "wrong_sequence"]
    assert followed.of(DeviationOpened)[1].measure == 2
