"""What is odd about a phone or a place, not about the way: positions made up, a wrong clock, leaving the zones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray

from tracking.permitted_area import PermittedArea, ZonesArea
from tracking.ping import Ping
from tracking.simulated_drive import Drive
from zones.lonlat import LocalMetres, LonLat

_LOOK_EVERY_S = 2.0
_OUTSIDE_M = 30.0


def made_up(pings: Sequence[Ping], spans: Sequence[tuple[datetime, datetime]]) -> tuple[Ping, ...]:
    """The pings, of which those in the spans say that an app made them up."""
    return tuple(
        replace(ping, is_mock=True) if any(begin <= ping.fix_at < end for begin, end in spans) else ping
        for ping in pings
    )


def by_a_clock(pings: Sequence[Ping], since_at: datetime, ahead_s: float) -> tuple[Ping, ...]:
    """The pings as a phone tells them whose clock is ahead (negative: behind) from a moment on."""
    ahead = timedelta(seconds=ahead_s)
    return tuple(replace(ping, fix_at=ping.fix_at + ahead) if ping.fix_at >= since_at else ping for ping in pings)


def area_around(points: Sequence[LonLat], margin_m: float) -> PermittedArea:
    """A zone that a plan lies in: all that is nearer to it than the margin."""
    plane = LocalMetres(points[0])
    shape = shapely.LineString(plane.many_to_xy_m(points)).buffer(margin_m, quad_segs=4).simplify(10.0)
    return ZonesArea([shapely.transform(shape, lambda xy: _degrees(plane, xy))])


def outside_s(drive: Drive, area: PermittedArea) -> list[tuple[float, float]]:
    """When the courier was over 30 m outside of an area, seconds after the departure."""
    found: list[tuple[float, float]] = []
    for begin_s, end_s in drive.aside_s:
        t_s = begin_s
        while t_s <= end_s:
            point = drive.point_at(t_s)
            if area.margin_m(lon=point.lon, lat=point.lat) < -_OUTSIDE_M:
                if found and t_s - found[-1][1] <= _LOOK_EVERY_S:
                    found[-1] = (found[-1][0], t_s)
                else:
                    found.append((t_s, t_s))
            t_s += _LOOK_EVERY_S
    return found


def _degrees(plane: LocalMetres, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    places = [plane.to_lonlat(float(x), float(y)) for x, y in xy]
    return np.array([(p.lon, p.lat) for p in places])
