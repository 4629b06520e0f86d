"""
The new way of a courier who left the route: from where he is through all stops that remain, asked of the streets once.

It is asked when the departure opens, and again only after he has moved on for a while, so that one departure is a
handful of route calls. In between it is kept in his state, with its line for the map.
"""

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np
import shapely

from routing.plan import Leg
from routing.roads import RoadNetwork
from tracking.arrival import is_pending
from tracking.courier_state import Approach, CourierState
from tracking.eta import crow_drive_s
from tracking.events import DeviationKind
from tracking.ground_speed import apart_m
from tracking.polyline import encode
from tracking.route_line import PlannedVisit, RouteLine
from tracking.rules import TrackingRules
from tracking.timed import skipped_visit_ids
from zones.lonlat import LonLat

_SIMPLER_DEG = 5.0 / 111_194.9


def with_approach(
    state: CourierState, line: RouteLine, roads: RoadNetwork | None, now_ts: float, rules: TrackingRules
) -> CourierState:
    """The state with the new way of a courier off the route, and without one on it."""
    way = _new_way(state, line, roads, now_ts, rules)
    return state if way is state.approach else msgspec.structs.replace(state, approach=way)


def _new_way(
    state: CourierState, line: RouteLine, roads: RoadNetwork | None, now_ts: float, rules: TrackingRules
) -> Approach | None:
    """
    New or as known; None for a courier who is on the route, or has no stop left. A stop that was left out comes last,
    as in the estimates.

    Without streets, or where they do not join the stops, the first drive is as the crow flies and there is no line.
    """
    place = state.motion.place
    if place is None or not any(e.kind is DeviationKind.OFF_ROUTE for e in state.motion.open):
        return None
    pairs = zip(state.motion.visits, line.visits, strict=True)
    pending = [v for s, v in pairs if s.arrived_ts is None and is_pending(s, state.done)]
    left_out = skipped_visit_ids(state, rules)
    remaining = sorted(pending, key=lambda v: v.visit_id in left_out)
    if not remaining:
        return None
    known = state.approach
    if known is not None and known.visit_id == remaining[0].visit_id:
        too_soon = now_ts - known.at_ts < rules.approach_every_s
        if too_soon or apart_m(known.lon, known.lat, place.lon, place.lat) < rules.approach_moved_m:
            return known
    here = LonLat(lon=place.lon, lat=place.lat)
    legs = roads.route((here, *(v.point for v in remaining), line.points[-1])) if roads is not None else None
    if legs is None:
        # One stop that no street reaches must not cost the way to the next one.
        legs = roads.route((here, remaining[0].point)) if roads is not None else None
    if not legs:
        drive_s = crow_drive_s(here, remaining[0].point)
        return Approach(now_ts, place.lon, place.lat, remaining[0].visit_id, drive_s)
    return Approach(
        now_ts,
        place.lon,
        place.lat,
        remaining[0].visit_id,
        float(legs[0].duration_s),
        _later(remaining, legs),
        encode(_drawn(legs)),
    )


def _later(remaining: Sequence[PlannedVisit], legs: Sequence[Leg]) -> tuple[tuple[str, float], ...]:
    return tuple((v.visit_id, float(leg.duration_s)) for v, leg in zip(remaining[1:], legs[1:], strict=False))


def _drawn(legs: Sequence[Leg]) -> list[LonLat]:
    points = list(chain.from_iterable(leg.path for leg in legs))
    if len(points) < 3:
        return points
    line = shapely.LineString(np.array([(p.lon, p.lat) for p in points]))
    return [LonLat(lon=lon, lat=lat) for lon, lat in shapely.get_coordinates(line.simplify(_SIMPLER_DEG))]
