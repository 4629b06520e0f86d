"""Simulated days as JSON lines: what phones sent and what really was, in the form that the scoreboard reads."""

import json
from datetime import datetime
from typing import Any

from tracking.route_line import RouteLine
from tracking.scoreboard.truth import simulated_case
from tracking.simulated_day import CourierDay
from zones.lonlat import LonLat


def json_line(day: CourierDay, interval_s: float) -> str:
    """
    One courier's day: pings in order of receipt, the plan, and the truth beside them.

    For each ping `at_s` and `received_s` after `started_at`, `lonlat`, what the phone said of it, `truth_lonlat` and
    `truth_offset_m` (from the plan's line); the `plan` as GeoJSON with its stops; then `visits` with planned and true
    times, `reports` of the courier, `disturbances`, `departures` (times at which the true offset was above 30 m),
    `silences`, and when he was `aside`, on other streets than those planned for the leg.
    """
    case = simulated_case(day, interval_s)
    track, line = day.track, day.line
    begin = track.started_at

    def seconds(at: datetime) -> float:
        return round((at - begin).total_seconds(), 3)

    truths = [track.true_point(at) for at in track.fixed_at()]
    made = {v.visit_id: v for v in track.visits}
    whole = {
        "track": line.plan_id,
        "source": "simulated",
        "courier": day.courier_id,
        "started_at": begin.isoformat(),
        "interval_s": interval_s,
        "at_s": [seconds(p.fix_at) for p in track.pings],
        "received_s": [seconds(p.received_at) for p in track.pings],
        "lonlat": [_pair(p.point) if p.point is not None else None for p in track.pings],
        "accuracy_m": [p.accuracy_m for p in track.pings],
        "speed_mps": [p.speed_mps for p in track.pings],
        "bearing_deg": [p.bearing_deg for p in track.pings],
        "truth_lonlat": [_pair(t) for t in truths],
        "truth_offset_m": [round(o, 1) if o is not None else None for o in case.offset_m],
        "plan": _plan(line),
        "departs_at": line.departs_at.isoformat(),
        "visits": [
            {
                "visit_id": v.visit_id,
                "lonlat": _pair(v.point),
                "along_m": round(v.along_m, 1),
                "service_s": v.service_s,
                "planned_at": v.planned_arrives_at.isoformat(),
                "arrived_s": seconds(made[v.visit_id].arrived_at) if v.visit_id in made else None,
                "left_s": seconds(made[v.visit_id].left_at) if v.visit_id in made else None,
            }
            for v in line.visits
        ],
        "reports": [
            {"visit_id": r.visit_id, "kind": r.kind.value, "at_s": seconds(r.at), "received_s": seconds(r.received_at)}
            for r in track.outcomes
        ],
        "disturbances": [
            {
                "kind": t.kind.value,
                "begins_s": seconds(t.began_at),
                "ends_s": seconds(t.ended_at),
                "visit_id": t.visit_id,
            }
            for t in track.truth
        ],
        "departures": [
            {"begins_s": seconds(d.began_at), "ends_s": seconds(d.ended_at), "most_m": round(d.most_m, 1)}
            for d in case.departures
        ],
        "silences": [[seconds(a), seconds(b)] for a, b in track.silences],
        "aside": [[seconds(a), seconds(b)] for a, b in case.aside],
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _plan(line: RouteLine) -> dict[str, Any]:
    way = {"type": "LineString", "coordinates": [_pair(p) for p in line.points]}
    said = {"kind": "route", "shift_id": line.shift_id, "departs_at": line.departs_at.isoformat()}
    features = [{"type": "Feature", "geometry": way, "properties": said}]
    for sequence, visit in enumerate(line.visits, start=1):
        stop = {
            "kind": "visit",
            "shift_id": line.shift_id,
            "sequence": sequence,
            "visit_id": visit.visit_id,
            "order_id": visit.order_id,
            "arrives_at": visit.planned_arrives_at.isoformat(),
            "service_s": visit.service_s,
            "windows": [[w.opens_at.isoformat(), w.closes_at.isoformat()] for w in visit.windows],
        }
        point = {"type": "Point", "coordinates": _pair(visit.point)}
        features.append({"type": "Feature", "geometry": point, "properties": stop})
    return {"type": "FeatureCollection", "features": features}


def _pair(point: LonLat) -> list[float]:
    return [round(point.lon, 6), round(point.lat, 6)]
