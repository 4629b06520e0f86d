"""Simulated days as JSON lines: what phones sent and what really was, in the form that the scoreboard reads."""

import json
from datetime import datetime

from tracking.scoreboard.truth import simulated_case
from tracking.simulated_day import CourierDay


def json_line(day: CourierDay, interval_s: float) -> str:
    """
    One courier's day: pings in order of receipt, the plan, and the truth beside them.

    For each ping `at_s` and `received_s` after `started_at`, `lonlat`, what the phone said of it, `truth_lonlat` and
    `truth_offset_m` (from the plan's line); then `visits` with planned and true times, `disturbances`, `departures`
    (times at which the true offset was above 30 m) and `silences`.
    """
    case = simulated_case(day, interval_s)
    track, line = day.track, day.line
    begin = track.started_at

    def seconds(at: datetime) -> float:
        return round((at - begin).total_seconds(), 3)

    def pair(lon: float, lat: float) -> list[float]:
        return [round(lon, 6), round(lat, 6)]

    truths = [track.true_point(p.fix_at) for p in track.pings]
    made = {v.visit_id: v for v in track.visits}
    whole = {
        "track": line.plan_id,
        "courier": day.courier_id,
        "started_at": begin.isoformat(),
        "interval_s": interval_s,
        "at_s": [seconds(p.fix_at) for p in track.pings],
        "received_s": [seconds(p.received_at) for p in track.pings],
        "lonlat": [pair(p.point.lon, p.point.lat) if p.point is not None else None for p in track.pings],
        "accuracy_m": [p.accuracy_m for p in track.pings],
        "speed_mps": [p.speed_mps for p in track.pings],
        "bearing_deg": [p.bearing_deg for p in track.pings],
        "truth_lonlat": [pair(t.lon, t.lat) for t in truths],
        "truth_offset_m": [round(o, 1) if o is not None else None for o in case.offset_m],
        "plan": [pair(p.lon, p.lat) for p in line.points],
        "departs_at": line.departs_at.isoformat(),
        "visits": [
            {
                "visit_id": v.visit_id,
                "lonlat": pair(v.point.lon, v.point.lat),
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
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
