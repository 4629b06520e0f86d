"""Which slow drives are in one jam: near each other, at about the same time; the nearest of several."""

import numpy as np
import pytest

from tracking.jam import SlowDrive, find_jam
from tracking.rules import DEFAULT_RULES
from zones.lonlat import LocalMetres, LonLat

PLANE = LocalMetres(LonLat(lon=8.69, lat=49.41))
NEAR_M, TOGETHER_S = DEFAULT_RULES.jam_near_m, DEFAULT_RULES.jam_together_s


def drive(*, east_m: float = 0.0, north_m: float = 0.0, from_s: float = 0.0, seconds: float = 300.0) -> SlowDrive:
    """Due east at 2 m/s from a place, a fix each 15 s."""
    fixes = []
    for at_s in np.arange(0.0, seconds + 1.0, 15.0):
        point = PLANE.to_lonlat(east_m + 2.0 * at_s, north_m)
        fixes.append((from_s + at_s, point.lon, point.lat))
    return np.array(fixes)


def test_drives_on_one_stretch_are_one_jam() -> None:
    assert find_jam(drive(from_s=60.0), {"j": drive()}, DEFAULT_RULES) == "j"


@pytest.mark.parametrize(("north_m", "found"), [(NEAR_M - 1.0, "j"), (NEAR_M + 1.0, None)])
def test_only_a_drive_near_it_is_in_the_jam(north_m: float, found: str | None) -> None:
    assert find_jam(drive(north_m=north_m), {"j": drive()}, DEFAULT_RULES) == found


@pytest.mark.parametrize(("from_s", "found"), [(300.0 + TOGETHER_S, "j"), (301.0 + TOGETHER_S, None)])
def test_only_a_drive_of_about_then_is_in_the_jam(from_s: float, found: str | None) -> None:
    assert find_jam(drive(east_m=600.0, from_s=from_s), {"j": drive()}, DEFAULT_RULES) == found


def test_of_several_jams_the_nearest_is_his() -> None:
    jams = {"far": drive(north_m=200.0), "near": drive(north_m=-90.0), "other": drive(north_m=240.0)}

    assert find_jam(drive(), jams, DEFAULT_RULES) == "near"


def test_without_a_jam_or_a_fix_there_is_none() -> None:
    nothing = np.empty((0, 3))

    assert find_jam(drive(), {}, DEFAULT_RULES) is None
    assert find_jam(drive(), {"j": nothing}, DEFAULT_RULES) is None
    assert find_jam(nothing, {"j": drive()}, DEFAULT_RULES) is None
