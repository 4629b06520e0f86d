"""Stops that are left out, and what only looks like it."""

import itertools

import pytest

from tests.tracking.builders import along, at, drive, follow, follow_pings, make_line, make_ping, xy
from tracking.events import DeviationOpened
from tracking.pipeline import complete_visit


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


def followed_with_reports(stands_s: int, reported: tuple[str, ...]):
    """A courier who halts for so long at the second stop, and serves the others; the phone reports the named ones."""
    line = make_line()
    followed, t_s = follow(line), 0.0
    for n, (from_m, to_m) in enumerate(((0, 2000), (2000, 3500), (3500, 5500))):
        pings = drive(line, t_s, t_s + (to_m - from_m) / 8, from_m=from_m)
        t_s += (to_m - from_m) / 8
        stays_s = stands_s if n == 1 else 140
        pings += [make_ping(t_s + 5 * i, along(line, to_m), speed_mps=0.0) for i in range(1, stays_s // 5 + 1)]
        t_s += stays_s
        for ping in pings:
            followed.ping(ping)
        if f"v{n}" in reported:
            followed.take(complete_visit(followed.state, line, f"v{n}", at(t_s), at(t_s)))
    for ping in drive(line, t_s + 5, t_s + 60, from_m=5500):
        followed.ping(ping)
    return followed


def test_halt_of_which_a_reporting_phone_says_nothing_is_a_stop_left_out():
    followed = followed_with_reports(50, ("v0", "v2"))

    assert followed.kinds(DeviationOpened) == ["wrong_sequence"]
    assert followed.of(DeviationOpened)[0].near_visit_id == "v1"


@pytest.mark.parametrize(("stands_s", "reported"), [(140, ("v0", "v2")), (50, ()), (50, ("v0", "v1", "v2"))])
def test_service_as_planned_or_a_phone_that_reports_nothing_leaves_nothing_out(stands_s: int, reported):
    assert not followed_with_reports(stands_s, reported).of(DeviationOpened)
